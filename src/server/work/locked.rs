//! Databases whose catalogues are locked, so that a login would wait. Such a login keeps its connection slot for as long as the lock is there, and no
//! other database is read. So the kept session looks at the locks first, and a login that waits all the same is cancelled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::facts::{self, Facts};
use super::hanging::Hang;
use crate::query::need::quote_literal;
use crate::query::wrap;

/// The name of the look in the server's log and statistics.
pub const TAG: &str = "locked";

/// The name of the statement that cancels a login.
pub const CANCEL_TAG: &str = "cancel login";

/// How long one look is valid for all databases that are due. The server reads its whole lock table for it: some milliseconds for 10,000 locks.
const FRESH: Duration = Duration::from_millis(300);

/// The result of a look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locked {
    /// Whether a shared catalogue is locked.
    shared: bool,
    /// The databases that are locked themselves or have a locked catalogue.
    databases: BTreeSet<u32>,
}

/// What is known about locks and has been logged.
#[derive(Debug, Default)]
pub struct Locks {
    /// The result of the last look.
    pub found: Locked,
    looked: Option<Instant>,
    /// The databases that the log says are skipped.
    pub told: BTreeSet<Arc<str>>,
}

/// The statement that returns the age of the youngest session of other clients, in seconds. Logins in progress do not count.
#[must_use]
pub fn youngest() -> String {
    format!(
        "{}select extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.max(a.backend_start))::text \
         from pg_catalog.pg_stat_get_activity(null) a where a.pid <> pg_catalog.pg_backend_pid() and a.state is distinct from 'starting'",
        wrap::prelude(TAG, facts::TIMEOUT)
    )
}

/// The statement that looks. It returns the oids of the locked databases, 0 for all of them. It calls functions instead of reading views, because views
/// read catalogues that may be locked just now.
///
/// Which locks block a login:
///
/// - A login reads nearly every catalogue of its database while the file that caches them (`pg_internal.init`) is invalid, and a role that may lock a
///   catalogue may invalidate that file. It does not read large objects or dependencies, the catalogues that take longest to vacuum. Catalogues have
///   oids below 10000.
/// - Only an `AccessExclusiveLock` blocks a reader.
/// - A login also locks the database itself (1262 is `pg_database`) like a writer, which the source of a CREATE DATABASE excludes too.
/// - A lock that is still awaited counts: later ones queue behind it.
///
/// The function is not in FROM, because there the server would first store all of its rows: 50,000 locks go to a file.
#[must_use]
pub fn question() -> String {
    format!(
        "{}select distinct (case l.locktype when 'object' then l.objid else l.database end)::text \
         from (select (a.l).* from (select pg_catalog.pg_lock_status() as l offset 0) a) l \
         where (l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.relation < 10000 \
         and l.relation <> all ('{{2608,2613,2673,2674,2683}}'::oid[])) \
         or (l.locktype = 'object' and l.classid = 1262 and l.objsubid = 0 \
         and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))",
        wrap::prelude(TAG, facts::TIMEOUT)
    )
}

/// How much earlier than pgvigil's login a wait may have begun to be taken for that login: the statement itself needs time to arrive.
const EARLIER: Duration = Duration::from_secs(1);

