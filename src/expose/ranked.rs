//! The rows of a ranked query, gathered until all are there: from cells to movements, and from the [ranking](super::rank) back to cells.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::baseline::Baselines;
use super::movement::{Admission, Movement, Shown, Whose};
use super::rank::Ranking;
use super::sample::{Cell, SampleError, Sampler, Samples};
use crate::query::Kind;
use crate::query::rank::{Rank, RankBy};
use crate::query::wrap::Columns;

/// The value of each label of the remainder. A row that has it in all of its labels is a part of the remainder.
pub const REMAINDER: &str = "other";

/// What is remembered of a ranked query between its polls.
#[derive(Debug, Default)]
pub struct RankMemory {
    /// The totals as last seen.
    pub baselines: Baselines,
    /// Who is a member, and since when.
    pub ranking: Ranking,
}

/// The rows of one answer. Each has the labels, the metrics, and the columns that tell entries apart.
#[derive(Debug)]
pub struct Gathering<'q> {
    rank: &'q Rank,
    columns: Columns<'q>,
    sampler: Sampler<'q>,
    limit: usize,
    rows: Vec<Gathered>,
    /// The counters of each row; NaN for NULL.
    totals: Vec<f64>,
}

#[derive(Debug)]
struct Gathered {
    /// The labels.
    key: Box<[u8]>,
    /// What tells the entry apart if that is not the labels.
    identity: Option<Box<[u8]>>,
    gauges: Vec<Option<Box<[u8]>>>,
}

impl Gathered {
    fn identity(&self) -> &[u8] {
        self.identity.as_deref().unwrap_or(&self.key)
    }
}

impl<'q> Gathering<'q> {
    /// For an answer with these columns. `constant` are the labels that every sample bears, already written.
    #[must_use]
    pub fn new(rank: &'q Rank, columns: Columns<'q>, constant: String, limit: usize) -> Self {
        let sampler = Sampler::new(columns.clone(), constant, limit);
        Self { rank, columns, sampler, limit, rows: Vec::new(), totals: Vec::new() }
    }

