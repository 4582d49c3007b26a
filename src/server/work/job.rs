//! A query on a server, as something that is due.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::query::Query;
use crate::server::seats::Millis;
use crate::settings::LoginRole;

/// A query, as whom it runs, and where. One of the same name, role and database is the same job, also after a reload that changed its file.
#[derive(Debug, Clone)]
pub struct Job {
    /// The query.
    pub query: Arc<Query>,
    /// As whom it runs.
    pub role: LoginRole,
    /// Where, for a query of that scope.
    pub database: Option<Arc<str>>,
}

impl Job {
    /// A query, in this database if it is of that scope.
    #[must_use]
    pub fn new(query: &Arc<Query>, database: Option<&Arc<str>>) -> Self {
        Self { query: Arc::clone(query), role: role(query), database: database.cloned() }
    }

    /// How long it may take on the server, in all of its statements.
    #[must_use]
    pub fn limit(&self) -> Millis {
        let Query { timeout, .. } = *self.query;
        // Before the body, the owners of what it names are looked up, and tables are copied.
        let look = if self.query.bodies.iter().all(|body| body.names.is_empty()) { 0 } else { 2 };
        let copy = u32::from(!self.query.copies.is_empty());
        u64::try_from((timeout + timeout / 2 * (look + copy)).as_millis()).unwrap_or(Millis::MAX)
    }

    fn key(&self) -> (&str, LoginRole, Option<&Arc<str>>) {
        (self.query.name.as_str(), self.role, self.database.as_ref())
    }
}

/// As whom a query runs.
#[must_use]
pub const fn role(query: &Query) -> LoginRole {
    if query.reader { LoginRole::Reader } else { LoginRole::Monitor }
}

impl PartialEq for Job {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Job {}

impl PartialOrd for Job {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Job {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}
