//! From totals to increases: what each entry of a view has moved since it was last seen.

use std::collections::HashMap;

/// How much a sum of times may fall without a reset: the same numbers added up in another order differ in the last digits.
const ROUNDING: f64 = 1e-9;

/// The totals of each entry as last seen. They are kept as doubles, which hold whole numbers exactly up to 2^53; the page's readers have nothing else.
/// A total that is not known is NaN.
///
/// - An entry that is new counts from 0. Those of the first poll have moved nothing: their past is not known.
/// - An entry of which a total has fallen was reset, and all of its totals count from 0.
/// - An entry that is gone is forgotten. What it moved after it was last seen is not guessed.
/// - A total that is NULL, or was before, has not moved.
#[derive(Debug, Default)]
pub struct Baselines {
    entries: HashMap<Box<[u8]>, LastSeen>,
    has_polled: bool,
    poll: u64,
}

#[derive(Debug)]
struct LastSeen {
    totals: Box<[f64]>,
    /// The last poll that had it.
    poll: u64,
}

impl Baselines {
    /// Makes the next poll a first one, as after another start of the server or a failover.
    pub fn forget(&mut self) {
        self.entries.clear();
        self.has_polled = false;
    }

    /// How many entries are known.
    #[cfg(test)]
    pub(super) fn known(&self) -> usize {
        self.entries.len()
    }

    /// Takes in all entries of a poll, each with its identity and totals, and returns their increases, one entry after the other.
    /// The increase of a total that is NULL now is NaN.
    pub fn increases<'r>(&mut self, rows: impl Iterator<Item = (&'r [u8], &'r [f64])>) -> Vec<f64> {
        self.poll += 1;
        let mut increases = Vec::new();
        for (identity, totals) in rows {
            if let Some(known) = self.entries.get_mut(identity) {
                known.poll = self.poll;
                known.move_to(totals, &mut increases);
            } else {
                let from_zero = |total: &f64| if self.has_polled || total.is_nan() { *total } else { 0.0 };
                increases.extend(totals.iter().map(from_zero));
                self.entries.insert(identity.into(), LastSeen { totals: totals.into(), poll: self.poll });
            }
        }
        self.entries.retain(|_, known| known.poll == self.poll);
        // Room for the entries of a burst is given back once they are gone.
        if self.entries.capacity() > 4 * self.entries.len() + 64 {
            self.entries.shrink_to_fit();
        }
        self.has_polled = true;
        increases
    }
}

impl LastSeen {
    fn move_to(&mut self, totals: &[f64], increases: &mut Vec<f64>) {
        let fell = |(before, now): (&f64, &f64)| *now < *before - before.abs() * ROUNDING;
        let was_reset = self.totals.iter().zip(totals).any(fell);
        for (before, now) in self.totals.iter_mut().zip(totals) {
            increases.push(match (before.is_nan(), now.is_nan()) {
                (_, true) => f64::NAN,
                (_, false) if was_reset => *now,
                (true, false) => 0.0,
                (false, false) => (*now - *before).max(0.0),
            });
            if !now.is_nan() {
                *before = *now;
            } else if was_reset {
                *before = 0.0;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "they are numbers that doubles hold exactly")]
mod tests {
    use super::*;

    fn poll(baselines: &mut Baselines, rows: &[(&str, [f64; 2])]) -> Vec<f64> {
        baselines.increases(rows.iter().map(|(identity, totals)| (identity.as_bytes(), totals.as_slice())))
    }

    #[test]
    fn the_past_of_the_first_poll_does_not_count_and_a_new_entry_counts_from_zero() {
        let mut baselines = Baselines::default();
        assert_eq!(poll(&mut baselines, &[("a", [5.0, 1.0])]), [0.0, 0.0]);
        assert_eq!(poll(&mut baselines, &[("a", [7.0, 1.0]), ("b", [3.0, 4.0])]), [2.0, 0.0, 3.0, 4.0]);
        assert_eq!(poll(&mut baselines, &[("b", [3.0, 4.5])]), [0.0, 0.5]);
        assert_eq!(baselines.known(), 1, "what is gone is forgotten");
        assert_eq!(poll(&mut baselines, &[("a", [1.0, 1.0])]), [1.0, 1.0], "it was dropped and has begun again");
        baselines.forget();
        assert_eq!(poll(&mut baselines, &[("a", [9.0, 9.0]), ("c", [9.0, 9.0])]), [0.0; 4]);
    }

    #[test]
    fn a_reset_is_one_of_the_whole_entry() {
        let mut baselines = Baselines::default();
        poll(&mut baselines, &[("a", [5.0, 100.0])]);
        assert_eq!(poll(&mut baselines, &[("a", [6.0, 2.0])]), [6.0, 2.0], "the first total has passed its old value since");
        assert_eq!(poll(&mut baselines, &[("a", [6.0, 2.0 - 1e-12])]), [0.0, 0.0], "no reset, but another order of adding up");
    }

    #[test]
    fn what_was_not_known_has_not_moved() {
        let mut baselines = Baselines::default();
        poll(&mut baselines, &[("a", [f64::NAN, 3.0])]);
        let increases = poll(&mut baselines, &[("a", [7.0, f64::NAN])]);
        assert!(increases[0] == 0.0 && increases[1].is_nan(), "{increases:?}");
        assert_eq!(poll(&mut baselines, &[("a", [8.0, 5.0])]), [1.0, 2.0]);
    }
}
