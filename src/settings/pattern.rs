//! A glob over names: of databases, or of queries.

use std::fmt;
use std::str::FromStr;

use globset::{GlobBuilder, GlobSet};

use crate::diagnostic::Diagnostic;
use crate::document::origin::{Fault, Origin};

/// A name has 63 bytes.
const LENGTH: usize = 500;

/// Each pair may stand within another one, and is then a step deeper in the regular expression that it becomes.
const BRACES: usize = 20;

/// A glob that matches whole names, with what was written and where.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    matcher: GlobSet,
    origin: Option<Origin>,
}

impl Pattern {
    /// Whether the whole name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.matcher.is_match(name)
    }

    /// The glob as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
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

impl FromStr for Pattern {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        if text.len() > LENGTH || text.matches('{').count() > BRACES {
            return Err(Fault::new(format!("a pattern of more than {LENGTH} bytes or {BRACES} braces")).hint("write several patterns"));
        }
        // A database may be called `a/b`: a slash is a character like any other.
        let glob = GlobBuilder::new(text).literal_separator(false).build().and_then(|glob| GlobSet::new([glob]));
        match glob {
            Ok(matcher) if !text.is_empty() => Ok(Self { text: text.to_owned(), matcher, origin: None }),
            Ok(_) => Err(Fault::new("an empty pattern matches nothing").hint("`*` matches every name")),
            Err(error) => {
                Err(Fault::new(format!("bad pattern: {}", error.kind())).hint("`*`, `?`, `[a-z]` and `{a,b}` are special, `\\` escapes"))
            }
        }
    }
}

/// Equal by what they match. A pattern that merely moved to another line is no change.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
