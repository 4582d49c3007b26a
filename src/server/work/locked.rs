//! Databases whose catalogues are locked, so that a login would wait. Such a login keeps its connection slot for as long as the lock is there, and no
//! other database is read. So the kept session looks at the locks first ([`lasting`](super::lasting) tells which of them count), and a login that waits
//! all the same is cancelled.

use std::time::{Duration, Instant};

use super::facts;
use super::hanging::Hang;
use crate::query::need::quote_literal;
use crate::query::wrap;

/// The name of the look in the server's log and statistics.
pub const TAG: &str = "locked";

/// The name of the statement that cancels a login.
pub const CANCEL_TAG: &str = "cancel login";

/// The statement that returns the age of the youngest session of other clients, in seconds. Logins in progress do not count.
#[must_use]
pub fn youngest() -> String {
    format!(
        "{}select extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.max(a.backend_start))::text \
         from pg_catalog.pg_stat_get_activity(null) a where a.pid <> pg_catalog.pg_backend_pid() and a.state is distinct from 'starting'",
        wrap::prelude(TAG, facts::TIMEOUT)
    )
}

/// The statement that looks. For each transaction that holds or awaits a lock which a login may wait for, it returns the oid of the database (0 for all of
/// them), a name of the transaction, and the age of the youngest session of that database in seconds. It calls functions instead of reading views,
/// because views read catalogues that may be locked just now.
///
/// Which locks block a login:
///
/// - A login reads nearly every catalogue of its database while the file that caches them (`pg_internal.init`) is invalid, and a role that may lock a
///   catalogue may invalidate that file. [`UNREAD`] are those that no login reads. Catalogues have oids below 10000.
/// - Only an `AccessExclusiveLock` blocks a reader.
/// - A login also locks the database itself (1262 is `pg_database`) like a writer, which the source of a CREATE DATABASE excludes too.
/// - A lock that is still awaited counts: later ones queue behind it.
///
/// The function is not in FROM, because there the server would first store all of its rows: 50,000 locks go to a file. A login in progress belongs to
/// no database yet.
#[must_use]
pub fn question() -> String {
    format!(
        "{}select k.locked::text, k.transaction, extract(epoch from pg_catalog.clock_timestamp() - \
         (select pg_catalog.max(pg_catalog.pg_stat_get_backend_start(b.id)) from (select pg_catalog.pg_stat_get_backend_idset() as id) b \
         where case when k.locked = 0 then pg_catalog.pg_stat_get_backend_dbid(b.id) <> 0 \
         else pg_catalog.pg_stat_get_backend_dbid(b.id) = k.locked end))::text \
         from (select distinct case l.locktype when 'object' then l.objid else l.database end as locked, \
         coalesce(l.pid::text || ' ', '') || l.virtualtransaction as transaction \
         from (select (a.l).* from (select pg_catalog.pg_lock_status() as l offset 0) a) l \
         where (l.locktype = 'relation' and l.mode = 'AccessExclusiveLock' and l.relation < 10000 \
         and l.relation <> all ('{{{UNREAD}}}'::oid[])) \
         or (l.locktype = 'object' and l.classid = 1262 and l.objsubid = 0 \
         and l.mode in ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'))) k",
        wrap::prelude(TAG, facts::TIMEOUT)
    )
}

/// The catalogues that do not count, and their indexes that are large: a login does not read them, even while the cache file is invalid. In older minor releases
/// any role can lock `pg_subscription` (6100, with its indexes 6114 and 6115) by DROP SUBSCRIPTION IF EXISTS. A login reads it only to write the cache file, and the
/// login that happens to do that is cancelled.
const UNREAD: &str = "1214,2396,2604,2608,2609,2611,2613,2673,2674,2683,2995,3256,3394,3596,6100,6114,6115";

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
