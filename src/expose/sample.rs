//! From the rows of one answer to samples: all of them or none, but for rows that bear the same labels, which cost themselves.

use std::collections::HashSet;

use super::budget::Budget;
use super::reading::{Reading, may_count, value};
use super::spelling::{label, spell};
use super::text;
use crate::query::wrap::Columns;

/// How much of a value an error shows.
const SHOWN: usize = 40;

/// How much of labels: several names of 63 bytes.
const SHOWN_LABELS: usize = 400;

/// One cell of a row in PostgreSQL's text form; none for NULL.
pub type Cell<'a> = Option<&'a [u8]>;

/// Why an answer cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// A column's type has no reading as what the file declares it to be.
    #[error("column `{column}` is of type {type_name}, which is not {wanted}")]
    Type {
        /// The column.
        column: String,
        /// What PostgreSQL calls its type.
        type_name: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// The answer lacks a column that the file takes.
    #[error("there is no column `{missing}`; there are {present}")]
    Missing {
        /// The declared column that is made of it.
        column: String,
        /// What is missing.
        missing: String,
        /// What there is.
        present: String,
    },
    /// A value is not what its type promises or what a counter may be.
    #[error("column `{column}` is {value}, which is not {wanted}")]
    Value {
        /// The column.
        column: String,
        /// The value in PostgreSQL's text form.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
}

/// The samples of one answer: for each metric column its lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Samples {
    /// The lines of each metric, in the order of the columns; empty where no row had a value.
    pub lines: Vec<(String, String)>,
    /// How many samples there are.
    pub series: usize,
    /// How many more there would have been but for the limit of series, or that of their text.
    pub dropped: usize,
    /// Those that were left out, as several rows would have been the same series.
    pub duplicates: Option<Duplicates>,
    /// What the answer had to leave out of the server's tables, in a sentence.
    pub left_out: Option<String>,
}

/// Rows that bear the same labels. Which of them is right cannot be known: none is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicates {
    /// How many samples they had.
    pub samples: usize,
    /// The labels of the first of them, as they would stand on the page.
    pub labels: String,
}

impl Duplicates {
    /// Its labels for an error or the log: a text may be as long as a statement.
    #[must_use]
    pub fn shown(&self) -> String {
        shortened(&self.labels, SHOWN_LABELS)
    }
}

/// Takes the rows of one answer in.
#[derive(Debug)]
pub struct Sampler<'q> {
    columns: Columns<'q>,
    constant: String,
    limit: usize,
    budget: Budget,
    readings: Vec<Reading>,
    seen: HashSet<Box<str>>,
    /// Labels that several rows have.
    shared: HashSet<Box<str>>,
    duplicates: Option<Duplicates>,
    labels: String,
    lines: Vec<String>,
    series: usize,
    dropped: usize,
}

impl<'q> Sampler<'q> {
    /// For an answer with these columns. `constant` are the labels that every sample bears, already written.
    #[must_use]
    pub fn new(columns: Columns<'q>, constant: String, limit: usize) -> Self {
        let lines = vec![String::new(); columns.metrics.len()];
        Self {
            columns,
            constant,
            limit,
            budget: Budget::of(limit),
            readings: Vec::new(),
            seen: HashSet::new(),
            shared: HashSet::new(),
            duplicates: None,
            labels: String::new(),
            lines,
            series: 0,
            dropped: 0,
        }
    }

