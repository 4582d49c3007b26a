//! Jobs that ran out of time stand in line for another try. Pure: the clock is the caller's.
//!
//! When a server is overloaded, many statements run into their timeouts, and each further try makes it worse. So one of them is tried for all,
//! the one that has failed least often, and then there is a pause. As soon as one succeeds, the next is tried at once, and so on until one
//! fails again: after the overload they are all back as fast as the server answers.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Between two tries while none succeeds. All metrics are to be back within 30 seconds after an overload: this leaves the half of them to what
/// is tried and to those behind it.
const PAUSE: Duration = Duration::from_secs(15);

/// How many times as long as the try before it the pause lasts at least. So no more than a third of one connection's time is spent in vain, and
/// a query of the longest usual timeout, 10 seconds, still comes again within 30.
const REST: u32 = 2;

/// A line of jobs; whoever has failed least often is first, then whoever waits for longest.
#[derive(Debug)]
pub struct Line<J> {
    waiting: BTreeSet<(u32, Instant, J)>,
    /// When the next one may be tried.
    next: Instant,
    /// Whether the last one succeeded.
    flowing: bool,
}

impl<J: Ord + Clone> Line<J> {
    /// Nobody waits.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { waiting: BTreeSet::new(), next: now, flowing: false }
    }

    /// A job joins that has failed so many times and waits since then.
    pub fn join(&mut self, failures: u32, since: Instant, job: J) {
        self.waiting.insert((failures, since, job));
    }

    /// A job leaves that joined so.
    pub fn leave(&mut self, failures: u32, since: Instant, job: J) {
        self.waiting.remove(&(failures, since, job));
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When the first may be tried.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        (!self.is_empty()).then_some(self.next)
    }

    /// The first of those that `accept` takes.
    pub fn first(&self, accept: impl Fn(&J) -> bool) -> Option<&J> {
        self.waiting.iter().map(|(_, _, job)| job).find(|job| accept(job))
    }

    /// Takes the first of those that `accept` takes, if one may be tried at `now`. Until it has ended, or for one pause, no other may.
    pub fn take(&mut self, now: Instant, accept: impl Fn(&J) -> bool) -> Option<J> {
        self.due().filter(|due| *due <= now)?;
        let first = self.waiting.iter().find(|(_, _, job)| accept(job)).cloned()?;
        self.next = now + PAUSE;
        self.waiting.remove(&first);
        Some(first.2)
    }

    /// Takes all that `with` accepts, once the last one has succeeded.
    pub fn take_with(&mut self, with: impl Fn(&J) -> bool) -> Vec<J> {
        if !self.flowing {
            return Vec::new();
        }
        let (taken, left) = std::mem::take(&mut self.waiting).into_iter().partition(|(_, _, job)| with(job));
        self.waiting = left;
        taken.into_iter().map(|(_, _, job)| job).collect()
    }

    /// One that was taken has succeeded at `now`: whatever it was may be over for all.
    pub const fn succeeded(&mut self, now: Instant) {
        self.flowing = true;
        self.next = now;
    }

    /// One has failed at `now`, and `took` so long. If those before it succeeded, it may be the only one that still does.
    pub fn failed(&mut self, now: Instant, took: Duration) {
        let least = if self.flowing { Duration::ZERO } else { PAUSE };
        self.flowing = false;
        self.next = now + (took * REST).max(least);
    }

    /// What was true of the server is no longer: the next one is tried at `now`.
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
