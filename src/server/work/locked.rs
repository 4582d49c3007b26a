//! Databases at whose catalogues a login would wait for a lock: such a login keeps its connection slot for as long as the lock is there, and no
//! other database would be read. So the kept session looks first, and a login that waits all the same is cancelled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::facts::{self, Facts};
use super::hanging::Hang;
use crate::query::need::quote_literal;
use crate::query::wrap;

/// What the look is called on the server.
pub const TAG: &str = "locked";

/// What the cancel of a login is called.
pub const CANCEL_TAG: &str = "cancel login";

/// How long one look serves for all databases that are due. The server reads its whole table of locks for it: 10,000 locks take some
/// milliseconds.
const FRESH: Duration = Duration::from_millis(300);

/// What a look has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locked {
    /// Whether a catalogue that all databases share is locked.
    shared: bool,
    /// The databases that are locked themselves or have a locked catalogue.
    databases: BTreeSet<u32>,
}

/// What is known of locks and was said of them.
#[derive(Debug, Default)]
pub struct Locks {
    /// What the last look has found.
    pub found: Locked,
    looked: Option<Instant>,
    /// The databases of which the log says that they are skipped.
    pub told: BTreeSet<Arc<str>>,
}

/// The statement for the age of the youngest session of others, in seconds. Logins that are under way do not count.
#[must_use]
pub fn youngest() -> String {
    format!(
        "{}select extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.max(a.backend_start))::text \
         from pg_catalog.pg_stat_get_activity(null) a where a.pid <> pg_catalog.pg_backend_pid() and a.state is distinct from 'starting'",
        wrap::prelude(TAG, facts::TIMEOUT)
    )
}

/// The statement that looks: rows of the databases' oids, 0 for all of them. By functions and not by views, which read catalogues that may be
/// locked just now.
///
/// A login reads nearly every catalogue of its database while the file that caches them (`pg_internal.init`) is invalid, and a role that may lock one
/// may invalidate that. It does not read large objects nor dependencies, the catalogues that take longest to vacuum. Catalogues have oids below
/// 10000. Nothing less than an `AccessExclusiveLock` is in the way of a reader; a login also locks the database itself (1262 is `pg_database`)
/// as one that writes, which the source of a CREATE DATABASE excludes too. A lock that is awaited counts: later ones queue behind it.
///
/// The function is not in FROM, where the server would keep all of its rows first: 50,000 locks in a file.
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

/// How much earlier than pgvigil's login a wait may have begun that is taken for it: the statement that says so takes its time to arrive.
const EARLIER: Duration = Duration::from_secs(1);

/// The statement that cancels the login that hangs, if it waits for such a lock. `hang` says to which database it leads, and when it began.
///
/// Such logins are on no list of sessions yet, or 'starting' (from 18 on), so nothing tells whose they are but the right to cancel them, and any role
/// can give pgvigil that right to its own. So only waits for the locks of that database count, and from 14 on (`tells_since`) only those that began
/// after pgvigil's login. A login of another role that pgvigil may cancel and that waits for the same lock at that moment fails, and can only be
/// tried again. Where pgvigil may cancel the logins of all (as a superuser or a member of `pg_signal_backend`), 13 would not tell them apart,
/// and none is cancelled. Logins that wait for a catalogue of all databases are only cancelled where pgvigil may cancel no others than its own and those
/// of the `reader` of the same configuration. An attempt at a login of another role is an error, which plpgsql keeps out of the server's log.
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
        // A dollar could end the block.
        quote_literal(reader.unwrap_or_default()).replace('$', "\\x24")
    )
}

impl Locked {
    /// From the rows of the look.
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

    /// Whether it would, and to others it would not.
    #[must_use]
    pub fn holds_only(&self, database: &str, facts: &Facts) -> bool {
        !self.shared && self.holds(database, facts)
    }
}

impl Locks {
    /// Whether the last look is recent enough to stand on.
    #[must_use]
    pub fn are_known(&self, now: Instant) -> bool {
        self.looked.is_some_and(|looked| now.duration_since(looked) < FRESH)
    }

    /// Takes in what a look has found at this time.
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
