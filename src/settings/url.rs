//! How a server is reached: what a connection string says, with the password kept apart. Both forms of it are read by [`syntax`].

mod syntax;

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::Serializer;

use super::environment;
use crate::document::origin::Fault;
use crate::wire::RequireAuth;
use crate::wire::tls::Credentials;
use syntax::Parameters;

/// What may be said about a connection. `application_name` may be said, since strings made for other programs do say it, and is not
/// heeded: pgvigil's connections are called `pgvigil`, so that they can be told apart in `pg_stat_activity`.
const KNOWN: [&str; 13] = [
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "options",
    "connect_timeout",
    "require_auth",
    "channel_binding",
];

/// Of those, what is not the driver's: encryption and what a server may ask for are ours.
const OURS: [&str; 6] = ["sslrootcert", "sslcert", "sslkey", "connect_timeout", "require_auth", "channel_binding"];
const IGNORED: [&str; 2] = ["application_name", "fallback_application_name"];

/// The modes that are kept: `allow` would be taken for `disable`, silently.
const SSL_MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

/// The variables that fill in what the string leaves out, as libpq does. The rest of them the driver reads for itself; these are
/// read here because they name the server, because a mistake in them would go unnoticed (a misspelt PGSSLMODE means `prefer`), or because what
/// they speak of is ours.
const VARIABLES: [(&str, &str); 12] = [
    ("PGHOSTADDR", "host"),
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGDATABASE", "dbname"),
    ("PGSSLMODE", "sslmode"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCHANNELBINDING", "channel_binding"),
];

/// The database of a `PgBouncer` that is its console, and the port where it listens unless told otherwise.
const CONSOLE: &str = "pgbouncer";
const CONSOLE_PORT: &str = "6432";

/// A connection string: a URL (`postgres://user@host/dbname`) or keywords (`host=db1 user=u`). Shown without its password.
#[derive(Clone, Default)]
pub struct SecretUrl {
    /// libpq's names; without the password.
    parameters: BTreeMap<&'static str, String>,
    password: Option<SecretString>,
}

impl SecretUrl {
    /// `host:port`, where the host may be the directory of a socket.
    #[must_use]
    pub fn address(&self) -> String {
        let host = self.get("host").unwrap_or("localhost");
        let port = self.get("port").unwrap_or("5432");
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// The database, where one is named. Behind a pooler it may say which server is meant.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        self.get("dbname")
    }

    /// Whether the string itself has the password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    /// How long a connection may take; libpq's 0, for ever, is no answer here.
    pub(super) fn connect_timeout(&self) -> Option<Duration> {
        self.get("connect_timeout")?.parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }

    /// Who is trusted, and who pgvigil is.
    pub(super) fn credentials(&self) -> Credentials {
        let named = |name| self.get(name).map(str::to_owned);
        Credentials { roots: named("sslrootcert"), certificate: named("sslcert"), key: named("sslkey") }
    }

    /// How a login may be proved.
    pub(super) fn require_auth(&self) -> RequireAuth {
        // It was looked at when it was set.
        self.get("require_auth").and_then(|text| RequireAuth::parse(text).ok()).unwrap_or_default()
    }

    /// Makes this the address of a `PgBouncer`'s console: a database that is called `pgbouncer`, at the port of a `PgBouncer`.
    pub(super) fn lead_to_console(&mut self) -> Result<(), Fault> {
        if self.parameters.entry("dbname").or_insert_with(|| CONSOLE.to_owned()) != CONSOLE {
            return Err(Fault::new("the console of a PgBouncer is the database `pgbouncer`")
                .hint("end the URL with `/pgbouncer`; a database behind it is watched as one of `servers`"));
        }
        self.parameters.entry("port").or_insert_with(|| CONSOLE_PORT.to_owned());
        Ok(())
    }

    /// Fills in what is left out from libpq's variables. An error comes with the name of the variable.
    pub(super) fn complete(&mut self, environment: &HashMap<String, String>) -> Result<(), (&'static str, Fault)> {
        for (variable, parameter) in VARIABLES {
            if let Some(value) = environment::get(environment, variable)
                && !self.parameters.contains_key(parameter)
            {
                self.set(parameter, value.to_owned()).map_err(|fault| (variable, fault))?;
            }
        }
        Ok(())
    }

    /// The form of URL in which the driver understands everything: sockets, IPv6 addresses and users without a host included.
    /// With `password` in place of the string's own, if there is one. The result is a secret.
    pub(super) fn for_driver(&self, password: Option<&SecretString>) -> SecretString {
        let mut query = Serializer::new("postgres:///?".to_owned());
        query.extend_pairs(self.parameters.iter().filter(|(name, _)| !OURS.contains(name)));
        if let Some(password) = password.or(self.password.as_ref()) {
            query.append_pair("password", password.expose_secret());
        }
        query.finish().into()
    }

    /// The same place for another user, without a password.
    pub(super) fn for_user(&self, user: &str) -> Self {
        let mut parameters = self.parameters.clone();
        parameters.insert("user", user.to_owned());
        Self { parameters, password: None }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// Sets a parameter, after a check. As in libpq, an empty one is as good as none, and a later one wins.
    fn set(&mut self, name: &'static str, value: String) -> Result<(), Fault> {
        let port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
        match name {
            _ if value.is_empty() => return Ok(()),
            "host" | "port" if value.contains(',') => {
                return Err(Fault::new("several hosts in one connection string").hint("list each server under `servers`"));
            }
            "port" if !port(&value) => return Err(Fault::new("the port is not a number from 1 to 65535")),
            "connect_timeout" if value.parse::<u64>().is_err() => return Err(Fault::new("`connect_timeout` is not a number of seconds")),
            "sslmode" if !SSL_MODES.contains(&value.as_str()) => {
                return Err(Fault::new("`sslmode` is not one that is supported").hint(format!("one of {}", SSL_MODES.join(", "))));
            }
            "require_auth" => {
                RequireAuth::parse(&value)
                    .map_err(|wrong| Fault::new(wrong).hint("pgvigil knows scram-sha-256, md5, password and none"))?;
                self.parameters.insert(name, value);
            }
            "channel_binding" if value == "require" => {
                return Err(Fault::new("`channel_binding=require` cannot be obeyed: pgvigil has no channel binding").hint(
                    "take it away, and have sslmode=verify-full with `sslrootcert` say which server is meant; \
                     require_auth=scram-sha-256 keeps the password from it",
                ));
            }
            "channel_binding" if !["disable", "prefer"].contains(&value.as_str()) => {
                return Err(Fault::new("`channel_binding` is none of disable, prefer and require"));
            }
            "password" => self.password = Some(value.into()),
            _ => _ = self.parameters.insert(name, value),
        }
        Ok(())
    }
}

impl FromStr for SecretUrl {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let Parameters { pairs, nameable } = syntax::parse(text)?;
        let mut url = Self::default();
        for (name, value) in pairs {
            match KNOWN.iter().find(|known| **known == name) {
                Some(known) => url.set(known, value)?,
                None if IGNORED.contains(&name.as_str()) => {}
                None if nameable => {
                    return Err(Fault::new(format!("unknown parameter `{name}`")).hint(format!("known are {}", KNOWN.join(", "))));
                }
                // A piece of a password with an unquoted `&` or space in it would look like a parameter.
                None => {
                    return Err(Fault::new("unknown parameter, not named here as it may be a piece of the password").hint(syntax::QUOTE));
                }
            }
        }
        Ok(url)
    }
}

/// The same for everyone who connects, so also with the same password.
impl PartialEq for SecretUrl {
    fn eq(&self, other: &Self) -> bool {
        let password = |url: &Self| url.password.as_ref().map(|password| password.expose_secret().to_owned());
        self.parameters == other.parameters && password(self) == password(other)
    }
}

impl Eq for SecretUrl {}

/// `postgres://user@host:port/dbname`, for people.
impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.get("user") {
            write!(f, "{user}@")?;
        }
        f.write_str(&self.address())?;
        if let Some(database) = self.get("dbname") {
            write!(f, "/{database}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        fmt::Display::fmt(self, f)?;
        f.write_char('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> SecretUrl {
        text.parse().unwrap()
    }

    fn error(text: &str) -> Fault {
        text.parse::<SecretUrl>().unwrap_err()
    }

    #[test]
    fn says_the_same_in_both_forms() {
        let expected = url("postgres://me:se%20cret@db1:5433/orders?sslmode=require");
        assert_eq!(url("host=db1 port=5433 user=me password='se cret' dbname=orders sslmode=require"), expected);
        assert_eq!(url("postgresql:///orders?host=db1&port=5433&user=me&password=se%20cret&sslmode=require"), expected);
        assert_ne!(url("postgres://me:other@db1:5433/orders?sslmode=require"), expected);
        assert!(expected.has_password());
    }

    #[test]
    fn never_shows_the_password() {
        let url = url("postgres://me:hunter2@db1/orders");
        assert_eq!(url.to_string(), "postgres://me@db1:5432/orders");
        assert_eq!(format!("{url:?}"), "\"postgres://me@db1:5432/orders\"");
    }

    #[test]
    fn knows_its_address() {
        for (text, address) in [
            ("postgres://db1", "db1:5432"),
            ("postgres://u@[::1]:6000/db", "[::1]:6000"),
            ("postgres://u@/db?host=/run/postgresql", "/run/postgresql:5432"),
            ("postgres://%2Frun%2Fpostgresql/db", "/run/postgresql:5432"),
            ("user=u", "localhost:5432"),
        ] {
            assert_eq!(url(text).address(), address);
        }
    }

    #[test]
    fn variables_fill_in_what_is_left_out() {
        let environment = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<HashMap<_, _>>();
        let mut given = url("postgres://db1/orders");
        given.complete(&environment(&[("PGHOST", "db2"), ("PGPORT", "5433"), ("PGUSER", "me"), ("PGSSLMODE", "")])).unwrap();
        assert_eq!(given, url("postgres://me@db1:5433/orders"));
        let (variable, fault) = given.complete(&environment(&[("PGSSLMODE", "verfy-full")])).unwrap_err();
        assert_eq!((variable, fault.message.as_str()), ("PGSSLMODE", "`sslmode` is not one that is supported"));
    }

    #[test]
    fn what_restricts_a_login_is_obeyed_or_refused_wherever_it_is_set() {
        for text in ["postgres://h/db?channel_binding=require", "host=h channel_binding=require"] {
            let fault = error(text);
            assert!(fault.message.contains("channel_binding=require") && fault.hint.is_some(), "{fault:?}");
        }
        assert_eq!(error("host=h channel_binding=perhaps").message, "`channel_binding` is none of disable, prefer and require");
        assert_eq!(error("host=h require_auth=scram").message, "`require_auth` names a method that does not exist");
        for (variable, value) in [("PGCHANNELBINDING", "require"), ("PGREQUIREAUTH", "gss")] {
            let environment = HashMap::from([(variable.to_owned(), value.to_owned())]);
            let (named, _) = url("postgres://h/db").complete(&environment).unwrap_err();
            assert_eq!(named, variable);
        }
        let environment = HashMap::from([("PGREQUIREAUTH".to_owned(), "!md5".to_owned())]);
        let mut given = url("postgres://h/db?channel_binding=prefer");
        given.complete(&environment).unwrap();
        assert_eq!(Ok(given.require_auth()), RequireAuth::parse("!md5"));
        let shown = given.for_driver(None);
        assert!(!shown.expose_secret().contains("require_auth"), "{}", shown.expose_secret());
    }

    #[test]
    fn refuses_what_the_driver_would_misread() {
        assert_eq!(error("postgres://h/db?sslmod=require").message, "unknown parameter `sslmod`");
        assert_eq!(error("postgres://h/db?sslmode=allow").message, "`sslmode` is not one that is supported");
        assert_eq!(error("postgres://h:0/db").message, "the port is not a number from 1 to 65535");
        for text in ["postgres://u@a:5432,b:5432/db", "postgres://a,b/db", "host=a,b", "postgres:///db?host=a,b"] {
            assert_eq!(error(text).message, "several hosts in one connection string", "{text}");
        }
        assert_eq!(url("postgres://h/db?application_name=other"), url("postgres://h/db"));
        assert_eq!(url("postgres://h?connect_timeout=3").connect_timeout(), Some(Duration::from_secs(3)));
        assert_eq!(url("postgres://h?connect_timeout=0").connect_timeout(), None);
    }
}
