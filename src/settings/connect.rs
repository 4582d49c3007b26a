//! From a server's settings to the driver's options.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

use super::Server;

/// Why there are no options to connect with. Says nothing secret.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The file with the password cannot be read.
    #[error("cannot read the password from {}: {error}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The file with the password has none.
    #[error("there is no password in {}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The driver does not understand what the settings were checked for. Its own message might quote the password.
    #[error("the driver refuses the connection's parameters")]
    Refused,
}

impl Server {
    /// The options for a new connection. Reads the password anew each time, because passwords rotate. Precedence: `password_file`, the
    /// URL, `PGPASSWORD`, `.pgpass`; the driver does the last two.
    ///
    /// Never print them: their `Debug` shows the password.
    pub fn connect_options(&self) -> Result<PgConnectOptions, ConnectError> {
        let password = self.password_file.as_deref().map(read_password).transpose()?;
        let options: PgConnectOptions =
            self.url.for_driver(password.as_ref()).expose_secret().parse().map_err(|_| ConnectError::Refused)?;
        Ok(options
            .application_name("pgvigil")
            // PgBouncer refuses the parameter, and nothing here is read in the format that it changes.
            .extra_float_digits(None)
            // Statements are sent as text; behind PgBouncer a prepared one would answer with another client's rows.
            .statement_cache_capacity(0)
            .disable_statement_logging())
    }
}

/// The password in a file, without the line's end that editors and `echo` put there.
pub(super) fn read_password(path: &Path) -> Result<SecretString, ConnectError> {
    let text: SecretString =
        std::fs::read_to_string(path).map_err(|error| ConnectError::Unreadable { path: path.to_owned(), error })?.into();
    let password = text.expose_secret();
    let password = password.strip_suffix('\n').map_or(password, |line| line.strip_suffix('\r').unwrap_or(line));
    if password.is_empty() { Err(ConnectError::Empty { path: path.to_owned() }) } else { Ok(password.into()) }
}
