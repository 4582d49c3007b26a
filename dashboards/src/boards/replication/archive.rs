//! How much WAL there is, and whether it is archived.

use crate::prelude::*;

pub fn generated() -> Panel {
    timeseries(
        "WAL written, top 5",
        "What standbys, the archive and backups have to carry. Good is the usual curve of the day. Query Performance says which statement writes it.",
        Unit::BytesPerSecond,
        query(top(5, "max by (server) (rate(pg_wal_written_bytes_total{$server}[$__rate_interval]))"), "{{server}}"),
    )
    .empty("no primary")
    .leads_to("pgvigil-queries", "Query Performance", &["server"])
}

pub fn records() -> Panel {
    timeseries(
        "WAL records, whole pages, full buffers",
        "A second. Good is few whole pages against records, but after a checkpoint. Full buffers mean too small wal_buffers.",
        Unit::PerSecond,
        [
            query("sum(rate(pg_stat_wal_records_total{$server}[$__rate_interval]))", "records"),
            query("sum(rate(pg_stat_wal_fpi_total{$server}[$__rate_interval]))", "whole pages"),
            query("sum(rate(pg_stat_wal_buffers_full_total{$server}[$__rate_interval]))", "buffers were full"),
        ],
    )
    .every("30s")
    .empty("counted from PostgreSQL 14 on")
}

pub fn size() -> Panel {
    timeseries(
        "Size of pg_wal, top 5",
        "In parts of max_wal_size and wal_keep_size. Good is about 1. If it grows beyond the line, a slot or the archiver keeps WAL, or checkpoints cannot keep up.",
        Unit::Ratio,
        query(
            top(
                5,
                "max by (server) (pg_wal_size_bytes{$server} / (pg_settings_max_wal_size_bytes{$server} + pg_settings_wal_keep_size_bytes{$server}))",
            ),
            "{{server}}",
        ),
    )
    .thresholds("storage", "PostgresWalSizeHigh")
    .leads_to("pgvigil-storage", "Storage", &["server"])
}

pub fn delay() -> Panel {
    timeseries(
        "Longest wait for the archive, top 5",
        "Age of the oldest WAL file that is not archived: that much is lost if the disk is. Good is below 5 minutes; the log of the server says why archive_command fails.",
        Unit::Seconds,
        query(top(5, "max by (server) (time() - pg_wal_archive_oldest_pending_timestamp_seconds{$server})"), "{{server}}"),
    )
    .thresholds("storage", "PostgresWalArchiveDelayed")
    .empty("none waits, or archive_mode is off")
}

pub fn archived() -> Panel {
    timeseries(
        "WAL files archived, and failures, 10 min",
        "Good is what is written, and no failures. An idle server archives nothing, and that is well.",
        Unit::Number,
        [
            query(
                "sum(increase(pg_stat_archiver_archived_total{$server}[10m]) and on (server) pg_settings_archive_mode{$server} == 1)",
                "archived",
            ),
            query(
                "sum(increase(pg_stat_archiver_failed_total{$server}[10m]) and on (server) pg_settings_archive_mode{$server} == 1)",
                "failures",
            ),
            query("sum(pg_wal_archive_pending_segments{$server})", "waiting now"),
        ],
    )
    .empty("archive_mode is off")
}

pub fn archiver() -> Panel {
    table(
        "Archive of each server",
        "When a WAL file was last archived, and when it last failed. Good is a failure that is older than the success, or none.",
        [key("server", "Server").leads_to("pgvigil-storage", "Storage").width(115)],
        [
            column("Archived", Unit::Timestamp, "max by (server) (pg_stat_archiver_last_archived_timestamp_seconds{$server})").width(132),
            column("Failed", Unit::Timestamp, "max by (server) (pg_stat_archiver_last_failed_timestamp_seconds{$server})").width(132),
            column("Waiting", Unit::Count, "max by (server) (pg_wal_archive_pending_segments{$server})").width(75),
        ],
    )
    .sorted_by("Waiting")
    .empty("nothing has been archived")
}
