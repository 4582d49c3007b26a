//! File systems for a test. Mounting takes root; who is not says so and goes without.

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use super::{process, project};

/// A mount. The program behind it takes it down when its input ends, so also when the tests are killed.
pub struct Mount {
    program: Child,
    input: Option<ChildStdin>,
}

/// An empty disk in memory, in a folder of its own, where any server of the tests may have a tablespace. To be kept longer than the server.
pub struct Disk {
    _mount: Mount,
    folder: TempDir,
}

impl Disk {
    pub fn new(megabytes: u32) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("its own folder");
        let mount = Mount::in_memory(folder.path(), &format!("size={megabytes}m"))?;
        Some(Self { _mount: mount, folder })
    }

    /// Without symbolic links.
    pub fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there")
    }
}

impl Mount {
    /// An empty one in memory that belongs to the server's user and has room for so many files.
    pub fn tmpfs_with_files(at: &Path, megabytes: u32, files: u32) -> Option<Self> {
        Self::in_memory(at, &format!("size={megabytes}m,nr_inodes={files}"))
    }

    fn in_memory(at: &Path, size: &str) -> Option<Self> {
        let options = format!("{size},mode=700,uid={}", process::id("-u postgres"));
        let script = r#"mount -t tmpfs -o "$2" pgvigil "$1" && echo up && cat >/dev/null; umount -l "$1""#;
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(at).arg(options);
        Self::of(command)
    }

    /// One that never answers, as a network file system whose server is gone.
    pub fn hung(at: &Path) -> Option<Self> {
        let mut command = Command::new("python3");
        command.arg(project().join("tests/it/support/hung.py")).arg(at);
        Self::of(command)
    }

    fn of(mut command: Command) -> Option<Self> {
        if !process::is_root() {
            crate::support::not_run("only root may mount");
            return None;
        }
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let input = program.stdin.take();
        let mut up = [0; 3];
        if program.stdout.take().expect("piped").read_exact(&mut up).is_err() {
            let _ = program.wait();
            crate::support::not_run("mounting is not permitted here");
            return None;
        }
        Some(Self { program, input })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.program.wait();
    }
}
