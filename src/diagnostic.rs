//! One thing that is wrong with a file, told so that its reader can mend it: where it is, the line itself, and the way out.
//!
//! ```text
//! error: unknown key `intervall`
//!   --> queries/orders/backlog.sql:3:4
//!    |
//!  3 | -- intervall: 10s
//!    |    ^^^^^^^^^
//!    = help: did you mean `interval`?
//! ```

use std::fmt;
use std::ops::Range;

use crate::visible::visible;

/// A text with the name under which a person finds it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's path, as it is shown.
    pub path: &'a str,
    /// The file's whole text.
    pub text: &'a str,
}

/// Where the lines of a text begin. Finds the line of many places in a long one.
#[derive(Debug, Clone, Default)]
pub struct LineStarts(Vec<usize>);

/// One error in one file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// The file's path, as it is shown.
    pub path: String,
    /// Where in the file, or none when the error is about the whole of it.
    pub place: Option<Position>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A place in a file, counted from 1 as editors count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The first character within the line.
    pub column: usize,
    /// How many characters are meant, at least 1.
    pub width: usize,
    /// The line's text as it is shown.
    pub source: String,
    /// How many characters of that stand before what is meant: one less than `column`, unless something before it is hidden.
    pub before: usize,
}

impl Source<'_> {
    /// An error about the bytes `span` of this text. A span that runs over a line's end is cut there.
    #[must_use]
    pub fn error(&self, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        self.error_among(&LineStarts::of(&self.text[..self.boundary(span.start)]), span, message)
    }

    /// The same where the lines of this text are known.
    #[must_use]
    pub fn error_among(&self, lines: &LineStarts, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { message: message.into(), path: self.path.to_owned(), place: Some(self.place(lines, &span)), hint: None }
    }

    /// An error about the file as a whole.
    #[must_use]
    pub fn whole(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::file(self.path, message)
    }

    /// The byte span of the line with this number (from 1), without its end; empty at the text's end when there is none.
    #[must_use]
    pub fn line_span(&self, number: usize) -> Range<usize> {
        let mut start = 0;
        for (index, line) in self.text.split('\n').enumerate() {
            if index + 1 == number {
                return start..start + line.trim_end().len();
            }
            start += line.len() + 1;
        }
        self.text.len()..self.text.len()
    }

    fn boundary(&self, at: usize) -> usize {
        self.text.floor_char_boundary(at.min(self.text.len()))
    }

    fn place(&self, lines: &LineStarts, span: &Range<usize>) -> Position {
        let start = self.boundary(span.start);
        let end = self.boundary(span.end.max(start));
        let line_start = self.text[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.text[start..].find('\n').map_or(self.text.len(), |newline| start + newline);
        let before = self.text[line_start..start].chars().count();
        Position {
            line: lines.number(start),
            column: before + 1,
            before,
            width: self.text[start..end.min(line_end).max(start)].chars().count().max(1),
            source: self.text[line_start..line_end].trim_end().to_owned(),
        }
    }
}

impl LineStarts {
    /// Those of this text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    /// The number, from 1, of the line that a byte is in.
    fn number(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at) + 1
    }
}

impl Diagnostic {
    /// An error about a file as a whole, for instance that it cannot be read.
    #[must_use]
    pub fn file(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { message: message.into(), path: path.into(), place: None, hint: None }
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds "did you mean …?" when one of `known` resembles `given`, else names them all.
    #[must_use]
    pub fn suggest<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        // Jaro-Winkler above 0.8 is a slip of the fingers; below it, names merely share letters.
        let nearest = known
            .iter()
            .map(|candidate| (strsim::jaro_winkler(given, candidate), candidate))
            .filter(|(likeness, _)| *likeness > 0.8)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match nearest {
            Some((_, candidate)) => self.hint(format!("did you mean `{candidate}`?")),
            None => self.hint(format!("known are {}", known.join(", "))),
        }
    }
}

impl Position {
    /// The line before what is meant, that itself, and the rest.
    fn parts(&self) -> [&str; 3] {
        let byte = |characters: usize| self.source.char_indices().nth(characters).map_or(self.source.len(), |(at, _)| at);
        let (start, end) = (byte(self.before), byte(self.before + self.width));
        [&self.source[..start], &self.source[start..end], &self.source[end..]]
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = visible(&self.path);
        writeln!(f, "error: {}", visible(&self.message))?;
        match &self.place {
            None => writeln!(f, "  --> {path}")?,
            Some(place) => {
                let gutter = place.line.to_string().len() + 1;
                writeln!(f, "{:>gutter$}--> {path}:{}:{}", "", place.line, place.column)?;
                writeln!(f, "{:>gutter$} |", "")?;
                let [before, meant, after] = place.parts().map(visible);
                // Where a line ends before what is meant, as one that was masked may.
                let (indent, width) = (before.chars().count(), meant.chars().count().max(1));
                writeln!(f, "{:>gutter$} | {before}{meant}{after}", place.line)?;
                writeln!(f, "{:>gutter$} | {:>indent$}{}", "", "", "^".repeat(width))?;
            }
        }
        if let Some(hint) = &self.hint {
            let gutter = self.place.as_ref().map_or(2, |place| place.line.to_string().len() + 1);
            writeln!(f, "{:>gutter$} = help: {}", "", visible(hint))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: Source<'_> = Source { path: "a.sql", text: "-- about: ü\n-- intervall: 10s\n" };

    #[test]
    fn shows_the_line_and_points_at_the_span() {
        let error = SOURCE.error(16..25, "unknown key `intervall`").suggest("intervall", ["interval", "timeout"]);
        assert_eq!(
            error.to_string(),
            "error: unknown key `intervall`\n  --> a.sql:2:4\n   |\n 2 | -- intervall: 10s\n   |    ^^^^^^^^^\n   = help: did you mean `interval`?\n"
        );
    }

    #[test]
    fn counts_characters_and_survives_any_span() {
        assert_eq!(SOURCE.error(12..13, "x").place.map(|p| (p.line, p.column)), Some((1, 12)));
        for start in 0..40 {
            for end in 0..40 {
                let _ = SOURCE.error(start..end, "x").to_string();
            }
        }
    }

    #[test]
    fn nothing_in_a_file_moves_the_cursor() {
        let source = Source { path: "\u{1b}.sql", text: "\tab\u{202e}c \u{1b}[2Jd" };
        let said = source.error(2..7, "\u{7}bell").hint("a\nb").to_string();
        assert_eq!(
            said,
            "error: \\u{7}bell\n  --> \\u{1b}.sql:1:3\n   |\n 1 | \\tab\\u{202e}c \\u{1b}[2Jd\n   |    ^^^^^^^^^^\n   = help: a\\nb\n"
        );
    }

    #[test]
    fn names_everything_known_when_nothing_is_near() {
        assert_eq!(SOURCE.whole("x").suggest("zzz", ["role", "scope"]).hint.as_deref(), Some("known are role, scope"));
    }
}
