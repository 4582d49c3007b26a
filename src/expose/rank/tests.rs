//! A view, and the ranking that reads it.

#![allow(clippy::float_cmp, reason = "they are whole numbers, which doubles hold exactly")]

mod adding_up;
mod members;

use std::collections::BTreeMap;

use super::*;
use crate::expose::baseline::Baselines;

const SEATS: usize = 3;
const COLUMNS: usize = 2;
const POLL: Duration = Duration::from_secs(30);
const OTHER: &str = "other";

/// The view's totals by entry.
type View = BTreeMap<String, [f64; COLUMNS]>;

/// What the page says, by series.
type Page = BTreeMap<String, Vec<f64>>;

/// A view, and the ranking that reads it.
struct Fixture {
    view: View,
    baselines: Baselines,
    ranking: Ranking,
    now: Instant,
    seats: usize,
}

impl Fixture {
    fn new(seats: usize) -> Self {
        let now = Instant::now();
        Self { view: View::new(), baselines: Baselines::default(), ranking: Ranking::default(), now, seats }
    }

    fn add(&mut self, entry: &str, by: [f64; COLUMNS]) {
        let totals = self.view.entry(entry.to_owned()).or_default();
        totals.iter_mut().zip(by).for_each(|(total, by)| *total += by);
    }

    fn poll(&mut self, after: Duration) -> Page {
        self.now += after;
        let rows = self.view.iter().map(|(entry, totals)| (entry.as_bytes(), totals.as_slice()));
        let increases = self.baselines.increases(rows);
        let movements: Vec<Movement> = self
            .view
            .iter()
            .zip(increases.chunks(COLUMNS))
            .map(|((entry, totals), increases)| Movement { key: entry.as_bytes().into(), total: totals[0], increases: increases.to_vec() })
            .collect();
        let admission = Admission::Best { seats: self.seats, by: 0 };
        let shown = self.ranking.poll(self.now, admission, usize::MAX, &movements, OTHER.as_bytes(), COLUMNS);
        let name = |whose: &Whose| match whose {
            Whose::Remainder => OTHER.to_owned(),
            Whose::Member(index) => String::from_utf8_lossy(&movements[*index].key).into_owned(),
            Whose::Departed(key) => String::from_utf8_lossy(key).into_owned(),
        };
        let count = shown.len();
        let page: Page = shown.into_iter().map(|shown| (name(&shown.whose), shown.values)).collect();
        assert_eq!(page.len(), count, "each series once");
        page
    }

    fn members(&self) -> Vec<String> {
        let mut members: Vec<String> = self.ranking.members().iter().map(|key| String::from_utf8_lossy(key).into_owned()).collect();
        members.sort();
        members
    }
}
