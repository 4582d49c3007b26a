//! The one retry policy: twice as long after each failure, up to a cap, with jitter.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// How long to wait after failures in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failure, before jitter.
    pub base: Duration,
    /// The longest wait.
    pub cap: Duration,
}

/// Towards a server that cannot be reached. The cap leaves room for a connect timeout of 5 s within the 15 s in which `pg_up` follows.
pub const CONNECT: Backoff = Backoff { base: Duration::from_millis(500), cap: Duration::from_secs(5) };

/// Towards a database that lets nobody in while the server does. The same for all its queries, which then share one login; and soon enough for
/// all to be back within 30 seconds after it lets people in.
pub const VISIT: Backoff = Backoff { base: Duration::from_secs(20), cap: Duration::from_secs(20) };

/// Towards a database where a login would wait for a lock. Another look costs no login, and a lock that is gone after milliseconds, as of an
/// autovacuum that truncates a catalogue, must not cost the values of a query that runs every few seconds.
pub const LOCKED: Duration = Duration::from_secs(5);

/// How long it is remembered that a login to a database has hung: as long as one may be left alone, and some more.
pub const HANG_MEMORY: Duration = Duration::from_hours(2);

/// How long a database is left alone at whose login pgvigil has hung again, and for so long, from its end on: while a login hangs, no other database is read.
#[must_use]
pub fn after_hang(lasted: Duration) -> Duration {
    lasted.saturating_mul(10).clamp(VISIT.base, Duration::from_hours(1))
}

impl Backoff {
    /// For a query that failed for a reason of its own: never sooner than it would run anyhow, and at most five minutes or one interval, whichever
    /// is longer. Each failure costs the server work and a line in its log.
    #[must_use]
    pub fn of_query(interval: Duration) -> Self {
        Self { base: interval * 2, cap: interval.max(Duration::from_mins(5)) }
    }

    /// For a query that met a lock or lacked a privilege. Its statement ended at once and cost next to nothing, so it may come again soon enough
    /// for all to be back within 30 seconds after the lock has gone.
    #[must_use]
    pub fn of_refused(interval: Duration) -> Self {
        Self { base: interval * 2, cap: VISIT.cap }
    }

    /// The wait after `failures` in a row. `random` from 0 to 1 spreads it over the upper half, so that what failed together does not
    /// come back together.
    #[must_use]
    pub fn delay(&self, failures: u32, random: f64) -> Duration {
        let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
    }
}

/// A number from 0 to 1 that differs each time; the standard library's hash seed is random enough to spread retries.
#[must_use]
pub fn random() -> f64 {
    let bits = u32::try_from(RandomState::new().hash_one(()) >> 32).unwrap_or_default();
    f64::from(bits) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_cap() {
        let backoff = Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(5) };
        let delays: Vec<_> = (1..=5).map(|failures| backoff.delay(failures, 1.0).as_millis()).collect();
        assert_eq!(delays, [1000, 2000, 4000, 5000, 5000]);
        assert_eq!(backoff.delay(1, 0.0).as_millis(), 500);
        assert_eq!(backoff.delay(u32::MAX, 1.0).as_secs(), 5);
    }

    #[test]
    fn a_query_never_comes_sooner_than_its_interval() {
        for interval in [1, 10, 60, 300, 3600].map(Duration::from_secs) {
            assert!(Backoff::of_query(interval).delay(1, 0.0) >= interval.min(Backoff::of_query(interval).cap / 2));
        }
    }

    #[test]
    fn a_hang_costs_a_tenth_of_the_time() {
        let after = |seconds| after_hang(Duration::from_secs(seconds)).as_secs();
        assert_eq!([0, 2, 3, 100, 3600].map(after), [20, 20, 30, 1000, 3600]);
    }

    #[test]
    fn random_is_within_its_range_and_varies() {
        let numbers: Vec<f64> = (0..100).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)));
        assert!(numbers.windows(2).any(|pair| (pair[0] - pair[1]).abs() > 0.01));
    }
}
