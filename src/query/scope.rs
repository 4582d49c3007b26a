//! Where a query runs, on which role of a server, at what cost, and what its version ranges count.

/// Where a query runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Once for the server, in the database that the configuration names.
    Server,
    /// In every discovered database; its samples bear `datname`.
    Database,
    /// On the console of each `PgBouncer`.
    PgBouncer,
    /// On the machine, where the exporter sits beside the server.
    Host,
}

/// On which role of a server a query runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// On both.
    Any,
    /// Only where `pg_is_in_recovery()` is false.
    Primary,
    /// Only where `pg_is_in_recovery()` is true.
    Standby,
}

/// How much of the server's CPU one run takes in a database of 10,000 tables with 20,000 indexes, over a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// Less than 25 ms.
    Low,
    /// Less than 250 ms; it grows with the number of tables or of files.
    Medium,
    /// More, or it reads tables: off by default.
    High,
}

/// What the version ranges of a file count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// The version of what is asked: the server's major, or `PgBouncer`'s.
    Server,
    /// The installed version of this extension, which `pg_upgrade` leaves behind the server's.
    Extension(String),
}

impl Scope {
    /// As a query file writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Database => "database",
            Self::PgBouncer => "pgbouncer",
            Self::Host => "host",
        }
    }

    /// Whether its bodies are SQL, whose aliases are the names; else they are `SHOW NAME`, and the declarations name the columns.
    #[must_use]
    pub const fn is_sql(self) -> bool {
        matches!(self, Self::Server | Self::Database)
    }
}

impl Cost {
    /// As a query file writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Role {
    /// As a query file writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }

    /// Whether a server can be in both at once.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }
}
