//! What pgvigil knows about its own work on each server. The exporter's metrics and the landing page are two views of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use parking_lot::Mutex;

use super::fault::{Fault, FaultKind};
use super::plan::Skip;
use crate::expose::store::Revision;
use crate::query::Query;
use crate::settings::ServerKind;

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
    /// Whether it is a standby.
    pub in_recovery: bool,
    /// Whether the login role is a superuser, which monitoring does not need.
    pub superuser: bool,
    /// Connections that pgvigil has open to it.
    pub connections: usize,
    /// Its queries, by name and database.
    pub queries: BTreeMap<(Arc<str>, Option<Arc<str>>), QueryStatus>,
}

/// One login.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Login {
    /// Whether it worked.
    pub well: bool,
    /// From the first packet to the session that is ready, or to the failure.
    pub duration: Duration,
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
            expires: None,
            errors: BTreeMap::new(),
            skip: None,
            fault: None,
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

    /// Puts up a server. If it was there before, the connections that the work on it has left open still count, and what its queries have told
    /// is still true.
    pub fn insert(&self, server: Arc<str>, status: ServerStatus) {
        let mut servers = self.servers.lock();
        let before = servers.remove(&server).unwrap_or_default();
        servers.insert(server, ServerStatus { connections: before.connections, queries: before.queries, ..status });
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
