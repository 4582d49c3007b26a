//! What happens between a primary and its standby.

use super::{Chain, set};
use crate::support::Generation;
use crate::support::config::Config;
use crate::support::server::{Server, Stop};

on_first_and_last!(faults_of_a_standby);

fn faults_of_a_standby(major: u32) {
    let mut primary = Server::primary(major);
    let mut standby = primary.standby();
    let (on_primary, on_standby) = (primary.psql(), standby.psql());
    let config = Config::quick().without_detail().server("orders", &primary).server("orders-b", &standby);
    let chain = Chain::start(&config, Generation::beside(major), &["orders", "orders-b"]);

    on_primary.run("create table written (t text)");
    chain.follow(
        &[
            ("PostgresReplayPaused", "chat", "Replay on orders-b has been paused"),
            ("PostgresReplicaLagHigh", "database-pager", "orders-b shows a state of 3"),
            // Another action, so it is told beside the lag; the lag itself only once.
            ("PostgresStaleReads", "chat", "ago, and has been too old for a minute. Route reads to the primary"),
            ("PostgresReplicaLagBytesHigh", "nobody", "orders-b has 1"),
        ],
        || {
            on_standby.run("select pg_wal_replay_pause()");
            on_primary.run("insert into written select repeat('x', 1000) from generate_series(1, 15000)");
        },
        |()| {
            chain.is_held_back("PostgresReplicaLagHigh", "warning");
            chain.is_held_back("PostgresReplicaLagHigh", "info");
            on_standby.run("select pg_wal_replay_resume()");
        },
    );
    chain.follow(
        &[("PostgresStandbyConflicts", "nobody", "because they stood in the way of replay: ")],
        || {
            standby.catch_up_with(&primary);
            set(&on_standby, "max_standby_streaming_delay = 0");
            let mut reader = on_standby.session();
            reader.run("begin isolation level repeatable read");
            reader.run("select count(*) from written");
            on_primary.run("delete from written; vacuum written");
            reader
        },
        |reader| {
            drop(reader);
            chain.prometheus.forget("pg_stat_database_conflicts_total");
        },
    );
    chain.follow(
        &[
            ("PostgresReplicationLinkDown", "chat", "orders-b has no WAL receiver"),
            ("PostgresSynchronousStandbyMissing", "pager", "orders has fewer synchronous standbys"),
        ],
        || {
            set(&on_standby, "primary_conninfo = 'host=127.0.0.1 port=1'");
            set(&on_primary, "synchronous_standby_names = 'nobody'");
        },
        |()| {
            set(&on_primary, "synchronous_standby_names = ''");
            on_standby.run("alter system reset primary_conninfo");
            on_standby.run("select pg_reload_conf()");
        },
    );
    chain.follow(
        &[
            ("PostgresTwoPrimaries", "database-mail", "2 servers accept writes and have the same system identifier"),
            ("PostgresTwoPrimaries", "database-mail", ": orders orders-b - a split brain"),
            ("PostgresFailover", "chat", "orders-b was promoted or became a standby"),
        ],
        || {
            standby.promote();
            &mut standby
        },
        |standby| {
            // A server that is down has nothing else to say.
            standby.stop(Stop::Fast);
            chain.is_held_back("PostgresFailover", "warning");
            standby.start();
            chain.prometheus.forget("pg_in_recovery");
            primary.stop(Stop::Fast);
        },
    );
}
