//! The servers to watch.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use super::host::Host;
use super::labels::ConstantLabels;
use super::password;
use super::pattern::{Pattern, patterns};
use super::queries::Queries;
use super::reader::Reader;
use super::url::SecretUrl;
use crate::document::mask::quoted;
use crate::document::origin::{Fault, Origin};
use crate::document::table::{Entry, Table};
use crate::query::Scope;

/// How long a connection may take to come about. A server that needs longer to take one is in trouble.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How much one answer may have: many times what any query of the catalogue gets.
const ANSWER_LIMIT: usize = 64 << 20;

/// What of a server is put together with the defaults, key by key. Of all else, the server's own replaces the default.
const MERGED: [&str; 2] = ["labels", "databases"];

/// What may be said of a `PgBouncer`, too.
const OF_BOTH: [&str; 4] = ["password_file", "labels", "connect_timeout", "answer_limit"];

/// What speaks PostgreSQL's protocol at an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ServerKind {
    /// A PostgreSQL server.
    #[default]
    Postgres,
    /// The console of a `PgBouncer`.
    PgBouncer,
}

impl ServerKind {
    /// That which queries of this scope are asked of; a machine's are of the server on it.
    #[must_use]
    pub const fn of(scope: Scope) -> Self {
        match scope {
            Scope::Server | Scope::Database | Scope::Host => Self::Postgres,
            Scope::PgBouncer => Self::PgBouncer,
        }
    }
}

/// One PostgreSQL server, or one `PgBouncer`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Which of them.
    pub kind: ServerKind,
    /// What it is called, in the label `server` and for people. No other server has the same name.
    pub name: String,
    /// How it is reached.
    pub url: SecretUrl,
    /// A file with the password.
    pub password_file: Option<PathBuf>,
    /// Labels that all of its samples bear.
    pub labels: ConstantLabels,
    /// Which of its databases are looked into.
    pub databases: Databases,
    /// How the queries run on it, over what is said of them for all servers.
    pub queries: Queries,
    /// Roles beside superusers whose tables, functions and schemas pgvigil may plan on and call.
    pub trusted_roles: BTreeSet<String>,
    /// Another login, for queries over what belongs to roles that are not trusted.
    pub reader: Option<Reader>,
    /// Where its files are on this machine, where that has to be said.
    pub host: Option<Host>,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How many bytes it may send in answer to one statement.
    pub answer_limit: usize,
}

/// Databases of a server that are looked into, at most. Each has a hundred series about the work in it alone, and takes a connection of its own
/// every few seconds.
const DATABASES: usize = 200;

/// A choice of databases by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Databases {
    /// None means all.
    include: Option<Vec<Pattern>>,
    exclude: Vec<Pattern>,
    /// How many of them, at most.
    pub limit: usize,
}

impl Default for Databases {
    fn default() -> Self {
        Self { include: None, exclude: Vec::new(), limit: DATABASES }
    }
}

impl Databases {
    /// Whether this database is chosen.
    #[must_use]
    pub fn admits(&self, name: &str) -> bool {
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(name));
        self.include.as_deref().is_none_or(any) && !any(&self.exclude)
    }

    fn read(mut table: Table<'_>) -> Self {
        let databases = Self {
            include: table.take("include").map(patterns),
            exclude: table.take("exclude").map(patterns).unwrap_or_default(),
            limit: table.take("limit").and_then(Entry::count).unwrap_or(DATABASES),
        };
        table.finish();
        databases
    }
}

impl Server {
    /// A server of which nothing but its address and the file with the password is said.
    pub(super) fn at(url: SecretUrl, password_file: Option<PathBuf>) -> Self {
        Self {
            kind: ServerKind::Postgres,
            name: url.address(),
            password_file,
            labels: ConstantLabels::default(),
            databases: Databases::default(),
            queries: Queries::default(),
            trusted_roles: BTreeSet::new(),
            reader: None,
            host: None,
            connect_timeout: url.connect_timeout().unwrap_or(CONNECT_TIMEOUT),
            answer_limit: ANSWER_LIMIT,
            url,
        }
    }

    /// `host:port` for people, and the name of a server that was given none. Bears no secret.
    #[must_use]
    pub fn address(&self) -> String {
        self.url.address()
    }

    /// Whether what is known of `self` may be untrue of `other`, or bears labels that it does not.
    #[must_use]
    pub fn is_another_than(&self, other: &Self) -> bool {
        let place = |server: &Self| {
            (server.kind, server.address(), server.url.hostaddr(), server.url.database().map(str::to_owned), server.labels.clone())
        };
        place(self) != place(other)
    }

