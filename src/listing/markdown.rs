//! The catalogue as a document, `queries/METRICS.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use super::described::{engine, facts, versions};
use crate::query::Query;
use crate::query::catalog::Catalog;

const HEAD: &str = "# Metrics

Written by `pgvigil queries --markdown` from the headers of the query files; change those and run it again. [README.md](README.md)
explains the headers.

- Every sample bears `server`, its name in the configuration, and the server's constant labels from there.
- Of a query that runs in each database, `datname` is that database.
- A value disappears when its query has not succeeded for 3 intervals and its timeout.
- A version is PostgreSQL's major, if nothing else is said.
- The cost of a query is the server's CPU for one run in a database of 10,000 tables with 20,000 indexes, over a new connection:
  *low* is less than 25 ms, *medium* less than 250 ms, *high* more, or it reads tables. The tests measure it.
- *Detail* is exported only where the configuration says so (`queries: { detail: true }`, or globs of names): no bundled rule and no board reads
  it. A query of which all is detail does not run until then.
";

/// For a document.
#[must_use]
pub fn markdown(catalog: &Catalog) -> String {
    let mut areas: BTreeMap<&str, Vec<&Arc<Query>>> = BTreeMap::new();
    for query in catalog.queries() {
        areas.entry(query.name.split('/').next().unwrap_or_default()).or_default().push(query);
    }
    let mut out = format!("{HEAD}\n| Area | Queries | Metrics | Of these detail |\n| --- | ---: | ---: | ---: |\n");
    for (area, queries) in &areas {
        let metrics: usize = queries.iter().map(|query| query.metrics.len()).sum();
        let detail = queries.iter().flat_map(|query| &query.metrics).filter(|metric| metric.detail).count();
        let _ = writeln!(out, "| [{area}](#{area}) | {} | {metrics} | {detail} |", queries.len());
    }
    let engine = engine();
    let _ = writeln!(out, "| [pgvigil itself](#pgvigil-itself) | | {} | 0 |", engine.len());
    for (area, queries) in &areas {
        let _ = writeln!(out, "\n## {area}");
        for query in queries {
            section(&mut out, query);
        }
    }
    let _ = writeln!(out, "\n## pgvigil itself\n\n| Metric | Type | Unit | Labels | Meaning |\n| --- | --- | --- | --- | --- |");
    for metric in engine {
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (unit, help) = (unit(&metric.name), cell(&metric.help));
        let _ = writeln!(out, "| `{}` | {} | {unit} | {} | {help} |", metric.name, metric.kind, labels.join(", "));
    }
    out
}

fn section(out: &mut String, query: &Query) {
    let _ = writeln!(out, "\n### {}\n\n{}\n", query.name, escape(&query.about));
    // A bundled file is beside the document.
    let source = match query.path.strip_prefix("queries/") {
        Some(path) => format!("[{}]({path})", query.path),
        None => format!("`{}`", query.path),
    };
    let _ = writeln!(out, "{source}: {}.\n", facts(query).join(", "));
    for label in &query.labels {
        let range = if label.versions == query.covers { String::new() } else { format!(" ({})", label.versions) };
        let _ = writeln!(out, "- label `{}`{range}: {}", label.name, escape(&label.help));
    }
    if !query.labels.is_empty() {
        out.push('\n');
    }
    let _ = writeln!(out, "| Metric | Type | Unit | Versions | Detail | Meaning |\n| --- | --- | --- | --- | --- | --- |");
    for metric in &query.metrics {
        let (kind, versions) = (metric.kind.as_str(), versions(query, metric));
        let (unit, detail) = (unit(&metric.name), if metric.detail { "detail" } else { "" });
        let _ = writeln!(out, "| `{}` | {kind} | {unit} | {versions} | {detail} | {} |", metric.name, cell(&metric.help));
    }
}

/// The unit, which a metric's name ends with; of what is counted there is none.
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    // The first that fits.
    let units = [("_timestamp_seconds", "Unix time"), ("_seconds", "seconds"), ("_bytes", "bytes"), ("_ratio", "ratio")];
    units.into_iter().find(|(suffix, _)| name.ends_with(suffix)).map_or("", |(_, unit)| unit)
}

/// Text that means nothing to Markdown.
fn escape(text: &str) -> String {
    text.replace('<', "&lt;").replace('*', "\\*")
}

/// The same within a table.
fn cell(text: &str) -> String {
    escape(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::library;
    use crate::settings::Settings;

    #[test]
    fn the_document_is_current() {
        let environment = HashMap::from([("DATABASE_URL".to_owned(), "postgres://pgvigil@db1/postgres".to_owned())]);
        let catalog = library::catalog(&Settings::load(None, &environment).unwrap()).unwrap();
        let same = markdown(&catalog) == include_str!("../../queries/METRICS.md");
        assert!(same, "renew it with `cargo run -- queries --markdown > queries/METRICS.md`");
    }
}
