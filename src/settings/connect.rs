//! From a server's settings to the driver's options.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use thiserror::Error;

use super::passfile::{self, Login};
use super::password::{self, PasswordError};
use super::server::Server;
use super::url::SecretUrl;
use crate::files;
use crate::wire::Route;
use crate::wire::route::Place;

/// Why there are no options to connect with. Says nothing secret.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// The file with the password has none.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The configuration names no reader.
    #[error("the server has no reader")]
    NoReader,
    /// The driver does not understand what the settings were checked for. Its own message might quote the password.
    #[error("the driver rejected the connection parameters")]
    Refused,
}

impl Server {
    /// The options for a new connection, and where it leads. Reads the password again each time, because passwords rotate. Precedence: `password_file`, the
    /// URL, `PGPASSWORD`, `.pgpass`.
    ///
    /// Never print them: their `Debug` shows the password.
    pub fn connect_options(&self) -> Result<(PgConnectOptions, Route), ConnectError> {
        let password = self.password_file.as_deref().map(password::read).transpose()?;
        let password = password.or_else(|| self.url.password().cloned()).or_else(of_the_environment);
        let (options, mut route) = self.options(&self.url)?;
        let password = match password {
            Some(password) => Ok(Some(password)),
            None => passfile::find(
                self.url.passfile(),
                &Login {
                    place: &route.place,
                    port: options.get_port(),
                    database: options.get_database().unwrap_or(options.get_username()),
                    user: options.get_username(),
                },
            ),
        };
        route.no_password = match &password {
            Ok(Some(_)) => None,
            Ok(None) => Some("set `password_file`, PGPASSWORD, or a line in ~/.pgpass".to_owned()),
            Err(why) => Some(why.clone()),
        };
        Ok((with_password(options, password.ok().flatten()), route))
    }

    /// The file of passwords that a login would be looked up in, were it not for its mode, which libpq refuses.
    #[must_use]
    pub fn refused_passfile(&self) -> Option<PathBuf> {
        let has_password = self.password_file.is_some() || self.url.has_password() || of_the_environment().is_some();
        passfile::path(self.url.passfile()).filter(|path| !has_password && files::has_mode(path, passfile::OTHERS))
    }

    /// The same for its reader, with a password of its own: the file's, or an empty one, so that nothing gives it that of the other login.
    pub fn reader_options(&self) -> Result<(PgConnectOptions, Route), ConnectError> {
        let reader = self.reader.as_ref().ok_or(ConnectError::NoReader)?;
        let password = reader.password_file.as_deref().map(password::read).transpose()?;
        let (options, mut route) = self.options(&self.url.for_user(&reader.user))?;
        route.no_password = password.is_none().then(|| "set `password_file` of `reader`".to_owned());
        Ok((with_password(options, password), route))
    }

    fn options(&self, url: &SecretUrl) -> Result<(PgConnectOptions, Route), ConnectError> {
        let options: PgConnectOptions = url.for_driver().parse().map_err(|_| ConnectError::Refused)?;
        let route = self.route(&options);
        let options = options
            .application_name("pgvigil")
            // PgBouncer refuses the parameter. Each transaction sets it.
            .extra_float_digits(None)
            // Statements are sent as text; behind PgBouncer a prepared one would answer with another client's rows.
            .statement_cache_capacity(0)
            .disable_statement_logging();
        Ok((options, route))
    }

    /// Where the options lead, and how.
    fn route(&self, options: &PgConnectOptions) -> Route {
        // As the driver has it: a host that is a path is a folder with a socket, and a socket is taken before a host.
        let folder =
            options.get_socket().cloned().or_else(|| Some(options.get_host()).filter(|host| host.starts_with('/')).map(PathBuf::from));
        let place = match folder {
            Some(folder) => Place::Unix(folder.join(format!(".s.PGSQL.{}", options.get_port()))),
            None => Place::Tcp { host: options.get_host().to_owned(), address: self.url.hostaddr(), port: options.get_port() },
        };
        let (encryption, credentials) = (self.url.encryption(), self.url.credentials());
        Route { place, encryption, credentials, require_auth: self.url.require_auth(), no_password: None, answer_limit: self.answer_limit }
    }
}

