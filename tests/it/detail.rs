//! Every series earns its place: what no bundled rule, record or board reads and no contract names is detail, which is off as shipped. All else is on the
//! page, and all of it is with `detail: true`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::config::Config;
use crate::support::dashboards::{self, filled};
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::{SOON, ensure, promql, rules};

/// The names of queries that other people's rules may stand on, whatever the bundled ones read. What pgvigil says of itself is never detail.
const CONTRACT: [&str; 42] = [
    "pg_server_info",
    "pg_in_recovery",
    "pg_postmaster_start_time_seconds",
    "pg_timeline_id",
    "pg_settings_max_connections",
    "pg_connections_used",
    "pg_connections_max",
    "pg_stat_activity_count",
    "pg_stat_activity_max_tx_seconds",
    "pg_stat_replication_lag_bytes",
    "pg_stat_replication_lag_seconds",
    "pg_replication_lag_seconds",
    "pg_replication_lag_bytes",
    "pg_replication_is_replica",
    "pg_wal_receiver_up",
    "pg_replication_slots_active",
    "pg_replication_slots_retained_bytes",
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
    "pg_stat_user_tables_last_autovacuum_timestamp_seconds",
    "pg_stat_user_indexes_idx_scan_total",
    "pg_table_bloat_ratio",
    "pg_stat_statements_calls_total",
    "pg_stat_statements_exec_time_seconds_total",
    "pg_stat_statements_mean_exec_time_seconds",
    "pg_stat_statements_max_exec_time_seconds",
    "pg_stat_bgwriter_buffers_alloc_total",
    "pg_stat_archiver_failed_total",
    "pg_stat_archiver_last_archived_timestamp_seconds",
    "pg_wal_size_bytes",
    "pg_wal_written_bytes_total",
    "pg_host_filesystem_free_bytes",
    "pg_host_filesystem_size_bytes",
];

/// Series of a server as in [`small_server`] that pgvigil may have at most, the host's and its own included.
const MOST: usize = 6_900;

/// What a metric is by the list of `pgvigil queries`.
struct Listed {
    detail: bool,
    off: bool,
}

fn listed() -> BTreeMap<String, Listed> {
    let listing = exporter::run(&["queries"], Path::new("/"), &[]);
    let text = String::from_utf8(listing.stdout).expect("UTF-8");
    let mut found = BTreeMap::new();
    for entry in text.split("\n\n").filter(|entry| entry.contains("\n    queries/")) {
        let (name, rest) = entry.trim_start().split_once(" (").expect("a name and its type");
        let (about, _) = rest.split_once(')').expect("an end of what it is");
        let listed = Listed { detail: about.ends_with(", detail"), off: entry.contains(", off by default") };
        let earlier: Option<Listed> = found.insert(name.to_owned(), listed);
        let now = &found[name];
        assert!(earlier.is_none_or(|earlier| earlier.detail == now.detail), "{name} is detail in one file and not in the other");
    }
    assert!(found.len() > 400, "{} metrics", found.len());
    found
}

/// What rules, records and boards read.
fn read() -> BTreeSet<String> {
    let of = |expression: &str| promql::references(expression).selectors.into_iter().map(|selector| selector.metric).collect::<Vec<_>>();
    let mut read: BTreeSet<String> = rules::all().iter().flat_map(|rule| of(&rule.expression)).collect();
    for board in dashboards::all() {
        read.extend(board.expressions().flat_map(|(_, expression)| of(&filled(expression))));
        let selector =
            |definition: &str| definition.strip_prefix("label_values(")?.rsplit_once(',').map(|(selector, _)| selector.to_owned());
        for chosen in board.variables().filter_map(|variable| selector(variable["definition"].as_str()?)) {
            // One of several metrics, whichever there is.
            match chosen.strip_prefix("{__name__=~\"").and_then(|rest| rest.split_once('"')) {
                Some((names, _)) => read.extend(names.split('|').map(str::to_owned)),
                None => read.extend(of(&filled(&chosen))),
            }
        }
    }
    read
}

