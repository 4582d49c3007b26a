//! Which jobs are due. Pure: the clock and the random numbers are the caller's.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::late::Line;
use crate::backoff::{self, Backoff};
use crate::server::report::fault::{Fault, FaultKind};

/// How a job ended, as far as its next run depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It succeeded.
    Well,
    /// It failed for a reason of its own that may have cost the server something.
    Badly,
    /// It timed out, or the server ran out of a resource, after this long.
    Late(Duration),
    /// It met a lock or lacked a privilege. That costs 100 ms at most, and an operator is expected to change it.
    Refused,
    /// It was not tried: there was no connection for it.
    Unreached,
    /// It was not tried: a job before it took too long.
    Untried,
    /// It was not tried: a login to its database would wait for a lock.
    Locked,
}

impl Ended {
    /// How a job ended that `took` this long, with this fault or none.
    #[must_use]
    pub fn of(fault: Option<&Fault>, took: Duration) -> Self {
        match fault.map(|fault| fault.kind) {
            None => Self::Well,
            Some(FaultKind::Lock | FaultKind::Denied) => Self::Refused,
            Some(FaultKind::Timeout | FaultKind::Unanswered | FaultKind::Server) => Self::Late(took),
            Some(FaultKind::Stopped | FaultKind::Idle) => Self::Untried,
            // This includes a broken connection: the statement may be what crashes the server.
            Some(_) => Self::Badly,
        }
    }
}

/// Jobs ordered by the time at which they are due.
///
/// Each job has a grid of its own: `origin + phase + n × interval`. A tick that passes while the job runs is skipped, so runs never queue up. A job
/// that was taken is not due again until it is [`finished`](Schedule::finished). Jobs that timed out wait in one [retry queue](Line) instead.
#[derive(Debug)]
pub struct Schedule<J> {
    origin: Instant,
    entries: BTreeMap<J, Entry>,
    queue: BTreeSet<(Instant, J)>,
    line: Line<J>,
}

#[derive(Debug)]
struct Entry {
    interval: Duration,
    phase: Duration,
    /// When it is due, or since when it waits in the retry queue; none while the job runs.
    due: Option<Instant>,
    /// The same of the run in progress, or of the last one.
    was_due: Instant,
    failures: u32,
    /// Whether it waits in the retry queue, or was taken from there.
    late: bool,
}

impl<J: Ord + Clone> Schedule<J> {
    /// An empty schedule whose grids begin at `origin`.
    #[must_use]
    pub const fn new(origin: Instant) -> Self {
        Self { origin, entries: BTreeMap::new(), queue: BTreeSet::new(), line: Line::new(origin) }
    }

    /// Adds a job that is due at once. `phase`, below the interval, shifts its grid, so that jobs with the same interval are spread out.
    pub fn insert(&mut self, job: J, interval: Duration, phase: Duration, now: Instant) {
        self.remove(&job);
        self.entries.insert(job.clone(), Entry { interval, phase, due: Some(now), was_due: now, failures: 0, late: false });
        self.queue.insert((now, job));
    }

    /// Removes a job.
    pub fn remove(&mut self, job: &J) {
        if let Some(Entry { due: Some(due), failures, .. }) = self.entries.remove(job) {
            self.queue.remove(&(due, job.clone()));
            self.line.leave(failures, due, job.clone());
        }
    }

    /// Every job.
    pub fn jobs(&self) -> impl Iterator<Item = &J> {
        self.entries.keys()
    }

    /// The job that is equal to this one.
    #[must_use]
    pub fn get(&self, job: &J) -> Option<&J> {
        self.entries.get_key_value(job).map(|(job, _)| job)
    }

    /// Whether the schedule has this job.
    #[must_use]
    pub fn has(&self, job: &J) -> bool {
        self.entries.contains_key(job)
    }

    /// When this job is due; none while it runs.
    #[must_use]
    pub fn due(&self, job: &J) -> Option<Instant> {
        self.entries.get(job)?.due
    }

