//! A glob over names that the configuration gives: of databases, or of queries.

use std::fmt;
use std::str::FromStr;

use crate::diagnostic::Diagnostic;
use crate::document::origin::{Fault, Origin};
use crate::document::table::Entry;
use crate::query::glob::Glob;

/// A glob, and where it was written.
#[derive(Debug, Clone)]
pub struct Pattern {
    glob: Glob,
    origin: Option<Origin>,
}

impl Pattern {
    /// Whether the whole name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.glob.matches(name)
    }

    /// The glob as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.glob.as_str()
    }

    /// The glob alone.
    #[must_use]
    pub const fn glob(&self) -> &Glob {
        &self.glob
    }

    /// An error about this pattern, such as that it matches nothing.
    #[must_use]
    pub fn complain(&self, message: &str) -> Diagnostic {
        self.origin.as_ref().map_or_else(|| Diagnostic::file("configuration", message), |origin| origin.error(message))
    }

    pub(super) fn at(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }
}

/// A list of globs, each with its place.
pub(super) fn patterns(entry: Entry<'_>) -> Vec<Pattern> {
    let pattern = |item: Entry<'_>| {
        let origin = item.origin();
        // What would match no name for that reason is no mistake.
        if item.is_unsure() {
            return None;
        }
        item.parse::<Pattern>().map(|pattern| pattern.at(origin))
    };
    entry.list().into_iter().flatten().filter_map(pattern).collect()
}

impl FromStr for Pattern {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let glob = Glob::new(text).map_err(|(message, hint)| Fault::new(message).hint(hint))?;
        Ok(Self { glob, origin: None })
    }
}

/// Equal by what they match. A pattern that merely moved to another line is no change.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.glob == other.glob
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().matches(name)
    }

    #[test]
    fn matches_whole_names_of_any_characters() {
        for name in ["orders", "a/b", "a\nb", "..", "a/", "\"quoted\"", "später 🐘", "C:\\x"] {
            assert!(matches("*", name), "{name:?}");
        }
        assert!(matches("orders", "orders"));
        assert!(!matches("orders", "orders_old"));
        assert!(matches("orders*", "orders/old"));
        assert!(matches("{app,web}_[0-9]", "web_7"));
        assert!(matches("\\*", "*"));
        assert!(!matches("\\*", "x"));
    }

    #[test]
    fn refuses_what_is_no_glob() {
        assert!("[a".parse::<Pattern>().unwrap_err().message.starts_with("bad pattern: "));
        assert!("".parse::<Pattern>().is_err());
        for text in ["{".repeat(100_000), "{a,".repeat(300), format!("{}a{}", "{".repeat(200), "}".repeat(200)), "[!a]".repeat(100_000)] {
            assert!(text.parse::<Pattern>().unwrap_err().message.starts_with("a pattern of more than"), "{}", &text[..9]);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_pattern_is_survived(text in "([*?{},\\\\!^a-c-]|\\[|\\]|.){0,600}|[{}a]{0,60}") {
            if let Ok(pattern) = text.parse::<Pattern>() {
                let _ = pattern.matches("abc");
            }
        }
    }
}
