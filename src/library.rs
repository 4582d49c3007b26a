//! Which query files there are: the bundled ones, the operator's over them, and what the configuration changes in them.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::diagnostic::Diagnostic;
use crate::document::mask::quoted;
use crate::files::{self, Writers};
use crate::listing::described;
use crate::query::catalog::{Catalog, DEPTH, File};
use crate::query::{Query, Scope};
use crate::settings::{Detail, Override, Pattern, Queries, ServerKind, Settings};

/// Name, shown path and text of every file below `queries/`, put in at build time.
const BUNDLED: &[(&str, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

/// The area of an operator's file that is in none.
const AREA: &str = "own";

/// Files and folders in an operator's directory, at most: many times what is bundled.
const ENTRIES: usize = 5_000;

/// The catalogue that `settings` ask for.
///
/// # Errors
/// All that is wrong with the files, and with what the configuration says about them.
pub fn catalog(settings: &Settings) -> Result<Catalog, Vec<Diagnostic>> {
    let mut files: Vec<File> = BUNDLED
        .iter()
        .map(|(name, path, text)| File { name: (*name).to_owned(), path: (*path).to_owned(), text: (*text).to_owned(), bundled: true })
        .collect();
    let mut errors = Vec::new();
    if let Some(directory) = &settings.queries.directory {
        match operators_files(directory) {
            Ok(found) => files.extend(found),
            Err(found) => errors.extend(found),
        }
    }
    match Catalog::new(&files) {
        Err(found) => errors.extend(found),
        Ok(catalog) => {
            for queries in [&settings.queries, &settings.default_queries] {
                errors.extend(unmatched(queries, &catalog, None));
            }
            errors.extend(clashing_labels(settings, &catalog));
            match on_servers(settings, &catalog) {
                Ok(catalog) if errors.is_empty() => return Ok(catalog),
                Ok(_) => {}
                Err(found) => errors.extend(found),
            }
        }
    }
    Err(errors)
}

/// Every `*.sql` as deep as a name goes, which ends a loop of links, too.
fn operators_files(directory: &Path) -> Result<Vec<File>, Vec<Diagnostic>> {
    let mut paths = Vec::new();
    let mut errors = Vec::new();
    let mut level = vec![directory.to_owned()];
    let mut left = ENTRIES;
    for _ in 0..DEPTH {
        let mut below = Vec::new();
        for directory in level {
            match entries(&directory, left) {
                Ok(found) => {
                    left -= found.len();
                    let (directories, files): (Vec<_>, Vec<_>) = found.into_iter().partition(|path| path.is_dir());
                    below.extend(directories);
                    paths.extend(files);
                }
                Err(error) => {
                    let message = format!("cannot read the query directory: {error}");
                    errors.push(Diagnostic::file(directory.display().to_string(), message));
                }
            }
        }
        level = below;
    }
    for path in paths.iter().filter(|path| is_of_postgres_exporter(path)) {
        let error = Diagnostic::file(path.display().to_string(), "queries of postgres_exporter, which pgvigil does not read");
        errors.push(error.hint("write each of them as a .sql file, as queries/README.md shows, and remove this file from the directory"));
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = name(path.strip_prefix(directory).unwrap_or(&path));
        if found.iter().any(|other: &File| other.name == name) {
            let error = Diagnostic::file(path.display().to_string(), format!("two files are the query {}", quoted(&name)));
            errors.push(error.hint(format!("a file at the top of the directory is in the area `{AREA}`: rename one of them")));
        }
        match files::read_text(&path, files::ORDINARY, Writers::Any) {
            Ok(text) => found.push(File { name, path: path.display().to_string(), text, bundled: false }),
            Err(error) => errors.push(Diagnostic::file(path.display().to_string(), format!("cannot read the query file: {error}"))),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// What the query in a file is called that is at this place below the directory. One at the top has an area all the same.
#[must_use]
pub fn name(below: &Path) -> String {
    let name = below.with_extension("").display().to_string();
    if name.contains('/') { name } else { format!("{AREA}/{name}") }
}

/// Whether it is a `queries.yaml`: its queries would be missing, and nothing would say so.
fn is_of_postgres_exporter(path: &Path) -> bool {
    let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let has = |text: &str, key: &str| text.lines().any(|line| line.trim_start().starts_with(key));
    is_yaml && files::read_text(path, files::ORDINARY, Writers::Any).is_ok_and(|text| has(&text, "query:") && has(&text, "metrics:"))
}

/// What is in a directory, but for hidden files: an editor's, or those behind a mounted Kubernetes volume's links.
fn entries(directory: &Path, most: usize) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (index, entry) in fs::read_dir(directory)?.enumerate() {
        let entry = entry?;
        if index >= most {
            return Err(io::Error::other(format!(
                "it and its subdirectories contain more than {ENTRIES} files: use a separate directory for the queries"
            )));
        }
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

/// The queries as they run, where each server may have something to say about them.
fn on_servers(settings: &Settings, catalog: &Catalog) -> Result<Catalog, Vec<Diagnostic>> {
    let global = [&settings.queries, &settings.default_queries];
    let (mut servers, mut errors) = (Vec::new(), Vec::new());
    let everywhere = configured(&global, catalog).map_err(|found| errors.extend(found)).ok();
    for server in settings.servers.iter().filter(|server| server.queries != Queries::default()) {
        errors.extend(unmatched(&server.queries, catalog, Some(server.kind)));
        match configured(&[global[0], global[1], &server.queries], catalog) {
            Ok(catalog) => servers.push((server.name.clone(), catalog)),
            Err(found) => errors.extend(found),
        }
    }
    let mut told = HashSet::new();
    errors.retain(|error| told.insert(error.clone()));
    everywhere.filter(|_| errors.is_empty()).map(|catalog| catalog.with_servers(servers)).ok_or(errors)
}

/// The queries as `layers` have them run, of which a later one counts more.
fn configured(layers: &[&Queries], catalog: &Catalog) -> Result<Catalog, Vec<Diagnostic>> {
    let catalog = catalog.map(|query| {
        let changes = layers.iter().fold(Override::default(), |before, layer| layer.for_query(&query.name).over(before));
        let detail = layers.iter().rev().find_map(|layer| layer.detail.as_ref());
        let query = query.clone().with_detail(|metric| detail.is_some_and(|detail| detail.includes(&query.name, metric)));
        let interval = changes.interval.unwrap_or(query.interval);
        Some(Query {
            interval,
            // A timeout that only the file names shrinks with the interval.
            timeout: changes.timeout.unwrap_or_else(|| query.timeout.min(interval)),
            limit: changes.limit.unwrap_or(query.limit),
            enabled: changes.enabled.unwrap_or(query.enabled),
            databases: changes
                .databases
                .filter(|_| query.scope == Scope::Database)
                .map(|patterns| patterns.iter().map(|pattern| pattern.glob().clone()).collect())
                .or(query.databases),
            ..query
        })
    });
    let too_long = |query: &Query| query.timeout > query.interval;
    let errors: Vec<Diagnostic> = catalog
        .queries()
        .filter(|query| too_long(query))
        .filter_map(|query| {
            let mut overrides = layers.iter().rev().flat_map(|layer| layer.overrides.iter().rev());
            let (pattern, _) = overrides.find(|(pattern, changes)| pattern.matches(&query.name) && changes.timeout.is_some())?;
            let message =
                format!("the timeout must not exceed the interval of {}, {}", query.name, humantime::format_duration(query.interval));
            Some(pattern.complain(&message).hint("a run must end before the next one is due"))
        })
        .collect();
    if errors.is_empty() { Ok(catalog) } else { Err(errors) }
}

/// A pattern that matches no query, or none of the kind of server for which it is, is a slip, and what it was to disable would go on running.
fn unmatched(queries: &Queries, catalog: &Catalog, of: Option<ServerKind>) -> Vec<Diagnostic> {
    let is_meant = |scope| of.is_none_or(|of| ServerKind::of(scope) == of);
    let whose = match of {
        None => "",
        Some(ServerKind::Postgres) => " of a PostgreSQL server",
        Some(ServerKind::PgBouncer) => " of a PgBouncer",
    };
    let patterns = queries.disable.iter().chain(queries.overrides.iter().map(|(pattern, _)| pattern));
    let unmatched = patterns.filter(|pattern| !catalog.queries().any(|query| is_meant(query.scope) && pattern.matches(&query.name)));
    let hint = "`pgvigil queries` lists the names, in the form AREA/NAME";
    let unmatched = unmatched.map(|pattern| pattern.complain(&format!("no query{whose} matches {}", quoted(pattern.as_str()))).hint(hint));
    let is_of_none = |pattern: &&Pattern| {
        let matches = |query: &Query| pattern.matches(&query.name) || query.metrics.iter().any(|metric| pattern.matches(&metric.name));
        !catalog.queries().any(|query| is_meant(query.scope) && matches(query))
    };
    let of_none = queries.detail.iter().flat_map(Detail::patterns).filter(is_of_none);
    let of_none = of_none.map(|pattern| {
        pattern
            .complain(&format!("no query and no metric{whose} matches {}", quoted(pattern.as_str())))
            .hint("`pgvigil queries` lists the names")
    });
    let is_of_databases = |pattern: &Pattern| catalog.queries().any(|query| query.scope == Scope::Database && pattern.matches(&query.name));
    let bound = queries.overrides.iter().filter(|(pattern, changes)| changes.databases.is_some() && !is_of_databases(pattern));
    let bound = bound.map(|(pattern, _)| pattern.complain("`databases` is only for queries of scope database").hint("remove it here"));
    unmatched.chain(of_none).chain(bound).collect()
}

/// A constant label that a family bears by itself would stand twice on its samples. Which query runs may change with a reload or a server's
/// version, so each of them counts.
fn clashing_labels(settings: &Settings, catalog: &Catalog) -> Vec<Diagnostic> {
    let own = described::engine();
    let of_own = own.iter().flat_map(|family| family.labels.iter().map(|label| (label.as_str(), family.name.as_str())));
    let of_queries = catalog.queries().flat_map(|query| described::labels(query).into_iter().map(|label| (label, query.path.as_str())));
    let taken: HashMap<&str, &str> = of_queries.chain(of_own).collect();
    settings.servers.iter().flat_map(|server| server.labels.clashes(|name| taken.get(name).copied())).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_label_of_any_family_is_refused_where_it_stands() {
        let own = described::engine();
        let bundled = catalog(&Settings::load(None, &HashMap::new()).unwrap()).unwrap();
        let of_queries = bundled.queries().flat_map(|query| described::labels(query));
        let taken: BTreeSet<&str> = own.iter().flat_map(|family| &family.labels).map(String::as_str).chain(of_queries).collect();
        for label in ["server", "datname", "reason", "kind", "query", "purpose", "pid", "le", "encoding", "result", "usename"] {
            assert!(taken.contains(label), "{label}");
        }
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("pgvigil.yml");
        let labels: Vec<String> = taken.iter().map(|label| format!("      {label}: x")).collect();
        fs::write(&path, format!("servers:\n  - name: a\n    url: postgres://h\n    labels:\n      free: x\n{}\n", labels.join("\n")))
            .unwrap();
        let errors = catalog(&Settings::load(Some(&path), &HashMap::new()).unwrap()).unwrap_err();
        let places: Vec<_> = errors.iter().map(|error| (error.path.clone(), error.place.as_ref().map(|place| place.line))).collect();
        let expected: Vec<_> = (6..6 + taken.len()).map(|line| (path.display().to_string(), Some(line))).collect();
        assert_eq!(places, expected, "{errors:#?}");
    }

    #[test]
    fn a_server_has_the_last_word() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("pgvigil.yml");
        let text = "servers:\n  - { name: a, url: \"postgres://h\" }\n  - { name: b, url: \"postgres://h\", \
                    queries: { override: { \"tables/stat\": { interval: 5m }, \"compat/postgres_exporter/*\": { enabled: true } }, disable: [\"wal/*\"] } }\n\
                    queries: { override: { \"tables/stat\": { interval: 2s, limit: 9 } } }\n";
        fs::write(&path, text).unwrap();
        let of_files = catalog(&Settings::load(None, &HashMap::new()).unwrap()).unwrap();
        let catalog = catalog(&Settings::load(Some(&path), &HashMap::new()).unwrap()).unwrap();
        let is_it = |query: &&std::sync::Arc<Query>| query.name == "tables/stat";
        let on = |server: &str| catalog.of(server).find(is_it).cloned().unwrap();
        let written = of_files.queries().find(is_it).unwrap();
        let two = std::time::Duration::from_secs(2);
        assert_eq!((on("a").interval, on("a").timeout, on("a").limit), (two, two.min(written.timeout), 9));
        // What the global interval took of the timeout comes back.
        assert_eq!((on("b").interval, on("b").timeout, on("b").limit), (two * 150, written.timeout, 9));
        let is_on = |server: &str| catalog.of(server).filter(|query| query.name.starts_with("wal/")).all(|query| query.enabled);
        assert_eq!([is_on("a"), is_on("b")], [true, false]);
        assert_ne!(written.timeout, two, "the file's timeout is another one");
        // OpenMetrics' names are those of the page, whichever server has what is on it.
        let is_taken = |catalog: &Catalog| catalog.families()["pg_stat_database_xact_commit_total"].stem_is_taken;
        assert_eq!([is_taken(&of_files), is_taken(&catalog)], [false, true]);
    }

    #[test]
    fn bundled_queries_name_nothing_of_others() {
        let files: Vec<File> = BUNDLED
            .iter()
            .map(|(name, path, text)| File { name: (*name).to_owned(), path: (*path).to_owned(), text: (*text).to_owned(), bundled: false })
            .collect();
        let catalog = Catalog::new(&files).unwrap();
        let named: Vec<_> = catalog.queries().flat_map(|query| query.bodies.iter().map(|body| (&query.name, &body.names))).collect();
        // What is doubtful is a column of an alias, or a setting in a string.
        assert!(named.len() > 100 && named.iter().all(|(_, names)| names.iter().all(|name| name.doubtful)), "{named:#?}");
    }
}
