//! The disks that the server's directories are on.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use procfs::{DiskStats, FromRead as _};

use super::directories::locate;
use super::error::{Absence, HostError};
use super::machine::Machine;
use super::place::Presence;
use super::reading::{Reading, answer, seconds};

/// The unit of the kernel's counts, whatever the disk's own sectors are (Documentation/admin-guide/iostats.rst).
const SECTOR: u64 = 512;

/// Rows of (device, reads, `read_bytes`, `read_seconds`, writes, `written_bytes`, `write_seconds`, `io_now`, `io_seconds`, `weighted_seconds`,
/// flushes, `flush_seconds`), since the machine started: one for each whole disk below the file systems.
pub fn read(machine: &Machine, place: &Presence) -> Result<Reading, HostError> {
    let (found, left_out) = locate(machine, place)?;
    let mut disks = BTreeSet::new();
    for it in &found {
        let (major, minor) = it.mount.device;
        add_disks(&machine.sys(format!("dev/block/{major}:{minor}")), &mut disks);
    }
    if disks.is_empty() {
        let types: BTreeSet<&str> = found.iter().map(|it| it.mount.fstype.as_str()).collect();
        let types = types.into_iter().collect::<Vec<_>>().join(", ");
        return Err(Absence::Unsupported(format!("the kernel names no disk below the file systems of the server ({types})")).into());
    }
    let stats = DiskStats::from_file(machine.proc("diskstats"))?.0;
    let rows = stats.into_iter().filter(|disk| disks.contains(&format!("{}:{}", disk.major, disk.minor))).map(|disk| {
        let milliseconds = |count| Some(seconds(count, 1000));
        let bytes = |sectors: u64| Some(sectors.saturating_mul(SECTOR).to_string());
        [
            Some(disk.name),
            Some(disk.reads.to_string()),
            bytes(disk.sectors_read),
            milliseconds(disk.time_reading),
            Some(disk.writes.to_string()),
            bytes(disk.sectors_written),
            milliseconds(disk.time_writing),
            Some(disk.in_progress.to_string()),
            milliseconds(disk.time_in_progress),
            milliseconds(disk.weighted_time_in_progress),
            disk.flushes.map(|count| count.to_string()),
            disk.time_flushing.and_then(milliseconds),
        ]
    });
    let columns = [
        "device",
        "reads",
        "read_bytes",
        "read_seconds",
        "writes",
        "written_bytes",
        "write_seconds",
        "io_now",
        "io_seconds",
        "weighted_seconds",
        "flushes",
        "flush_seconds",
    ];
    Ok(Reading { left_out, ..answer(columns, rows) })
}

/// Adds the whole disks below the block device at `path` in `/sys`, as `major:minor`: a partition is of the disk whose folder it is in, and
/// a mapped device or a RAID stands on others. Nothing for what is no block device.
fn add_disks(path: &Path, disks: &mut BTreeSet<String>) {
    let Ok(mut device) = path.canonicalize() else { return };
    if device.join("partition").exists() {
        device.pop();
    }
    let below: Vec<_> = fs::read_dir(device.join("slaves")).into_iter().flatten().filter_map(Result::ok).collect();
    if below.is_empty() {
        disks.extend(fs::read_to_string(device.join("dev")).map(|number| number.trim().to_owned()));
    }
    for entry in below {
        add_disks(&entry.path(), disks);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// `/sys` of a machine with a disk `sda` in two partitions, a disk `sdb`, and a volume `dm-0` on `sda2` and `sdb`.
    fn sys() -> tempfile::TempDir {
        let sys = tempfile::tempdir().unwrap();
        let device = |path: &str, number: &str| {
            let folder = sys.path().join("devices").join(path);
            fs::create_dir_all(folder.join("slaves")).unwrap();
            fs::write(folder.join("dev"), format!("{number}\n")).unwrap();
            fs::create_dir_all(sys.path().join("dev/block")).unwrap();
            symlink(&folder, sys.path().join("dev/block").join(number)).unwrap();
            folder
        };
        device("sda", "8:0");
        for (partition, number) in [("sda/sda1", "8:1"), ("sda/sda2", "8:2")] {
            fs::write(device(partition, number).join("partition"), "1\n").unwrap();
        }
        device("sdb", "8:16");
        let volume = device("dm-0", "253:0");
        symlink(sys.path().join("devices/sda/sda2"), volume.join("slaves/sda2")).unwrap();
        symlink(sys.path().join("devices/sdb"), volume.join("slaves/sdb")).unwrap();
        sys
    }

    #[test]
    fn finds_the_whole_disks_below() {
        let sys = sys();
        let below = |number: &str| {
            let mut disks = BTreeSet::new();
            add_disks(&sys.path().join("dev/block").join(number), &mut disks);
            disks.into_iter().collect::<Vec<_>>()
        };
        assert_eq!(below("8:0"), ["8:0"]);
        assert_eq!(below("8:1"), ["8:0"]);
        assert_eq!(below("253:0"), ["8:0", "8:16"]);
        assert!(below("0:44").is_empty(), "tmpfs is no block device");
    }
}
