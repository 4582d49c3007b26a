//! Every value is what psql says. The workload stands still, pgvigil collects once, and the scripts in
//! `tests/values` say what its page had to be: all of it, so that a surplus series is found as well.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use serde::Deserialize;

use crate::collect;
use crate::support::certificates::Authority;
use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::{Labels, Page};
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, judges, project, scene};

on_every_major!(every_value_is_right);

/// What psql says of one sample.
#[derive(Debug, Deserialize)]
pub struct Expected {
    metric: String,
    labels: BTreeMap<String, Option<String>>,
    value: f64,
    #[serde(default)]
    tolerance: f64,
}

fn every_value_is_right(major: u32) {
    let primary = Server::primary_with(major, &[("autovacuum", "off")]);
    primary.show(&Authority::new().sign());
    scene::set_up(&primary);
    let standby = primary.standby();
    standby.psql().run("select pg_create_physical_replication_slot('cascade')");
    let _scene = scene::play(&primary);
    // Encrypted, as a client prefers it wherever it comes over TCP.
    let _encrypted = Psql { host: "127.0.0.1".to_owned(), ..primary.psql().application("encrypted") }.session();
    standby.catch_up_with(&primary);

    let servers = [("primary", &primary), ("standby", &standby)];
    let config = Config::once().server("primary", &primary).server("standby", &standby);
    // To read is to write where a page is read for the first time, and to count up what is counted. After a first round of
    // everything, what a second one adds is little. And what psql says now is the least that a counter can be afterwards.
    let warming = Exporter::start(&config, &[&primary, &standby]);
    let page = warming.await_all(&["primary", "standby"]);
    collect::everything(&page, &primary, &standby);
    judges::all_agree(&warming);
    let before = expect_all(&page, servers);
    drop(warming);
    primary.psql().run("checkpoint");
    settle(&primary);
    settle(&standby);
    standby.catch_up_with(&primary);

    // It stands still for longer than the server would keep its sessions.
    let keep = |server: &Server| format!("{}&options=-c%20idle_session_timeout%3D0", server.url());
    let kept = Config::once().url("primary", &keep(&primary), "").url("standby", &keep(&standby), "");
    let exporter = Exporter::start(if major < 14 { &config } else { &kept }, &[]);
    let page = exporter.await_all(&["primary", "standby"]);
    // It is not ended, as its own connections are among what it counts.
    let _suspended = exporter.suspend();
    worth_comparing(&page, major);
    let after = expect_all(&page, servers);
    let mut wrong = Vec::new();
    for (place, expected) in &after {
        let before = before.get(place).map(Vec::as_slice).unwrap_or_default();
        let faults = compare(expected, before, &found(&page, place));
        wrong.extend(faults.into_iter().map(|fault| format!("{} {}: {fault}", place.server, place.query)));
    }
    for line in wrong.iter().take(60) {
        eprintln!("{line}");
    }
    assert!(wrong.is_empty(), "{} values are wrong", wrong.len());
}

/// Where a query was asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    server: &'static str,
    query: String,
    /// For those that are asked in each database.
    database: Option<String>,
}

