//! What the processors spend their time on.

use procfs::{FromReadSI as _, KernelStats, current_system_info, ticks_per_second};

use super::error::HostError;
use super::machine::{Identity, Machine};
use super::place::Presence;
use super::reading::{Reading, answer, seconds};

/// Rows of (mode, seconds), summed over all processors since the machine started: user, nice, system, idle, iowait, irq, softirq, steal.
/// Time of guests is within user and nice, as the kernel counts it.
pub fn read(machine: &Machine, _: &Presence) -> Result<Reading, HostError> {
    let time = KernelStats::from_file(machine.proc("stat"), current_system_info())?.total;
    let modes = [
        ("user", Some(time.user)),
        ("nice", Some(time.nice)),
        ("system", Some(time.system)),
        ("idle", Some(time.idle)),
        ("iowait", time.iowait),
        ("irq", time.irq),
        ("softirq", time.softirq),
        ("steal", time.steal),
    ];
    let rows = modes.into_iter().filter_map(|(mode, ticks)| {
        // idle and iowait may fall by a few ticks (Documentation/filesystems/proc.rst).
        let ticks = machine.highest(mode, Identity::default(), ticks?);
        Some([Some(mode.to_owned()), Some(seconds(ticks, ticks_per_second()))])
    });
    Ok(answer(["mode", "seconds"], rows))
}
