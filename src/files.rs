//! Reading an operator's files. Each is a regular file of a bounded size: a device or a pipe could keep a process that runs waiting, or feed it
//! for ever. A byte order mark, which some editors put in front, is no part of what is read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// A configuration: ten thousand servers with several lines each.
pub const CONFIGURATION: u64 = 4 << 20;

/// A query, a certificate with its chain, a key. The largest bundled query has some 20 kB; the authorities that a system trusts, 250 kB.
pub const ORDINARY: u64 = 1 << 20;

/// A password.
pub const PASSWORD: u64 = 64 << 10;

/// Everybody on the machine may read it, as far as its own mode says that.
pub const OTHERS_READ: u32 = 0o004;

/// The same of writing.
pub const OTHERS_WRITE: u32 = 0o002;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Who may change a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writers {
    /// It does not matter here.
    Any,
    /// Not everybody: the file says who gets in, or is believed.
    Some,
}

/// The content of a regular file of at most `limit` bytes.
///
/// # Errors
/// When it cannot be read, is none or is larger; with the way out where the system's words do not tell it.
pub fn read(path: &Path, limit: u64, writers: Writers) -> io::Result<Vec<u8>> {
    let file = open(path, writers)?;
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(io::Error::other(format!("it is larger than {} kB, the limit for such a file: name another one", limit >> 10)));
    }
    if content.starts_with(BYTE_ORDER_MARK) {
        content.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(content)
}

/// The same as text.
///
/// # Errors
/// As [`read`], and when it is not UTF-8.
pub fn read_text(path: &Path, limit: u64, writers: Writers) -> io::Result<String> {
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8: save it as UTF-8");
    String::from_utf8(read(path, limit, writers)?).map_err(not_text)
}

/// Whether this says that a file is not there, or not for this user, and nothing else.
#[must_use]
pub fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::PermissionDenied)
}

/// Whether a file is not there, or not for this user. Nothing but a regular file is opened to find out.
#[must_use]
pub fn is_absent(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(metadata) => metadata.is_file() && File::open(path).is_err_and(|error| is_absence(&error)),
        Err(error) => is_absence(&error),
    }
}

/// Whether its mode has these bits.
#[must_use]
pub fn has_mode(path: &Path, bits: u32) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & bits != 0)
}

fn open(path: &Path, writers: Writers) -> io::Result<File> {
    // Before it is opened, since that alone may do something to a device.
    regular(&fs::metadata(path)?)?;
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    // It may be another one by now.
    let metadata = file.metadata()?;
    regular(&metadata)?;
    if writers == Writers::Some && metadata.mode() & OTHERS_WRITE != 0 {
        return Err(io::Error::other(format!("other users can write it: run `chmod o-w {}`", path.display())));
    }
    Ok(file)
}

fn regular(metadata: &Metadata) -> io::Result<()> {
    let kind = metadata.file_type();
    if kind.is_file() {
        return Ok(());
    }
    if kind.is_dir() {
        return Err(Errno::ISDIR.into());
    }
    let what = if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(io::Error::other(format!("it is {what}, which may be endless: name a regular file")))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_a_regular_file_within_its_bound_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "\u{feff}a: 1\r\n").unwrap();
        assert_eq!(read_text(&path, 10, Writers::Any).unwrap(), "a: 1\r\n");
        let error = |path: &Path, limit| read_text(path, limit, Writers::Any).unwrap_err().to_string();
        assert!(error(&path, 8).contains("larger than"), "the mark counts");
        fs::write(&path, b"\xff").unwrap();
        assert!(error(&path, 9).contains("not UTF-8"));
        assert!(error(folder.path(), 9).contains("Is a directory"));
        assert!(error(Path::new("/dev/zero"), 9).contains("a device"));
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(error(&pipe, 9).contains("a named pipe"), "and nobody has to write into it first");
        // A file of the kernel's says that it has no bytes, and has any number.
        assert!(error(Path::new("/proc/self/maps"), 99).contains("larger than"));
    }

    #[test]
    fn what_everybody_may_write_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "x").unwrap();
        for (mode, is_read, is_open) in [(0o600, true, false), (0o664, true, true), (0o666, false, true), (0o602, false, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let result = read(&path, 9, Writers::Some);
            assert_eq!(result.is_ok(), is_read, "{mode:o}: {result:?}");
            assert!(result.map_or_else(|error| error.to_string().contains("chmod o-w"), |_| true));
            assert!(read(&path, 9, Writers::Any).is_ok());
            assert_eq!(has_mode(&path, OTHERS_READ), is_open, "{mode:o}");
        }
    }
}
