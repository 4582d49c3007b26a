//! What lies in memory.

use crate::prelude::*;

const NO_EXTENSION: &str = "needs pg_buffercache 1.4 (PostgreSQL 16)";

pub fn allocated() -> Panel {
    timeseries(
        "Buffers allocated, top 5",
        "Buffers a second that were given to a block that had none. Good is little against the number of buffers: what is allocated pushes something else out.",
        Unit::PerSecond,
        query(top(5, "max by (server) (rate(pg_stat_bgwriter_buffers_alloc_total{$server}[$__rate_interval]))"), "{{server}}"),
    )
    .every("30s")
}

/// Of all buffers of the servers that are chosen.
fn buffers(metric: &str) -> String {
    format!("sum({metric}{{$server}} * on (server) group_left () max by (server) (pg_settings_block_size_bytes{{$server}}))")
}

pub fn content() -> Panel {
    timeseries(
        "Shared buffers, by state",
        "Good is no buffer unused for long after a start, and few that have to be written. Many of these just before a checkpoint are what it will write.",
        Unit::Bytes,
        [
            query(format!("{} - {}", buffers("pg_buffercache_buffers_used"), buffers("pg_buffercache_buffers_dirty")), "clean"),
            query(buffers("pg_buffercache_buffers_dirty"), "to be written"),
            query(buffers("pg_buffercache_buffers_unused"), "unused"),
        ],
    )
    .stacked()
    .empty(NO_EXTENSION)
}

pub fn usage() -> Panel {
    timeseries(
        "Shared buffers, by how much they are used",
        "Each use adds one, each round of the search for a free buffer takes one. Few with 0 or 1 mean that the buffers are too small for what is asked; mostly 0 and 1, that they are larger than needed.",
        Unit::Bytes,
        query(
            "topk(6, sum by (usage_count) (pg_buffercache_usage_counts_buffers{$server} * on (server) group_left () max by (server) (pg_settings_block_size_bytes{$server})))",
            "usage {{usage_count}}",
        ),
    )
    .stacked()
    .empty(NO_EXTENSION)
}

pub fn relations() -> Panel {
    bargauge(
        "What they hold, top 5",
        "Tables and indexes that take most of the shared buffers. Good is what applications use most. Turn on the query buffers/relations to see it.",
        Unit::Bytes,
        query(
            "sort_desc(topk(5, max by (server, datname, schemaname, relname) (pg_buffercache_relation_bytes{$database})))",
            "{{relname}} in {{datname}}, {{server}}",
        ),
    )
    .empty("buffers/relations is not switched on")
}

pub fn slru_hits() -> Panel {
    timeseries(
        "SLRU hit ratio, lowest 5",
        "The small caches for the state of transactions. Good is more than 99 %. From 17 on each has a setting, such as subtransaction_buffers.",
        Unit::Ratio,
        query(
            bottom(
                5,
                "sum by (name) (rate(pg_stat_slru_blks_hit_total{$server}[$__rate_interval])) / (sum by (name) (rate(pg_stat_slru_blks_hit_total{$server}[$__rate_interval])) + sum by (name) (rate(pg_stat_slru_blks_read_total{$server}[$__rate_interval])) > 0)",
            ),
            "{{name}}",
        ),
    )
    .up_to(1.0)
    .every("30s")
    .empty("nothing is looked up")
}

pub fn slru_reads() -> Panel {
    timeseries(
        "SLRU reads, top 5",
        "Blocks of these caches read from disk, a second. Good is near 0. Many of subtransaction come with long transactions with savepoints, of multixact with many lockers of one row.",
        Unit::IoPerSecond,
        query(worst(5, "sum by (name) (rate(pg_stat_slru_blks_read_total{$server}[$__rate_interval]))"), "{{name}}"),
    )
    .every("30s")
    .empty("none is read")
}
