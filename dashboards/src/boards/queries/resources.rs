//! What statements need beside time, and what is set for them.

use crate::prelude::*;

pub fn temporary() -> Panel {
    timeseries(
        "Temporary files written, top 5",
        "Counted when a file is closed. Good is 0. A sort that does not fit into work_mem goes to disk.",
        Unit::BytesPerSecond,
        query(
            worst(5, "sum by (server, datname) (rate(pg_stat_database_temp_bytes_total{$database}[$__rate_interval]))"),
            "{{datname}}, {{server}}",
        ),
    )
}

pub fn temporary_now() -> Panel {
    timeseries(
        "Temporary files now, top 5",
        "By tablespace. Good is little: a query that fills the disk shows here first. End it.",
        Unit::Bytes,
        query(worst(5, "sum by (server, spcname) (pg_temporary_files_bytes{$server})"), "{{spcname}}, {{server}}"),
    )
}

pub fn parallel() -> Panel {
    timeseries(
        "Parallel workers used, top 5",
        "Share of max_parallel_workers. Good is below 100 %: then queries get the helpers that their plans count on.",
        Unit::Ratio,
        query(
            worst(5, r#"max by (server) (pg_workers_running{$server, kind="parallel"} / (pg_workers_max{$server, kind="parallel"} > 0))"#),
            "{{server}}",
        ),
    )
    .up_to(1.0)
}

pub fn not_launched() -> Panel {
    timeseries(
        "Parallel workers denied, top 5",
        "Asked for by a plan and not got, a second. Good is 0. Raise max_parallel_workers, or have fewer queries ask for them.",
        Unit::PerSecond,
        query(
            worst(
                5,
                "sum by (server, datname) (rate(pg_stat_database_parallel_workers_to_launch_total{$database}[$__rate_interval]) - rate(pg_stat_database_parallel_workers_launched_total{$database}[$__rate_interval]))",
            ),
            "{{datname}}, {{server}}",
        ),
    )
    .empty("counted from PostgreSQL 18 on")
}

pub fn forgotten() -> Panel {
    timeseries(
        "Statements forgotten in 1 h, top 5",
        "Times within an hour that pg_stat_statements dropped what was used least to make room. Good is 0: raise pg_stat_statements.max, or have applications use parameters.",
        Unit::Number,
        query(worst(5, "max by (server) (increase(pg_stat_statements_dealloc_total{$server}[1h]))"), "{{server}}"),
    )
    .empty("counted from PostgreSQL 14 on")
}

pub fn settings() -> Panel {
    table(
        "Settings of queries",
        "What is measured, and what a query may use. Good is track_io_timing on, and log_min_duration_statement 500 ms; where that column is empty, no slow statement is logged.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column(
                "log_min_duration_statement (ms)",
                Unit::Word,
                r#"max by (server, setting) (pg_changed_settings_info{$server, name="log_min_duration_statement"})"#,
            )
            .label("setting"),
            column("track_io_timing", Unit::Word, "max by (server) (pg_settings_track_io_timing{$server})").words(ON),
            column("work_mem", Unit::Bytes, "max by (server) (pg_settings_work_mem_bytes{$server})"),
            column("max_parallel_workers", Unit::Count, "max by (server) (pg_settings_max_parallel_workers{$server})"),
            column("pg_stat_statements.max", Unit::Count, "max by (server) (pg_stat_statements_max_entries{$server})").width(190),
            column("Statistics since", Unit::Timestamp, "max by (server) (pg_stat_statements_stats_reset_timestamp_seconds{$server})"),
        ],
    )
    .wide(2)
}
