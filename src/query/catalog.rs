//! All query files together: the bundled ones, an operator's over them, and what must hold between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::check;
use super::rank::{Rank, RankBy};
use super::{Kind, Metric, Query, Scope};
use crate::diagnostic::{Diagnostic, Source};

/// How many parts a query's name has at most: area, group and name.
pub const DEPTH: usize = 3;

/// One query file, not yet read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `area/name` or `area/group/name`.
    pub name: String,
    /// Where a person finds it.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it is a part of the program. What it names is looked at when that is tested, and not on each run.
    pub bundled: bool,
}

/// All queries, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    queries: BTreeMap<String, Arc<Query>>,
    /// The same as they run on the servers, by name, of which something else is said.
    of_servers: BTreeMap<String, BTreeMap<String, Arc<Query>>>,
    families: BTreeMap<String, Family>,
}

/// What HELP and TYPE say of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Family {
    /// Its type.
    pub kind: Kind,
    /// Its help.
    pub help: String,
    /// Of a counter `x_total`: whether a query that runs exports an `x`, which then has the name that `OpenMetrics` gives this family.
    pub stem_is_taken: bool,
}

impl Catalog {
    /// Reads all files; a later file replaces an earlier one of the same name.
    ///
    /// # Errors
    /// All that is wrong within the files and between them.
    pub fn new(files: &[File]) -> Result<Self, Vec<Diagnostic>> {
        let by_name: BTreeMap<&str, &File> = files.iter().map(|file| (file.name.as_str(), file)).collect();
        let mut catalog = Self::default();
        let mut errors = Vec::new();
        for (name, file) in by_name {
            if let Some(error) = bad_name(file) {
                errors.push(error);
            }
            match check::query(name, Source { path: &file.path, text: &file.text }) {
                Ok(mut query) => {
                    if file.bundled {
                        query.bodies.iter_mut().for_each(|body| body.names.clear());
                    }
                    catalog.queries.insert(name.to_owned(), Arc::new(query));
                }
                Err(found) => errors.extend(found),
            }
        }
        errors.extend(clashes(&catalog.queries));
        errors.extend(unlike(&catalog.queries));
        catalog.families = families([&catalog.queries]);
        if errors.is_empty() { Ok(catalog) } else { Err(errors) }
    }

    /// The same with one more query, or with another one of its name.
    #[must_use]
    pub fn with(mut self, query: Query) -> Self {
        self.queries.insert(query.name.clone(), Arc::new(query));
        self.families = families([&self.queries]);
        self
    }

    /// Every query, ordered by name.
    pub fn queries(&self) -> impl Iterator<Item = &Arc<Query>> {
        self.queries.values()
    }

    /// Every query as it runs on the server of this name.
    pub fn of(&self, server: &str) -> impl Iterator<Item = &Arc<Query>> {
        self.of_servers.get(server).unwrap_or(&self.queries).values()
    }

    /// The same where the queries run otherwise on these servers.
    #[must_use]
    pub fn with_servers(mut self, servers: impl IntoIterator<Item = (String, Self)>) -> Self {
        self.of_servers = servers.into_iter().map(|(name, catalog)| (name, catalog.queries)).collect();
        self.families = families(std::iter::once(&self.queries).chain(self.of_servers.values()));
        self
    }

    /// What HELP and TYPE say of each metric, by its name.
    #[must_use]
    pub const fn families(&self) -> &BTreeMap<String, Family> {
        &self.families
    }

    /// The same catalogue with each query changed, or left out where `change` gives none.
    #[must_use]
    pub fn map(&self, change: impl Fn(&Query) -> Option<Query>) -> Self {
        let queries = self.queries.iter().filter_map(|(name, query)| Some((name.clone(), Arc::new(change(query)?)))).collect();
        let families = families([&queries]);
        Self { queries, of_servers: BTreeMap::new(), families }
    }
}

/// What HELP and TYPE say of every metric, also of those that no query which runs exports: a block of theirs may still be there.
fn families<'q>(catalogs: impl IntoIterator<Item = &'q BTreeMap<String, Arc<Query>>>) -> BTreeMap<String, Family> {
    let queries: Vec<&Arc<Query>> = catalogs.into_iter().flat_map(BTreeMap::values).collect();
    let running = queries.iter().filter(|query| query.runs());
    let exported: BTreeSet<&str> =
        running.flat_map(|query| &query.metrics).filter(|metric| metric.exported).map(|metric| metric.name.as_str()).collect();
    let mut families = BTreeMap::new();
    for metric in queries.iter().flat_map(|query| &query.metrics) {
        families.entry(metric.name.clone()).or_insert_with(|| Family {
            kind: metric.kind,
            help: metric.help.clone(),
            stem_is_taken: metric.name.strip_suffix("_total").is_some_and(|stem| exported.contains(stem)),
        });
    }
    families
}

