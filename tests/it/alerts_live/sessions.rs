//! What sessions do to one another.

use super::Chain;
use crate::support::Generation;
use crate::support::config::Config;
use crate::support::psql::Psql;
use crate::support::server::Server;

on_first_and_last!(faults_of_sessions);

fn faults_of_sessions(major: u32) {
    const LIMITS: &[(&str, &str)] = &[("max_connections", "20"), ("superuser_reserved_connections", "0")];
    let server = Server::primary_with(major, LIMITS);
    let psql = server.psql();
    psql.run("create database shop");
    // pgvigil's own statements there would lower the mean.
    psql.run("alter role pgvigil in database shop set pg_stat_statements.track = 'none'");
    // What is there at the first look has a counter of its own at once. With a whole number it would be another statement.
    psql.database("shop").run("select pg_sleep(1.5)");
    let config = Config::quick().without_detail().server("orders", &server);
    let chain = Chain::start(&config, Generation::beside(major), &["orders"]);

    chain.follow(
        &[("PostgresConnectionLimitNear", "chat", "Role limited on orders uses 100%")],
        || {
            psql.run("create role limited login connection limit 1");
            psql.user("limited").session()
        },
        drop,
    );
    chain.follow(
        &[
            ("PostgresLockPileup", "pager", "Sessions that wait for a lock hold 25% of all connections of orders."),
            ("PostgresLockPileup", "pager", "(postgres, culprit, idle in transaction) with "),
        ],
        || {
            psql.run("create table wanted (id int)");
            let mut holder = psql.application("culprit").session();
            holder.run("begin");
            holder.run("lock table wanted");
            let mut waiters: Vec<_> = (0..5).map(|_| psql.session()).collect();
            for waiter in &mut waiters[1..] {
                waiter.start("select count(*) from wanted");
            }
            // It is told once, with the root that is known by then.
            chain.sees("pg_blocking_root_victims == 4");
            waiters[0].start("select count(*) from wanted");
            (holder, waiters)
        },
        drop,
    );
    chain.follow(
        &[("PostgresConnectionsHigh", "pager", "of max_connections")],
        || (0..18).map(|_| psql.session()).collect::<Vec<_>>(),
        drop,
    );
    chain.follow(
        &[
            ("PostgresDeadlocks", "nobody", "Deadlocks in postgres on orders within ten minutes: "),
            ("PostgresSlowQueries", "chat", "Statements in shop on orders took 1."),
        ],
        || {
            deadlock(&psql);
            // A rate is of what came after the first look.
            let shop = psql.database("shop");
            shop.run("select pg_sleep(1.5)");
            chain.sees("pg_stat_statements_calls_total{datname=\"shop\"} > 0");
            shop.run("select pg_sleep(1.5)");
        },
        |()| {
            chain.prometheus.forget("pg_stat_database_deadlocks_total");
            chain.prometheus.forget("{__name__=~\"pg_stat_statements_.*\"}");
        },
    );
}

/// Two sessions that wait for each other until the server ends one.
pub fn deadlock(psql: &Psql) {
    psql.run("create table pair as select generate_series(1, 2) as i");
    let (mut one, mut other) = (psql.session(), psql.session());
    for (session, row) in [(&mut one, 1), (&mut other, 2)] {
        session.run("begin");
        session.run(&format!("update pair set i = i where i = {row}"));
    }
    // Whoever is told tells the statistics at the end of his transaction.
    one.start("update pair set i = i where i = 2; rollback");
    other.start("update pair set i = i where i = 1; rollback");
    psql.await_true("(select deadlocks > 0 from pg_stat_database where datname = current_database())");
}
