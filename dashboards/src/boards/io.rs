//! Whether what is asked for lies in memory, who reads and writes, and how fast the disks answer.

mod buffers;
mod disks;
mod processes;

use buffers::{allocated, content, relations, slru_hits, slru_reads, usage};
use disks::{await_time, busy, latency_of_reads, latency_of_writes, pressure, queue};
use processes::{checkpoint_times, checkpoints, forced, in_bytes, operations, readers, time_of_reads, writers, written_bytes};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-io",
        "Buffer Cache & I/O",
        "Whether what is asked for lies in memory, who reads and writes, and how fast the disks answer.",
    )
    .databases()
    .row("Health", [line(4, health()), line(9, [hits(), reads(), time_of_databases()])])
    .row("Problems", [line(8, [latency_of_reads(), latency_of_writes(), await_time()]), line(8, [busy(), queue(), pressure()])])
    .row(
        "Who reads and writes",
        [line(8, [readers(), writers(), time_of_reads()]), line(8, [written_bytes(), allocated(), forced()]), line(9, [operations()])],
    )
    .row(
        "Maintenance",
        [line(8, [checkpoints(), checkpoint_times(), slru_hits(), slru_reads()]), line(8, [content(), usage(), relations()])],
    )
    .row("Settings", [line(7, [settings()])])
}

fn health() -> [Panel; 6] {
    [
        stat(
            "Cache hit ratio",
            "Share of the blocks that were found in shared buffers, over all that is chosen. Good is more than 99 % where applications wait; the rest comes from the system's cache or from the disk.",
            Unit::Ratio,
            query(
                "sum(rate(pg_stat_database_blks_hit_total{$database}[$__rate_interval])) / (sum(rate(pg_stat_database_blks_hit_total{$database}[$__rate_interval])) + sum(rate(pg_stat_database_blks_read_total{$database}[$__rate_interval])) > 0)",
                "",
            ),
        )
        .empty("nothing is read"),
        stat(
            "Read from outside",
            "What was not in shared buffers. Good is what is usual here. If it has risen, Query Performance says which statement reads.",
            Unit::BytesPerSecond,
            query(
                "sum(rate(pg_stat_database_blks_read_total{$database}[$__rate_interval]) * on (server) group_left () max by (server) (pg_settings_block_size_bytes{$server}))",
                "",
            ),
        )
        .leads_to("pgvigil-queries", "Query Performance", &[]),
        stat(
            "Read latency",
            "Of the slowest disk, over five minutes. Good is below 20 ms, and around 1 ms for an SSD. See who reads below, and whether the disk is at its limit.",
            Unit::Seconds,
            query("max(server_device:read_latency_seconds:mean5m{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresReadLatencyHigh")
        .empty("no reads"),
        stat(
            "Write latency",
            "Of the slowest disk, over five minutes. Good is below 50 ms. Every commit waits for a write.",
            Unit::Seconds,
            query("max(server_device:write_latency_seconds:mean5m{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresWriteLatencyHigh")
        .empty("no writes"),
        stat(
            "Busiest disk",
            "Share of the time in which it has something to do. Good is below 90 %; a disk that works on many things at once can do more than that.",
            Unit::Ratio,
            query("max(server_device:io_busy:ratio5m{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresDiskSaturated")
        .empty("not measured"),
        stat(
            "Requested checkpoints",
            "Within an hour, over all servers that are chosen. Good is 0 but for backups: else WAL comes faster than max_wal_size allows for, and whole pages are logged again and again. Raise max_wal_size.",
            Unit::Count,
            query("round(sum(increase(pg_stat_checkpointer_num_requested_total{$server}[1h])))", ""),
        )
        .any_is(Info),
    ]
}

fn hits() -> Panel {
    timeseries(
        "Cache hit ratio, lowest 5",
        "Over five minutes, of databases that look for more than ten blocks a second. Good is more than 99 % where applications wait. A fall means that other data is read than before, or that the cache is cold after a restart.",
        Unit::Ratio,
        query(
            bottom(
                5,
                "min by (server, datname) (server_datname:cache_hits:ratio5m{$database}) and sum by (server, datname) (rate(pg_stat_database_blks_hit_total{$database}[$__rate_interval]) + rate(pg_stat_database_blks_read_total{$database}[$__rate_interval])) > 10",
            ),
            "{{datname}}, {{server}}",
        ),
    )
    .up_to(1.0)
    .leads_to("pgvigil-queries", "Query Performance", &["server", "datname"])
}

fn reads() -> Panel {
    timeseries(
        "Read from outside, top 5",
        "What was not in shared buffers and came from the system's cache or from the disk. Good is what is usual here.",
        Unit::BytesPerSecond,
        query(top(5, &in_bytes("server, datname", "pg_stat_database_blks_read_total", "{$database}")), "{{datname}}, {{server}}"),
    )
    .leads_to("pgvigil-queries", "Query Performance", &["server", "datname"])
}

fn time_of_databases() -> Panel {
    timeseries(
        "Sessions that wait for reads, top 5",
        "How many sessions reading keeps busy on average. Good is below one: else the disk decides how fast the database is. Measured where track_io_timing is on.",
        Unit::Number,
        query(
            worst(5, "sum by (server, datname) (rate(pg_stat_database_blk_read_time_seconds_total{$database}[$__rate_interval]))"),
            "{{datname}}, {{server}}",
        ),
    )
    .empty("none, or track_io_timing is off")
    .leads_to("pgvigil-queries", "Query Performance", &["server", "datname"])
}

fn settings() -> Panel {
    let setting = |name: &str| format!("max by (server) (pg_settings_{name}{{$server}})");
    table(
        "Settings of memory and checkpoints",
        "Good is shared_buffers at a quarter of the memory, effective_cache_size at half of it or more, and track_io_timing on: without it no time of I/O is known.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("shared_buffers", Unit::Bytes, setting("shared_buffers_bytes")),
            column("effective_cache_size", Unit::Bytes, setting("effective_cache_size_bytes")),
            column("Memory", Unit::Bytes, "max by (server) (server:memory_total_bytes:max{$foreign} and on (server) pg_up{$server})"),
            column("track_io_timing", Unit::Word, setting("track_io_timing")).words(ON),
            column("max_wal_size", Unit::Bytes, setting("max_wal_size_bytes")),
            column("checkpoint_timeout", Unit::Seconds, setting("checkpoint_timeout_seconds")),
            column("Spread over", Unit::Ratio, setting("checkpoint_completion_target")),
        ],
    )
}
