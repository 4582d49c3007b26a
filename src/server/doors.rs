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

/// A database that refused the last login.
#[derive(Debug)]
struct Door {
    refusals: u32,
    /// When it may be tried again.
    next: Millis,
    /// What it said.
    why: String,
    /// Whether it is known that the server lets others in.
    certain: bool,
}

/// The databases that refused the last login.
#[derive(Debug, Default)]
pub struct Doors {
    shut: BTreeMap<Database, Door>,
}

impl Doors {
    /// When a login to this database may be tried.
    #[must_use]
    pub fn opens(&self, database: Database) -> Millis {
        self.shut.get(&database).map_or(0, |door| door.next)
    }

    /// A login was refused. Gives back whether it is known already that it is this database, and not the server as a whole.
    pub fn refused(&mut self, database: Database, now: Millis, why: &str) -> bool {
        let door = self.shut.entry(database).or_insert(Door { refusals: 0, next: now, why: String::new(), certain: false });
        door.next = now + (FIRST << door.refusals.min(5)).min(RARE);
        door.refusals += 1;
        why.clone_into(&mut door.why);
        door.certain
    }

    /// A login to the configured database succeeded: those that refuse do so on their own. Gives back of which that is news.
    pub fn confirm(&mut self) -> Vec<Database> {
        let news = self.shut.iter_mut().filter_map(|(database, door)| (!std::mem::replace(&mut door.certain, true)).then_some(*database));
        news.collect()
    }

    /// The server refuses all logins: what a database said in these moments says nothing of it.
    pub fn forget_doubtful(&mut self) {
        self.shut.retain(|_, door| door.certain);
    }

    /// A login succeeded. Returns whether that is news.
    pub fn entered(&mut self, database: Database) -> bool {
        self.shut.remove(&database).is_some_and(|door| door.certain)
    }

    /// Only these databases are there.
    pub fn retain(&mut self, there: impl Fn(Database) -> bool) {
        self.shut.retain(|database, _| there(*database));
    }

    /// The configuration was reloaded: every database may be tried at once, and one that refuses again is as rare as before.
    pub fn reload(&mut self) {
        for door in self.shut.values_mut() {
            door.next = 0;
        }
    }

    /// The databases that are known to refuse, and what they say.
    pub fn shut(&self) -> impl Iterator<Item = (Database, &str)> {
        self.shut.iter().filter(|(_, door)| door.certain).map(|(database, door)| (*database, door.why.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rare_and_return_at_once_on_reload() {
        let (mut doors, database, mut now) = (Doors::default(), Database(7), 1_000);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            doors.refused(database, now, "no");
            pauses.push((doors.opens(database) - now) / 1_000);
            now = doors.opens(database);
        }
        assert_eq!(pauses, [20, 40, 80, 160, 320, 600, 600, 600]);
        doors.reload();
        assert_eq!(doors.opens(database), 0);
        doors.refused(database, now, "no");
        assert_eq!(doors.opens(database), now + RARE, "it has not changed its mind");
    }

    #[test]
    fn a_refusal_is_told_of_once_the_server_lets_others_in() {
        let (mut doors, database) = (Doors::default(), Database(7));
        assert!(!doors.refused(database, 0, "all are full"));
        doors.forget_doubtful();
        assert_eq!(doors.opens(database), 0, "it was the server");
        assert!(!doors.refused(database, 0, "pg_hba.conf"));
        assert_eq!((doors.shut().count(), doors.confirm(), doors.confirm()), (0, vec![database], vec![]));
        assert!(doors.refused(database, 30_000, "pg_hba.conf rejects"));
        doors.forget_doubtful();
        assert_eq!(doors.shut().collect::<Vec<_>>(), [(database, "pg_hba.conf rejects")]);
        assert_eq!((doors.entered(database), doors.entered(database)), (true, false), "news once");
    }
}