/// What psql says of each query that is not skipped.
fn expect_all(page: &Page, servers: [(&'static str, &Server); 2]) -> BTreeMap<Place, Vec<Expected>> {
    // How much each buffer was used changes with each look at anything; that has a test of its own.
    let elsewhere = |query: &str| ["buffers/summary", "buffers/usage"].contains(&query);
    let catalogue: Vec<String> = exporter::catalogue().into_iter().map(|(query, _)| query).filter(|query| !elsewhere(query)).collect();
    let runs =
        |label: &str, query: &str| page.all("pgvigil_query_skipped", &[("server", label), ("query", query)]).all(|it| it.value == 0.0);
    let of = |(label, server): (&'static str, &Server)| {
        let queries: Vec<&str> = catalogue.iter().map(String::as_str).filter(|query| runs(label, query)).collect();
        expect(label, server, &queries)
    };
    servers.into_iter().flat_map(of).collect()
}

/// What psql says of these queries, in each database where their scope is that.
fn expect(label: &'static str, server: &Server, queries: &[&str]) -> BTreeMap<Place, Vec<Expected>> {
    let psql = server.psql();
    let per_database: BTreeSet<String> = exporter::catalogue().into_iter().filter(|(_, it)| *it).map(|(query, _)| query).collect();
    let (in_each, in_one): (Vec<&str>, Vec<&str>) = queries.iter().partition(|query| per_database.contains(**query));
    let databases = if in_each.is_empty() { Vec::new() } else { databases(&psql) };
    let everywhere = databases.into_iter().map(|name| (Some(name), in_each.as_slice())).chain([(None, in_one.as_slice())]);
    let of = |(database, queries): (Option<String>, &[&str])| {
        let said = all_expected(&psql.database(database.as_deref().unwrap_or("postgres")), queries);
        said.into_iter().map(move |(query, expected)| (Place { server: label, query, database: database.clone() }, expected))
    };
    everywhere.flat_map(of).collect()
}

/// One query of a server where nothing moves: how many samples there have to be, and what is wrong with the page's.
pub fn held_against(page: &Page, label: &'static str, server: &Server, query: &str) -> (usize, Vec<String>) {
    let expected = expect(label, server, &[query]);
    let wrong = expected.iter().flat_map(|(place, expected)| compare(expected, &[], &found(page, place))).collect();
    (expected.values().map(Vec::len).sum(), wrong)
}

/// There are rows where there would be none, or only zeros, in a server at rest.
fn worth_comparing(page: &Page, major: u32) {
    let some = |name: &str, labels: &[(&str, &str)]| assert!(page.sum(name, labels).is_some_and(|sum| sum > 0.0), "{name} {labels:?}");
    some("pg_sessions_by_encryption", &[("server", "primary"), ("encryption", "ssl"), ("version", "TLSv1.3")]);
    if major >= 14 {
        for name in ["spill_txns", "spill_count", "spill_bytes", "stream_txns", "stream_count", "stream_bytes", "total_txns", "total_bytes"]
        {
            some(&format!("pg_stat_replication_slots_{name}_total"), &[("server", "primary")]);
        }
    }
    if major >= 16 {
        some("pg_stat_io_reads_total", &[("server", "standby"), ("backend_type", "startup")]);
    }
}

/// Waits until the counters stand still: a session hands them in at most once a second.
fn settle(server: &Server) {
    let digest = "select md5(string_agg(t::text, '' order by relid)) from pg_stat_all_tables t where schemaname !~ '^pg_'";
    let mut last = (String::new(), Instant::now());
    eventually(SOON, "the counters stand still", || {
        let now = server.psql().run(digest);
        if now != last.0 {
            last = (now, Instant::now());
        }
        ensure(last.1.elapsed() > Duration::from_millis(1400), || "they change".to_owned())
    });
}

fn databases(psql: &Psql) -> Vec<String> {
    psql.rows("select datname from pg_database where datallowconn and not datistemplate order by 1").concat()
}

/// What psql says of one query.
pub fn expected(psql: &Psql, query: &str) -> Vec<Expected> {
    all_expected(psql, &[query]).remove(query).unwrap_or_default()
}

/// What one psql says of all of these queries: a session for each would cost more than what they ask.
fn all_expected(psql: &Psql, queries: &[&str]) -> BTreeMap<String, Vec<Expected>> {
    const TITLE: char = '\u{1d}';
    let script =
        |query: &&str| format!("\\echo '{TITLE}{query}'\n\\i '{}'\n", project().join(format!("tests/values/{query}.sql")).display());
    let text = psql.run(&("\\pset recordsep '\\n'\n".to_owned() + &queries.iter().map(script).collect::<String>()));
    let of = |said: &str| {
        let (query, lines) = said.split_once('\n').unwrap_or((said, ""));
        let parsed = lines.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{query}: {error}: {line}")));
        let foreign = parsed.filter(|it: &Expected| it.labels.get("application_name") != Some(&Some("pgvigil".to_owned())));
        (query.to_owned(), foreign.collect())
    };
    text.split(TITLE).skip(1).map(of).collect()
}

type Series = (String, Labels);

/// What the page has of one query, server and database, without the labels that the engine adds.
fn found(page: &Page, place: &Place) -> BTreeMap<Series, f64> {
    let metrics = exporter::metrics(&project().join(format!("queries/{}.sql", place.query)));
    page.samples()
        .filter(|sample| sample.label("server") == place.server && metrics.contains_key(&sample.name))
        // Nobody can say how many connections of its own it had in the moment it counted them.
        .filter(|sample| sample.label("application_name") != "pgvigil")
        .filter(|sample| place.database.as_ref().is_none_or(|name| sample.label("datname") == name))
        .map(|sample| {
            let labels = sample.labels.iter().filter(|(name, value)| *name != "server" && !value.is_empty());
            let labels = labels.map(|(name, value)| (name.clone(), value.clone())).collect();
            ((sample.name.clone(), labels), sample.value)
        })
        .collect()
}

impl Expected {
    fn series(&self) -> Series {
        let labels = self.labels.iter().filter_map(|(name, value)| Some((name.clone(), value.clone().filter(|value| !value.is_empty())?)));
        (self.metric.clone(), labels.collect())
    }

    /// What the page may say. A counter that asking itself counts up, or when something last happened, can be told only as
    /// far as that it was no less when psql asked before and is no more now.
    fn right(&self, before: Option<f64>) -> RangeInclusive<f64> {
        let only_grows = ["_total", "_timestamp_seconds"].iter().any(|end| self.metric.ends_with(end))
            || exporter::foreign_counters().contains(&self.metric);
        if self.tolerance > 0.0 && only_grows {
            // Sums of times are not the same to the last digit in each way of adding them up.
            let slack = self.value.abs() * 1e-9;
            return before.unwrap_or(0.0) - slack..=self.value + slack;
        }
        let tolerance = self.tolerance.max(rounding(self.value));
        self.value - tolerance..=self.value + tolerance
    }
}

/// What is wrong with the page, by what psql said before pgvigil asked and says now.
fn compare(expected: &[Expected], before: &[Expected], found: &BTreeMap<Series, f64>) -> Vec<String> {
    let before: BTreeMap<Series, f64> = before.iter().map(|it| (it.series(), it.value)).collect();
    let mut left = found.clone();
    let mut faults = Vec::new();
    for it in expected {
        let series = it.series();
        let (metric, labels) = &series;
        let right = it.right(before.get(&series).copied());
        match left.remove(&series) {
            None => faults.push(format!("{metric}{labels:?} is missing, psql says {}", it.value)),
            Some(value) if !right.contains(&value) => faults.push(format!("{metric}{labels:?} is {value}, psql says {right:?}")),
            Some(_) => {}
        }
    }
    faults.extend(left.into_iter().map(|((name, labels), value)| format!("{name}{labels:?} is {value}, psql has none")));
    faults
}

/// Milliseconds become seconds on the way, by a division that may differ in the last digit.
fn rounding(value: f64) -> f64 {
    value.abs() * 1e-12
}

#[test]
fn a_wrong_value_is_found() {
    let series = |labels: &[(&str, &str)]| {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ("m".to_owned(), labels)
    };
    let expected = |text: &str| -> Expected { serde_json::from_str(text).expect("JSON") };
    let page = BTreeMap::from([(series(&[("a", "1")]), 5.0), (series(&[]), 7.0)]);
    let right = [
        expected(r#"{"metric": "m", "labels": {"a": "1", "b": null, "c": ""}, "value": 5}"#),
        expected(r#"{"metric": "m", "labels": {}, "value": 6, "tolerance": 1}"#),
    ];
    assert_eq!(compare(&right, &[], &page), Vec::<String>::new());
    assert_eq!(compare(&right[..1], &[], &page).len(), 1, "a surplus series");
    assert_eq!(compare(&right, &[], &BTreeMap::new()).len(), 2, "missing series");
    let wrong = [expected(r#"{"metric": "m", "labels": {"a": "1"}, "value": 5.1}"#)];
    assert_eq!(compare(&wrong, &[], &page).len(), 2, "a wrong value, and a surplus series");

    let counter = |value: f64| [expected(&format!(r#"{{"metric": "m_total", "labels": {{}}, "value": {value}, "tolerance": 100}}"#))];
    let page = |value: f64| BTreeMap::from([(("m_total".to_owned(), Labels::new()), value)]);
    assert_eq!(compare(&counter(9.0), &counter(5.0), &page(7.0)), Vec::<String>::new());
    assert_eq!(compare(&counter(9.0), &counter(5.0), &page(4.0)).len(), 1, "less than before");
    assert_eq!(compare(&counter(9.0), &counter(5.0), &page(10.0)).len(), 1, "more than now");
}
