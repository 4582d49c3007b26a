//! The numbers that can be set, as `alerts/thresholds/default.yml` declares them: for each area and alert one for each severity, and at times one
//! below which nothing is said at all.

use std::collections::BTreeMap;
use std::fmt;

use super::file::Severity;
use super::threshold::{Bound, Threshold};
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::table::{Entry, Table};

/// What can be set.
pub(super) const DEFAULTS: &str = include_str!("../../alerts/thresholds/default.yml");

/// Which number of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// That of a severity.
    Tier(Severity),
    /// How large a thing has to be for the alert to speak of it, whatever the severity.
    AtLeast,
}

/// An area, which is a rule file, and an alert in it.
pub type Alert = (String, String);

/// The numbers of each alert that has any.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Thresholds(BTreeMap<Alert, BTreeMap<Part, Threshold>>);

impl Part {
    /// All that there are.
    pub const ALL: [Self; 4] = [Self::Tier(Severity::Info), Self::Tier(Severity::Warning), Self::Tier(Severity::Critical), Self::AtLeast];

    /// The key under which it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tier(severity) => severity.as_str(),
            Self::AtLeast => "at_least",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Thresholds {
    /// Those of the bundled rules.
    ///
    /// # Errors
    /// Never, unless the bundled file is broken, which the tests do not let pass.
    pub fn bundled() -> Result<Self, Vec<Diagnostic>> {
        let document = Document::of("alerts/thresholds/default.yml", DEFAULTS.to_owned(), &[])?;
        let mut thresholds = Self::default();
        for area in Table::root(&document).entries() {
            let name = area.key().to_owned();
            for alert in area.table().into_iter().flat_map(Table::entries) {
                let key = (name.clone(), alert.key().to_owned());
                let parts = alert.table().into_iter().flat_map(Table::entries);
                thresholds.0.insert(key, parts.filter_map(declared).collect());
            }
        }
        document.finish(thresholds)
    }

    /// The numbers of an alert; none if it has none.
    pub fn of(&self, area: &str, alert: &str) -> impl Iterator<Item = (Part, Threshold)> {
        let parts = self.0.get(&(area.to_owned(), alert.to_owned()));
        parts.into_iter().flatten().map(|(part, threshold)| (*part, *threshold))
    }

    /// One number of an alert.
    #[must_use]
    pub fn get(&self, alert: &Alert, part: Part) -> Option<Threshold> {
        self.0.get(alert)?.get(&part).copied()
    }

    /// All of them, by area and alert.
    pub fn iter(&self) -> impl Iterator<Item = (&Alert, Part, Threshold)> {
        self.0.iter().flat_map(|(alert, parts)| parts.iter().map(move |(part, threshold)| (alert, *part, *threshold)))
    }
}

/// A number as it is declared. More is worse unless it says otherwise.
fn declared(entry: Entry<'_>) -> Option<(Part, Threshold)> {
    let (document, origin) = (entry.document(), entry.origin());
    let part = Part::ALL.into_iter().find(|part| part.as_str() == entry.key());
    if part.is_none() {
        document.report(entry.key_origin().error("neither a severity nor `at_least`"));
    }
    let threshold: Threshold = entry.scalar()?.parse().map_err(|fault| document.report(origin.fault(fault))).ok()?;
    Some((part?, Threshold { bound: threshold.bound.or(Some(Bound::Above)), ..threshold }))
}
