//! What the configuration says about the queries: where more of them are, which do not run, which run otherwise, and which detail is exported.

use std::path::PathBuf;
use std::time::Duration;

use super::detail::Detail;
use super::pattern::{Pattern, patterns};
use crate::document::table::{Entry, Table};

/// The operator's will for the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queries {
    /// A directory of query files that add to the bundled ones, or replace those of the same name.
    pub directory: Option<PathBuf>,
    /// The queries that do not run.
    pub disable: Vec<Pattern>,
    /// What is exported of that which the files have as detail.
    pub detail: Detail,
    /// The queries that run otherwise than their files say, in the order of the file. Where several match, the last one wins, key by key.
    pub overrides: Vec<(Pattern, Override)>,
}

/// What is set here takes the place of what the query's file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    /// How often.
    pub interval: Option<Duration>,
    /// How long at most.
    pub timeout: Option<Duration>,
    /// How many series at most.
    pub limit: Option<usize>,
    /// Whether at all.
    pub enabled: Option<bool>,
    /// In which databases.
    pub databases: Option<Vec<Pattern>>,
}

impl Queries {
    pub(super) fn read(mut table: Table<'_>) -> Self {
        let queries = Self {
            directory: table.take("directory").and_then(Entry::file),
            disable: table.take("disable").map(patterns).unwrap_or_default(),
            detail: table.take("detail").map(Detail::read).unwrap_or_default(),
            overrides: table.take("override").and_then(Entry::table).map(overrides).unwrap_or_default(),
        };
        table.finish();
        queries
    }

    /// What the overrides make of the query of this name, together.
    #[must_use]
    pub fn for_query(&self, name: &str) -> Override {
        let mut result = Override::default();
        for (_, next) in self.overrides.iter().filter(|(pattern, _)| pattern.matches(name)) {
            result = Override {
                interval: next.interval.or(result.interval),
                timeout: next.timeout.or(result.timeout),
                limit: next.limit.or(result.limit),
                enabled: next.enabled.or(result.enabled),
                databases: next.databases.clone().or(result.databases),
            };
        }
        if self.disable.iter().any(|pattern| pattern.matches(name)) {
            result.enabled = Some(false);
        }
        result
    }
}

fn overrides(table: Table<'_>) -> Vec<(Pattern, Override)> {
    table.entries().into_iter().filter_map(one_override).collect()
}

fn one_override(entry: Entry<'_>) -> Option<(Pattern, Override)> {
    let key = entry.key_origin();
    let document = entry.document();
    let pattern = entry.key().parse::<Pattern>().map_err(|fault| document.report(key.fault(fault))).ok();
    let mut table = entry.table()?.open();
    let timeout = table.take("timeout");
    let timeout_origin = timeout.as_ref().map(Entry::origin);
    let settings = Override {
        interval: table.take("interval").and_then(Entry::duration),
        timeout: timeout.and_then(Entry::duration),
        limit: table.take("limit").and_then(Entry::count),
        enabled: table.take("enabled").and_then(Entry::flag),
        databases: table.take("databases").map(patterns),
    };
    if let (Some(interval), Some(timeout), Some(origin)) = (settings.interval, settings.timeout, timeout_origin)
        && timeout > interval
    {
        document.report(origin.error("the timeout must not exceed the interval"));
    }
    table.finish();
    Some((pattern?.at(key), settings))
}
