//! The retry queue of jobs that timed out. Pure: the clock is the caller's.
//!
//! When a server is overloaded, many statements time out, and every retry makes that worse. So only one job is retried at a time, the one that has
//! failed least often, followed by a pause. As soon as one succeeds, the next is tried at once, and so on until one fails again. After the overload,
//! all jobs are back as fast as the server answers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The pause between two retries while none succeeds. All metrics must be back within 30 seconds after an overload; this leaves half of that for the
/// retry and for the jobs behind it.
const PAUSE: Duration = Duration::from_secs(15);

/// The pause is at least this many times as long as the retry before it. So at most a third of one connection's time is spent in vain, and a query with
/// the longest usual timeout, 10 seconds, is still retried within 30.
const REST: u32 = 2;

/// A retry queue. The job that has failed least often comes first; of those, the one that has waited longest.
#[derive(Debug)]
pub struct Line<J> {
    waiting: BTreeSet<(u32, Instant, J)>,
    /// When the next job may be tried.
    next: Instant,
    /// Whether the last retry succeeded.
    flowing: bool,
}

impl<J: Ord + Clone> Line<J> {
    /// An empty queue.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { waiting: BTreeSet::new(), next: now, flowing: false }
    }

    /// Adds a job that has failed this many times and waits since then.
    pub fn join(&mut self, failures: u32, since: Instant, job: J) {
        self.waiting.insert((failures, since, job));
    }

    /// Removes a job that was added with these values.
    pub fn leave(&mut self, failures: u32, since: Instant, job: J) {
        self.waiting.remove(&(failures, since, job));
    }

    /// Whether no job waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When the first job may be tried.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        (!self.is_empty()).then_some(self.next)
    }

    /// Every job that waits, in turn.
    pub fn jobs(&self) -> impl Iterator<Item = &J> {
        self.waiting.iter().map(|(_, _, job)| job)
    }

    /// The first job that `accept` takes.
    pub fn first(&self, accept: impl Fn(&J) -> bool) -> Option<&J> {
        self.jobs().find(|job| accept(job))
    }

    /// Takes the first job that `accept` takes, if one may be tried at `now`. No other may be tried until it has ended or one pause has passed.
    pub fn take(&mut self, now: Instant, accept: impl Fn(&J) -> bool) -> Option<J> {
        self.due().filter(|due| *due <= now)?;
        let first = self.waiting.iter().find(|(_, _, job)| accept(job)).cloned()?;
        self.next = now + PAUSE;
        self.waiting.remove(&first);
        Some(first.2)
    }

    /// Takes all jobs that `with` accepts, if the last retry succeeded.
    pub fn take_with(&mut self, with: impl Fn(&J) -> bool) -> Vec<J> {
        if !self.flowing {
            return Vec::new();
        }
        let (taken, left) = std::mem::take(&mut self.waiting).into_iter().partition(|(_, _, job)| with(job));
        self.waiting = left;
        taken.into_iter().map(|(_, _, job)| job).collect()
    }

    /// A retry succeeded at `now`: the overload may be over for all jobs.
    pub const fn succeeded(&mut self, now: Instant) {
        self.flowing = true;
        self.next = now;
    }

    /// A retry failed at `now` and `took` this long. If those before it succeeded, it may be the only job that still fails.
    pub fn failed(&mut self, now: Instant, took: Duration) {
        let least = if self.flowing { Duration::ZERO } else { PAUSE };
        self.flowing = false;
        self.next = now + (took * REST).max(least);
    }

    /// The server's state has changed: the next job is tried at `now`.
    pub const fn hurry(&mut self, now: Instant) {
        self.next = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn line(jobs: &[&'static str]) -> (Line<&'static str>, Instant) {
        let now = Instant::now();
        let mut line = Line::new(now);
        for job in jobs {
            line.join(1, now, *job);
        }
        line.failed(now, SECOND);
        (line, now)
    }

    #[test]
    fn one_is_tried_for_all_while_none_succeeds() {
        let (mut line, start) = line(&["a", "b"]);
        assert_eq!((line.take(start, |_| true), line.due()), (None, Some(start + PAUSE)));
        let mut now = start + PAUSE;
        assert_eq!((line.take(now, |_| true), line.take(now, |_| true)), (Some("a"), None));
        line.join(2, now, "a");
        line.failed(now, 10 * SECOND);
        now += 20 * SECOND;
        assert_eq!(line.due(), Some(now), "what takes long is tried less often");
        assert_eq!(line.take(now, |_| true), Some("b"), "in turn");
    }

    #[test]
    fn all_follow_one_that_succeeds_until_one_fails() {
        let (mut line, start) = line(&["a", "b", "x1", "x2"]);
        let now = start + PAUSE;
        assert_eq!((line.take(now, |_| true), line.take_with(|_| true)), (Some("a"), vec![]));
        line.succeeded(now);
        assert_eq!(line.take_with(|job| job.starts_with('x')), ["x1", "x2"]);
        assert_eq!(line.take(now, |_| true), Some("b"));
        line.join(2, now, "b");
        line.failed(now, 3 * SECOND);
        assert_eq!((line.due(), line.take_with(|_| true)), (Some(now + 6 * SECOND), vec![]));
    }

    #[test]
    fn who_fails_of_itself_does_not_stand_before_others() {
        let (mut line, start) = line(&["new"]);
        line.join(9, start, "always");
        line.leave(1, start, "new");
        line.join(2, start, "again");
        let now = start + PAUSE;
        assert_eq!(line.take(now, |_| true), Some("again"));
        line.succeeded(now);
        assert_eq!((line.take(now, |_| true), line.due()), (Some("always"), None));
    }
}
