//! The promises that every history has to keep.

use super::agenda::VISITS;
use super::history::DATABASES;
use super::run::Run;
use super::seen::{BACK, Broken, Promise, TRUTH, seconds};
use crate::server::seats::{Database, Place, SEATS, Seat};

impl Run<'_> {
    /// Checks the promises for the time since the last event, in which nothing has changed.
    pub(super) fn judge(&mut self) -> Result<(), Broken> {
        let now = self.now;
        let alive = self.world.alive().count();
        if alive > SEATS {
            if !self.world.alive().any(|process| self.world.is_beyond(process, now)) {
                return self.broken(Promise::Two, &format!("{alive} backends"));
            }
            self.seen.third += now - self.last;
            self.seen.thirds = 1;
            self.seen.direct = u64::from(!self.history.proxied);
        }
        self.last = now;
        if self.stopped.is_some() {
            return Ok(());
        }
        if let Some(wrong) = self.wrong
            && now - wrong.max(self.truth.1) > TRUTH
        {
            return self.broken(Promise::Up, &format!("pg_up is wrong since {:.3} s", seconds(wrong)));
        }
        for (database, (interval, limit)) in VISITS.iter().enumerate() {
            let since = self.open[database].unwrap_or(now).max(self.agenda.success[database]);
            if now - since > 3 * interval + limit {
                return self.broken(Promise::Fresh, &format!("database {database} was not read since {:.3} s", seconds(since)));
            }
        }
        let failed = |database: usize| self.agenda.failed[database] && !self.agenda.rare[database];
        let seats = self.seats.state.iter().all(|seat| !matches!(seat, Seat::Silent { .. } | Seat::Broken { .. }));
        let back = self.said == Some(true) && self.login && seats && !(0..DATABASES).any(failed);
        if self.calm.is_some_and(|calm| now - calm > BACK) && !back {
            let what = format!("up {:?}, login {}, failed {:?}", self.said, self.login, self.agenda.failed);
            return self.broken(Promise::Back, &format!("all is well since {:?}, but {what}", self.calm));
        }
        Ok(())
    }

    /// Records what is true now, and since when.
    pub(super) fn observe(&mut self) {
        let now = self.now;
        let serves = |any| (0..SEATS).any(|seat| self.world.serves(seat, any, now));
        let (stuck, lets_in) = (self.world.stuck(now), self.world.lets_in(now));
        let (answers, way_in) = (self.world.answers(now), lets_in && stuck < SEATS);
        let truth = match (answers && (serves(false) || way_in), answers && serves(true)) {
            // Only a short-lived connection is answered: `pg_up` may be either.
            (false, true) => None,
            (truth, _) => Some(truth),
        };
        if truth != self.truth.0 {
            self.truth = (truth, now);
        }
        let wrong = truth.is_some() && self.said != truth;
        if wrong && self.wrong.is_none() && now - self.truth.1 > TRUTH {
            self.seen.blips += 1;
        }
        self.wrong = wrong.then(|| self.wrong.unwrap_or(now));
        let healthy = truth == Some(true) && lets_in && self.world.slow.max(self.world.loaded) <= now;
        let quiet = !self.world.alive().any(|process| self.world.is_stuck(process, now));
        let mut all = healthy && stuck == 0 && quiet && !self.world.is_deaf(now) && !self.world.waits_in_vain();
        for database in 0..DATABASES {
            let shut = self.world.locked[database].max(self.world.refused[database]) > now;
            let waits = self.agenda.doors.opens(Database(database)) > now;
            let hangs = self.world.hangs_at(Place::Database(Database(database)), now);
            all &= !shut;
            self.open[database] = (healthy && !shut && !waits && !hangs).then(|| self.open[database].unwrap_or(now));
        }
        self.calm = all.then(|| self.calm.unwrap_or(now));
    }

    pub(super) fn nothing_left(&self) -> Result<(), Broken> {
        if !self.done {
            return self.broken(Promise::NothingLeft, "the stop is not over");
        }
        let left = self.world.alive().filter(|process| !self.world.is_stuck(process, self.now)).count();
        if left > 0 { self.broken(Promise::NothingLeft, &format!("{left} backends are left")) } else { Ok(()) }
    }

    pub(super) fn broken<T>(&self, promise: Promise, what: &str) -> Result<T, Broken> {
        let alive: Vec<_> = self.world.alive().collect();
        Err((promise, format!("at {:.3} s: {what}\nseats {:?}\nbackends {alive:?}", seconds(self.now), self.seats.state)))
    }
}
