//! Values with a meaning of their own: switches, numbers, durations, sizes.

use std::time::Duration;

use super::node::{Content, Given};
use super::table::Entry;

impl Entry<'_> {
    /// Yes or no.
    pub fn flag(self) -> Option<bool> {
        self.switch().or_else(|| self.unexpected("true or false"))
    }

    /// The value if it is true or false, also as a variable has it.
    pub fn switch(&self) -> Option<bool> {
        match self.member.node.content.clone().plain() {
            Content::Flag(flag) => Some(flag),
            Content::Text(text) if self.is_variable() => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// How many, at least one.
    pub fn count(self) -> Option<usize> {
        const EXPECTED: &str = "a whole number, at least 1";
        let Content::Whole(number) = self.member.node.content.clone().plain() else { return self.unexpected(EXPECTED) };
        let count = usize::try_from(number).ok().filter(|count| *count > 0);
        if count.is_none() {
            let message = if number == 0 { "must be at least 1".to_owned() } else { format!("expected {EXPECTED}") };
            self.document.report(self.origin().error(message));
        }
        count
    }

    /// How long. Zero is refused: as a timeout or an interval it can only be a mistake.
    pub fn duration(self) -> Option<Duration> {
        const EXPECTED: &str = "a duration, such as 500ms, 10s or 1h30m";
        let (Content::Text(text) | Content::Given(Given { text, .. })) = &self.member.node.content else {
            return self.unexpected(EXPECTED);
        };
        let duration = humantime::parse_duration(text).map_err(|_| format!("expected {EXPECTED}"));
        let duration = duration.and_then(|it| if it.is_zero() { Err("must be greater than zero".to_owned()) } else { Ok(it) });
        duration.map_err(|message| self.document.report(self.origin().error(message))).ok()
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
}