    /// The names of the columns that are added up.
    #[must_use]
    pub fn counters(&self) -> Vec<&'q str> {
        self.columns.metrics.iter().filter(|metric| metric.kind == Kind::Counter).map(|metric| metric.name.as_str()).collect()
    }

    /// As [`Sampler::types`].
    ///
    /// # Errors
    /// The same.
    pub fn types<'t>(&mut self, types: impl Iterator<Item = (u32, &'t str)>) -> Result<(), SampleError> {
        self.sampler.types(types)
    }

    /// As [`Sampler::has_types`].
    #[must_use]
    pub const fn has_types(&self) -> bool {
        self.sampler.has_types()
    }

    /// Takes in one row.
    ///
    /// # Errors
    /// When a counter's value is none.
    pub fn row<'c>(&mut self, cell: &impl Fn(usize) -> Cell<'c>) -> Result<(), SampleError> {
        let (labels, metrics) = (self.columns.labels.len(), self.columns.metrics.len());
        let key = encode((0..labels).map(cell));
        let identity = (!self.rank.of.is_empty()).then(|| encode((labels + metrics..labels + metrics + self.rank.of.len()).map(cell)));
        let mut gauges = Vec::new();
        for (index, metric) in self.columns.metrics.iter().enumerate() {
            let value = cell(labels + index);
            match metric.kind {
                Kind::Gauge => gauges.push(value.map(Into::into)),
                Kind::Counter => self.totals.push(value.map_or(Ok(f64::NAN), |bytes| self.sampler.number(index, bytes))?),
            }
        }
        self.rows.push(Gathered { key, identity, gauges });
        Ok(())
    }

    /// The samples of the members and of the remainder at `now`. `leaders` are the members of the ranking that this one is to be like.
    ///
    /// # Errors
    /// When a gauge's value is none.
    pub fn finish(mut self, memory: &mut RankMemory, now: Instant, leaders: &HashSet<Box<[u8]>>) -> Result<Samples, SampleError> {
        // Without a row no types were told, and the remainder is all numbers.
        if !self.sampler.has_types() {
            self.sampler.as_text();
        }
        let columns = self.counters().len();
        let mut times: HashMap<&[u8], usize> = HashMap::new();
        self.rows.iter().for_each(|row| *times.entry(row.identity()).or_default() += 1);
        let is_alone = |row: &Gathered| times.get(row.identity()) == Some(&1);
        let mut twice: HashMap<&[u8], &Gathered> = HashMap::new();
        twice.extend(self.rows.iter().filter(|row| !is_alone(row)).map(|row| (row.identity(), row)));

        // Which of several rows of one entry is right cannot be known, so neither can what it moved.
        let unknown = vec![f64::NAN; columns];
        let alone = || self.rows.iter().zip(chunks(&self.totals, columns, self.rows.len())).filter(|(row, _)| is_alone(row));
        let known = alone().map(|(row, totals)| (row.identity(), totals));
        let increases = memory.baselines.increases(known.chain(twice.keys().map(|identity| (*identity, unknown.as_slice()))));

        let (by, admission) = self.admission(leaders);
        let mut movements: Vec<Movement> = Vec::new();
        let mut first_rows: Vec<&Gathered> = Vec::new();
        let mut places: HashMap<&[u8], usize> = HashMap::new();
        for ((row, totals), increases) in alone().zip(chunks(&increases, columns, self.rows.len())) {
            let total = by.and_then(|by| totals.get(by)).copied().filter(|total| !total.is_nan()).unwrap_or_default();
            let place = *places.entry(&row.key).or_insert(movements.len());
            if let Some(movement) = movements.get_mut(place) {
                movement.add(total, increases);
            } else {
                movements.push(Movement { key: row.key.clone(), total, increases: increases.to_vec() });
                first_rows.push(row);
            }
        }
        let remainder = encode(self.columns.labels.iter().map(|_| Some(REMAINDER.as_bytes())));
        let room = self.limit / self.columns.metrics.len().max(1);
        let shown = memory.ranking.poll(now, admission, room, &movements, &remainder, columns);
        for Shown { whose, values } in shown {
            let (key, row) = match &whose {
                Whose::Remainder => (&remainder, None),
                Whose::Member(place) => (&movements[*place].key, first_rows.get(*place).copied()),
                Whose::Departed(key) => (key, None),
            };
            let cells = self.cells(key, &values, row);
            self.sampler.row(&|index| cells.get(index).and_then(Option::as_deref))?;
        }
        // The sampler leaves them out, counts them and names them.
        for row in twice.values() {
            let cells = self.cells(&row.key, &vec![0.0; columns], None);
            for _ in 0..2 {
                self.sampler.row(&|index| cells.get(index).and_then(Option::as_deref))?;
            }
        }
        Ok(self.sampler.finish())
    }

    /// The counter that ranks, and who becomes a member.
    fn admission<'a>(&self, leaders: &'a HashSet<Box<[u8]>>) -> (Option<usize>, Admission<'a>) {
        match &self.rank.by {
            RankBy::Counter { seats, metric } => {
                let by = self.counters().iter().position(|name| name == metric);
                by.map_or((None, Admission::Like(leaders)), |by| (Some(by), Admission::Best { seats: *seats, by }))
            }
            RankBy::Query(_) => (None, Admission::Like(leaders)),
        }
    }

    /// A row of text. Several entries may have one row: the gauges are those of the first.
    fn cells(&self, key: &[u8], values: &[f64], row: Option<&Gathered>) -> Vec<Option<Box<[u8]>>> {
        let mut cells = decode(key);
        let (mut values, mut gauges) = (values.iter(), row.map(|row| row.gauges.iter()));
        for metric in &self.columns.metrics {
            cells.push(match metric.kind {
                Kind::Counter => values.next().filter(|value| !value.is_nan()).map(|value| value.to_string().into_bytes().into()),
                Kind::Gauge => gauges.as_mut().and_then(Iterator::next).cloned().flatten(),
            });
        }
        cells
    }
}

/// The `columns` numbers of each of `rows` rows.
fn chunks(numbers: &[f64], columns: usize, rows: usize) -> impl Iterator<Item = &[f64]> {
    (0..rows).map_while(move |row| numbers.get(row * columns..(row + 1) * columns))
}

/// Several cells as one key. A label that is NULL is the same as an empty one.
fn encode<'c>(cells: impl Iterator<Item = Cell<'c>>) -> Box<[u8]> {
    let mut key = Vec::new();
    for cell in cells {
        let cell = cell.unwrap_or_default();
        key.extend(u32::try_from(cell.len()).unwrap_or(u32::MAX).to_le_bytes());
        key.extend(cell);
    }
    key.into()
}

fn decode(mut key: &[u8]) -> Vec<Option<Box<[u8]>>> {
    let mut cells = Vec::new();
    while let Some((length, rest)) = key.split_first_chunk() {
        let (cell, rest) = rest.split_at(usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX).min(rest.len()));
        cells.push(Some(cell.into()));
        key = rest;
    }
    cells
}

#[cfg(test)]
mod tests;
