//! One number that an alert compares with, as a person writes it: `80 %`, `< 10 %`, `30 s`, `10 MB`, `400`.

use std::str::FromStr;

use crate::document::origin::Fault;

/// What is measured, and so how a number of it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share, `80 %`; 0 to 1 in an expression.
    Ratio,
    /// A time, `30 s`, `10 min`, `7 days`; seconds in an expression.
    Seconds,
    /// A size, `10 MB` or `1 GiB`; bytes in an expression.
    Bytes,
    /// What is counted, `400`.
    Count,
}

/// On which side of the number it is bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// More is worse.
    Above,
    /// Less is worse, written with `<`.
    Below,
}

/// A number with its meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// The number as it stands in an expression: in base units, a share from 0 to 1.
    pub value: f64,
    /// What it measures.
    pub unit: Unit,
    /// Where it is bad; `None` in a person's own file means as before.
    pub bound: Option<Bound>,
}

/// The units of sizes, as `PostgreSQL`'s documents and Prometheus' write them.
const SIZES: [(&str, f64); 9] = [
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("TB", 1e12),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("TiB", 1_099_511_627_776.0),
];

impl Unit {
    /// How it is written, for who has written something else.
    #[must_use]
    pub const fn example(self) -> &'static str {
        match self {
            Self::Ratio => "a share, such as 80 %",
            Self::Seconds => "a time, such as 500 ms, 30 s, 10 min or 7 days",
            Self::Bytes => "a size, such as 10 MB or 1 GiB",
            Self::Count => "a number, such as 400",
        }
    }
}

impl Bound {
    /// Whether the second of two numbers is worse than the first.
    #[must_use]
    pub fn is_worse(self, mild: f64, bad: f64) -> bool {
        match self {
            Self::Above => bad > mild,
            Self::Below => bad < mild,
        }
    }
}

impl FromStr for Threshold {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let (bound, rest) = match (text.trim().strip_prefix('<'), text.trim().strip_prefix('>')) {
            (Some(rest), _) => (Some(Bound::Below), rest.trim()),
            (None, Some(rest)) => (Some(Bound::Above), rest.trim()),
            (None, None) => (None, text.trim()),
        };
        if rest.ends_with('M') {
            // For humantime a month, which nobody means.
            return Err(Fault::new("`M` may be minutes or megabytes").hint("write min or MB"));
        }
        let (unit, value) = read(rest).ok_or_else(|| {
            let units = [Unit::Ratio, Unit::Seconds, Unit::Bytes, Unit::Count].map(Unit::example);
            Fault::new("not a threshold").hint(format!("write {}, or `off`", units.join("; ")))
        })?;
        if unit == Unit::Ratio && !(0.0..=1.0).contains(&value) {
            return Err(Fault::new("a share is from 0 to 100 %"));
        }
        Ok(Self { value, unit, bound })
    }
}

fn read(text: &str) -> Option<(Unit, f64)> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite() && *number >= 0.0);
    if let Some(value) = number(text) {
        return Some((Unit::Count, value));
    }
    if let Some(percent) = text.strip_suffix('%') {
        return Some((Unit::Ratio, number(percent)? / 100.0));
    }
    let start_of_unit = text.find(|c: char| c.is_alphabetic())?;
    let (amount, unit) = text.split_at(start_of_unit);
    if let Some((_, factor)) = SIZES.iter().find(|(name, _)| *name == unit) {
        return Some((Unit::Bytes, number(amount)? * factor));
    }
    humantime::parse_duration(text).ok().map(|time| (Unit::Seconds, time.as_secs_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        for (text, unit, value, bound) in [
            ("80 %", Unit::Ratio, 0.8, None),
            ("< 12.5%", Unit::Ratio, 0.125, Some(Bound::Below)),
            ("> 30 s", Unit::Seconds, 30.0, Some(Bound::Above)),
            ("500ms", Unit::Seconds, 0.5, None),
            ("1h 30m", Unit::Seconds, 5400.0, None),
            ("7 days", Unit::Seconds, 604_800.0, None),
            ("10 MB", Unit::Bytes, 1e7, None),
            ("1 GiB", Unit::Bytes, 1_073_741_824.0, None),
            ("400", Unit::Count, 400.0, None),
            ("0.5", Unit::Count, 0.5, None),
        ] {
            let read: Threshold = text.parse().unwrap();
            assert_eq!((read.unit, read.value, read.bound), (unit, value, bound), "{text}");
        }
        for text in ["", "%", "much", "10 parsecs", "-3", "1e999", "120 %", "10 mb", "5 M", "inf", "NaN %", "< "] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }
}
