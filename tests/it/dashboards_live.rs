//! The dashboards on the whole chain: a primary and its standby, a PgBouncer, the machine, pgvigil, Prometheus with the rules. Every query of every
//! panel has something to show, but for what a later PostgreSQL or another program tells.

mod everything;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use everything::Everything;
use serde_json::json;
use tempfile::TempDir;

use crate::alerts_live::hasty_rules;
use crate::support::config::Config;
use crate::support::dashboards::{self, Board, filled, list, text};
use crate::support::exporter::Exporter;
use crate::support::pgbouncer::PgBouncer;
use crate::support::prometheus::Prometheus;
use crate::support::server::Server;
use crate::support::{Generation, ensure, eventually, not_run, process, project, promql, scene, tool_of, vocabulary};

on_first_and_last!(every_panel_has_data);

/// Rates need two samples, and the busy machine its time.
const SOON: Duration = Duration::from_mins(2);

/// What may stay empty here: the board, a part of the query, and whoever could tell.
const EMPTY: [(&str, &str, &str); 3] = [
    ("pgvigil-pools", "hikaricp_", "Micrometer, in applications with HikariCP"),
    ("pgvigil-storage", "pgbackrest_", "pgbackrest_exporter"),
    ("pgvigil-host", "server:swap_used:ratio", "a machine that has swap"),
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

    /// Whether it may have nothing to show although nothing is wrong: a later PostgreSQL tells it, or somebody who is not here.
    fn is_excused(&self, major: u32) -> bool {
        let metrics = promql::references(&self.expression).selectors.into_iter().map(|selector| selector.metric);
        let since = metrics.filter_map(|metric| vocabulary::all().get(&metric)?.since).max();
        since > Some(major) || EMPTY.iter().any(|(board, part, _)| self.board == *board && self.expression.contains(part))
    }
}

/// Each thing that a board can show is there once; see [`Everything`].
fn every_panel_has_data(major: u32) {
    let everything = Everything::stand(major);
    let Everything { primary, standby, subscriber, .. } = &everything;
    let bouncer =
        PgBouncer::start(&tool_of(Generation::beside(major), "pgbouncer_newest", "pgbouncer"), primary, &["default_pool_size = 1"]);
    // One client has the only connection, another waits for it.
    let mut clients = [bouncer.psql().database("template1").session(), bouncer.psql().database("template1").session()];
    clients[0].run("begin");
    clients[1].start("select 1");
    let broken = project().join("tests/broken/server/division-by-zero");
    let gone = format!("postgres://127.0.0.1:{}/postgres", process::free_port());
    let config = Config::prompt()
        .without_detail()
        .directory(&broken)
        .server("primary", primary)
        .server("standby", standby)
        .server("subscriber", subscriber);
    let exporter = Exporter::start(&config.url("gone", &gone, "").pgbouncer("pool", &bouncer.url()), &[]);
    let rules = hasty_rules();
    let prometheus = tool_of(Generation::beside(major), "prometheus3", "prometheus");
    let prometheus = Prometheus::start_with_rules(prometheus, exporter.port, rules.path(), "1s", process::free_port());
    // What a counter has when it is seen for the first time is no increase.
    eventually(SOON, "the counters are known", || {
        let known =
            prometheus.query("pg_stat_database_deadlocks_total offset 3s and on (server) pg_stat_statements_calls_total offset 3s")?;
        ensure(!known.is_empty(), || exporter.log())
    });
    everything.happen();

    let mut missing: BTreeSet<Asked> = Asked::all().into_iter().filter(|asked| !asked.is_excused(major)).collect();
    if everything.disk.is_none() {
        missing.retain(|asked| !asked.expression.contains("deriv(server_mountpoint:filesystem_avail_bytes:max"));
    }
    assert!(missing.len() > 300, "only {} queries", missing.len());
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
    draw(&prometheus, &format!("postgresql-{major}"));
}

/// A picture of each board, for who names a program that draws them: with `--prometheus URL --out FOLDER FILE...` it writes one for each file
/// and fails where a panel cannot be drawn.
fn draw(prometheus: &Prometheus, name: &str) {
    let Some(program) = std::env::var_os("PGVIGIL_RENDER") else {
        return not_run("PGVIGIL_RENDER names no program that draws dashboards");
    };
    let folder = project().join("target/pictures").join(name);
    let place = TempDir::new().expect("a temporary folder");
    let boards: Vec<_> = dashboards::all().iter().map(|board| write_chosen(board, place.path())).collect();
    let mut node = Command::new("node");
    let output = node.arg(program).args(["--prometheus", prometheus.url(), "--span", "120", "--out"]).arg(&folder).args(&boards).output();
    let output = output.expect("node runs");
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for board in boards {
        let picture = folder.join(board.file_name().expect("a name")).with_extension("png");
        assert!(picture.metadata().is_ok_and(|picture| picture.len() > 10_000), "{} is no picture", picture.display());
    }
}

/// The board with "All" chosen wherever something is to choose: as Grafana sends it, whatever the names are. A program that draws boards need
/// not know how Grafana puts names with brackets and quotes into an expression.
fn write_chosen(board: &Board, folder: &Path) -> PathBuf {
    let mut json = board.json.clone();
    for variable in json["templating"]["list"].as_array_mut().expect("a list") {
        if let Some(all) = variable["allValue"].as_str().map(str::to_owned) {
            *variable = json!({ "type": "constant", "name": variable["name"], "query": all, "current": { "value": all } });
        }
    }
    let path = folder.join(format!("{}.json", board.name));
    fs::write(&path, json.to_string()).expect("its own folder");
    path
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
    // The rules of fifty servers every second are a processor's work, and this waits for other things.
    let prometheus = Prometheus::start_with_rules(prometheus, exporter.port, rules.path(), "10s", process::free_port());
    // A page of fifty servers takes longer than one.
    prometheus.scrape(&[("pgvigil", exporter.port, "scrape_interval: 5s\n    scrape_timeout: 5s")]);
    eventually(2 * SOON, "all servers are collected", || {
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
