//! `pgvigil queries`: the catalogue as a list, for people and as Markdown.

use std::fmt::Write as _;

use crate::query::catalog::Catalog;
use crate::query::{Counted, Kind};
use crate::telemetry::targets;

/// One metric.
struct Line<'c> {
    name: &'c str,
    kind: Kind,
    labels: Vec<&'c str>,
    versions: String,
    source: &'c str,
    help: &'c str,
}

/// Every metric, by name; the engine's own among those of the files.
fn lines(catalog: &Catalog) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = targets::METRICS
        .iter()
        .map(|metric| Line {
            name: metric.name,
            kind: metric.kind,
            labels: [&["server"], metric.labels].concat(),
            versions: "13..".to_owned(),
            source: "pgvigil itself",
            help: metric.help,
        })
        .collect();
    for query in catalog.queries() {
        for metric in &query.metrics {
            let counted = match &query.counted {
                Counted::Server => String::new(),
                Counted::Extension(name) => format!("{name} "),
            };
            lines.push(Line {
                name: &metric.name,
                kind: metric.kind,
                labels: std::iter::once("server").chain(query.label_names()).collect(),
                versions: format!("{counted}{}", metric.versions),
                source: &query.path,
                help: &metric.help,
            });
        }
    }
    lines.sort_by(|a, b| (a.name, a.source).cmp(&(b.name, b.source)));
    lines
}

/// For a terminal.
#[must_use]
pub fn text(catalog: &Catalog) -> String {
    let mut out = String::new();
    for line in lines(catalog) {
        let labels = line.labels.join(", ");
        let _ = writeln!(
            out,
            "{} ({}, {}) {{{labels}}}\n    {}\n    {}\n",
            line.name,
            line.kind.as_str(),
            line.versions,
            line.help,
            line.source
        );
    }
    out
}

/// For a document.
#[must_use]
pub fn markdown(catalog: &Catalog) -> String {
    let mut out = String::from("| Metric | Type | Labels | Versions | Source | Meaning |\n| --- | --- | --- | --- | --- | --- |\n");
    for line in lines(catalog) {
        let help = line.help.replace('|', "\\|");
        let labels = line.labels.join(", ");
        let _ = writeln!(out, "| `{}` | {} | {labels} | {} | {} | {help} |", line.name, line.kind.as_str(), line.versions, line.source);
    }
    out
}
