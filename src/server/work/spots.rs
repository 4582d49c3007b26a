//! The role and the database of each short-lived connection, by the index that the seats use.

use std::collections::{BTreeMap, HashMap};

use super::absent::Spot;
use crate::server::seats::Database;

/// An index is not used again: a connection of a database that is gone is never taken for one of another database.
#[derive(Debug, Default)]
pub struct Spots {
    indices: HashMap<Spot, Database>,
    by_index: BTreeMap<Database, Spot>,
    next: usize,
}

impl Spots {
    /// Adds a spot, unless it is there.
    pub fn add(&mut self, spot: Spot) {
        let next = Database(self.next);
        if *self.indices.entry(spot.clone()).or_insert(next) == next {
            self.by_index.insert(next, spot);
            self.next += 1;
        }
    }

    /// The index of a spot.
    #[must_use]
    pub fn index(&self, spot: &Spot) -> Option<Database> {
        self.indices.get(spot).copied()
    }

    /// The spot of an index.
    #[must_use]
    pub fn get(&self, index: Database) -> Option<&Spot> {
        self.by_index.get(&index)
    }

    /// Keeps only the spots that `keep` accepts.
    pub fn retain(&mut self, keep: impl Fn(&Spot) -> bool) {
        self.indices.retain(|spot, _| keep(spot));
        self.by_index.retain(|_, spot| keep(spot));
    }

    /// How many spots there are.
    #[cfg(test)]
    #[must_use]
    pub fn count(&self) -> usize {
        self.by_index.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LoginRole;

    #[test]
    fn an_index_is_not_used_again() {
        let spot = |name: &str| Spot { role: LoginRole::Monitor, database: Some(name.into()) };
        let mut spots = Spots::default();
        for name in ["a", "b", "a"] {
            spots.add(spot(name));
        }
        assert_eq!((spots.count(), spots.index(&spot("a")), spots.index(&spot("b"))), (2, Some(Database(0)), Some(Database(1))));
        spots.retain(|spot| spot.database.as_deref() == Some("a"));
        assert_eq!((spots.count(), spots.get(Database(1)), spots.index(&spot("b"))), (1, None, None));
        spots.add(spot("b"));
        assert_eq!((spots.index(&spot("b")), spots.get(Database(2))), (Some(Database(2)), Some(&spot("b"))));
    }
}
