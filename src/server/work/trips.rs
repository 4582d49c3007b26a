//! How the work in a seat proceeds and ends.

use std::collections::VecDeque;
use std::sync::Arc;

use super::agenda::Agenda;
use super::facts::Facts;
use super::job::Job;
use super::schedule::Ended;
use super::trip::{Ran, Trip};
use crate::backoff;
use crate::server::report::fault::{Fate, Fault, FaultKind};
use crate::server::seats::{ALONE_LIMIT, Place};
use crate::settings::LoginRole;

impl Agenda {
    /// A connection is opened. Returns the role to log in as, and the database if it is not the configured one.
    /// With `alone`, it takes the kept session's seat.
    pub fn open(&mut self, seat: usize, place: Place, alone: bool) -> (LoginRole, Option<Arc<str>>) {
        let mut jobs = Vec::new();
        let spot =
            if let Place::Database(database) = place { self.spots.get(database).cloned().map(|spot| (database, spot)) } else { None };
        if let Some((database, spot)) = &spot {
            let here = |job: &Job| job.is_at(spot) && (!alone || job.limit() <= ALONE_LIMIT);
            // Those that have waited longest come first.
            jobs.extend(self.visits.take_first(self.now, here));
            jobs.extend(self.visits.take_with(self.now, here));
            self.shares.begin(*database);
        }
        if place == Place::Kept {
            self.hanging.unprepare();
        }
        self.trips[seat] = Some(Trip::new(place, self.now, alone, jobs.into()));
        spot.map(|(_, spot)| (spot.role, spot.database)).unwrap_or_default()
    }

    /// The facts for the session in a seat.
    fn facts_of(&self, seat: usize) -> Option<Arc<Facts>> {
        let trip = self.trips[seat].as_ref()?;
        if trip.place == Place::Kept { self.facts.clone() } else { trip.facts.clone() }
    }

    /// Takes the next query for this seat.
    pub fn take(&mut self, seat: usize) -> Option<(Job, Arc<Facts>)> {
        let facts = self.facts_of(seat)?;
        let trip = self.trips[seat].as_mut()?;
        let job = if trip.place == Place::Kept { self.kept.take(self.now) } else { trip.jobs.pop_front() }?;
        (trip.running, trip.has_run) = (Some((job.clone(), self.now)), true);
        Some((job, facts))
    }

    /// A probe that got through becomes the kept session.
    pub fn stays(&mut self, seat: usize) {
        if let Some(trip) = self.trips[seat].as_mut().filter(|trip| trip.place == Place::Login) {
            trip.place = Place::Kept;
        }
    }

    /// The facts of a database were read. Without them, no query runs there.
    pub fn visited(&mut self, seat: usize, facts: Result<Facts, Fault>) {
        match facts {
            Ok(facts) => {
                if let Some(trip) = &mut self.trips[seat] {
                    trip.facts = Some(Arc::new(facts));
                }
            }
            Err(fault) => self.fail(seat, &fault),
        }
    }

    /// A query has ended. If it was given up meanwhile, that is already recorded.
    pub fn ran(&mut self, seat: usize, result: Result<Ran, Fault>) {
        self.charge(seat);
        let Some((job, started)) = self.trips[seat].as_mut().and_then(|trip| trip.running.take()) else { return };
        let took = self.now.duration_since(started);
        let fault = match result {
            // If a reload or the end of its database has removed the job, its result is discarded.
            _ if !self.has(&job) => None,
            Ok(Ran::Skipped(skip)) => {
                self.watched.publisher.skip(&job.query, job.database.as_ref(), &skip);
                None
            }
            Ok(Ran::Answered(answer)) => self.watched.publisher.put(&job.query, job.database.as_ref(), took, Ok(answer)),
            Err(fault) => self.watched.publisher.put(&job.query, job.database.as_ref(), took, Err(fault)),
        };
        let ended = Ended::of(fault.as_ref(), took);
        self.finish(&job, ended);
        if matches!(ended, Ended::Late(_)) {
            // An overloaded server does not get the next query at once.
            self.leave(seat);
        }
    }

