//! What goes through PgBouncer, and how long it takes.

use crate::prelude::*;

pub fn statements() -> Panel {
    timeseries(
        "Queries and transactions",
        "What goes through PgBouncer, a second. Good is the usual curve of the day. Many more queries than transactions are long transactions, which hold their connection.",
        Unit::PerSecond,
        [
            query("sum(rate(pgbouncer_stats_query_count_total{$server}[$__rate_interval]))", "queries"),
            query("sum(rate(pgbouncer_stats_xact_count_total{$server}[$__rate_interval]))", "transactions"),
        ],
    )
    .empty("no PgBouncer is watched")
}

pub fn times() -> Panel {
    let mean = |time: &str, count: &str| {
        format!(
            "sum(rate(pgbouncer_stats_{time}_seconds_total{{$server}}[$__rate_interval]))
  / (sum(rate(pgbouncer_stats_{count}_total{{$server}}[$__rate_interval])) > 0)"
        )
    };
    timeseries(
        "Mean time of each",
        "Of a query, of a transaction with its idle time, and of the wait for a connection, spread over all transactions. Good is no wait. Transactions much longer than their queries wait for the application.",
        Unit::Seconds,
        [
            query(mean("query_time", "query_count"), "query"),
            query(mean("xact_time", "xact_count"), "transaction"),
            query(mean("wait_time", "xact_count"), "wait"),
        ],
    )
    .empty("nothing goes through a PgBouncer")
}

pub fn traffic() -> Panel {
    timeseries(
        "Traffic",
        "Bytes from clients and to clients. Good is what is usual here; a step up to clients is a query that fetches too much.",
        Unit::BytesPerSecond,
        [
            query("sum(rate(pgbouncer_stats_received_bytes_total{$server}[$__rate_interval]))", "from clients"),
            query("sum(rate(pgbouncer_stats_sent_bytes_total{$server}[$__rate_interval]))", "to clients"),
        ],
    )
    .empty("no PgBouncer is watched")
}
