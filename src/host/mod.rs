//! The machine, where the exporter sits beside the server: file systems, disks, processors, memory, and the server's processes.
//!
//! A query of scope `host` is `SHOW NAME` of one of the [`TABLES`]. Each is read from what the kernel tells ([`machine`]) for one server,
//! of which [`place`] knows whether it is here at all, and [`directories`] on which file systems its files are. [`server::machine`](crate::server::machine)
//! reads them on time.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`place`] | whether the server is on this machine |
//! | [`machine`] | what is read of the kernel, and remembered between two reads |
//! | [`reading`] | a table as it was read |
//! | [`error`] | why there is none |
//! | [`directories`] | the server's directories |
//! | [`mounts`] | what is mounted where |
//! | [`filesystems`] | their room |
//! | [`disks`] | their disks |
//! | [`cpu`] | time of the processors |
//! | [`load`] | how many want to work |
//! | [`memory`] | memory of the machine |
//! | [`pressure`] | pressure stall information |
//! | [`processes`] | what the server's processes use |

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
mod reading;

pub use error::{Absence, HostError};
pub use machine::Machine;
pub use place::{Presence, Whereabouts};
pub use reading::Reading;

use crate::settings::Host;

/// Reads one table of a server.
pub type Read = fn(&Machine, &Presence) -> Result<Reading, HostError>;

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

/// Reads a table of the server that the configuration and what it says of itself speak of.
///
/// # Errors
/// When there is none for it, or reading went wrong.
pub fn look(machine: &Machine, read: Read, configured: Option<&Host>, told: Option<&Whereabouts>) -> Result<Reading, HostError> {
    read(machine, &place::find(machine, configured, told)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_found_by_name() {
        assert!(table("CPU").is_some() && table("filesystems").is_some() && table("users").is_none());
    }
}
