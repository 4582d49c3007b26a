//! The parts of a server's [facts](crate::server::work::facts). Each can be read by a statement of its own, and can be missing alone.

use std::fmt;

/// A part of the facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Version, login role, database, encoding. Nothing can be planned without them, so a server that refuses them has no facts.
    Identity,
    /// Whether the server is a standby.
    Recovery,
    /// When the server was started.
    Start,
    /// The backend of the session.
    Process,
    /// The client port of the session.
    Client,
    /// The data directory.
    Directory,
    /// The tablespaces outside the data directory.
    Tablespaces,
    /// The roles that the login role is a member of.
    Roles,
    /// The settings that queries need.
    Settings,
    /// The extensions of the database.
    Extensions,
    /// The extension objects that queries use, and their owners.
    Members,
    /// The tables and functions that queries need.
    Objects,
    /// The databases.
    Databases,
}

impl Part {
    /// All parts, in the order in which they are asked.
    pub const ALL: [Self; 13] = [
        Self::Identity,
        Self::Recovery,
        Self::Start,
        Self::Process,
        Self::Client,
        Self::Directory,
        Self::Tablespaces,
        Self::Roles,
        Self::Settings,
        Self::Extensions,
        Self::Members,
        Self::Objects,
        Self::Databases,
    ];
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "the version, the login role and the database",
            Self::Recovery => "whether the server is a standby",
            Self::Start => "when the server was started",
            Self::Process => "which process serves the session",
            Self::Client => "the port of the session's client",
            Self::Directory => "the data directory",
            Self::Tablespaces => "the tablespaces",
            Self::Roles => "the roles of the login role",
            Self::Settings => "the settings that queries need",
            Self::Extensions => "the extensions of the database",
            Self::Members => "the objects of extensions",
            Self::Objects => "the tables and functions that queries need",
            Self::Databases => "the list of databases",
        })
    }
}

/// A part that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absent {
    /// The part.
    pub part: Part,
    /// Whether a privilege is missing. Otherwise the server could not read the part.
    pub is_denied: bool,
    /// The server's error message.
    pub why: String,
    /// The statements that grant it, if known, for the database in which the part was read.
    pub grants: Vec<String>,
}

impl fmt::Display for Absent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be read: {}", self.part, self.why)?;
        self.grants.iter().try_for_each(|grant| write!(f, "; {grant}"))
    }
}
