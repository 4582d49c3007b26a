//! The statements with most of something.

use super::keys::{LEGEND, each};
use crate::prelude::*;

/// The ten statements with most of something.
fn top_of(title: &'static str, description: &'static str, unit: Unit, expression: &str) -> Panel {
    timeseries(title, description, unit, query(worst(5, expression), LEGEND))
        .every("30s")
        .leads_to("pgvigil-queries", "This statement in detail", &["server", "datname", "queryid"])
        .empty("none, or not measured")
}

fn in_bytes(blocks: &str) -> String {
    format!("{blocks}\n  * on (server) group_left () max by (server) (pg_settings_block_size_bytes{{$server}})")
}

pub fn by_time() -> Panel {
    top_of(
        "By time, top 5",
        "How many sessions each keeps busy on average: 1 is one processor, or one waiter, all the time. Good is no line that stands above all others.",
        Unit::Number,
        &each("exec_time_seconds"),
    )
}

pub fn by_calls() -> Panel {
    top_of(
        "By calls, top 5",
        "Executions a second. Good is what follows from the load. One that is asked a thousand times for one page wants a cache, or a join.",
        Unit::PerSecond,
        &each("calls"),
    )
}

pub fn by_read_time() -> Panel {
    top_of(
        "By time spent reading, top 5",
        "How many sessions each keeps waiting for reads. Good is near 0. It stays 0 where track_io_timing is off.",
        Unit::Number,
        &each("shared_blk_read_time_seconds"),
    )
}

pub fn by_read() -> Panel {
    top_of(
        "By reads from disk, top 5",
        "What was not in shared buffers. Good is little. Most of it comes from reading whole tables: look for a missing index.",
        Unit::BytesPerSecond,
        &in_bytes(&each("shared_blks_read")),
    )
}

pub fn by_temporary() -> Panel {
    top_of(
        "By temporary files, top 5",
        "Sorts and hashes that did not fit into work_mem. Good is 0. Raise work_mem for the role that runs it, or sort less.",
        Unit::BytesPerSecond,
        &in_bytes(&each("temp_blks_written")),
    )
}

pub fn by_wal() -> Panel {
    top_of(
        "By WAL written, top 5",
        "What standbys, the archive and backups have to carry. Good is what follows from the load. Much for few rows means many indexes, or checkpoints too close together.",
        Unit::BytesPerSecond,
        &each("wal_bytes"),
    )
}

pub fn by_rows() -> Panel {
    top_of(
        "By rows, top 5",
        "Rows returned or changed a second. Good is what applications show or change; one that returns much more than that filters in the wrong place.",
        Unit::RowsPerSecond,
        &each("rows"),
    )
}

pub fn by_mean() -> Panel {
    top_of(
        "By mean time, top 5",
        "Good is below the lines for what an application waits for. A step up is another plan, a lock, or a disk that has become slow.",
        Unit::Seconds,
        &format!("{} / ({} > 0)", each("exec_time_seconds"), each("calls")),
    )
    .thresholds("queries", "PostgresSlowQueries")
}

pub fn by_maximum() -> Panel {
    top_of(
        "By longest execution ever, top 5",
        "Since the statistics were reset; it never falls by itself. Good is below 30 s for what an application waits for. A step is the moment at which one took that long: for a lock, or for the disk.",
        Unit::Seconds,
        "max by (server, datname, queryid) (pg_stat_statements_max_exec_time_seconds{$database})",
    )
    .thresholds("queries", "PostgresLongQueries")
}
