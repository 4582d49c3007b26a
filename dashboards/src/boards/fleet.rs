//! Every server at one glance: which one is it, and since when.

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-fleet",
        "Fleet Overview",
        "Every PostgreSQL server with its role, state, lag, connections and alerts. Begin here: a row leads to the board of its server.",
    )
    .row("Health", [line(4, health()), line(9, [servers()])])
    .row("Problems", [line(8, [alerts().wide(3), lag().wide(2), blocked().wide(2)])])
    .row("Performance", [line(8, [transactions(), connections()]), line(8, [cpu(), statements()])])
    .row("Maintenance", [line(11, [disk(), wraparound(), queries()])])
    .row("Settings", [line(7, [versions(), settings()])])
}

fn health() -> [Panel; 6] {
    [
        stat("Servers", "How many servers pgvigil watches. It changes when somebody adds or removes one.", Unit::Count, query("count(pg_up{$server})", "")),
        stat(
            "Down",
            "Servers that do not answer. Good is 0. Otherwise look at the process, its log, the disk and the network of the server that is red in the list.",
            Unit::Count,
            query("count(pg_up{$server} == 0) or 0 * count(pg_up{$server})", ""),
        )
        .any_is(Critical),
        stat(
            "Logins failing",
            "Servers that answer on old sessions and let nobody new in. Good is 0. Mostly no connection is left, or a password, pg_hba.conf or a certificate has changed.",
            Unit::Count,
            query("count(pg_login_up{$server} == 0 and on (server) pg_up{$server} == 1) or 0 * count(pg_up{$server})", ""),
        )
        .any_is(Critical),
        stat(
            "Primaries",
            "Servers that accept writes; the others are standbys or do not answer. Each cluster has one: two mean a split after a failover, none means that nobody can write.",
            Unit::Count,
            query("count(pg_in_recovery{$server} == 0) or 0 * count(pg_up{$server})", ""),
        ),
        stat(
            "Critical alerts",
            "Alerts that page somebody, for the servers that are chosen. Good is 0. The list of problems says which, and their runbooks what to do.",
            Unit::Count,
            query(firing_in_all("critical"), ""),
        )
        .any_is(Critical),
        stat(
            "Warnings",
            "Alerts that make a ticket, for the servers that are chosen. Good is 0, and a few that are known are no reason to get up.",
            Unit::Count,
            query(firing_in_all("warning"), ""),
        )
        .any_is(Warning),
    ]
}

/// How many alerts of a severity fire on each server that is chosen, 0 included. A tier that is silenced by a worse one counts as well.
fn firing(severity: &str) -> String {
    format!(
        r#"count by (server) (max by (server, alertname) (ALERTS{{$foreign, alertstate="firing", severity="{severity}"}}) and on (server) pg_up{{$server}})
  or 0 * max by (server) (pg_up{{$server}})"#
    )
}

fn firing_in_all(severity: &str) -> String {
    format!("sum({})", firing(severity))
}

fn servers() -> Panel {
    table(
        "Every server",
        "One row a server, the ones with critical alerts first. Good is a list without orange and red. Click on a server for its own board.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("State", Unit::Word, "max by (server) (pg_up{$server})").words(UP).width(70),
            column("Role", Unit::Word, "max by (server) (pg_in_recovery{$server})").words(ROLE).width(90),
            column("Critical", Unit::Count, firing("critical")).any_is(Critical).width(80),
            column("Warning", Unit::Count, firing("warning")).any_is(Warning).width(85),
            column("Lag", Unit::Seconds, "max by (server) (server:replica_lag:seconds{$server})")
                .thresholds("replication", "PostgresReplicaLagHigh")
                .width(90),
            column("Connections", Unit::Ratio, "max by (server) (server:connections_used:ratio{$server})")
                .thresholds("saturation", "PostgresConnectionsHigh")
                .width(110),
            column("Waiting", Unit::Count, "sum by (server) (pg_blocked_backends{$server})").any_is(Info).width(85),
            column("Oldest transaction", Unit::Seconds, "max by (server) (pg_stat_activity_max_tx_seconds{$server})")
                .thresholds("queries", "PostgresLongTransactions")
                .width(150),
            column("CPU", Unit::Ratio, "max by (server) (server:cpu_used:ratio5m{$foreign})").thresholds("host", "PostgresCPUHigh").width(80),
            column("Disk free", Unit::Ratio, format!("min by (server) ({DISK_FREE})")).thresholds("storage", "PostgresDiskSpaceLow").width(95),
            column("Started", Unit::Timestamp, "max by (server) (pg_postmaster_start_time_seconds{$server})").width(130),
            column("Version", Unit::Word, "max by (server, version) (pg_server_info{$server})").label("version").width(85),
            column("Cluster", Unit::Word, "max by (server, cluster) (pg_up{$server})").label("cluster"),
        ],
    )
    .sorted_by("Critical")
    .empty("no server is watched")
}

