//! The machine, where the exporter sits beside the server: file systems, disks, processors, memory, and the server's processes.
//!
//! A query of scope `host` is `SHOW NAME` of one of the [`TABLES`]. Each is read from what the kernel tells ([`machine`]) for one server,
//! of which [`place`] knows whether it is here at all, and [`directories`] on which file systems its files are. [`target::host`](crate::target::host)
//! reads them on time.

pub mod cpu;
pub mod directories;
pub mod disks;
pub mod error;
pub mod filesystems;
pub mod load;
pub mod machine;
pub mod memory;
pub mod mounts;
pub mod place;
pub mod pressure;
pub mod processes;

pub use error::{Absence, HostError};
pub use machine::Machine;
pub use place::Place;

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use crate::expose::answer::Answer;
use crate::settings::Host;
use crate::target::facts::Facts;

/// What a read has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The table.
    pub answer: Answer,
    /// Directories that are not in it, and why.
    pub left_out: Vec<HostError>,
}

/// Reads one table of a server.
pub type Read = fn(&Machine, &Place) -> Result<Reading, HostError>;

/// All tables by name; their columns are documented in `queries/README.md`.
pub const TABLES: [(&str, Read); 9] = [
    ("cpu", cpu::read),
    ("directories", directories::read),
    ("disks", disks::read),
    ("filesystems", filesystems::read),
    ("load", load::read),
    ("memory", memory::read),
    ("pressure", pressure::read),
    ("process_io", processes::read_io),
    ("processes", processes::read),
];

/// The table of this name, in whatever case.
#[must_use]
pub fn table(name: &str) -> Option<Read> {
    TABLES.iter().find(|(table, _)| table.eq_ignore_ascii_case(name)).map(|(_, read)| *read)
}

/// Reads a table of the server that the configuration and the `facts` speak of.
///
/// # Errors
/// When there is none for it, or reading went wrong.
pub fn look(machine: &Machine, read: Read, configured: Option<&Host>, facts: Option<&Facts>) -> Result<Reading, HostError> {
    read(machine, &place::find(machine, configured, facts)?)
}

/// A table whose rows have as many cells as it has columns.
fn answer<const N: usize, C: Into<Vec<u8>>>(columns: [&'static str; N], rows: impl IntoIterator<Item = [Option<C>; N]>) -> Reading {
    let columns = columns.into_iter().map(Into::into).collect();
    let rows = rows.into_iter().map(|row| row.into_iter().map(|cell| cell.map(Into::into)).collect()).collect();
    Reading { answer: Answer { columns, rows }, left_out: Vec::new() }
}

/// A path or a name as the kernel has it, which need not be UTF-8.
#[expect(clippy::unnecessary_wraps, reason = "a cell of a table, as the others are")]
fn raw(name: impl Into<OsString>) -> Option<Vec<u8>> {
    Some(name.into().into_vec())
}

/// A count of parts of a second as seconds, without the detour over a fraction that cannot hold it.
fn seconds(count: u64, per_second: u64) -> String {
    let per_second = per_second.max(1);
    let micros = u128::from(count % per_second) * 1_000_000 / u128::from(per_second);
    format!("{}.{micros:06}", count / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        assert_eq!(seconds(0, 100), "0.000000");
        assert_eq!(seconds(12_345, 100), "123.450000");
        assert_eq!(seconds(u64::MAX, 1_000_000), "18446744073709.551615");
    }

    #[test]
    fn tables_are_found_by_name() {
        assert!(table("CPU").is_some() && table("filesystems").is_some() && table("users").is_none());
    }
}
