//! What a database needs somebody to look after: vacuum, transactions that were prepared and forgotten, sequences that end,
//! migrations that stopped half way.

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::Server;

on_first_and_last!(autovacuum_is_off, autovacuum_workers_are_busy, prepared_transaction, sequence_ends, migration_fails);

fn serve(server: &Server) -> Exporter {
    let exporter = Exporter::start(&Config::prompt().server("primary", server), &[server]);
    exporter.await_all(&["primary"]);
    exporter
}

/// Every row of the table is dead, and the views say so.
fn kill_rows(server: &Server, table: &str) {
    server.psql().run(&format!("update {table} set id = -id"));
    server.psql().await_true(&format!("select n_dead_tup >= 1000 from pg_stat_user_tables where relname = '{table}'"));
}

fn autovacuum_is_off(major: u32) {
    let server = Server::primary_with(major, &[("autovacuum_naptime", "1s")]);
    let psql = server.psql();
    psql.run("create table kept (id int); insert into kept select generate_series(1, 1000)");
    let exporter = serve(&server);
    let table = [("datname", "postgres"), ("relname", "kept")];
    kill_rows(&server, "kept");
    psql.await_true("select autovacuum_count > 0 and n_dead_tup = 0 from pg_stat_user_tables where relname = 'kept'");
    exporter.shows("pg_stat_user_tables_autovacuum_count_total", &table, |count| count > 0.0);
    exporter.shows("pg_table_autovacuum_dead_ratio", &table, |ratio| ratio < 1.0);
    let vacuumed = exporter.shows("pg_stat_user_tables_last_autovacuum_timestamp_seconds", &table, |at| at > 0.0);

    psql.run("alter system set autovacuum = off; select pg_reload_conf()");
    psql.await_true(
        "current_setting('autovacuum') = 'off' and not exists (select from pg_stat_activity where backend_type ~ '^autovacuum')",
    );
    exporter.shows("pg_settings_autovacuum", &[], |on| on == 0.0);
    kill_rows(&server, "kept");
    exporter.shows("pg_stat_user_tables_n_dead_tup", &table, |rows| rows >= 1000.0);
    // Due at 50 rows and a fifth of the table.
    exporter.shows("pg_table_autovacuum_dead_ratio", &table, |ratio| ratio > 3.0);
    exporter.shows("pg_stat_user_tables_last_autovacuum_timestamp_seconds", &table, |at| at <= vacuumed + 60.0);
}

/// The only worker is at a table for long, and another table has to wait for it.
fn autovacuum_workers_are_busy(major: u32) {
    let slow = [
        ("autovacuum_naptime", "1s"),
        ("autovacuum_max_workers", "1"),
        // One page, then 400 ms of sleep.
        ("autovacuum_vacuum_cost_delay", "100ms"),
        ("autovacuum_vacuum_cost_limit", "1"),
        ("vacuum_cost_page_hit", "10000"),
        ("vacuum_cost_page_miss", "10000"),
        ("vacuum_cost_page_dirty", "10000"),
        // Nothing but the two tables is due, or the worker would be at some catalogue for long.
        ("autovacuum_vacuum_threshold", "1000000"),
        ("autovacuum_vacuum_insert_threshold", "-1"),
        ("autovacuum_analyze_threshold", "1000000"),
    ];
    let server = Server::primary_with(major, &slow);
    let psql = server.psql();
    psql.run(
        "create table large (id int, filler text) with (autovacuum_enabled = off, autovacuum_vacuum_threshold = 50);
         create table small (id int) with (autovacuum_enabled = off, autovacuum_vacuum_threshold = 50);
         insert into large select g, repeat('x', 1000) from generate_series(1, 3000) g;
         insert into small select generate_series(1, 1000)",
    );
    let exporter = serve(&server);
    kill_rows(&server, "large");
    psql.run("alter table large reset (autovacuum_enabled)");
    psql.await_true("exists (select from pg_stat_progress_vacuum where relid = 'large'::regclass)");
    kill_rows(&server, "small");
    psql.run("alter table small reset (autovacuum_enabled)");

    let relid = psql.run("select 'large'::regclass::oid");
    let worker = [("relid", relid.as_str()), ("backend_type", "autovacuum worker")];
    exporter.shows("pg_stat_progress_vacuum_duration_seconds", &worker, |seconds| seconds > 0.0);
    let kind = [("kind", "autovacuum")];
    exporter.shows("pg_workers_running", &kind, |running| running == 1.0);
    exporter.shows("pg_workers_max", &kind, |most| most == 1.0);
    exporter.shows("pg_table_autovacuum_dead_ratio", &[("relname", "small")], |ratio| ratio > 3.0);
    exporter.shows("pg_table_autovacuum_dead_ratio", &[("relname", "large")], |ratio| ratio > 1.0);
}

