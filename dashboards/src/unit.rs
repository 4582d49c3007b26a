//! What a number is of, and words that stand in the place of numbers.

use pgvigil::rules::Severity;
use serde_json::{Value, json};

use crate::steps::{GOOD, NEUTRAL, colour};

/// A unit that Grafana knows by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, 0 to 1, shown as percent.
    Ratio,
    /// A time in seconds, shown as `12 ms`, `3 min`.
    Seconds,
    /// Seconds since 1970, shown as `2 hours ago`.
    Timestamp,
    /// Bytes, shown as `12 MiB`.
    Bytes,
    /// Bytes a second.
    BytesPerSecond,
    /// What is counted: `12`, `3.4 K`.
    Count,
    /// What happens so often a second.
    PerSecond,
    /// Rows a second.
    RowsPerSecond,
    /// Reads or writes a second.
    IoPerSecond,
    /// A factor or a mean, with its decimals.
    Number,
    /// The words say it: see [`Words`].
    Word,
    /// Text as it is: a label, also one that looks like a number.
    Text,
}

impl Unit {
    /// What Grafana calls it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ratio => "percentunit",
            Self::Seconds => "s",
            Self::Timestamp => "dateTimeFromNow",
            Self::Bytes => "bytes",
            Self::BytesPerSecond => "binBps",
            Self::Count | Self::Number => "short",
            Self::PerSecond => "ops",
            Self::RowsPerSecond => "rowsps",
            Self::IoPerSecond => "iops",
            Self::Word => "none",
            Self::Text => "string",
        }
    }

    /// How many decimals; `None` leaves it to Grafana, which takes as many as the size of the number asks for.
    #[must_use]
    pub const fn decimals(self) -> Option<u8> {
        match self {
            Self::Count | Self::Word => Some(0),
            Self::Ratio => Some(1),
            _ => None,
        }
    }

    /// Grafana counts time in milliseconds.
    #[must_use]
    pub fn scaled(self, expression: &str) -> String {
        if self == Self::Timestamp { format!("1000 * ({expression})") } else { expression.to_owned() }
    }
}

/// Words for the values of a metric or of a label, each with how bad it is; `None` is nothing to speak of.
pub type Words = &'static [(&'static str, &'static str, Option<Severity>)];

/// Whether something is up.
pub const UP: Words = &[("0", "down", Some(Severity::Critical)), ("1", "up", None)];
/// What a server is, by `pg_in_recovery`.
pub const ROLE: Words = &[("0", "primary", None), ("1", "standby", None)];
/// A switch.
pub const ON: Words = &[("0", "off", None), ("1", "on", None)];
/// A switch that is off for no good reason.
pub const SHOULD_BE_ON: Words = &[("0", "off", Some(Severity::Warning)), ("1", "on", None)];
/// How much an alert matters, by its label.
pub const SEVERITY: Words = &[
    ("critical", "critical", Some(Severity::Critical)),
    ("warning", "warning", Some(Severity::Warning)),
    ("info", "info", Some(Severity::Info)),
];

/// Grafana's value mappings. If one of the words is bad, the others are good; else none has a colour.
#[must_use]
pub fn mappings(words: Words) -> Value {
    let other = if words.iter().any(|(_, _, severity)| severity.is_some()) { GOOD } else { NEUTRAL };
    let option = |(index, (value, word, severity)): (usize, &(&str, &str, Option<Severity>))| {
        ((*value).to_owned(), json!({ "text": word, "color": severity.map_or(other, colour), "index": index }))
    };
    let options: serde_json::Map<String, Value> = words.iter().enumerate().map(option).collect();
    json!([{ "type": "value", "options": options }])
}
