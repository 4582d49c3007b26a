//! What can become of a server's data: restored, upgraded, copied from another.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Server;
use crate::support::mount::Mount;
use crate::support::{SOON, process};

/// A copy of a data folder, as of the time at which it was made.
pub struct Copy(PathBuf);

impl Server {
    /// Changes a setting, from the next start on.
    pub fn set(&self, name: &str, value: &str) {
        let mut file = OpenOptions::new().append(true).open(self.data().join("postgresql.conf")).expect("a data folder");
        writeln!(file, "{name} = '{}'", value.replace('\'', "''")).expect("the data folder is writable");
    }

    /// Puts the data of this stopped server by.
    pub fn copy_data(&self) -> Copy {
        assert!(self.postmaster.is_none(), "it runs");
        let copy = self.folder().join("copy");
        copy_folder(&self.data(), &copy);
        Copy(copy)
    }

    /// Puts data back that was put by.
    pub fn restore_data(&self, copy: Copy) {
        self.lose_data();
        fs::rename(copy.0, self.data()).expect("its own folder");
    }

    /// Puts the data of this stopped server on a disk of its own, of so many megabytes and files. `None` where nobody may mount one.
    pub fn move_to_disk(&self, megabytes: u32, files: u32) -> Option<Mount> {
        let copy = self.copy_data();
        self.lose_data();
        fs::create_dir(self.data()).expect("its own folder");
        let mount = Mount::tmpfs_with_files(&self.data(), megabytes, files);
        copy_folder(&copy.0.join("."), &self.data());
        fs::remove_dir_all(copy.0).expect("its own folder");
        mount
    }

    /// Waits until it has given up.
    pub fn ends_by_itself(&mut self) {
        let Some(mut postmaster) = self.postmaster.take() else { return };
        assert!(process::wait(&mut postmaster, SOON), "it goes on: {}", self.log());
    }

    /// Starts this stopped server as a standby that has nobody to follow, so that it can be promoted anew.
    pub fn start_as_standby(&mut self) {
        fs::write(self.data().join("standby.signal"), "").expect("the data folder is writable");
        self.own("standby.signal");
        self.start();
    }

    /// Goes on as another major at the same address, with data of its own.
    pub fn upgrade(&mut self, major: u32) {
        self.lose_data();
        self.major = major;
        self.settle(&[]);
        self.start();
        self.furnish();
    }

    /// Goes on as a standby of what was its standby, from a copy of the other's data.
    pub fn follow(&mut self, primary: &Self) {
        self.lose_data();
        let mut session = primary.psql().session();
        session.run("select pg_backup_start('follow', true)");
        copy_folder(&primary.data(), &self.data());
        let label = session.run("select labelfile from pg_backup_stop(false)");
        for stale in ["postmaster.pid", "postmaster.opts"] {
            let _ = fs::remove_file(self.data().join(stale));
        }
        for (file, text) in [("backup_label", format!("{label}\n")), ("standby.signal", String::new())] {
            fs::write(self.data().join(file), text).expect("its own folder");
            self.own(file);
        }
        primary.psql().run(&format!("select pg_create_physical_replication_slot('{}')", super::STANDBY));
        self.set("port", &self.port.to_string());
        self.set("unix_socket_directories", &self.folder().display().to_string());
        self.set("primary_conninfo", &super::conninfo(primary));
        self.set("primary_slot_name", super::STANDBY);
        self.start();
        self.catch_up_with(primary);
    }

    fn lose_data(&self) {
        assert!(self.postmaster.is_none(), "it runs");
        fs::remove_dir_all(self.data()).expect("its own folder");
    }
}

/// Copies a folder with everybody's rights; where the file system can, without copying the bytes. A file of a running server may go
/// meanwhile.
pub(super) fn copy_folder(from: &Path, to: &Path) {
    let output = Command::new("cp").args(["-a", "--reflink=auto"]).args([from, to]).output().expect("cp runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    let vanished = errors.lines().all(|line| line.contains("No such file or directory"));
    assert!(output.status.success() || (vanished && !errors.is_empty()), "{} cannot be copied: {errors}", from.display());
}
