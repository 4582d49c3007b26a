//! The machine under a server: what it has, what is short, and what of it the server takes.

mod disks;
mod server;

use disks::{busy, operations, queue, read_latency, throughput, write_latency};
use server::{REMOTE, directories, memory as server_memory, processes, processors as server_processors, traffic};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-host",
        "Machine",
        "Whether the machine is short of processors, memory or disk, since when, and whether it is PostgreSQL that takes them.",
    )
    .row("Health", [line(4, health())])
    .row("Problems", [line(8, [cpu(), memory()]), line(8, [waiting(), stalled()])])
    .row("Disks", [line(8, [busy(), read_latency(), write_latency()]), line(8, [throughput(), operations(), queue()])])
    .row(
        "Processors and memory",
        [line(8, [modes(), kinds()]), line(8, [load(), running(), swap()]), line(8, [dirty(), promised(), tables()])],
    )
    .row("What the server takes", [line(8, [server_processors(), server_memory()]), line(8, [traffic(), processes()])])
    .row("Settings", [line(7, [machines().wide(3), directories().wide(4)])])
}

fn health() -> [Panel; 6] {
    [
        stat(
            "CPU",
            "Share of the processors' time that is not idle, of the busiest machine, over five minutes. Good is below 80 %. Query Performance says which statement takes it.",
            Unit::Ratio,
            query(format!("max({CPU})"), ""),
        )
        .thresholds("host", "PostgresCPUHigh")
        .empty("not measured")
        .leads_to("pgvigil-queries", "Query Performance", &[]),
        stat(
            "Load of a processor",
            "Processes that want to run or wait for a disk, for each processor. Good is below 1: beyond it they wait for each other.",
            Unit::Number,
            query("max(pg_host_load1{$server} / (pg_host_cpus{$server} > 0))", ""),
        )
        .empty("not measured"),
        stat(
            "Memory available",
            "What programs can have without swapping. Good is more than 1 GB on a machine of 8 GB: too little ends in the kernel killing a process, and that in a restart of the server.",
            Unit::Bytes,
            query(format!("min({MEMORY})"), ""),
        )
        .thresholds("host", "PostgresMemoryLow")
        .empty("not measured"),
        stat(
            "Swap in use",
            "Share of the swap space. Good is near 0. Swapped memory of a server is slow at the worst moment.",
            Unit::Ratio,
            query("max(server:swap_used:ratio{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresSwapHigh")
        .empty("no swap"),
        stat(
            "Slowest reads",
            "Mean time of a read, of the slowest disk, over five minutes. Good is below 1 ms for flash.",
            Unit::Seconds,
            query("max(server_device:read_latency_seconds:mean5m{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresReadLatencyHigh")
        .empty("hardly any"),
        stat(
            "Busiest disk",
            "Share of the time in which the disk had something to do. Good is below 90 %. A disk that works on many at once can do more at 100 %.",
            Unit::Ratio,
            query("max(server_device:io_busy:ratio5m{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresDiskSaturated")
        .empty("not measured"),
    ]
}

/// Whoever measures it: pgvigil beside the server, `node_exporter`, or `CloudWatch`.
const CPU: &str = "max by (server) (server:cpu_used:ratio5m{$foreign} and on (server) pg_up{$server})";
const MEMORY: &str = "min by (server) (server:memory_available_bytes:max{$foreign} and on (server) pg_up{$server})";

fn cpu() -> Panel {
    timeseries(
        "CPU, top 10",
        "Share of the processors' time that is not idle, over five minutes. Good is below the line. If it is high and the server takes little of it (see below), another process is at work.",
        Unit::Ratio,
        query(top(10, CPU), "{{server}}"),
    )
    .up_to(1.0)
    .thresholds("host", "PostgresCPUHigh")
    .ranked()
    .empty("not measured")
    .leads_to("pgvigil-queries", "Query Performance", &["server"])
}

fn memory() -> Panel {
    timeseries(
        "Memory available, the 10 with least",
        "What programs can have without swapping. Good is a flat line above the orange one. One that falls all the time is a leak, or work_mem times sessions.",
        Unit::Bytes,
        query(bottom(10, MEMORY), "{{server}}"),
    )
    .thresholds("host", "PostgresMemoryLow")
    .ranked()
    .empty("not measured")
}

fn waiting() -> Panel {
    timeseries(
        "Somebody waited for, top 10",
        "Share of the time in which at least one process waited for a processor, memory or a disk (pressure stall information). Good is below 10 %. It says more than the load: whether anything is late.",
        Unit::Ratio,
        query(
            top(10, "max by (server, resource) (rate(pg_host_pressure_waiting_seconds_total{$server}[$__rate_interval]))"),
            "{{resource}}, {{server}}",
        ),
    )
    .up_to(1.0)
    .ranked()
    .empty("pgvigil does not run on the machine, or its kernel does not count it")
}

fn stalled() -> Panel {
    timeseries(
        "Everybody waited for, top 10",
        "Share of the time in which all processes that had work waited for memory or a disk: nothing was done. Good is near 0.",
        Unit::Ratio,
        query(
            top(10, "max by (server, resource) (rate(pg_host_pressure_stalled_seconds_total{$server}[$__rate_interval]))"),
            "{{resource}}, {{server}}",
        ),
    )
    .up_to(1.0)
    .ranked()
    .empty("pgvigil does not run on the machine, or its kernel does not count it")
}

fn modes() -> Panel {
    timeseries(
        "What processors do",
        "Share of the time of all processors, idle time left out. `iowait` is idle time in which a disk was waited for; much `system` is the kernel, much `steal` another virtual machine.",
        Unit::Ratio,
        query(
            r#"sum by (mode) (rate(pg_host_cpu_seconds_total{$server, mode!="idle"}[$__rate_interval]))
  / on () group_left () sum(rate(pg_host_cpu_seconds_total{$server}[$__rate_interval]))"#,
            "{{mode}}",
        ),
    )
    .up_to(1.0)
    .stacked()
    .empty(REMOTE)
}

fn kinds() -> Panel {
    timeseries(
        "What memory is used for",
        "All machines together. Good is that most is the cache of files, which gives way when programs want memory. shared_buffers are in shared memory or in huge pages.",
        Unit::Bytes,
        [
            query(
                "sum(pg_host_memory_total_bytes{$server} - pg_host_memory_free_bytes{$server} - pg_host_memory_buffers_bytes{$server} - pg_host_memory_cached_bytes{$server} - pg_host_memory_huge_pages_total_bytes{$server})",
                "programs and kernel",
            ),
            query("sum(pg_host_memory_shmem_bytes{$server})", "shared memory"),
            query("sum(pg_host_memory_huge_pages_total_bytes{$server})", "huge pages"),
            query(
                "sum(pg_host_memory_cached_bytes{$server} + pg_host_memory_buffers_bytes{$server} - pg_host_memory_shmem_bytes{$server})",
                "cache of files",
            ),
            query("sum(pg_host_memory_free_bytes{$server})", "free"),
        ],
    )
    .stacked()
    .empty(REMOTE)
}

fn load() -> Panel {
    timeseries(
        "Load of a processor, top 5",
        "Processes that want to run or wait for a disk, for each processor, over a minute. Good is below 1.",
        Unit::Number,
        query(top(5, "max by (server) (pg_host_load1{$server} / (pg_host_cpus{$server} > 0))"), "{{server}}"),
    )
    .empty(REMOTE)
}

fn running() -> Panel {
    timeseries(
        "Processes that run or are blocked",
        "Of all machines. Good is fewer that run than there are processors, and nearly none blocked: those wait for a disk.",
        Unit::Count,
        [
            query("sum(pg_host_processes_running{$server})", "run or want to"),
            query("sum(pg_host_processes_blocked{$server})", "blocked by a disk"),
            query("sum(pg_host_cpus{$server})", "processors").limit(),
        ],
    )
    .empty(REMOTE)
}

fn swap() -> Panel {
    timeseries(
        "Swap in use, top 5",
        "Share of the swap space. Good is near 0, and flat: a slope is memory that runs out.",
        Unit::Ratio,
        query(top(5, "max by (server) (server:swap_used:ratio{$foreign} and on (server) pg_up{$server})"), "{{server}}"),
    )
    .up_to(1.0)
    .thresholds("host", "PostgresSwapHigh")
    .empty("no swap, or not measured")
}

fn dirty() -> Panel {
    timeseries(
        "Waiting to be written",
        "What programs have written and is not on disk yet. Good is a saw. Gigabytes make the next checkpoint wait for the disk: lower vm.dirty_background_bytes.",
        Unit::Bytes,
        [
            query("sum(pg_host_memory_dirty_bytes{$server})", "dirty"),
            query("sum(pg_host_memory_writeback_bytes{$server})", "being written"),
        ],
    )
    .stacked()
    .empty(REMOTE)
}

fn promised() -> Panel {
    timeseries(
        "Promised of the limit, top 5",
        "Memory that is promised to programs in parts of what may be. Where vm.overcommit_memory is 2, nothing more can be had at 100 %; elsewhere it is no limit.",
        Unit::Ratio,
        query(
            top(5, "max by (server) (pg_host_memory_committed_bytes{$server} / (pg_host_memory_commit_limit_bytes{$server} > 0))"),
            "{{server}}",
        ),
    )
    .empty(REMOTE)
}

fn tables() -> Panel {
    timeseries(
        "Page tables, top 5",
        "Memory for page tables. Good is small: it grows with connections times shared_buffers. Gigabytes call for huge pages.",
        Unit::Bytes,
        query(top(5, "max by (server) (pg_host_memory_page_tables_bytes{$server})"), "{{server}}"),
    )
    .empty(REMOTE)
}

fn machines() -> Panel {
    table(
        "Where the numbers come from",
        "From pgvigil where it runs on the machine, else node_exporter whose targets bear the label `server`, else CloudWatch. Only the first says all that is on this board.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column(
                "Measured by",
                Unit::Word,
                r#"topk(50, max by (server, source) (
  label_replace(pg_host_cpus{$server}, "source", "pgvigil", "", "")
    or on (server) label_replace(server:memory_total_bytes:max{$foreign} and on (server) pg_up{$server}, "source", "node_exporter", "", "")
    or on (server) label_replace(server:cpu_used:ratio5m{$foreign} and on (server) pg_up{$server}, "source", "CloudWatch", "", "")
))"#,
            )
            .label("source")
            .width(130),
            column("Processors", Unit::Count, "topk(50, max by (server) (pg_host_cpus{$server}))").width(100),
            column("Memory", Unit::Bytes, "topk(50, max by (server) (server:memory_total_bytes:max{$foreign} and on (server) pg_up{$server}))").width(95),
        ],
    )
    .empty("nobody measures the machines")
}
