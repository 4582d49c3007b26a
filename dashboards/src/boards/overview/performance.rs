//! What the server does, and how fast.

use crate::prelude::*;

pub fn transactions() -> Panel {
    timeseries(
        "Transactions, top 5",
        "Commits and rollbacks a second. Good is the usual curve of the day: a fall means that applications cannot reach the database, or wait.",
        Unit::PerSecond,
        query(top(5, "sum by (server, datname) (server_datname:transactions:rate5m{$database})"), "{{datname}}, {{server}}"),
    )
    .leads_to("pgvigil-queries", "Query Performance", &["server", "datname"])
}

pub fn statement_time() -> Panel {
    timeseries(
        "Mean time of a statement, top 5",
        "Over the last five minutes and the statements that take most time. Good is what is usual here, and below the line. See Query Performance for the statement.",
        Unit::Seconds,
        query(top(5, "max by (server, datname) (server_datname:statement_time_seconds:mean5m{$database})"), "{{datname}}, {{server}}"),
    )
    .thresholds("queries", "PostgresSlowQueries")
    .empty("pg_stat_statements is not installed")
    .leads_to("pgvigil-queries", "Query Performance", &["server", "datname"])
}

pub fn sessions() -> Panel {
    timeseries(
        "Sessions by state",
        "Good is mostly idle and a few active: more active ones than processors wait for each other. The dashed line is max_connections.",
        Unit::Count,
        [
            query("sum by (state) (pg_stat_activity_count{$server})", "{{state}}"),
            query("sum(pg_connections_max{$server})", "max_connections").limit(),
        ],
    )
    .stacked()
    .leads_to("pgvigil-connections", "Connections & Locks", &[])
}

pub fn waits() -> Panel {
    timeseries(
        "What active sessions do",
        "Client sessions that are active: on a processor, or waiting for a lock, the disk, the client. The largest area is where the time goes.",
        Unit::Count,
        query(r#"label_replace(
  sum by (wait_event_type) (pg_stat_activity_wait_count{$database, backend_type="client backend", state="active"}),
  "wait_event_type", "on a processor", "wait_event_type", ""
)"#, "{{wait_event_type}}"),
    )
    .stacked()
    .empty("nobody is active")
}

pub fn rows() -> Panel {
    timeseries(
        "Rows written",
        "Rows a second. Good is what the applications are known to write. A step up mostly is a migration or a bulk load, and WAL, replication and vacuum follow it.",
        Unit::RowsPerSecond,
        [
            query("sum(rate(pg_stat_database_tup_inserted_total{$database}[$__rate_interval]))", "inserted"),
            query("sum(rate(pg_stat_database_tup_updated_total{$database}[$__rate_interval]))", "updated"),
            query("sum(rate(pg_stat_database_tup_deleted_total{$database}[$__rate_interval]))", "deleted"),
        ],
    )
}

pub fn cache() -> Panel {
    timeseries(
        "Cache hits, the 5 databases with fewest",
        "Share of blocks found in shared buffers. Good is above 99 % where many small transactions run. A fall means a new plan, or more data than memory.",
        Unit::Ratio,
        query(bottom(5, "min by (server, datname) (server_datname:cache_hits:ratio5m{$database})"), "{{datname}}, {{server}}"),
    )
    .up_to(1.0)
    .leads_to("pgvigil-io", "Buffer Cache Hit Ratio and I/O", &["server", "datname"])
}

pub fn cpu() -> Panel {
    timeseries(
        "CPU, top 5",
        "Share of the processors' time that is not idle. Good is below the line. If it is high and the database does little, another process is at work.",
        Unit::Ratio,
        query(top(5, "max by (server) (server:cpu_used:ratio5m{$foreign} and on (server) pg_up{$server})"), "{{server}}"),
    )
    .up_to(1.0)
    .thresholds("host", "PostgresCPUHigh")
    .empty("not measured")
    .leads_to("pgvigil-host", "Machine", &["server"])
}

pub fn disk_latency() -> Panel {
    timeseries(
        "Time of a read and of a write, top 3",
        "Mean time that the disk takes. Good is below 1 ms for flash and below the line for all else. A slow disk makes everything slow: see Machine.",
        Unit::Seconds,
        [
            query(top(3, "max by (server, device) (server_device:read_latency_seconds:mean5m{$foreign} and on (server) pg_up{$server})"), "{{server}} {{device}} read"),
            query(top(3, "max by (server, device) (server_device:write_latency_seconds:mean5m{$foreign} and on (server) pg_up{$server})"), "{{server}} {{device}} write"),
        ],
    )
    .thresholds("host", "PostgresReadLatencyHigh")
    .empty("not measured, or hardly used")
    .leads_to("pgvigil-host", "Machine", &["server"])
}

pub fn wal() -> Panel {
    timeseries(
        "WAL written, top 5",
        "WAL a second. Good is what the disk, the network to the standbys and the archive can carry. A step up mostly is a migration or a bulk load.",
        Unit::BytesPerSecond,
        query(top(5, "max by (server) (server:wal_written_bytes:rate5m{$server})"), "{{server}}"),
    )
    .empty("no primary")
    .leads_to("pgvigil-replication", "Replication & WAL", &["server"])
}
