//! The environment's part in the configuration.

use std::collections::HashMap;

use crate::diagnostic::Diagnostic;
use crate::document::origin::Origin;
use crate::document::variable::Variable;

/// The settings that a variable can give. What is a list of things with parts of their own is written in the file.
const KNOWN: [&str; 5] =
    ["PGVIGIL_LISTEN", "PGVIGIL_WEB_CONFIG_FILE", "PGVIGIL_QUERIES__DIRECTORY", "PGVIGIL_QUERIES__DISABLE", "PGVIGIL_QUERIES__DETAIL"];

/// The environment of this process, without what is not Unicode.
#[must_use]
pub fn environment() -> HashMap<String, String> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// A variable's value; one that is empty counts as not set, as libpq has it.
pub fn get<'e>(environment: &'e HashMap<String, String>, name: &str) -> Option<&'e str> {
    environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// The variables that give settings, and an error for each that seems to and does not.
pub fn variables(environment: &HashMap<String, String>) -> (Vec<Variable>, Vec<Diagnostic>) {
    let set = |name: &'static str| get(environment, name).map(|value| Variable { name, value: value.to_owned() });
    let mut unknown: Vec<&str> = environment
        .iter()
        .filter(|(name, value)| name.starts_with("PGVIGIL_") && !KNOWN.contains(&name.as_str()) && !is_of_others(name, value))
        .map(|(name, _)| name.as_str())
        .collect();
    unknown.sort_unstable();
    let error = |name: &str| Origin::variable(name).error("unknown setting").suggest(name, KNOWN);
    (KNOWN.into_iter().filter_map(set).collect(), unknown.into_iter().map(error).collect())
}

/// Variables with our prefix that are not meant as settings.
fn is_of_others(name: &str, value: &str) -> bool {
    let rest = name.trim_start_matches("PGVIGIL_");
    // The command line's own, and those of the tests and the demonstration, which start this program.
    let ours = rest == "CONFIG" || ["LOG", "TEST_", "DEMO_"].iter().any(|prefix| rest.starts_with(prefix));
    // Kubernetes describes a service called `pgvigil` to every container of its namespace: PGVIGIL_PORT=tcp://10.0.0.1:9187,
    // PGVIGIL_PORT_9187_TCP_ADDR=10.0.0.1, PGVIGIL_SERVICE_HOST=10.0.0.1. Under a common name this program would never start there.
    let kubernetes = ["SERVICE_HOST", "SERVICE_PORT", "_TCP", "_UDP", "_SCTP"].iter().any(|mark| rest.contains(mark))
        || rest.ends_with("PORT") && value.contains("://");
    ours || kubernetes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(name: &str, value: &str) -> Vec<Diagnostic> {
        variables(&HashMap::from([(name.to_owned(), value.to_owned())])).1
    }

    #[test]
    fn an_unknown_variable_is_named() {
        let errors = unknown("PGVIGIL_LISTN", "x");
        assert_eq!(errors[0].path, "environment variable PGVIGIL_LISTN");
        assert_eq!(errors[0].hint.as_deref(), Some("did you mean `PGVIGIL_LISTEN`?"));
        assert_eq!(unknown("PGVIGIL_QUERIES_DIRECTORY", "x")[0].hint.as_deref(), Some("did you mean `PGVIGIL_QUERIES__DIRECTORY`?"));
        assert_eq!(unknown("PGVIGIL_PORT", "9187").len(), 1);
    }

    #[test]
    fn the_variables_of_others_are_left_alone() {
        for (name, value) in [
            ("PGVIGIL_CONFIG", "/etc/pgvigil.yml"),
            ("PGVIGIL_LOG", "debug"),
            ("PGVIGIL_LOG_FORMAT", "json"),
            ("PGVIGIL_TEST_SERVERS", "/tmp"),
            ("PGVIGIL_SERVICE_HOST", "10.0.0.1"),
            ("PGVIGIL_SERVICE_PORT_METRICS", "9187"),
            ("PGVIGIL_PORT", "tcp://10.0.0.1:9187"),
            ("PGVIGIL_PORT_9187_TCP_ADDR", "10.0.0.1"),
            ("PATH", "/bin"),
        ] {
            assert_eq!(unknown(name, value), [], "{name}");
        }
    }
}
