//! The way to another board. It keeps the time and what was chosen, and chooses what one came from.

use serde_json::{Value, json};

/// What a label is called at the top of a board.
const VARIABLES: [(&str, &str); 3] = [("server", "server"), ("datname", "database"), ("queryid", "statement")];

/// A board, and the labels that are handed on to it.
#[derive(Debug, Clone)]
pub struct Link {
    /// The uid of the board.
    pub board: &'static str,
    /// The title that is shown.
    pub title: &'static str,
}

impl Link {
    /// From a row of a table with these keys.
    #[must_use]
    pub fn from_row(&self, labels: &[&str]) -> Value {
        self.with(labels, |label| format!("${{__data.fields.{label}:percentencode}}"))
    }

    /// From a line of a graph with these labels.
    #[must_use]
    pub fn from_series(&self, labels: &[&str]) -> Value {
        self.with(labels, |label| format!("${{__field.labels.{label}:percentencode}}"))
    }

    fn with(&self, labels: &[&str], value: impl Fn(&str) -> String) -> Value {
        let mut url =
            format!("/d/{}?${{__url_time_range}}&${{datasource:queryparam}}&${{job:queryparam}}&${{cluster:queryparam}}", self.board);
        for (label, variable) in VARIABLES.iter().filter(|(label, _)| labels.contains(label)) {
            url.extend(["&var-", variable, "=", &value(label)]);
        }
        json!({ "title": self.title, "url": url, "targetBlank": false })
    }
}
