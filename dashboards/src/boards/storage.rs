//! Whether there is room, for how long, and what takes it.

mod relations;

use relations::{index_bloat, indexes, table_bloat, table_growth, tables, unmeasured};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-storage",
        "Storage",
        "Which disk is full or soon will be, what grows on it, and whether what is written is whole, archived and backed up.",
    )
    .databases()
    .row("Health", [line(4, health())])
    .row("Problems", [line(8, [disks().wide(4), full_in().wide(3)]), line(8, [free(), free_soon()])])
    .row("Growth", [line(8, [room(), share()]), line(8, [sizes(), growth()])])
    .row(
        "Tables and indexes",
        [line(9, [tables().wide(3), table_growth().wide(2)]), line(9, [table_bloat(), index_bloat()]), line(9, [indexes(), unmeasured()])],
    )
    .row("WAL and temporary files", [line(8, [wal(), archive(), temporary()])])
    .row("Maintenance", [line(7, [backups().wide(4), running().wide(3), checksums().wide(2)])])
    .row("Settings", [line(7, [settings().wide(3), tablespaces().wide(2)])])
}

/// The share of each disk that PostgreSQL can still use.
const FREE: &str = "min by (server, mountpoint) (
  server_mountpoint:filesystem_avail_bytes:max{$foreign} / (server_mountpoint:filesystem_size_bytes:max{$foreign} > 0) and on (server) pg_up{$server}
)";

/// How long until each disk is full, at the pace of the last hour, by which `PostgresDiskFullSoon` goes as well; only of those that fill up
/// within 30 days, since an hour says nothing of a year.
const FULL_IN: &str = "min by (server, mountpoint) (
  predict_linear(server_mountpoint:filesystem_avail_bytes:max{$foreign}[1h], 0)
    / -(deriv(server_mountpoint:filesystem_avail_bytes:max{$foreign}[1h]) < 0) < 30 * 86400
    and on (server) pg_up{$server}
)";

fn health() -> [Panel; 6] {
    [
        stat(
            "Disk free",
            "Share of the fullest disk that PostgreSQL can still use. Good is more than a fifth. A full disk stops the server.",
            Unit::Ratio,
            query(format!("min({FREE})"), ""),
        )
        .thresholds("storage", "PostgresDiskSpaceLow")
        .empty("not measured"),
        stat(
            "Full in",
            "When the first disk is full if all goes on as in the last hour. Good is that none fills up within 30 days. Else see below what grows.",
            Unit::Seconds,
            query(format!("min({FULL_IN})"), ""),
        )
        .thresholds("storage", "PostgresDiskFullSoon")
        .empty("no disk fills up"),
        stat(
            "Inodes free",
            "Share of the inodes of the disk with the fewest. Good is more than a tenth: without one no file can be made, however much room there is.",
            Unit::Ratio,
            query("min(pg_host_filesystem_files_free{$server} / (pg_host_filesystem_files{$server} > 0))", ""),
        )
        .thresholds("storage", "PostgresInodesLow")
        .empty("not measured"),
        stat(
            "Databases of the disk",
            "How much of the disk that holds the data directory the databases take, of the server where it is most. Good is below 80 %: order a larger disk in time.",
            Unit::Ratio,
            query(format!("max({SHARE})"), ""),
        )
        .thresholds("storage", "PostgresDatabaseSizeHigh")
        .empty("not measured"),
        stat(
            "pg_wal of its limit",
            "Size of pg_wal in parts of what max_wal_size and wal_keep_size allow for. Good is up to 1. Beyond 2 a slot or a failing archive keeps WAL: see Replication & WAL.",
            Unit::Number,
            query(format!("max({WAL})"), ""),
        )
        .thresholds("storage", "PostgresWalSizeHigh")
        .leads_to("pgvigil-replication", "Replication & WAL", &[]),
        stat(
            "Wrong checksums",
            "Pages whose checksum was wrong when they were read within a day: corrupted data. Good is 0. Otherwise fail over to a standby that is whole.",
            Unit::Count,
            query("round(sum(increase(pg_stat_database_checksum_failures_total{$database}[1d])))", ""),
        )
        .any_is(Critical)
        .empty("checksums are off"),
    ]
}

/// What the databases of a server take of the disk of its data directory.
const SHARE: &str = "sum by (server) (pg_database_size_bytes{$server})
  / on (server) (max by (server) (server:data_filesystem_size_bytes:max{$foreign}) > 0)";

/// In parts of what the settings allow for.
const WAL: &str = "max by (server) (
  pg_wal_size_bytes{$server} / (pg_settings_max_wal_size_bytes{$server} + pg_settings_wal_keep_size_bytes{$server})
)";

