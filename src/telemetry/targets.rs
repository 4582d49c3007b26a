//! The metrics of the work on each server, read off the board whenever a page is built.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::query::Kind;
use crate::server::report::status::{Board, Login, QueryStatus, ServerStatus};
use crate::settings::ServerKind;

/// A metric that the engine makes and no query file.
#[derive(Debug, Clone, Copy)]
pub struct EngineMetric {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// Its labels beside `server` and the server's constant ones.
    pub labels: &'static [&'static str],
    /// What it means.
    pub help: &'static str,
    samples: BoardSamples,
}

impl EngineMetric {
    /// Whether each query that runs has it, once for each database where it runs in each.
    #[must_use]
    pub const fn is_of_run(&self) -> bool {
        matches!(self.samples, BoardSamples::Query(_))
    }
}

/// Where a metric's samples come from.
#[derive(Debug, Clone, Copy)]
enum BoardSamples {
    Server(fn(&ServerStatus) -> Option<f64>),
    Only(ServerKind, fn(&ServerStatus) -> Option<f64>),
    Holders,
    Refused,
    Query(fn(&QueryStatus) -> Option<f64>),
    Errors,
    Skips,
}

const OF_QUERY: &[&str] = &["query", "datname"];

/// All of them.
pub const METRICS: [EngineMetric; 16] = [
    EngineMetric {
        name: "pg_up",
        kind: Kind::Gauge,
        labels: &[],
        help: "Whether the server answers on the kept session, tried every 5 s",
        samples: BoardSamples::Only(ServerKind::Postgres, |server| server.up.map(number)),
    },
    EngineMetric {
        name: "pg_login_up",
        kind: Kind::Gauge,
        labels: &[],
        help: "Whether the last fresh login worked, tried every 30 s while the server is up, every 10 s after one that failed, and at every reconnect; absent when none could be tried for 3 intervals after one that worked",
        samples: BoardSamples::Only(ServerKind::Postgres, |server| login(server).map(|login| number(login.well))),
    },
    EngineMetric {
        name: "pg_login_duration_seconds",
        kind: Kind::Gauge,
        labels: &[],
        help: "How long the last fresh login took, or took to fail",
        samples: BoardSamples::Only(ServerKind::Postgres, |server| login(server).map(|login| login.duration.as_secs_f64())),
    },
    EngineMetric {
        name: "pgbouncer_up",
        kind: Kind::Gauge,
        labels: &[],
        help: "Whether the console of the PgBouncer answers on the kept session, tried every 5 s",
        samples: BoardSamples::Only(ServerKind::PgBouncer, |server| server.up.map(number)),
    },
    EngineMetric {
        name: "pgvigil_connections",
        kind: Kind::Gauge,
        labels: &[],
        help: "Connections that pgvigil has open to the server or is opening, never more than 2",
        samples: BoardSamples::Server(|server| Some(count(server.open()))),
    },
    EngineMetric {
        name: "pgvigil_connection_hung_seconds",
        kind: Kind::Gauge,
        labels: &["purpose", "datname", "pid"],
        help: "For how long one of the 2 connections has got no answer although it is past its limit, by what it is for: kept, queries, login, \
               or closed where only its backend is left; absent while all are answered",
        samples: BoardSamples::Holders,
    },
    EngineMetric {
        name: "pgvigil_database_refused",
        kind: Kind::Gauge,
        labels: &["datname", "login"],
        help: "1 for a database that refuses pgvigil's login (monitor or reader) although the server does not: it is tried again after 20 s, and then \
               ever more rarely, up to 10 minutes; absent for all others",
        samples: BoardSamples::Refused,
    },
    EngineMetric {
        name: "pgvigil_databases_dropped",
        kind: Kind::Gauge,
        labels: &[],
        help: "Databases that are not looked into, as they are over the limit of the configuration (databases.limit); the oldest come first",
        samples: BoardSamples::Only(ServerKind::Postgres, |server| server.up.map(|_| count(server.databases_dropped))),
    },
    EngineMetric {
        name: "pgvigil_query_last_success_timestamp_seconds",
        kind: Kind::Gauge,
        labels: OF_QUERY,
        help: "When the query last succeeded, in Unix time",
        samples: BoardSamples::Query(|query| query.last_success.map(unix_time)),
    },
    EngineMetric {
        name: "pgvigil_query_duration_seconds",
        kind: Kind::Gauge,
        labels: OF_QUERY,
        help: "How long the last run of the query took, well or not, as the client saw it",
        samples: BoardSamples::Query(|query| query.duration.map(|duration| duration.as_secs_f64())),
    },
    EngineMetric {
        name: "pgvigil_query_interval_seconds",
        kind: Kind::Gauge,
        labels: OF_QUERY,
        help: "How often the query runs; its series disappear after 3 intervals and its timeout without success",
        samples: BoardSamples::Query(|query| query.runs(Instant::now()).then(|| query.query.interval.as_secs_f64())),
    },
    EngineMetric {
        name: "pgvigil_query_series",
        kind: Kind::Gauge,
        labels: OF_QUERY,
        help: "Series of the query that are on the page now",
        samples: BoardSamples::Query(|query| {
            query.runs(Instant::now()).then(|| if query.is_fresh(Instant::now()) { count(query.series) } else { 0.0 })
        }),
    },
    EngineMetric {
        name: "pgvigil_query_series_dropped",
        kind: Kind::Gauge,
        labels: OF_QUERY,
        help: "Series of the last success that the query's limit kept off the page",
        samples: BoardSamples::Query(|query| query.last_success.map(|_| count(query.dropped))),
    },
    EngineMetric {
        name: "pgvigil_query_series_duplicate",
        kind: Kind::Gauge,
        labels: OF_QUERY,
        help: "Series that are missing from the last success, as several rows had the same labels; the log names the first of them",
        samples: BoardSamples::Query(|query| {
            query.last_success.map(|_| query.duplicates.as_ref().map_or(0.0, |duplicates| count(duplicates.samples)))
        }),
    },
    EngineMetric {
        name: "pgvigil_query_errors_total",
        kind: Kind::Counter,
        labels: &["query", "datname", "kind"],
        help: "Runs of the query that failed, by kind: timeout, lock, denied, server, sql, result, read, connection, idle, unanswered, panic, stopped",
        samples: BoardSamples::Errors,
    },
    EngineMetric {
        name: "pgvigil_query_skipped",
        kind: Kind::Gauge,
        labels: &["query", "datname", "reason"],
        help: "1 for a query that does not run here, by reason: role, version, extension, relation, function, privilege, os_user, setting, disabled, detail, remote, unsupported, untrusted, reader, locked, refused, crowded, name, large, facts",
        samples: BoardSamples::Skips,
    },
];

