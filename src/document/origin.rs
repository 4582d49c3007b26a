//! Where a setting was written, so that an error about it can say so, now or long after the file was read.

use std::ops::Range;

use super::mask::{hide_place, mask_place};
use crate::diagnostic::{Diagnostic, LineStarts, Source};
use crate::files;

/// A place in the configuration: a span of the file, the file as a whole, or an environment variable.
#[derive(Debug, Clone)]
pub struct Origin {
    error: Diagnostic,
    /// Whether it is the key that a line begins with, so that no piece of another value can be taken for it.
    begins_line: bool,
}

/// What is wrong with a text, said by a parser that does not know where the text was written. Never quotes a value that may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Whether nothing is wrong but that a variable or a file is not on this machine, as where secrets are kept from it.
    pub is_absence: bool,
}

impl Origin {
    /// A span of a file. Its line is masked here, once, so that no error can show a password.
    pub(super) fn span(source: &Source<'_>, lines: &LineStarts, span: Range<usize>) -> Self {
        let mut error = source.error_among(lines, span, "");
        let begins_line = error.place.as_mut().is_some_and(mask_place);
        Self { error, begins_line }
    }

    /// A file as a whole.
    pub fn file(path: &str) -> Self {
        Self { error: Diagnostic::file(path, ""), begins_line: false }
    }

    /// An environment variable.
    pub(crate) fn variable(name: &str) -> Self {
        Self::file(&format!("environment variable {name}"))
    }

    /// The same place, of which nothing is shown but the key that the line begins with.
    pub(crate) fn hidden(mut self) -> Self {
        if let Some(place) = self.error.place.as_mut().filter(|_| !self.begins_line) {
            hide_place(place);
        }
        self
    }

    /// Whether it is the key that a line begins with.
    pub(super) const fn begins_line(&self) -> bool {
        self.begins_line
    }

    /// An error about what stands here. The message quotes what was written there by [`quoted`](super::mask::quoted) alone.
    #[must_use]
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), ..self.error.clone() }
    }

    /// The same, from a parser.
    pub(crate) fn fault(&self, fault: Fault) -> Diagnostic {
        Diagnostic { hint: fault.hint, ..self.error(fault.message) }
    }

    /// Line and column in the file, if it is one: the order in which things were written.
    pub(crate) fn position(&self) -> Option<(usize, usize)> {
        self.error.place.as_ref().map(|place| (place.line, place.column))
    }
}

impl Fault {
    /// Without a way out.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, is_absence: false }
    }

    /// The same; where `error` says that a file is not there, or not for this user, as an absence.
    #[must_use]
    pub fn absent_if(mut self, error: &std::io::Error) -> Self {
        self.is_absence = files::is_absence(error);
        self
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
