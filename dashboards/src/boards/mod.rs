//! The boards, one file each.

mod connections;
mod exporter;
mod fleet;
mod host;
mod io;
mod maintenance;
mod overview;
mod pools;
mod queries;
mod replication;
mod storage;

use crate::board::Board;

/// All of them, in the order in which one looks at them.
#[must_use]
pub fn all() -> Vec<Board> {
    vec![
        fleet::board(),
        overview::board(),
        connections::board(),
        queries::board(),
        io::board(),
        replication::board(),
        storage::board(),
        maintenance::board(),
        pools::board(),
        host::board(),
        exporter::board(),
    ]
}
