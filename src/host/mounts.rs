//! What is mounted where.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use procfs::process::{MountInfo, MountInfos};
use procfs::{FromRead as _, ProcResult};

/// One line of `mountinfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Where.
    pub point: PathBuf,
    /// The directory of the file system that is seen there; not `/` for a bind mount or a subvolume.
    pub root: PathBuf,
    /// Major and minor number of the device. Major 0 is no device: tmpfs, overlay, NFS, btrfs.
    pub device: (u32, u32),
    /// What is mounted, in the words of who mounted it.
    pub source: OsString,
    /// The type of the file system.
    pub fstype: String,
}

/// Reads a `mountinfo`.
pub fn read(path: &Path) -> ProcResult<Vec<Mount>> {
    Ok(MountInfos::from_file(path)?.into_iter().map(Mount::from).collect())
}

/// The mount that holds a path without symbolic links: the one of the longest prefix, and of several there the last, which lies over the
/// others.
#[must_use]
pub fn holding<'m>(mounts: &'m [Mount], path: &Path) -> Option<&'m Mount> {
    mounts.iter().filter(|mount| path.starts_with(&mount.point)).max_by_key(|mount| mount.point.components().count())
}

impl Mount {
    /// The place of a path that it holds, in words that mean the same in every mount namespace: the device, and the way from the file
    /// system's own root.
    #[must_use]
    pub fn place(&self, path: &Path) -> ((u32, u32), PathBuf) {
        (self.device, self.root.join(path.strip_prefix(&self.point).unwrap_or(path)))
    }
}

impl From<MountInfo> for Mount {
    fn from(info: MountInfo) -> Self {
        let (major, minor) = info.majmin.split_once(':').unwrap_or_default();
        Self {
            point: unescape(info.mount_point.as_os_str().as_bytes()).into(),
            root: unescape(info.root.as_bytes()).into(),
            device: (major.parse().unwrap_or_default(), minor.parse().unwrap_or_default()),
            source: unescape(info.mount_source.unwrap_or_else(|| "none".to_owned()).as_bytes()),
            fstype: info.fs_type,
        }
    }
}

/// The kernel writes blank, tab, line end and backslash as a backslash and three octal digits.
fn unescape(text: &[u8]) -> OsString {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, more)) = rest.split_first() {
        let octal = more.get(..3).and_then(|digits| std::str::from_utf8(digits).ok()).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let (b'\\', Some(byte)) = (first, octal) {
            out.push(byte);
            rest = &more[3..];
        } else {
            out.push(*first);
            rest = more;
        }
    }
    OsString::from_vec(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTINFO: &str = "\
22 28 0:21 / /proc rw,nosuid - proc proc rw
28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 28 254:2 / /srv rw - xfs /dev/vdb rw
31 30 0:44 /@data /srv/my\\040data rw,relatime - btrfs /dev/vdc rw,subvol=/@data
32 28 254:1 /var/lib/pg /mnt rw - ext4 /dev/vda1 rw
33 28 0:50 / /mnt rw - tmpfs none rw,size=4k
";

    fn mounts() -> Vec<Mount> {
        MountInfos::from_read(MOUNTINFO.as_bytes()).unwrap().into_iter().map(Mount::from).collect()
    }

    #[test]
    fn finds_the_mount_of_a_path() {
        let mounts = mounts();
        let held = |path: &str| holding(&mounts, Path::new(path)).map(|mount| (mount.source.to_str().unwrap(), mount.fstype.as_str()));
        assert_eq!(held("/srvx/pg"), Some(("/dev/vda1", "ext4")), "a prefix of letters is none of directories");
        assert_eq!(held("/srv/pg"), Some(("/dev/vdb", "xfs")));
        assert_eq!(held("/srv/my data/18"), Some(("/dev/vdc", "btrfs")));
        assert_eq!(held("/mnt"), Some(("none", "tmpfs")), "the later mount lies over the earlier");
    }

    #[test]
    fn the_same_place_is_the_same_in_another_namespace() {
        let mounts = mounts();
        let path = Path::new("/mnt/base");
        assert_eq!(mounts[4].place(path), ((254, 1), "/var/lib/pg/base".into()));
        let outside = Path::new("/var/lib/pg/base");
        assert_eq!(holding(&mounts, outside).unwrap().place(outside), mounts[4].place(path));
        assert_eq!(mounts[3].place(Path::new("/srv/my data")), ((0, 44), "/@data/".into()));
    }

    #[test]
    fn reads_what_the_kernel_escapes() {
        assert_eq!(unescape(b"a\\040b\\134\\011"), "a b\\\t");
        assert_eq!(unescape(b"a\\04"), "a\\04");
    }
}
