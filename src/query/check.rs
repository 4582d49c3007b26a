//! From the syntax of a query file to its meaning, with every error at once. Its columns are in [`columns`], its SQL in [`bodies`], its ranking in [`ranking`]; [`fields`] reads values.

mod bodies;
mod columns;
mod fields;
mod ranking;

use std::time::Duration;

use super::copy::Table;
use super::glob::Glob;
use super::header::{self, Parsed};
use super::need::{Need, Needed};
use super::rows::Rows;
use super::version::{Version, Versions};
use super::{Cost, Counted, Query, Remedy, Role, Scope};
use crate::diagnostic::{Diagnostic, Source};

/// The oldest major that pgvigil speaks with.
pub const OLDEST: Version = Version::major(13);

/// The oldest `PgBouncer` that pgvigil speaks with.
pub const OLDEST_PGBOUNCER: Version = Version { major: 1, minor: 18 };

/// What a query may be asked of.
const SCOPES: [(&str, Scope); 4] =
    [("server", Scope::Server), ("database", Scope::Database), ("pgbouncer", Scope::PgBouncer), ("host", Scope::Host)];

/// What a query gets that does not name a timeout.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Every key that a header may have.
const KEYS: [&str; 22] = [
    "about",
    "enabled",
    "detail",
    "scope",
    "databases",
    "role",
    "as",
    "cost",
    "interval",
    "timeout",
    "needs",
    "limit",
    "rank",
    "rows",
    "covers",
    "naming",
    "label",
    "gauge",
    "counter",
    "copy",
    "remedy",
    "sql",
];

/// Reads one query file. `name` is `area/name`.
///
/// # Errors
/// All that is wrong with the file.
pub fn query(name: &str, source: Source<'_>) -> Result<Query, Vec<Diagnostic>> {
    let (parsed, errors) = header::parse(source);
    let mut reader = FileReader { source, errors };
    let query = reader.query(name, &parsed);
    if reader.errors.is_empty() { Ok(query) } else { Err(reader.errors) }
}

struct FileReader<'a> {
    source: Source<'a>,
    errors: Vec<Diagnostic>,
}

