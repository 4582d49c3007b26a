//! Which statements take the time, which are slow, and one of them in detail.

mod detail;
mod keys;
mod resources;
mod top;

use detail::{detail, executions, hits, mean, places, time_by_cause, work, written};
use keys::{KEYS, NOT_INSTALLED, listed_text};
use resources::{forgotten, not_launched, parallel, settings, temporary, temporary_now};
use top::{by_calls, by_maximum, by_mean, by_read, by_read_time, by_rows, by_temporary, by_time, by_wal};

use crate::prelude::*;
use crate::query::expanded;
use crate::variable::Variable;

pub fn board() -> Board {
    Board::new(
        "pgvigil-queries",
        "Query Performance",
        "Which statements take the time, which are slow, and who runs long now. A row of the list, or a line of a graph, leads to its statement in detail.",
    )
    .databases()
    .variable(Variable {
        name: "statement",
        label: "Statement",
        selector: expanded("pg_stat_statements_calls_total{$database}"),
        of: "queryid",
        all: ".*",
    })
    .row("Health", [line(4, health()), line(11, [statements()])])
    .row("Problems", [line(8, [slow_databases(), longest(), running()]), line(9, [who(), slowest()])])
    .row(
        "Top statements",
        [line(9, [by_time(), by_calls(), by_mean()]), line(9, [by_maximum(), by_rows(), by_wal()]), line(9, [by_read_time(), by_read(), by_temporary()])],
    )
    .row(
        "The chosen statements in detail",
        [line(4, detail()), line(8, [executions(), mean(), time_by_cause()]), line(8, [work(), hits(), written()]), line(8, [places()])],
    )
    .row("Maintenance", [line(8, [temporary(), temporary_now(), parallel(), not_launched()]), line(7, [forgotten(), settings()])])
}

