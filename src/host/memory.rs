//! Memory of the machine.

use procfs::{FromRead as _, Meminfo};

use super::error::HostError;
use super::machine::Machine;
use super::place::Presence;
use super::reading::{Reading, answer};

/// One row of the counts in `/proc/meminfo` that matter to a database, in bytes.
pub fn read(machine: &Machine, _: &Presence) -> Result<Reading, HostError> {
    let memory = Meminfo::from_file(machine.proc("meminfo"))?;
    let huge_pages = |count: Option<u64>| Some(count?.saturating_mul(memory.hugepagesize?));
    let columns = [
        ("total", Some(memory.mem_total)),
        ("free", Some(memory.mem_free)),
        ("available", memory.mem_available),
        ("buffers", Some(memory.buffers)),
        ("cached", Some(memory.cached)),
        ("shmem", memory.shmem),
        ("dirty", Some(memory.dirty)),
        ("writeback", Some(memory.writeback)),
        ("page_tables", memory.page_tables),
        ("commit_limit", memory.commit_limit),
        ("committed", Some(memory.committed_as)),
        ("huge_pages_total", huge_pages(memory.hugepages_total)),
        ("huge_pages_free", huge_pages(memory.hugepages_free)),
        ("huge_pages_reserved", huge_pages(memory.hugepages_rsvd)),
        ("swap_total", Some(memory.swap_total)),
        ("swap_free", Some(memory.swap_free)),
    ];
    Ok(answer(columns.map(|(name, _)| name), [columns.map(|(_, bytes)| bytes.map(|bytes| bytes.to_string()))]))
}
