//! What can go wrong between pgvigil and a server, told apart by what it means for the connection and for the operator.

use std::fmt;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use crate::diagnostic::Diagnostic;
use crate::document::mask::cut;
use crate::wire::{Broken, Failure};

/// The SQLSTATE of a session that had nothing to do for too long.
const IDLE_SESSION_TIMEOUT: &str = "57P05";

/// One failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which kind, as the label `kind` says it.
    pub kind: FaultKind,
    /// What it leaves of the connection.
    pub fate: Fate,
    /// What happened, in one line.
    pub message: String,
    /// The place in the query's file, when it is the file's fault.
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
    /// The server could not: it was short of memory or disk, or replay on a standby, a deadlock or an I/O error was in the way.
    Server,
    /// The server refused what a part of the statement does: it does not have that, or not in the state that it is in. No fault of the file's,
    /// and nothing is wrong: it is a reason to leave the query out, and to ask again now and then.
    Unsupported,
    /// The server refused the statement for another reason.
    Sql,
    /// The answer cannot be published: types, duplicates, values.
    Result,
    /// What the kernel tells of the machine could not be read.
    Read,
    /// There is no connection, or it broke.
    Connection,
    /// The server has ended the session, as it is told to when nothing is asked for a while. It was pgvigil that stood still.
    Idle,
    /// The server did not answer although its own timeout had passed.
    Unanswered,
    /// A bug in pgvigil.
    Panic,
    /// pgvigil is ending.
    Stopped,
}

/// What a failure leaves of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It can be used again.
    Usable,
    /// It is of no more use.
    Lost,
    /// The server has ended it, and said why.
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

    /// There is no room for an answer of which so much has come. The rest is not waited for.
    #[must_use]
    pub fn too_large(bytes: usize) -> Self {
        Self { kind: FaultKind::Result, ..Self::connection(format_args!("the answer takes more than {} MB", bytes >> 20)) }
    }

    /// The connection was ended, and with it the statement.
    #[must_use]
    pub fn broken(broken: Broken) -> Self {
        // An answer that is too large is the query's own matter, though the connection is lost with it.
        let kind = match &broken {
            Broken::TooLarge(_) => FaultKind::Result,
            Broken::Ended(word) if word.code == IDLE_SESSION_TIMEOUT => FaultKind::Idle,
            _ => FaultKind::Connection,
        };
        let fate = if matches!(broken, Broken::Ended(_) | Broken::Refused(_)) { Fate::Ended } else { Fate::Lost };
        Self { kind, fate, ..Self::connection(broken) }
    }

    /// There is no session, and this is why.
    #[must_use]
    pub fn login(failure: Failure) -> Self {
        match failure {
            Failure::Broken(broken) => Self { kind: FaultKind::Connection, ..Self::broken(broken) },
            Failure::Driver(error) => {
                // read_only_sql_transaction: nothing is written before a session is ready, but by a trigger.
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

    /// pgvigil panicked at its work on the answer. What of it is still to come on the connection nobody knows.
    #[must_use]
    pub fn panicked() -> Self {
        let message = "pgvigil panicked at it, which is a bug; the log says where".to_owned();
        Self { kind: FaultKind::Panic, fate: Fate::Lost, message, diagnostic: None }
    }

    /// pgvigil ends while a statement runs.
    #[must_use]
    pub fn stopped() -> Self {
        Self { kind: FaultKind::Stopped, fate: Fate::Lost, message: "pgvigil is ending".to_owned(), diagnostic: None }
    }

    /// The machine, which has no connection that could suffer.
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
        // A FATAL error ends the session, whatever its code.
        let ends = matches!(error.severity(), PgSeverity::Fatal | PgSeverity::Panic);
        // SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
        let kind = match error.code() {
            IDLE_SESSION_TIMEOUT => FaultKind::Idle,
            _ if ends => FaultKind::Connection,
            "57014" => FaultKind::Timeout,
            "55P03" => FaultKind::Lock,
            "42501" => FaultKind::Denied,
            // Of the classes transaction rollback, insufficient resources and system error.
            code if ["40", "53", "58"].iter().any(|class| code.starts_with(class)) => FaultKind::Server,
            // feature_not_supported and object_not_in_prerequisite_state, as a function says it that runs. With a position it is the parser that
            // says it, of a statement that no server takes.
            "0A000" | "55000" if error.position().is_none() => FaultKind::Unsupported,
            _ => FaultKind::Sql,
        };
        let fate = if ends { Fate::Ended } else { Fate::Usable };
        let hint = error.hint().map(|hint| format!(" (hint: {})", one_line(hint))).unwrap_or_default();
        Self { kind, fate, message: told(error) + &hint, diagnostic: None }
    }
}

/// What the server says, without its hint.
///
/// DETAIL names roles and rights, what is in the way of a recovery or how full something is, and in other errors values of rows, such as
/// `Key (email)=(...)` or the text that is no number. So it is told of those kinds alone that speak of the server and not of data. A HINT is
/// always told: it says what to do and quotes names at most.
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
            // sqlx prefixes each kind with words of its own; the cause says it better.
            None => match error {
                sqlx::Error::Io(cause) => Self::connection(cause),
                // Its own message names the character.
                sqlx::Error::Configuration(_) => {
                    Self::connection("the user's name or the password has a character that the driver cannot prepare for SCRAM (SASLprep)")
                }
                // It quotes what the server sent.
                error @ sqlx::Error::Protocol(_) => Self::connection(error),
                // Of the rest nobody knows what they quote.
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

/// A message can quote names with line ends in them.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
