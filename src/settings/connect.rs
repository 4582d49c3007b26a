//! From a server's settings to the driver's options.

use std::io;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

use super::{SecretUrl, Server};

/// Why there are no options to connect with. Says nothing secret.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The file with the password cannot be read.
    #[error("cannot read {}, the password file: {error}", path.display())]
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
    /// The configuration names no reader.
    #[error("the server has no reader")]
    NoReader,
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
        Self::options(&self.url, password.as_ref())
    }

    /// The same for its reader, with a password of its own: the file's, or an empty one, so that neither the driver's sources nor the URL give it that of
    /// the other login.
    pub fn reader_options(&self) -> Result<PgConnectOptions, ConnectError> {
        let reader = self.reader.as_ref().ok_or(ConnectError::NoReader)?;
        let password = reader.password_file.as_deref().map(read_password).transpose()?.unwrap_or_default();
        Self::options(&self.url.for_user(&reader.user), Some(&password))
    }

    fn options(url: &SecretUrl, password: Option<&SecretString>) -> Result<PgConnectOptions, ConnectError> {
        let options: PgConnectOptions = url.for_driver(password).expose_secret().parse().map_err(|_| ConnectError::Refused)?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;

    fn server(url: &str) -> Server {
        Server {
            kind: super::super::ServerKind::Postgres,
            name: "a".to_owned(),
            url: url.parse().unwrap(),
            password_file: None,
            labels: BTreeMap::new(),
            trusted_roles: std::collections::BTreeSet::new(),
            reader: None,
            host: None,
            databases: super::super::Databases::default(),
            connect_timeout: Duration::from_secs(5),
        }
    }

    fn options(url: &str) -> PgConnectOptions {
        server(url).connect_options().unwrap()
    }

    #[test]
    fn the_driver_understands_every_form() {
        let options = options("postgres://m%40e:p%2B+%26%20w@[::1]:5433/a%2Fb?sslmode=disable&options=-c%20a%3Db");
        assert_eq!((options.get_host(), options.get_port()), ("::1", 5433));
        assert_eq!((options.get_username(), options.get_database()), ("m@e", Some("a/b")));
        assert_eq!(options.get_application_name(), Some("pgvigil"));
        assert!(options.get_options().unwrap().ends_with("-c a=b"));
        assert!(format!("{options:?}").contains("\"p++& w\""));
    }

    #[test]
    fn the_reader_never_gets_the_other_password() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "its own\n").unwrap();
        let mut server = server("postgres://me:secret@db1:5433/db?sslmode=require&options=-c%20a%3Db");
        assert!(matches!(server.reader_options(), Err(ConnectError::NoReader)));
        for (password_file, password) in [(Some(file.path().to_owned()), "its own"), (None, "")] {
            server.reader = Some(super::super::Reader { user: "re@der".to_owned(), password_file });
            let options = server.reader_options().unwrap();
            assert_eq!((options.get_username(), options.get_host(), options.get_port()), ("re@der", "db1", 5433));
            assert!(format!("{options:?}").contains(&format!("\"{password}\"")) && !format!("{options:?}").contains("secret"));
            assert_eq!(options.get_database(), Some("db"));
        }
    }

    #[test]
    fn sockets_need_no_host() {
        for url in ["postgres://me@/db?host=/run/pg", "postgres://me@%2Frun%2Fpg/db", "host=/run/pg user=me dbname=db connect_timeout=3"] {
            let options = options(url);
            assert_eq!(options.get_socket(), Some(&"/run/pg".into()), "{url}");
            assert_eq!((options.get_username(), options.get_database()), ("me", Some("db")));
        }
        assert_ne!(options("user=me").get_host(), "", "without a host the driver chooses");
    }

    #[test]
    fn the_password_file_is_read_for_each_connection() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let server = Server { password_file: Some(file.path().to_owned()), ..server("postgres://me@db1/db") };
        for (content, password) in [("one\n", "one"), ("two\r\n", "two"), (" three \n\n", " three \\n")] {
            std::fs::write(file.path(), content).unwrap();
            assert!(format!("{:?}", server.connect_options().unwrap()).contains(&format!("\"{password}\"")));
        }
        std::fs::write(file.path(), "\n").unwrap();
        assert!(matches!(server.connect_options(), Err(ConnectError::Empty { .. })));
        drop(file);
        assert!(matches!(server.connect_options(), Err(ConnectError::Unreadable { .. })));
    }
}