    /// Says of what types the columns are, with their numbers and names, before the first row.
    ///
    /// # Errors
    /// When a column cannot be what the file declares it to be.
    pub fn types<'t>(&mut self, types: impl Iterator<Item = (u32, &'t str)>) -> Result<(), SampleError> {
        // Behind the labels and metrics may be columns that are on no page.
        let taken = self.columns.labels.len() + self.columns.metrics.len();
        for (index, (oid, type_name)) in types.take(taken).enumerate() {
            let reading = Reading::of_type(oid);
            let is_label = index < self.columns.labels.len();
            let fits = match reading {
                Reading::Integer | Reading::Boolean => true,
                Reading::Number => !is_label,
                Reading::Text => is_label,
                Reading::Other => false,
            };
            if !fits {
                return Err(SampleError::Type {
                    column: self.column(index).to_owned(),
                    type_name: type_name.to_ascii_lowercase(),
                    wanted: if is_label { "a label's text" } else { "a number" },
                });
            }
            self.readings.push(reading);
        }
        Ok(())
    }

    /// Says that all cells are text, as a console gives them: labels are taken as they are, and metrics have to be numbers.
    pub fn as_text(&mut self) {
        let labels = self.columns.labels.iter().map(|_| Reading::Text);
        self.readings = labels.chain(self.columns.metrics.iter().map(|_| Reading::Number)).collect();
    }

    /// Whether [`types`](Self::types) was called.
    #[must_use]
    pub const fn has_types(&self) -> bool {
        !self.readings.is_empty()
    }

    /// Takes in one row, labels first.
    ///
    /// # Errors
    /// When a value is none.
    pub fn row<'c>(&mut self, cell: &impl Fn(usize) -> Cell<'c>) -> Result<(), SampleError> {
        let first_metric = self.columns.labels.len();
        let values = (0..self.columns.metrics.len()).filter(|index| cell(first_metric + index).is_some()).count();
        if values == 0 {
            // It is no series, so it is none twice.
            return Ok(());
        }
        self.write_labels(cell);
        if self.seen.contains(self.labels.as_str()) {
            self.share(values);
            return Ok(());
        }
        let metrics = self.columns.metrics.iter().enumerate();
        let lines = metrics.filter_map(|(index, metric)| Some((metric.name.as_str(), cell(first_metric + index)?)));
        // What the file puts first matters most: after the first row that does not fit, none is taken.
        if self.dropped > 0 || self.series + values > self.limit || !self.budget.take(&self.labels, lines) {
            self.dropped += values;
            return Ok(());
        }
        self.seen.insert(self.labels.as_str().into());
        for (index, metric) in self.columns.metrics.iter().enumerate() {
            let Some(bytes) = cell(first_metric + index) else { continue };
            let value = self.value(index, bytes)?;
            text::write_sample(&mut self.lines[index], &metric.name, &self.labels, value);
        }
        self.series += values;
        Ok(())
    }

    /// The text of a metric's value for the page.
    fn value<'c>(&self, metric: usize, bytes: &'c [u8]) -> Result<&'c str, SampleError> {
        let declared = self.columns.metrics[metric];
        let is_counter = declared.kind == crate::query::Kind::Counter;
        let value = value(bytes, self.readings[self.columns.labels.len() + metric]).filter(|value| !is_counter || may_count(value));
        value.ok_or_else(|| self.wrong(metric, bytes, if is_counter { "a counter's value" } else { "a number" }))
    }

    fn wrong(&self, metric: usize, bytes: &[u8], wanted: &'static str) -> SampleError {
        SampleError::Value { column: self.columns.metrics[metric].name.clone(), value: shortened(&spell(bytes), SHOWN), wanted }
    }

    /// A metric's value as a number that can be added up.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn number(&self, metric: usize, bytes: &[u8]) -> Result<f64, SampleError> {
        let number = self.value(metric, bytes)?.parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| self.wrong(metric, bytes, "a number that can be added up"))
    }

    /// Notes that one more row has the labels of one before.
    fn share(&mut self, values: usize) {
        self.shared.insert(self.labels.as_str().into());
        let labels = &self.labels;
        self.duplicates.get_or_insert_with(|| Duplicates { samples: 0, labels: labels.clone() }).samples += values;
    }

    fn write_labels<'c>(&mut self, cell: &impl Fn(usize) -> Cell<'c>) {
        self.labels.clear();
        self.labels.push_str(&self.constant);
        for (index, column) in self.columns.labels.iter().enumerate() {
            let value = label(cell(index).unwrap_or_default());
            let value = match (self.readings[index], value.as_ref()) {
                (Reading::Boolean, "t") => "true",
                (Reading::Boolean, "f") => "false",
                (_, text) => text,
            };
            text::write_label(&mut self.labels, &column.name, value);
        }
    }

    /// The samples of all rows.
    #[must_use]
    pub fn finish(mut self) -> Samples {
        if let Some(duplicates) = &mut self.duplicates {
            // Those that came first were taken for the only ones.
            let mut taken = 0;
            for lines in &mut self.lines {
                let alone = |line: &&str| !self.shared.contains(text::labels(line));
                taken += lines.lines().filter(|line| !alone(line)).count();
                *lines = lines.split_inclusive('\n').filter(alone).collect();
            }
            duplicates.samples += taken;
            self.series -= taken;
        }
        let names = self.columns.metrics.iter().map(|metric| metric.name.clone());
        Samples {
            lines: names.zip(self.lines).collect(),
            series: self.series,
            dropped: self.dropped,
            duplicates: self.duplicates,
            left_out: None,
        }
    }

    fn column(&self, index: usize) -> &str {
        let labels = self.columns.labels.iter().map(|label| label.name.as_str());
        labels.chain(self.columns.metrics.iter().map(|metric| metric.name.as_str())).nth(index).unwrap_or("?")
    }
}

/// For an error: a numeric may have a hundred thousand digits.
fn shortened(value: &str, to: usize) -> String {
    match value.char_indices().nth(to) {
        None => value.to_owned(),
        Some((end, _)) => format!("{}… ({} characters)", &value[..end], value.chars().count()),
    }
}

#[cfg(test)]
mod tests;
