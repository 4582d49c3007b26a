//! `pgvigil queries`: the catalogue as a list, for people and as Markdown ([`markdown`](mod@markdown)), and how many series that is
//! ([`count`](mod@count)). What it says of each query is in [`described`].

mod count;
pub(crate) mod described;
mod markdown;

use std::fmt::Write as _;

pub use count::count;
pub use markdown::markdown;

use crate::query::catalog::Catalog;
use described::{engine, facts, labels, versions};

/// For a terminal: every metric, by name, those of pgvigil `itself` among them.
#[must_use]
pub fn text(catalog: &Catalog, itself: bool) -> String {
    let engine = if itself { engine() } else { Vec::new() };
    let mut entries: Vec<(String, String)> = engine
        .into_iter()
        .map(|metric| {
            let labels = metric.labels.join(", ");
            let entry = format!("{} ({}) {{{labels}}}\n    {}\n    pgvigil itself\n", metric.name, metric.kind, metric.help);
            (metric.name, entry)
        })
        .collect();
    for query in catalog.queries() {
        let labels = labels(query).join(", ");
        let facts = facts(query).join(", ");
        for metric in &query.metrics {
            let (kind, versions) = (metric.kind.as_str(), versions(query, metric));
            let detail = if metric.detail { ", detail" } else { "" };
            let entry =
                format!("{} ({kind}, {versions}{detail}) {{{labels}}}\n    {}\n    {}: {facts}\n", metric.name, metric.help, query.path);
            entries.push((metric.name.clone(), entry));
        }
    }
    entries.sort();
    entries.into_iter().fold(String::new(), |mut out, (_, entry)| {
        let _ = writeln!(out, "{entry}");
        out
    })
}
