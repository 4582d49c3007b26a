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
    /// It is here, and pgvigil may not see it.
    #[error("{0}")]
    Denied(String),
    /// This machine has no such thing.
    #[error("{0}")]
    Unsupported(String),
}

impl From<ProcError> for HostError {
    fn from(error: ProcError) -> Self {
        Self::Failed(error.to_string())
    }
}
