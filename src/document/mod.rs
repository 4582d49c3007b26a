//! A YAML file that a person has written, perhaps with variables of the environment over it: its values, where each of them stands, and
//! every error in it at once.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`table`] | mappings and values, read key by key |
//! | [`scalar`] | switches, numbers, durations, sizes |
//! | [`origin`] | where something stands, and what is wrong with it |
//! | [`tree`] | the file as a tree of values |
//! | [`node`] | a value and where it was written |
//! | [`bounds`] | how much a file may hold |
//! | [`mask`] | what may be a password, hidden wherever a line is shown |
//! | [`secrets`] | the secrets that a file refers to: whether they must be there, and who may read their files |
//! | [`substitute`] | `${NAME}` and `${file:PATH}` within a value |
//! | [`variable`] | a variable of the environment over a value |

mod bounds;
pub mod mask;
pub mod node;
pub mod origin;
mod scalar;
pub mod secrets;
mod substitute;
pub mod table;
mod tree;
pub mod variable;

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, LineStarts, Source};
use crate::files::{self, Writers};
use node::{Content, Node, Written};
use origin::{Fault, Origin};
use secrets::{Noted, Secrets};
use variable::Variable;

/// Everything that was read, with its places.
#[derive(Default)]
pub struct Document {
    path: String,
    text: String,
    lines: LineStarts,
    root: Node,
    errors: RefCell<Vec<Diagnostic>>,
    secrets: Secrets,
    found: RefCell<Noted>,
}

impl Document {
    /// Reads the file, if there is one that no others than `writers` may write, with `variables` over it.
    ///
    /// # Errors
    /// When it cannot be read or is no YAML.
    pub fn read(path: Option<&Path>, writers: Writers, variables: &[Variable]) -> Result<Self, Vec<Diagnostic>> {
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
    pub fn of(path: &str, text: String, variables: &[Variable]) -> Result<Self, Vec<Diagnostic>> {
        let read = tree::read(&text);
        let lines = LineStarts::of(&text);
        let mut document = Self { path: path.to_owned(), text, lines, ..Self::default() };
        let located = |(span, fault): (Range<usize>, Fault)| document.origin(&Written::Here(span)).hidden().fault(fault);
        document.root = read.map_err(|faults| faults.into_iter().map(located).collect::<Vec<_>>())?;
        for variable in variables {
            document.root.set(&variable.path(), variable.name, &variable.value);
        }
        Ok(document)
    }

    /// Its values.
    pub const fn root(&self) -> &Node {
        &self.root
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it has no value at all.
    pub fn is_empty(&self) -> bool {
        matches!(self.root.content, Content::Nothing)
    }

    /// Notes an error, so that one run finds them all.
    pub fn report(&self, error: Diagnostic) {
        self.errors.borrow_mut().push(error);
    }

    /// Says whether secrets must be there.
    pub fn expect(&mut self, secrets: Secrets) {
        self.secrets = secrets;
    }

    /// Notes what is wrong with what stands at a place; of a secret that is not here and need not be, that it was not checked.
    pub fn fault(&self, origin: &Origin, fault: Fault) {
        let is_allowed = fault.is_absence && self.secrets == Secrets::Optional;
        let error = origin.fault(fault);
        if is_allowed {
            self.found.borrow_mut().unchecked(error);
        } else {
            self.report(error);
        }
    }

    /// The same of a part of a value. Gives what stands in its place, if anything may.
    fn unsure(&self, origin: &Origin, fault: Fault) -> Option<String> {
        let is_allowed = fault.is_absence && self.secrets == Secrets::Optional;
        self.fault(origin, fault);
        is_allowed.then(|| self.found.borrow_mut().unsure(origin.position()))
    }

    /// Says that errors about what stands at a place count although a part of it is not known.
    fn trust(&self, origin: &Origin) {
        self.found.borrow_mut().sure(origin.position());
    }

    /// Notes that a file has a secret.
    pub fn secret_file(&self, path: &Path) {
        self.found.borrow_mut().files.insert(path.to_owned());
    }

    /// Notes that the document itself has one.
    pub fn secret_within(&self) {
        self.secret_file(Path::new(&self.path));
    }

    /// What was read, if nothing was wrong with it.
    pub fn finish<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        self.finish_with(|_| value)
    }

    /// The same, made with what was found out about secrets. The same error is told only once, as a variable may concern several servers.
    pub fn finish_with<T>(self, value: impl FnOnce(Noted) -> T) -> Result<T, Vec<Diagnostic>> {
        let (mut errors, found) = (self.errors.into_inner(), self.found.into_inner());
        let mut told = HashSet::new();
        errors.retain(|error| told.insert(error.clone()) && !found.explains(error));
        errors.sort_by_key(|error| error.place.as_ref().map(|place| (place.line, place.column)));
        if errors.is_empty() { Ok(value(found)) } else { Err(errors) }
    }

    /// A path within the file counts from the file's own directory, as its author sees it.
    pub fn resolve(&self, path: &str) -> PathBuf {
        Path::new(&self.path).parent().map_or_else(|| path.into(), |directory| directory.join(path))
    }

    fn origin(&self, written: &Written) -> Origin {
        match written {
            Written::Here(span) => Origin::span(&Source { path: &self.path, text: &self.text }, &self.lines, span.clone()),
            Written::Variable(name) => Origin::variable(name),
            Written::Nowhere => Origin::file(&self.path),
        }
    }
}
