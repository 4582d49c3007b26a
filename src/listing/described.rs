//! What a list says of each query and metric.

use crate::query::glob::Glob;
use crate::query::rank::RankBy;
use crate::query::{Counted, Kind, Metric, Query, Scope};
use crate::telemetry::{foreign, own, targets};

/// A metric that no query makes.
pub struct Engine {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// What it says.
    pub help: String,
}

/// Those of the work on each server, and those of the process.
pub fn engine() -> Vec<Engine> {
    let of_servers = targets::METRICS.iter().map(|metric| Engine {
        name: metric.name.to_owned(),
        kind: metric.kind.as_str().to_owned(),
        labels: std::iter::once("server").chain(metric.labels.iter().copied()).map(str::to_owned).collect(),
        help: format!("{}.", metric.help),
    });
    let of_foreign = foreign::OF_SERVERS.iter().map(|(name, help, _)| Engine {
        name: (*name).to_owned(),
        kind: Kind::Gauge.as_str().to_owned(),
        labels: vec!["server".to_owned()],
        help: format!("{help}."),
    });
    let of_process = own::described().into_iter();
    of_servers
        .chain(of_foreign)
        .chain(of_process.map(|it| Engine { name: it.name, kind: it.kind, labels: it.labels, help: it.help }))
        .collect()
}

/// Every label of a query's samples but the constant ones.
pub fn labels(query: &Query) -> Vec<&str> {
    std::iter::once("server").chain(query.label_names()).collect()
}

/// The versions that have a metric.
pub fn versions(query: &Query, metric: &Metric) -> String {
    match (&query.counted, query.scope) {
        (Counted::Extension(name), _) => format!("{name} {}", metric.versions),
        (Counted::Server, Scope::PgBouncer) => format!("PgBouncer {}", metric.versions),
        // A machine has no version that counts.
        (Counted::Server, Scope::Host) => "all".to_owned(),
        (Counted::Server, Scope::Server | Scope::Database) => metric.versions.to_string(),
    }
}

/// Where and how often a query runs, what it costs and what it needs.
pub fn facts(query: &Query) -> Vec<String> {
    let place = match query.scope {
        Scope::Server => "once a server",
        Scope::Database => "in each database",
        Scope::PgBouncer => "on each PgBouncer",
        Scope::Host => "on the machine",
    };
    let mut facts = vec![place.to_owned()];
    if let Some(globs) = &query.databases {
        facts.push(format!("of {}", globs.iter().map(Glob::as_str).collect::<Vec<_>>().join(", ")));
    }
    if query.scope.is_sql() {
        facts.push(format!("role {}", query.role.as_str()));
    }
    facts.push(format!("every {}", humantime::format_duration(query.interval)));
    facts.push(format!("cost {}", query.cost.as_str()));
    facts.push(format!("at most {} series", query.limit));
    facts.extend(query.rank.iter().map(|rank| match &rank.by {
        RankBy::Counter { seats, metric } => format!("the {seats} best by `{metric}` and `other`"),
        RankBy::Query(leader) => format!("the members of {leader} and `other`"),
    }));
    facts.extend(query.needs.iter().map(|need| format!("needs {need}")));
    if !query.enabled {
        facts.push("off by default".to_owned());
    }
    if query.metrics.iter().all(|metric| metric.detail) {
        facts.push("detail".to_owned());
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::naming::{Naming, metric};

    #[test]
    fn no_file_can_export_what_pgvigil_does() {
        for own in engine() {
            let kind = if own.kind == "counter" { Kind::Counter } else { Kind::Gauge };
            assert!(metric(&own.name, kind, Naming::Own).iter().any(|(said, _)| said.ends_with("by pgvigil itself")), "{}", own.name);
        }
    }
}