fn prepared_transaction(major: u32) {
    let server = Server::primary_with(major, &[("autovacuum", "off")]);
    let psql = server.psql();
    psql.run("create table kept (id int); create table locked (id int); insert into kept select generate_series(1, 1000)");
    let exporter = serve(&server);
    let (database, holder) = ([("datname", "postgres")], [("holder", "prepared")]);
    assert_eq!(exporter.page().value("pg_prepared_xacts_count", &database), Some(0.0));
    assert_eq!(exporter.page().value("pg_xmin_holders", &holder), Some(0.0));

    psql.run("begin; insert into locked values (1); prepare transaction 'forgotten'");
    exporter.shows("pg_prepared_xacts_count", &database, |count| count == 1.0);
    let age = exporter.shows("pg_prepared_xacts_max_age_seconds", &database, |age| age > 0.0);
    exporter.shows("pg_prepared_xacts_max_age_seconds", &database, |later| later > age);
    exporter.shows("pg_xmin_holders", &holder, |count| count == 1.0);
    exporter.shows("pg_locks_count", &[("datname", "postgres"), ("mode", "rowexclusivelock"), ("granted", "true")], |count| count > 0.0);

    // No vacuum can take away what it might still see, and it falls behind with each transaction of others.
    kill_rows(&server, "kept");
    psql.run("vacuum kept");
    psql.run(&"insert into kept values (0);\n".repeat(100));
    exporter.shows("pg_xmin_holder_age_transactions", &holder, |age| age > 100.0);
    exporter.shows("pg_stat_user_tables_n_dead_tup", &[("relname", "kept")], |rows| rows >= 1000.0);
    psql.run("rollback prepared 'forgotten'; vacuum kept");
    exporter.shows("pg_prepared_xacts_count", &database, |count| count == 0.0);
    exporter.shows("pg_xmin_holders", &holder, |count| count == 0.0);
    exporter.shows("pg_stat_user_tables_n_dead_tup", &[("relname", "kept")], |rows| rows == 0.0);
}

fn sequence_ends(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    // The sequence of `narrow` could go on, but its column cannot hold more.
    psql.run(
        "create table small (id smallserial); create table narrow (id int); create sequence wide owned by narrow.id;
         alter table narrow alter id set default nextval('wide');
         insert into small default values; insert into narrow default values; grant select on all sequences in schema public to pgvigil",
    );
    let exporter = serve(&server);
    let (small, wide) = ([("sequencename", "small_id_seq")], [("sequencename", "wide")]);
    let page = exporter.page();
    for sequence in [&small, &wide] {
        assert!(page.value("pg_sequence_used_ratio", sequence).is_some_and(|ratio| ratio < 0.001), "{sequence:?}");
    }
    psql.run("select setval('small_id_seq', 32767), setval('wide', 2147483647)");
    for table in ["small", "narrow"] {
        psql.try_run(&format!("insert into {table} default values")).expect_err("there is no more");
    }
    exporter.shows("pg_sequence_used_ratio", &small, |ratio| ratio == 1.0);
    exporter.shows("pg_sequence_last_value", &small, |value| value == 32767.0);
    exporter.shows("pg_sequence_used_ratio", &wide, |ratio| ratio == 1.0);
}

fn migration_fails(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    psql.run(
        "create table flyway_schema_history (installed_rank int primary key, version varchar(50), description varchar(200) not null,
             type varchar(20) not null, script varchar(1000) not null, checksum int, installed_by varchar(100) not null,
             installed_on timestamp not null default now(), execution_time int not null, success boolean not null);
         insert into flyway_schema_history values (1, '1', 'first', 'SQL', 'V1.sql', 1, 'app', default, 5, true);
         create table databasechangelog (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null,
             dateexecuted timestamp not null, orderexecuted int not null, exectype varchar(10) not null);
         create table databasechangeloglock (id int primary key, locked boolean not null, lockgranted timestamp, lockedby varchar(255));
         insert into databasechangelog values ('1', 'app', 'log.xml', now(), 1, 'EXECUTED');
         insert into databasechangeloglock values (1, false);
         grant select on all tables in schema public to pgvigil",
    );
    let exporter = serve(&server);
    let place = [("datname", "postgres"), ("schemaname", "public")];
    exporter.shows("pg_flyway_installed_rank", &place, |rank| rank == 1.0);
    exporter.shows("pg_flyway_failed_migrations", &place, |count| count == 0.0);
    exporter.shows("pg_liquibase_locked", &place, |locked| locked == 0.0);
    exporter.shows("pg_liquibase_failed_changesets", &place, |count| count == 0.0);

    psql.run("insert into flyway_schema_history values (2, '2', 'second', 'SQL', 'V2.sql', 2, 'app', default, 5, false)");
    exporter.shows("pg_flyway_failed_migrations", &place, |count| count == 1.0);
    exporter.shows("pg_flyway_installed_rank", &place, |rank| rank == 1.0);
    exporter.shows("pg_flyway_migrations", &place, |count| count == 1.0);

    // It died while it migrated: the lock stays.
    psql.run(
        "update databasechangeloglock set locked = true, lockgranted = now() - interval '1 hour', lockedby = 'app1';
         insert into databasechangelog values ('2', 'app', 'log.xml', now(), 2, 'FAILED')",
    );
    let granted: f64 = psql.run("select extract(epoch from lockgranted::timestamptz) from databasechangeloglock").parse().expect("seconds");
    exporter.shows("pg_liquibase_locked", &place, |locked| locked == 1.0);
    exporter.shows("pg_liquibase_lock_granted_timestamp_seconds", &place, |at| (at - granted).abs() < 1.0);
    exporter.shows("pg_liquibase_failed_changesets", &place, |count| count == 1.0);
}
