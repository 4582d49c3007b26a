//! The metrics that rules and dashboards may name: what the queries, pgvigil itself, the rules and known exporters give.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

use super::config::Config;
use super::exporter::{self, Exporter};
use super::page::Format;
use super::rules::{self, Rule};
use super::{foreign, promql};

/// What is known of a metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    pub labels: BTreeSet<String>,
    /// Only grows, so that what it is means little and its rate says it.
    pub is_counter: bool,
    /// The first major of PostgreSQL that has it, where that is not every one.
    pub since: Option<u32>,
}

/// With which major a version of an extension came.
const EXTENSIONS: [(&str, u32); 6] = [
    ("pg_stat_statements 1.9", 14),
    ("pg_stat_statements 1.10", 15),
    ("pg_stat_statements 1.11", 17),
    ("pg_stat_statements 1.12", 18),
    ("pg_stat_statements 1.13", 19),
    ("pg_buffercache 1.4", 16),
];

/// Each metric by its name.
pub type Vocabulary = BTreeMap<String, Metric>;

/// All of them.
pub fn all() -> &'static Vocabulary {
    static ALL: OnceLock<Vocabulary> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut vocabulary = queries();
        add_foreign(&mut vocabulary);
        add_own(&mut vocabulary);
        add_records(&mut vocabulary);
        vocabulary
    })
}

/// `name (type, versions) {label, label}`
fn queries() -> Vocabulary {
    let listing = exporter::run(&["queries"], Path::new("/"), &[]);
    let mut vocabulary = Vocabulary::new();
    for line in String::from_utf8(listing.stdout).expect("UTF-8").lines().filter(|line| line.starts_with("pg")) {
        let (name, rest) = line.split_once(" (").expect("a name and its type");
        let labels = line.rsplit_once('{').and_then(|(_, rest)| rest.strip_suffix('}')).expect("labels");
        let metric = vocabulary.entry(name.to_owned()).or_default();
        metric.labels.extend(labels.split(", ").map(str::to_owned));
        metric.is_counter |= rest.starts_with("counter");
        let from = rest.split([')', ',']).nth(1).and_then(|versions| versions.trim().strip_suffix("..")).unwrap_or_default();
        metric.since = from.parse().ok().or(EXTENSIONS.iter().find(|(version, _)| *version == from).map(|(_, major)| *major));
    }
    vocabulary
}

fn add_foreign(vocabulary: &mut Vocabulary) {
    for exporter in foreign::EXPORTERS {
        for (name, labels) in exporter.metrics {
            let labels = labels.iter().map(|label| (*label).to_owned()).collect();
            let is_counter = ["_total", "_sum", "_count"].iter().any(|end| name.ends_with(end));
            let earlier = vocabulary.insert((*name).to_owned(), Metric { labels, is_counter, since: None });
            assert!(earlier.is_none(), "{name} is pgvigil's own: take it off the list of {}", exporter.name);
        }
    }
}

/// What the process says of itself is on the page of any pgvigil.
fn add_own(vocabulary: &mut Vocabulary) {
    let config = Config::as_shipped().url("nowhere", "postgres://127.0.0.1:1/postgres", "");
    let page = Exporter::start(&config, &[]).scrape(Format::Text);
    for line in page.lines().filter(|line| line.starts_with("pgvigil_")) {
        let (name, rest) = line.split_at(line.find(['{', ' ']).expect("a sample"));
        let labels = rest.split('"').step_by(2).filter_map(|part| part.strip_suffix('=')).map(|label| label.trim_matches(['{', ',']));
        let metric = vocabulary.entry(name.to_owned()).or_default();
        metric.labels.extend(labels.map(str::to_owned));
        metric.is_counter |= ["_total", "_bucket", "_sum", "_count"].iter().any(|end| name.ends_with(end));
    }
}

/// A record has at most the labels of what it is made of. One may stand on another, in whatever file.
fn add_records(vocabulary: &mut Vocabulary) {
    let records: Vec<Rule> = rules::all().into_iter().filter(|rule| rule.alert.is_none()).collect();
    for rule in &records {
        let exported = vocabulary.contains_key(&rule.name);
        assert!(!exported, "{}: {} is exported already, and two sources of one name are added up by whoever sums", rule.file, rule.name);
    }
    for rule in &records {
        vocabulary.entry(rule.name.clone()).or_default();
    }
    for _ in 0..records.len() {
        let before = vocabulary.clone();
        for rule in &records {
            let references = promql::references(&rule.expression);
            let sources = references.selectors.iter().filter_map(|selector| before.get(&selector.metric)).flat_map(|metric| &metric.labels);
            let made: BTreeSet<String> = sources.chain(&references.made).cloned().collect();
            vocabulary.entry(rule.name.clone()).or_default().labels.extend(made);
        }
        if before == *vocabulary {
            break;
        }
    }
}
