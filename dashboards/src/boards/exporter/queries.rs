//! The queries: which bring nothing, what they cost, and which do not run.

use crate::prelude::*;

/// What `PgvigilNoData` says.
pub const WITHOUT_DATA: &str = "(
  (time() - pgvigil_query_last_success_timestamp_seconds{$server}) / pgvigil_query_interval_seconds{$server} > 4
    or pgvigil_query_interval_seconds{$server} unless on (server, query, datname) pgvigil_query_last_success_timestamp_seconds{$server}
) and on (server) (pg_up{$server} == 1 or pgbouncer_up{$server} == 1)";

const QUERY: &str = "server, query, datname";

/// What is said of the queries that another expression chooses.
fn of(chosen: &str, expression: &str) -> String {
    format!("max by ({QUERY}) ({expression}) and on ({QUERY}) {chosen}")
}

pub fn without_data() -> Panel {
    let chosen = format!("topk(50, max by ({QUERY}) (pgvigil_query_interval_seconds{{$server}} and on ({QUERY}) ({WITHOUT_DATA})))");
    table(
        "Queries without data, the 50 slowest",
        "They should run and have not succeeded for more than four intervals; errors are those of 15 minutes. Good is an empty list. A lock or a timeout is the server's trouble, an error of SQL or rights is a setup's; pgvigil's log has the message.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(130),
            key("query", "Query"),
            key("datname", "Database").width(90),
        ],
        [
            column("Every", Unit::Seconds, &chosen).width(80),
            column("Took", Unit::Seconds, of(&chosen, "pgvigil_query_duration_seconds{$server}")).width(85),
            column("Errors", Unit::Count, format!("sum by ({QUERY}) (round(increase(pgvigil_query_errors_total{{$server}}[15m]))) and on ({QUERY}) {chosen}"))
                .any_is(Warning).width(75),
        ],
    )
    .empty("every query has brought what it should")
}

pub fn errors() -> Panel {
    timeseries(
        "Errors, top 5 by query and kind",
        "Runs that failed, a second. Good is none. `timeout` and `lock` are a busy server, `denied` and `sql` a missing right or another version, `connection` the network.",
        Unit::PerSecond,
        query(
            worst(5, "sum by (server, query, kind) (rate(pgvigil_query_errors_total{$server}[$__rate_interval]))"),
            "{{kind}}, {{query}}, {{server}}",
        ),
    )
    .empty("no query has failed")
}

/// In intervals of the query.
const AGE: &str = "max by (server, query, datname) ((time() - pgvigil_query_last_success_timestamp_seconds{$server}) / pgvigil_query_interval_seconds{$server})";

pub fn stalest() -> Panel {
    let oldest = format!("topk(20, {AGE})");
    table(
        "Stalest queries, the 20 oldest",
        "Time since the last success, in intervals of the query. Good is little more than 1. Beyond 3 its series disappear, so that nothing old is taken for new.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(130),
            key("query", "Query"),
            key("datname", "Database").width(90),
        ],
        [
            column("Intervals", Unit::Number, &oldest).width(85),
            column("Every", Unit::Seconds, of(&oldest, "pgvigil_query_interval_seconds{$server}")).width(80),
            column("Last success", Unit::Timestamp, of(&oldest, "pgvigil_query_last_success_timestamp_seconds{$server}")).width(130),
        ],
    )
    .sorted_by("Intervals")
    .empty("no query has run")
}

pub fn ages() -> Panel {
    timeseries(
        "Queries by the age of their data",
        "Good is that all are fresh. Late ones have missed a run or two: the server is busy, or does not answer. Those without data tell nothing any more.",
        Unit::Count,
        [
            query(format!("count({AGE} <= 2)"), "fresh"),
            query(format!("count({AGE} > 2 <= 4) or 0 * count(pgvigil_build_info{{$job}})"), "late"),
            query(format!("count({WITHOUT_DATA}) or 0 * count(pgvigil_build_info{{$job}})"), "without data"),
        ],
    )
    .stacked()
}

pub fn costs() -> Panel {
    let slowest = format!("topk(50, max by ({QUERY}) (pgvigil_query_duration_seconds{{$server}}))");
    table(
        "Queries, the 50 slowest",
        "What each cost when it last ran. Good is a small share of its interval. One that takes too long can run less often or not at all: `override` and `disable` in the configuration.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(150),
            key("query", "Query"),
            key("datname", "Database"),
        ],
        [
            column("Took", Unit::Seconds, &slowest).width(90),
            column("Every", Unit::Seconds, of(&slowest, "pgvigil_query_interval_seconds{$server}")).width(85),
            column("Last success", Unit::Timestamp, of(&slowest, "pgvigil_query_last_success_timestamp_seconds{$server}")).width(130),
            column("Series", Unit::Count, of(&slowest, "pgvigil_query_series{$server}")).width(80),
            column("Dropped", Unit::Count, of(&slowest, "pgvigil_query_series_dropped{$server}")).any_is(Warning).width(85),
        ],
    )
    .sorted_by("Took")
    .empty("no query has run")
}

pub fn time() -> Panel {
    timeseries(
        "Time of a query, top 10",
        "How long the last run took, as pgvigil saw it. Good is milliseconds. All of them slow at once is the server or the network, one alone is its query.",
        Unit::Seconds,
        query(top(10, "max by (server, query) (pgvigil_query_duration_seconds{$server})"), "{{query}}, {{server}}"),
    )
    .ranked()
}

pub fn share() -> Panel {
    timeseries(
        "Share of the time that is asked, top 10 servers",
        "Time of all queries in parts of their intervals: how much of one session pgvigil keeps busy. Good is below 10 %. At 100 % queries are late.",
        Unit::Ratio,
        query(
            top(10, "sum by (server) (pgvigil_query_duration_seconds{$server} / pgvigil_query_interval_seconds{$server})"),
            "{{server}}",
        ),
    )
    .ranked()
}

pub fn series() -> Panel {
    timeseries(
        "Series, top 10 queries",
        "What each query puts on the page. Good is flat: a slope is something that is created and never dropped. Limits bound it.",
        Unit::Count,
        query(top(10, "sum by (server, query) (pgvigil_query_series{$server})"), "{{query}}, {{server}}"),
    )
    .ranked()
}

pub fn logins() -> Panel {
    timeseries(
        "Time of a login, top 10",
        "How long a fresh login took, or took to fail, as an application would see it. Good is tens of milliseconds. Slow ones are a server without a free processor, name resolution, or the network.",
        Unit::Seconds,
        query(top(10, "max by (server) (pg_login_duration_seconds{$server})"), "{{server}}"),
    )
    .ranked()
    .leads_to("pgvigil-connections", "Connections & Locks", &["server"])
}

pub fn skipped() -> Panel {
    table(
        "Queries that do not run, the 50 on most servers",
        "And why, but for those that the configuration disables or leaves out as detail. Good are `role` (it is for primaries or standbys) and `version`. `privilege` wants a GRANT, `extension` a CREATE EXTENSION where one wants what it tells, `remote` that pgvigil runs on the machine.",
        [key("reason", "Reason").width(110), key("query", "Query")],
        [
            column("Servers", Unit::Count, r#"topk(50, count by (reason, query) (max by (server, reason, query) (pgvigil_query_skipped{$server, reason!~"disabled|detail"})))"#).width(90),
            column(
                "Databases",
                Unit::Count,
                r#"topk(50, count by (reason, query) (max by (server, datname, reason, query) (pgvigil_query_skipped{$server, datname!="", reason!~"disabled|detail"})))"#,
            )
            .width(100),
        ],
    )
    .sorted_by("Servers")
    .empty("all run")
}