    fn read(
        kind: ServerKind,
        mut table: Table<'_>,
        environment: &HashMap<String, String>,
        names: &mut HashMap<String, Origin>,
    ) -> Option<Self> {
        let example = match kind {
            ServerKind::Postgres => "such as postgres://pgvigil@db1:5432/postgres",
            ServerKind::PgBouncer => "such as postgres://pgvigil@db1:6432/pgbouncer",
        };
        let entry = table.require("url", example);
        let origin = entry.as_ref().map(|entry| entry.origin().hidden());
        let mut url = entry.and_then(|entry| address(kind, entry));
        let has_password = url.as_ref().is_some_and(SecretUrl::has_password);
        // What the string itself says, before the environment completes it.
        let names_password = url.as_ref().is_some_and(|url| url.has_password() || url.passfile().is_some());
        let of_url = url.as_ref().and_then(SecretUrl::connect_timeout);
        if let Some(Err((variable, fault))) = url.as_mut().map(|url| url.complete(environment)) {
            table.document().fault(&Origin::variable(variable), fault);
        } else if let (Some(Err(fault)), Some(origin)) = (url.as_ref().map(SecretUrl::check_tls), origin) {
            table.document().fault(&origin, fault);
        }
        if let Some(key) = url.as_ref().and_then(SecretUrl::key_file) {
            table.document().secret_file(&key);
        }
        let hint = url.as_ref().map_or("give it one".to_owned(), |url| format!("such as `name: {}`", url.address()));
        let name = table.require("name", &hint).and_then(|entry| unique(entry, names));
        let labels = table.take("labels").and_then(Entry::table).map(ConstantLabels::read).unwrap_or_default();
        let databases = match kind {
            ServerKind::Postgres => {
                table.take("databases").and_then(Entry::table).map(Table::open).map(Databases::read).unwrap_or_default()
            }
            ServerKind::PgBouncer => Databases::default(),
        };
        let queries = table.take("queries").and_then(Entry::table).map(Table::open).map(Queries::of_server).unwrap_or_default();
        let trusted_roles = match kind {
            ServerKind::Postgres => table.take("trusted_roles").and_then(Entry::list).map(roles).unwrap_or_default(),
            ServerKind::PgBouncer => BTreeSet::new(),
        };
        let reader = match kind {
            ServerKind::Postgres => table.take("reader").and_then(Entry::table).and_then(Reader::read),
            ServerKind::PgBouncer => None,
        };
        let host = match kind {
            ServerKind::Postgres => table.take("host").and_then(Entry::table).map(Table::open).and_then(Host::read),
            ServerKind::PgBouncer => None,
        };
        let entry = table.take("connect_timeout");
        let is_default = entry.as_ref().is_some_and(Entry::is_inherited);
        let said = entry.and_then(Entry::duration);
        let connect_timeout = if is_default { of_url.or(said) } else { said.or(of_url) };
        let answer_limit = table.take("answer_limit").and_then(Entry::size).unwrap_or(ANSWER_LIMIT);
        // A login that is said of the server itself is not undone by a default.
        let entry = table.take("password_file").filter(|entry| !(entry.is_inherited() && names_password));
        let password_file = entry.and_then(|entry| password_file(entry, has_password));
        table.finish();
        let url = url?;
        let connect_timeout = connect_timeout.or(url.connect_timeout()).unwrap_or(CONNECT_TIMEOUT);
        let name = name?;
        Some(Self {
            kind,
            name,
            url,
            password_file,
            labels,
            databases,
            queries,
            trusted_roles,
            reader,
            host,
            connect_timeout,
            answer_limit,
        })
    }
}

/// The servers that the file lists under one key. `names` are those that are taken.
pub(super) fn list(
    kind: ServerKind,
    entry: Entry<'_>,
    defaults: Option<&Table<'_>>,
    environment: &HashMap<String, String>,
    names: &mut HashMap<String, Origin>,
) -> Vec<Server> {
    let (origin, document) = (entry.origin(), entry.document());
    let Some(items) = entry.list() else { return Vec::new() };
    if items.is_empty() {
        let fault = match kind {
            ServerKind::Postgres => {
                Fault::new("no server is listed").hint("list one, or omit `servers` to monitor the one in DATABASE_URL")
            }
            ServerKind::PgBouncer => Fault::new("no PgBouncer is listed").hint("list one, or omit `pgbouncers`"),
        };
        document.report(origin.fault(fault));
    }
    let read = |item: Entry<'_>| {
        let mut table = item.table()?;
        if let Some(defaults) = defaults {
            let mut defaults = defaults.clone();
            if kind == ServerKind::PgBouncer {
                defaults.keep(&OF_BOTH);
            }
            table.fall_back_to(&defaults, &MERGED);
        }
        Server::read(kind, table, environment, names)
    };
    items.into_iter().filter_map(read).collect()
}

/// The connection string of a server. A `PgBouncer`'s leads to its console, and says so where it is not said.
fn address(kind: ServerKind, entry: Entry<'_>) -> Option<SecretUrl> {
    let (origin, document, is_literal) = (entry.origin().hidden(), entry.document(), entry.is_literal());
    // An unknown login changes nothing about the rest of the string, so errors in that count.
    entry.trust_if(|before, behind| before.ends_with("password=") || before.contains("://") && behind.contains('@'));
    let mut url: SecretUrl = entry.parse_secret()?;
    if url.has_password() && is_literal {
        document.secret_within();
    }
    if kind == ServerKind::PgBouncer
        && let Err(fault) = url.lead_to_console()
    {
        document.report(origin.fault(fault));
    }
    Some(url)
}

fn unique(entry: Entry<'_>, names: &mut HashMap<String, Origin>) -> Option<String> {
    let (origin, document) = (entry.origin(), entry.document());
    let name = entry.word()?;
    let is_login = name.split_once(':').is_some_and(|(_, rest)| rest.contains('@'));
    if name.contains("://") || name.contains('=') || is_login {
        // It would be a label on every sample, password and all.
        document.report(
            origin.error("a connection string is not a name").hint("choose a name that outlives the machine, such as orders-primary"),
        );
        return None;
    }
    if let Some(first) = names.get(&name) {
        let line = first.position().map_or(0, |(line, _)| line);
        document.report(
            origin.error(format!("another server has the name {}, in line {line}", quoted(&name))).hint("give each server its own name"),
        );
        return None;
    }
    names.insert(name.clone(), origin);
    Some(name)
}

/// Names of roles, as the server has them.
fn roles(items: Vec<Entry<'_>>) -> BTreeSet<String> {
    items.into_iter().filter_map(Entry::word).collect()
}

fn password_file(entry: Entry<'_>, has_password: bool) -> Option<PathBuf> {
    if has_password {
        entry.document().report(entry.origin().hidden().error("the URL has a password as well").hint("keep `password_file`"));
    }
    password::file(entry)
}
