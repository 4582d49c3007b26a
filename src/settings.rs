//! The configuration: one YAML file, environment variables over it, and every error in it at once.
//!
//! ```yaml
//! listen: 127.0.0.1:9187                  # or ":9187", every address
//! allowed_hosts: [db1.example.com]        # names by which a proxy on the same machine asks, where pgvigil listens on the loopback
//! web_config_file: /etc/pgvigil/web.yml   # TLS and users, see `crate::web`
//! defaults: { connect_timeout: 5s }       # for each of `servers` and `pgbouncers` that has no value of its own, here or in its URL
//! servers:
//!   - name: orders-primary                # the label `server` of every sample
//!     url: postgres://pgvigil@db1:5432/postgres?sslmode=verify-full
//!     password_file: /run/secrets/pgvigil # read again for each connection; a relative path starts at this file
//!     labels: { cluster: orders }
//!     databases: { include: ["*"], exclude: ["rdsadmin"], limit: 200 }
//!     queries: { disable: ["buffers/*"], override: { "tables/stat": { interval: 10m } } } # over the global ones
//!     trusted_roles: [app_owner]          # beside superusers: pgvigil plans on their tables and calls their functions
//!     reader: { user: pgvigil_reader, password_file: /run/secrets/pgvigil } # the login of queries that say `as: reader`
//!     connect_timeout: 5s
//!     answer_limit: 64MB                  # what sends more in answer to one statement is hung up on
//!     host: { data_directory: /srv/pg, wal_directory: /wal } # only where pgvigil cannot find them out, or sees them there
//! pgbouncers:
//!   - name: orders-pool
//!     url: postgres://pgvigil@db1:6432/pgbouncer
//!     password_file: /run/secrets/pgvigil
//! queries:
//!   directory: /etc/pgvigil/queries
//!   disable: ["statements/*"]
//!   detail: ["pg_stat_io_*"]              # or true: also what no bundled rule or board reads
//!   override:
//!     "tables/stat": { interval: 5m, timeout: 20s, limit: 5000 }
//! ```
//!
//! Without `servers` and `pgbouncers`, the one server is that of `DATABASE_URL`, else of `postgres_exporter`'s `DATA_SOURCE_*`, else of libpq's `PG*` variables.
//! What is said of a server counts more than `defaults`, and that more than the global `queries`, key by key.
//! Within values, `${NAME}` is a variable of the environment, and `${file:PATH}` the content of a file.
//! `PGVIGIL_LISTEN`, `PGVIGIL_WEB_CONFIG_FILE`, `PGVIGIL_QUERIES__DIRECTORY`, `PGVIGIL_QUERIES__DISABLE` and `PGVIGIL_QUERIES__DETAIL` (with commas) win over the
//! file.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`environment`](mod@environment) | the variables that give settings |
//! | [`listen`] | the address of the pages |
//! | [`server`] | the servers to watch |
//! | [`single`] | the one server that the environment names |
//! | [`url`] | a connection string |
//! | [`connect`] | the driver's options |
//! | [`password`] | the file with a password |
//! | [`passfile`] | libpq's file of passwords |
//! | [`reader`] | the second login of a server |
//! | [`labels`] | the constant labels of a server |
//! | [`host`] | where a server's files are on this machine |
//! | [`queries`] | what is said about the queries |
//! | [`detail`] | which detail of them is exported |
//! | [`pattern`] | a glob over names |

mod connect;
mod detail;
mod environment;
mod host;
mod labels;
mod listen;
mod passfile;
mod password;
mod pattern;
mod queries;
mod reader;
mod server;
#[cfg(test)]
mod shapes_tests;
mod single;
#[cfg(test)]
mod tests;
mod url;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use crate::diagnostic::Diagnostic;
use crate::document::Document;
use crate::document::origin::Origin;
use crate::document::secrets::Secrets;
use crate::document::table::{Entry, Table};
use crate::files::Writers;