fn health() -> [Panel; 6] {
    [
        stat(
            "Mean time",
            "In the slowest database, over five minutes and the statements that take most time. Good is what is usual here. If it has risen, the list below says for which statement.",
            Unit::Seconds,
            query("max(server_datname:statement_time_seconds:mean5m{$database})", ""),
        )
        .thresholds("queries", "PostgresSlowQueries")
        .empty("not measured"),
        stat(
            "Longest query now",
            "Good is seconds where applications wait for the answer. See who runs it in the list of those that run now.",
            Unit::Seconds,
            query("max(pg_stat_activity_max_query_seconds{$database})", ""),
        )
        .thresholds("queries", "PostgresLongQueries"),
        stat(
            "Running over 5 s",
            "How many run now for longer than that. Good is 0, but for reports. Many at once wait for the same lock, or have lost an index.",
            Unit::Count,
            query(r#"sum(pg_stat_activity_long_running_count{$database, threshold="5s"})"#, ""),
        )
        .any_is(Info),
        stat(
            "Waiting for a lock",
            "Good is 0. Otherwise statements are slow because others hold what they need: Connections & Locks names the root.",
            Unit::Count,
            query("sum(pg_blocked_backends{$database})", ""),
        )
        .any_is(Info)
        .leads_to("pgvigil-connections", "Connections & Locks", &[]),
        stat(
            "Time spent reading",
            "Share of the statements' time in which they waited for the disk. Good is below 10 %. More means missing indexes, or memory that is too small for what is read; see Buffer Cache & I/O.",
            Unit::Ratio,
            query(
                "sum(rate(pg_stat_statements_shared_blk_read_time_seconds_total{$database}[$__rate_interval])) / (sum(rate(pg_stat_statements_exec_time_seconds_total{$database}[$__rate_interval])) > 0)",
                "",
            ),
        )
        .every("30s")
        .empty("not measured")
        .leads_to("pgvigil-io", "Buffer Cache & I/O", &[]),
        stat(
            "Statements",
            "Executions of all statements. Good is the usual curve of the day: a step up is an application that asks more often, not a slower database.",
            Unit::PerSecond,
            query("sum(rate(pg_stat_statements_calls_total{$database}[$__rate_interval]))", ""),
        )
        .every("30s")
        .empty("not measured"),
    ]
}

fn statements() -> Panel {
    let sum = |metric: &str| format!("sum by ({KEYS}) (increase(pg_stat_statements_{metric}_total{{$database}}[$__range]))");
    let time = sum("exec_time_seconds");
    let listed = |expression: String| format!("({expression})\n  and topk(50, {time} > 0)");
    let calls = format!("({} > 0)", sum("calls"));
    let (hit, read) = (sum("shared_blks_hit"), sum("shared_blks_read"));
    table(
        "Statements that took most time, top 50",
        "Begin with the first: it has most to give, by being faster or by running less often. Click on it for its detail. The text shows where the query statements/texts is switched on; else ask SELECT query FROM pg_stat_statements WHERE queryid = ...",
        [
            key("server", "Server"),
            key("datname", "Database").width(95),
            key("usename", "User").width(95),
            key("queryid", "Statement").leads_to("pgvigil-queries", "This statement in detail").width(205),
        ],
        [
            column(
                "Share of time",
                Unit::Ratio,
                format!("topk(50, {time} > 0)\n  / on () group_left () sum(increase(pg_stat_statements_exec_time_seconds_total{{$database}}[$__range]))"),
            )
            .width(105),
            column("Time", Unit::Seconds, listed(time.clone())).width(85),
            column("Calls", Unit::Count, listed(sum("calls"))).width(70),
            column("Mean", Unit::Seconds, listed(format!("{time} / {calls}"))).thresholds("queries", "PostgresSlowQueries").width(80),
            column("Longest ever", Unit::Seconds, listed(format!("max by ({KEYS}) (pg_stat_statements_max_exec_time_seconds{{$database}})")))
                .thresholds("queries", "PostgresLongQueries")
                .width(105),
            column("Rows a call", Unit::Number, listed(format!("{} / {calls}", sum("rows")))).width(95),
            column("Cache hits", Unit::Ratio, listed(format!("{hit} / ({hit} + {read} > 0)"))).width(90),
            column("Text", Unit::Word, listed_text(&time)).label("query").width(300),
        ],
    )
    .sorted_by("Share of time")
    .empty(NOT_INSTALLED)
}

fn slow_databases() -> Panel {
    timeseries(
        "Mean time of a statement, top 5",
        "Over five minutes. Good is what is usual here, and below the lines. One database that rises alone has a statement of its own; all at once wait for the machine.",
        Unit::Seconds,
        query(top(5, "max by (server, datname) (server_datname:statement_time_seconds:mean5m{$database})"), "{{datname}}, {{server}}"),
    )
    .thresholds("queries", "PostgresSlowQueries")
    .empty(NOT_INSTALLED)
}

fn longest() -> Panel {
    timeseries(
        "Longest query, top 5",
        "By database and user, as it was at each moment. Good is short. A line that climbs is one query: read its plan, or end it with pg_cancel_backend(pid).",
        Unit::Seconds,
        query(
            worst(5, "max by (server, datname, usename) (pg_stat_activity_max_query_seconds{$database})"),
            "{{usename}} in {{datname}}, {{server}}",
        ),
    )
    .thresholds("queries", "PostgresLongQueries")
}

fn running() -> Panel {
    timeseries(
        "Queries over 5 s, 30 s, 5 min",
        "How many there are at each moment; those of 5 minutes count in all three. Good is 0, but for reports and maintenance.",
        Unit::Count,
        [
            query(r#"sum(pg_stat_activity_long_running_count{$database, threshold="5s"})"#, "over 5 s"),
            query(r#"sum(pg_stat_activity_long_running_count{$database, threshold="30s"})"#, "over 30 s"),
            query(r#"sum(pg_stat_activity_long_running_count{$database, threshold="5m"})"#, "over 5 min"),
        ],
    )
}

fn who() -> Panel {
    const BY: &str = "server, datname, usename";
    let listed = |metric: &str| {
        format!(
            "max by ({BY}) (pg_stat_activity_max_{metric}_seconds{{$database}})\n  and topk(20, max by ({BY}) (pg_stat_activity_max_query_seconds{{$database}}) > 1)"
        )
    };
    table(
        "Who runs long now, top 20",
        "Users with a query of more than a second. pg_stat_activity has its text and its pid; pg_cancel_backend(pid) ends the query, pg_terminate_backend(pid) the session.",
        [
            key("server", "Server").leads_to("pgvigil-connections", "Connections & Locks").width(120),
            key("datname", "Database").width(110),
            key("usename", "User").width(100),
        ],
        [
            column("Query", Unit::Seconds, listed("query")).thresholds("queries", "PostgresLongQueries").width(80),
            column("Transaction", Unit::Seconds, listed("tx")).thresholds("queries", "PostgresLongTransactions").width(100),
        ],
    )
    .sorted_by("Query")
    .empty("nobody runs long")
    .wide(3)
}

fn slowest() -> Panel {
    let sum = |metric: &str| format!("sum by ({KEYS}) (increase(pg_stat_statements_{metric}_total{{$database}}[$__range]))");
    let mean = format!("({} / ({} > 0))", sum("exec_time_seconds"), sum("calls"));
    let listed = |expression: String| format!("({expression})\n  and topk(10, {mean})");
    table(
        "Slowest statements by mean, top 10",
        "Mean of what is shown. Good is no colour for what an application waits for. One that was fast yesterday has another plan: ANALYZE its tables, and read EXPLAIN (ANALYZE, BUFFERS).",
        [
            key("queryid", "Statement").leads_to("pgvigil-queries", "This statement in detail").width(215),
            key("server", "Server").width(120),
            key("datname", "Database").width(110),
            key("usename", "User").width(100),
        ],
        [
            column("Mean", Unit::Seconds, format!("topk(10, {mean})")).thresholds("queries", "PostgresSlowQueries").width(85),
            column("Longest ever", Unit::Seconds, listed(format!("max by ({KEYS}) (pg_stat_statements_max_exec_time_seconds{{$database}})")))
                .thresholds("queries", "PostgresLongQueries")
                .width(110),
            column("Calls", Unit::Count, listed(sum("calls"))).width(75),
        ],
    )
    .sorted_by("Mean")
    .empty(NOT_INSTALLED)
    .wide(5)
}
