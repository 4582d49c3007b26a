//! All metrics that rules and dashboards may read of pgvigil, and on which servers each is exported.

use std::collections::{BTreeMap, BTreeSet};

use crate::listing::described;
use crate::query::catalog::Catalog;
use crate::query::glob::Glob;
use crate::rules;
use crate::settings::{ServerKind, Settings};
use crate::telemetry::foreign;

/// What a name is to this configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exposure {
    Exported,
    /// A glob of which some metrics are exported, out of so many.
    Partly(usize, usize),
    /// Exported, but not by these servers, although they are of the kind that has it.
    NotBy(BTreeSet<String>),
    /// Detail that is not asked for, of these queries.
    Detail(BTreeSet<String>),
    /// Queries that are off.
    Off {
        queries: BTreeSet<String>,
        /// Whether the metric is detail, too, and not asked for.
        is_detail: bool,
    },
    /// There is no such metric; perhaps another one is meant.
    Unknown(Option<String>),
}

/// Where a metric is exported, and why it is not elsewhere.
#[derive(Debug, Default)]
struct Offer {
    queries: BTreeSet<String>,
    is_exported: bool,
    /// The servers that do not export it.
    without: BTreeSet<String>,
    is_on: bool,
    is_wanted: bool,
}

impl Offer {
    fn add(&mut self, query: &str, server: Option<&str>, is_on: bool, is_wanted: bool) {
        self.queries.insert(query.to_owned());
        if is_on && is_wanted {
            self.is_exported = true;
        } else {
            self.without.extend(server.map(str::to_owned));
        }
        self.is_on |= is_on;
        self.is_wanted |= is_wanted;
    }
}

/// All that may be named.
pub struct Vocabulary {
    offers: BTreeMap<String, Offer>,
    /// What pgvigil says of itself, and what rules record: nothing turns it off.
    others: BTreeSet<String>,
    prefixes: BTreeSet<String>,
}

impl Vocabulary {
    /// With what these rules of an operator's record.
    pub fn new(settings: &Settings, catalog: &Catalog, records: BTreeSet<String>) -> Self {
        let mut offers = BTreeMap::<String, Offer>::new();
        for kind in [ServerKind::Postgres, ServerKind::PgBouncer] {
            let names: Vec<&str> =
                settings.servers.iter().filter(|server| server.kind == kind).map(|server| server.name.as_str()).collect();
            // Of a kind that is not configured, as it would be.
            let servers = if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
            for server in servers {
                let queries = || catalog.of(server.unwrap_or_default()).filter(|query| ServerKind::of(query.scope) == kind);
                for query in queries() {
                    for metric in &query.metrics {
                        offers.entry(metric.name.clone()).or_default().add(&query.name, server, query.enabled, metric.exported);
                    }
                }
                let is_asked = queries().any(|query| query.name.starts_with(foreign::QUERIES) && query.runs());
                for (name, ..) in foreign::OF_SERVERS.iter().filter(|_| kind == ServerKind::Postgres) {
                    offers.entry((*name).to_owned()).or_default().add(&format!("{}*", foreign::QUERIES), server, is_asked, true);
                }
            }
        }
        let own = described::engine().into_iter().filter(|metric| !offers.contains_key(&metric.name)).flat_map(|metric| {
            let ends: &[&str] = if metric.kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            ends.iter().map(|end| format!("{}{end}", metric.name)).collect::<Vec<_>>()
        });
        let others = own.chain(rules::records().map(str::to_owned)).chain(records).collect();
        let first = |name: &str| name.split_once('_').map(|(first, _)| format!("{first}_"));
        // Of the engine's metrics only these: every program has a `process_start_time_seconds`.
        let prefixes = offers.keys().map(String::as_str).chain(["pgvigil_"]).filter_map(first).collect();
        Self { offers, others, prefixes }
    }

    /// Whether a name looks like a metric of pgvigil's. One with a colon is recorded by a rule, whose own expression counts.
    pub fn is_ours(&self, name: &str) -> bool {
        let prefix = |prefix: &String| name.strip_prefix(prefix.as_str()).is_some_and(|rest| rest != "*");
        !name.contains(':') && self.prefixes.iter().any(prefix)
    }

    /// What this configuration does with a name, or with what a glob matches.
    pub fn exposure(&self, name: &str) -> Exposure {
        let glob = if name.contains('*') { Glob::new(name).ok() } else { None };
        let matches = |metric: &str| glob.as_ref().map_or(metric == name, |glob| glob.matches(metric));
        let found: Vec<&Offer> = self.offers.iter().filter(|(metric, _)| matches(metric)).map(|(_, offer)| offer).collect();
        let others = self.others.iter().filter(|other| matches(other)).count();
        let (exported, all) = (others + found.iter().filter(|offer| offer.is_exported).count(), others + found.len());
        let without: BTreeSet<String> = found.iter().flat_map(|offer| &offer.without).cloned().collect();
        let queries = |of: &[&Offer]| of.iter().flat_map(|offer| &offer.queries).cloned().collect();
        let (on, off): (Vec<&Offer>, Vec<&Offer>) = found.iter().partition(|offer| offer.is_on);
        match (exported, &glob) {
            (0, _) if !on.is_empty() => Exposure::Detail(queries(&on)),
            (0, _) if !off.is_empty() => Exposure::Off { queries: queries(&off), is_detail: !off.iter().any(|offer| offer.is_wanted) },
            (0, _) => Exposure::Unknown(self.nearest(name)),
            (_, Some(_)) if exported < all => Exposure::Partly(exported, all),
            (_, None) if !without.is_empty() => Exposure::NotBy(without),
            _ => Exposure::Exported,
        }
    }

    /// The name that is most like this one, if it differs by a slip.
    fn nearest(&self, name: &str) -> Option<String> {
        let known = self.offers.keys().chain(&self.others);
        let likeness = known.map(|known| (strsim::normalized_damerau_levenshtein(name, known), known));
        let best = likeness.filter(|(likeness, _)| *likeness > 0.85).max_by(|one, other| one.0.total_cmp(&other.0));
        best.map(|(_, known)| known.clone())
    }
}
