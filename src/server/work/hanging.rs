//! Logins that hang: what is known of them, and whether others get in meanwhile. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::backoff;
use crate::server::seats::SEATS;

/// How soon a login that still waits is cancelled again.
const AGAIN: Duration = Duration::from_secs(1);

/// How long a cancelled login needs to end, with much to spare: after that the log says that it does not.
const CANCELLED: Duration = Duration::from_secs(3);

/// Where a login leads to that hangs.
#[derive(Debug, Clone)]
pub struct Hang {
    /// The database of a visit; none for a login to the configured one.
    pub database: Option<Arc<str>>,
    /// The oid of the database, where it is known.
    pub oid: Option<u32>,
    /// When it began.
    pub began: Instant,
    /// Since when it is over time.
    since: Instant,
    /// When it is cancelled next.
    next: Instant,
    /// Whether the log says that it does not end.
    told: bool,
}

impl Hang {
    /// A login that is over time.
    #[must_use]
    pub const fn new(database: Option<Arc<str>>, oid: Option<u32>, began: Instant, now: Instant) -> Self {
        Self { database, oid, began, since: now, next: now, told: false }
    }

    /// Whether it has ended, at this time, as soon as it was cancelled.
    #[must_use]
    pub fn was_short(&self, now: Instant) -> bool {
        now.duration_since(self.since) < CANCELLED
    }
}

/// The logins that hang.
#[derive(Debug, Default)]
pub struct Hanging {
    logins: [Option<Hang>; SEATS],
    /// When the youngest of the other sessions began that were ever seen.
    youngest: Option<Instant>,
    /// Whether the kept session has cancelled logins once.
    prepared: bool,
    /// The databases at whose login pgvigil has hung, and when that ended.
    before: BTreeMap<Arc<str>, Instant>,
}

impl Hanging {
    /// A login in this seat is over time.
    pub fn add(&mut self, seat: usize, hang: Hang) {
        self.logins[seat] = Some(hang);
    }

    /// It has ended, or is not waited for any more.
    pub const fn end(&mut self, seat: usize) -> Option<Hang> {
        self.logins[seat].take()
    }

    /// When to cancel one.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.logins.iter().flatten().map(|hang| hang.next).min()
    }

    /// There is another kept session.
    pub const fn unprepare(&mut self) {
        self.prepared = false;
    }

    /// The logins to cancel now. Before any hangs, a session does that once for none: then it knows the catalogues that this reads, and need not read them
    /// when they are locked.
    pub fn cancel(&mut self, now: Instant) -> Option<Vec<Hang>> {
        let prepared = std::mem::replace(&mut self.prepared, true);
        let mut hangs = Vec::new();
        for hang in self.logins.iter_mut().flatten() {
            hang.next = now + AGAIN;
            hangs.push(hang.clone());
        }
        (!hangs.is_empty() || !prepared).then_some(hangs)
    }

    /// Those that could not be cancelled: news once.
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

    /// For how long to leave a database alone at whose login pgvigil has hung for so long, so that others are read: shortly the first time, as all is to be back
    /// within 30 seconds after a fault, and much longer where it comes again.
    pub fn pause(&mut self, database: &Arc<str>, lasted: Duration, now: Instant) -> Duration {
        self.before.retain(|_, ended| now.duration_since(*ended) < backoff::HANG_MEMORY);
        let again = self.before.insert(Arc::clone(database), now).is_some();
        if again { backoff::after_hang(lasted) } else { backoff::VISIT.base }
    }

    /// A session of others was seen that began so long ago.
    pub fn saw(&mut self, age: Duration, now: Instant) {
        self.youngest = self.youngest.max(now.checked_sub(age));
    }

    /// Whether somebody has got in since the last login that hangs began; true where none hangs.
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
