//! What takes minutes or hours to become, on a server whose clock is moved on.

use super::Chain;
use crate::support::Generation;
use crate::support::config::Config;
use crate::support::server::Server;

on_first_and_last!(faults_of_the_patient);

/// The statistics collector of 13 does not answer for a while when its clock has jumped: what it would be asked for is left out.
const LEFT_OUT: &str = r#"disable: ["compat/*", "database/stat", "database/conflicts", "functions/*", "indexes/*", "io/*", "sequences/*", "tables/*", "wal/*"]"#;

fn faults_of_the_patient(major: u32) {
    let server = Server::primary_with_clock(major, &[("max_connections", "20")]);
    let psql = server.psql();
    let config = Config::quick().without_detail().line(LEFT_OUT).server("orders", &server);
    let chain = Chain::start(&config, Generation::beside(major), &["orders"]);

    chain.follow(
        &[
            ("PostgresIdleInTransaction", "chat", "has been idle in its transaction for 1h 30m"),
            ("PostgresLongTransactions", "chat", "The oldest transaction in postgres on orders has been open for 1h 30m"),
            ("PostgresPreparedTransactionsOld", "chat", "A transaction in postgres on orders was prepared 1h 30m"),
            ("PostgresBlockedSessions", "chat", "A session in postgres on orders has been waiting for a lock for 1h 30m"),
            ("PostgresLongQueries", "chat", "The longest query in postgres on orders has been running for 1h 30m"),
            ("PostgresIdleConnections", "chat", "Sessions of orders that have long been idle hold 55% of max_connections"),
        ],
        || {
            psql.run("create table wanted (id int); create table put_by (id int)");
            psql.run("begin; lock table put_by; prepare transaction 'forgotten'");
            let mut sessions: Vec<_> = (0..13).map(|_| psql.session()).collect();
            sessions[0].run("begin");
            sessions[0].run("lock table wanted");
            sessions[1].start("select count(*) from wanted");
            psql.await_true("exists (select from pg_stat_activity where wait_event_type = 'Lock')");
            server.set_clock(90);
            sessions
        },
        |sessions| {
            drop(sessions);
            psql.run("rollback prepared 'forgotten'");
        },
    );
}
