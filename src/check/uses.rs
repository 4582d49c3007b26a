//! `pgvigil check --uses FILE...`: which metrics of pgvigil rules and dashboards of an operator's own read, and which of these this configuration does not
//! export: they are detail, their query is off, or there is no such metric.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`expressions`] | the expressions in a file of rules or a dashboard |
//! | [`names`](mod@names) | the names of metrics in an expression |

mod expressions;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use names::names;

use crate::diagnostic::Diagnostic;
use crate::listing::described;
use crate::query::catalog::Catalog;
use crate::query::glob::Glob;
use crate::query::{Metric, Query};
use crate::rules;
use crate::settings::{Detail, Queries};

/// What a name is to this configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exposure {
    Exported,
    /// A glob of which some metrics are exported, out of so many.
    Partly(usize, usize),
    /// Detail that is not asked for, of these queries.
    Detail(BTreeSet<String>),
    /// These queries are off.
    Off(BTreeSet<String>),
    /// There is no such metric; perhaps another one is meant.
    Unknown(Option<String>),
}

/// What was found, and whether all of it is exported.
///
/// # Errors
/// Every file that cannot be read.
pub fn uses(files: &[PathBuf], catalog: &Catalog, queries: &Queries) -> Result<(String, bool), Vec<Diagnostic>> {
    let (mut places, mut records, mut errors) = (BTreeMap::<String, BTreeSet<String>>::new(), BTreeSet::new(), Vec::new());
    for path in files {
        match expressions::read(path) {
            Ok(found) => {
                records.extend(found.records);
                for (expression, title) in found.all {
                    let place = format!("{}: {title}", path.display());
                    for name in names(&expression) {
                        places.entry(name).or_default().insert(place.clone());
                    }
                }
            }
            Err(found) => errors.extend(found),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let vocabulary = Vocabulary::new(catalog, records);
    places.retain(|name, _| vocabulary.is_ours(name));
    let found: Vec<(String, Exposure, BTreeSet<String>)> =
        places.into_iter().map(|(name, places)| (name.clone(), vocabulary.exposure(&name), places)).collect();
    let is_well = found.iter().all(|(_, exposure, _)| matches!(exposure, Exposure::Exported | Exposure::Partly(..)));
    Ok((told(&found, files.len(), queries), is_well))
}

/// All that may be named.
struct Vocabulary<'c> {
    metrics: Vec<(&'c Query, &'c Metric)>,
    /// What pgvigil says of itself, and what rules record: nothing turns it off.
    others: BTreeSet<String>,
    prefixes: BTreeSet<String>,
}

impl<'c> Vocabulary<'c> {
    fn new(catalog: &'c Catalog, records: BTreeSet<String>) -> Self {
        let metrics: Vec<(&Query, &Metric)> =
            catalog.queries().flat_map(|query| query.metrics.iter().map(move |metric| (query.as_ref(), metric))).collect();
        let own = described::engine().into_iter().flat_map(|metric| {
            let of_histogram = ["_bucket", "_sum", "_count"].iter().filter(|_| metric.kind == "histogram");
            let of_histogram: Vec<String> = of_histogram.map(|end| format!("{}{end}", metric.name)).collect();
            of_histogram.into_iter().chain([metric.name])
        });
        let mut others: BTreeSet<String> = own.collect();
        let first = |name: &str| name.split_once('_').map(|(first, _)| format!("{first}_"));
        // Of the engine's metrics only these: every program has a `process_start_time_seconds`.
        let prefixes = metrics.iter().map(|(_, metric)| metric.name.as_str()).chain(["pgvigil_"]).filter_map(first).collect();
        others.extend(rules::records().map(str::to_owned));
        others.extend(records);
        Self { metrics, others, prefixes }
    }

    /// Whether a name looks like a metric of pgvigil's. One with a colon is recorded by a rule, whose own expression counts.
    fn is_ours(&self, name: &str) -> bool {
        let prefix = |prefix: &String| name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest != "*");
        !name.contains(':') && self.prefixes.iter().any(prefix)
    }

    fn exposure(&self, name: &str) -> Exposure {
        let glob = if name.contains('*') { Glob::new(name).ok() } else { None };
        let matches = |metric: &str| glob.as_ref().map_or(metric == name, |glob| glob.matches(metric));
        let found: Vec<_> = self.metrics.iter().filter(|(_, metric)| matches(&metric.name)).collect();
        let others = self.others.iter().filter(|other| matches(other)).count();
        let exported = others + found.iter().filter(|(query, metric)| query.enabled && metric.exported).count();
        let all = others + found.len();
        if exported > 0 {
            return if glob.is_some() && exported < all { Exposure::Partly(exported, all) } else { Exposure::Exported };
        }
        let queries = |is_on: bool| found.iter().filter(|(query, _)| query.enabled == is_on).map(|(query, _)| query.name.clone()).collect();
        let (detail, off): (BTreeSet<String>, BTreeSet<String>) = (queries(true), queries(false));
        match (detail.is_empty(), off.is_empty()) {
            (false, _) => Exposure::Detail(detail),
            (true, false) => Exposure::Off(off),
            (true, true) => Exposure::Unknown(self.nearest(name)),
        }
    }

    /// The name that is most like this one, if it differs by a slip.
    fn nearest(&self, name: &str) -> Option<String> {
        let known = self.metrics.iter().map(|(_, metric)| metric.name.as_str()).chain(self.others.iter().map(String::as_str));
        let likeness = known.map(|known| (strsim::normalized_damerau_levenshtein(name, known), known));
        let best = likeness.filter(|(likeness, _)| *likeness > 0.85).max_by(|one, other| one.0.total_cmp(&other.0));
        best.map(|(_, known)| known.to_owned())
    }
}