/// One metric has one type and one help, and at most one file that can export it at a time.
fn clashes(queries: &BTreeMap<String, Arc<Query>>) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    // OpenMetrics names a counter's family without `_total`, so that a counter `pg_x_total` and a gauge `pg_x` cannot both be. With
    // another counter it shares the name's stem, but then both are of unknown type there.
    let mut owners: BTreeMap<&str, Vec<&Arc<Query>>> = BTreeMap::new();
    for query in queries.values() {
        let source = Source { path: &query.path, text: &query.text };
        for metric in &query.metrics {
            let others = owners.entry(metric.stem()).or_default();
            for other in others.iter().filter(|other| other.name != query.name) {
                let is_theirs =
                    |theirs: &&Metric| theirs.name == metric.name || theirs.stem() == metric.stem() && theirs.kind != metric.kind;
                let Some(theirs) = other.metrics.iter().find(is_theirs) else { continue };
                let error = |message: String| source.error(metric.span.clone(), message);
                if theirs.kind != metric.kind {
                    let message = format!(
                        "`{}` is a {} here and `{}` a {} in {}",
                        metric.name,
                        metric.kind.as_str(),
                        theirs.name,
                        theirs.kind.as_str(),
                        other.path
                    );
                    errors.push(error(message).hint("a metric has one type; rename one of them"));
                } else if other.role.meets(query.role) || other.scope != query.scope {
                    let message = format!("`{}` is also exported by {}", metric.name, other.path);
                    errors.push(
                        error(message).hint("two files may share a metric only if one is for the primary and the other for the standby"),
                    );
                } else if theirs.help != metric.help {
                    let message = format!("`{}` has a different help from the one in {}", metric.name, other.path);
                    errors.push(error(message).hint(format!("a metric has one meaning; the other help is: {}", theirs.help)));
                }
            }
            others.push(query);
        }
    }
    errors
}

/// A ranking can be like another one only if that has rows with the same labels.
fn unlike(queries: &BTreeMap<String, Arc<Query>>) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for query in queries.values() {
        let Some(Rank { by: RankBy::Query(name), span, .. }) = &query.rank else { continue };
        let error = |message: String| Source { path: &query.path, text: &query.text }.error(span.clone(), message);
        let leads = |query: &Query| query.rank.as_ref().is_some_and(|rank| matches!(rank.by, RankBy::Counter { .. }));
        let labels = |query: &Query| query.labels.iter().map(|label| label.name.clone()).collect::<Vec<_>>();
        let leaders = || queries.values().filter(|query| leads(query)).map(|query| query.name.as_str());
        match queries.get(name) {
            None => errors.push(error(format!("there is no query `{name}`")).suggest(name, leaders())),
            Some(leader) if !leads(leader) => {
                let hint = "name a query with a line `-- rank: 100 by NAME`, or rank by a counter of this file";
                errors.push(error(format!("`{name}` does not rank by a counter")).hint(hint));
            }
            Some(leader) if leader.scope != query.scope || labels(leader) != labels(query) => {
                let hint = "both need the same scope and the same labels in the same order";
                errors.push(error(format!("`{name}` has other rows than this query")).hint(hint));
            }
            Some(_) => {}
        }
    }
    errors
}

impl Metric {
    /// The name without the `_total` of a counter.
    fn stem(&self) -> &str {
        self.name.strip_suffix("_total").unwrap_or(&self.name)
    }
}

/// A query's name stands in metrics, logs and SQL comments, so it has a plain form.
fn bad_name(file: &File) -> Option<Diagnostic> {
    let plain = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
    };
    let good = (2..=DEPTH).contains(&file.name.split('/').count()) && file.name.split('/').all(plain);
    (!good).then(|| {
        Diagnostic::file(&file.path, format!("`{}` is not a valid query name", file.name))
            .hint("put the file at AREA/NAME.sql below the query directory; each part consists of lower case letters, digits, `_` and `-`")
    })
}

