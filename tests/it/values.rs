//! Every value is what psql says. The workload stands still, pgvigil collects once, and the scripts in
//! `tests/values` say what its page had to be: all of it, so that a surplus series is found as well.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::{Labels, Page};
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, project, scene};

on_every_major!(every_value_is_right);

/// What psql says of one sample.
#[derive(Debug, Deserialize)]
struct Expected {
    metric: String,
    labels: BTreeMap<String, Option<String>>,
    value: f64,
    #[serde(default)]
    tolerance: f64,
}

fn every_value_is_right(major: u32) {
    let primary = Server::primary_with(major, &[("autovacuum", "off")]);
    scene::set_up(&primary);
    let standby = primary.standby();
    let _scene = scene::play(&primary);
    standby.catch_up_with(&primary);

    let servers = [("primary", &primary), ("standby", &standby)];
    let config = Config::once().server("primary", &primary).server("standby", &standby);
    // To read is to write where a page is read for the first time, and to count up what is counted. After a first round of
    // everything, what a second one adds is little.
    let warming = Exporter::start(&config, &[]);
    compare_all(&warming.await_all(&["primary", "standby"]), servers);
    drop(warming);
    read_much(&standby);
    primary.psql().run("checkpoint");
    settle(&primary);
    settle(&standby);
    standby.catch_up_with(&primary);

    let exporter = Exporter::start(&config, &[]);
    let page = exporter.await_all(&["primary", "standby"]);
    // It is not ended, as its own connections are among what it counts.
    let _suspended = exporter.suspend();
    let wrong = compare_all(&page, servers);
    for line in wrong.iter().take(60) {
        eprintln!("{line}");
    }
    assert!(wrong.is_empty(), "{} values are wrong", wrong.len());
}

/// What is wrong on a page, by server, query and database.
fn compare_all(page: &Page, servers: [(&str, &Server); 2]) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, _) in exporter::catalogue() {
        for (label, server) in servers {
            if page.all("pgvigil_query_skipped", &[("server", label), ("query", &name)]).all(|it| it.value == 0.0) {
                wrong.extend(compare_query(page, &name, label, server));
            }
        }
    }
    wrong
}

/// What is wrong with one query's samples of the server that the page calls `label`.
pub fn compare_query(page: &Page, name: &str, label: &str, server: &Server) -> Vec<String> {
    let per_database = exporter::catalogue().contains(&(name.to_owned(), true));
    let psql = server.psql();
    let databases = if per_database { databases(&psql) } else { vec!["postgres".to_owned()] };
    let mut wrong = Vec::new();
    for database in databases {
        let scope = per_database.then_some(database.as_str());
        let expected = expected(&psql.database(&database), name);
        let faults = compare(&expected, &found(page, name, label, scope));
        wrong.extend(faults.into_iter().map(|fault| format!("{label} {name}: {fault}")));
    }
    wrong
}

/// A standby has read little so far, and what the test reads of it counts. Now that is little beside much.
fn read_much(standby: &Server) {
    const READ: &str = "set enable_hashjoin = off; set enable_mergejoin = off;
        select count(a.attlen) from generate_series(1, 300) join pg_class c on true join pg_attribute a on a.attrelid = c.oid";
    for database in databases(&standby.psql()) {
        standby.psql().database(&database).run(READ);
    }
}

/// Waits until the counters stand still: a session hands them in at most once a second.
fn settle(server: &Server) {
    let digest = "select md5(string_agg(t::text, '' order by relid)) from pg_stat_all_tables t where schemaname !~ '^pg_'";
    let mut last = (String::new(), 0);
    eventually(SOON, "the counters stand still", || {
        let now = server.psql().run(digest);
        last = if now == last.0 { (now, last.1 + 1) } else { (now, 0) };
        // Each look takes some 70 ms with its pause.
        ensure(last.1 > 20, || "they change".to_owned())
    });
}

fn databases(psql: &Psql) -> Vec<String> {
    psql.rows("select datname from pg_database where datallowconn and not datistemplate order by 1").concat()
}

fn expected(psql: &Psql, query: &str) -> Vec<Expected> {
    let path = project().join(format!("tests/values/{query}.sql"));
    let text = psql.run(&format!("\\pset recordsep '\\n'\n\\i '{}'", path.display()));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{query}: {error}: {line}")))
        .filter(|it: &Expected| it.labels.get("application_name") != Some(&Some("pgvigil".to_owned())))
        .collect()
}

type Series = (String, Labels);

/// What the page has of one query, server and database, without the labels that the engine adds.
fn found(page: &Page, query: &str, server: &str, database: Option<&str>) -> BTreeMap<Series, f64> {
    let metrics = exporter::metrics(&project().join(format!("queries/{query}.sql")));
    page.samples()
        .filter(|sample| sample.label("server") == server && metrics.contains_key(&sample.name))
        // Nobody can say how many connections of its own it had in the moment it counted them.
        .filter(|sample| sample.label("application_name") != "pgvigil")
        .filter(|sample| database.is_none_or(|name| sample.label("datname") == name))
        .map(|sample| {
            let labels = sample.labels.iter().filter(|(name, value)| *name != "server" && !value.is_empty());
            let labels = labels.map(|(name, value)| (name.clone(), value.clone())).collect();
            ((sample.name.clone(), labels), sample.value)
        })
        .collect()
}

fn compare(expected: &[Expected], found: &BTreeMap<Series, f64>) -> Vec<String> {
    let mut left = found.clone();
    let mut faults = Vec::new();
    for it in expected {
        let labels: Labels =
            it.labels.iter().filter_map(|(name, value)| Some((name.clone(), value.clone().filter(|value| !value.is_empty())?))).collect();
        match left.remove(&(it.metric.clone(), labels.clone())) {
            None => faults.push(format!("{}{labels:?} is missing, psql says {}", it.metric, it.value)),
            Some(value) if (value - it.value).abs() > it.tolerance.max(rounding(it.value)) => {
                faults.push(format!("{}{labels:?} is {value}, psql says {}", it.metric, it.value));
            }
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
    assert_eq!(compare(&right, &page), Vec::<String>::new());
    assert_eq!(compare(&right[..1], &page).len(), 1, "a surplus series");
    assert_eq!(compare(&right, &BTreeMap::new()).len(), 2, "missing series");
    let wrong = [expected(r#"{"metric": "m", "labels": {"a": "1"}, "value": 5.1}"#)];
    assert_eq!(compare(&wrong, &page).len(), 2, "a wrong value, and a surplus series");
}