const DISK_FREE: &str =
    "server_mountpoint:filesystem_avail_bytes:max{$foreign} / (server_mountpoint:filesystem_size_bytes:max{$foreign} > 0)";

fn alerts() -> Panel {
    table(
        "Firing alerts",
        "What the rules say is wrong now, with the time since when it has been so. Good is an empty list. Each alert has a runbook of its name.",
        [
            key("severity", "Severity").words(SEVERITY).width(80),
            key("alertname", "Alert"),
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(130),
        ],
        [column(
            "Since",
            Unit::Timestamp,
            r#"min by (severity, alertname, server) (
  ALERTS_FOR_STATE{$foreign} and ignoring (alertstate) ALERTS{$foreign, alertstate="firing", severity=~"critical|warning"}
)"#,
        )
        .width(130)],
    )
    .at_most(50, "Since")
    .ordered_by("Severity")
    .empty("nothing is wrong")
}

fn lag() -> Panel {
    timeseries(
        "Replication lag, top 5",
        "How old the state is that a standby shows. Good is below 0.1 s; from 5 s on reads should go to the primary. Look at the board Replication & WAL for the stage that is late.",
        Unit::Seconds,
        query(top(5, "max by (server) (server:replica_lag:seconds{$server})"), "{{server}}"),
    )
    .thresholds("replication", "PostgresReplicaLagHigh")
    .empty("no standby")
    .leads_to("pgvigil-replication", "Replication & WAL", &["server"])
}

fn blocked() -> Panel {
    timeseries(
        "Waiting for a lock, top 5",
        "Sessions behind somebody else's lock. Good is 0, or short peaks. If it stays, Connections & Locks names the session at the root.",
        Unit::Count,
        query(worst(5, "sum by (server) (pg_blocked_backends{$server})"), "{{server}}"),
    )
    .empty("nobody has waited")
    .leads_to("pgvigil-connections", "Connections & Locks", &["server"])
}

fn transactions() -> Panel {
    timeseries(
        "Transactions, top 10",
        "Commits and rollbacks a second. Good is the usual curve of the day: a sudden fall means that applications cannot reach the database, or wait.",
        Unit::PerSecond,
        query(top(10, "sum by (server) (server_datname:transactions:rate5m{$server})"), "{{server}}"),
    )
    .ranked()
    .leads_to("pgvigil-overview", "Server Overview", &["server"])
}

fn connections() -> Panel {
    timeseries(
        "Connections in use, top 10",
        "Share of max_connections. Good is below the orange line; at 100 % nobody gets in. Find out who holds them before you raise the limit.",
        Unit::Ratio,
        query(top(10, "max by (server) (server:connections_used:ratio{$server})"), "{{server}}"),
    )
    .up_to(1.0)
    .thresholds("saturation", "PostgresConnectionsHigh")
    .ranked()
    .leads_to("pgvigil-connections", "Connections & Locks", &["server"])
}

