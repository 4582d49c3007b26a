//! The secrets that a file refers to: variables, passwords, keys.
//!
//! Where a configuration is checked for another machine, they are not at hand. Then everything else is checked, and what could not be is named.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;

/// Whether the secrets that a file refers to must be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Secrets {
    /// One that is not is an error.
    #[default]
    Required,
    /// One that is not is noted.
    Optional,
}

/// What was found out about secrets while a file was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noted {
    /// What was not checked, as something is not on this machine.
    pub unchecked: Vec<Diagnostic>,
    /// The files with secrets.
    pub files: BTreeSet<PathBuf>,
    /// Line and column of the values of which a part is not known.
    unsure: BTreeSet<(usize, usize)>,
    /// How many parts of values are not known.
    count: usize,
}

impl Noted {
    /// Notes what was not checked, and why. A file whose name is not known is not there for that reason alone.
    pub fn unchecked(&mut self, why: Diagnostic) {
        if !self.explains(&why) && !self.unchecked.contains(&why) {
            self.unchecked.push(why);
        }
    }

    /// Notes that a part of the value at a place is not known. Gives what stands there instead: each time something else, as names must differ.
    pub fn unsure(&mut self, position: Option<(usize, usize)>) -> String {
        self.unsure.extend(position);
        self.count += 1;
        self.count.to_string()
    }

    /// Says that errors about the value at a place count all the same.
    pub fn sure(&mut self, position: Option<(usize, usize)>) {
        self.unsure.retain(|unsure| Some(*unsure) != position);
    }

    /// Whether an error is about a value of which a part is not known, and so perhaps about what stands in its place.
    pub fn explains(&self, error: &Diagnostic) -> bool {
        error.place.as_ref().is_some_and(|place| self.unsure.contains(&(place.line, place.column)))
    }
}