pub use connect::ConnectError;
pub use detail::Detail;
pub use environment::environment;
pub use host::Host;
pub use labels::ConstantLabels;
pub use listen::Listen;
pub use password::PasswordError;
pub use pattern::Pattern;
pub use queries::{Override, Queries};
pub use reader::{LoginRole, Reader};
pub use server::{Databases, Server, ServerKind};
pub use url::SecretUrl;

/// What the program was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where the pages are served.
    pub listen: Listen,
    /// By which names pgvigil may be asked besides, where it listens on the loopback alone.
    pub allowed_hosts: Vec<String>,
    /// How they are protected; without a file they are not.
    pub web_config_file: Option<PathBuf>,
    /// Whom to watch, servers and `PgBouncer`s: at least one, each with a name of its own.
    pub servers: Vec<Server>,
    /// What to ask.
    pub queries: Queries,
    /// How it runs unless a server says otherwise, over `queries`.
    pub default_queries: Queries,
    /// The files with secrets, the configuration itself where it has a password.
    pub secret_files: BTreeSet<PathBuf>,
    /// What was not checked, as a secret is not here and need not be.
    pub unchecked: Vec<Diagnostic>,
}

impl Settings {
    /// Reads the file, if there is one, and the environment over it. Fails with every error that was found, in the order of the file.
    pub fn load(path: Option<&Path>, environment: &HashMap<String, String>) -> Result<Self, Vec<Diagnostic>> {
        Self::read(path, environment, Secrets::Required)
    }

    /// The same where secrets may be missing.
    pub fn read(path: Option<&Path>, environment: &HashMap<String, String>, secrets: Secrets) -> Result<Self, Vec<Diagnostic>> {
        let (variables, unknown) = environment::variables(environment);
        let mut document = match Document::read(path, Writers::Any, &variables) {
            Ok(document) => document,
            Err(errors) => return Err([unknown, errors].concat()),
        };
        for error in unknown {
            document.report(error);
        }
        if let Some(path) = path.filter(|_| document.is_empty()) {
            let error = Origin::file(&path.display().to_string()).error("the file is empty");
            document.report(error.hint("write `servers`, as in deploy/pgvigil.yml, or give no file to monitor the server in DATABASE_URL"));
        }
        document.expect(secrets);
        document.substitute(environment);
        let mut root = Table::root(&document);
        let listen = root.take("listen").and_then(Entry::parse).unwrap_or_default();
        let allowed_hosts = root.take("allowed_hosts").and_then(Entry::list).unwrap_or_default();
        let allowed_hosts = allowed_hosts.into_iter().filter_map(Entry::word).collect();
        let web_config_file = root.take("web_config_file").and_then(Entry::file);
        let mut defaults = root.take("defaults").and_then(Entry::table).map(Table::open);
        // These do not replace one another as a whole: of each, what it says of a query counts.
        let default_queries = defaults.as_mut().and_then(|defaults| defaults.take("queries"));
        let default_queries = default_queries.and_then(Entry::table).map(Table::open).map(Queries::of_server).unwrap_or_default();
        let (servers, pgbouncers) = (root.take("servers"), root.take("pgbouncers"));
        let mut names = HashMap::new();
        let mut list = |kind, entry| server::list(kind, entry, defaults.as_ref(), environment, &mut names);
        let mut servers = match servers {
            Some(entry) => list(ServerKind::Postgres, entry),
            // Who lists nothing but a PgBouncer wants nothing else to be watched.
            None if pgbouncers.is_some() => Vec::new(),
            None => single::server(&document, environment).into_iter().collect(),
        };
        servers.extend(pgbouncers.map(|entry| list(ServerKind::PgBouncer, entry)).unwrap_or_default());
        let queries = root.take("queries").and_then(Entry::table).map(Table::open).map(Queries::read).unwrap_or_default();
        root.finish();
        document.finish_with(|found| Self {
            listen,
            allowed_hosts,
            web_config_file,
            servers,
            queries,
            default_queries,
            secret_files: found.files,
            unchecked: found.unchecked,
        })
    }
}
