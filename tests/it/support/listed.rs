//! The tables of the READMEs that say which names of another exporter are served, and the other exporter itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;

use super::exporter;
use super::http::Client;
use super::page::{Format, Page};
use super::process::{self, User};
use super::{SOON, eventually, project};

/// A row of the tables.
pub struct Row {
    pub name: String,
    pub kind: String,
    pub labels: BTreeSet<String>,
    /// Labels that the other exporter has and the page has not.
    pub missing: BTreeSet<String>,
    /// The versions that have it, as the table says: from the first one to before the second.
    pub versions: (String, String),
    /// The query; none if nothing serves it.
    pub query: Option<String>,
    pub difference: String,
}

/// The rows of the README in a folder of `queries`.
pub fn rows(folder: &str) -> Vec<Row> {
    let path = project().join("queries").join(folder).join("README.md");
    let text = std::fs::read_to_string(path).expect("the README");
    text.lines().filter(|line| line.starts_with("| `")).map(row).collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
    let [name, kind, labels, versions, query, difference] = cells[..] else { panic!("not six cells: {line}") };
    let (missing, labels) = labels.split(", ").filter(|label| !label.is_empty()).partition::<Vec<_>, _>(|label| label.starts_with('~'));
    let strings = |labels: Vec<&str>| labels.into_iter().map(|label| label.trim_matches('~').to_owned()).collect();
    let (from, to) = versions.split_once("..").unwrap_or_default();
    Row {
        name: name.trim_matches('`').to_owned(),
        kind: kind.to_owned(),
        labels: strings(labels),
        missing: strings(missing),
        versions: (from.to_owned(), to.to_owned()),
        query: (query != "not served").then(|| query.to_owned()),
        difference: difference.to_owned(),
    }
}

/// The tables of a folder say what its files and those of others that they name say, and of every file but those `aside`.
#[track_caller]
pub fn agree(folder: &str, aside: &[&str]) {
    let mut listed = BTreeMap::new();
    for row in rows(folder) {
        let Some(query) = row.query.filter(|query| query != "pgvigil itself") else { continue };
        // The file that is meant: of this folder, unless it names an area.
        let full = if query.contains('/') { query.clone() } else { format!("{folder}/{query}") };
        let path = project().join(format!("queries/{full}.sql"));
        assert_eq!(exporter::metrics(&path).get(&row.name), Some(&row.kind), "{} of {query}", row.name);
        assert_eq!(listed.insert(row.name.clone(), query), None, "{} is listed twice", row.name);
    }
    let folder = project().join("queries").join(folder);
    for path in exporter::files(&folder, "sql") {
        let file = exporter::name(&folder, &path);
        for name in exporter::metrics(&path).into_keys().filter(|_| !aside.contains(&file.as_str())) {
            assert_eq!(listed.get(&name), Some(&file), "{name}");
        }
    }
}

pub fn kind<'p>(page: &'p Page, name: &str) -> &'p str {
    let family = page.families.iter().find(|family| family.name == name);
    family.and_then(|family| family.kind.as_deref()).unwrap_or("no type")
}

/// What another exporter serves.
pub fn real_page(program: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Page {
    let port = process::free_port();
    let mut command = process::command(program, User::Same, "KILL");
    command.arg(format!("--web.listen-address=127.0.0.1:{port}")).args(arguments).envs(environment.iter().copied());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut process = process::spawn(command);
    let client = Client::new(port);
    let text = eventually(SOON, "the other exporter answers", || client.get("/metrics", &[]).map(|response| response.text()));
    process.kill().expect("its own child");
    process.wait().expect("its own child");
    Page::lenient(&text, Format::Text)
}

/// What the real one exports and the tables have otherwise, names that begin so aside.
pub fn unlisted(rows: &[Row], theirs: &Page, aside: &[&str]) -> Vec<String> {
    let rows: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.name.as_str(), row)).collect();
    let mut wrong = Vec::new();
    for family in theirs.families.iter().filter(|family| !aside.iter().any(|prefix| family.name.starts_with(prefix))) {
        let Some(row) = rows.get(family.name.as_str()) else {
            wrong.push(format!("{} is not listed", family.name));
            continue;
        };
        let kind = family.kind.as_deref().unwrap_or("no type");
        if row.kind != kind && !row.difference.contains(&format!("There it is {kind}.")) {
            wrong.push(format!("{} is a {kind} there", row.name));
        }
        let labels = family.samples.iter().flat_map(|sample| sample.labels.keys()).filter(|label| *label != "server");
        let unknown: BTreeSet<_> = labels.filter(|label| !row.labels.contains(*label) && !row.missing.contains(*label)).collect();
        if !unknown.is_empty() {
            wrong.push(format!("{} has the labels {unknown:?} there", row.name));
        }
    }
    wrong
}
