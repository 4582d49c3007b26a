//! How a server is reached: what a connection string says, with the password kept apart. Both forms of it are read by [`syntax`].

mod syntax;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::net::Ipv6Addr;
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
            // It would be shown, password and all.
            "host" | "user" | "dbname" if is_connection_string(&value) => {
                return Err(Fault::new(format!("`{name}` is a connection string itself"))
                    .hint("give the whole string as `url` or DATABASE_URL, or its parts one by one"));
            }
            "host" if !is_host(&value) => {
                return Err(Fault::new("the host is no name, no address and no directory").hint(syntax::QUOTE));
            }
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
        let Parameters { placed, named } = syntax::parse(text)?;
        // Before any value is looked at: where a name is unknown, what stands before it may be a piece of the password, too.
        let is_unknown = |(name, _): &(String, String)| !KNOWN.contains(&name.as_str()) && !IGNORED.contains(&name.as_str());
        if let Some(index) = named.iter().position(is_unknown) {
            let behind = if text.contains("://") { " behind the `?`" } else { "" };
            return Err(Fault::new(format!("parameter {}{behind} is unknown", index + 1)).hint(format!(
                "known are {}; {}",
                KNOWN.join(", "),
                syntax::QUOTE
            )));
        }
        let mut url = Self::default();
        for (name, value) in placed.into_iter().chain(named) {
            if let Some(known) = KNOWN.iter().find(|known| **known == name) {
                url.set(known, value)?;
            }
        }
        Ok(url)
    }
}

/// Whether it is more than the name of a user or a database: a URL with or without its beginning, or keywords.
fn is_connection_string(value: &str) -> bool {
    let is_login = value.split_once(':').is_some_and(|(_, rest)| rest.contains('@'));
    value.contains("://") || is_login || syntax::parse(value).is_ok()
}

/// Whether it can be the name or the address of a machine, or the directory of a socket. With a comma, it is several.
fn is_host(value: &str) -> bool {
    let is_address = value.split_once('%').map_or(value, |(address, _)| address).parse::<Ipv6Addr>().is_ok();
    is_address || value.starts_with('/') || !value.contains(|c: char| ":/@=?&%'\"".contains(c) || c.is_whitespace())
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
