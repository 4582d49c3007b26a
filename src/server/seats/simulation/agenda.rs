//! The work of a server with a few databases, instead of pgvigil's agenda.

use super::history::DATABASES;
use crate::server::doors::Doors;
use crate::server::seats::{Database, KEPT_LIMIT, Login, Millis, Place, Work};

/// What each database is connected to for: two statements, at this interval, with this timeout.
pub const VISITS: [(Millis, Millis); DATABASES] = [(15_000, 2_000), (60_000, 10_000), (60_000, 5_000), (300_000, 10_000)];
const KEPT_INTERVAL: Millis = 10_000;
const LOGIN_INTERVAL: Millis = 30_000;
const LOGIN_RETRY: Millis = 10_000;
const RETRY: Millis = 20_000;
const FRESH: Millis = 300;

#[derive(Default)]
pub struct Agenda {
    pub doors: Doors,
    kept: Millis,
    login: Millis,
    pub login_failed: bool,
    due: [Millis; DATABASES],
    /// Statements left on the connection in progress; the first reads the facts.
    left: [u32; DATABASES],
    pub failed: [bool; DATABASES],
    /// Whether that happened since it refused logins: the next attempt may be minutes away.
    pub rare: [bool; DATABASES],
    pub success: [Millis; DATABASES],
    /// Where a login would hang, as the kept session read last.
    pub locked: [bool; DATABASES],
    /// Whether other clients log in, as read at the same time: a session is younger than the login that hangs.
    pub others: bool,
    /// Whether the login that failed was refused.
    refused: bool,
    pub now: Millis,
    /// When the kept session last looked at the locks.
    pub looked: Millis,
}

impl Agenda {
    pub fn login(&mut self, place: Place, login: Login, now: Millis) {
        match (place, login) {
            (Place::Database(database), Login::Entered) => {
                self.doors.entered(database);
                self.left[database.0] = 3;
            }
            (Place::Database(database), login) => {
                if login == Login::Refused {
                    self.doors.refused(database, now, "");
                }
                self.rare[database.0] |= login == Login::Refused;
                self.failed(database, now);
                self.login = self.login.min(now);
            }
            (_, Login::Entered) => {
                if std::mem::take(&mut self.login_failed) {
                    self.due = [now; DATABASES];
                }
                self.login = now + LOGIN_INTERVAL;
            }
            _ => (self.login_failed, self.refused, self.login) = (true, login == Login::Refused, now + LOGIN_RETRY),
        }
    }

    /// The connection has ended without an answer.
    pub fn failed(&mut self, Database(database): Database, now: Millis) {
        (self.failed[database], self.due[database], self.left[database]) = (true, now + RETRY, 0);
    }

    /// Its seat was needed: the database is due again at once.
    pub fn untried(&mut self, Database(database): Database, now: Millis) {
        (self.due[database], self.left[database]) = (now, 0);
    }

    /// The connection was ended; what it did not do is due again soon.
    pub fn left_visit(&mut self, database: Database, now: Millis) {
        if self.left[database.0] > 0 {
            self.untried(database, now);
        }
    }

    /// A statement on a short-lived connection is answered.
    pub fn answered(&mut self, Database(database): Database, now: Millis) {
        self.left[database] = self.left[database].saturating_sub(1);
        if self.left[database] == 0 {
            self.rare[database] = false;
            (self.failed[database], self.success[database], self.due[database]) = (false, now, now + VISITS[database].0);
        }
    }

    pub fn kept_answered(&mut self, now: Millis) {
        self.kept = now + KEPT_INTERVAL;
    }

    pub fn reload(&mut self, now: Millis) {
        self.doors.reload();
        self.due = self.due.map(|due| due.min(now));
    }
}

impl Work for Agenda {
    fn due(&self, place: Place) -> Option<(Millis, Millis)> {
        match place {
            Place::Kept => Some((self.kept, KEPT_LIMIT)),
            Place::Database(Database(database)) => (self.left[database] > 0).then_some((0, VISITS[database].1)),
            Place::Login => None,
        }
    }

    fn locks(&self, free: bool) -> Option<Millis> {
        let (due, _) = self.next(None, false).filter(|_| free)?;
        (!self.has_looked(due)).then_some(due)
    }

    fn visit(&self, except: Option<Place>, alone: bool) -> Option<(Millis, Place)> {
        self.next(except, alone).filter(|(due, _)| alone || *due > self.now || self.has_looked(*due))
    }
}

impl Agenda {
    fn has_looked(&self, due: Millis) -> bool {
        self.looked + FRESH > self.now.max(due)
    }

    fn next(&self, except: Option<Place>, alone: bool) -> Option<(Millis, Place)> {
        let login = (self.login, Place::Login);
        if alone && !self.others {
            return None;
        }
        if self.login_failed && (!alone || self.refused) {
            return Some(login).filter(|(_, place)| Some(*place) != except);
        }
        let databases = (0..DATABASES).map(Database).filter(|Database(database)| !self.locked[*database]);
        let databases = databases.map(|database| (self.due[database.0].max(self.doors.opens(database)), Place::Database(database)));
        databases.chain([login]).filter(|(_, place)| Some(*place) != except).min_by_key(|(due, _)| *due)
    }
}
