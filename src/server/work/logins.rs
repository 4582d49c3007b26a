//! What follows from the outcome of logins: when the next one is due, which databases are left alone, and why.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tracing::{info, warn};

use super::agenda::{Agenda, LOGIN_RETRY};
use super::hanging::Hang;
use super::lasting::Locked;
use super::locked;
use super::plan;
use super::schedule::Ended;
use crate::server::report::fault::{Fate, Fault};
use crate::server::report::skip::Skip;
use crate::server::seats::{Database, Login, Place};

impl Agenda {
    /// A login succeeded, was refused, or got no answer in time.
    pub fn logged(&mut self, seat: usize, place: Place, login: Login, fault: Option<&Fault>) {
        if login == Login::Entered
            && let Some(oid) = self.oid(place)
        {
            self.locks.let_in(oid, self.now);
        }
        match (place, login) {
            (Place::Database(database), Login::Entered) => {
                if self.doors.entered(database) {
                    info!(server = %self.watched.publisher.name, database = self.name(database), "the database lets pgvigil in again");
                    self.tell_refused();
                }
            }
            (Place::Database(database), _) => {
                if let Some(fault) = fault.filter(|fault| login == Login::Refused && fault.fate == Fate::Ended) {
                    self.refused(seat, database, &fault.message);
                } else if let Some(fault) = fault {
                    self.fail(seat, fault);
                }
            }
            (_, Login::Entered) => self.entered(),
            _ => {
                self.login_failed = Some(login);
                self.login = self.now + LOGIN_RETRY;
                self.doors.forget_doubtful();
            }
        }
        if login == Login::Silent {
            self.hangs(seat, place);
        }
    }

    /// A login to the configured database succeeded: logins to the other databases are expected to work too, unless those refuse on their own.
    fn entered(&mut self) {
        self.login = self.next_login();
        for database in self.doors.confirm() {
            let why = self.doors.shut().find(|(shut, _)| *shut == database).map(|(_, why)| why.to_owned()).unwrap_or_default();
            warn!(server = %self.watched.publisher.name, database = self.name(database), why,
                "the database refuses pgvigil's login, which is tried again after 20 s, and then ever more rarely, up to 10 minutes; \
                 let it in, or leave it out by databases.exclude");
            self.skip_refused(database, &why);
        }
        self.tell_refused();
        if self.login_failed.take().is_some() {
            self.visits.all_due(self.now);
            let opens: Vec<_> = self.doors.shut().map(|(database, _)| database).collect();
            for database in opens {
                self.leave_alone(database, self.clock.instant(self.doors.opens(database)));
            }
        }
    }

    /// A database refuses a login. A login to the configured database tells whether it is that database or the whole server.
    fn refused(&mut self, seat: usize, database: Database, why: &str) {
        let certain = self.doors.refused(database, self.clock.at(self.now), why);
        for job in self.jobs(seat) {
            self.finish(&job, Ended::Unreached);
        }
        self.leave_alone(database, self.clock.instant(self.doors.opens(database)));
        if certain {
            self.skip_refused(database, why);
            self.tell_refused();
        } else {
            self.login = self.now;
        }
    }

    /// Runs nothing in this database until then.
    pub(super) fn leave_alone(&mut self, database: Database, until: Instant) {
        if let Some(spot) = self.spots.get(database) {
            self.visits.leave_alone(|job| job.is_at(spot), until);
        }
    }

    /// Reports for each query that would run there why it is skipped.
    fn skip_refused(&self, database: Database, why: &str) {
        let (Some(spot), Some(facts)) = (self.spots.get(database), &self.facts) else { return };
        let here = self.visits.jobs().filter(|job| job.is_at(spot));
        for job in here.filter(|job| plan::runs_on(&job.query, facts).is_ok()) {
            self.watched.publisher.skip_for_now(&job.query, job.database.as_ref(), &Skip::Refused(why.to_owned()));
        }
    }

    pub(super) fn tell_refused(&self) {
        self.watched.publisher.refused(self.refused_databases());
    }

    /// The database name of a spot.
    pub(super) fn name(&self, database: Database) -> Option<&str> {
        let database = self.spots.get(database).and_then(|spot| spot.database.as_deref());
        database.or_else(|| self.facts.as_deref().map(|facts| facts.database.as_str()))
    }

    /// The database of a connection, if it is not the configured one.
    fn database(&self, place: Place) -> Option<Arc<str>> {
        let Place::Database(database) = place else { return None };
        self.spots.get(database).and_then(|spot| spot.database.clone())
    }

    /// The oid of a connection's database, if known.
    fn oid(&self, place: Place) -> Option<u32> {
        let (facts, database) = (self.facts.as_deref()?, self.database(place));
        facts.databases.get(database.as_deref().unwrap_or(&facts.database)).copied()
    }

