//! One server: is it the database, where, since when, what to do.

mod performance;

use performance::{cache, cpu, disk_latency, rows, sessions, statement_time, transactions, waits, wal};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-overview",
        "Server Overview",
        "Whether it is the database, where in it, and since when. With several servers chosen, each number is that of the worst of them.",
    )
    .databases()
    .row("Health", [line(4, state()), line(4, load()), line(6, [servers(), alerts()])])
    .row("Problems", [line(8, [longest(), blocked(), failures()])])
    .row(
        "Performance",
        [
            line(8, [transactions(), statement_time(), sessions()]),
            line(8, [waits(), rows(), cache()]),
            line(8, [cpu(), disk_latency(), wal()]),
        ],
    )
    .row("Maintenance", [line(8, [checkpoints(), autovacuum(), size()])])
    .row("Settings", [line(8, [settings()])])
}

fn state() -> [Panel; 6] {
    [
        stat(
            "State",
            "Whether the server answers pgvigil, tried every 5 seconds. If it is down, look at its process, its log, the disk and the network, in this order.",
            Unit::Word,
            query("min(pg_up{$server})", ""),
        )
        .words(UP),
        stat(
            "Logins",
            "Whether somebody new can log in. If not while the server is up: no connection is left, or a password, pg_hba.conf or a certificate has changed.",
            Unit::Word,
            query("min(pg_login_up{$server})", ""),
        )
        .words(UP),
        stat("Critical alerts", "Alerts that page somebody. Good is 0. The list below says which, and each has a runbook of its name.", Unit::Count, query(firing("critical"), ""))
            .any_is(Critical),
        stat("Warnings", "Alerts that make a ticket. Good is 0, and a few that are known are no reason to get up.", Unit::Count, query(firing("warning"), ""))
            .any_is(Warning),
        stat(
            "Waiting for a lock",
            "Sessions behind somebody else's lock. Good is 0 or soon again 0. If it stays, Connections & Locks names the session at the root.",
            Unit::Count,
            query("sum(pg_blocked_backends{$server})", ""),
        )
        .any_is(Info)
        .leads_to("pgvigil-connections", "Connections & Locks", &[]),
        stat(
            "Replication lag",
            "How old the state is that the standby shows; of a primary, that of its standbys which nobody watches. Good is below 0.1 s.",
            Unit::Seconds,
            query("max(server:replica_lag:seconds{$server})", ""),
        )
        .thresholds("replication", "PostgresReplicaLagHigh")
        .empty("no standby")
        .leads_to("pgvigil-replication", "Replication & WAL", &[]),
    ]
}

fn firing(severity: &str) -> String {
    format!(
        r#"count(max by (server, alertname) (ALERTS{{$foreign, alertstate="firing", severity="{severity}"}}) and on (server) pg_up{{$server}})
  or 0 * count(pg_up{{$server}})"#
    )
}

fn load() -> [Panel; 6] {
    [
        stat(
            "Connections in use",
            "Share of max_connections. Good is below 80 %. Find out who holds them before you raise the limit.",
            Unit::Ratio,
            query("max(server:connections_used:ratio{$server})", ""),
        )
        .thresholds("saturation", "PostgresConnectionsHigh")
        .leads_to("pgvigil-connections", "Connections & Locks", &[]),
        stat(
            "Oldest transaction",
            "How long the oldest transaction has been open. Good is seconds: an old one holds locks, and keeps vacuum from its work everywhere.",
            Unit::Seconds,
            query("max(pg_stat_activity_max_tx_seconds{$server})", ""),
        )
        .thresholds("queries", "PostgresLongTransactions")
        .leads_to("pgvigil-connections", "Connections & Locks", &[]),
        stat(
            "CPU",
            "Share of the processors' time that is not idle. Good is below 80 %. See Query Performance for what takes it.",
            Unit::Ratio,
            query("max(server:cpu_used:ratio5m{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresCPUHigh")
        .empty("not measured"),
        stat(
            "Memory available",
            "What programs can have without swapping. Good is more than 1 GB on a machine of 8 GB; too little ends in the kernel killing a process.",
            Unit::Bytes,
            query("min(server:memory_available_bytes:max{$foreign} and on (server) pg_up{$server})", ""),
        )
        .thresholds("host", "PostgresMemoryLow")
        .empty("not measured"),
        stat(
            "Disk free",
            "Share of the fullest file system that PostgreSQL can still use. Good is more than a fifth. See Storage for what grows.",
            Unit::Ratio,
            query("min(server_mountpoint:filesystem_avail_bytes:max{$foreign} / (server_mountpoint:filesystem_size_bytes:max{$foreign} > 0) and on (server) pg_up{$server})", ""),
        )
        .thresholds("storage", "PostgresDiskSpaceLow")
        .empty("not measured"),
        stat(
            "Wraparound",
            "Age of the oldest row version in parts of all transaction numbers. Good is below 10 %; at 100 % the server refuses to write.",
            Unit::Ratio,
            query("max(pg_database_frozen_xid_age_transactions{$server}) / 2147483648", ""),
        )
        .thresholds("maintenance", "PostgresWraparound"),
    ]
}

fn servers() -> Panel {
    table(
        "What it is",
        "Role, version and history of the servers that are chosen. Another role or timeline than yesterday means a failover.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("Role", Unit::Word, "max by (server) (pg_in_recovery{$server})").words(ROLE).width(90),
            column("Version", Unit::Word, "max by (server, version) (pg_server_info{$server})").label("version").width(80),
            column("Timeline", Unit::Count, "max by (server) (pg_timeline_id{$server})").width(80),
            column("Started", Unit::Timestamp, "max by (server) (pg_postmaster_start_time_seconds{$server})").width(130),
            column("Settings loaded", Unit::Timestamp, "max by (server) (pg_conf_load_time_seconds{$server})").width(140),
        ],
    )
}

