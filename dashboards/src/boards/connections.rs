//! Who is connected, who waits for whom, and who has been there for too long.

mod security;

use security::{encryption, superusers};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-connections",
        "Connections & Locks",
        "Who holds the connections, who blocks whom, and who has been in a transaction for too long.",
    )
    .databases()
    .row("Health", [line(4, health())])
    .row("Problems", [line(6, [blocking()]), line(8, [waiting(), deadlocks(), idle()]), line(8, [oldest(), idle_in_transaction()])])
    .row(
        "Connections",
        [line(8, [by_state(), used()]), line(11, [by_user(), by_application(), by_database()]), line(11, [limits(), churn()])],
    )
    .row("Waits and locks", [line(8, [wait_classes(), wait_events()]), line(8, [held(), awaited()])])
    .row("Security", [line(7, [encryption(), superusers()])])
    .row("Settings", [line(7, [settings()])])
}

fn health() -> [Panel; 6] {
    [
        stat(
            "Connections in use",
            "Share of max_connections. Good is below 80 %; at 100 % nobody gets in. Find out who holds them before you raise the limit.",
            Unit::Ratio,
            query("max(server:connections_used:ratio{$server})", ""),
        )
        .thresholds("saturation", "PostgresConnectionsHigh"),
        stat(
            "Left to ordinary users",
            "Connections that can still be had, without those kept for superusers. At 0 applications get `too many connections`: end idle sessions, and put a pool in between.",
            Unit::Count,
            query("min(pg_connections_max{$server} - pg_connections_reserved{$server} - pg_connections_used{$server})", ""),
        ),
        stat(
            "Waiting for a lock",
            "Good is 0 or soon again 0. If it stays, the list below names the session at the root.",
            Unit::Count,
            query("sum(pg_blocked_backends{$database})", ""),
        )
        .any_is(Info),
        stat(
            "Longest lock wait",
            "How long the one that waits longest has been waiting. Good is below a minute.",
            Unit::Seconds,
            query("max(server_datname:blocked_session:wait_seconds{$database})", ""),
        )
        .thresholds("queries", "PostgresBlockedSessions")
        .empty("nobody waits"),
        stat(
            "Oldest transaction",
            "Good is seconds. An old one holds its locks, and keeps vacuum from its work in all tables.",
            Unit::Seconds,
            query("max(pg_stat_activity_max_tx_seconds{$database})", ""),
        )
        .thresholds("queries", "PostgresLongTransactions"),
        stat(
            "Deadlocks in 10 min",
            "Transactions that PostgreSQL ended because they waited for each other. Good is 0: have the applications take locks in one order.",
            Unit::Count,
            query("round(sum(increase(pg_stat_database_deadlocks_total{$database}[10m])))", ""),
        )
        .thresholds("queries", "PostgresDeadlocks"),
    ]
}

fn blocking() -> Panel {
    const KEYS: &str = "server, datname, pid, usename, application_name, state";
    table(
        "Who blocks others",
        "The sessions at the root: they wait for nobody, and others wait for them. End the transaction in its application, or with pg_terminate_backend(pid); the runbook of PostgresBlockedSessions says how to look first.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview"),
            key("datname", "Database"),
            key("pid", "Process").width(80),
            key("usename", "User"),
            key("application_name", "Application"),
            key("state", "State"),
        ],
        [
            column("Waiting", Unit::Count, format!("sum by ({KEYS}) (pg_blocking_root_victims{{$database}})")).any_is(Warning).width(85),
            column("In transaction for", Unit::Seconds, format!("max by ({KEYS}) (pg_blocking_root_transaction_age_seconds{{$database}})"))
                .thresholds("queries", "PostgresLongTransactions")
                .width(140),
        ],
    )
    .at_most(50, "Waiting")
    .sorted_by("Waiting")
    .empty("nobody blocks anybody")
}

fn waiting() -> Panel {
    timeseries(
        "Waiting for a lock, top 5",
        "Good is 0, or short peaks. A slope that goes up and up ends with no connection left: find the root in the list above.",
        Unit::Count,
        query(worst(5, "sum by (server, datname) (pg_blocked_backends{$database})"), "{{datname}}, {{server}}"),
    )
    .empty("nobody has waited")
}

