//! The status of pgvigil's own work on each server. The exporter's metrics and the landing page are two views of it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::fault::{Fault, FaultKind};
use super::skip::Skip;
use crate::expose::sample::Duplicates;
use crate::expose::store::Revision;
use crate::query::{Query, Role};
use crate::settings::{LoginRole, ServerKind};

/// The status board: all servers by name.
#[derive(Debug, Default)]
pub struct Board {
    servers: Mutex<BTreeMap<Arc<str>, ServerStatus>>,
    revision: Revision,
}

/// One server.
#[derive(Debug, Clone, Default)]
pub struct ServerStatus {
    /// What kind of server it is.
    pub kind: ServerKind,
    /// Host and port, for display.
    pub address: String,
    /// The configured labels of all its samples.
    pub labels: Vec<(String, String)>,
    /// Whether the kept session answers; none before the first attempt.
    pub up: Option<bool>,
    /// The last login probe.
    pub login: Option<Login>,
    /// Why the server is down, or why a login fails.
    pub fault: Option<Fault>,
    /// Why it is down, as last logged.
    pub told: Option<String>,
    /// The version at the last answer.
    pub version: String,
    /// Primary or standby, if known.
    pub role: Option<Role>,
    /// Whether the login role is a superuser, which monitoring does not need.
    pub superuser: bool,
    /// What takes pgvigil's connection slots.
    pub connections: Vec<Connection>,
    /// The databases that refuse logins although the server does not, by the label `datname` and the role, with the server's message.
    pub refused: BTreeMap<(Arc<str>, LoginRole), String>,
    /// How many databases are not read because they are over the limit.
    pub databases_dropped: usize,
    /// The queries by name and database, the latter as in the label `datname`.
    pub queries: BTreeMap<(Arc<str>, Option<Arc<str>>), QueryStatus>,
}

/// One login.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Login {
    /// Whether the login succeeded.
    pub well: bool,
    /// From the first packet until the session is ready or the login has failed.
    pub duration: Duration,
    /// Until when a successful login counts.
    expires: Instant,
}

impl Login {
    /// The interval of the login probe.
    pub const INTERVAL: Duration = Duration::from_secs(30);

    /// A login that has just ended; `timeout` is its time limit.
    #[must_use]
    pub fn new(well: bool, duration: Duration, timeout: Duration) -> Self {
        Self { well, duration, expires: Instant::now() + Self::INTERVAL * 3 + timeout }
    }

    /// Whether the login still counts. A success proves nothing once later probes could not be made. A failure counts until a login succeeds, because
    /// no other is tried while one hangs.
    #[must_use]
    pub fn counts(&self, now: Instant) -> bool {
        !self.well || now < self.expires
    }
}

/// What takes one of the two connection slots: a connection, or the backend of a closed one.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// What the connection is for; none if only the backend is left.
    pub purpose: Option<Purpose>,
    /// The database, if it is not the configured one.
    pub database: Option<Arc<str>>,
    /// The backend's pid, once known.
    pub pid: Option<i32>,
    /// Since when the connection has been silent, if that is longer than its time limit.
    pub silent: Option<Instant>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The kept session.
    Kept,
    /// Queries that the kept session cannot run.
    Queries,
    /// The login probe.
    Login,
}

impl Purpose {
    /// The value of the label `purpose`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Queries => "queries",
            Self::Login => "login",
        }
    }
}

/// What takes a connection slot without answering, for display and as a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What the connection was for; `closed` if only the backend is left.
    pub purpose: &'static str,
    /// The database, if it is not the configured one.
    pub database: Option<Arc<str>>,
    /// The backend's pid, if known.
    pub pid: Option<i32>,
    /// Since when.
    pub since: Instant,
}

impl ServerStatus {
    /// How many connections are open or being opened.
    #[must_use]
    pub fn open(&self) -> usize {
        self.connections.iter().filter(|connection| connection.purpose.is_some()).count()
    }

