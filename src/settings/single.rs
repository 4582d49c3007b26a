//! The one server that the environment names, in pgvigil's words, in those of `postgres_exporter`, or in libpq's.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use super::environment;
use super::password;
use super::server::Server;
use super::url::SecretUrl;
use crate::document::Document;
use crate::document::origin::{Fault, Origin};
use crate::files::{self, Writers};

/// What is wrong with a variable.
type OfVariable = (&'static str, Fault);

/// What `postgres_exporter`'s own variables are in pgvigil. Where they stand, pgvigil takes its place, and what they say must not get lost.
const OF_POSTGRES_EXPORTER: [(&str, &str); 12] = [
    ("PG_EXPORTER_WEB_LISTEN_ADDRESS", "set PGVIGIL_LISTEN"),
    ("PG_EXPORTER_WEB_CONFIG_FILE", "set PGVIGIL_WEB_CONFIG_FILE"),
    ("PG_EXPORTER_WEB_TELEMETRY_PATH", "the path is always /metrics"),
    ("PG_EXPORTER_EXTEND_QUERY_PATH", "write each query as a file, as queries/README.md shows, and set PGVIGIL_QUERIES__DIRECTORY"),
    ("PG_EXPORTER_CONSTANT_LABELS", "set `labels` of the server in a configuration file"),
    ("PG_EXPORTER_DISABLE_DEFAULT_METRICS", "set PGVIGIL_QUERIES__DISABLE to the queries that you do not want"),
    ("PG_EXPORTER_DISABLE_SETTINGS_METRICS", "set PGVIGIL_QUERIES__DISABLE=server/settings"),
    (
        "PG_EXPORTER_AUTO_DISCOVER_DATABASES",
        "pgvigil reads all databases; set `databases` of the server in a configuration file to read fewer",
    ),
    ("PG_EXPORTER_EXCLUDE_DATABASES", "set `databases.exclude` of the server in a configuration file"),
    ("PG_EXPORTER_INCLUDE_DATABASES", "set `databases.include` of the server in a configuration file"),
    ("PG_EXPORTER_METRIC_PREFIX", "for the names of postgres_exporter's metrics, see queries/compat/postgres_exporter"),
    ("PG_EXPORTER_COLLECTION_TIMEOUT", "each query has a timeout of its own; set `queries.override` in a configuration file"),
];

/// The one server that the environment names; where it names none, that to which `psql` would connect.
pub fn server(document: &Document, environment: &HashMap<String, String>) -> Option<Server> {
    for (variable, way_out) in OF_POSTGRES_EXPORTER {
        if environment::get(environment, variable).is_some() {
            let fault =
                Fault::new("a setting of postgres_exporter that pgvigil does not read").hint(format!("{way_out}, and remove this one"));
            document.report(Origin::variable(variable).fault(fault));
        }
    }
    read(document, environment).map_err(|(variable, fault)| document.fault(&Origin::variable(variable), fault)).ok()
}

fn read(document: &Document, environment: &HashMap<String, String>) -> Result<Server, OfVariable> {
    let given = ["DATABASE_URL", "DATA_SOURCE_NAME"].into_iter().find_map(|name| Some((name, environment::get(environment, name)?)));
    let (mut url, password_file) = match given {
        Some((variable, text)) => (text.parse().map_err(|fault| (variable, fault))?, None),
        None => in_parts(document, environment)?.unwrap_or_default(),
    };
    url.complete(environment)?;
    let variable = given.map_or("PGSSLROOTCERT", |(variable, _)| variable);
    if let Err(fault) = url.check_tls() {
        document.fault(&Origin::variable(variable), fault);
    }
    if let Some(key) = url.key_file() {
        document.secret_file(&key);
    }
    Ok(Server::at(url, password_file))
}

/// `postgres_exporter`'s way to name a server in parts, each of which may be in a file.
fn in_parts(document: &Document, environment: &HashMap<String, String>) -> Result<Option<(SecretUrl, Option<PathBuf>)>, OfVariable> {
    // A file counts more, as there.
    let value = |name: &'static str, in_file: &'static str| match file(environment, in_file)? {
        Some(text) => Ok(Some((in_file, text))),
        None => Ok(environment::get(environment, name).map(|value| (name, value.to_owned()))),
    };
    let Some((variable, uri)) = value("DATA_SOURCE_URI", "DATA_SOURCE_URI_FILE")? else { return Ok(None) };
    let mut url: SecretUrl = format!("postgres://{uri}").parse().map_err(|fault| (variable, fault))?;
    if let Some((variable, user)) = value("DATA_SOURCE_USER", "DATA_SOURCE_USER_FILE")? {
        url.fill_in("user", &user).map_err(|fault| (variable, fault))?;
    }
    let password_file = environment::get(environment, "DATA_SOURCE_PASS_FILE").map(PathBuf::from);
    if let Some(path) = &password_file {
        document.secret_file(path);
        // Read for each connection; here only to see that it can be.
        if let Err(error) = password::read(path) {
            document.fault(&Origin::variable("DATA_SOURCE_PASS_FILE"), error.fault());
        }
    } else if let Some(password) = environment::get(environment, "DATA_SOURCE_PASS") {
        url.fill_in("password", password).map_err(|fault| ("DATA_SOURCE_PASS", fault))?;
    }
    Ok(Some((url, password_file)))
}

/// The content of the file that a variable names, without spaces around it.
fn file(environment: &HashMap<String, String>, variable: &'static str) -> Result<Option<String>, OfVariable> {
    let Some(path) = environment::get(environment, variable) else { return Ok(None) };
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    let text = files::read_text(&path, files::PASSWORD, Writers::Any);
    text.map(|text| Some(text.trim().to_owned()))
        .map_err(|error| (variable, Fault::new(format!("cannot read the file: {error}")).absent_if(&error)))
}
