//! Logins that hang: what is known of them, and whether other clients get in meanwhile. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backoff;
use crate::server::seats::SEATS;

/// How soon a login that still waits is cancelled again.
const AGAIN: Duration = Duration::from_secs(1);

/// How long a cancelled login may take to end, generously. After that the log says that it cannot be cancelled.
const CANCELLED: Duration = Duration::from_secs(3);

/// A login that hangs.
#[derive(Debug, Clone)]
pub struct Hang {
    /// The database of a short-lived connection; none for a login to the configured one.
    pub database: Option<Arc<str>>,
    /// The oid of the database, if known.
    pub oid: Option<u32>,
    /// When the login began.
    pub began: Instant,
    /// When its time limit passed.
    since: Instant,
    /// When it is cancelled next.
    next: Instant,
    /// Whether the log says that it cannot be cancelled.
    told: bool,
}

impl Hang {
    /// A login whose time limit passed at `now`.
    #[must_use]
    pub const fn new(database: Option<Arc<str>>, oid: Option<u32>, began: Instant, now: Instant) -> Self {
        Self { database, oid, began, since: now, next: now, told: false }
    }

    /// Whether a login that ends at `now` did so as soon as it was cancelled.
    #[must_use]
    pub fn was_short(&self, now: Instant) -> bool {
        now.duration_since(self.since) < CANCELLED
    }
}

/// The logins that hang.
#[derive(Debug, Default)]
pub struct Hanging {
    logins: [Option<Hang>; SEATS],
    /// The latest start of another client's session seen so far.
    youngest: Option<Instant>,
    /// Whether the kept session has run the cancel statement once.
    prepared: bool,
    /// The databases whose login has hung, and when that ended.
    before: BTreeMap<Arc<str>, Instant>,
}

impl Hanging {
    /// A login in this seat is over its time limit.
    pub fn add(&mut self, seat: usize, hang: Hang) {
        self.logins[seat] = Some(hang);
    }

    /// The login has ended, or is no longer waited for.
    pub const fn end(&mut self, seat: usize) -> Option<Hang> {
        self.logins[seat].take()
    }

    /// When to cancel a login.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.logins.iter().flatten().map(|hang| hang.next).min()
    }

    /// The databases of the logins that hang, as far as known, and when each login began.
    #[must_use]
    pub fn databases(&self) -> Vec<(u32, Instant)> {
        self.logins.iter().flatten().filter_map(|hang| Some((hang.oid?, hang.began))).collect()
    }

    /// There is a new kept session.
    pub const fn unprepare(&mut self) {
        self.prepared = false;
    }

    /// The logins to cancel now. Before any login hangs, a new session runs the statement once with no login to cancel: it then has cached the
    /// catalogues that the statement reads, and need not read them when they are locked.
    pub fn cancel(&mut self, now: Instant) -> Option<Vec<Hang>> {
        let prepared = std::mem::replace(&mut self.prepared, true);
        let mut hangs = Vec::new();
        for hang in self.logins.iter_mut().flatten() {
            hang.next = now + AGAIN;
            hangs.push(hang.clone());
        }
        (!hangs.is_empty() || !prepared).then_some(hangs)
    }

    /// The logins that could not be cancelled, each reported once.
    pub fn stubborn(&mut self, now: Instant) -> Vec<Hang> {
        let over = |hang: &&mut Hang| now.duration_since(hang.since) >= CANCELLED;
        let news = self
            .logins
            .iter_mut()
            .flatten()
            .filter(over)
            .filter_map(|hang| (!std::mem::replace(&mut hang.told, true)).then(|| hang.clone()));
        news.collect()
    }

    /// How long to leave a database alone after its login has hung for `lasted`, so that other databases are read. The first time the pause is short,
    /// because everything must be back within 30 seconds after a fault; if it hangs again, the pause is much longer.
    pub fn pause(&mut self, database: &Arc<str>, lasted: Duration, now: Instant) -> Duration {
        self.before.retain(|_, ended| now.duration_since(*ended) < backoff::HANG_MEMORY);
        let again = self.before.insert(Arc::clone(database), now).is_some();
        if again { backoff::after_hang(lasted) } else { backoff::VISIT.base }
    }

    /// Another client's session was seen that began `age` ago.
    pub fn saw(&mut self, age: Duration, now: Instant) {
        self.youngest = self.youngest.max(now.checked_sub(age));
    }

    /// Whether another client has logged in since the last hanging login began; true if none hangs.
    #[must_use]
    pub fn others_get_in(&self) -> bool {
        let last = self.logins.iter().flatten().map(|hang| hang.began).max();
        last.is_none_or(|began| self.youngest.is_some_and(|youngest| youngest > began))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_login_is_cancelled_each_second_and_told_of_once() {
        let now = Instant::now();
        let mut hanging = Hanging::default();
        assert_eq!(hanging.cancel(now).map(|hangs| hangs.len()), Some(0), "a new session learns how");
        assert!(hanging.cancel(now).is_none() && hanging.due().is_none());
        hanging.add(1, Hang::new(Some("a".into()), Some(7), now, now + 5 * SECOND));
        assert_eq!(hanging.due(), Some(now + 5 * SECOND));
        assert_eq!(hanging.cancel(now + 5 * SECOND).map(|hangs| hangs.len()), Some(1));
        assert_eq!(hanging.due(), Some(now + 6 * SECOND));
        let told = [7, 8, 9].map(|after| hanging.stubborn(now + after * SECOND).len());
        assert_eq!(told, [0, 1, 0]);
        assert!(!hanging.end(1).unwrap().was_short(now + 8 * SECOND));
        assert!(hanging.due().is_none());
    }

    #[test]
    fn a_database_that_hung_is_left_alone() {
        let (now, name, mut hanging) = (Instant::now(), "a".into(), Hanging::default());
        let hour = Duration::from_hours(1);
        assert_eq!(hanging.pause(&name, 100 * SECOND, now), backoff::VISIT.base, "the first time");
        assert_eq!(hanging.pause(&name, 100 * SECOND, now + hour), 1000 * SECOND, "again");
        assert_eq!(hanging.pause(&name, 100 * SECOND, now + 4 * hour), backoff::VISIT.base, "forgotten");
    }

    #[test]
    fn others_get_in_once_one_is_younger_than_the_login() {
        let now = Instant::now() + 60 * SECOND;
        let mut hanging = Hanging::default();
        assert!(hanging.others_get_in());
        hanging.add(0, Hang::new(None, None, now, now + 5 * SECOND));
        hanging.saw(20 * SECOND, now + 10 * SECOND);
        assert!(!hanging.others_get_in());
        hanging.saw(SECOND, now + 10 * SECOND);
        hanging.saw(30 * SECOND, now + 11 * SECOND);
        assert!(hanging.others_get_in(), "also once that one is gone");
    }
}
