//! The disks that the server's directories are on.

use crate::prelude::*;

use super::server::REMOTE;

/// A record of `machines.yml`, of the servers that are chosen.
fn record(name: &str) -> String {
    format!("max by (server, device) (server_device:{name}{{$foreign}} and on (server) pg_up{{$server}})")
}

/// The rate of a counter of disks.
fn rate(name: &str) -> String {
    format!("max by (server, device) (rate(pg_host_disk_{name}_total{{$server}}[$__rate_interval]))")
}

pub fn busy() -> Panel {
    timeseries(
        "Disk busy, top 5",
        "Share of the time in which something was under way. Good is below the line; a disk that works on many at once can do more at 100 %, and then its latency says whether it suffers.",
        Unit::Ratio,
        query(top(5, &record("io_busy:ratio5m")), "{{device}}, {{server}}"),
    )
    .up_to(1.0)
    .thresholds("host", "PostgresDiskSaturated")
    .empty("not measured")
}

pub fn read_latency() -> Panel {
    timeseries(
        "Time of a read, top 5 disks",
        "Mean over five minutes. Good is below 1 ms for flash and below the line for all else. Slow reads make every query slow whose data is not in memory.",
        Unit::Seconds,
        query(top(5, &record("read_latency_seconds:mean5m")), "{{device}}, {{server}}"),
    )
    .thresholds("host", "PostgresReadLatencyHigh")
    .empty("not measured, or less than a read a second")
    .leads_to("pgvigil-io", "Buffer Cache & I/O", &["server"])
}

pub fn write_latency() -> Panel {
    timeseries(
        "Time of a write, top 5 disks",
        "Mean over five minutes. Good is below the line. Slow writes make every commit slow.",
        Unit::Seconds,
        query(top(5, &record("write_latency_seconds:mean5m")), "{{device}}, {{server}}"),
    )
    .thresholds("host", "PostgresWriteLatencyHigh")
    .empty("not measured, or less than a write a second")
    .leads_to("pgvigil-io", "Buffer Cache & I/O", &["server"])
}

pub fn throughput() -> Panel {
    timeseries(
        "Bytes read and written, top 3",
        "Good is below what the disk or the cloud's volume is made for: a flat top is its limit.",
        Unit::BytesPerSecond,
        [
            query(top(3, &rate("read_bytes")), "read, {{device}}, {{server}}"),
            query(top(3, &rate("written_bytes")), "written, {{device}}, {{server}}"),
        ],
    )
    .empty(REMOTE)
}

pub fn operations() -> Panel {
    timeseries(
        "Reads, writes, flushes, top 3",
        "Good is below what the disk or the cloud's volume is made for: a flat top is its limit. Each commit that waits for its WAL flushes.",
        Unit::IoPerSecond,
        [
            query(top(3, &rate("reads_completed")), "reads, {{device}}, {{server}}"),
            query(top(3, &rate("writes_completed")), "writes, {{device}}, {{server}}"),
            query(top(3, &rate("flushes_completed")), "flushes, {{device}}, {{server}}"),
        ],
    )
    .empty(REMOTE)
}

pub fn queue() -> Panel {
    timeseries(
        "Queue of a disk, top 5",
        "How many reads and writes were under way at a time, on average. Good is few: a long queue with a high latency is a disk that cannot follow.",
        Unit::Number,
        query(top(5, &rate("io_time_weighted_seconds")), "{{device}}, {{server}}"),
    )
    .empty(REMOTE)
}
