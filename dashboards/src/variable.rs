//! What can be chosen at the top of a board.

use serde_json::{Value, json};

use crate::query;

/// A label whose values can be chosen, several at a time or all.
#[derive(Debug, Clone)]
pub struct Variable {
    /// What `$name` stands for in an expression.
    pub name: &'static str,
    /// What is shown.
    pub label: &'static str,
    /// The series whose labels they are.
    pub selector: String,
    /// The label.
    pub of: &'static str,
    /// What a matcher gets for "All".
    pub all: &'static str,
}

/// Whatever pgvigil watches: servers and pools alike.
const WATCHED: &str = r#"{__name__=~"pg_up|pgbouncer_up""#;

/// The jobs, clusters, and servers (or whatever has such a name and is chosen from another metric).
#[must_use]
pub fn common(servers: &str) -> [Variable; 3] {
    [
        Variable { name: "job", label: "Job", selector: format!("{WATCHED}}}"), of: "job", all: ".+" },
        // An operator need not say which cluster a server belongs to, and those without one match as well.
        Variable { name: "cluster", label: "Cluster", selector: format!(r#"{WATCHED}, job=~"$job"}}"#), of: "cluster", all: ".*" },
        Variable { name: "server", label: "Server", selector: servers.to_owned(), of: "server", all: ".+" },
    ]
}

/// The servers of a board of PostgreSQL.
pub const SERVERS: &str = r#"pg_up{job=~"$job", cluster=~"$cluster"}"#;

/// The databases of the servers that are chosen. What belongs to none has an empty label.
#[must_use]
pub fn database() -> Variable {
    let selector = query::expanded("pg_database_size_bytes{$server}");
    Variable { name: "database", label: "Database", selector, of: "datname", all: ".*" }
}

/// The datasource, which all others depend on.
#[must_use]
pub fn datasource() -> Value {
    json!({
        "name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus",
        "current": {}, "hide": 0, "includeAll": false, "multi": false, "options": [], "refresh": 1, "regex": "", "skipUrlSync": false,
    })
}

impl Variable {
    /// As Grafana has it: asked for anew whenever the time changes, since servers come and go.
    #[must_use]
    pub fn json(&self) -> Value {
        let query = format!("label_values({}, {})", self.selector, self.of);
        json!({
            "name": self.name, "label": self.label, "type": "query", "datasource": crate::panel::datasource(),
            "definition": query, "query": { "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery" },
            "multi": true, "includeAll": true, "allValue": self.all, "current": { "selected": true, "text": ["All"], "value": ["$__all"] },
            "refresh": 2, "sort": 1, "regex": "", "options": [], "hide": 0, "skipUrlSync": false,
        })
    }
}
