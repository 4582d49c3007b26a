//! Answers the seats' questions about the work: what is due, and which short-lived connection is next.

use std::time::Instant;

use super::agenda::Agenda;
use super::job::Job;
use crate::server::seats::{ALONE_LIMIT, Login, Millis, Place, Work};

impl Agenda {
    /// Whether logins to databases that are not locked are expected to work. While a login hangs, the only evidence is that other clients got in since.
    fn lets_in(&self) -> bool {
        self.hanging.others_get_in()
    }

    /// The next short-lived connection, and when it is due. With `open`, only to a database that is not known to be locked. Of several that are due, it
    /// is the one to the database that has used the least [share](super::shares) of the time.
    fn next_visit(&self, except: Option<Place>, alone: bool, open: bool) -> Option<(Instant, Place)> {
        let login = (self.login, Place::Login);
        if let Some(failed) = self.login_failed
            && (!alone || failed == Login::Refused)
        {
            return Some(login).filter(|(_, place)| Some(*place) != except);
        }
        let login = Some(login).filter(|(_, place)| Some(*place) != except);
        let fits = |job: &Job| (!alone || job.limit() <= ALONE_LIMIT) && !(open && self.is_locked(job));
        let accept = |job: &Job| self.spot(job).filter(|database| Some(Place::Database(*database)) != except && fits(job));
        let opens = |due: Instant, job: &Job| self.doubtful(job).map_or(due, |until| until.max(due));
        let mut earliest = login.map(|(due, _)| due).filter(|due| *due <= self.now);
        // A login is short, and shows more than any query.
        let mut next = earliest.map(|_| Place::Login);
        let mut lowest = None;
        for (due, job) in self.visits.due_by(self.now) {
            let Some(database) = accept(job) else { continue };
            let due = opens(due, job);
            if due > self.now {
                continue;
            }
            earliest = Some(earliest.map_or(due, |before| before.min(due)));
            let rank = (self.shares.rank(database), job.database.is_some(), due);
            if next != Some(Place::Login) && lowest.is_none_or(|before| rank < before) {
                (next, lowest) = (Some(Place::Database(database)), Some(rank));
            }
        }
        if let (Some(due), Some(place)) = (earliest, next) {
            return Some((due, place));
        }
        let visit = |doubtful: bool| {
            let (due, job) = self.visits.first(|job| self.doubtful(job).is_some() == doubtful && accept(job).is_some())?;
            Some((opens(due, job), Place::Database(self.spot(job)?)))
        };
        visit(false).into_iter().chain(visit(true)).chain(login).min_by_key(|(due, _)| *due)
    }

    /// Whether another short-lived connection than this one is due.
    fn is_awaited(&self, place: Place) -> bool {
        self.next_visit(Some(place), false, true).is_some_and(|(due, _)| due <= self.now)
    }

    /// When a login for this job may be tried, if it is not known yet whether a lock lasts.
    fn doubtful(&self, job: &Job) -> Option<Instant> {
        self.facts.as_ref().and_then(|facts| self.locks.doubtful(job.database.as_deref().unwrap_or(&facts.database), facts))
    }

    /// Whether a login for this job is known to wait for a lock.
    pub(super) fn is_locked(&self, job: &Job) -> bool {
        self.facts.as_ref().is_some_and(|facts| self.locks.hold(job.database.as_deref().unwrap_or(&facts.database), facts))
    }
}

impl Work for Agenda {
    fn due(&self, place: Place) -> Option<(Millis, Millis)> {
        match place {
            Place::Kept => {
                let (due, job) = self.kept.first(|_| true).filter(|_| self.facts.is_some())?;
                Some((self.clock.due(due), job.limit()))
            }
            Place::Database(_) => {
                let trip = self.trips.iter().flatten().find(|trip| trip.place == place)?;
                let job = trip.next()?;
                let gives_way = trip.is_spent(self.now) && (trip.alone || self.is_awaited(place));
                (!gives_way).then(|| (0, job.limit()))
            }
            Place::Login => None,
        }
    }

    fn locks(&self, free: bool) -> Option<Millis> {
        let visit = || self.next_visit(None, false, false).map(|(due, _)| due).filter(|due| !self.locks.are_known(self.now.max(*due)));
        let due = self.hanging.due().or_else(|| free.then(visit).flatten())?;
        Some(self.clock.due(due))
    }

    fn visit(&self, except: Option<Place>, alone: bool) -> Option<(Millis, Place)> {
        if alone && !self.lets_in() {
            return None;
        }
        let (due, place) = self.next_visit(except, alone, true)?;
        // If a session can look at the locks, the look comes first.
        let known = alone || due > self.now || self.locks.are_known(self.now);
        known.then(|| (self.clock.due(due), place))
    }
}
