//! Logical replication stops at the first row that does not fit. The subscriber falls behind, and the publisher keeps its WAL.

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually};

mod subscription_breaks {
    /// Subscriptions cannot be read by others than superusers there; the slot on the publisher can.
    #[test]
    fn on_13() {
        super::subscription_breaks(13);
    }
    #[test]
    fn on_15() {
        super::subscription_breaks(15);
    }
    #[test]
    fn on_18() {
        super::subscription_breaks(18);
    }
}

fn subscription_breaks(major: u32) {
    let publisher = Server::primary(major);
    // After an error the worker comes back only after this time; else it would be there every other moment.
    let subscriber = Server::primary_with(major, &[("wal_retrieve_retry_interval", "10s")]);
    publisher.psql().run("create table t (id int primary key); insert into t values (1); create publication p for table t");
    subscriber.psql().run("create table t (id int primary key)");
    let create = "create subscription s connection 'host=127.0.0.1 port={} user=postgres dbname=postgres' publication p";
    subscriber.psql().run(&create.replace("{}", &publisher.port.to_string()));
    subscriber.psql().await_true("select bool_and(srsubstate = 'r') and (select count(*) = 1 from t) from pg_subscription_rel");

    let config = Config::prompt().server("publisher", &publisher).server("subscriber", &subscriber);
    let exporter = Exporter::start(&config, &[&publisher, &subscriber]);
    exporter.await_all(&["publisher", "subscriber"]);
    let (slot, subscription) = ([("server", "publisher"), ("slot_name", "s")], [("server", "subscriber"), ("subname", "s")]);
    exporter.shows("pg_replication_slots_active", &slot, |active| active == 1.0);
    if major >= 14 {
        exporter.shows("pg_subscription_enabled", &subscription, |enabled| enabled == 1.0);
        exporter.shows("pg_stat_subscription_apply_workers", &subscription, |workers| workers == 1.0);
        exporter.shows("pg_subscription_tables", &[("subname", "s"), ("state", "ready")], |tables| tables == 1.0);
    }

    subscriber.psql().run("insert into t values (2)");
    publisher.psql().run("insert into t values (2)");
    eventually(SOON, "the worker fails", || ensure(subscriber.log().contains("Key (id)=(2)"), || subscriber.log()));
    publisher.psql().await_true("select not active from pg_replication_slots where slot_name = 's'");
    exporter.shows("pg_replication_slots_active", &slot, |active| active == 0.0);
    let retained = exporter.shows("pg_replication_slots_retained_bytes", &slot, |_| true);
    publisher.psql().run("create table other as select generate_series(1, 100000)");
    exporter.shows("pg_replication_slots_retained_bytes", &slot, |bytes| bytes > retained + 1_000_000.0);
    exporter.shows("pg_replication_slots_confirmed_flush_lag_bytes", &slot, |bytes| bytes > 1_000_000.0);
    if major >= 14 {
        exporter.shows("pg_stat_subscription_apply_workers", &subscription, |workers| workers == 0.0);
        exporter.shows("pg_subscription_enabled", &subscription, |enabled| enabled == 1.0);
    }
    if major >= 15 {
        exporter.shows("pg_stat_subscription_stats_apply_error_total", &subscription, |count| count > 0.0);
    }
    if major >= 18 {
        let conflict = [("server", "subscriber"), ("subname", "s"), ("conflict", "insert_exists")];
        exporter.shows("pg_stat_subscription_stats_conflicts_total", &conflict, |count| count > 0.0);
    }
    if major >= 17 {
        exporter.shows("pg_replication_slots_inactive_since_timestamp_seconds", &slot, |since| since > 0.0);
    }

    subscriber.psql().run("delete from t where id = 2");
    publisher.psql().await_true(
        "select active and pg_current_wal_lsn() - confirmed_flush_lsn < 100000 from pg_replication_slots where slot_name = 's'",
    );
    exporter.shows("pg_replication_slots_active", &slot, |active| active == 1.0);
    exporter.shows("pg_replication_slots_confirmed_flush_lag_bytes", &slot, |bytes| bytes < 1_000_000.0);
    if major >= 14 {
        exporter.shows("pg_stat_subscription_apply_workers", &subscription, |workers| workers == 1.0);
    }
}
