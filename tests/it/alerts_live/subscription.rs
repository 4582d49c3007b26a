//! Logical replication that stops.

use super::Chain;
use crate::support::Generation;
use crate::support::config::Config;
use crate::support::server::Server;

/// Before 15 errors are not counted, and before 14 nobody but a superuser may know.
#[test]
fn faults_of_a_subscription() {
    let publisher = Server::primary(18);
    let subscriber = Server::primary_with(18, &[("wal_retrieve_retry_interval", "10s")]);
    let (there, here) = (publisher.psql(), subscriber.psql());
    there.run("create table t (id int primary key); create publication p for table t");
    here.run("create table t (id int primary key)");
    let create = "create subscription s connection 'host=127.0.0.1 port={} user=postgres dbname=postgres' publication p";
    here.run(&create.replace("{}", &publisher.port.to_string()));
    here.await_true("select bool_and(srsubstate = 'r') from pg_subscription_rel");
    let chain = Chain::start(&Config::quick().without_detail().server("orders", &subscriber), Generation::Newest, &["orders"]);
    chain.follow(
        &[
            ("PostgresSubscriptionDown", "chat", "Subscription s in postgres on orders is enabled and has no apply worker"),
            ("PostgresSubscriptionErrors", "chat", "Subscription s in postgres on orders has met errors within ten minutes"),
        ],
        || {
            here.run("insert into t values (1)");
            there.run("insert into t values (1)");
        },
        |()| {
            here.run("delete from t");
            here.await_true("select count(*) = 1 from t");
            chain.prometheus.forget("pg_stat_subscription_stats_apply_error_total");
        },
    );
}
