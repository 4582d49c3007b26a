//! How databases share the time of the short-lived connections. Pure: times are the caller's.
//!
//! This is start-time fair queueing. Each visit has a rank, which is the time that its database has used so far, or the rank of the last visit if that
//! is more: a database that used nothing for a while saves nothing up. The lowest rank is next. So while several databases wait, each gets the same
//! time, and a slow one waits behind those that use little; while no other waits, a slow one gets all of it.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::server::seats::Database;

/// How long a visit may take while others wait. No database waits longer than for this, one statement, and those that use less than it does.
pub const VISIT: Duration = Duration::from_secs(10);

/// The time that each database has used.
#[derive(Debug, Default)]
pub struct Shares {
    used: BTreeMap<Database, Duration>,
    /// The rank of the last visit.
    reached: Duration,
}

impl Shares {
    /// The rank of the next visit.
    #[must_use]
    pub fn rank(&self, database: Database) -> Duration {
        self.used.get(&database).copied().unwrap_or_default().max(self.reached)
    }

    /// A visit begins.
    pub fn begin(&mut self, database: Database) {
        self.reached = self.rank(database);
        self.used.insert(database, self.reached);
    }

    /// A visit has used this time.
    pub fn charge(&mut self, database: Database, time: Duration) {
        *self.used.entry(database).or_insert(self.reached) += time;
    }

    /// The database that has used most.
    #[must_use]
    pub fn busiest(&self) -> Option<Database> {
        self.used.iter().max_by_key(|(_, used)| **used).map(|(database, _)| *database)
    }

    /// Keeps only the databases that still exist.
    pub fn retain(&mut self, there: impl Fn(Database) -> bool) {
        self.used.retain(|database, _| there(*database));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const SLOW: Database = Database(0);

    /// The visits, if all of these databases always wait.
    fn visits(shares: &mut Shares, databases: &[(Database, Duration)], count: usize) -> Vec<usize> {
        let mut visits = Vec::new();
        for _ in 0..count {
            let (database, takes) = databases.iter().copied().min_by_key(|(database, _)| (shares.rank(*database), *database)).unwrap();
            shares.begin(database);
            shares.charge(database, takes);
            visits.push(database.0);
        }
        visits
    }

    #[test]
    fn each_gets_the_same_time() {
        let databases = [(SLOW, SECOND * 10), (Database(1), SECOND * 2), (Database(2), SECOND * 2)];
        let order = visits(&mut Shares::default(), &databases, 22);
        assert_eq!(order[..11], [0, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
        assert_eq!(order[..11], order[11..]);
    }

    #[test]
    fn nothing_is_saved_up_and_nothing_is_owed() {
        let mut shares = Shares::default();
        assert_eq!(visits(&mut shares, &[(SLOW, SECOND * 10)], 9), [0; 9]);
        assert_eq!(shares.busiest(), Some(SLOW));
        let databases = [(SLOW, SECOND * 10), (Database(1), SECOND * 10)];
        assert_eq!(visits(&mut shares, &databases, 5), [1, 0, 1, 0, 1], "nothing of what it has not used before");
        shares.retain(|database| database == SLOW);
        assert_eq!(shares.rank(Database(1)), shares.reached);
    }
}