impl FileReader<'_> {
    fn query(&mut self, name: &str, parsed: &Parsed) -> Query {
        for field in &parsed.fields {
            if !KEYS.contains(&field.key.text.as_str()) {
                let error = self.source.error(field.key.span.clone(), format!("unknown key `{}`", field.key.text));
                self.errors.push(error.suggest(&field.key.text, KEYS));
            }
        }
        let scope = self.choice(parsed, "scope", Scope::Server, &SCOPES);
        let (counted, covers) = self.covers(parsed, scope);
        let role = self.choice(parsed, "role", Role::Any, &[("any", Role::Any), ("primary", Role::Primary), ("standby", Role::Standby)]);
        let cost = self.choice(parsed, "cost", Cost::Low, &[("low", Cost::Low), ("medium", Cost::Medium), ("high", Cost::High)]);
        let interval = self.required(parsed, "interval", "10s").and_then(|field| self.duration(field)).unwrap_or(Duration::MAX);
        let timeout = self.single(parsed, "timeout").and_then(|field| self.duration(field)).unwrap_or(TIMEOUT.min(interval));
        if timeout > interval {
            let place = self.single(parsed, "timeout").map_or(0..0, |field| field.value.span.clone());
            self.error(place, "the timeout must not exceed the interval", "a run must end before the next one is due");
        }
        let mut query = Query {
            name: name.to_owned(),
            path: self.source.path.to_owned(),
            text: self.source.text.to_owned(),
            about: self.required(parsed, "about", "One row per …").map(|field| field.value.text.clone()).unwrap_or_default(),
            scope,
            role,
            reader: self.reader(parsed),
            cost,
            interval,
            timeout,
            limit: self.required(parsed, "limit", "500 series").and_then(|field| self.limit(field)).unwrap_or_default(),
            enabled: self.choice(parsed, "enabled", true, &[("yes", true), ("no", false)]),
            needs: self.needs(parsed),
            counted,
            covers,
            labels: Vec::new(),
            metrics: Vec::new(),
            rows: Rows::of(&[], false),
            copies: self.copies(parsed),
            remedy: self.remedy(parsed),
            rank: None,
            databases: self.databases(parsed, scope),
            bodies: Vec::new(),
        };
        // Versions of an extension can be counted only where it is.
        if let Counted::Extension(name) = &query.counted {
            let needed = Needed { need: Need::Extension(name.clone()), versions: Versions::ALL };
            if !query.needs.contains(&needed) {
                query.needs.push(needed);
            }
        }
        if !scope.is_sql() {
            for field in
                parsed.fields.iter().filter(|field| ["role", "as", "needs", "copy", "remedy", "rank"].contains(&field.key.text.as_str()))
            {
                let message = format!("`{}` has no meaning in scope {}", field.key.text, scope.as_str());
                self.error(
                    field.key.span.clone(),
                    message,
                    "remove the line; only a PostgreSQL server has roles, needs, remedies and rankings",
                );
            }
        }
        self.columns(parsed, &mut query);
        query.rows = self.rows(parsed, &query);
        self.bodies(parsed, &mut query);
        self.rank(parsed, &mut query);
        query
    }

    /// `-- covers: 14..: reason` or `-- covers: extension NAME 1.8..: reason`.
    fn covers(&mut self, parsed: &Parsed, scope: Scope) -> (Counted, Versions) {
        let from = match scope {
            Scope::Server | Scope::Database => OLDEST,
            Scope::PgBouncer => OLDEST_PGBOUNCER,
            // A machine has no version that a file could count.
            Scope::Host => Versions::ALL.from,
        };
        let default = Versions { from, to: None };
        let Some(field) = self.single(parsed, "covers") else {
            return (Counted::Server, default);
        };
        let span = field.value.span.clone();
        let Some((what, reason)) = field.value.text.split_once(':') else {
            self.error(span, "`covers` gives no reason", "write `-- covers: 14..: why not the others`");
            return (Counted::Server, default);
        };
        if reason.trim().is_empty() {
            self.error(span.clone(), "`covers` gives no reason", "after the second colon, say why the other versions are not covered");
        }
        match what.split_whitespace().collect::<Vec<_>>().as_slice() {
            [range] => (Counted::Server, self.versions(range, span, default)),
            ["extension", name, range] => (Counted::Extension((*name).to_owned()), self.versions(range, span, Versions::ALL)),
            _ => {
                self.error(span, format!("`{what}` is not valid for `covers`"), "write a range, or `extension NAME RANGE`");
                (Counted::Server, default)
            }
        }
    }

    /// `-- needs: role NAME`, or `-- needs ..14: setting NAME = VALUE` where only some majors need it.
    fn needs(&mut self, parsed: &Parsed) -> Vec<Needed> {
        let mut needs = Vec::new();
        for field in parsed.fields.iter().filter(|field| field.key.text == "needs") {
            match field.value.text.parse() {
                Ok(need) => {
                    let versions = self.versions(&field.argument.text, field.argument.span.clone(), Versions::ALL);
                    needs.push(Needed { need, versions });
                }
                Err(hint) => self.error(field.value.span.clone(), format!("`{}` is not a need", field.value.text), hint),
            }
        }
        needs
    }

    /// `-- databases: shop, app_*`.
    fn databases(&mut self, parsed: &Parsed, scope: Scope) -> Option<Vec<Glob>> {
        let field = self.single(parsed, "databases")?;
        if scope != Scope::Database {
            self.error(field.key.span.clone(), "`databases` needs `scope: database`", "add `-- scope: database`, or remove the line");
        }
        let mut globs = Vec::new();
        // A comma within braces belongs to the glob.
        let mut depth = 0_usize;
        let is_end = |c: char| {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        };
        for text in field.value.text.split(is_end).map(str::trim) {
            match Glob::new(text) {
                Ok(glob) => globs.push(glob),
                Err((message, hint)) => self.error(field.value.span.clone(), message, hint),
            }
        }
        Some(globs)
    }

    /// `-- rows: 16 a database`; without the line, what the labels say.
    fn rows(&mut self, parsed: &Parsed, query: &Query) -> Rows {
        let labels: Vec<&str> = query.labels.iter().map(|label| label.name.as_str()).collect();
        let by_labels = Rows::of(&labels, query.scope == Scope::Database);
        let Some(field) = self.single(parsed, "rows") else { return by_labels };
        field.value.text.parse().unwrap_or_else(|form| {
            self.error(field.value.span.clone(), format!("`{}` is not a number of rows", field.value.text), form);
            by_labels
        })
    }

    /// `-- as: reader`.
    fn reader(&mut self, parsed: &Parsed) -> bool {
        let Some(field) = self.single(parsed, "as") else { return false };
        if field.value.text != "reader" {
            let hint = "write `-- as: reader`, or remove the line";
            self.error(field.value.span.clone(), format!("`{}` is not a known login", field.value.text), hint);
        }
        true
    }

    /// `-- copy TABLE: COLUMN TYPE, ...`.
    fn copies(&mut self, parsed: &Parsed) -> Vec<Table> {
        let mut copies: Vec<Table> = Vec::new();
        for field in parsed.fields.iter().filter(|field| field.key.text == "copy") {
            match Table::parse(field) {
                Ok(copy) if copies.iter().any(|other| other.table == copy.table) => {
                    self.error(field.argument.span.clone(), format!("`{}` is copied twice", copy.table), "name all columns in one line");
                }
                Ok(copy) => copies.push(copy),
                Err((message, hint)) => self.error(field.key.span.start..field.value.span.end, message, hint),
            }
        }
        copies
    }

    /// `-- remedy: COLUMN`.
    fn remedy(&mut self, parsed: &Parsed) -> Option<Remedy> {
        let column = &self.single(parsed, "remedy")?.value;
        let is_name = !column.text.is_empty() && column.text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if !is_name {
            let hint = "write `-- remedy: remedy`, and in the SQL `... AS remedy`";
            self.error(column.span.clone(), format!("`{}` is not a column name of lower case letters and `_`", column.text), hint);
        }
        Some(Remedy { column: column.text.clone(), span: column.span.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Every text is a query or gives errors that point into it, and never anything else.
        #[test]
        fn any_text_is_survived(
            lines in proptest::collection::vec(
                "-- (about|scope|role|interval|timeout|limit|rank|needs|covers|enabled|detail|label|gauge|counter|sql|x)( [a-z_]{0,4}( \\[[0-9.=]{0,5}\\]?)?( detail)?)?( = [a-z+/|?= 0-9]{0,12})?:? ?[a-z0-9. é]{0,9}",
                0..9,
            ),
            body in "(SHOW|SELECT|-- sql:|;|\\)|é| |\n){0,6}",
        ) {
            let text = format!("{}\n{body}", lines.join("\n"));
            if let Err(errors) = query("a/b", Source { path: "a/b.sql", text: &text }) {
                proptest::prop_assert!(!errors.is_empty());
                for error in errors {
                    let lines = text.lines().count().max(1);
                    proptest::prop_assert!(error.place.as_ref().is_none_or(|place| (1..=lines).contains(&place.line)), "{}", error);
                    proptest::prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
