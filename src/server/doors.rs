//! Databases that refuse a login although the server does not. Pure: the clock is the caller's.
//!
//! A login that is refused costs the server a process and a line in its log, and it will most probably be refused again: `pg_hba.conf` rejects it, the
//! database has `CONNECTION LIMIT 0`, a login trigger raises. So the attempts become rare: after 20 s, 40 s, and so on up to 10 minutes. A reload of the
//! configuration, which an operator does after fixing it, tries again at once.

use std::collections::BTreeMap;

use super::seats::{Database, Millis};

/// After the first refusal: a database that has only just reached its connection limit is back within 30 s.
const FIRST: Millis = 20_000;

/// The longest pause between two attempts.
const RARE: Millis = 600_000;

/// The databases that refused the last login, each with the number of refusals in a row and the time of the next attempt.
#[derive(Debug, Default)]
pub struct Doors {
    shut: BTreeMap<Database, (u32, Millis)>,
}

impl Doors {
    /// When a login to this database may be tried.
    #[must_use]
    pub fn opens(&self, database: Database) -> Millis {
        self.shut.get(&database).map_or(0, |(_, next)| *next)
    }

    /// A login was refused. Returns whether that is news: one log line at the change.
    pub fn refused(&mut self, database: Database, now: Millis) -> bool {
        let (refusals, next) = self.shut.entry(database).or_default();
        *next = now + (FIRST << (*refusals).min(5)).min(RARE);
        *refusals += 1;
        *refusals == 1
    }

    /// A login succeeded. Returns whether that is news.
    pub fn entered(&mut self, database: Database) -> bool {
        self.shut.remove(&database).is_some()
    }

    /// The configuration was reloaded: every database may be tried at once, and one that refuses again is as rare as before.
    pub fn reload(&mut self) {
        for (_, next) in self.shut.values_mut() {
            *next = 0;
        }
    }

    /// How many databases refuse.
    #[must_use]
    pub fn shut(&self) -> usize {
        self.shut.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rare_and_return_at_once_on_reload() {
        let (mut doors, database, mut now) = (Doors::default(), Database(7), 1_000);
        let mut pauses = Vec::new();
        for attempt in 0..8 {
            assert_eq!(doors.refused(database, now), attempt == 0, "news once");
            pauses.push((doors.opens(database) - now) / 1_000);
            now = doors.opens(database);
        }
        assert_eq!(pauses, [20, 40, 80, 160, 320, 600, 600, 600]);
        doors.reload();
        assert_eq!(doors.opens(database), 0);
        doors.refused(database, now);
        assert_eq!(doors.opens(database), now + RARE, "it has not changed its mind");
        assert_eq!((doors.entered(database), doors.entered(database), doors.shut()), (true, false, 0), "news once");
    }
}