/// The password in `PGPASSWORD`, where an empty one is none.
fn of_the_environment() -> Option<SecretString> {
    std::env::var("PGPASSWORD").ok().filter(|password| !password.is_empty()).map(SecretString::from)
}

fn with_password(options: PgConnectOptions, password: Option<SecretString>) -> PgConnectOptions {
    match password {
        Some(password) => options.password(password.expose_secret()),
        None => options,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::wire::route::{Check, Encryption};

    fn server(url: &str) -> Server {
        Server {
            kind: super::super::ServerKind::Postgres,
            name: "a".to_owned(),
            url: url.parse().unwrap(),
            password_file: None,
            labels: super::super::ConstantLabels::default(),
            trusted_roles: std::collections::BTreeSet::new(),
            reader: None,
            host: None,
            databases: super::super::Databases::default(),
            queries: super::super::Queries::default(),
            connect_timeout: Duration::from_secs(5),
            answer_limit: 1 << 20,
        }
    }

    fn options(url: &str) -> PgConnectOptions {
        server(url).connect_options().unwrap().0
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
            let (options, _) = server.reader_options().unwrap();
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
    fn knows_where_it_leads() {
        let route = |url: &str| server(url).connect_options().unwrap().1;
        let tcp = route("postgres://me@[::1]:5433/db?sslmode=require&require_auth=scram-sha-256");
        assert_eq!(tcp.place, Place::Tcp { host: "::1".to_owned(), address: None, port: 5433 });
        let named = route("postgres://me@db1/db?hostaddr=10.0.0.1");
        assert_eq!(named.place, Place::Tcp { host: "db1".to_owned(), address: Some([10, 0, 0, 1].into()), port: 5432 });
        let unnamed = route("hostaddr=::1 user=me");
        assert_eq!(unnamed.place, Place::Tcp { host: "::1".to_owned(), address: "::1".parse().ok(), port: 5432 });
        assert_eq!(tcp.encryption, Encryption::Required(Check::Nothing));
        assert_eq!(Ok(tcp.require_auth), crate::wire::RequireAuth::parse("scram-sha-256"));
        assert_eq!(route("postgres://me@/db?host=/run/pg").place, Place::Unix("/run/pg/.s.PGSQL.5432".into()));
        for (mode, encryption) in [
            ("disable", Encryption::Off),
            ("prefer", Encryption::Preferred),
            ("require", Encryption::Required(Check::Authority)),
            ("verify-ca", Encryption::Required(Check::Authority)),
            ("verify-full", Encryption::Required(Check::Host)),
        ] {
            let route = route(&format!("postgres://me@db1/db?sslmode={mode}&sslrootcert=/ca.pem"));
            assert_eq!((route.encryption, route.credentials.roots.as_deref()), (encryption, Some("/ca.pem")), "{mode}");
        }
    }

    #[test]
    fn the_password_file_is_read_for_each_connection() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let server = Server { password_file: Some(file.path().to_owned()), ..server("postgres://me@db1/db") };
        for (content, password) in [("one\n", "one"), ("two\r\n", "two"), (" three \n\n", " three \\n")] {
            std::fs::write(file.path(), content).unwrap();
            assert!(format!("{:?}", server.connect_options().unwrap().0).contains(&format!("\"{password}\"")));
        }
        std::fs::write(file.path(), "\n").unwrap();
        assert!(matches!(server.connect_options(), Err(ConnectError::Password(PasswordError::Empty { .. }))));
        drop(file);
        assert!(matches!(server.connect_options(), Err(ConnectError::Password(PasswordError::Unreadable { .. }))));
    }
}
