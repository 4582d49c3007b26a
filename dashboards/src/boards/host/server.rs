//! What the processes of the server take of the machine.

use crate::prelude::*;

/// What is said where pgvigil does not run on the machine, or not as a user that may see it.
pub const REMOTE: &str = "pgvigil does not run on the machine";

pub fn processors() -> Panel {
    timeseries(
        "Processors the server keeps busy, top 10",
        "How many processors' time its processes use. Good is what is usual here. If the machine is busy and this is low, another process is at work.",
        Unit::Number,
        query(top(10, "max by (server) (rate(pg_host_process_cpu_seconds_total{$server}[$__rate_interval]))"), "{{server}}"),
    )
    .ranked()
    .empty(REMOTE)
}

pub fn memory() -> Panel {
    timeseries(
        "Private memory of the server, top 10",
        "What its processes have each for themselves, shared_buffers left out. Good is flat. It grows with sessions, with work_mem, and with plans and catalogs that sessions cache.",
        Unit::Bytes,
        query(top(10, "max by (server) (pg_host_process_private_bytes{$server})"), "{{server}}"),
    )
    .ranked()
    .empty(REMOTE)
}

pub fn traffic() -> Panel {
    timeseries(
        "What the server reads from and writes to disks, top 5",
        "By its own processes: what the cache of files answered is not in it. Good is what is usual here. Buffer Cache & I/O says who reads.",
        Unit::BytesPerSecond,
        [
            query(top(5, "max by (server) (rate(pg_host_process_read_bytes_total{$server}[$__rate_interval]))"), "read, {{server}}"),
            query(top(5, "max by (server) (rate(pg_host_process_written_bytes_total{$server}[$__rate_interval]))"), "written, {{server}}"),
        ],
    )
    .empty("pgvigil does not run on the machine as the user of the server, or as root")
    .leads_to("pgvigil-io", "Buffer Cache & I/O", &["server"])
}

pub fn processes() -> Panel {
    timeseries(
        "Processes of the server, top 5",
        "How many there are, and how many wait in the kernel, mostly for a disk, and cannot be ended meanwhile. Good is nearly none of those.",
        Unit::Count,
        [
            query(top(5, "max by (server) (pg_host_process_count{$server})"), "all, {{server}}"),
            query(top(5, "max by (server) (pg_host_process_uninterruptible{$server})"), "in the kernel, {{server}}"),
        ],
    )
    .empty(REMOTE)
}

pub fn directories() -> Panel {
    table(
        "Where the server's directories are",
        "Data, WAL and tablespaces, and the file systems that hold them. Good is WAL apart from data where both are busy.",
        [
            key("server", "Server").width(130),
            key("directory", "What").width(90),
            key("spcname", "Tablespace").width(100),
            key("path", "Directory"),
        ],
        [column(
            "Mounted at",
            Unit::Word,
            "topk(50, max by (server, directory, spcname, path, mountpoint) (pg_host_directory_info{$server}))",
        )
        .label("mountpoint")
        .width(130)],
    )
    .empty(REMOTE)
}
