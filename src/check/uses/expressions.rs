//! The expressions of `PromQL` in a file: rules of Prometheus, also in an object of its operator, or a dashboard of Grafana.

use std::path::Path;

use serde_json::{Map, Value};

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::node::{Content, Given, Node};
use crate::files::{self, Writers};

/// What holds an expression as its value, in a rule, a panel, an annotation, a variable, or an alert of Grafana's own.
const KEYS: [&str; 4] = ["expr", "expression", "query", "definition"];

/// What names the thing that an expression belongs to: the first of these counts, and of objects within one another the innermost.
const TITLES: [&str; 4] = ["alert", "record", "title", "name"];

/// What a file has of use here.
#[derive(Debug, Default)]
pub struct Expressions {
    /// Each expression, and what it belongs to: an alert, a record, a panel.
    pub all: Vec<(String, String)>,
    /// The names of the metrics that its rules record.
    pub records: Vec<String>,
}

/// Reads a file.
///
/// # Errors
/// When it cannot be read, is neither YAML nor JSON, or has no expression.
pub fn read(path: &Path) -> Result<Expressions, Vec<Diagnostic>> {
    let shown = path.display().to_string();
    let text = files::read_text(path, files::CONFIGURATION, Writers::Any);
    let text = text.map_err(|error| vec![Diagnostic::file(&shown, format!("cannot be read: {error}"))])?;
    let mut expressions = Expressions::default();
    for value in parse(&shown, &text)? {
        expressions.take(&value, "");
    }
    if expressions.all.is_empty() {
        let error = Diagnostic::file(shown, "no expression is in this file");
        return Err(vec![error.hint("name a rule file of Prometheus (YAML), or a dashboard of Grafana as it is exported (JSON)")]);
    }
    Ok(expressions)
}

/// The documents of a file.
fn parse(shown: &str, text: &str) -> Result<Vec<Value>, Vec<Diagnostic>> {
    if text.trim_start().starts_with(['{', '[']) {
        return serde_json::from_str(text)
            .map(|value| vec![value])
            .map_err(|error| vec![Diagnostic::file(shown, format!("not JSON: {error}"))]);
    }
    // Objects for Kubernetes are often several in one file. The lines before one are kept, empty, so that those of an error are right.
    let mut documents = vec![String::new()];
    for (number, line) in text.lines().enumerate() {
        let is_marker = line == "---" || line.starts_with("--- ");
        if is_marker {
            documents.push("\n".repeat(number));
        }
        let line = if is_marker { "" } else { line };
        if let Some(document) = documents.last_mut() {
            document.push_str(line);
            document.push('\n');
        }
    }
    let documents = documents.into_iter().filter(|document| document.lines().any(|line| !line.trim().is_empty()));
    documents.map(|document| Document::of(shown, document, &[]).map(|document| json(document.root()))).collect()
}

fn json(node: &Node) -> Value {
    match &node.content {
        Content::Text(text) | Content::Given(Given { text, .. }) => Value::String(text.clone()),
        Content::List(items) => Value::Array(items.iter().map(json).collect()),
        Content::Mapping(members) => {
            Value::Object(members.iter().map(|member| (member.key.clone(), json(&member.node))).collect::<Map<_, _>>())
        }
        Content::Nothing | Content::Flag(_) | Content::Whole(_) | Content::Fraction(_) => Value::Null,
    }
}

impl Expressions {
    fn take(&mut self, value: &Value, title: &str) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.take(item, title)),
            Value::Object(members) => {
                let own = TITLES.iter().find_map(|key| members.get(*key)?.as_str()).filter(|own| !own.is_empty());
                let title = own.unwrap_or(title);
                for (key, value) in members {
                    match value {
                        Value::String(text) if KEYS.contains(&key.as_str()) => self.all.push((text.clone(), title.to_owned())),
                        Value::String(name) if key == "record" => self.records.push(name.clone()),
                        _ => self.take(value, title),
                    }
                }
            }
            _ => {}
        }
    }
}
