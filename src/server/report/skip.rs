//! Why a query does not run on a server.

use std::fmt;

use super::part::Absent;
use crate::host::Absence;
use crate::query::need::Need;
use crate::query::version::Version;
use crate::query::{Query, Role};

/// Why a query does not run on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// The query is disabled.
    Disabled,
    /// All that the query exports here is detail, which the configuration does not ask for.
    Detail,
    /// The query is for the other role.
    Role(Role),
    /// The query does not cover this version.
    Version(Version),
    /// Something that the query needs is missing.
    Need(Need),
    /// A part of the facts that decides on the query could not be read.
    Unknown(Absent),
    /// The host has nothing for it.
    Host(Absence),
    /// The server does not support a part of it, or not in its current state; has the server's message.
    Unsupported(String),
    /// The query runs as the reader, and the server has none configured.
    Reader,
    /// The query would plan on, read or call something that an untrusted role owns.
    Untrusted(Untrusted),
    /// A lock that a login would wait for is held or awaited in its database. Its samples stay until they are stale.
    Locked,
    /// Its database refuses the login, although the server does not; has the server's message. Its samples stay until they are stale.
    Refused(String),
    /// There was no time for it, and its last answer has become too old.
    Crowded,
    /// The name of the database is not UTF-8.
    Name,
    /// It runs, without tables that are too large to be copied; has their names and the way out.
    Large(String),
}

/// Something that pgvigil does not use because its owner, or that of its schema, is neither a superuser nor one of the server's `trusted_roles`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untrusted {
    /// What it is and who owns it, in one line.
    pub what: String,
    /// The statement or the setting that fixes it.
    pub remedy: String,
}

impl Skip {
    /// Why a query runs nowhere, if the configuration wants that.
    #[must_use]
    pub fn by_choice(query: &Query) -> Option<Self> {
        if query.enabled { Some(Self::Detail).filter(|_| !query.runs()) } else { Some(Self::Disabled) }
    }

    /// Whether the configuration wants it so, and nothing is missing.
    #[must_use]
    pub const fn is_choice(&self) -> bool {
        matches!(self, Self::Disabled | Self::Detail)
    }

    /// The value of the label `reason`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Detail => "detail",
            Self::Role(_) => "role",
            Self::Version(_) => "version",
            Self::Need(Need::Extension(_)) => "extension",
            Self::Need(Need::Setting(..)) => "setting",
            Self::Need(Need::Table(_)) => "relation",
            Self::Need(Need::Function(..)) => "function",
            Self::Need(Need::Role(_) | Need::Superuser)
            | Self::Host(Absence::Denied(_))
            | Self::Unknown(Absent { is_denied: true, .. }) => "privilege",
            Self::Host(Absence::User(_)) => "os_user",
            Self::Unknown(_) => "facts",
            Self::Host(Absence::Remote(_)) => "remote",
            Self::Host(Absence::Unsupported(_)) | Self::Unsupported(_) => "unsupported",
            Self::Reader => "reader",
            Self::Untrusted(_) => "untrusted",
            Self::Locked => "locked",
            Self::Refused(_) => "refused",
            Self::Crowded => "crowded",
            Self::Name => "name",
            Self::Large(_) => "large",
        }
    }
}

impl From<&Absent> for Skip {
    fn from(absent: &Absent) -> Self {
        Self::Unknown(absent.clone())
    }
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => f.write_str("switched off"),
            Self::Detail => f.write_str("detail, which `detail` in the configuration turns on"),
            Self::Role(role) => write!(f, "only on a {}", role.as_str()),
            Self::Version(version) => write!(f, "not for version {version}"),
            Self::Need(need) => write!(f, "needs {need}"),
            Self::Unknown(absent) => absent.fmt(f),
            Self::Host(absence) => absence.fmt(f),
            Self::Unsupported(refusal) => write!(f, "the server does not support it: {refusal}"),
            Self::Reader => f.write_str("runs as the reader, and `reader` of the server is not configured"),
            Self::Untrusted(untrusted) => f.write_str(&untrusted.what),
            Self::Locked => f.write_str("a lock on the catalogues of this database is held or awaited"),
            Self::Refused(why) => write!(f, "the database refuses the login: {why}"),
            Self::Crowded => f.write_str("other queries leave it no time, and its last answer is too old"),
            Self::Large(left_out) => f.write_str(left_out),
            Self::Name => f.write_str("the name of the database is not UTF-8, so that pgvigil cannot connect to it"),
        }
    }
}
