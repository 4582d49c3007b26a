//! What can go wrong between pgvigil and a server, classified by what it means for the connection and for the operator.

use std::fmt;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::diagnostic::Diagnostic;
use crate::document::mask::cut;
use crate::wire::{Broken, Failure};

/// The SQLSTATE of a session that was idle for too long.
const IDLE_SESSION_TIMEOUT: &str = "57P05";

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The kind, as in the label `kind`.
    pub kind: FaultKind,
    /// What it means for the connection.
    pub fate: Fate,
    /// What happened, in one line.
    pub message: String,
    /// The place in the query's file, if the file is wrong.
    pub diagnostic: Option<Box<Diagnostic>>,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// The server ended the statement at its `statement_timeout`.
    Timeout,
    /// The statement waited too long for a lock.
    Lock,
    /// The login role lacks a privilege.
    Denied,
    /// The server could not: it lacked memory or disk space, or a conflict with replay on a standby, a deadlock or an I/O error prevented it.
    Server,
    /// The server does not support a part of the statement, or not in its current state. Neither the file nor the server is at fault: the query is
    /// skipped and tried again now and then.
    Unsupported,
    /// The server refused the statement for another reason.
    Sql,
    /// The answer cannot be published: types, duplicates, values.
    Result,
    /// Data of the kernel about the host could not be read.
    Read,
    /// There is no connection, or it broke.
    Connection,
    /// The server has ended the session because it was idle, as configured. pgvigil itself was suspended.
    Idle,
    /// The server did not answer although its own timeout had passed.
    Unanswered,
    /// A bug in pgvigil.
    Panic,
    /// pgvigil is stopping.
    Stopped,
}

/// What a failure means for the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The connection can be used again.
    Usable,
    /// The connection can no longer be used.
    Lost,
    /// The server has ended the connection and said why.
    Ended,
}

impl FaultKind {
    /// The value of the label `kind`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Timeout => "timeout",
            Self::Lock => "lock",
            Self::Denied => "denied",
            Self::Server => "server",
            Self::Unsupported => "unsupported",
            Self::Sql => "sql",
            Self::Result => "result",
            Self::Read => "read",
            Self::Connection => "connection",
            Self::Idle => "idle",
            Self::Unanswered => "unanswered",
            Self::Panic => "panic",
            Self::Stopped => "stopped",
        }
    }
}

impl Fault {
    /// There is no connection.
    pub fn connection(message: impl fmt::Display) -> Self {
        Self { kind: FaultKind::Connection, fate: Fate::Lost, message: one_line(&message.to_string()), diagnostic: None }
    }

    /// An answer exceeds the limit for its size. The rest is not read.
    #[must_use]
    pub fn too_large(bytes: usize) -> Self {
        Self { kind: FaultKind::Result, ..Self::connection(format_args!("the answer takes more than {} MB", bytes >> 20)) }
    }

    /// The connection has ended, and its statement with it.
    #[must_use]
    pub fn broken(broken: Broken) -> Self {
        // An answer that is too large is the query's own fault, although the connection is lost with it.
        let kind = match &broken {
            Broken::TooLarge(_) => FaultKind::Result,
            Broken::Ended(word) if word.code == IDLE_SESSION_TIMEOUT => FaultKind::Idle,
            _ => FaultKind::Connection,
        };
        let fate = if matches!(broken, Broken::Ended(_) | Broken::Refused(_)) { Fate::Ended } else { Fate::Lost };
        Self { kind, fate, ..Self::connection(broken) }
    }

