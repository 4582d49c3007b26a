//! How a server is reached: what a connection string says, with the password kept apart. Both forms of it are read by [`syntax`].
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`syntax`] | the two forms of a connection string |
//! | [`parameters`] | what pgvigil makes of each parameter |
//! | [`service`] | parameters under a name, in a service file |
//! | [`tls`] | encryption and its files |

mod parameters;
mod service;
mod syntax;
#[cfg(test)]
mod tests;
mod tls;

use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::form_urlencoded::Serializer;

use super::environment;
use crate::document::origin::Fault;
use crate::wire::RequireAuth;
use parameters::{Meaning, VARIABLES};
use syntax::Parameters;

/// The modes that are kept: `allow` would be taken for `disable`, silently.
const SSL_MODES: [&str; 5] = ["disable", "prefer", "require", "verify-ca", "verify-full"];

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
        let host = self.get("host").or(self.get("hostaddr")).unwrap_or("localhost");
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

    /// How a login may be proved.
    pub(super) fn require_auth(&self) -> RequireAuth {
        // It was looked at when it was set.
        self.get("require_auth").and_then(|text| RequireAuth::parse(text).ok()).unwrap_or_default()
    }

    /// Makes this the address of a `PgBouncer`'s console: a database that is called `pgbouncer`, at the port of a `PgBouncer`.
    pub(super) fn lead_to_console(&mut self) -> Result<(), Fault> {
        if self.parameters.entry("dbname").or_insert_with(|| CONSOLE.to_owned()) != CONSOLE {
            return Err(Fault::new("the console of a PgBouncer is the database `pgbouncer`")
                .hint("end the URL with `/pgbouncer`; list a database behind it under `servers`"));
        }
        self.parameters.entry("port").or_insert_with(|| CONSOLE_PORT.to_owned());
        Ok(())
    }

    /// Fills in what is left out: from a service, then from libpq's variables. An error comes with the name of the variable.
    pub(super) fn complete(&mut self, environment: &HashMap<String, String>) -> Result<(), (&'static str, Fault)> {
        let said = |parameter, variable| self.get(parameter).or(environment::get(environment, variable));
        if let Some(name) = said("service", "PGSERVICE") {
            let pairs = service::parameters(name, said("servicefile", "PGSERVICEFILE"), environment);
            for (name, value) in pairs.map_err(|fault| ("PGSERVICE", fault))? {
                let (known, meaning) = parameters::find(&name)
                    .filter(|(known, _)| !["service", "servicefile"].contains(known))
                    .ok_or_else(|| ("PGSERVICE", parameters::unknown("a parameter of the service")))?;
                self.fill(known, meaning, &value).map_err(|fault| ("PGSERVICE", fault))?;
            }
        }
        for (variable, parameter) in VARIABLES {
            if let Some(value) = environment::get(environment, variable)
                && let Some((known, meaning)) = parameters::find(parameter)
                // One address would lead several hosts to one server.
                && !(known == "hostaddr" && self.parameters.contains_key("host"))
            {
                self.fill(known, meaning, value).map_err(|fault| (variable, fault))?;
            }
        }
        self.fill_in_files(environment);
        Ok(())
    }

    /// Fills in one parameter that is left out.
    pub(super) fn fill_in(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        parameters::find(name).map_or(Ok(()), |(known, meaning)| self.fill(known, meaning, value))
    }

    /// Sets a parameter that is left out.
    fn fill(&mut self, name: &'static str, meaning: Meaning, value: &str) -> Result<(), Fault> {
        let is_there = self.parameters.contains_key(name) || name == "password" && self.password.is_some();
        if is_there { Ok(()) } else { self.set(name, meaning, value.to_owned()) }
    }

    /// The form of URL in which the driver understands everything: sockets, IPv6 addresses and users without a host included.
    /// With an empty password, so that it looks for none by rules of its own.
    pub(super) fn for_driver(&self) -> String {
        let mut query = Serializer::new("postgres:///?".to_owned());
        let is_told = |name: &str| matches!(parameters::find(name), Some((_, Meaning::Driver)));
        query.extend_pairs(self.parameters.iter().filter(|(name, _)| is_told(name)));
        if let Some(address) = self.get("hostaddr").filter(|_| self.get("host").is_none()) {
            query.append_pair("host", address);
        }
        query.append_pair("password", "");
        query.finish()
    }

    /// The string's own password.
    pub(super) const fn password(&self) -> Option<&SecretString> {
        self.password.as_ref()
    }

    /// The file with passwords, where one is named.
    pub(super) fn passfile(&self) -> Option<&str> {
        self.get("passfile")
    }

    /// The address to which to connect, whatever the name of the host resolves to.
    pub(super) fn hostaddr(&self) -> Option<IpAddr> {
        self.get("hostaddr")?.parse().ok()
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
    fn set(&mut self, name: &'static str, meaning: Meaning, value: String) -> Result<(), Fault> {
        let port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
        match name {
            _ if value.is_empty() => return Ok(()),
            _ if meaning == Meaning::Nothing => return Ok(()),
            _ if !matches!(meaning, Meaning::Driver | Meaning::Own) => {
                parameters::obey(name, meaning, &value)?;
                self.parameters.insert(name, value);
            }
            // It would be shown, password and all.
            "host" | "user" | "dbname" if is_connection_string(&value) => {
                return Err(Fault::new(format!("`{name}` is a connection string itself"))
                    .hint("give the whole string as `url` or DATABASE_URL, or its parts one by one"));
            }
            "host" if !is_host(&value) => {
                return Err(Fault::new("the host is not a name, an address or a directory").hint(syntax::QUOTE));
            }
            "host" | "hostaddr" | "port" if value.contains(',') => {
                return Err(Fault::new("several hosts in one connection string").hint("list each server under `servers`"));
            }
            "hostaddr" if value.parse::<IpAddr>().is_err() => return Err(Fault::new("`hostaddr` is not an IP address").hint("use `host`")),
            "port" if !port(&value) => return Err(Fault::new("the port is not a number from 1 to 65535")),
            "connect_timeout" if value.parse::<u64>().is_err() => return Err(Fault::new("`connect_timeout` is not a number of seconds")),
            "sslmode" if !SSL_MODES.contains(&value.as_str()) => {
                return Err(Fault::new("unsupported `sslmode`").hint(format!("one of {}", SSL_MODES.join(", "))));
            }
            "require_auth" => {
                RequireAuth::parse(&value)
                    .map_err(|wrong| Fault::new(wrong).hint("pgvigil supports scram-sha-256, md5, password and none"))?;
                self.parameters.insert(name, value);
            }
            "channel_binding" if value == "require" => {
                return Err(Fault::new("pgvigil does not support `channel_binding=require`").hint(
                    "remove it, and verify the server with sslmode=verify-full and `sslrootcert`; \
                     require_auth=scram-sha-256 does not reveal the password to it",
                ));
            }
            "channel_binding" if !["disable", "prefer"].contains(&value.as_str()) => {
                return Err(Fault::new("`channel_binding` must be disable, prefer or require"));
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
        if let Some(index) = named.iter().position(|(name, _)| parameters::find(name).is_none()) {
            let behind = if text.contains("://") { " after the `?`" } else { "" };
            return Err(parameters::unknown(&format!("parameter {}{behind}", index + 1)));
        }
        let mut url = Self::default();
        for (name, value) in placed.into_iter().chain(named) {
            if let Some((known, meaning)) = parameters::find(&name) {
                url.set(known, meaning, value)?;
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
