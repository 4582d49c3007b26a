//! Which query files there are: the bundled ones, the operator's over them, and what the configuration changes in them.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::diagnostic::Diagnostic;
use crate::files::{self, Writers};
use crate::query::Query;
use crate::query::catalog::{Catalog, DEPTH, File};
use crate::settings::{Queries, Settings};

/// Name, shown path and text of every file below `queries/`, put in at build time.
const BUNDLED: &[(&str, &str, &str)] = &include!(concat!(env!("OUT_DIR"), "/bundled.rs"));

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
            errors.extend(unmatched(&settings.queries, &catalog));
            errors.extend(clashing_labels(settings, &catalog));
            match configured(&settings.queries, &catalog) {
                Ok(catalog) if errors.is_empty() => return Ok(catalog),
                Ok(_) => {}
                Err(found) => errors.extend(found),
            }
        }
    }
    Err(errors)
}

/// Every `*.sql` as deep as a name goes, which ends a loop of links, too. One at the top has no area; its name is refused later, with the
/// hint where to put it.
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
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let name = path.strip_prefix(directory).unwrap_or(&path).with_extension("").display().to_string();
        match files::read_text(&path, files::ORDINARY, Writers::Any) {
            Ok(text) => found.push(File { name, path: path.display().to_string(), text, bundled: false }),
            Err(error) => errors.push(Diagnostic::file(path.display().to_string(), format!("cannot read the query file: {error}"))),
        }
    }
    if errors.is_empty() { Ok(found) } else { Err(errors) }
}

/// What is in a directory, but for hidden files: an editor's, or those behind a mounted Kubernetes volume's links.
fn entries(directory: &Path, most: usize) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (index, entry) in fs::read_dir(directory)?.enumerate() {
        let entry = entry?;
        if index >= most {
            return Err(io::Error::other(format!(
                "more than {ENTRIES} files are in it and below: give the queries a directory of their own"
            )));
        }
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

fn configured(queries: &Queries, catalog: &Catalog) -> Result<Catalog, Vec<Diagnostic>> {
    let catalog = catalog.map(|query| {
        let changes = queries.for_query(&query.name);
        let interval = changes.interval.unwrap_or(query.interval);
        Some(Query {
            interval,
            // A timeout that only the file names shrinks with the interval.
            timeout: changes.timeout.unwrap_or_else(|| query.timeout.min(interval)),
            limit: changes.limit.unwrap_or(query.limit),
            enabled: changes.enabled.unwrap_or(query.enabled),
            ..query.clone()
        })
    });
    let too_long = |query: &Query| query.timeout > query.interval;
    let errors: Vec<Diagnostic> = catalog
        .queries()
        .filter(|query| too_long(query))
        .filter_map(|query| {
            let (pattern, _) =
                queries.overrides.iter().rev().find(|(pattern, changes)| pattern.matches(&query.name) && changes.timeout.is_some())?;
            let message =
                format!("the timeout is longer than the interval of {}, {}", query.name, humantime::format_duration(query.interval));
            Some(pattern.complain(&message).hint("a run must have ended when the next is due"))
        })
        .collect();
    if errors.is_empty() { Ok(catalog) } else { Err(errors) }
}

/// A pattern that matches no query is a slip, and what it was to disable would go on running.
fn unmatched(queries: &Queries, catalog: &Catalog) -> Vec<Diagnostic> {
    let patterns = queries.disable.iter().chain(queries.overrides.iter().map(|(pattern, _)| pattern));
    let unmatched = patterns.filter(|pattern| !catalog.queries().any(|query| pattern.matches(&query.name)));
    let hint = "`pgvigil queries` lists the names, which are AREA/NAME";
    unmatched.map(|pattern| pattern.complain(&format!("no query matches `{pattern}`")).hint(hint)).collect()
}

/// A constant label that a query has too would stand twice on its samples.
fn clashing_labels(settings: &Settings, catalog: &Catalog) -> Vec<Diagnostic> {
    let mut errors = Vec::new();
    for server in &settings.servers {
        for label in server.labels.keys() {
            if let Some(query) = catalog.queries().find(|query| query.label_names().any(|name| name == label)) {
                let message =
                    format!("the server `{}` has the constant label `{label}`, which {} has as a column", server.name, query.path);
                errors.push(Diagnostic::file("configuration", message).hint("call the constant label otherwise"));
            }
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

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
