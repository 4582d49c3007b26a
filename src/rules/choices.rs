//! What an operator wants otherwise: thresholds, and what is left out. Read from files in the order in which they count, the last one wins.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{RuleFile, Severity};
use super::threshold::Threshold;
use super::thresholds::{Alert, Part, Thresholds};
use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::mask::quoted;
use crate::document::origin::Fault;
use crate::document::table::{Entry, Table};

/// What a file says for what shall not be there.
const OFF: &str = "off";

/// The areas that the rules of the others are made of.
const NEEDED: [&str; 2] = ["records", "machines"];

/// What may be chosen, and what was.
pub struct Choices {
    thresholds: Thresholds,
    /// The alerts of each area with their severities; an area of records has none.
    known: BTreeMap<String, BTreeMap<String, BTreeSet<Severity>>>,
    areas_off: BTreeSet<String>,
    chosen: BTreeMap<(Alert, Part), Choice>,
}

/// What was chosen for one number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Choice {
    Set(Threshold),
    Off,
}

impl Choices {
    /// Nothing is chosen yet.
    #[must_use]
    pub fn new(thresholds: Thresholds, files: &[RuleFile]) -> Self {
        let mut known: BTreeMap<String, BTreeMap<String, BTreeSet<Severity>>> = BTreeMap::new();
        for file in files {
            let area = known.entry(file.area.to_owned()).or_default();
            for rule in file.rules() {
                if let (Some(alert), Some(severity)) = (&rule.alert, rule.severity) {
                    area.entry(alert.clone()).or_default().insert(severity);
                }
            }
        }
        Self { thresholds, known, areas_off: BTreeSet::new(), chosen: BTreeMap::new() }
    }

