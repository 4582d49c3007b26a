//! Which locks keep logins out of a database, from one look to the next. Pure: the clock is the caller's.
//!
//! Any role can take a lock on a database that is not its own for some microseconds: DROP DATABASE locks first and checks the owner then. Done again and
//! again, every look shows such a lock, and logins get in all the same. So a lock counts only if it lasts, and if no session has begun behind it. In
//! doubt the login is tried: it has a time limit, and it is cancelled if it waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::facts::Facts;

/// How long one look is valid for all databases that are due. The server reads its whole lock table for it: some milliseconds for 10,000 locks.
const FRESH: Duration = Duration::from_millis(300);

/// How long a transaction has to keep its lock before it counts. Far longer than a refused DROP DATABASE takes, and short beside a login's time limit.
const LASTS: Duration = Duration::from_secs(1);

/// The oid of no database: a shared catalogue is locked, and with it every database.
const ALL: u32 = 0;

/// A transaction that holds or awaits a lock, by the database that it locks and a name that no other transaction has.
type Keeper = (u32, String);

/// The result of a look: the transactions, and how long ago a session has begun in that database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Locked(BTreeMap<Keeper, Option<Duration>>);

/// How long a transaction has had its lock.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// It was there at the latest then: at the look that first found it, or when a login began that hangs.
    since: Instant,
    /// The look that found this. A session that began before it may have got in before the lock.
    seen: Instant,
}

/// What is known about locks and has been logged.
#[derive(Debug, Default)]
pub struct Locks {
    /// The transactions of the last look.
    keepers: BTreeMap<Keeper, Kept>,
    /// The databases that were locked in each look since then, by whatever transaction.
    since: BTreeMap<u32, Instant>,
    /// When a session last began in each of them.
    entered: BTreeMap<u32, Instant>,
    looked: Option<Instant>,
    /// The databases that the log says are skipped.
    pub told: BTreeSet<Arc<str>>,
}

impl Locked {
    /// Parses the rows of the look: database, transaction, and the age of the youngest session there in seconds.
    pub fn from_rows(rows: impl IntoIterator<Item = [Option<String>; 3]>) -> Self {
        let parsed = rows.into_iter().filter_map(|[database, transaction, age]| {
            let age = age.and_then(|age| Duration::try_from_secs_f64(age.parse().ok()?).ok());
            Some(((database?.parse().ok()?, transaction.unwrap_or_default()), age))
        });
        Self(parsed.collect())
    }
}

impl Locks {
    /// Whether the last look is recent enough to rely on.
    #[must_use]
    pub fn are_known(&self, now: Instant) -> bool {
        self.looked.is_some_and(|looked| now.duration_since(looked) < FRESH)
    }

    /// Records the result of a look. `hanging` are the logins that hang at that moment, by database and when they began: what is locked there was locked
    /// since then, also for a session that got in before.
    pub fn learn(&mut self, found: Locked, hanging: &[(u32, Instant)], now: Instant) {
        let (before, locked_before) = (std::mem::take(&mut self.keepers), std::mem::take(&mut self.since));
        for ((database, transaction), age) in found.0 {
            let hung = hanging.iter().filter(|(oid, _)| database == ALL || *oid == database).map(|(_, began)| *began).max();
            self.since.insert(database, locked_before.get(&database).copied().unwrap_or(now));
            self.entered(database, age.and_then(|age| now.checked_sub(age)));
            let keeper = (database, transaction);
            let kept = before.get(&keeper).copied().filter(|kept| hung.is_none_or(|began| began <= kept.since));
            self.keepers.insert(keeper, kept.unwrap_or_else(|| Kept { since: hung.unwrap_or(now), seen: now }));
        }
        let since = &self.since;
        self.entered.retain(|database, _| since.contains_key(database));
        self.looked = Some(now);
    }

    /// pgvigil has logged in to this database.
    pub fn let_in(&mut self, database: u32, now: Instant) {
        for locked in [database, ALL] {
            if self.since.contains_key(&locked) {
                self.entered(locked, Some(now));
            }
        }
    }

    fn entered(&mut self, database: u32, began: Option<Instant>) {
        if let Some(began) = began {
            let last = self.entered.entry(database).or_insert(began);
            *last = began.max(*last);
        }
    }

