//! Why a table of the machine cannot be had.

use procfs::ProcError;

/// Why there is no table: either there is nothing to read, or it could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// There is nothing for this server.
    #[error(transparent)]
    Absent(#[from] Absence),
    /// Reading went wrong.
    #[error("{0}")]
    Failed(String),
}

/// Why there is nothing for a server, with the way out where there is one. Nothing is amiss with the machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Absence {
    /// The server, or a part of it, is not where pgvigil can see it.
    #[error("{0}")]
    Remote(String),
    /// The server does not tell pgvigil's database role where it is.
    #[error("{0}")]
    Denied(String),
    /// It is here, and the user of this machine that pgvigil runs as may not see it. No GRANT helps.
    #[error("for pgvigil's user on this machine, not its database role: {0}")]
    User(String),
    /// This machine has no such thing.
    #[error("{0}")]
    Unsupported(String),
}

impl From<ProcError> for HostError {
    fn from(error: ProcError) -> Self {
        Self::Failed(error.to_string())
    }
}