    /// What takes connection slots without answering.
    #[must_use]
    pub fn holders(&self) -> Vec<Holder> {
        let holder = |connection: &Connection| {
            let Connection { purpose, database, pid, silent } = connection.clone();
            Some(Holder { purpose: purpose.map_or("closed", Purpose::as_str), database, pid, since: silent? })
        };
        self.connections.iter().filter_map(holder).collect()
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.purpose {
            "closed" => f.write_str("the backend of a connection that pgvigil has closed"),
            "login" => f.write_str("a login that gets no answer"),
            "queries" => f.write_str("a session that does not answer"),
            purpose => write!(f, "the {purpose} session, which does not answer,"),
        }?;
        if let Some(database) = &self.database {
            write!(f, " to database {database:?}")?;
        }
        self.pid.map_or(Ok(()), |pid| write!(f, ", backend {pid}"))
    }
}

/// One query on one server, and in one database if its scope is that.
#[derive(Debug, Clone)]
pub struct QueryStatus {
    /// The query.
    pub query: Arc<Query>,
    /// When it last succeeded.
    pub last_success: Option<SystemTime>,
    /// How long its last run took, successful or not.
    pub duration: Option<Duration>,
    /// The number of series of its last success.
    pub series: usize,
    /// How many series of its last success were dropped because of the limit.
    pub dropped: usize,
    /// The series missing from its last success because several rows had the same labels, with the labels of the first.
    pub duplicates: Option<Duplicates>,
    /// When the last success goes stale.
    pub expires: Option<Instant>,
    /// The number of failures by kind, since the start.
    pub errors: BTreeMap<FaultKind, u64>,
    /// Why it does not run here.
    pub skip: Option<Skip>,
    /// Why its last run failed.
    pub fault: Option<Fault>,
}

impl QueryStatus {
    /// A query that has not run yet.
    #[must_use]
    pub const fn new(query: Arc<Query>) -> Self {
        Self {
            query,
            last_success: None,
            duration: None,
            series: 0,
            dropped: 0,
            duplicates: None,
            expires: None,
            errors: BTreeMap::new(),
            skip: None,
            fault: None,
        }
    }

    /// Whether the query runs here at `now`. A lock passes, and so does a lack of time, and a table that is left out is not all, so they do not count. If
    /// the database refuses logins, it counts until the last answer is stale.
    #[must_use]
    pub fn runs(&self, now: Instant) -> bool {
        match self.skip {
            None | Some(Skip::Locked | Skip::Crowded | Skip::Large(_)) => true,
            Some(Skip::Refused(_)) => self.is_fresh(now),
            Some(_) => false,
        }
    }

    /// Whether its series are on the page at `now`.
    #[must_use]
    pub fn is_fresh(&self, now: Instant) -> bool {
        self.expires.is_some_and(|expires| now < expires)
    }
}

impl Board {
    /// An empty board; `revision` counts its changes.
    #[must_use]
    pub fn new(revision: Revision) -> Self {
        Self { servers: Mutex::default(), revision }
    }

    /// Adds a server. If it was there before, its status is kept.
    pub fn insert(&self, server: Arc<str>, kind: ServerKind, address: String, labels: Vec<(String, String)>) {
        let mut servers = self.servers.lock();
        let before = servers.remove(&server).unwrap_or_default();
        servers.insert(server, ServerStatus { kind, address, labels, ..before });
        drop(servers);
        self.revision.advance();
    }

    /// Removes every server that `keep` does not accept.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        self.servers.lock().retain(|server, _| keep(server));
        self.revision.advance();
    }

    /// Removes every query that `keep` does not accept, given the kind of server, the query's name and whether it runs in a database.
    pub fn retain_queries(&self, keep: impl Fn(ServerKind, &str, bool) -> bool) {
        for server in self.servers.lock().values_mut() {
            let kind = server.kind;
            server.queries.retain(|(query, database), _| keep(kind, query, database.is_some()));
        }
        self.revision.advance();
    }

    /// Changes a server's status. Does nothing if the server was removed meanwhile.
    pub fn update<R>(&self, server: &str, change: impl FnOnce(&mut ServerStatus) -> R) -> Option<R> {
        let changed = self.servers.lock().get_mut(server).map(change);
        self.revision.advance();
        changed
    }

    /// Reads the status of all servers. `look` blocks the work on them, so it should only copy or write.
    pub fn read<R>(&self, look: impl FnOnce(&BTreeMap<Arc<str>, ServerStatus>) -> R) -> R {
        look(&self.servers.lock())
    }

    /// Whether every server was tried at least once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.read(|servers| servers.values().all(|server| server.up.is_some()))
    }
}