    /// When the next job is due.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.queue.first().map(|(due, _)| *due).into_iter().chain(self.line.due()).min()
    }

    /// Every job that may be tried at `now`, and since when it is due.
    pub fn due_by(&self, now: Instant) -> impl Iterator<Item = (Instant, &J)> {
        let late = self.line.due().filter(|due| *due <= now).into_iter();
        self.queued_by(now).chain(late.flat_map(move |due| self.line.jobs().map(move |job| (due, job))))
    }

    /// The same without the retry queue.
    pub fn queued_by(&self, now: Instant) -> impl Iterator<Item = (Instant, &J)> {
        self.queue.iter().take_while(move |(due, _)| *due <= now).map(|(due, job)| (*due, job))
    }

    /// Since when a job is due that was taken.
    #[must_use]
    pub fn was_due(&self, job: &J) -> Option<Instant> {
        self.entries.get(job).map(|entry| entry.was_due)
    }

    /// The next job that `accept` takes, and when it is due.
    pub fn first(&self, accept: impl Fn(&J) -> bool) -> Option<(Instant, &J)> {
        let queued = self.queue.iter().map(|(due, job)| (*due, job)).find(|(_, job)| accept(job));
        let late = self.line.due().and_then(|due| Some((due, self.line.first(&accept)?)));
        queued.into_iter().chain(late).min_by_key(|(due, _)| *due)
    }

    /// Takes the job that has been due longest at `now`.
    pub fn take(&mut self, now: Instant) -> Option<J> {
        self.take_first(now, |_| true)
    }

    /// The same among the jobs that `accept` takes.
    pub fn take_first(&mut self, now: Instant, accept: impl Fn(&J) -> bool) -> Option<J> {
        let (due, job) = self.first(&accept).filter(|(due, _)| *due <= now)?;
        let entry = (due, job.clone());
        let job = if self.queue.remove(&entry) { entry.1 } else { self.line.take(now, accept)? };
        self.mark_running(&job);
        Some(job)
    }

    /// Takes every other job that is due at `now` and that `with` accepts.
    pub fn take_with(&mut self, now: Instant, with: impl Fn(&J) -> bool) -> Vec<J> {
        let due: Vec<_> = self.queue.iter().take_while(|(due, _)| *due <= now).filter(|(_, job)| with(job)).cloned().collect();
        for entry in &due {
            self.queue.remove(entry);
        }
        let jobs: Vec<J> = due.into_iter().map(|(_, job)| job).chain(self.line.take_with(with)).collect();
        for job in &jobs {
            self.mark_running(job);
        }
        jobs
    }

    /// Records how a job that was taken ended at `now`; after a failure the next run is later. `random` is from 0 to 1.
    pub fn finished(&mut self, job: &J, ended: Ended, now: Instant, random: f64) {
        let Some(entry) = self.entries.get_mut(job) else { return };
        let was_late = entry.late;
        entry.late = matches!(ended, Ended::Late(_)) || (was_late && ended == Ended::Untried);
        entry.failures = match ended {
            Ended::Well => 0,
            Ended::Untried | Ended::Locked => entry.failures,
            Ended::Badly | Ended::Late(_) | Ended::Refused | Ended::Unreached => entry.failures.saturating_add(1),
        };
        let retry = |backoff: Backoff| now + backoff.delay(entry.failures, random);
        let due = match ended {
            Ended::Well => next_tick(self.origin + entry.phase, entry.interval, now),
            Ended::Badly => retry(Backoff::of_query(entry.interval)),
            Ended::Refused => retry(Backoff::of_refused(entry.interval)),
            Ended::Unreached => retry(backoff::VISIT),
            Ended::Late(_) => now,
            // So that it comes before those that have run meanwhile.
            Ended::Untried => entry.was_due.min(now),
            Ended::Locked => now + backoff::LOCKED,
        };
        match ended {
            Ended::Well if was_late => self.line.succeeded(now),
            // A job that newly enters the retry queue does not delay the jobs in it.
            Ended::Late(took) if was_late || self.line.is_empty() => self.line.failed(now, took),
            // It could not be tried: the next job in the retry queue may be.
            Ended::Locked if was_late => self.line.hurry(now),
            _ => {}
        }
        self.put_off(job, due);
    }

    /// Makes a job due at exactly this time, or puts it into the retry queue if it timed out.
    pub fn put_off(&mut self, job: &J, due: Instant) {
        let Some(entry) = self.entries.get_mut(job) else { return };
        if let Some(before) = entry.due.replace(due) {
            self.queue.remove(&(before, job.clone()));
            self.line.leave(entry.failures, before, job.clone());
        }
        if entry.late {
            self.line.join(entry.failures, due, job.clone());
        } else {
            self.queue.insert((due, job.clone()));
        }
    }

    /// Makes the jobs that `which` accepts due no earlier than `until`, whether they were due or in the retry queue. Running jobs are not affected.
    pub fn leave_alone(&mut self, which: impl Fn(&J) -> bool, until: Instant) {
        for (job, entry) in self.entries.iter_mut().filter(|(job, _)| which(job)) {
            if let Some(before) = entry.due {
                self.queue.remove(&(before, job.clone()));
                self.line.leave(entry.failures, before, job.clone());
                let due = before.max(until);
                (entry.due, entry.late) = (Some(due), false);
                self.queue.insert((due, job.clone()));
            }
        }
    }

    /// Makes every job that is not running due at once and forgets its failures, because the server's state has changed. Jobs in the retry queue stay
    /// there, since all of them at once are too many for a server that is still overloaded; but the next retry is now.
    pub fn all_due(&mut self, now: Instant) {
        self.queue.clear();
        self.line.hurry(now);
        for (job, entry) in self.entries.iter_mut().filter(|(_, entry)| !entry.late) {
            entry.failures = 0;
            if entry.due.is_some() {
                entry.due = Some(now);
                self.queue.insert((now, job.clone()));
            }
        }
    }

    fn mark_running(&mut self, job: &J) {
        if let Some(entry) = self.entries.get_mut(job) {
            entry.was_due = entry.due.take().unwrap_or(entry.was_due);
        }
    }
}

/// The first tick after `now` of the grid that begins at `start`.
fn next_tick(start: Instant, interval: Duration, now: Instant) -> Instant {
    let Some(passed) = now.checked_duration_since(start) else { return start };
    let nanos = interval.as_nanos().max(1);
    let into = u64::try_from(passed.as_nanos() % nanos).unwrap_or_default();
    now + interval.saturating_sub(Duration::from_nanos(into)).max(Duration::from_nanos(1))
}

#[cfg(test)]
mod tests;
