//! The dashboards on the whole chain: a primary and its standby, a PgBouncer, the machine, pgvigil, Prometheus with the rules. Every query of every
//! panel has something to show, or stands on a list with the reason.

mod everything;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use everything::Everything;

use crate::alerts_live::hasty_rules;
use crate::support::config::Config;
use crate::support::dashboards::{self, filled, list, text};
use crate::support::exporter::Exporter;
use crate::support::pgbouncer::PgBouncer;
use crate::support::prometheus::Prometheus;
use crate::support::server::Server;
use crate::support::{Generation, ensure, eventually, process, project, scene, tool_of};

on_first_and_last!(every_panel_has_data);

/// Rates need two samples, and the busy machine its time.
const SOON: Duration = Duration::from_mins(2);

/// Why a query has nothing to show although nothing is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// PostgreSQL tells it from this major on.
    From(u32),
    /// It is told by a program that cannot be had here.
    Elsewhere(&'static str),
}

/// What stays empty here: the board, the panel, and a part of the query that tells it from the panel's others.
const EMPTY: &[(&str, &str, &str, Why)] = &[
    ("pgvigil-storage", "Backups of pgBackRest", "", Why::Elsewhere("pgbackrest_exporter")),
    ("pgvigil-connections", "Sessions begun, top 10", "", Why::From(14)),
    ("pgvigil-overview", "Rollbacks, deadlocks, lost sessions", "pg_stat_database_sessions_abandoned_total", Why::From(14)),
    ("pgvigil-overview", "Rollbacks, deadlocks, lost sessions", "pg_stat_database_sessions_fatal_total", Why::From(14)),
];

/// One query of a panel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Asked {
    board: String,
    panel: String,
    is_table: bool,
    expression: String,
}

impl Asked {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for board in dashboards::all() {
            for panel in board.panels() {
                all.extend(list(&panel["targets"]).iter().map(|target| Self {
                    board: board.name.clone(),
                    panel: text(&panel["title"]).to_owned(),
                    is_table: panel["type"] == "table",
                    expression: filled(text(&target["expr"])),
                }));
            }
        }
        all
    }

    fn why(&self, major: u32) -> Option<Why> {
        let is_this = |(board, panel, part, _): &&(&str, &str, &str, Why)| {
            self.board == *board && self.panel == *panel && self.expression.contains(part)
        };
        let why = EMPTY.iter().find(is_this).map(|(.., why)| *why)?;
        if matches!(why, Why::From(from) if major >= from) { None } else { Some(why) }
    }
}

fn every_panel_has_data(major: u32) {
    let everything = Everything::stand(major);
    let Everything { primary, standby, subscriber, .. } = &everything;
    let bouncer = PgBouncer::start(&tool_of(Generation::beside(major), "pgbouncer_newest", "pgbouncer"), primary, &[]);
    let broken = project().join("tests/broken/server/division-by-zero");
    let gone = format!("postgres://127.0.0.1:{}/postgres", process::free_port());
    let config = Config::prompt().directory(&broken).server("primary", primary).server("standby", standby).server("subscriber", subscriber);
    let exporter = Exporter::start(&config.url("gone", &gone, "").pgbouncer("pool", &bouncer.url()), &[]);
    let rules = hasty_rules();
    let prometheus = tool_of(Generation::beside(major), "prometheus3", "prometheus");
    let prometheus = Prometheus::start_with_rules(prometheus, exporter.port, rules.path(), process::free_port());
    // What a counter has when it is seen for the first time is no increase.
    eventually(SOON, "the counters are known", || {
        let known =
            prometheus.query("pg_stat_database_deadlocks_total offset 3s and on (server) pg_stat_statements_calls_total offset 3s")?;
        ensure(!known.is_empty(), || exporter.log())
    });
    everything.happen();

    let (expected, excused): (Vec<Asked>, Vec<Asked>) = Asked::all().into_iter().partition(|asked| asked.why(major).is_none());
    assert!(expected.len() > 100, "only {} queries", expected.len());
    let mut missing: BTreeSet<Asked> = expected.into_iter().collect();
    eventually(SOON, "every query has something to show", || {
        everything.work();
        bouncer.psql().run("select count(*) from scene");
        for asked in missing.clone() {
            if !prometheus.query(&asked.expression)?.is_empty() {
                missing.remove(&asked);
            }
        }
        ensure(missing.is_empty(), || {
            let told: Vec<String> = missing.iter().map(|it| format!("{}: {}: {}", it.board, it.panel, it.expression)).collect();
            format!("{} have nothing:\n{}", told.len(), told.join("\n"))
        })
    });
    for asked in excused {
        let found = prometheus.query(&asked.expression).expect("an answer");
        assert!(found.is_empty(), "it has something to show, so take it off the list: {asked:?}");
    }
}

/// One server under fifty names, each with waits, slots, tables and statements of its own: no panel draws more than can be told apart.
#[test]
fn fifty_servers_fit() {
    const SERVERS: u32 = 50;
    const MOST: usize = 50;
    let primary = Server::primary_with(18, &[("max_connections", "300")]);
    primary.psql().run("alter role pgvigil connection limit -1");
    scene::set_up(&primary);
    let _scene = scene::play(&primary);
    let names: Vec<String> = (1..=SERVERS).map(|number| format!("server-{number}")).collect();
    let config = names.iter().fold(Config::as_shipped(), |config, name| config.url(name, &primary.url(), ", labels: { cluster: shop }"));
    let exporter = Exporter::start(&config, &[]);
    let rules = hasty_rules();
    let prometheus = tool_of(Generation::Newest, "prometheus3", "prometheus");
    let prometheus = Prometheus::start_with_rules(prometheus, exporter.port, rules.path(), process::free_port());
    eventually(SOON, "all servers are collected", || {
        let waiting =
            "count(count by (server) (pg_blocked_backends offset 3s > 0) and on (server) count by (server) (pg_table_size_bytes))";
        let count = prometheus.value(waiting)?;
        ensure(count == f64::from(SERVERS), || count.to_string())
    });
    let mut drawn: BTreeMap<(String, String, bool), Vec<usize>> = BTreeMap::new();
    for asked in Asked::all() {
        // A table asks for this moment, a graph for some time.
        let rows = || prometheus.query(&asked.expression).map(|rows| rows.len());
        let series = if asked.is_table { rows() } else { prometheus.series(&asked.expression) };
        let series = series.unwrap_or_else(|error| panic!("{asked:?}: {error}"));
        drawn.entry((asked.board, asked.panel, asked.is_table)).or_default().push(series);
    }
    // The columns of a table share its rows, the queries of a graph its area.
    let count = |is_table: bool, series: &[usize]| if is_table { series.iter().max().copied() } else { Some(series.iter().sum()) };
    let crowded: Vec<_> = drawn.iter().filter(|((.., is_table), series)| count(*is_table, series) > Some(MOST)).collect();
    assert!(crowded.is_empty(), "more than {MOST}: {crowded:#?}");
    let shown = drawn.values().filter(|series| series.iter().sum::<usize>() > 0).count();
    assert!(shown > 60, "only {shown} panels show anything");
}