    /// A login hangs.
    fn hangs(&mut self, seat: usize, place: Place) {
        let began = self.trips[seat].as_ref().map_or(self.now, |trip| trip.began);
        let database = self.database(place);
        let oid = self.oid(place);
        warn!(server = %self.watched.publisher.name, database = database.as_deref(), "a login hangs; it is cancelled if it waits for a lock");
        self.hanging.add(seat, Hang::new(database, oid, began, self.now));
    }

    /// A login has ended; returns whether it hung. If so its database is left alone for a while, unless the login waited for a lock and ended as soon as it
    /// was cancelled.
    pub fn end_hang(&mut self, seat: usize) -> bool {
        let Some(hang) = self.hanging.end(seat) else { return false };
        let server = Arc::clone(&self.watched.publisher.name);
        let lasted = Duration::from_secs(self.now.duration_since(hang.began).as_secs());
        let lasting = humantime::format_duration(lasted);
        let is_locked = |name: &str| self.facts.as_ref().is_some_and(|facts| self.locks.hold(name, facts));
        let Some(name) = hang.database.clone().filter(|name| !(is_locked(name) && hang.was_short(self.now))) else {
            info!(%server, database = hang.database.as_deref(), %lasting, "the login that hung has ended");
            return true;
        };
        let alone = self.hanging.pause(&name, lasted, self.now);
        self.visits.leave_alone(|job| job.database.as_ref() == Some(&name), self.now + alone);
        let until = humantime::format_rfc3339_seconds(SystemTime::now() + alone);
        warn!(%server, database = %name, %lasting, %until, "the login that hung has ended; its database is left alone for a while, so that others are read");
        true
    }

    /// The statements that cancel the hanging logins. In a new session there is one that cancels none, so that the session has read what it needs (see
    /// [`cancel`](super::hanging::Hanging::cancel)).
    pub fn cancels(&mut self) -> Vec<String> {
        let Some(hangs) = self.hanging.cancel(self.now) else { return Vec::new() };
        for hang in self.hanging.stubborn(self.now) {
            warn!(server = %self.watched.publisher.name, database = hang.database.as_deref(),
                "a login hangs and cannot be cancelled: it keeps one of the two connection slots until it ends");
        }
        let reader = self.watched.server.reader.as_ref().map(|reader| reader.user.as_str());
        let tells_since = self.facts.as_ref().is_some_and(|facts| facts.version_num >= 140_000);
        let statement = |hang| locked::cancel(reader, hang, self.now, tells_since);
        if hangs.is_empty() { vec![statement(None)] } else { hangs.iter().map(|hang| statement(Some(hang))).collect() }
    }

    /// The kept session has read the locks and the age of the youngest session of other clients.
    pub fn looked(&mut self, found: Locked, youngest: Option<Duration>) {
        self.locks.learn(found, &self.hanging.databases(), self.now);
        if let Some(age) = youngest {
            self.hanging.saw(age, self.now);
        }
        self.skip_locked();
        // Only a login tells whether logins work, and it is tried also where they are not expected to.
        if self.facts.as_ref().is_some_and(|facts| self.locks.hold_only(&facts.database, facts)) {
            // Logins to other databases work.
            self.login_failed = None;
        }
    }

    /// Skips the jobs that are due in locked databases.
    fn skip_locked(&mut self) {
        let Some(facts) = self.facts.clone() else { return };
        let server = Arc::clone(&self.watched.publisher.name);
        let mut told = std::mem::take(&mut self.locks.told);
        told.retain(|name| {
            let stays = self.locks.hold(name, &facts);
            if !stays {
                info!(%server, database = %name, "the lock in this database is gone, or logins get in; its queries run again");
            }
            stays
        });
        self.locks.told = told;
        if self.locks.is_empty() {
            return;
        }
        while let Some(job) = self.visits.first(|job| self.is_locked(job)).filter(|(due, _)| *due <= self.now).map(|(_, job)| job.clone()) {
            let Some(job) = self.visits.take_first(self.now, |taken| *taken == job) else { break };
            self.watched.publisher.skip_for_now(&job.query, job.database.as_ref(), &Skip::Locked);
            self.finish(&job, Ended::Locked);
            let name: Arc<str> = job.database.clone().unwrap_or_else(|| facts.database.as_str().into());
            if self.locks.told.insert(Arc::clone(&name)) {
                warn!(%server, database = %name, "a lock that every login would wait for is held or awaited in this database; its queries are skipped until it is gone");
            }
        }
    }

    /// How long the work in this seat has taken so far.
    #[must_use]
    pub fn waited(&self, seat: usize) -> Duration {
        self.trips[seat].as_ref().map_or(Duration::ZERO, |trip| trip.waited(self.now))
    }

    /// What this seat is used for.
    #[must_use]
    pub fn place(&self, seat: usize) -> Option<Place> {
        self.trips[seat].as_ref().map(|trip| trip.place)
    }

    /// Whether this seat has the kept session.
    #[must_use]
    pub fn is_kept(&self, seat: usize) -> bool {
        self.place(seat) == Some(Place::Kept)
    }
}
