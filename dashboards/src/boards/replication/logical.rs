//! Logical replication: subscriptions, and decoding for others.

use crate::prelude::*;
use crate::unit::Words;

/// Whether somebody applies what comes: none does while an error is tried again.
const WORKERS: Words = &[("0", "none", Some(Warning))];

pub fn subscriptions() -> Panel {
    const KEYS: &str = "server, datname, subname";
    let of = |metric: &str| format!("max by ({KEYS}) ({metric}{{$server}})");
    table(
        "Subscriptions",
        "Good is on, one worker, and a message within the last half minute. Without a worker it fails again and again: the log of this server says at which row.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(120),
            key("datname", "Database").width(100),
            key("subname", "Subscription"),
        ],
        [
            column("Enabled", Unit::Word, of("pg_subscription_enabled")).words(ON).width(80),
            column("Workers", Unit::Count, of("pg_stat_subscription_apply_workers")).words(WORKERS).width(80),
            column("Silent for", Unit::Seconds, of("pg_stat_subscription_last_message_age_seconds")).width(90),
            column("Not confirmed", Unit::Bytes, of("pg_stat_subscription_unreported_bytes")).width(115),
            column(
                "Tables not ready",
                Unit::Count,
                format!(r#"sum by ({KEYS}) (pg_subscription_tables{{$server, state!="ready"}})"#),
            )
            .any_is(Info)
            .width(125),
        ],
    )
    .at_most(50, "Enabled")
    .empty("no subscription")
    .wide(2)
}

pub fn apply_errors() -> Panel {
    timeseries(
        "Errors and conflicts, top 5",
        "Within 10 minutes, of each subscription. Good is 0: one error is tried again until somebody resolves it, and nothing is applied meanwhile. Conflicts are counted from 18 on.",
        Unit::Number,
        [
            query(
                worst(5, "sum by (server, subname) (increase(pg_stat_subscription_stats_apply_error_total{$server}[10m]) + increase(pg_stat_subscription_stats_sync_error_total{$server}[10m]))"),
                "errors of {{subname}}, {{server}}",
            ),
            query(
                worst(5, "sum by (server, subname) (increase(pg_stat_subscription_stats_conflicts_total{$server}[10m]))"),
                "conflicts of {{subname}}, {{server}}",
            ),
        ],
    )
    .empty("none, or older than PostgreSQL 15")
}

pub fn decoding() -> Panel {
    timeseries(
        "Spilled while decoding, top 5",
        "Changes that did not fit into logical_decoding_work_mem, by slot. Good is 0: raise it, or have transactions be smaller.",
        Unit::BytesPerSecond,
        query(
            worst(5, "sum by (server, slot_name) (rate(pg_stat_replication_slots_spill_bytes_total{$server}[$__rate_interval]))"),
            "{{slot_name}}, {{server}}",
        ),
    )
    .every("30s")
    .empty("none, or older than PostgreSQL 14")
}