fn disks() -> Panel {
    let of_fullest =
        |expression: &str| format!("min by (server, mountpoint) ({expression}) and on (server, mountpoint) bottomk(20, {FREE})");
    table(
        "Disks, the 20 fullest",
        "Good is a list without orange and red. Make room where something grows that should not, then make the disk larger; never delete files of pg_wal by hand.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview"), key("mountpoint", "Mounted at")],
        [
            column("Free", Unit::Ratio, format!("bottomk(20, {FREE})")).thresholds("storage", "PostgresDiskSpaceLow").width(80),
            column("Room", Unit::Bytes, of_fullest("server_mountpoint:filesystem_avail_bytes:max{$foreign}")).width(95),
            column("Of", Unit::Bytes, of_fullest("server_mountpoint:filesystem_size_bytes:max{$foreign}")).width(95),
            column("Full in", Unit::Seconds, of_fullest(FULL_IN)).thresholds("storage", "PostgresDiskFullSoon").width(95),
            column("Inodes free", Unit::Ratio, of_fullest("pg_host_filesystem_files_free{$server} / (pg_host_filesystem_files{$server} > 0)"))
                .thresholds("storage", "PostgresInodesLow")
                .width(95),
        ],
    )
    .ordered_by("Free")
    .empty("nobody measures the disks")
}

fn full_in() -> Panel {
    timeseries(
        "Disks full within a day, the 5 soonest",
        "How long until a disk is full, at the pace of the hour before. Good is an empty graph: one that comes down to the line wakes somebody, who finds out below what grows.",
        Unit::Seconds,
        query(bottom(5, &format!("{FULL_IN} < 86400")), "{{mountpoint}}, {{server}}"),
    )
    .thresholds("storage", "PostgresDiskFullSoon")
    .empty("no disk fills up within a day")
}

fn free() -> Panel {
    timeseries(
        "Disk free, the 5 fullest",
        "Share of a disk that PostgreSQL can still use. Good is above the lines, and flat.",
        Unit::Ratio,
        query(bottom(5, FREE), "{{mountpoint}}, {{server}}"),
    )
    .up_to(1.0)
    .thresholds("storage", "PostgresDiskSpaceLow")
    .empty("nobody measures the disks")
}

fn free_soon() -> Panel {
    timeseries(
        "Free in 4 hours, the 5 fullest",
        "The same as it will be four hours later if all goes on as in the hour before. Good is above the lines. At 0 somebody is woken now.",
        Unit::Ratio,
        query(
            bottom(
                5,
                "clamp_min(min by (server, mountpoint) (
  predict_linear(server_mountpoint:filesystem_avail_bytes:max{$foreign}[1h], 4 * 3600) / (server_mountpoint:filesystem_size_bytes:max{$foreign} > 0)
    and on (server) pg_up{$server}
), 0)",
            ),
            "{{mountpoint}}, {{server}}",
        ),
    )
    .up_to(1.0)
    .thresholds("storage", "PostgresDiskSpaceLow")
    .empty("nobody measures the disks")
}

fn room() -> Panel {
    timeseries(
        "Where the room goes",
        "What PostgreSQL itself takes. Good is that tables and indexes are most of it. The rest of the databases is system catalogs and what was not measured since its last vacuum.",
        Unit::Bytes,
        [
            query("sum(pg_table_size_bytes{$database})", "tables"),
            query("sum(pg_table_indexes_size_bytes{$database})", "indexes"),
            query(
                "(sum(pg_database_size_bytes{$database}) - sum(pg_table_size_bytes{$database}) - sum(pg_table_indexes_size_bytes{$database})) > 0",
                "rest of the databases",
            ),
            query("sum(pg_wal_size_bytes{$server})", "pg_wal"),
            query("sum(pg_temporary_files_bytes{$server})", "temporary files"),
        ],
    )
    .stacked()
}

fn sizes() -> Panel {
    timeseries(
        "Databases by size, top 10",
        "Size on disk. Good is slow and steady growth. A step up is a load or a migration; a slope is data that nobody deletes.",
        Unit::Bytes,
        query(top(10, "max by (server, datname) (pg_database_size_bytes{$database})"), "{{datname}}, {{server}}"),
    )
    .ranked()
    .leads_to("pgvigil-overview", "Server Overview", &["server", "datname"])
}

fn growth() -> Panel {
    timeseries(
        "Growth in a day, top 10 databases",
        "By how much a database has become larger within the 24 hours before. Good is what is usual here. Below 0 something was deleted and given back.",
        Unit::Bytes,
        query(top(10, "max by (server, datname) (delta(pg_database_size_bytes{$database}[1d]))"), "{{datname}}, {{server}}"),
    )
    .signed()
    .ranked()
}

fn share() -> Panel {
    timeseries(
        "Databases in parts of their disk, top 10 servers",
        "How much of the disk that holds the data directory the databases take. Good is below the line: what stands above cannot even be copied on the same disk.",
        Unit::Ratio,
        query(top(10, SHARE), "{{server}}"),
    )
    .up_to(1.0)
    .thresholds("storage", "PostgresDatabaseSizeHigh")
    .ranked()
    .empty("not measured")
}

fn wal() -> Panel {
    timeseries(
        "pg_wal of its limit, top 5",
        "Size of pg_wal in parts of what max_wal_size and wal_keep_size allow for. Good is up to 1. Beyond the line a slot or a failing archive keeps WAL: never delete its files by hand.",
        Unit::Number,
        query(top(5, WAL), "{{server}}"),
    )
    .thresholds("storage", "PostgresWalSizeHigh")
    .leads_to("pgvigil-replication", "Replication & WAL", &["server"])
}

