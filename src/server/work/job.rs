//! A query that becomes due on a server.

use std::cmp::Ordering;
use std::sync::Arc;

use super::absent::Spot;
use crate::query::Query;
use crate::server::seats::Millis;
use crate::settings::LoginRole;

/// A query, the role it runs as, and its database. A job with the same name, role and database is the same job, also after a reload that changed its
/// file, unless that changes whether it is ranked as another query.
#[derive(Debug, Clone)]
pub struct Job {
    /// The query.
    pub query: Arc<Query>,
    /// The role it runs as.
    pub role: LoginRole,
    /// The database, for a query of that scope.
    pub database: Option<Arc<str>>,
}

impl Job {
    /// A job for a query, in this database if the query has that scope.
    #[must_use]
    pub fn new(query: &Arc<Query>, database: Option<&Arc<str>>) -> Self {
        Self { query: Arc::clone(query), role: role(query), database: database.cloned() }
    }

    /// How long the job may take on the server, all of its statements together.
    #[must_use]
    pub fn limit(&self) -> Millis {
        let Query { timeout, .. } = *self.query;
        // Before the body, the owners of what it names are looked up, and tables are copied.
        let look = if self.query.bodies.iter().all(|body| body.names.is_empty()) { 0 } else { 2 };
        let copy = u32::from(!self.query.copies.is_empty());
        u64::try_from((timeout + timeout / 2 * (look + copy)).as_millis()).unwrap_or(Millis::MAX)
    }

    /// The role and the database it runs with.
    #[must_use]
    pub fn spot(&self) -> Spot {
        Spot { role: self.role, database: self.database.clone() }
    }

    /// Whether it runs with this role in this database.
    #[must_use]
    pub fn is_at(&self, spot: &Spot) -> bool {
        (self.role, &self.database) == (spot.role, &spot.database)
    }

    /// Of jobs that are due together, a ranking that is like another one comes after that.
    fn key(&self) -> (bool, &str, LoginRole, Option<&Arc<str>>) {
        (self.query.leader().is_some(), self.query.name.as_str(), self.role, self.database.as_ref())
    }
}

/// The role that a query runs as.
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
