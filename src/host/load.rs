//! How many want to work, and how many processors there are for them.

use procfs::{FromRead as _, FromReadSI as _, KernelStats, LoadAverage, current_system_info};

use super::error::HostError;
use super::machine::Machine;
use super::place::Presence;
use super::reading::{Reading, answer};

/// One row of (load1, load5, load15, cpus, running, blocked).
pub fn read(machine: &Machine, _: &Presence) -> Result<Reading, HostError> {
    let load = LoadAverage::from_file(machine.proc("loadavg"))?;
    let stat = KernelStats::from_file(machine.proc("stat"), current_system_info())?;
    let row = [
        Some(load.one.to_string()),
        Some(load.five.to_string()),
        Some(load.fifteen.to_string()),
        Some(stat.cpu_time.len().to_string()),
        stat.procs_running.map(|count| count.to_string()),
        stat.procs_blocked.map(|count| count.to_string()),
    ];
    Ok(answer(["load1", "load5", "load15", "cpus", "running", "blocked"], [row]))
}