fn oldest() -> Panel {
    timeseries(
        "Oldest transactions, top 5",
        "By database and user. Good is short. Let the application commit sooner, or end the session.",
        Unit::Seconds,
        query(
            worst(5, "max by (server, datname, usename) (pg_stat_activity_max_tx_seconds{$database})"),
            "{{usename}} in {{datname}}, {{server}}",
        ),
    )
    .thresholds("queries", "PostgresLongTransactions")
    .empty("no transaction is open")
}

fn idle_in_transaction() -> Panel {
    timeseries(
        "Idle in a transaction, top 5",
        "Sessions that have begun a transaction and do nothing. Good is 0. They hold locks for as long: mend the application, and set idle_in_transaction_session_timeout.",
        Unit::Seconds,
        query(
            worst(5, "max by (server, datname, usename) (pg_stat_activity_max_idle_in_transaction_seconds{$database})"),
            "{{usename}} in {{datname}}, {{server}}",
        ),
    )
    .thresholds("queries", "PostgresIdleInTransaction")
    .empty("nobody has idled in a transaction")
}

fn deadlocks() -> Panel {
    timeseries(
        "Deadlocks in 10 min, top 5",
        "Good is 0. The server's log shows both statements of each: have the applications take locks in one order.",
        Unit::Number,
        query(worst(5, "sum by (server, datname) (increase(pg_stat_database_deadlocks_total{$database}[10m]))"), "{{datname}}, {{server}}"),
    )
    .thresholds("queries", "PostgresDeadlocks")
    .empty("no deadlock")
}

fn by_state() -> Panel {
    timeseries(
        "Sessions by state",
        "Good is mostly idle and a few active: more active ones than processors wait for each other. The dashed line is max_connections.",
        Unit::Count,
        [
            query("sum by (state) (pg_stat_activity_count{$database})", "{{state}}"),
            query("sum(pg_connections_max{$server})", "max_connections").limit(),
        ],
    )
    .stacked()
    .ranked()
}

fn used() -> Panel {
    timeseries(
        "Connections in use, top 10",
        "Share of max_connections. Good is below the orange line.",
        Unit::Ratio,
        query(top(10, "max by (server) (server:connections_used:ratio{$server})"), "{{server}}"),
    )
    .up_to(1.0)
    .thresholds("saturation", "PostgresConnectionsHigh")
    .ranked()
}

fn by_user() -> Panel {
    bargauge(
        "By user, top 10",
        "Sessions of each user now. Good is what its pools are set to. One that has grown is a leak, or a pool too many.",
        Unit::Count,
        query("sort_desc(topk(10, sum by (server, usename) (pg_stat_activity_count{$database})))", "{{usename}}, {{server}}"),
    )
}

fn by_application() -> Panel {
    bargauge(
        "By application, top 10",
        "Sessions by the name that the client gave. Good is what its pools are set to. Have applications set application_name, so that one can tell them apart.",
        Unit::Count,
        query(
            "sort_desc(topk(10, sum by (server, application_name) (pg_stat_activity_count{$database})))",
            "{{application_name}}, {{server}}",
        ),
    )
}

fn by_database() -> Panel {
    bargauge(
        "By database, top 10",
        "Sessions in each database now. Good is what is usual here.",
        Unit::Count,
        query("sort_desc(topk(10, sum by (server, datname) (pg_stat_activity_count{$database})))", "{{datname}}, {{server}}"),
    )
    .leads_to("pgvigil-overview", "Server Overview", &["server", "datname"])
}

fn idle() -> Panel {
    timeseries(
        "Sessions that have long been idle",
        "Outside of a transaction, for longer than 10 minutes and than 1 hour. Good is few: they hold connections that others need. Make pools smaller, or let them close what is idle.",
        Unit::Count,
        query("sum by (threshold) (pg_stat_activity_long_idle_count{$database})", "longer than {{threshold}}"),
    )
}

