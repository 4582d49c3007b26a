//! Which of the server's processes read and write, and in which way.

use crate::prelude::*;

const SINCE_16: &str = "counted from PostgreSQL 16 on";

/// Of counted blocks, for each server or less.
pub fn in_bytes(labels: &str, metric: &str, choice: &str) -> String {
    format!(
        "sum by ({labels}) (rate({metric}{choice}[$__rate_interval]) * on (server) group_left () max by (server) (pg_settings_block_size_bytes{{$server}}))"
    )
}

/// What each kind of process did a second.
fn by_process(metric: &str) -> String {
    format!("sum by (backend_type) (rate(pg_stat_io_{metric}_total{{$server}}[$__rate_interval]))")
}

pub fn readers() -> Panel {
    timeseries(
        "Who reads",
        "Bytes that each kind of process read from outside of shared buffers. Good is mostly client backends. Autovacuum that reads most for hours wants more memory, or smaller tables.",
        Unit::BytesPerSecond,
        query(format!("{} > 0", by_process("read_bytes")), "{{backend_type}}"),
    )
    .stacked()
    .every("30s")
    .empty(SINCE_16)
}

pub fn writers() -> Panel {
    timeseries(
        "Who writes",
        "Bytes that each kind of process wrote, of tables, indexes and (from 18 on) WAL. Good is mostly the checkpointer; client backends that write had no clean buffer, or load in bulk.",
        Unit::BytesPerSecond,
        query(format!("{} > 0", by_process("write_bytes")), "{{backend_type}}"),
    )
    .stacked()
    .every("30s")
    .empty(SINCE_16)
}

pub fn time_of_reads() -> Panel {
    timeseries(
        "Mean time of a read",
        "As each kind of process sees it. Good is below 1 ms: then it is the system's cache, or a fast disk. Measured where track_io_timing is on.",
        Unit::Seconds,
        query(format!("{} / ({} > 0) > 0", by_process("read_time_seconds"), by_process("reads")), "{{backend_type}}"),
    )
    .every("30s")
    .empty("track_io_timing is off, or older than 16")
}

pub fn written_bytes() -> Panel {
    let all = |metric: &str| format!("sum({})", in_bytes("server", metric, "{$server}"));
    timeseries(
        "Buffers written, by whom",
        "Good is mostly checkpoints, spread over their time. If the others write much, they wait for it: shared_buffers are too small, or bgwriter_lru_maxpages.",
        Unit::BytesPerSecond,
        [
            query(all("pg_stat_checkpointer_buffers_written_total"), "checkpoints"),
            query(all("pg_stat_bgwriter_buffers_clean_total"), "background writer"),
            query(all("pg_stat_bgwriter_buffers_backend_total"), "others, growth included"),
        ],
    )
    .stacked()
    .every("30s")
}

pub fn forced() -> Panel {
    timeseries(
        "Signs of too little writing ahead",
        "Times a second that a session forced a file to disk itself, and that the background writer stopped at bgwriter_lru_maxpages. Good is 0 but for bulk loads.",
        Unit::PerSecond,
        [
            query("sum(rate(pg_stat_bgwriter_buffers_backend_fsync_total{$server}[$__rate_interval]))", "forced by sessions"),
            query("sum(rate(pg_stat_bgwriter_maxwritten_clean_total{$server}[$__rate_interval]))", "background writer stopped"),
        ],
    )
    .every("30s")
}

pub fn operations() -> Panel {
    const KEYS: &str = "backend_type, object, context";
    let sum = |metric: &str| format!("sum by ({KEYS}) (increase(pg_stat_io_{metric}_total{{$server}}[$__range]))");
    // Some processes never read, and others never write; what they do not do is absent.
    let whoever = format!("0 * ({} or {})", sum("reads"), sum("writes"));
    let all = ["reads", "writes", "hits"].map(|metric| format!("({} or {whoever})", sum(metric))).join(" + ");
    let listed = |expression: String| format!("({expression})\n  and topk(30, ({all}) > 0)");
    let mean = |time: &str, count: &str| listed(format!("{} / ({} > 0) > 0", sum(time), sum(count)));
    table(
        "I/O by process, object and way, top 30",
        "Over what is shown, all chosen servers together. Bulk reads and vacuum use a small ring of buffers, so that they do not push out what others need. Good is few evictions by client backends.",
        [key("backend_type", "Process"), key("object", "Object"), key("context", "Way")],
        [
            column("Found", Unit::Count, listed(sum("hits"))).width(115),
            column("Read", Unit::Bytes, listed(sum("read_bytes"))).width(115),
            column("Mean read", Unit::Seconds, mean("read_time_seconds", "reads")).thresholds("host", "PostgresReadLatencyHigh").width(115),
            column("Written", Unit::Bytes, listed(sum("write_bytes"))).width(115),
            column("Mean write", Unit::Seconds, mean("write_time_seconds", "writes")).thresholds("host", "PostgresWriteLatencyHigh").width(115),
            column("Grown by", Unit::Bytes, listed(sum("extend_bytes"))).width(115),
            column("Evictions", Unit::Count, listed(sum("evictions"))).width(115),
            column("Forced", Unit::Count, listed(sum("fsyncs"))).width(115),
        ],
    )
    .sorted_by("Read")
    .empty(SINCE_16)
}

pub fn checkpoints() -> Panel {
    timeseries(
        "Checkpoints within 1 h",
        "By time and by request. Good is by time alone: requests come from too small a max_wal_size, from backups and from promotions.",
        Unit::Number,
        [
            query("sum(increase(pg_stat_checkpointer_num_timed_total{$server}[1h]))", "by time"),
            query("sum(increase(pg_stat_checkpointer_num_requested_total{$server}[1h]))", "by request"),
        ],
    )
}

pub fn checkpoint_times() -> Panel {
    timeseries(
        "Time in checkpoints, 1 h",
        "Within an hour, on the server where it took longest. Good is writing spread over most of the hour and hardly any forcing: while that lasts, all other writes stall.",
        Unit::Seconds,
        [
            query("max(increase(pg_stat_checkpointer_write_time_seconds_total{$server}[1h]))", "writing"),
            query("max(increase(pg_stat_checkpointer_sync_time_seconds_total{$server}[1h]))", "forcing to disk"),
        ],
    )
}
