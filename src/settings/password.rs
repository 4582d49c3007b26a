//! The file with a password.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use crate::document::origin::Fault;
use crate::document::table::Entry;
use crate::files::{self, Writers};

/// Why there is no password. Says nothing secret.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// The file cannot be read.
    #[error("cannot read {}, the password file: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The file has none.
    #[error("there is no password in {}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

impl PasswordError {
    /// The same without the path, in whose place the password itself may stand.
    pub(super) fn fault(&self) -> Fault {
        let message = match self {
            Self::Unreadable { error, .. } => format!("cannot read the password file: {error}"),
            Self::Empty { .. } => "there is no password in the password file".to_owned(),
        };
        let fault = Fault::new(message).hint("relative paths start at the directory of the configuration");
        match self {
            Self::Unreadable { error, .. } => fault.absent_if(error),
            Self::Empty { .. } => fault,
        }
    }
}

/// The password file that an entry names. Read here only to see that it can be: the password may be another one by the time of a connection.
pub(super) fn file(entry: Entry<'_>) -> Option<PathBuf> {
    let (origin, document) = (entry.origin().hidden(), entry.document());
    let path = entry.file()?;
    document.secret_file(&path);
    if let Err(error) = read(&path) {
        document.fault(&origin, error.fault());
    }
    Some(path)
}

/// The password in a file, without the line's end that editors and `echo` put there.
pub(super) fn read(path: &Path) -> Result<SecretString, PasswordError> {
    let text: SecretString = files::read_text(path, files::PASSWORD, Writers::Any)
        .map_err(|error| PasswordError::Unreadable { path: path.to_owned(), error })?
        .into();
    let password = text.expose_secret();
    let password = password.strip_suffix('\n').map_or(password, |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() { Err(PasswordError::Empty { path: path.to_owned() }) } else { Ok(password.into()) }
}