/// How many places of one name are shown.
const PLACES: usize = 3;

fn told(found: &[(String, Exposure, BTreeSet<String>)], files: usize, queries: &Queries) -> String {
    let count = |is: fn(&Exposure) -> bool| found.iter().filter(|(_, exposure, _)| is(exposure)).count();
    let mut out = format!(
        "{} names of pgvigil's metrics in {files} file{}: {} exported, {} need detail, {} need a query that is off, {} do not exist\n",
        found.len(),
        if files == 1 { "" } else { "s" },
        count(|it| matches!(it, Exposure::Exported | Exposure::Partly(..))),
        count(|it| matches!(it, Exposure::Detail(_))),
        count(|it| matches!(it, Exposure::Off(_))),
        count(|it| matches!(it, Exposure::Unknown(_))),
    );
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    for (name, exposure, places) in found {
        let what = match exposure {
            Exposure::Exported => continue,
            Exposure::Partly(exported, all) => format!("note: {name}: {exported} of the {all} metrics that it matches are exported"),
            Exposure::Detail(queries) => format!("needs detail: {name} ({})", list(queries)),
            Exposure::Off(queries) => format!("off: {name} ({})", list(queries)),
            Exposure::Unknown(None) => format!("does not exist: {name}"),
            Exposure::Unknown(Some(nearest)) => format!("does not exist: {name}; did you mean {nearest}?"),
        };
        let _ = writeln!(out, "\n{what}");
        for place in places.iter().take(PLACES) {
            let _ = writeln!(out, "    {place}");
        }
        if places.len() > PLACES {
            let _ = writeln!(out, "    and {} more", places.len() - PLACES);
        }
    }
    out + &remedy(found, queries)
}

/// The lines of the configuration that bring back what is missing.
fn remedy(found: &[(String, Exposure, BTreeSet<String>)], queries: &Queries) -> String {
    let quoted = |name: &str| if name.contains('*') { format!("\"{name}\"") } else { name.to_owned() };
    let detail: Vec<String> = found.iter().filter(|(_, it, _)| matches!(it, Exposure::Detail(_))).map(|(name, ..)| quoted(name)).collect();
    let mut off = BTreeSet::new();
    for (_, exposure, _) in found {
        if let Exposure::Off(queries) = exposure {
            off.extend(queries.iter().cloned());
        }
    }
    let mut out = String::new();
    if detail.is_empty() && off.is_empty() {
        return out;
    }
    out.push_str("\nThe configuration that exports them:\n\nqueries:\n");
    if !detail.is_empty() {
        let before = queries.detail.iter().flat_map(Detail::patterns).map(|pattern| format!("\"{pattern}\""));
        let _ = writeln!(out, "  detail: [{}]", before.chain(detail).collect::<Vec<_>>().join(", "));
    }
    let (disabled, off): (Vec<String>, Vec<String>) = off.into_iter().partition(|query| queries.disable.iter().any(|it| it.matches(query)));
    for query in disabled {
        let _ = writeln!(out, "  # remove the glob of `disable` that matches {query}");
    }
    if !off.is_empty() {
        out.push_str("  override:\n");
    }
    for query in off {
        let _ = writeln!(out, "    \"{query}\": {{ enabled: true }}");
    }
    out
}

#[cfg(test)]
mod tests;
