//! A glob over names: of databases, or of queries.

use globset::{GlobBuilder, GlobSet};

/// A name has 63 bytes.
const LENGTH: usize = 500;

/// Each pair may stand within another one, and is then a step deeper in the regular expression that it becomes.
const BRACES: usize = 20;

/// A glob that matches whole names, and what was written.
#[derive(Debug, Clone)]
pub struct Glob {
    text: String,
    matcher: GlobSet,
}

impl Glob {
    /// Reads one: `*`, `?`, `[a-z]` and `{a,b}` are special.
    ///
    /// # Errors
    /// What is wrong, and the way out.
    pub fn new(text: &str) -> Result<Self, (String, &'static str)> {
        if text.len() > LENGTH || text.matches('{').count() > BRACES {
            return Err((format!("a pattern of more than {LENGTH} bytes or {BRACES} braces"), "write several patterns"));
        }
        // A database may be called `a/b`: a slash is a character like any other.
        let glob = GlobBuilder::new(text).literal_separator(false).build().and_then(|glob| GlobSet::new([glob]));
        match glob {
            Ok(matcher) if !text.is_empty() => Ok(Self { text: text.to_owned(), matcher }),
            Ok(_) => Err(("an empty pattern matches nothing".to_owned(), "`*` matches every name")),
            Err(error) => Err((format!("bad pattern: {}", error.kind()), "`*`, `?`, `[a-z]` and `{a,b}` are special, `\\` escapes")),
        }
    }

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
}

/// Equal by what they match.
impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Glob {}