    /// Reads one more file; what it says counts more than what was read before.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&mut self, path: &str, text: String) -> Result<(), Vec<Diagnostic>> {
        let document = Document::of(path, text, &[])?;
        for area in Table::root(&document).entries() {
            self.area(area);
        }
        document.finish(())
    }

    /// Has the rules follow.
    pub fn apply(&self, files: &mut Vec<RuleFile>) {
        files.retain(|file| !self.areas_off.contains(file.area));
        for file in files {
            let area = file.area;
            let is_off =
                |name: &str, severity| self.chosen.get(&((area.to_owned(), name.to_owned()), Part::Tier(severity))) == Some(&Choice::Off);
            file.retain(|rule| !rule.alert.as_deref().zip(rule.severity).is_some_and(|(name, severity)| is_off(name, severity)));
            for rule in file.rules_mut() {
                let Some((name, severity)) = rule.alert.clone().zip(rule.severity) else { continue };
                let alert = (area.to_owned(), name);
                for part in [Part::Tier(severity), Part::AtLeast] {
                    if let (Some(old), Some(Choice::Set(new))) =
                        (self.thresholds.get(&alert, part), self.chosen.get(&(alert.clone(), part)))
                    {
                        rule.replace(old.value, new.value);
                    }
                }
            }
        }
    }

    fn area(&mut self, entry: Entry<'_>) {
        let area = entry.key().to_owned();
        let Some(alerts) = self.known.get(&area).cloned() else {
            let error = entry.key_origin().error(format!("there is no area {}", quoted(&area)));
            entry.document().report(error.suggest(&area, self.known.keys().map(String::as_str)));
            return;
        };
        if !entry.is_table() {
            self.whole_area(&area, &alerts, entry);
            return;
        }
        self.areas_off.remove(&area);
        for entry in entry.table().into_iter().flat_map(Table::entries) {
            let name = entry.key().to_owned();
            if let Some(severities) = alerts.get(&name) {
                self.alert(&(area.clone(), name), severities, entry);
                continue;
            }
            let error = entry.key_origin().error(format!("there is no alert {} in the area `{area}`", quoted(&name)));
            entry.document().report(match self.known.iter().find(|(_, alerts)| alerts.contains_key(&name)) {
                Some((other, _)) => error.hint(format!("it stands in `{other}`")),
                None => error.suggest(&name, alerts.keys().map(String::as_str)),
            });
        }
    }

    fn whole_area(&mut self, area: &str, alerts: &BTreeMap<String, BTreeSet<Severity>>, entry: Entry<'_>) {
        let (document, origin) = (entry.document(), entry.origin());
        let Some(text) = entry.scalar() else { return };
        if text != OFF {
            document.report(origin.error(format!("expected alerts with their thresholds, or `{OFF}`")));
        } else if NEEDED.contains(&area) {
            document
                .report(origin.error(format!("the rules of other areas stand on `{area}`")).hint("leave those out that you do not want"));
        } else {
            self.areas_off.insert(area.to_owned());
            for (alert, severities) in alerts {
                self.leave_out(&(area.to_owned(), alert.clone()), severities);
            }
        }
    }

    fn leave_out(&mut self, alert: &Alert, severities: &BTreeSet<Severity>) {
        for severity in severities {
            self.chosen.insert((alert.clone(), Part::Tier(*severity)), Choice::Off);
        }
    }

    fn alert(&mut self, alert: &Alert, severities: &BTreeSet<Severity>, entry: Entry<'_>) {
        let parts = self.parts(alert, severities);
        let names = || parts.iter().map(|part| part.as_str());
        if !entry.is_table() {
            let (document, origin) = (entry.document(), entry.origin());
            match entry.scalar() {
                Some(text) if text == OFF => self.leave_out(alert, severities),
                Some(_) => {
                    let hint = format!("known are {}", names().collect::<Vec<_>>().join(", "));
                    document.report(origin.error(format!("expected `{OFF}`, or a value for each severity")).hint(hint));
                }
                None => {}
            }
            return;
        }
        let mut last = None;
        for entry in entry.table().into_iter().flat_map(Table::entries) {
            let (document, origin) = (entry.document(), entry.origin());
            let Some(part) = parts.iter().copied().find(|part| part.as_str() == entry.key()) else {
                let error = entry.key_origin().error(format!("{} has no {}", alert.1, quoted(entry.key())));
                document.report(error.suggest(entry.key(), names()));
                continue;
            };
            match entry.scalar().map(|text| self.choice(alert, part, &text)) {
                Some(Ok(choice)) => {
                    self.chosen.insert((alert.clone(), part), choice);
                    last = Some((document, origin));
                }
                Some(Err(fault)) => document.report(origin.fault(fault)),
                None => {}
            }
        }
        // Told once, where the last of the numbers stands.
        if let (Some((document, origin)), Some((mild, worse))) = (last, self.out_of_order(alert)) {
            let error = origin.error(format!("`{}` of {} would speak later than `{}`", mild.as_str(), alert.1, worse.as_str()));
            document.report(error.hint(format!("set both, or leave one out: `{}: {OFF}`", mild.as_str())));
        }
    }

    /// What may be said of an alert.
    fn parts(&self, alert: &Alert, severities: &BTreeSet<Severity>) -> Vec<Part> {
        let tiers = severities.iter().map(|severity| Part::Tier(*severity));
        tiers.chain(self.thresholds.get(alert, Part::AtLeast).map(|_| Part::AtLeast)).collect()
    }

    fn choice(&self, alert: &Alert, part: Part, text: &str) -> Result<Choice, Fault> {
        if text == OFF && part != Part::AtLeast {
            return Ok(Choice::Off);
        }
        let Some(declared) = self.thresholds.get(alert, part) else {
            return Err(Fault::new(format!("{} has no number for `{part}`", alert.1)).hint(format!("it can be `{OFF}`")));
        };
        let threshold: Threshold = text.parse()?;
        if threshold.unit != declared.unit {
            return Err(Fault::new(format!("{} is not measured so", alert.1)).hint(format!("write {}", declared.unit.example())));
        }
        if threshold.bound.is_some() && threshold.bound != declared.bound {
            return Err(Fault::new(format!("{} speaks on the other side of its number", alert.1)).hint("write the number alone"));
        }
        Ok(Choice::Set(Threshold { bound: declared.bound, ..threshold }))
    }

    /// Two severities of which the milder one would come after the worse one. Severities that have the same number by default are of different things.
    fn out_of_order(&self, alert: &Alert) -> Option<(Severity, Severity)> {
        let now = |severity: Severity| match self.chosen.get(&(alert.clone(), Part::Tier(severity))) {
            Some(Choice::Set(threshold)) => Some(*threshold),
            Some(Choice::Off) => None,
            None => self.thresholds.get(alert, Part::Tier(severity)),
        };
        let declared = |severity| self.thresholds.get(alert, Part::Tier(severity));
        let pairs = Severity::ALL.into_iter().flat_map(|mild| Severity::ALL.into_iter().map(move |worse| (mild, worse)));
        pairs.filter(|(mild, worse)| mild < worse).find(|(mild, worse)| {
            let (Some(is), Some(is_worse), Some(was), Some(was_worse)) = (now(*mild), now(*worse), declared(*mild), declared(*worse))
            else {
                return false;
            };
            let Some(bound) = was.bound else { return false };
            bound.is_worse(was.value, was_worse.value) && bound.is_worse(is_worse.value, is.value)
        })
    }
}