fn cpu() -> Panel {
    timeseries(
        "CPU, top 10",
        "Share of the processors' time that is not idle, averaged over five minutes. Good is below the line. Look for the statement that takes the time before you buy processors.",
        Unit::Ratio,
        query(top(10, "max by (server) (server:cpu_used:ratio5m{$foreign} and on (server) pg_up{$server})"), "{{server}}"),
    )
    .up_to(1.0)
    .thresholds("host", "PostgresCPUHigh")
    .ranked()
    .empty("nobody measures the machines")
    .leads_to("pgvigil-host", "Machine", &["server"])
}

fn statements() -> Panel {
    timeseries(
        "Mean time of a statement by database, top 10",
        "Over the last five minutes and the statements that take most time. Good is what is usual here, and below the line; then see Query Performance for the statement.",
        Unit::Seconds,
        query(top(10, "max by (server, datname) (server_datname:statement_time_seconds:mean5m{$server})"), "{{datname}}, {{server}}"),
    )
    .thresholds("queries", "PostgresSlowQueries")
    .ranked()
    .empty("pg_stat_statements is not installed")
    .leads_to("pgvigil-queries", "Query Performance", &["server", "datname"])
}

fn disk() -> Panel {
    bargauge(
        "Disk free, the 10 fullest",
        "Share of a file system that PostgreSQL can still use. Good is more than a fifth. A full disk stops the server: see Storage for what grows.",
        Unit::Ratio,
        query(format!("sort(bottomk(10, min by (server, mountpoint) ({DISK_FREE} and on (server) pg_up{{$server}})))"), "{{server}} {{mountpoint}}"),
    )
    .up_to(1.0)
    .thresholds("storage", "PostgresDiskSpaceLow")
    .empty("nobody measures the disks")
    .leads_to("pgvigil-storage", "Storage", &["server"])
}

fn wraparound() -> Panel {
    bargauge(
        "Transaction numbers used, top 10",
        "Age of the oldest row version in parts of all transaction numbers. Good is below 10 %; at 100 % the server refuses to write. Then vacuum that database, and end what holds vacuum back.",
        Unit::Ratio,
        query("sort_desc(topk(10, max by (server, datname) (pg_database_frozen_xid_age_transactions{$server}) / 2147483648))", "{{datname}}, {{server}}"),
    )
    .up_to(1.0)
    .thresholds("maintenance", "PostgresWraparound")
    .leads_to("pgvigil-maintenance", "Maintenance", &["server"])
}

fn queries() -> Panel {
    timeseries(
        "What pgvigil could not read, top 5",
        "Queries of pgvigil that failed, a second. Good is none: then every panel here shows what is true now. The board Exporter says which queries, and why.",
        Unit::PerSecond,
        query(worst(5, "sum by (server) (rate(pgvigil_query_errors_total{$server}[$__rate_interval]))"), "{{server}}"),
    )
    .empty("nothing has failed")
    .leads_to("pgvigil-exporter", "Exporter", &["server"])
}

fn versions() -> Panel {
    table(
        "Versions",
        "How many servers run which version. Good is few versions, and the newest minor one of each: it has the known faults mended.",
        [key("version", "Version")],
        [column("Servers", Unit::Count, "count by (version) (pg_server_info{$server})")],
    )
    .sorted_by("Version")
}

fn settings() -> Panel {
    table(
        "Servers whose settings need a look",
        "Good is an empty list: settings that wait for a restart, autovacuum switched off, or fsync off, which loses data at a crash.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("Wait for a restart", Unit::Count, "max by (server) (pg_settings_pending_restart{$server} > 0)").any_is(Info),
            column("autovacuum", Unit::Word, "max by (server) (pg_settings_autovacuum{$server} == 0)").words(SHOULD_BE_ON),
            column("fsync", Unit::Word, "max by (server) (pg_settings_fsync{$server} == 0)").words(SHOULD_BE_ON),
            column("full_page_writes", Unit::Word, "max by (server) (pg_settings_full_page_writes{$server} == 0)").words(SHOULD_BE_ON),
        ],
    )
    .empty("nothing to look at")
    .wide(2)
}
