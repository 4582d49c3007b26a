//! From the rows of one answer to samples: all of them or none, but for rows that bear the same labels, which cost themselves.

use std::collections::HashSet;

use super::spelling::spell;
use super::text;
use crate::query::wrap::Columns;

/// How much of a value an error shows.
const SHOWN: usize = 40;

/// How much of labels: several names of 63 bytes.
const SHOWN_LABELS: usize = 400;

/// One cell of a row in PostgreSQL's text form; none for NULL.
pub type Cell<'a> = Option<&'a [u8]>;

/// How the text of a column is read, from the column's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Digits that every reader of the page understands as they are: int2, int4, int8, oid.
    Integer,
    /// A number that may be outside a double's range or not finite: float4, float8, numeric.
    Number,
    /// `t` or `f`.
    Boolean,
    /// Text, or a type whose text is its value.
    Text,
    /// A type whose text depends on settings or is no single value; neither a metric nor a label.
    Other,
}

impl Reading {
    /// By the type's number, which PostgreSQL never changes for its own types (`pg_type.dat`).
    #[must_use]
    pub const fn of_type(oid: u32) -> Self {
        match oid {
            16 => Self::Boolean,
            // int8, int2, int4, oid, xid, xid8
            20 | 21 | 23 | 26 | 28 | 5069 => Self::Integer,
            // float4, float8, numeric
            700 | 701 | 1700 => Self::Number,
            // "char", name, text, unknown, cidr, macaddr, inet, bpchar, varchar, uuid, pg_lsn
            18 | 19 | 25 | 705 | 650 | 829 | 869 | 1042 | 1043 | 2950 | 3220 => Self::Text,
            _ => Self::Other,
        }
    }
}

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
    /// How many more there would have been but for the limit.
    pub dropped: usize,
    /// Those that were left out, as several rows would have been the same series.
    pub duplicates: Option<Duplicates>,
}

/// Rows that bear the same labels. Which of them is right, nobody can say: none is published.
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
        for (index, (oid, type_name)) in types.enumerate() {
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
        self.write_labels(cell);
        if self.seen.contains(self.labels.as_str()) {
            self.share(values);
            return Ok(());
        }
        // What the file puts first matters most: after the first row that does not fit, none is taken.
        if self.dropped > 0 || self.series + values > self.limit {
            self.dropped += values;
            return Ok(());
        }
        self.seen.insert(self.labels.as_str().into());
        for (index, metric) in self.columns.metrics.iter().enumerate() {
            let Some(bytes) = cell(first_metric + index) else { continue };
            let is_counter = metric.kind == crate::query::Kind::Counter;
            let value = value(bytes, self.readings[first_metric + index]).filter(|value| !is_counter || may_count(value));
            let Some(value) = value else {
                return Err(SampleError::Value {
                    column: metric.name.clone(),
                    value: shortened(&spell(bytes), SHOWN),
                    wanted: if is_counter { "a counter's value" } else { "a number" },
                });
            };
            text::write_sample(&mut self.lines[index], &metric.name, &self.labels, value);
        }
        self.series += values;
        Ok(())
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
        for (index, label) in self.columns.labels.iter().enumerate() {
            let value = spell(cell(index).unwrap_or_default());
            let value = match (self.readings[index], value.as_ref()) {
                (Reading::Boolean, "t") => "true",
                (Reading::Boolean, "f") => "false",
                (_, text) => text,
            };
            text::write_label(&mut self.labels, &label.name, value);
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
        Samples { lines: names.zip(self.lines).collect(), series: self.series, dropped: self.dropped, duplicates: self.duplicates }
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

/// The value's text for the page, or none when it is no number.
fn value(bytes: &[u8], reading: Reading) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    match reading {
        Reading::Boolean => match text {
            "t" => Some("1"),
            "f" => Some("0"),
            _ => None,
        },
        Reading::Integer => {
            let digits = text.strip_prefix('-').unwrap_or(text);
            Some(text).filter(|_| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        }
        Reading::Number => match text {
            "NaN" => Some("NaN"),
            "Infinity" => Some("+Inf"),
            "-Infinity" => Some("-Inf"),
            // A numeric can be beyond a double; a reader would refuse the whole page for it.
            _ => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| text),
        },
        Reading::Text | Reading::Other => None,
    }
}

/// Strict readers refuse a page with a counter that is negative or not a number.
fn may_count(value: &str) -> bool {
    !value.starts_with('-') && value != "NaN"
}

#[cfg(test)]
mod tests;
