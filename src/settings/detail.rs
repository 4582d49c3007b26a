//! Which metrics are exported of those that the query files have as detail: none, all, or some by glob.

use super::pattern::{Pattern, patterns};
use crate::document::table::Entry;

/// The operator's will for detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    All,
    /// What these globs match: a query by its name, or a metric by its own. A query's name has a slash and a metric's has none.
    Only(Vec<Pattern>),
}

impl Detail {
    pub(super) fn read(entry: Entry<'_>) -> Self {
        match entry.switch() {
            None if entry.is_unsure() => Self::default(),
            Some(true) => Self::All,
            Some(false) => Self::default(),
            None if entry.is_list() => Self::Only(patterns(entry)),
            None => {
                let error = entry.origin().hidden().error("expected true, false or a list of globs");
                entry.document().report(error.hint("write `true`, or names such as [\"pg_stat_io_*\", \"tables/*\"]"));
                Self::default()
            }
        }
    }

    /// Whether this metric of this query is exported although it is detail.
    #[must_use]
    pub fn includes(&self, query: &str, metric: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(query) || pattern.matches(metric)),
        }
    }

    /// Its globs.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        match self {
            Self::All => &[],
            Self::Only(patterns) => patterns.as_slice(),
        }
        .iter()
    }
}

/// None of it.
impl Default for Detail {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fs;

    use tempfile::TempDir;

    use crate::library;
    use crate::settings::Settings;

    fn load(queries: &str, variable: &str) -> Result<Settings, String> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("pgvigil.yml");
        fs::write(&path, format!("servers:\n  - {{ name: a, url: postgres://h }}\nqueries: {{ {queries} }}\n")).unwrap();
        let environment = HashMap::from([("PGVIGIL_QUERIES__DETAIL".to_owned(), variable.to_owned())]);
        let shown =
            |errors: Vec<crate::diagnostic::Diagnostic>| errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; ");
        Settings::load(Some(&path), &environment).map_err(shown)
    }

    /// How many metrics are exported of all that are detail.
    fn exported(queries: &str, variable: &str) -> (usize, usize) {
        let catalog = library::catalog(&load(queries, variable).unwrap()).unwrap();
        let detail: Vec<bool> =
            catalog.queries().flat_map(|query| &query.metrics).filter(|metric| metric.detail).map(|metric| metric.exported).collect();
        (detail.iter().filter(|exported| **exported).count(), detail.len())
    }

    #[test]
    fn detail_is_off_on_or_chosen_by_name() {
        let (none, all) = exported("", "");
        assert!(none == 0 && all > 100, "{none} of {all}");
        assert_eq!(exported("detail: false", ""), (0, all));
        assert_eq!(exported("detail: true", ""), (all, all));
        assert_eq!(exported("detail: [\"*\"]", ""), (all, all));
        assert_eq!(exported("detail: true", "false"), (0, all), "a variable overrides the file");
        assert_eq!(exported("", "true"), (all, all));
        assert_eq!(exported("detail: [pg_stat_user_tables_seq_scan_total]", ""), (1, all));
        let (query, _) = exported("detail: [tables/stat]", "");
        assert!(query > 1 && query < all, "{query}");
        assert_eq!(exported("", "tables/stat, pg_stat_user_tables_*").0, query, "the query's metrics");
    }

    #[test]
    fn what_is_no_choice_is_an_error() {
        assert_eq!(load("detail: pg_x", "").unwrap_err(), "expected true, false or a list of globs");
        assert_eq!(load("detail: 1", "").unwrap_err(), "expected true, false or a list of globs");
        assert!(load("detail: [\"[a\"]", "").unwrap_err().starts_with("bad pattern"));
        let errors = library::catalog(&load("detail: [pg_stat_nothing_*]", "").unwrap()).unwrap_err();
        assert_eq!(errors[0].message, "no query and no metric matches `pg_stat_nothing_*`");
    }
}