    /// The statement in this seat got no answer. Without a `fault`, its seat is needed, and it is due again at once.
    pub fn gave_up(&mut self, seat: usize, fault: Option<&Fault>) {
        match fault {
            Some(fault) if self.trips[seat].as_ref().is_some_and(|trip| trip.running.is_some()) => {
                self.ran(seat, Err(fault.clone()));
                self.leave(seat);
            }
            Some(fault) => self.fail(seat, fault),
            None => {
                let running = self.trips[seat].as_mut().and_then(|trip| trip.running.take());
                if let Some((job, _)) = running {
                    self.finish(&job, Ended::Untried);
                }
                self.leave(seat);
            }
        }
    }

    /// A connection is lost, and the query on it with it.
    pub fn lost(&mut self, seat: usize, fault: &Fault) {
        self.ran(seat, Err(fault.clone()));
        // pgvigil's own fault, or that of one answer, does not concern the other jobs: they are tried over another connection.
        if matches!(fault.kind, FaultKind::Panic | FaultKind::Idle | FaultKind::Result) {
            self.leave(seat);
        } else {
            self.fail(seat, fault);
        }
    }

    /// A connection ends; the jobs it did not run are due again.
    pub fn leave(&mut self, seat: usize) {
        self.charge(seat);
        for job in self.jobs(seat) {
            self.finish(&job, Ended::Untried);
        }
    }

    /// A connection fails, and all of its jobs with it.
    pub(super) fn fail(&mut self, seat: usize, fault: &Fault) {
        self.charge(seat);
        let began = self.trips[seat].as_ref().map_or(self.now, |trip| trip.began);
        let jobs = self.jobs(seat);
        let unreached = fault.fate != Fate::Usable && fault.kind == FaultKind::Connection;
        let random = backoff::random();
        for job in &jobs {
            let took = self.now.duration_since(began);
            if self.has(job) {
                self.watched.publisher.put(&job.query, job.database.as_ref(), took, Err(fault.clone()));
            }
            self.finish_by(job, if unreached { Ended::Unreached } else { Ended::of(Some(fault), took) }, random);
        }
        if unreached && let Some(Place::Database(database)) = self.place(seat) {
            // Where sessions end of themselves, each query would come at a time of its own, with a login.
            self.leave_alone(database, self.now + backoff::VISIT.delay(1, random));
        }
        if unreached && !jobs.is_empty() {
            // A login probe tells whether the database or the whole server is at fault.
            self.login = self.now;
        }
    }

    /// Charges the time since the last charge to the database of a short-lived connection. Queries over the whole server are what is needed most: they
    /// come before those in databases until they have used four times as much time.
    fn charge(&mut self, seat: usize) {
        let Some(trip) = &mut self.trips[seat] else { return };
        let Place::Database(database) = trip.place else { return };
        let time = self.now.duration_since(std::mem::replace(&mut trip.charged, self.now));
        if let Some(spot) = self.spots.get(database) {
            self.shares.charge(database, if spot.database.is_none() { time / 4 } else { time });
        }
    }

    /// Takes the jobs that are left in this seat.
    pub(super) fn jobs(&mut self, seat: usize) -> VecDeque<Job> {
        self.trips[seat].as_mut().map(|trip| std::mem::take(&mut trip.jobs)).unwrap_or_default()
    }

    pub(super) fn finish(&mut self, job: &Job, ended: Ended) {
        self.finish_by(job, ended, backoff::random());
    }

    /// The same with this random number.
    fn finish_by(&mut self, job: &Job, ended: Ended, random: f64) {
        // A reload or the end of its database has removed the job or made it due at once.
        if !self.has(job) {
            return;
        }
        let schedule = if self.kept.has(job) { &mut self.kept } else { &mut self.visits };
        schedule.finished(job, ended, self.now, random);
    }
}
