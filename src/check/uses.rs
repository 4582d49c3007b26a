//! `pgvigil check --uses FILE...`: which of pgvigil's metrics an operator's own rules and dashboards read, and which of these this configuration does not
//! export: they are detail, their query is off, or there is no such metric.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`expressions`] | the expressions in a file of rules or a dashboard |
//! | [`names`](mod@names) | the names of metrics in an expression |
//! | [`vocabulary`] | all metrics, and on which servers each is exported |

mod expressions;
mod names;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use names::names;
use vocabulary::{Exposure, Vocabulary};

use crate::diagnostic::Diagnostic;
use crate::query::catalog::Catalog;
use crate::settings::{Detail, Queries, Settings};

/// What was found, and whether all of it is exported.
///
/// # Errors
/// Every file that cannot be read.
pub fn uses(files: &[PathBuf], settings: &Settings, catalog: &Catalog) -> Result<(String, bool), Vec<Diagnostic>> {
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
    let vocabulary = Vocabulary::new(settings, catalog, records);
    places.retain(|name, _| vocabulary.is_ours(name));
    let found: Vec<(String, Exposure, BTreeSet<String>)> =
        places.into_iter().map(|(name, places)| (name.clone(), vocabulary.exposure(&name), places)).collect();
    let is_well = found.iter().all(|(_, exposure, _)| is_there(exposure));
    Ok((told(&found, files.len(), settings), is_well))
}

/// Whether it is exported, by some servers at least.
const fn is_there(exposure: &Exposure) -> bool {
    matches!(exposure, Exposure::Exported | Exposure::Partly(..) | Exposure::NotBy(_))
}

/// How many places of one name are shown.
const PLACES: usize = 3;

fn told(found: &[(String, Exposure, BTreeSet<String>)], files: usize, settings: &Settings) -> String {
    let count = |is: fn(&Exposure) -> bool| found.iter().filter(|(_, exposure, _)| is(exposure)).count();
    let mut out = format!(
        "{} names of pgvigil's metrics in {files} file{}: {} exported, {} need detail, {} need a query that is off, {} do not exist\n",
        found.len(),
        if files == 1 { "" } else { "s" },
        count(is_there),
        count(|it| matches!(it, Exposure::Detail(_))),
        count(|it| matches!(it, Exposure::Off { .. })),
        count(|it| matches!(it, Exposure::Unknown(_))),
    );
    let list = |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
    for (name, exposure, places) in found {
        let what = match exposure {
            Exposure::Exported => continue,
            Exposure::Partly(exported, all) => format!("note: {name}: {exported} of the {all} metrics that it matches are exported"),
            Exposure::Detail(queries) => format!("needs detail: {name} ({})", list(queries)),
            Exposure::NotBy(servers) => format!("note: {name} is not exported by {}", list(servers)),
            Exposure::Off { queries, .. } => format!("off: {name} ({})", list(queries)),
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
    out + &remedy(found, settings)
}

/// The lines of the configuration that bring back what is missing. What `defaults` says counts more than the global `queries`.
fn remedy(found: &[(String, Exposure, BTreeSet<String>)], settings: &Settings) -> String {
    let quoted = |name: &str| if name.contains('*') { format!("\"{name}\"") } else { name.to_owned() };
    let needs_detail = |it: &Exposure| matches!(it, Exposure::Detail(_) | Exposure::Off { is_detail: true, .. });
    let detail: Vec<String> = found.iter().filter(|(_, it, _)| needs_detail(it)).map(|(name, ..)| quoted(name)).collect();
    let off: BTreeSet<&String> = found
        .iter()
        .flat_map(|(_, it, _)| if let Exposure::Off { queries, .. } = it { queries.iter().collect() } else { Vec::new() })
        .collect();
    let (defaults, global) = (&settings.default_queries, &settings.queries);
    let (place, indent, before) = if *defaults == Queries::default() {
        ("queries:", "  ", &global.detail)
    } else {
        ("defaults:\n  queries:", "    ", &defaults.detail)
    };
    let mut out = String::new();
    if !detail.is_empty() {
        let before =
            before.as_ref().or(global.detail.as_ref()).into_iter().flat_map(Detail::patterns).map(|pattern| format!("\"{pattern}\""));
        let _ = writeln!(out, "{indent}detail: [{}]", before.chain(detail).collect::<Vec<_>>().join(", "));
    }
    let is_disabled = |query: &&&String| [defaults, global].iter().any(|layer| layer.disable.iter().any(|it| it.matches(query)));
    let (disabled, off): (Vec<&String>, Vec<&String>) = off.iter().partition(|query| is_disabled(query));
    for query in disabled {
        let _ = writeln!(out, "{indent}# remove the glob of `disable` that matches {query}");
    }
    if !off.is_empty() {
        let _ = writeln!(out, "{indent}override:");
    }
    for query in off {
        let _ = writeln!(out, "{indent}  \"{query}\": {{ enabled: true }}");
    }
    if out.is_empty() { out } else { format!("\nThe configuration that exports them:\n\n{place}\n{out}") }
}

#[cfg(test)]
mod tests;
