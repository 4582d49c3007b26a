//! What metrics and labels may be called.

use super::{Kind, Scope};

/// PostgreSQL cuts an alias at 63 bytes, so that a longer one could never be found in the answer.
const NAME_BYTES: usize = 63;

/// Labels that the engine gives to every sample.
const ENGINE_LABELS: [&str; 1] = ["server"];

/// Metrics that the engine itself exports.
const ENGINE_METRICS: [&str; 13] = [
    "pg_up",
    "pgbouncer_up",
    "pg_login_up",
    "pg_login_duration_seconds",
    "pg_exporter_last_scrape_duration_seconds",
    "pg_exporter_last_scrape_error",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
    "process_virtual_memory_bytes",
    "process_virtual_memory_max_bytes",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
];

/// Whose conventions the metrics of a file follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Prometheus' and ours.
    Own,
    /// Those of another program whose names must be kept.
    Foreign,
}

/// What is wrong with a name, and the way out.
pub type Objection = (String, String);

/// What is wrong with a label's name.
#[must_use]
pub fn label(name: &str, scope: Scope) -> Vec<Objection> {
    let own = if ENGINE_LABELS.contains(&name) || (scope == Scope::Database && name == "datname") {
        Some(objection(format!("the label `{name}` is set by pgvigil itself"), "remove the column"))
    } else if name.starts_with("__") {
        Some(objection(format!("the label `{name}` begins with `__`"), "such names are reserved for Prometheus; choose another"))
    } else {
        None
    };
    form(name).into_iter().chain(own).collect()
}

/// What is wrong with a metric's name.
#[must_use]
pub fn metric(name: &str, kind: Kind, naming: Naming) -> Vec<Objection> {
    let reserved = name.starts_with("pgvigil_") || ENGINE_METRICS.contains(&name);
    let own = reserved.then(|| objection(format!("`{name}` is exported by pgvigil itself"), "choose another name"));
    let suffix = match (kind, name.ends_with("_total")) {
        (Kind::Counter, false) if naming == Naming::Own => {
            let hint = format!("rename it to `{name}_total`, or declare it as a gauge");
            Some(objection(format!("the counter `{name}` does not end in `_total`"), hint))
        }
        (Kind::Gauge, true) => {
            let hint = "only counters end in `_total`; declare it as a counter or rename it";
            Some(objection(format!("the gauge `{name}` ends in `_total`"), hint))
        }
        _ => None,
    };
    form(name).into_iter().chain(own).chain(suffix).collect()
}

/// The form that metrics, labels and the columns under them share.
fn form(name: &str) -> Option<Objection> {
    let mut bytes = name.bytes();
    let plain = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !plain {
        let hint = "a name consists of lower case letters, digits and `_`, and does not begin with a digit";
        return Some(objection(format!("`{name}` is not a valid name"), hint));
    }
    let too_long = name.len() > NAME_BYTES;
    too_long.then(|| {
        let hint = format!("PostgreSQL truncates column names to {NAME_BYTES} bytes; shorten it");
        objection(format!("`{name}` has {} bytes", name.len()), hint)
    })
}

fn objection(message: String, hint: impl Into<String>) -> Objection {
    (message, hint.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(objections: Vec<Objection>) -> Vec<String> {
        objections.into_iter().map(|(message, _)| message).collect()
    }

    #[test]
    fn good_names_meet_no_objection() {
        assert_eq!(metric("pg_x", Kind::Gauge, Naming::Own), []);
        assert_eq!(metric("pg_x_total", Kind::Counter, Naming::Own), []);
        assert_eq!(metric("pg_x", Kind::Counter, Naming::Foreign), []);
        assert_eq!(label("datname", Scope::Server), []);
        assert_eq!(label(&"x".repeat(63), Scope::Database), []);
    }

    #[test]
    fn every_objection_is_made() {
        assert_eq!(messages(metric("pg_X", Kind::Gauge, Naming::Foreign)), ["`pg_X` is not a valid name"]);
        let objections = messages(metric("1x", Kind::Counter, Naming::Own));
        assert_eq!(objections, ["`1x` is not a valid name", "the counter `1x` does not end in `_total`"]);
        assert_eq!(messages(metric("pg_x_total", Kind::Gauge, Naming::Foreign)), ["the gauge `pg_x_total` ends in `_total`"]);
        assert_eq!(messages(metric("pg_up", Kind::Gauge, Naming::Foreign)), ["`pg_up` is exported by pgvigil itself"]);
        assert_eq!(messages(label("datname", Scope::Database)), ["the label `datname` is set by pgvigil itself"]);
        assert_eq!(messages(label("__x", Scope::Server)), ["the label `__x` begins with `__`"]);
        assert_eq!(messages(label(&"x".repeat(64), Scope::Server)), [format!("`{}` has 64 bytes", "x".repeat(64))]);
    }
}
