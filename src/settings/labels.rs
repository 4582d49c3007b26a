//! The constant labels of a server.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::document::mask::quoted;
use crate::document::origin::{Fault, Origin};
use crate::document::table::{Entry, Table};

/// Labels that all samples of a server bear, each with the place where it was written.
#[derive(Debug, Clone, Default)]
pub struct ConstantLabels(BTreeMap<String, (String, Origin)>);

impl ConstantLabels {
    pub(super) fn read(table: Table<'_>) -> Self {
        let label = |entry: Entry<'_>| {
            let (name, origin) = (entry.key().to_owned(), entry.key_origin());
            if let Err(fault) = check(&name) {
                entry.document().report(origin.fault(fault));
            }
            Some((name, (entry.text()?, origin)))
        };
        Self(table.entries().into_iter().filter_map(label).collect())
    }

    /// Names and values, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, (value, _))| (name.as_str(), value.as_str()))
    }

    /// An error for each name that is `taken`, given by whom; it says where the configuration has the label.
    pub fn clashes<'t>(&self, taken: impl Fn(&str) -> Option<&'t str>) -> Vec<Diagnostic> {
        let clash = |(name, (_, origin)): (&String, &(String, Origin))| {
            let message = format!("the label {} is set by {}", quoted(name), taken(name)?);
            Some(origin.error(message).hint("rename the constant label: with a duplicate label in a sample, Prometheus rejects the page"))
        };
        self.0.iter().filter_map(clash).collect()
    }
}

/// Equal by what samples bear. A label that merely moved to another line is no change.
impl PartialEq for ConstantLabels {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for ConstantLabels {}

fn check(name: &str) -> Result<(), Fault> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let fault = || Fault::new(format!("{} is not a valid label name", quoted(name)));
    if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(fault().hint("use letters, digits and `_`, and do not begin with a digit"));
    }
    if name.starts_with("__") {
        return Err(fault().hint("names that begin with `__` are reserved for Prometheus"));
    }
    Ok(())
}
