//! A YAML file that a person has written, perhaps with variables of the environment over it: its values, where each of them stands, and
//! every error in it at once.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`table`] | mappings and values, read key by key |
//! | [`origin`] | where something stands, and what is wrong with it |
//! | [`places`] | where each key and each value stands |
//! | [`bounds`] | how much a file may hold |
//! | [`mask`] | what may be a password, hidden wherever a line is shown |
//! | [`variable`] | a variable of the environment over a value |

mod bounds;
pub mod mask;
pub mod origin;
mod places;
pub mod table;
pub mod variable;

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path as FilePath, PathBuf};

use config::{Config, ConfigError, Environment, File, FileFormat, Map, Source as _, Value};

use crate::diagnostic::{Diagnostic, Lines, Source};
use crate::files::{self, Writers};
use origin::{Fault, Origin};
use places::Places;
use variable::Variable;

/// Everything that was read, with its places.
pub struct Document {
    path: String,
    text: String,
    lines: Lines,
    places: Places,
    variables: Vec<Variable>,
    values: Map<String, Value>,
    errors: RefCell<Vec<Diagnostic>>,
}

impl Document {
    /// Reads the file, if there is one that no others than `writers` may write, with `variables` over it.
    ///
    /// # Errors
    /// When it cannot be read or is no YAML.
    pub fn read(path: Option<&FilePath>, writers: Writers, variables: Vec<Variable>) -> Result<Self, Vec<Diagnostic>> {
        let shown = path.map(|path| path.display().to_string()).unwrap_or_default();
        match path.map(|path| files::read_text(path, files::CONFIGURATION, writers)).transpose() {
            Ok(text) => Self::of(&shown, text.unwrap_or_default(), variables),
            Err(error) => Err(vec![Origin::file(&shown).error(format!("cannot be read: {error}"))]),
        }
    }

    /// Reads a text that is shown under this path, with `variables` over it.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn of(path: &str, text: String, variables: Vec<Variable>) -> Result<Self, Vec<Diagnostic>> {
        let mut document = Self {
            path: path.to_owned(),
            lines: Lines::of(&text),
            text,
            places: Places::default(),
            variables,
            values: Map::new(),
            errors: RefCell::default(),
        };
        document.find_places()?;
        document.values = document.merge()?;
        Ok(document)
    }

    fn find_places(&mut self) -> Result<(), Vec<Diagnostic>> {
        let located = |(span, fault): (Range<usize>, Fault)| self.origin_of(span).fault(fault);
        self.places = Places::read(&self.text).map_err(|faults| faults.into_iter().map(located).collect::<Vec<_>>())?;
        // The library reads `a.b[0]` at the top as a way to a value: no key of ours looks so, and `a[9999999999]` would take all memory.
        let odd = |key: &&str| !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let unknown: Vec<Diagnostic> =
            self.places.top().filter(odd).map(|key| self.key_origin(&[key.to_owned()]).error("unknown key")).collect();
        if unknown.is_empty() { Ok(()) } else { Err(unknown) }
    }

    fn merge(&self) -> Result<Map<String, Value>, Vec<Diagnostic>> {
        let mut builder = Config::builder();
        if self.places.filled {
            builder = builder.add_source(File::from_str(&self.text, FileFormat::Yaml));
        }
        let variables = self.variables.iter().map(|variable| (variable.name.to_owned(), variable.value.clone())).collect();
        let environment = Environment::with_prefix("PGVIGIL").prefix_separator("_").separator("__").source(Some(variables));
        let merged = builder.add_source(environment).build().and_then(|config| config.collect());
        merged.map_err(|error: ConfigError| vec![Origin::file(&self.path).error(error.to_string())])
    }

    /// The values at the top.
    fn values(&self) -> Map<String, Value> {
        self.values.clone()
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Notes an error, so that one run finds them all.
    pub fn report(&self, error: Diagnostic) {
        self.errors.borrow_mut().push(error);
    }

    /// What was read, if nothing was wrong with it. The same error is told only once, as a variable may concern several servers.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        let mut errors = self.errors.into_inner();
        let mut told = HashSet::new();
        errors.retain(|error| told.insert(error.clone()));
        errors.sort_by_key(|error| error.place.as_ref().map(|place| (place.line, place.column)));
        if errors.is_empty() { Ok(value) } else { Err(errors) }
    }

    /// Where a value was written.
    pub fn value_origin(&self, path: &[String]) -> Origin {
        self.origin(path, self.places.value(path))
    }

    /// Where the key of a value was written.
    pub fn key_origin(&self, path: &[String]) -> Origin {
        self.origin(path, self.places.key(path))
    }

    /// The variable that gave this value, if it was one.
    pub fn variable(&self, path: &[String]) -> Option<&str> {
        self.variables.iter().find(|variable| path.starts_with(&variable.path())).map(|variable| variable.name)
    }

    /// A path within the file counts from the file's own directory, as its author sees it.
    pub fn resolve(&self, path: &str) -> PathBuf {
        FilePath::new(&self.path).parent().map_or_else(|| path.into(), |directory| directory.join(path))
    }

    fn origin(&self, path: &[String], span: Option<Range<usize>>) -> Origin {
        match (self.variable(path), span) {
            (Some(name), _) => Origin::variable(name),
            (None, Some(span)) => self.origin_of(span),
            (None, None) => Origin::file(&self.path),
        }
    }

    fn origin_of(&self, span: Range<usize>) -> Origin {
        Origin::span(&Source { path: &self.path, text: &self.text }, &self.lines, span)
    }
}