/// The statement that cancels the hanging login, if it waits for such a lock. `hang` has its database and when it began.
///
/// The server does not tell whose such a login is: it is in no list of sessions yet, or is listed as 'starting' (since 18). The only evidence is the
/// right to cancel it, and any role can grant pgvigil that right on its own logins. So the statement is limited:
///
/// - Only waits for locks of that database count. From 14 on (`tells_since`), only those that began after pgvigil's login.
/// - On 13, where pgvigil may cancel everyone's logins (as a superuser or a member of `pg_signal_backend`), none is cancelled, because they cannot be
///   told apart.
/// - Logins that wait for a shared catalogue are cancelled only if pgvigil may cancel no logins but its own and those of the `reader` in the same
///   configuration.
///
/// A login of another role may still be hit, if pgvigil may cancel it and it waits for the same lock at that moment. It fails and has to be retried. An
/// attempt to cancel a login of another role raises an error, which plpgsql keeps out of the server's log.
#[must_use]
pub fn cancel(reader: Option<&str>, hang: Option<&Hang>, now: Instant, tells_since: bool) -> String {
    let (oid, ago) = hang.and_then(|hang| Some((hang.oid?, now.duration_since(hang.began)))).unwrap_or_default();
    let is_later = if tells_since {
        format!("l.waitstart > pg_catalog.clock_timestamp() - interval '{} ms'", (ago + EARLIER).as_millis())
    } else {
        "not pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')".to_owned()
    };
    format!(
        "{}do language plpgsql $do$ declare waiting int; \
         others boolean := pg_catalog.pg_has_role('pg_signal_backend', 'USAGE') or exists (select from pg_catalog.pg_roles r \
         where r.rolcanlogin and r.rolname <> all (array[current_user, {}]) and pg_catalog.pg_has_role(r.oid, 'USAGE')); begin \
         for waiting in select l.pid from pg_catalog.pg_lock_status() l where not l.granted and l.pid is not null \
         and (l.locktype = 'relation' and l.relation < 10000 and l.mode = 'AccessShareLock' \
         and (l.database = {oid} and {is_later} or l.database = 0 and not others) \
         or l.locktype = 'object' and l.classid = 1262 and l.objid = {oid} and l.mode = 'RowExclusiveLock' and {is_later}) \
         and not exists (select from pg_catalog.pg_stat_get_activity(l.pid) a where a.state is distinct from 'starting') loop \
         begin perform pg_catalog.pg_cancel_backend(waiting); exception when insufficient_privilege then null; end; \
         end loop; end $do$",
        wrap::prelude(CANCEL_TAG, facts::TIMEOUT),
        // A dollar sign could end the block.
        quote_literal(reader.unwrap_or_default()).replace('$', "\\x24")
    )
}

impl Locked {
    /// Parses the rows of the look.
    pub fn from_rows(rows: impl IntoIterator<Item = [Option<String>; 1]>) -> Self {
        let oids = rows.into_iter().filter_map(|[oid]| oid?.parse::<u32>().ok());
        let (shared, databases): (BTreeSet<u32>, BTreeSet<u32>) = oids.partition(|oid| *oid == 0);
        Self { shared: !shared.is_empty(), databases }
    }

    /// Whether nothing is locked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.shared && self.databases.is_empty()
    }

    /// Whether a login to this database would wait.
    #[must_use]
    pub fn holds(&self, database: &str, facts: &Facts) -> bool {
        self.shared || facts.databases.get(database).is_some_and(|oid| self.databases.contains(oid))
    }

    /// Whether a login to this database would wait, and logins to other databases would not.
    #[must_use]
    pub fn holds_only(&self, database: &str, facts: &Facts) -> bool {
        !self.shared && self.holds(database, facts)
    }
}

impl Locks {
    /// Whether the last look is recent enough to rely on.
    #[must_use]
    pub fn are_known(&self, now: Instant) -> bool {
        self.looked.is_some_and(|looked| now.duration_since(looked) < FRESH)
    }

    /// Records the result of a look.
    pub fn learn(&mut self, found: Locked, now: Instant) {
        (self.found, self.looked) = (found, Some(now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_locks_all() {
        let facts = Facts { databases: [("a".to_owned(), 16384), ("b".to_owned(), 16385)].into(), ..Facts::default() };
        let found = |oids: &[&str]| {
            let found = Locked::from_rows(oids.iter().map(|oid| [Some((*oid).to_owned())]));
            ["a", "b", "gone"].map(|name| found.holds(name, &facts))
        };
        assert_eq!(found(&[]), [false; 3]);
        assert_eq!(found(&["16384"]), [true, false, false]);
        assert_eq!(found(&["0"]), [true; 3]);
    }
}
