//! Reading a configuration value by value. What is wrong with one is reported and the next is read, so that one run finds all errors.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use config::{Map, Value, ValueKind};
use serde::de::DeserializeOwned;

use super::Document;
use super::origin::{Fault, Origin};
use super::places::Path;
use crate::diagnostic::Diagnostic;

/// A mapping of which each key is taken once; what is left at the end is unknown.
pub struct Table<'d> {
    document: &'d Document,
    path: Path,
    values: Map<String, Value>,
    known: Vec<&'static str>,
}

/// One value and where it stands.
pub struct Entry<'d> {
    document: &'d Document,
    path: Path,
    value: Value,
}

impl<'d> Table<'d> {
    /// The table at the top of a document.
    #[must_use]
    pub fn root(document: &'d Document) -> Self {
        Self::new(document, Path::new(), document.values())
    }

    fn new(document: &'d Document, path: Path, values: Map<String, Value>) -> Self {
        Self { document, path, values, known: Vec::new() }
    }

    /// The value under a key. One that is empty (`labels:`) counts as absent.
    pub fn take(&mut self, key: &'static str) -> Option<Entry<'d>> {
        self.known.push(key);
        let value = self.values.remove(key)?;
        (value.kind != ValueKind::Nil).then(|| self.entry(key, value))
    }

    /// The value under a key that must be there.
    pub fn require(&mut self, key: &'static str, hint: &str) -> Option<Entry<'d>> {
        let entry = self.take(key);
        if entry.is_none() {
            self.document.report(self.origin().error(format!("`{key}` is missing")).hint(hint));
        }
        entry
    }

    /// All that is left, in the order of the file: for a mapping whose keys are names of the user's choice.
    pub fn entries(self) -> Vec<Entry<'d>> {
        let mut entries: Vec<Entry<'d>> = self.values.iter().map(|(key, value)| self.entry(key, value.clone())).collect();
        entries.sort_by_key(|entry| entry.key_origin().position());
        entries
    }

    /// Refuses what was not taken.
    pub fn finish(mut self) {
        let known = std::mem::take(&mut self.known);
        let document = self.document;
        for entry in self.entries() {
            let error = entry.key_origin().error(format!("unknown key `{}`", entry.key()));
            document.report(error.suggest(entry.key(), known.iter().copied()));
        }
    }

    /// Refuses a key that others know and pgvigil does not do.
    pub fn refuse(&mut self, key: &'static str, hint: &str) {
        if let Some(entry) = self.take(key) {
            self.document.report(entry.key_origin().error(format!("`{key}` is not supported by pgvigil")).hint(hint));
        }
    }

    /// The document it is from.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// Where the mapping begins.
    fn origin(&self) -> Origin {
        self.document.value_origin(&self.path)
    }

    fn entry(&self, key: &str, value: Value) -> Entry<'d> {
        let mut path = self.path.clone();
        path.push(key.to_owned());
        Entry { document: self.document, path, value }
    }
}

impl<'d> Entry<'d> {
    /// The last step on the way here: a key, or a number within a list.
    pub fn key(&self) -> &str {
        self.path.last().map_or("", String::as_str)
    }

    /// Where the key stands.
    pub fn key_origin(&self) -> Origin {
        self.document.key_origin(&self.path)
    }

    /// Where the value stands.
    pub fn origin(&self) -> Origin {
        self.document.value_origin(&self.path)
    }

    /// The document it is from, which takes errors even after the value was read.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// A text as it was written.
    pub fn text(self) -> Option<String> {
        self.read(TEXT, TEXT)
    }

    /// A text, or a number as a text: what a person need not put in quotes.
    pub fn scalar(self) -> Option<String> {
        if [NUMBER, FRACTION].contains(&kind(&self.value.kind)) { self.value.into_string().ok() } else { self.text() }
    }

    /// Whether it is a mapping.
    pub fn is_table(&self) -> bool {
        kind(&self.value.kind) == TABLE
    }

    /// A text that no error may show.
    pub fn secret(self) -> Option<String> {
        let origin = self.key_origin().without_value();
        self.read_at(&origin, TEXT, TEXT)
    }

    /// A text that is not empty.
    pub fn word(self) -> Option<String> {
        let (document, origin) = (self.document, self.origin());
        let text = self.text()?;
        if text.trim().is_empty() {
            document.report(origin.error("must not be empty"));
            return None;
        }
        Some(text)
    }

    /// A text with a syntax of its own.
    pub fn parse<T: FromStr<Err = Fault>>(self) -> Option<T> {
        let (document, origin) = (self.document, self.origin());
        self.text()?.parse().map_err(|fault| document.report(origin.fault(fault))).ok()
    }

    /// Yes or no.
    pub fn flag(self) -> Option<bool> {
        self.read(FLAG, FLAG)
    }