    /// Why there is no session.
    #[must_use]
    pub fn login(failure: Failure) -> Self {
        match failure {
            Failure::Broken(broken) => Self { kind: FaultKind::Connection, ..Self::broken(broken) },
            Failure::Driver(error) => {
                // read_only_sql_transaction: before a session is ready, only a trigger can write.
                let triggered = error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| code == "25006");
                let fault = Self::from(error);
                if !triggered {
                    return fault;
                }
                let message = format!(
                    "{} in a login trigger, and transactions of this role are read-only: have it leave this role out, or let a superuser run \
                     ALTER ROLE ... SET event_triggers = off, as deploy/sql/role.sql does",
                    fault.message
                );
                Self { message, ..fault }
            }
        }
    }

    /// No answer within `waited`.
    #[must_use]
    pub fn unanswered(waited: Duration) -> Self {
        let message = format!("no answer within {}", humantime::format_duration(waited));
        Self { kind: FaultKind::Unanswered, fate: Fate::Lost, message, diagnostic: None }
    }

    /// pgvigil panicked while it handled the answer. What is still to come on the connection is unknown.
    #[must_use]
    pub fn panicked() -> Self {
        let message = "pgvigil panicked at it, which is a bug; the log says where".to_owned();
        Self { kind: FaultKind::Panic, fate: Fate::Lost, message, diagnostic: None }
    }

    /// pgvigil stops while a statement runs.
    #[must_use]
    pub fn stopped() -> Self {
        Self { kind: FaultKind::Stopped, fate: Fate::Lost, message: "pgvigil is ending".to_owned(), diagnostic: None }
    }

    /// A fault of the host, which has no connection to lose.
    #[must_use]
    pub fn of_machine(kind: FaultKind, message: &str) -> Self {
        Self { kind, fate: Fate::Usable, message: one_line(message), diagnostic: None }
    }

    /// The answer cannot be published; `diagnostic` says why and where.
    #[must_use]
    pub fn result(diagnostic: Diagnostic) -> Self {
        Self { kind: FaultKind::Result, fate: Fate::Usable, message: diagnostic.message.clone(), diagnostic: Some(Box::new(diagnostic)) }
    }

    /// The place in the file, as `path:line:column`, when there is one.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let diagnostic = self.diagnostic.as_deref()?;
        Some(match &diagnostic.place {
            Some(place) => format!("{}:{}:{}", diagnostic.path, place.line, place.column),
            None => diagnostic.path.clone(),
        })
    }
}

impl From<&PgDatabaseError> for Fault {
    fn from(error: &PgDatabaseError) -> Self {
        // A FATAL error ends the session, whatever its code is.
        let ends = matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic);
        // SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
        let kind = match error.code() {
            IDLE_SESSION_TIMEOUT => FaultKind::Idle,
            _ if ends => FaultKind::Connection,
            "57014" => FaultKind::Timeout,
            "55P03" => FaultKind::Lock,
            "42501" => FaultKind::Denied,
            // The classes transaction rollback, insufficient resources and system error.
            code if ["40", "53", "58"].iter().any(|class| code.starts_with(class)) => FaultKind::Server,
            // feature_not_supported and object_not_in_prerequisite_state, raised by a function that runs. With a position, the parser raised it, and no
            // server accepts the statement.
            "0A000" | "55000" if error.position().is_none() => FaultKind::Unsupported,
            _ => FaultKind::Sql,
        };
        let fate = if ends { Fate::Ended } else { Fate::Usable };
        let hint = error.hint().map(|hint| format!(" (hint: {})", one_line(hint))).unwrap_or_default();
        Self { kind, fate, message: told(error) + &hint, diagnostic: None }
    }
}

/// The server's error message, without its hint.
///
/// DETAIL may name roles and rights, what conflicts with recovery, or how full something is; but in other errors it has values of rows, such as
/// `Key (email)=(...)` or text that is not a number. So DETAIL is only shown for error classes about the server and not about data. HINT is
/// always shown: it says what to do and at most quotes names.
pub fn told(error: &PgDatabaseError) -> String {
    const HARMLESS: [&str; 9] = ["0A000", "55000", "42501", "08", "28", "40", "53", "57", "58"];
    let message = one_line(error.message());
    match error.detail() {
        Some(detail) if HARMLESS.iter().any(|code| error.code().starts_with(code)) => format!("{message}: {}", one_line(detail)),
        _ => message,
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()) {
            Some(error) => error.into(),
            // sqlx adds a prefix of its own to each kind; the cause is clearer.
            None => match error {
                sqlx::Error::Io(cause) => Self::connection(cause),
                // The error's own message names the character.
                sqlx::Error::Configuration(_) => {
                    Self::connection("the user's name or the password has a character that the driver cannot prepare for SCRAM (SASLprep)")
                }
                // The error quotes what the server sent.
                error @ sqlx::Error::Protocol(_) => Self::connection(error),
                // It is unknown what the other errors quote.
                other => Self::connection(cut(&other.to_string())),
            },
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// A message can quote names with line breaks.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
