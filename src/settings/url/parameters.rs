//! The parameters of libpq's connection strings, and what pgvigil makes of each.

use super::syntax::QUOTE;
use crate::document::origin::Fault;

/// What pgvigil makes of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The driver is told.
    Driver,
    /// It is kept, for what pgvigil does itself: TLS, addresses, passwords.
    Own,
    /// Nothing that pgvigil does depends on it.
    Nothing,
    /// These values ask for nothing that pgvigil does not do. Any other cannot be obeyed, with what to do about that.
    Only(&'static [&'static str], &'static str),
}

use Meaning::{Driver, Nothing, Only, Own};

/// Every parameter of libpq 18. What it restricts or names is obeyed or refused, and never dropped.
///
/// `application_name` is not heeded: pgvigil's sessions are called `pgvigil`, so that people can tell them apart in `pg_stat_activity`.
const PARAMETERS: [(&str, Meaning); 55] = [
    ("host", Driver),
    ("hostaddr", Own),
    ("port", Driver),
    ("user", Driver),
    ("password", Own),
    ("passfile", Own),
    ("dbname", Driver),
    ("options", Driver),
    ("sslmode", Driver),
    ("sslrootcert", Own),
    ("sslcert", Own),
    ("sslkey", Own),
    ("connect_timeout", Own),
    ("require_auth", Own),
    ("channel_binding", Own),
    ("service", Own),
    ("servicefile", Own),
    ("application_name", Nothing),
    ("fallback_application_name", Nothing),
    ("client_encoding", Nothing),
    ("keepalives", Nothing),
    ("keepalives_idle", Nothing),
    ("keepalives_interval", Nothing),
    ("keepalives_count", Nothing),
    ("tcp_user_timeout", Nothing),
    ("load_balance_hosts", Nothing),
    ("sslcompression", Nothing),
    ("sslsni", Nothing),
    ("sslkeylogfile", Nothing),
    ("krbsrvname", Nothing),
    ("gsslib", Nothing),
    ("gssdelegation", Nothing),
    ("max_protocol_version", Nothing),
    ("min_protocol_version", Only(&["3.0"], "pgvigil uses version 3.0 of the protocol; remove it")),
    ("gssencmode", Only(&["disable", "prefer"], "pgvigil does not support GSSAPI; use sslmode=verify-full")),
    (
        "target_session_attrs",
        Only(&["any"], "list each host as a server: pgvigil detects which one is the primary, and follows a failover"),
    ),
    ("sslnegotiation", Only(&["postgres"], "pgvigil requests TLS in the PostgreSQL protocol; remove it")),
    (
        "ssl_min_protocol_version",
        Only(&["TLSv1", "TLSv1.1", "TLSv1.2"], "pgvigil uses TLS 1.2 or newer; set ssl_min_protocol_version on the server"),
    ),
    ("ssl_max_protocol_version", Only(&["TLSv1.3"], "pgvigil uses TLS 1.2 or newer; remove it")),
    ("sslcertmode", Only(&["allow"], "pgvigil sends the certificate of `sslcert` if the server asks for one; remove it")),
    ("sslcrl", Only(&[], "pgvigil does not support revocation lists; remove it")),
    ("sslcrldir", Only(&[], "pgvigil does not support revocation lists; remove it")),
    ("sslpassword", Only(&[], "encrypted keys are not supported; decrypt the key with `openssl pkey`, and keep the file private")),
    ("requirepeer", Only(&[], "pgvigil does not check the user of a Unix socket; use TCP with sslmode=verify-full")),
    ("requiressl", Only(&["0"], "use sslmode")),
    ("replication", Only(&["false", "off", "no", "0"], "pgvigil runs queries; remove it")),
    ("scram_client_key", Only(&[], "give the password instead")),
    ("scram_server_key", Only(&[], "give the password instead")),
    ("oauth_issuer", Only(&[], "pgvigil does not support OAuth; use scram-sha-256 or a client certificate")),
    ("oauth_client_id", Only(&[], "pgvigil does not support OAuth; use scram-sha-256 or a client certificate")),
    ("oauth_client_secret", Only(&[], "pgvigil does not support OAuth; use scram-sha-256 or a client certificate")),
    ("oauth_scope", Only(&[], "pgvigil does not support OAuth; use scram-sha-256 or a client certificate")),
    ("authtype", Nothing),
    ("tty", Nothing),
    ("connect_retry_interval", Nothing),
];

/// libpq's variables, which fill in what the string and the service leave out. `PGPASSWORD` is read for each connection, `PGOPTIONS` by the driver.
pub const VARIABLES: [(&str, &str); 26] = [
    // Before the host: it is for the host that no string names.
    ("PGHOSTADDR", "hostaddr"),
    ("PGHOST", "host"),
    ("PGPORT", "port"),
    ("PGUSER", "user"),
    ("PGDATABASE", "dbname"),
    ("PGPASSFILE", "passfile"),
    ("PGSSLMODE", "sslmode"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLKEY", "sslkey"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGREQUIRESSL", "requiressl"),
    ("PGMINPROTOCOLVERSION", "min_protocol_version"),
    ("PGSERVICE", "service"),
    ("PGSERVICEFILE", "servicefile"),
];

/// The parameter of this name, as a constant, with its meaning.
#[must_use]
pub fn find(name: &str) -> Option<(&'static str, Meaning)> {
    PARAMETERS.into_iter().find(|(known, _)| *known == name)
}

/// The error for one that is unknown: `which` says where it stands, since its name may be a piece of a password.
pub fn unknown(which: &str) -> Fault {
    let known: Vec<&str> = PARAMETERS.into_iter().filter(|(_, meaning)| matches!(meaning, Driver | Own)).map(|(name, _)| name).collect();
    Fault::new(format!("{which} is unknown")).hint(format!("known are {}; {QUOTE}", known.join(", ")))
}

/// Whether this value can be obeyed.
pub fn obey(name: &'static str, meaning: Meaning, value: &str) -> Result<(), Fault> {
    match meaning {
        Only(values, way_out) if !values.contains(&value) => Err(Fault::new(format!("unsupported value of `{name}`")).hint(way_out)),
        _ => Ok(()),
    }
}
