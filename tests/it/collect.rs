//! Every query on a primary and on its standby, with rows that matter in each. The servers are those of [`values`](crate::values), on every major.

use crate::skips;
use crate::support::page::Page;
use crate::support::server::{STANDBY, Server};

/// What a page of a primary and its standby has to show where everything was collected.
pub fn everything(page: &Page, primary: &Server, standby: &Server) {
    skips::rightly(page, &[("primary", primary), ("standby", standby)]);
    nothing_dropped(page);
    contract(page);
    rows_that_matter(page);
}

fn nothing_dropped(page: &Page) {
    let dropped: Vec<_> = page.all("pgvigil_query_series_dropped", &[]).filter(|sample| sample.value > 0.0).collect();
    assert!(dropped.is_empty(), "{dropped:#?}");
}

/// The names that alerts, dashboards and other people's rules stand on.
const BOTH: &[&str] = &[
    "pg_up",
    "pg_login_up",
    "pg_login_duration_seconds",
    "pg_server_info",
    "pg_in_recovery",
    "pg_postmaster_start_time_seconds",
    "pg_timeline_id",
    "pg_settings_max_connections",
    "pg_connections_used",
    "pg_connections_max",
    "pg_stat_activity_count",
    "pg_replication_is_replica",
    "pg_replication_slots_active",
    "pg_locks_count",
    "pg_blocked_backends",
    "pg_stat_database_deadlocks_total",
    "pg_stat_database_xact_commit_total",
    "pg_stat_database_xact_rollback_total",
    "pg_stat_database_checksum_failures_total",
    "pg_database_size_bytes",
    "pg_table_size_bytes",
    "pg_index_size_bytes",
    "pg_stat_user_tables_n_live_tup",
    "pg_stat_user_tables_n_dead_tup",
    "pg_stat_user_indexes_idx_scan_total",
    "pg_stat_bgwriter_buffers_alloc_total",
    "pg_stat_archiver_failed_total",
    "pg_wal_size_bytes",
    "pgvigil_query_last_success_timestamp_seconds",
    "pgvigil_query_duration_seconds",
    "pgvigil_query_series",
    "pgvigil_query_series_dropped",
];

const PRIMARY: &[&str] = &[
    "pg_stat_statements_calls_total",
    "pg_stat_statements_exec_time_seconds_total",
    "pg_stat_statements_mean_exec_time_seconds",
    "pg_stat_statements_max_exec_time_seconds",
    "pg_stat_activity_max_tx_seconds",
    "pg_stat_replication_lag_bytes",
    "pg_stat_replication_lag_seconds",
    "pg_replication_slots_retained_bytes",
    "pg_wal_written_bytes_total",
];

const STANDBY_ONLY: &[&str] = &["pg_replication_lag_seconds", "pg_replication_lag_bytes", "pg_wal_receiver_up"];

fn contract(page: &Page) {
    let missing = |server: &'static str, names: &'static [&'static str]| {
        names
            .iter()
            .filter(move |name| page.all(name, &[("server", server)]).next().is_none())
            .map(move |name| format!("{name} of {server}"))
    };
    let missing: Vec<String> = missing("primary", BOTH)
        .chain(missing("standby", BOTH))
        .chain(missing("primary", PRIMARY))
        .chain(missing("standby", STANDBY_ONLY))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
    for name in ["pgvigil_build_info", "pgvigil_query_skipped"] {
        assert!(page.names().contains(name), "{name}");
    }
}

fn rows_that_matter(page: &Page) {
    let one = |name: &str, labels: &[(&str, &str)]| page.value(name, labels).unwrap_or_else(|| panic!("no {name} with {labels:?}"));
    let some = |name: &str, labels: &[(&str, &str)]| {
        assert!(page.all(name, labels).next().is_some(), "no {name} with {labels:?}");
    };
    for (server, replica) in [("primary", 0.0), ("standby", 1.0)] {
        assert_eq!(one("pg_up", &[("server", server)]), 1.0);
        assert_eq!(one("pg_in_recovery", &[("server", server)]), replica);
        assert_eq!(one("pg_replication_is_replica", &[("server", server)]), replica);
        assert_eq!(one("pg_settings_max_connections", &[("server", server)]), 100.0);
        assert_eq!(one("pg_timeline_id", &[("server", server)]), 1.0);
        some("pg_stat_user_tables_n_live_tup", &[("server", server), ("datname", "postgres"), ("relname", "scene")]);
        some("pg_table_size_bytes", &[("server", server), ("datname", "postgres"), ("relname", "scene")]);
        some("pg_index_size_bytes", &[("server", server), ("indexrelname", "scene_pkey")]);
    }
    assert_eq!(one("pg_wal_receiver_up", &[("server", "standby")]), 1.0);
    some("pg_stat_replication_lag_bytes", &[("application_name", STANDBY)]);
    assert_eq!(one("pg_replication_slots_active", &[("server", "primary"), ("slot_name", STANDBY)]), 1.0);
    some("pg_stat_activity_count", &[("application_name", "idle"), ("state", "idle in transaction")]);
    some("pg_locks_count", &[("server", "primary"), ("granted", "false")]);
}
