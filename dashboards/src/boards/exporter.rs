//! pgvigil itself: whether it sees what it should, what it does not see and why, and what it costs.

mod process;
mod queries;

use process::{bytes, instances, samples, scrape_time, scrapes};
use queries::{ages, costs, errors, logins, series, share, skipped, stalest, time, without_data};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-exporter",
        "Exporter",
        "Whether pgvigil sees what it should: how fresh each query is, what failed, what is left out and why, and what the looking costs.",
    )
    .servers(r#"{__name__=~"pg_up|pgbouncer_up", job=~"$job", cluster=~"$cluster"}"#)
    .row("Health", [line(4, sight()), line(4, state())])
    .row("Problems", [line(8, [without_data().wide(3), errors().wide(2)]), line(8, [stalest(), ages()])])
    .row("Cost", [line(9, [costs()]), line(8, [time(), share()]), line(8, [series(), logins()])])
    .row("Scrapes", [line(8, [scrapes(), scrape_time()]), line(8, [samples(), bytes()])])
    .row("Left out", [line(9, [skipped()])])
    .row("Settings", [line(7, [instances()])])
}

fn sight() -> [Panel; 6] {
    [
        stat(
            "pgvigil",
            "Whether every pgvigil answers Prometheus. If not, nobody watches its servers, and no alert about them can fire: look at its process, its log and its port.",
            Unit::Word,
            query(
                r#"min(up{$job, server=~"$server|"} and on (job) last_over_time(pgvigil_build_info{$job}[1d]))"#,
                "",
            ),
        )
        .words(UP),
        stat(
            "Servers that answer",
            "PostgreSQL servers and PgBouncers that answer pgvigil, in parts of those that it watches. Good is 100 %. Fleet Overview says which do not.",
            Unit::Ratio,
            query("sum(pg_up{$server} or pgbouncer_up{$server}) / count(pg_up{$server} or pgbouncer_up{$server})", ""),
        )
        .leads_to("pgvigil-fleet", "Fleet Overview", &[]),
        stat(
            "Queries without data",
            "Queries that should run and have not succeeded for more than four of their intervals: their metrics are gone, and alerts on them cannot fire. Good is 0. The list below says which.",
            Unit::Count,
            query(format!("count({}) or 0 * count(pgvigil_build_info{{$job}})", queries::WITHOUT_DATA), ""),
        )
        .any_is(Warning),
        stat(
            "Errors in 15 min",
            "Runs of queries that failed, for whatever reason. Good is 0. A timeout or a lock passes by itself; an error of SQL or of rights does not.",
            Unit::Count,
            query("round(sum(increase(pgvigil_query_errors_total{$server}[15m]))) or 0 * count(pgvigil_build_info{$job})", ""),
        )
        .any_is(Warning),
        stat(
            "Series dropped",
            "Series that the limits of their queries kept off the page. Good is 0: raise the limit of that query, or have it see less.",
            Unit::Count,
            query("sum(pgvigil_query_series_dropped{$server})", ""),
        )
        .any_is(Warning),
        stat(
            "Lack a privilege",
            "Queries that do not run since pgvigil's database role, or its user on the machine, may not. Good is 0: GRANT pg_monitor TO the role, and do what the list of what is left out says.",
            Unit::Count,
            query(r#"sum(pgvigil_query_skipped{$server, reason=~"privilege|os_user"}) or 0 * count(pgvigil_build_info{$job})"#, ""),
        )
        .any_is(Info),
    ]
}

fn state() -> [Panel; 6] {
    [
        stat(
            "Configuration",
            "Whether the last reload took the configuration over. If not, the one before is still in force, and a restart would fail: `pgvigil check` says why.",
            Unit::Word,
            query("min(pgvigil_config_last_reload_successful{$job})", ""),
        )
        .words(IN_FORCE),
        stat(
            "Web configuration",
            "Whether the file of certificates and users is well. If not, those before are still in force, and a restart would fail.",
            Unit::Word,
            query("min(pgvigil_web_config_last_read_successful{$job})", ""),
        )
        .words(IN_FORCE)
        .empty("there is none"),
        stat(
            "Restarts in an hour",
            "Of the pgvigil with most. Good is 0, or what an upgrade takes.",
            Unit::Count,
            query("max(changes(pgvigil_start_time_seconds{$job}[1h]))", ""),
        )
        .thresholds("exporter", "PgvigilRestarting"),
        stat(
            "Bugs met in a day",
            "Tasks of pgvigil that ended by a bug of its own and were started anew. Good is 0: its log has each with its place, for a report.",
            Unit::Count,
            query("round(sum(increase(pgvigil_panics_total{$job}[1d])))", ""),
        )
        .any_is(Warning),
        stat(
            "Series",
            "Series of all queries that are on the page now. Good is what Prometheus has room for.",
            Unit::Count,
            query("sum(pgvigil_query_series{$server})", ""),
        ),
        stat(
            "Connections",
            "Connections that pgvigil has open to a server, of the server with most. Good is 1 or 2, never more.",
            Unit::Count,
            query("max(pgvigil_connections{$server})", ""),
        ),
    ]
}

const IN_FORCE: Words = &[("0", "refused", Some(Warning)), ("1", "valid", None)];
