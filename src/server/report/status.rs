//! What pgvigil knows about its own work on each server. The exporter's metrics and the landing page are two views of it.

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

/// All servers by name.
#[derive(Debug, Default)]
pub struct Board {
    servers: Mutex<BTreeMap<Arc<str>, ServerStatus>>,
    revision: Revision,
}

/// One server.
#[derive(Debug, Clone, Default)]
pub struct ServerStatus {
    /// What it is.
    pub kind: ServerKind,
    /// Host and port, for people.
    pub address: String,
    /// The labels that the configuration gives to all its samples.
    pub labels: Vec<(String, String)>,
    /// Whether the kept session answers; none before the first try.
    pub up: Option<bool>,
    /// How the last fresh login went.
    pub login: Option<Login>,
    /// Why it is not up, or why a login fails.
    pub fault: Option<Fault>,
    /// Why it is not up, as the log has last said it.
    pub told: Option<String>,
    /// Its version and role, as of the last answer.
    pub version: String,
    /// Whether it is a primary or a standby, if that is known.
    pub role: Option<Role>,
    /// Whether the login role is a superuser, which monitoring does not need.
    pub superuser: bool,
    /// What takes pgvigil's connection slots.
    pub connections: Vec<Connection>,
    /// The databases that refuse the login although the server does not, as the label `datname` has them, to whom, and what they say.
    pub refused: BTreeMap<(Arc<str>, LoginRole), String>,
    /// Databases that are not looked into, as they are over the limit.
    pub databases_dropped: usize,
    /// Its queries, by name and database, the latter as the label `datname` has it.
    pub queries: BTreeMap<(Arc<str>, Option<Arc<str>>), QueryStatus>,
}

/// One login.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Login {
    /// Whether it worked.
    pub well: bool,
    /// From the first packet to the session that is ready, or to the failure.
    pub duration: Duration,
    /// Until when that counts, if it worked.
    expires: Instant,
}

impl Login {
    /// How often a fresh login is tried.
    pub const INTERVAL: Duration = Duration::from_secs(30);

    /// One that has ended just now; `timeout` is what it may take.
    #[must_use]
    pub fn new(well: bool, duration: Duration, timeout: Duration) -> Self {
        Self { well, duration, expires: Instant::now() + Self::INTERVAL * 3 + timeout }
    }

    /// Whether it still counts. One that worked says nothing once the next ones could not be tried; one that failed stands until another works, since
    /// none is tried while it hangs.
    #[must_use]
    pub fn counts(&self, now: Instant) -> bool {
        !self.well || now < self.expires
    }
}

/// What takes one of the two slots: a connection, or the backend of one that is closed.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// What it is for; none where only the backend is left.
    pub purpose: Option<Purpose>,
    /// The database that it leads to, where that is not the configured one.
    pub database: Option<Arc<str>>,
    /// The backend, once it is known.
    pub pid: Option<i32>,
    /// Since when nothing is heard on it, where that is longer than it may be.
    pub silent: Option<Instant>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// The session that is kept.
    Kept,
    /// Queries that the kept session cannot run.
    Queries,
    /// The fresh login that is tried.
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

/// What takes a connection slot without an answer, for people and as a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What it was for; of a connection that is closed nobody knows.
    pub purpose: &'static str,
    /// In which database, where that is not the configured one.
    pub database: Option<Arc<str>>,
    /// The backend, where it is known.
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

    /// What takes connection slots without an answer.
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
            "closed" => f.write_str("a backend of a connection that pgvigil has closed"),
            purpose => write!(f, "a connection without an answer (for: {purpose})"),
        }?;
        if let Some(database) = &self.database {
            write!(f, " to database {database:?}")?;
        }
        self.pid.map_or(Ok(()), |pid| write!(f, ", process {pid}"))
    }
}

/// One query on one server, in one database where its scope is that.
#[derive(Debug, Clone)]
pub struct QueryStatus {
    /// The query.
    pub query: Arc<Query>,
    /// When it last succeeded.
    pub last_success: Option<SystemTime>,
    /// How long its last run took, well or not.
    pub duration: Option<Duration>,
    /// The series of its last success.
    pub series: usize,
    /// Series that the limit kept out of its last success.
    pub dropped: usize,
    /// Series that are missing from its last success, as several rows had their labels; and these labels, of the first of them.
    pub duplicates: Option<Duplicates>,
    /// When the last success goes stale.
    pub expires: Option<Instant>,
    /// Failures by kind, since the start.
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

    /// Whether it runs here at `now`: a lock passes. What a database told that refuses logins now is true until it is too old.
    #[must_use]
    pub fn runs(&self, now: Instant) -> bool {
        match self.skip {
            None | Some(Skip::Locked) => true,
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
    /// An empty board whose changes `revision` counts.
    #[must_use]
    pub fn new(revision: Revision) -> Self {
        Self { servers: Mutex::default(), revision }
    }

    /// Puts up a server. If it was there before, what was said of it is still true.
    pub fn insert(&self, server: Arc<str>, kind: ServerKind, address: String, labels: Vec<(String, String)>) {
        let mut servers = self.servers.lock();
        let before = servers.remove(&server).unwrap_or_default();
        servers.insert(server, ServerStatus { kind, address, labels, ..before });
        drop(servers);
        self.revision.advance();
    }

    /// Takes down every server that `keep` does not name.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        self.servers.lock().retain(|server, _| keep(server));
        self.revision.advance();
    }

    /// Takes down every query that `keep` does not name, given what the server is, the query's name and whether it ran in a database.
    pub fn retain_queries(&self, keep: impl Fn(ServerKind, &str, bool) -> bool) {
        for server in self.servers.lock().values_mut() {
            let kind = server.kind;
            server.queries.retain(|(query, database), _| keep(kind, query, database.is_some()));
        }
        self.revision.advance();
    }

    /// Changes a server's status; nothing where the server has been taken down meanwhile.
    pub fn update<R>(&self, server: &str, change: impl FnOnce(&mut ServerStatus) -> R) -> Option<R> {
        let changed = self.servers.lock().get_mut(server).map(change);
        self.revision.advance();
        changed
    }

    /// Looks at all servers. What `look` does holds up the targets, so it copies or writes and no more.
    pub fn read<R>(&self, look: impl FnOnce(&BTreeMap<Arc<str>, ServerStatus>) -> R) -> R {
        look(&self.servers.lock())
    }

    /// Whether every server was tried once.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.read(|servers| servers.values().all(|server| server.up.is_some()))
    }
}
