//! Where a setting was written, so that an error about it can say so, now or long after the file was read.

use std::ops::Range;

use super::mask::{mask, mask_place};
use crate::diagnostic::{Diagnostic, LineStarts, Source};

/// A place in the configuration: a span of the file, the file as a whole, or an environment variable.
#[derive(Debug, Clone)]
pub struct Origin(Diagnostic);

/// What is wrong with a text, said by a parser that does not know where the text was written. Never quotes a value that may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Origin {
    /// A span of a file. Its line is masked here, once, so that no error can show a password.
    pub(super) fn span(source: &Source<'_>, lines: &LineStarts, span: Range<usize>) -> Self {
        let mut origin = source.error_among(lines, span, "");
        if let Some(place) = &mut origin.place {
            mask_place(place);
        }
        Self(origin)
    }

    /// A file as a whole.
    pub(super) fn file(path: &str) -> Self {
        Self(Diagnostic::file(path, ""))
    }

    /// An environment variable.
    pub(crate) fn variable(name: &str) -> Self {
        Self(Diagnostic::file(format!("environment variable {name}"), ""))
    }

    /// The same place, of a key whose value is a secret in whatever shape: of the line, only the key is left.
    pub(crate) fn without_value(mut self) -> Self {
        if let Some(place) = &mut self.0.place {
            let (before, end) = (place.column - 1, place.column - 1 + place.width);
            let hidden = |(index, c): (usize, char)| if index < before && !c.is_whitespace() { '*' } else { c };
            place.source = place.source.chars().take(end).enumerate().map(hidden).chain(": ***".chars()).collect();
        }
        self
    }

    /// An error about what stands here.
    #[must_use]
    pub fn error(&self, message: impl AsRef<str>) -> Diagnostic {
        Diagnostic { message: mask(message.as_ref()), ..self.0.clone() }
    }

    /// The same, from a parser.
    pub(crate) fn fault(&self, fault: Fault) -> Diagnostic {
        Diagnostic { hint: fault.hint, ..self.error(fault.message) }
    }

    /// Line and column in the file, if it is one: the order in which things were written.
    pub(crate) fn position(&self) -> Option<(usize, usize)> {
        self.0.place.as_ref().map(|place| (place.line, place.column))
    }
}

impl Fault {
    /// Without a way out.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
