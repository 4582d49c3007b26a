//! How many lines about one server go to the log. A server chooses its databases and its errors, so without a bound it chooses how fast the disk of the
//! log fills.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How many lines may come at once: more than the queries of the catalogue, so that each can fail with a line of its own.
const AT_ONCE: u32 = 500;

/// How long it takes until another one may come. At this pace a day of lines of 1 kB takes 9 MB.
const PACE: Duration = Duration::from_secs(10);

/// The lines about one server.
#[derive(Debug)]
pub struct Quota(Mutex<Lines>);

#[derive(Debug)]
struct Lines {
    left: u32,
    /// Until when the lines that may come have been counted.
    counted: Instant,
    withheld: u64,
}

impl Quota {
    /// A full one.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self(Mutex::new(Lines { left: AT_ONCE, counted: now, withheld: 0 }))
    }

    /// Takes a line: the number of lines that were withheld since the last one. None if this one is withheld, too.
    pub fn take(&self, now: Instant) -> Option<u64> {
        let mut lines = self.0.lock();
        let passed = now.saturating_duration_since(lines.counted).as_secs() / PACE.as_secs();
        let more = u32::try_from(passed).unwrap_or(AT_ONCE).min(AT_ONCE);
        lines.counted = if more == AT_ONCE { now } else { lines.counted + PACE * more };
        lines.left = (lines.left + more).min(AT_ONCE);
        if lines.left == 0 {
            lines.withheld += 1;
            return None;
        }
        lines.left -= 1;
        Some(std::mem::take(&mut lines.withheld))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_come_at_once_and_then_one_at_a_time() {
        let start = Instant::now();
        let quota = Quota::new(start);
        let taken = |now, tries: u32| (0..tries).filter(|_| quota.take(now).is_some()).count();
        assert_eq!(taken(start, 1000), 500);
        assert_eq!(taken(start + PACE / 2, 1), 0);
        assert_eq!(quota.take(start + PACE), Some(501), "it says how many are missing");
        assert_eq!(taken(start + PACE, 1), 0);
        // Half a pace more than three: it counts for the next one.
        assert_eq!(taken(start + PACE * 9 / 2, 10), 3);
        assert_eq!(taken(start + PACE * 5, 10), 1);
        assert_eq!(taken(start + PACE * 100_000, 1000), 500);
    }

    /// A server that tells of something new with every line for a day.
    #[test]
    fn a_day_of_news_is_a_bounded_log() {
        let start = Instant::now();
        let quota = Quota::new(start);
        let lines =
            (0..86_400).flat_map(|second| [second; 10]).filter(|second| quota.take(start + Duration::from_secs(*second)).is_some()).count();
        assert!((8_000..10_000).contains(&lines), "{lines}");
    }
}
