//! Where a server's files are on this machine, for those who know better than what can be found out.

use crate::document::table::{Entry, Table};
use std::path::PathBuf;

/// The server's directories as pgvigil sees them. Who names them says that the server is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// The data directory.
    pub data_directory: PathBuf,
    /// The write-ahead log; none for `pg_wal` in the data directory.
    pub wal_directory: Option<PathBuf>,
}

impl Host {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let data_directory = table.require("data_directory", "run SHOW data_directory on the server").and_then(Entry::file);
        let wal_directory = table.take("wal_directory").and_then(Entry::file);
        table.finish();
        Some(Self { data_directory: data_directory?, wal_directory })
    }
}