    /// Whether the last look found no lock.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keepers.is_empty()
    }

    /// Whether a lock on this database alone, or on all of them, keeps logins out.
    fn keeps_out(&self, database: u32) -> bool {
        let lasts = |since: Instant| self.looked.is_some_and(|looked| looked.duration_since(since) >= LASTS);
        let refuted = |seen: Instant| self.entered.get(&database).is_some_and(|entered| *entered > seen);
        self.keepers.iter().any(|((locked, _), kept)| *locked == database && lasts(kept.since) && !refuted(kept.seen))
    }

    /// Whether a login to this database would wait.
    #[must_use]
    pub fn hold(&self, database: &str, facts: &Facts) -> bool {
        self.keeps_out(ALL) || self.hold_only(database, facts)
    }

    /// Whether a login to this database would wait, and logins to other databases would not.
    #[must_use]
    pub fn hold_only(&self, database: &str, facts: &Facts) -> bool {
        !self.keeps_out(ALL) && facts.databases.get(database).is_some_and(|oid| self.keeps_out(*oid))
    }

    /// When a login to this database may be tried, if there is a lock that has just appeared. Another look then tells whether it lasts.
    #[must_use]
    pub fn doubtful(&self, database: &str, facts: &Facts) -> Option<Instant> {
        if self.is_empty() {
            return None;
        }
        let own = facts.databases.get(database).and_then(|oid| self.since.get(oid));
        own.max(self.since.get(&ALL)).map(|since| *since + LASTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn facts() -> Facts {
        Facts { databases: [("a".to_owned(), 16384), ("b".to_owned(), 16385)].into(), ..Facts::default() }
    }

    /// A look that finds these transactions, with the age of the youngest session.
    fn found(rows: &[(&str, &str, Option<&str>)]) -> Locked {
        let owned = |text: &str| Some(text.to_owned());
        Locked::from_rows(rows.iter().map(|(database, transaction, age)| [owned(database), owned(transaction), age.and_then(owned)]))
    }

    fn held(locks: &Locks) -> [bool; 3] {
        ["a", "b", "gone"].map(|name| locks.hold(name, &facts()))
    }

    #[test]
    fn what_is_shared_locks_all() {
        let after = |rows: &[(&str, &str, Option<&str>)]| {
            let (mut locks, now) = (Locks::default(), Instant::now());
            locks.learn(found(rows), &[], now);
            assert_eq!(held(&locks), [false; 3], "not at first sight");
            locks.learn(found(rows), &[], now + SECOND);
            (held(&locks), locks.hold_only("a", &facts()))
        };
        assert_eq!(after(&[]), ([false; 3], false));
        assert_eq!(after(&[("16384", "7 3/9", None)]), ([true, false, false], true));
        assert_eq!(after(&[("0", "7 3/9", None), ("16384", "7 3/9", None)]), ([true; 3], false));
    }

    #[test]
    fn a_lock_that_changes_hands_locks_nothing() {
        let (mut locks, now) = (Locks::default(), Instant::now());
        for turn in 0..100 {
            let transaction = format!("7 3/{turn}");
            locks.learn(found(&[("16384", &transaction, None), ("0", &transaction, None)]), &[], now + SECOND * turn);
            assert_eq!(held(&locks), [false; 3], "refused DROP DATABASE, one after the other");
        }
        assert_eq!(locks.doubtful("a", &facts()), Some(now + SECOND), "a login is held back once, and not each time");
        locks.learn(found(&[]), &[], now + SECOND * 100);
        assert_eq!(locks.doubtful("a", &facts()), None);
    }

    #[test]
    fn a_lock_behind_which_sessions_begin_locks_nothing() {
        let (mut locks, now) = (Locks::default(), Instant::now());
        let look = |age| found(&[("16384", "7 3/9", age)]);
        locks.learn(look(Some("60")), &[], now);
        locks.learn(look(Some("65")), &[], now + SECOND * 5);
        assert_eq!(held(&locks), [true, false, false], "those that were there before say nothing");
        locks.learn(look(Some("0.5")), &[], now + SECOND * 9);
        assert_eq!(held(&locks), [false; 3]);
        locks.learn(look(None), &[], now + SECOND * 60);
        assert_eq!(held(&locks), [false; 3], "also once that session has ended");
        let hangs = [(16384, now + SECOND * 61)];
        locks.learn(look(None), &hangs, now + SECOND * 66);
        assert_eq!(held(&locks), [true, false, false], "until a login hangs there");
        locks.let_in(16384, now + SECOND * 70);
        assert_eq!(held(&locks), [false; 3], "and until one of pgvigil's own gets in");
    }

    #[test]
    fn a_lock_at_which_a_login_hangs_counts_at_first_sight() {
        let (mut locks, now) = (Locks::default(), Instant::now());
        let look = found(&[("16384", "7 3/9", Some("2")), ("16385", "8 4/1", None)]);
        locks.learn(look, &[(16384, now)], now + SECOND * 5);
        assert_eq!(held(&locks), [true, false, false], "also if a session has begun since, as that of the lock");
    }
}