/// Writes [`METRICS`] from the board, of one server or all.
#[derive(Debug)]
pub struct Targets {
    /// The board.
    pub board: Arc<Board>,
    /// Only this server.
    pub only: Option<Box<str>>,
}

type Labels<'a> = Vec<(&'a str, &'a str)>;

impl Collector for Targets {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        self.board.read(|servers| {
            let wanted: Vec<(&str, &ServerStatus)> = servers
                .iter()
                .map(|(name, status)| (name.as_ref(), status))
                .filter(|(name, _)| self.only.as_deref().is_none_or(|only| only == *name))
                .collect();
            METRICS.iter().try_for_each(|metric| encode_metric(metric, &wanted, &mut encoder))
        })
    }
}

fn encode_metric(metric: &EngineMetric, servers: &[(&str, &ServerStatus)], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let (name, metric_type) = match metric.kind {
        Kind::Gauge => (metric.name, MetricType::Gauge),
        Kind::Counter => (metric.name.trim_end_matches("_total"), MetricType::Counter),
    };
    let mut family = encoder.encode_descriptor(name, metric.help, None, metric_type)?;
    for (server, status) in servers {
        let constant = || -> Labels<'_> {
            let labels = status.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            std::iter::once(("server", *server)).chain(labels).collect()
        };
        let of_server = match metric.samples {
            BoardSamples::Server(value) => value(status),
            BoardSamples::Only(kind, value) if kind == status.kind => value(status),
            _ => None,
        };
        if let Some(value) = of_server {
            ConstGauge::new(value).encode(family.encode_family(&constant())?)?;
        }
        if matches!(metric.samples, BoardSamples::Holders) {
            for (labels, seconds) in holders(status) {
                let labels = labels.iter().map(|(name, value)| (*name, value.as_str()));
                ConstGauge::new(seconds).encode(family.encode_family(&constant().into_iter().chain(labels).collect::<Labels<'_>>())?)?;
            }
        }
        if matches!(metric.samples, BoardSamples::Refused) {
            for (database, role) in status.refused.keys() {
                let labels = [("datname", database.as_ref()), ("login", role.as_str())];
                ConstGauge::new(1_u32).encode(family.encode_family(&constant().into_iter().chain(labels).collect::<Labels<'_>>())?)?;
            }
        }
        for ((query, database), status) in &status.queries {
            let labels = |last: Option<(&'static str, &'static str)>| -> Labels<'_> {
                let database = database.as_deref().map(|database| ("datname", database));
                constant().into_iter().chain([("query", query.as_ref())]).chain(database).chain(last).collect()
            };
            match metric.samples {
                BoardSamples::Server(_) | BoardSamples::Only(..) | BoardSamples::Holders | BoardSamples::Refused => {}
                BoardSamples::Query(value) => {
                    if let Some(value) = value(status) {
                        ConstGauge::new(value).encode(family.encode_family(&labels(None))?)?;
                    }
                }
                BoardSamples::Errors => {
                    for (kind, count) in &status.errors {
                        ConstCounter::new(*count).encode(family.encode_family(&labels(Some(("kind", kind.as_str()))))?)?;
                    }
                }
                BoardSamples::Skips => {
                    if let Some(skip) = &status.skip {
                        ConstGauge::new(1_u32).encode(family.encode_family(&labels(Some(("reason", skip.reason()))))?)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// The last login, while it counts.
fn login(server: &ServerStatus) -> Option<Login> {
    server.login.filter(|login| login.counts(Instant::now()))
}

/// What takes connection slots without an answer, by labels, and for how long. Of two that nothing tells apart it is the longer one.
fn holders(server: &ServerStatus) -> BTreeMap<Vec<(&'static str, String)>, f64> {
    let mut holders = BTreeMap::new();
    for holder in server.holders() {
        let database = holder.database.map(|database| ("datname", database.to_string()));
        let pid = holder.pid.map(|pid| ("pid", pid.to_string()));
        let labels = [("purpose", holder.purpose.to_owned())].into_iter().chain(database).chain(pid).collect();
        let longest = holders.entry(labels).or_insert(0.0_f64);
        *longest = longest.max(holder.since.elapsed().as_secs_f64());
    }
    holders
}

const fn number(truth: bool) -> f64 {
    if truth { 1.0 } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "a limit keeps the series of a query far below 2^52")]
const fn count(count: usize) -> f64 {
    count as f64
}

fn unix_time(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
