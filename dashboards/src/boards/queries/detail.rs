//! The statements that are chosen, in detail.

use super::keys::{KEYS, NOT_INSTALLED, listed_text};
use crate::prelude::*;

/// What the chosen statements did a second, all together.
fn chosen(metric: &str) -> String {
    format!(r#"sum(rate(pg_stat_statements_{metric}_total{{$database, queryid=~"$statement"}}[$__rate_interval]))"#)
}

/// The same from the blocks that it is counted in.
fn chosen_bytes(metric: &str) -> String {
    format!(
        r#"sum(rate(pg_stat_statements_{metric}_total{{$database, queryid=~"$statement"}}[$__rate_interval]) * on (server) group_left () max by (server) (pg_settings_block_size_bytes{{$server}}))"#
    )
}

pub fn detail() -> [Panel; 6] {
    const OF: &str = r#"{$database, queryid=~"$statement"}"#;
    [
        stat(
            "Calls now",
            "Executions of the statements that are chosen at the top, all together. Good is what follows from the load.",
            Unit::PerSecond,
            query(chosen("calls"), ""),
        )
        .every("30s")
        .empty(NOT_INSTALLED),
        stat(
            "Share of all time",
            "What they take of the time of all statements: how much there is to win here at most.",
            Unit::Ratio,
            query(
                format!(
                    "{} / (sum(rate(pg_stat_statements_exec_time_seconds_total{{$database}}[$__rate_interval])) > 0)",
                    chosen("exec_time_seconds")
                ),
                "",
            ),
        )
        .every("30s")
        .empty("did not run"),
        stat(
            "Mean now",
            "Mean time of an execution, in the last minutes. Good is below half a second for what an application waits for.",
            Unit::Seconds,
            query(format!("{} / ({} > 0)", chosen("exec_time_seconds"), chosen("calls")), ""),
        )
        .thresholds("queries", "PostgresSlowQueries")
        .every("30s")
        .empty("did not run"),
        stat(
            "Shortest ever",
            "Since the statistics were reset. PostgreSQL keeps no percentiles: the shortest, the mean and the longest are what there is.",
            Unit::Seconds,
            query(format!("min(pg_stat_statements_min_exec_time_seconds{OF})"), ""),
        )
        .empty(NOT_INSTALLED),
        stat(
            "Longest ever",
            "Since the statistics were reset. Far above the mean it was a lock or the disk, or other values want another plan.",
            Unit::Seconds,
            query(format!("max(pg_stat_statements_max_exec_time_seconds{OF})"), ""),
        )
        .thresholds("queries", "PostgresLongQueries")
        .empty(NOT_INSTALLED),
        stat(
            "Rows a call",
            "Rows returned or changed. Good is what the application needs: one that fetches thousands to show ten wants a LIMIT.",
            Unit::Number,
            query(format!("{} / ({} > 0)", chosen("rows"), chosen("calls")), ""),
        )
        .every("30s")
        .empty("did not run"),
    ]
}

pub fn executions() -> Panel {
    timeseries(
        "Calls",
        "Executions a second. If these rise and the mean does not, the load is higher, and the database as fast as ever.",
        Unit::PerSecond,
        query(chosen("calls"), "calls"),
    )
    .every("30s")
    .empty(NOT_INSTALLED)
}

pub fn mean() -> Panel {
    timeseries(
        "Mean time of the chosen",
        "Good is below the lines. PostgreSQL keeps no percentiles of execution times: the shortest and the longest ever, above, bound them.",
        Unit::Seconds,
        query(format!("{} / ({} > 0)", chosen("exec_time_seconds"), chosen("calls")), "mean"),
    )
    .thresholds("queries", "PostgresSlowQueries")
    .every("30s")
    .empty(NOT_INSTALLED)
}

pub fn time_by_cause() -> Panel {
    timeseries(
        "Where the time goes",
        "Sessions kept busy: by reading, writing, planning (measured with pg_stat_statements.track_planning), and by the rest, which is processor and locks.",
        Unit::Number,
        [
            query(
                format!(
                    "{} - {} - {}",
                    chosen("exec_time_seconds"),
                    chosen("shared_blk_read_time_seconds"),
                    chosen("shared_blk_write_time_seconds")
                ),
                "processor, locks and others",
            ),
            query(chosen("shared_blk_read_time_seconds"), "reading"),
            query(chosen("shared_blk_write_time_seconds"), "writing"),
            query(chosen("plan_time_seconds"), "planning"),
        ],
    )
    .stacked()
    .every("30s")
    .empty(NOT_INSTALLED)
}

pub fn work() -> Panel {
    timeseries(
        "Rows and blocks a call",
        "What one execution handles. Blocks that rise while rows do not mean bloat, or a plan that reads more than it needs.",
        Unit::Number,
        [
            query(format!("{} / ({} > 0)", chosen("rows"), chosen("calls")), "rows"),
            query(format!("({} + {}) / ({} > 0)", chosen("shared_blks_hit"), chosen("shared_blks_read"), chosen("calls")), "blocks"),
        ],
    )
    .every("30s")
    .empty(NOT_INSTALLED)
}

pub fn hits() -> Panel {
    timeseries(
        "Found in the cache",
        "Share of the blocks that were in shared buffers. Good is more than 99 % for what runs often; reports may read from disk.",
        Unit::Ratio,
        query(
            format!("{hit} / ({hit} + {read} > 0)", hit = chosen("shared_blks_hit"), read = chosen("shared_blks_read")),
            "found in the cache",
        ),
    )
    .up_to(1.0)
    .every("30s")
    .empty(NOT_INSTALLED)
}

pub fn written() -> Panel {
    timeseries(
        "Read and written",
        "From disk, to temporary files, and to WAL. Good is no temporary files, and WAL that follows from the rows that are changed.",
        Unit::BytesPerSecond,
        [
            query(chosen_bytes("shared_blks_read"), "read from disk"),
            query(chosen_bytes("temp_blks_written"), "temporary files"),
            query(chosen("wal_bytes"), "WAL"),
        ],
    )
    .every("30s")
    .empty(NOT_INSTALLED)
}

pub fn places() -> Panel {
    let of = |metric: &str| {
        format!(r#"sum by ({KEYS}) (increase(pg_stat_statements_{metric}_total{{$database, queryid=~"$statement"}}[$__range]))"#)
    };
    let time = of("exec_time_seconds");
    let listed = |expression: String| format!("({expression})\n  and topk(50, {time})");
    let calls = format!("({} > 0)", of("calls"));
    table(
        "Where the chosen statements run, and for whom, top 50",
        "Up to 50, those with most time first. The same statement that is slow in one place alone has other data there, another plan, or a slower machine.",
        [
            key("queryid", "Statement").width(215),
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview"),
            key("datname", "Database"),
            key("usename", "User"),
        ],
        [
            column("Time", Unit::Seconds, format!("topk(50, {time})")).width(100),
            column("Calls", Unit::Count, listed(of("calls"))).width(100),
            column("Mean", Unit::Seconds, listed(format!("{time} / {calls}"))).thresholds("queries", "PostgresSlowQueries").width(100),
            column("Planned", Unit::Count, listed(of("plans"))).width(100),
            column("WAL a call", Unit::Bytes, listed(format!("{} / {calls}", of("wal_bytes")))).width(110),
            column("Text", Unit::Word, listed_text(&time)).label("query"),
        ],
    )
    .sorted_by("Time")
    .empty(NOT_INSTALLED)
}
