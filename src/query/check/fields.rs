//! The values of a header's fields, and what is wrong with them.

use std::ops::Range;
use std::time::Duration;

use super::super::header::{Field, Parsed};
use super::super::version::{VersionError, Versions};
use super::FileReader;

impl FileReader<'_> {
    pub(super) fn limit(&mut self, field: &Field) -> Option<usize> {
        let limit =
            field.value.text.strip_suffix("series").map(str::trim).and_then(|number| number.parse().ok()).filter(|limit| *limit > 0);
        if limit.is_none() {
            self.error(field.value.span.clone(), format!("`{}` is not a limit", field.value.text), "write `500 series`");
        }
        limit
    }

    pub(super) fn duration(&mut self, field: &Field) -> Option<Duration> {
        let duration = humantime::parse_duration(&field.value.text).ok().filter(|duration| !duration.is_zero());
        if duration.is_none() {
            self.error(
                field.value.span.clone(),
                format!("`{}` is not a duration greater than zero", field.value.text),
                "write `10s`, `5m` or `1h`",
            );
        }
        duration
    }

    pub(super) fn versions(&mut self, text: &str, span: Range<usize>, default: Versions) -> Versions {
        if text.is_empty() {
            return default;
        }
        text.trim().parse().unwrap_or_else(|error: VersionError| {
            self.error(span, error.to_string(), "ranges are written as in Rust: `14..`, `..17`, `14..16`, `14..=16`");
            default
        })
    }

    pub(super) fn choice<T: Copy>(&mut self, parsed: &Parsed, key: &str, default: T, choices: &[(&str, T)]) -> T {
        let Some(field) = self.single(parsed, key) else { return default };
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == field.value.text) {
            return *choice;
        }
        let error = self.source.error(field.value.span.clone(), format!("`{}` is not a {key}", field.value.text));
        self.errors.push(error.suggest(&field.value.text, choices.iter().map(|(name, _)| *name)));
        default
    }

    /// The one field with this key; more than one is an error.
    pub(super) fn single<'p>(&mut self, parsed: &'p Parsed, key: &str) -> Option<&'p Field> {
        let mut fields = parsed.fields.iter().filter(|field| field.key.text == key);
        let first = fields.next();
        if let Some(second) = fields.next() {
            let error = self.source.error(second.key.span.clone(), format!("duplicate `{key}`")).hint("keep one of them");
            // A key is looked up from more than one place.
            if !self.errors.contains(&error) {
                self.errors.push(error);
            }
        }
        first
    }

    pub(super) fn required<'p>(&mut self, parsed: &'p Parsed, key: &str, example: &str) -> Option<&'p Field> {
        let field = self.single(parsed, key);
        let example = format!("`-- {key}: {example}`");
        match field {
            None => {
                let error = self.source.whole(format!("the header has no `{key}`"));
                self.errors.push(error.hint(format!("add a line such as {example}")));
            }
            Some(field) if field.value.text.is_empty() => {
                self.error(field.key.span.clone(), format!("`{key}` is empty"), format!("write a value, as in {example}"));
            }
            Some(_) => {}
        }
        field.filter(|field| !field.value.text.is_empty())
    }

    pub(super) fn error(&mut self, span: Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.errors.push(self.source.error(span, message).hint(hint));
    }

    /// The same error of several versions is told once.
    pub(super) fn error_once(&mut self, span: Range<usize>, message: &str, hint: &str) {
        let error = self.source.error(span, message).hint(hint);
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}
