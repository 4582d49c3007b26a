//! Databases that refuse logins although the server does not. Pure: the clock is the caller's.
//!
//! A refused login costs the server a process and a log line, and the next attempt will probably be refused too: `pg_hba.conf` rejects it, the database
//! has `CONNECTION LIMIT 0`, or a login trigger raises an error. So the attempts become rare: after 20 s, 40 s, and so on up to 10 minutes. A reload,
//! which an operator does after fixing the cause, makes the next attempt due at once.

use std::collections::BTreeMap;

use super::seats::{Database, Millis};

/// The first pause. It is short enough for a database that has just reached its connection limit to be back within 30 s.
const FIRST: Millis = 20_000;

/// The longest pause between two attempts.
const RARE: Millis = 600_000;

/// A database that refused the last login.
#[derive(Debug)]
struct Door {
    refusals: u32,
    /// When the next login may be tried.
    next: Millis,
    /// The server's error message.
    why: String,
    /// Whether the server is known to accept other logins.
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

    /// A login was refused. Returns whether the database, and not the whole server, is already known to be the cause.
    pub fn refused(&mut self, database: Database, now: Millis, why: &str) -> bool {
        let door = self.shut.entry(database).or_insert(Door { refusals: 0, next: now, why: String::new(), certain: false });
        door.next = now + (FIRST << door.refusals.min(5)).min(RARE);
        door.refusals += 1;
        why.clone_into(&mut door.why);
        door.certain
    }

    /// A login to the configured database succeeded, so databases that refuse do so on their own. Returns those for which that is new.
    pub fn confirm(&mut self) -> Vec<Database> {
        let news = self.shut.iter_mut().filter_map(|(database, door)| (!std::mem::replace(&mut door.certain, true)).then_some(*database));
        news.collect()
    }

    /// The server refuses all logins: what a database said meanwhile proves nothing about it.
    pub fn forget_doubtful(&mut self) {
        self.shut.retain(|_, door| door.certain);
    }

    /// A login succeeded. Returns whether the database was known to refuse.
    pub fn entered(&mut self, database: Database) -> bool {
        self.shut.remove(&database).is_some_and(|door| door.certain)
    }

    /// Keeps only the databases that still exist.
    pub fn retain(&mut self, there: impl Fn(Database) -> bool) {
        self.shut.retain(|database, _| there(*database));
    }

    /// The configuration was reloaded: every database may be tried at once. If one refuses again, its pause is as long as before.
    pub fn reload(&mut self) {
        for door in self.shut.values_mut() {
            door.next = 0;
        }
    }

    /// The databases that are known to refuse, with the server's error message.
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