fn alerts() -> Panel {
    table(
        "Firing alerts",
        "What the rules say is wrong now, and since when. Good is an empty list. Each alert has a runbook of its name.",
        [key("severity", "Severity").words(SEVERITY).width(80), key("alertname", "Alert"), key("server", "Server")],
        [column(
            "Since",
            Unit::Timestamp,
            r#"min by (severity, alertname, server) (
  ALERTS_FOR_STATE{$foreign} and ignoring (alertstate) ALERTS{$foreign, alertstate="firing", severity=~"critical|warning|info"}
)"#,
        )
        .width(130)],
    )
    .at_most(50, "Since")
    .ordered_by("Severity")
    .empty("nothing is wrong")
}

fn longest() -> Panel {
    timeseries(
        "Longest transaction, query and idling",
        "Good is short. A long query wants its plan read; a session idle in a transaction wants its application mended, and ended if it blocks.",
        Unit::Seconds,
        [
            query("max(pg_stat_activity_max_tx_seconds{$database})", "transaction"),
            query("max(pg_stat_activity_max_query_seconds{$database})", "query"),
            query("max(pg_stat_activity_max_idle_in_transaction_seconds{$database})", "idle in transaction"),
        ],
    )
    .thresholds("queries", "PostgresLongQueries")
    .leads_to("pgvigil-connections", "Connections & Locks", &[])
}

fn blocked() -> Panel {
    timeseries(
        "Waiting for a lock, top 5",
        "Sessions behind somebody else's lock. Good is 0, or short peaks. Connections & Locks names the session at the root.",
        Unit::Count,
        query(worst(5, "sum by (server, datname) (pg_blocked_backends{$database})"), "{{datname}}, {{server}}"),
    )
    .empty("nobody has waited")
    .leads_to("pgvigil-connections", "Connections & Locks", &["server", "datname"])
}

fn failures() -> Panel {
    timeseries(
        "Rollbacks, deadlocks, lost sessions",
        "What went wrong for clients, a second. Good is few rollbacks and none of the rest: a step up here with one in the errors of an application is the same fault.",
        Unit::PerSecond,
        [
            query("sum(rate(pg_stat_database_xact_rollback_total{$database}[$__rate_interval]))", "rollbacks"),
            query("sum(rate(pg_stat_database_deadlocks_total{$database}[$__rate_interval]))", "deadlocks"),
            query("sum(rate(pg_stat_database_conflicts_total{$database}[$__rate_interval]))", "cancelled for replay"),
            query("sum(rate(pg_stat_database_sessions_fatal_total{$database}[$__rate_interval]))", "sessions ended by an error"),
            query("sum(rate(pg_stat_database_sessions_abandoned_total{$database}[$__rate_interval]))", "clients gone without a word"),
        ],
    )
}

fn checkpoints() -> Panel {
    timeseries(
        "Checkpoints",
        "Checkpoints within the last ten minutes. Good is only scheduled ones. Requested ones mean that max_wal_size is too small for what is written.",
        Unit::Number,
        [
            query("sum(increase(pg_stat_checkpointer_num_timed_total{$server}[10m]))", "scheduled"),
            query("sum(increase(pg_stat_checkpointer_num_requested_total{$server}[10m]))", "requested"),
        ],
    )
}

fn autovacuum() -> Panel {
    timeseries(
        "Autovacuum workers",
        "Workers that run now. Good is below the dashed line most of the time: all of them at work for hours means that tables wait for their turn.",
        Unit::Count,
        [
            query(r#"sum(pg_workers_running{$server, kind="autovacuum"})"#, "running"),
            query(r#"sum(pg_workers_max{$server, kind="autovacuum"})"#, "autovacuum_max_workers").limit(),
        ],
    )
    .leads_to("pgvigil-maintenance", "Maintenance", &[])
}

fn size() -> Panel {
    timeseries(
        "Size of databases, top 5",
        "Size on disk. Good is slow and steady growth. See Storage for the tables that grow, and for when the disk will be full.",
        Unit::Bytes,
        query(top(5, "max by (server, datname) (pg_database_size_bytes{$database})"), "{{datname}}, {{server}}"),
    )
    .leads_to("pgvigil-storage", "Storage", &["server", "datname"])
}

fn settings() -> Panel {
    table(
        "Settings that are not the default",
        "What somebody has set, and where. If something changed at the time of a fault, it is likely here. `true` in the last column waits for a restart.",
        [key("server", "Server"), key("name", "Setting"), key("setting", "Value"), key("unit", "Unit"), key("source", "From")],
        [column(
            "Waits for a restart",
            Unit::Word,
            "max by (server, name, setting, unit, source, pending_restart) (pg_changed_settings_info{$server})",
        )
        .label("pending_restart")
        .width(150)],
    )
    .at_most(50, "Waits for a restart")
}
