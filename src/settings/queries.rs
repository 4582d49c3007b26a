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
    /// What is exported of that which the files have as detail; none of it if nothing is said.
    pub detail: Option<Detail>,
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
        let directory = table.take("directory").and_then(|entry| {
            if entry.is_unsure() {
                let error = entry.key_origin().error("the directory of the query files is not known here");
                entry.document().report(error.hint("set the variable in it: query files are no secret, and are checked"));
                return None;
            }
            entry.file()
        });
        Self { directory, ..Self::changes(table) }
    }

    /// What is said of the queries of one server, or in the defaults of all.
    pub(super) fn of_server(mut table: Table<'_>) -> Self {
        if let Some(entry) = table.take("directory") {
            let error = entry.key_origin().error("`directory` is not for a single server");
            let hint =
                "write it under the global `queries`: its files run on every server, except where `disable` or `override` say otherwise";
            entry.document().report(error.hint(hint));
        }
        Self::changes(table)
    }

    fn changes(mut table: Table<'_>) -> Self {
        let queries = Self {
            directory: None,
            disable: table.take("disable").map(patterns).unwrap_or_default(),
            detail: table.take("detail").map(Detail::read),
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
            result = next.clone().over(result);
        }
        if self.disable.iter().any(|pattern| pattern.matches(name)) {
            result.enabled = Some(false);
        }
        result
    }
}

impl Override {
    /// This, and where it says nothing what was said before.
    #[must_use]
    pub fn over(self, before: Self) -> Self {
        Self {
            interval: self.interval.or(before.interval),
            timeout: self.timeout.or(before.timeout),
            limit: self.limit.or(before.limit),
            enabled: self.enabled.or(before.enabled),
            databases: self.databases.or(before.databases),
        }
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