fn archive() -> Panel {
    timeseries(
        "WAL that waits for the archive, top 5",
        "For how long the oldest closed file has been waiting: so much is lost if the disk is. Good is seconds. Read what archive_command says in the server's log.",
        Unit::Seconds,
        query(top(5, "max by (server) (time() - pg_wal_archive_oldest_pending_timestamp_seconds{$server})"), "{{server}}"),
    )
    .thresholds("storage", "PostgresWalArchiveDelayed")
    .empty("nothing waits, or nothing is archived")
    .leads_to("pgvigil-replication", "Replication & WAL", &["server"])
}

fn temporary() -> Panel {
    timeseries(
        "Temporary files, top 5",
        "What sorts and hashes hold on disk now, since work_mem was too small for them. Good is little. One that grows without end fills the disk: end its query, and set temp_file_limit.",
        Unit::Bytes,
        query(worst(5, "max by (server, spcname) (pg_temporary_files_bytes{$server})"), "{{spcname}}, {{server}}"),
    )
    .empty("no query has one")
    .leads_to("pgvigil-queries", "Query Performance", &["server"])
}

fn backups() -> Panel {
    table(
        "Backups of pgBackRest",
        "All stanzas, as pgbackrest_exporter knows of no servers. Good is one backup a day, without errors. Only a restore proves one.",
        [key("stanza", "Stanza")],
        [
            column("Last one ago", Unit::Seconds, "min by (stanza) (pgbackrest_backup_since_last_completion_seconds)")
                .thresholds("backup", "PgBackRestBackupOld")
                .width(100),
            column("Errors", Unit::Word, "max by (stanza) (pgbackrest_backup_last_error_status)").words(FAULTY).width(78),
            column("State", Unit::Word, "max by (stanza) (pgbackrest_stanza_status != bool 0)").words(FAULTY).width(78),
            column("Repository", Unit::Word, "max by (stanza) (pgbackrest_repo_status != bool 0)").words(FAULTY).width(78),
            column("WAL", Unit::Word, "max by (stanza) (pgbackrest_wal_archive_status == bool 0)").words(FAULTY).width(78),
        ],
    )
    .empty("no pgbackrest_exporter is scraped")
}

const FAULTY: Words = &[("0", "in order", None), ("1", "faulty", Some(Warning))];

fn running() -> Panel {
    const BACKUP: &str = "server, application_name";
    table(
        "Base backups that run",
        "What copies a whole server now: pg_basebackup, a new standby. Good is in the hours with little work, as it reads everything from disk.",
        [key("server", "Server").width(100), key("application_name", "Application")],
        [
            column("Done", Unit::Ratio, format!("max by ({BACKUP}) (pg_stat_progress_basebackup_ratio{{$server}})")).width(65),
            column("Copied", Unit::Bytes, format!("max by ({BACKUP}) (pg_stat_progress_basebackup_streamed_bytes{{$server}})")).width(80),
            column("For", Unit::Seconds, format!("max by ({BACKUP}) (pg_stat_progress_basebackup_duration_seconds{{$server}})")).width(75),
        ],
    )
    .empty("none runs")
}

fn checksums() -> Panel {
    timeseries(
        "Wrong checksums in a day, top 5",
        "Corrupted pages that were read, by database. Good is none. Look at the disk and the memory, and restore or fail over.",
        Unit::Count,
        query(
            worst(5, "sum by (server, datname) (increase(pg_stat_database_checksum_failures_total{$database}[1d]))"),
            "{{datname}}, {{server}}",
        ),
    )
    .empty("none was found")
}

fn settings() -> Panel {
    table(
        "Settings that take room",
        "Whether pages bear checksums, and how much WAL is kept: max_wal_size, wal_keep_size, and max_slot_wal_keep_size, without which one forgotten slot fills the disk.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("Checksums", Unit::Word, "max by (server) (pg_settings_data_checksums{$server})").words(ON).width(115),
            column("Archive", Unit::Word, "max by (server) (pg_settings_archive_mode{$server})").words(ON).width(115),
            column("Max WAL", Unit::Bytes, "max by (server) (pg_settings_max_wal_size_bytes{$server})").width(115),
            column("Kept WAL", Unit::Bytes, "max by (server) (pg_settings_wal_keep_size_bytes{$server})").width(115),
            column("Kept for slots", Unit::Bytes, "max by (server) (pg_settings_max_slot_wal_keep_size_bytes{$server})")
                .words(&[("-1", "no limit", None)]),
        ],
    )
}

fn tablespaces() -> Panel {
    table(
        "Tablespaces, the 20 largest",
        "Those that somebody made, since each may have a disk of its own. Good is that one knows why it is there.",
        [key("server", "Server"), key("spcname", "Tablespace"), key("location", "Directory")],
        [column("Size", Unit::Bytes, "topk(20, max by (server, spcname, location) (pg_tablespace_size_bytes{$server}))").width(90)],
    )
    .sorted_by("Size")
    .empty("nobody has made one")
}