#[test]
fn detail_is_what_nothing_bundled_reads() {
    let (read, listed) = (read(), listed());
    let contract: BTreeSet<&str> = CONTRACT.into_iter().collect();
    let mut wrong = Vec::new();
    for name in &contract {
        if !listed.contains_key(*name) {
            wrong.push(format!("{name} is in the contract, and there is no such metric"));
        }
    }
    // What is off as shipped is not on the page whether or not it is detail: who turns it on wants it.
    for (name, listed) in &listed {
        let is_wanted = read.contains(name) || contract.contains(name.as_str());
        match (listed.detail, listed.off, is_wanted) {
            (true, _, true) => wrong.push(format!("{name} is detail, although it is read")),
            (false, false, false) => wrong.push(format!("{name} is no detail, although nothing reads it: mark it in its file")),
            (true, true, _) => wrong.push(format!("{name} is detail in a file that is off as shipped: the one or the other")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{} metrics\n{}", wrong.len(), wrong.join("\n"));
    assert!(listed.values().filter(|it| it.detail).count() > 200);
}

/// Two databases of 100 tables with a row of text, and 400 statements.
fn small_server() -> Server {
    // A table that it visits has series that others have not.
    let server = Server::primary_with(18, &[("autovacuum", "off")]);
    let psql = server.psql();
    psql.run("create database shop");
    for database in ["postgres", "shop"] {
        let psql = psql.database(database);
        psql.run("select format('create table t%s (id int primary key, x text)', i) from generate_series(1, 100) i \\gexec");
    }
    psql.run("select pg_stat_statements_reset()");
    psql.run("select format('select %s from t1', (select string_agg('id + ' || j, ', ') from generate_series(1, i) j)) from generate_series(1, 400) i \\gexec");
    let statements: usize = psql.run("select count(*) from pg_stat_statements").parse().expect("a number");
    assert!(statements >= 400, "{statements} statements");
    server
}

/// Intervals as shipped would take ten minutes.
fn once() -> Config {
    Config::as_shipped().line("override: { \"*\": { interval: 1h, timeout: 30s } }")
}

#[test]
fn the_default_page_of_a_small_server_is_small() {
    let server = small_server();
    let page = |config: Config| Exporter::start(&config.server("db", &server), &[&server]).await_all(&["db"]);
    let pages = [page(once()), page(once().with_detail())];
    let [default, all] = pages.each_ref().map(|page| page.samples().count());
    let zero = pages[0].samples().filter(|sample| sample.value == 0.0).count();
    eprintln!("{default} series, of which {zero} are 0; {all} with detail");
    assert!(default <= MOST, "{default} series, and {MOST} are allowed");

    // The list of `queries --count` says as much, and not much more.
    let counted = exporter::run(&["queries", "--count"], Path::new("/"), &[]);
    let counted = String::from_utf8(counted.stdout).expect("UTF-8");
    let row = counted.lines().find_map(|line| line.strip_prefix("| 2 | 100 | 100 | 400 | ")).expect("a row of this size");
    let said: Vec<usize> = row.trim_end_matches(" |").split(" | ").map(|cell| cell.replace(',', "").parse().expect("a number")).collect();
    for (said, real, most) in [(said[0], default, 1.25), (said[1], all, 1.3)] {
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let ratio = said as f64 / real as f64;
        assert!((0.95..most).contains(&ratio), "{said} are said, {real} are on the page");
    }
    is_whole(&pages);
}

/// Nothing is gone with detail, and without it nothing that is no detail.
fn is_whole([default, all]: &[Page; 2]) {
    let listed = listed();
    let (default, all) = (default.names(), all.names());
    let is_detail = |name: &str| listed.get(name).is_some_and(|listed| listed.detail);
    // What processes wait for comes and goes.
    let passes = |name: &str| name == "pg_stat_activity_wait_count";
    let surplus: Vec<&&str> = default.iter().filter(|name| is_detail(name) || !all.contains(**name) && !passes(name)).collect();
    assert!(surplus.is_empty(), "{surplus:?}");
    let missing: Vec<&&str> = all.iter().filter(|name| !is_detail(name) && !default.contains(**name) && !passes(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// A reload brings detail and takes it away, of a query that has no more than that too, whose reason is said.
#[test]
fn a_reload_brings_and_takes_detail() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&once().server("db", &server), &[&server]);
    let (of_column, of_file, kept) =
        ("pg_stat_database_numbackends", "pg_stat_database_active_time_seconds_total", "pg_stat_database_deadlocks_total");
    let skip = [("query", "database/active_time"), ("reason", "detail")];
    let page = exporter.await_all(&["db"]);
    assert!(page.names().contains(kept) && !page.names().contains(of_column) && !page.names().contains(of_file));
    assert_eq!(page.value("pgvigil_query_skipped", &skip), Some(1.0));
    let reload = |line: &str| {
        fs::write(exporter.config_file(), once().line(line).server("db", &server).yaml(exporter.port)).expect("its own folder");
        assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    };
    let shows = |column: bool, file: bool| {
        exporter.await_page(SOON, "detail as it is wanted", |page| {
            let names = page.names();
            let found = [names.contains(of_column), names.contains(of_file), names.contains(kept)];
            ensure(found == [column, file, true], || format!("{found:?}"))
        });
    };
    reload("detail: true");
    shows(true, true);
    reload("detail: [\"pg_stat_database_numb*\"]");
    shows(true, false);
    reload("detail: [\"database/active_time\"]");
    shows(false, true);
    reload("detail: false");
    shows(false, false);
}

/// `check --uses` tells an operator what their own rules need, and the configuration that it proposes gives it.
#[test]
fn rules_of_others_are_told_what_they_need() {
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let rules = folder.path().join("rules.yml");
    fs::write(&rules, "groups:\n- name: own\n  rules:\n  - alert: Scans\n    expr: rate(pg_stat_user_tables_seq_scan_total[5m]) > 10\n")
        .expect("its own folder");
    let check = |queries: &str| {
        let file = folder.path().join("pgvigil.yml");
        fs::write(&file, format!("servers:\n  - {{ name: a, url: \"postgres://nowhere\" }}\n{queries}")).expect("its own folder");
        let output = exporter::run(&["check", "--config", "pgvigil.yml", "--uses", "rules.yml"], folder.path(), &[]);
        (output.status.success(), String::from_utf8(output.stdout).expect("UTF-8"))
    };
    let (is_well, said) = check("");
    assert!(!is_well && said.contains("needs detail: pg_stat_user_tables_seq_scan_total (tables/stat)\n    rules.yml: Scans\n"), "{said}");
    let (_, proposed) = said.split_once("\nqueries:\n").expect("a proposal");
    let (is_well, said) = check(&format!("queries:\n{proposed}"));
    assert!(is_well, "{said}");
}
