//! What a [ranking](super::rank) takes in and gives out.

use std::collections::HashSet;

/// What a series moved since the poll before.
#[derive(Debug, Clone, PartialEq)]
pub struct Movement {
    /// Its labels, as one key.
    pub key: Box<[u8]>,
    /// Its total in the column that ranks; 0 if that is NULL, or if another ranking says who is a member.
    pub total: f64,
    /// The increase of each column; NaN where the column is NULL.
    pub increases: Vec<f64>,
}

impl Movement {
    /// Adds what another entry with the same labels moved.
    pub fn add(&mut self, total: f64, increases: &[f64]) {
        self.total += total;
        for (sum, increase) in self.increases.iter_mut().zip(increases).filter(|(_, increase)| !increase.is_nan()) {
            *sum = if sum.is_nan() { *increase } else { *sum + increase };
        }
    }
}

/// Who becomes a member.
#[derive(Debug, Clone, Copy)]
pub enum Admission<'a> {
    /// The best, by what they move in a column.
    Best {
        /// How many, at most.
        seats: usize,
        /// The column.
        by: usize,
    },
    /// The members of another ranking.
    Like(&'a HashSet<Box<[u8]>>),
}

/// A row for the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Which series it is.
    pub whose: Whose,
    /// The value of each counter; NaN where there is none.
    pub values: Vec<f64>,
}

/// Which series a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// Of all that have no row of their own.
    Remainder,
    /// Of the member with this place among the movements.
    Member(usize),
    /// Of a member that has left, with this key.
    Departed(Box<[u8]>),
}
