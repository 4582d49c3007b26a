//! What is listed as compatible with `pgbouncer_exporter` is what the real one exports of the same PgBouncer: name, type, labels and values.

use std::collections::BTreeSet;
use std::path::Path;

use crate::pgbouncer::oldest;
use crate::support::clients::Clients;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::listed::{self, Row, kind};
use crate::support::page::{Page, Sample};
use crate::support::pgbouncer::PgBouncer;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, judges, tool};

const FOLDER: &str = "compat/pgbouncer_exporter";

/// What public dashboards ask for.
const OF_DASHBOARDS: [&str; 18] = [
    "pgbouncer_up",
    "pgbouncer_version_info",
    "pgbouncer_databases_current_connections",
    "pgbouncer_databases_max_connections",
    "pgbouncer_databases_pool_size",
    "pgbouncer_config_max_client_connections",
    "pgbouncer_pools_client_active_connections",
    "pgbouncer_pools_client_waiting_connections",
    "pgbouncer_pools_client_maxwait_seconds",
    "pgbouncer_pools_server_active_connections",
    "pgbouncer_pools_server_idle_connections",
    "pgbouncer_pools_server_used_connections",
    "pgbouncer_stats_queries_duration_seconds_total",
    "pgbouncer_stats_totals_queries_pooled_total",
    "pgbouncer_stats_totals_queries_duration_seconds_total",
    "pgbouncer_stats_totals_sql_transactions_pooled_total",
    "pgbouncer_stats_totals_client_wait_seconds_total",
    "pgbouncer_stats_totals_received_bytes_total",
];

#[test]
fn every_metric_is_listed() {
    assert!(listed::rows(FOLDER).len() > 40, "where are the tables?");
    listed::agree(FOLDER, &[]);
}

#[test]
fn beside_the_real_one_of_the_oldest() {
    beside_the_real_one(&oldest(), "1.18");
}

#[test]
fn beside_the_real_one_of_the_newest() {
    if let Some(program) = tool("pgbouncer_newest") {
        beside_the_real_one(&program, "1.99");
    }
}

fn beside_the_real_one(program: &Path, version: &str) {
    let server = Server::primary(18);
    let more = format!(
        "ignore_startup_parameters = extra_float_digits\nmax_user_connections = 40\n[databases]\n\
         forced = host=127.0.0.1 port={} dbname=postgres user=postgres pool_size=7 reserve_pool={}",
        server.port, 3
    );
    let bouncer = PgBouncer::start(program, &server, &["default_pool_size = 2", "query_wait_timeout = 600", &more]);
    bouncer.psql().run("select pg_sleep(0.1); create table t (n int); insert into t select generate_series(1, 1000)");
    bouncer.psql().database("forced").run("select count(*) from t");
    let mut held = bouncer.psql().session();
    held.run("begin");

    let config = Config::as_shipped()
        .line("detail: [pgbouncer_config_max_user_connections]")
        .line("override: { \"compat/pgbouncer_exporter/*\": { enabled: true }, \"*\": { interval: 1s, timeout: 900ms } }");
    let exporter = Exporter::start(&config.pgbouncer("pooler", &bouncer.url()), &[]);
    let _clients = Clients::watch(&exporter, bouncer.port);
    let rows = listed::rows(FOLDER);
    let (page, ()) = exporter.await_page(SOON, "what is listed is there", |page| {
        let wrong: Vec<String> = rows.iter().filter_map(|row| fault(row, page, version)).collect();
        ensure(wrong.is_empty(), || wrong.join("\n"))
    });
    judges::all_agree(&exporter);
    let missing: Vec<&str> = OF_DASHBOARDS.into_iter().filter(|name| page.all(name, &[]).next().is_none()).collect();
    assert_eq!(missing, [""; 0]);

    let Some(real) = tool("pgbouncer_exporter") else { return };
    let connection = format!("--pgBouncer.connectionString={}", bouncer.url());
    eventually(SOON, "both say the same", || {
        let theirs = listed::real_page(&real, &[&connection, "--pgBouncer.pid-file="], &[]);
        ensure(theirs.value("pgbouncer_up", &[]) == Some(1.0), || "it does not work".to_owned())?;
        let ours = exporter.page();
        let compared: Vec<&Sample> =
            theirs.samples().filter(|sample| sample.name.starts_with("pgbouncer_") && is_served(&rows, sample)).collect();
        assert!(compared.len() > 60, "{}", compared.len());
        let wrong: Vec<String> = compared.into_iter().filter_map(|sample| differs(sample, &ours)).collect();
        let wrong = [wrong, listed::unlisted(&rows, &theirs, &["go_", "process_", "promhttp_"])].concat();
        ensure(wrong.is_empty(), || wrong.join("\n"))
    });
}

/// What the page has otherwise than the row says.
fn fault(row: &Row, page: &Page, version: &str) -> Option<String> {
    let minor = |version: &str| version.strip_prefix("1.").and_then(|minor| minor.parse::<u32>().ok()).unwrap_or_default();
    let samples: Vec<&Sample> = page.all(&row.name, &[]).collect();
    let served = row.query.is_some() && minor(&row.versions.0) <= minor(version);
    if served == samples.is_empty() {
        return Some(format!("{}: {} samples", row.name, samples.len()));
    }
    let labels: BTreeSet<String> = samples.iter().flat_map(|sample| sample.labels.keys().cloned()).collect();
    let is_wrong = served && (kind(page, &row.name) != row.kind || !row.labels.is_subset(&labels));
    is_wrong.then(|| format!("{}: a {} with {labels:?}", row.name, kind(page, &row.name)))
}

fn is_served(rows: &[Row], sample: &Sample) -> bool {
    rows.iter().any(|row| row.name == sample.name && row.query.is_some())
}

/// Whether our sample of the same labels is missing, or has another value where no other client asks the console meanwhile.
fn differs(theirs: &Sample, ours: &Page) -> Option<String> {
    let labels = theirs.labels.iter().filter(|(_, value)| !value.is_empty()).map(|(label, value)| (label.as_str(), value.as_str()));
    let labels: Vec<_> = labels.collect();
    let value = ours.value(&theirs.name, &labels);
    // Both are clients of the console, which counts them.
    let moves = theirs.label("database") == "pgbouncer" || theirs.name.ends_with("_clients");
    let same = value.is_some_and(|value| moves || (value - theirs.value).abs() <= theirs.value.abs() * 1e-9);
    (!same).then(|| format!("{}{labels:?} is {} there and {value:?} here", theirs.name, theirs.value))
}
