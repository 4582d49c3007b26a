//! Room on the file systems of the server's directories.

use super::directories::locate;
use super::error::HostError;
use super::machine::Machine;
use super::place::Presence;
use super::reading::{Reading, answer, raw};

/// Rows of (mountpoint, device, fstype, size, free, avail, files, `files_free`), in bytes and inodes: one for each mount that holds a
/// directory of the server. No number of inodes where the file system has no fixed one.
pub fn read(machine: &Machine, place: &Presence) -> Result<Reading, HostError> {
    let (found, mut left_out) = locate(machine, place)?;
    let mut seen = Vec::new();
    let mut rows = Vec::new();
    for it in found {
        if seen.contains(&it.mount.point) {
            continue;
        }
        // Of the directory, not of the mount point, which pgvigil may not be allowed to reach.
        let stat = match rustix::fs::statvfs(&it.path) {
            Ok(stat) => stat,
            Err(error) => {
                left_out.push(HostError::Failed(format!("{}: {error}", it.path.display())));
                continue;
            }
        };
        let bytes = |blocks: u64| raw(blocks.saturating_mul(stat.f_frsize).to_string());
        let inodes = |count: u64| raw(count.to_string()).filter(|_| stat.f_files > 0);
        rows.push([
            raw(it.mount.point.clone()),
            raw(it.mount.source),
            raw(it.mount.fstype),
            bytes(stat.f_blocks),
            bytes(stat.f_bfree),
            bytes(stat.f_bavail),
            inodes(stat.f_files),
            inodes(stat.f_ffree),
        ]);
        seen.push(it.mount.point);
    }
    match left_out.first() {
        Some(first) if rows.is_empty() => Err(first.clone()),
        _ => Ok(Reading { left_out, ..answer(["mountpoint", "device", "fstype", "size", "free", "avail", "files", "files_free"], rows) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::error::Absence;
    use crate::host::place::{Directory, DirectoryKind};

    #[test]
    fn directories_on_one_mount_are_one_row() {
        let folder = tempfile::tempdir().unwrap();
        let directory = |name: &str, path: &str| Directory {
            kind: DirectoryKind::Tablespace(name.into()),
            path: folder.path().join(path),
            configured: false,
        };
        let directories = Ok(vec![directory("a", ""), directory("b", "."), directory("c", "gone")]);
        let place = Presence { postmaster: Err(Absence::Remote(String::new())), directories };
        let reading = read(&Machine::default(), &place).unwrap();
        assert_eq!((reading.answer.rows.len(), reading.left_out.len()), (1, 1));
        let number =
            |column: usize| std::str::from_utf8(reading.answer.rows[0][column].as_deref().unwrap()).unwrap().parse::<u64>().unwrap();
        let (size, free, avail) = (number(3), number(4), number(5));
        assert!(size >= free && free >= avail && avail > 0, "{size} {free} {avail}");
    }
}
