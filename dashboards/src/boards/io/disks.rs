//! The disks of the machine.

use crate::prelude::*;

/// The five disks with most of what a record says, whoever measures it.
fn of_disks(title: &'static str, description: &'static str, unit: Unit, record: &str) -> Panel {
    let expression = format!("max by (server, device) ({record}{{$foreign}} and on (server) pg_up{{$server}})");
    timeseries(title, description, unit, query(top(5, &expression), "{{device}}, {{server}}"))
        .leads_to("pgvigil-host", "Machine", &["server"])
        .empty("nobody measures the disks, or they rest")
}

pub fn latency_of_reads() -> Panel {
    of_disks(
        "Latency of reads, top 5",
        "Over five minutes in which the disk reads more than once a second. Good is below the line. If it rises with what is read, the disk is at its limit; else it is the disk, or its neighbours.",
        Unit::Seconds,
        "server_device:read_latency_seconds:mean5m",
    )
    .thresholds("host", "PostgresReadLatencyHigh")
}

pub fn latency_of_writes() -> Panel {
    of_disks(
        "Latency of writes, top 5",
        "Over five minutes in which the disk writes more than once a second. Good is below the line: every commit waits for a write.",
        Unit::Seconds,
        "server_device:write_latency_seconds:mean5m",
    )
    .thresholds("host", "PostgresWriteLatencyHigh")
}

pub fn await_time() -> Panel {
    of_disks(
        "Await of reads and writes, top 5",
        "What iostat calls await: the time in the queue and on the disk. Good is below the line.",
        Unit::Seconds,
        "server_device:io_latency_seconds:mean5m",
    )
    .thresholds("host", "PostgresDiskAwaitHigh")
}

pub fn busy() -> Panel {
    of_disks(
        "Disks busy, top 5",
        "Share of the time in which something was under way. Good is below the line; an SSD that works on many things at once is not full there, but then look at the queue.",
        Unit::Ratio,
        "server_device:io_busy:ratio5m",
    )
    .thresholds("host", "PostgresDiskSaturated")
}

pub fn queue() -> Panel {
    timeseries(
        "Queue of the disks, top 5",
        "How many reads and writes are under way on average. Good is a few. A queue that grows while nothing more is done is a disk at its limit.",
        Unit::Number,
        query(
            top(5, "max by (server, device) (rate(pg_host_disk_io_time_weighted_seconds_total{$server}[$__rate_interval]))"),
            "{{device}}, {{server}}",
        ),
    )
    .leads_to("pgvigil-host", "Machine", &["server"])
    .empty("pgvigil does not run beside the server")
}

pub fn pressure() -> Panel {
    timeseries(
        "Processes wait for disks, top 5",
        "Share of the time in which at least one process of the machine waited for a disk (PSI). Good is below 10 %.",
        Unit::Ratio,
        query(
            top(5, r#"max by (server) (rate(pg_host_pressure_waiting_seconds_total{$server, resource="io"}[$__rate_interval]))"#),
            "{{server}}",
        ),
    )
    .up_to(1.0)
    .leads_to("pgvigil-host", "Machine", &["server"])
    .empty("not measured: no PSI, or elsewhere")
}
