//! The dashboards of `dashboards/` as they are shipped.

use std::fs;

use serde_json::Value;

use super::project;

/// One file.
pub struct Board {
    /// Its name without the ending.
    pub name: String,
    pub json: Value,
}

/// All of them.
pub fn all() -> Vec<Board> {
    let folder = project().join("dashboards");
    let files = fs::read_dir(&folder).expect("dashboards").map(|entry| entry.expect("an entry").path());
    let mut boards: Vec<Board> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| Board {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            json: serde_json::from_slice(&fs::read(&path).expect("a dashboard")).expect("JSON"),
        })
        .collect();
    boards.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(!boards.is_empty(), "no dashboards in {}", folder.display());
    boards
}

impl Board {
    /// Every panel that is no heading, in the order of the page.
    pub fn panels(&self) -> impl Iterator<Item = &Value> {
        list(&self.json["panels"]).iter().filter(|panel| panel["type"] != "row")
    }

    /// What can be chosen at its top.
    pub fn variables(&self) -> impl Iterator<Item = &Value> {
        list(&self.json["templating"]["list"]).iter()
    }

    /// Every expression that Prometheus is asked for, and where it stands: panels and annotations.
    pub fn expressions(&self) -> impl Iterator<Item = (String, &str)> {
        let of_panels =
            self.panels().flat_map(|panel| list(&panel["targets"]).iter().map(move |target| (&panel["title"], &target["expr"])));
        let of_annotations = list(&self.json["annotations"]["list"]).iter().map(|annotation| (&annotation["name"], &annotation["expr"]));
        of_panels.chain(of_annotations).map(|(title, expression)| (format!("{}: {}", self.name, text(title)), text(expression)))
    }
}

/// The elements of a list.
#[track_caller]
pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("not a list: {value}"))
}

/// A text.
#[track_caller]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

/// An expression as Grafana would send it, for an hour and everything chosen.
pub fn filled(expression: &str) -> String {
    let variables = [
        ("$__rate_interval", "1m"),
        ("$__interval", "15s"),
        ("$__range", "1h"),
        ("$__from", "0"),
        ("$job", ".+"),
        ("$cluster", ".*"),
        ("$server", ".+"),
        ("$database", ".*"),
    ];
    let filled = variables.iter().fold(expression.to_owned(), |text, (name, value)| text.replace(name, value));
    // What is left is a variable of one board alone, or "$1" of a label_replace.
    let mut parts = filled.split("\"$");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if part.starts_with(|c: char| c.is_ascii_digit()) { format!("{text}\"${part}") } else { format!("{text}\".*{rest}") }
    })
}