    /// How many, at least one.
    pub fn count(self) -> Option<usize> {
        let (document, origin) = (self.document, self.origin());
        let count = self.read(NUMBER, "a whole number, at least 1")?;
        if count == 0 {
            document.report(origin.error("must be at least 1"));
        }
        (count > 0).then_some(count)
    }

    /// How long. Zero is refused: as a timeout or an interval it can only be a mistake.
    pub fn duration(self) -> Option<Duration> {
        let (document, origin) = (self.document, self.origin());
        let duration = self.read::<humantime_serde::Serde<Duration>>(TEXT, "a duration, such as 500ms, 10s or 1h30m")?.into_inner();
        if duration.is_zero() {
            document.report(origin.error("must be longer than nothing"));
        }
        (!duration.is_zero()).then_some(duration)
    }

    /// How many bytes, in PostgreSQL's units: from a megabyte, which the smallest server's answers need, to the gigabyte that no message of PostgreSQL's
    /// is longer than.
    pub fn size(self) -> Option<usize> {
        let (document, origin) = (self.document, self.origin());
        let text = self.text()?;
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let shift = match text[digits.len()..].trim() {
            "kB" => Some(10),
            "MB" => Some(20),
            "GB" => Some(30),
            _ => None,
        };
        let size = digits.parse().ok().zip(shift).and_then(|(count, shift)| 1_usize.checked_shl(shift)?.checked_mul(count));
        let size = size.filter(|size| (1 << 20..=1 << 30).contains(size));
        if size.is_none() {
            document.report(origin.error("expected a size from 1MB to 1GB, such as 64MB"));
        }
        size
    }

    /// A path of the file system.
    pub fn file(self) -> Option<PathBuf> {
        let (document, variable) = (self.document, self.document.variable(&self.path).is_some());
        let text = self.word()?;
        Some(if variable { text.into() } else { document.resolve(&text) })
    }

    /// A mapping.
    pub fn table(self) -> Option<Table<'d>> {
        let Self { document, path, .. } = self;
        match self.value.kind {
            ValueKind::Table(values) => Some(Table::new(document, path, values)),
            other => {
                document.report(unexpected(&document.value_origin(&path), TABLE, kind(&other)));
                None
            }
        }
    }

    /// The items of a list; in a variable they are separated by commas.
    pub fn list(self) -> Option<Vec<Entry<'d>>> {
        let Self { document, path, .. } = self;
        let items: Vec<Value> = match self.value.kind {
            ValueKind::Array(items) => items,
            ValueKind::String(text) if document.variable(&path).is_some() => text.split(',').map(|item| item.trim().into()).collect(),
            other => {
                document.report(unexpected(&document.value_origin(&path), LIST, kind(&other)));
                return None;
            }
        };
        let entry = |(index, value): (usize, Value)| Entry { document, path: [&path[..], &[index.to_string()]].concat(), value };
        Some(items.into_iter().enumerate().map(entry).collect())
    }

    /// A value of one kind. The library would turn any kind into any other, `1.10` into the text `1.1` and `yes` into the number 1.
    fn read<T: DeserializeOwned>(self, wanted: &str, expected: &str) -> Option<T> {
        let origin = self.origin();
        self.read_at(&origin, wanted, expected)
    }

    fn read_at<T: DeserializeOwned>(self, origin: &Origin, wanted: &str, expected: &str) -> Option<T> {
        let (document, found) = (self.document, kind(&self.value.kind));
        let result = if found == wanted { self.value.try_deserialize().ok() } else { None };
        if result.is_none() {
            document.report(if found == wanted {
                origin.error(format!("expected {expected}"))
            } else {
                unexpected(origin, expected, found)
            });
        }
        result
    }
}

const TEXT: &str = "a text";
const FLAG: &str = "true or false";
const NUMBER: &str = "a whole number";
const FRACTION: &str = "a fraction";
const TABLE: &str = "keys with values";
const LIST: &str = "a list";

fn kind(kind: &ValueKind) -> &'static str {
    match kind {
        ValueKind::String(_) => TEXT,
        ValueKind::Boolean(_) => FLAG,
        ValueKind::I64(_) | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => NUMBER,
        ValueKind::Float(_) => FRACTION,
        ValueKind::Table(_) => TABLE,
        ValueKind::Array(_) => LIST,
        ValueKind::Nil => "nothing",
    }
}

/// Names kinds only, for the value itself may be a password under the wrong key.
fn unexpected(origin: &Origin, expected: &str, found: &str) -> Diagnostic {
    let error = origin.error(format!("expected {expected}, found {found}"));
    if expected == TEXT && [FLAG, NUMBER, FRACTION].contains(&found) { error.hint("put it in quotes") } else { error }
}