impl Query {
    /// Every label name that a sample of this query bears beside `server` and the constant ones.
    pub fn label_names(&self) -> impl Iterator<Item = &str> {
        let engine = (self.scope == Scope::Database).then_some("datname");
        engine.into_iter().chain(self.labels.iter().map(|label| label.name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, header: &str) -> File {
        let text = format!("-- about: A.\n-- interval: 10s\n-- limit: 5 series\n{header}\n-- sql:\nSELECT 1\n");
        File { name: name.into(), path: format!("{name}.sql"), text, bundled: false }
    }

    fn messages(files: &[File]) -> Vec<String> {
        Catalog::new(files).err().unwrap_or_default().into_iter().map(|error| error.message).collect()
    }

    #[test]
    fn a_later_file_replaces_an_earlier_one() {
        let catalog = Catalog::new(&[file("a/b", "-- gauge pg_x: X."), file("a/b", "-- gauge pg_y: Y.")]).unwrap();
        assert_eq!(catalog.families().keys().collect::<Vec<_>>(), ["pg_y"]);
    }

    #[test]
    fn one_metric_has_one_type_one_help_and_one_owner() {
        let two = |first: &str, second: &str| messages(&[file("a/one", first), file("a/two", second)]);
        assert_eq!(
            two("-- counter pg_x_total: X.", "-- gauge pg_x: X."),
            ["`pg_x` is a gauge here and `pg_x_total` a counter in a/one.sql"]
        );
        assert_eq!(two("-- gauge pg_x: X.", "-- gauge pg_x: X."), ["`pg_x` is also exported by a/one.sql"]);
        assert_eq!(two("-- role: primary\n-- gauge pg_x: X.", "-- role: standby\n-- gauge pg_x: X."), [""; 0]);
        assert_eq!(
            two("-- role: primary\n-- gauge pg_x: X.", "-- role: standby\n-- gauge pg_x: Y."),
            ["`pg_x` has a different help from the one in a/one.sql"]
        );
    }

    #[test]
    fn a_counter_of_another_convention_takes_the_stem_while_it_runs() {
        let foreign = "-- naming: foreign\n-- counter pg_x: X.";
        let catalog = Catalog::new(&[file("a/foreign", foreign), file("a/own", "-- counter pg_x_total: X.")]).unwrap();
        assert!(catalog.families()["pg_x_total"].stem_is_taken);
        assert!(!catalog.families()["pg_x"].stem_is_taken);
        let without = catalog.map(|query| Some(Query { enabled: query.name == "a/own", ..query.clone() }));
        assert!(!without.families()["pg_x_total"].stem_is_taken);
        assert_eq!(
            messages(&[file("a/foreign", foreign), file("a/own", "-- gauge pg_x: X.")]),
            ["`pg_x` is a gauge here and `pg_x` a counter in a/foreign.sql"]
        );
    }

    #[test]
    fn a_ranking_is_like_one_with_the_same_rows() {
        let leader = file("a/b", "-- rank: 1 by pg_x_total\n-- label l: L.\n-- counter pg_x_total: X.");
        let like = |more: &str| messages(&[leader.clone(), file("a/c", &format!("{more}\n-- counter pg_y_total: Y."))]);
        assert_eq!(like("-- rank: as a/b\n-- label l: L."), [""; 0]);
        assert_eq!(like("-- rank: as a/d\n-- label l: L."), ["there is no query `a/d`"]);
        assert_eq!(like("-- rank: as a/c\n-- label l: L."), ["`a/c` does not rank by a counter"]);
        assert_eq!(like("-- rank: as a/b\n-- label m: M."), ["`a/b` has other rows than this query"]);
        assert_eq!(like("-- rank: as a/b\n-- label l: L.\n-- scope: database"), ["`a/b` has other rows than this query"]);
    }

    #[test]
    fn a_name_has_a_plain_form() {
        assert_eq!(messages(&[file("b", "-- gauge pg_x: X.")]), ["`b` is not a valid query name"]);
        assert_eq!(messages(&[file("a/*/", "-- gauge pg_x: X.")]), ["`a/*/` is not a valid query name"]);
        assert_eq!(messages(&[file("a//b", "-- gauge pg_x: X.")]), ["`a//b` is not a valid query name"]);
        assert_eq!(messages(&[file("a/b/c", "-- gauge pg_x: X.")]), [""; 0]);
        assert_eq!(messages(&[file("a/b/c/d", "-- gauge pg_x: X.")]), ["`a/b/c/d` is not a valid query name"]);
    }
}