fn limits() -> Panel {
    bargauge(
        "Nearest to a limit of their own",
        "Databases and users with a limit of connections, and how much of it they use. Good is below 80 %; at 100 % they are refused while others get in.",
        Unit::Ratio,
        [
            query("sort_desc(topk(5, pg_database_connections{$database} / (pg_database_connections_max{$database} > 0)))", "{{datname}}, {{server}}"),
            query("sort_desc(topk(5, pg_role_connections{$server} / (pg_role_connections_max{$server} > 0)))", "{{usename}}, {{server}}"),
        ],
    )
    .up_to(1.0)
    .thresholds("saturation", "PostgresConnectionLimitNear")
    .empty("nobody has a limit")
}

fn churn() -> Panel {
    timeseries(
        "Sessions begun, top 10",
        "Sessions begun a second. Good is less than one: each costs a process. Many mean that an application has no pool, or that its pool gives up on connections.",
        Unit::PerSecond,
        query(top(10, "sum by (server) (rate(pg_stat_database_sessions_total{$database}[$__rate_interval]))"), "{{server}}"),
    )
    .ranked()
    .empty("counted from PostgreSQL 14 on")
}

fn wait_classes() -> Panel {
    timeseries(
        "What active sessions do",
        "Client sessions that are active: on a processor, or waiting. Lock is somebody else's transaction, IO the disk, LWLock the server's own memory, Client the application.",
        Unit::Count,
        query(r#"label_replace(
  sum by (wait_event_type) (pg_stat_activity_wait_count{$database, backend_type="client backend", state="active"}),
  "wait_event_type", "on a processor", "wait_event_type", ""
)"#, "{{wait_event_type}}"),
    )
    .stacked()
    .ranked()
    .empty("nobody is active")
}

fn wait_events() -> Panel {
    timeseries(
        "What they wait for, top 10",
        "Each class in detail. PostgreSQL's documentation lists the events under Wait Events of pg_stat_activity.",
        Unit::Count,
        query(
            top(
                10,
                r#"sum by (wait_event_type, wait_event) (pg_stat_activity_wait_count{$database, backend_type="client backend", state="active", wait_event!=""})"#,
            ),
            "{{wait_event_type}} {{wait_event}}",
        ),
    )
    .ranked()
    .empty("nobody waits")
}

fn held() -> Panel {
    timeseries(
        "Locks held, by mode",
        "Good is what is usual here. AccessExclusiveLock keeps everybody out of a table (ALTER TABLE, TRUNCATE, VACUUM FULL): it should be there for moments only.",
        Unit::Count,
        query(r#"sum by (mode) (pg_locks_count{$database, granted="true"}) > 0"#, "{{mode}}"),
    )
    .ranked()
    .empty("no lock is held")
}

fn awaited() -> Panel {
    timeseries(
        "Locks waited for, by mode",
        "Good is none. A waiting AccessExclusiveLock stops all who come after it, although it is not held: end it, and try again with lock_timeout.",
        Unit::Count,
        query(r#"sum by (mode) (pg_locks_count{$database, granted="false"}) > 0"#, "{{mode}}"),
    )
    .ranked()
    .empty("nobody waits")
}

fn settings() -> Panel {
    table(
        "Limits",
        "What is set: max_connections and what is reserved of them, idle_in_transaction_session_timeout (0 means never, and then one forgotten session can block all others), deadlock_timeout, max_locks_per_transaction, max_prepared_transactions.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("Connections", Unit::Count, "max by (server) (pg_connections_max{$server})"),
            column("Reserved", Unit::Count, "max by (server) (pg_connections_reserved{$server})"),
            column(
                "Idle in transaction",
                Unit::Seconds,
                "max by (server) (pg_settings_idle_in_transaction_session_timeout_seconds{$server})",
            ),
            column("Looks for deadlocks after", Unit::Seconds, "max by (server) (pg_settings_deadlock_timeout_seconds{$server})"),
            column("Locks per transaction", Unit::Count, "max by (server) (pg_settings_max_locks_per_transaction{$server})"),
            column("Prepared transactions", Unit::Count, "max by (server) (pg_settings_max_prepared_transactions{$server})"),
        ],
    )
}
