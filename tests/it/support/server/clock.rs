//! A server whose clock can be moved on, by the library in front of the system's own: what it takes an hour to become is seen at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Server;
use crate::support::installed;
use crate::support::process::{self, User};

const LIBRARY: &str = "tools/bookworm/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

impl Server {
    /// A running primary with settings and a clock of its own, which is right for now.
    pub fn primary_with_clock(major: u32, settings: &[(&str, &str)]) -> Self {
        let mut server = Self::bare(major, settings);
        server.clock = true;
        server.set_clock(0);
        server.into_primary()
    }

    /// Moves its clock on to so many minutes past the time.
    pub fn set_clock(&self, minutes: u32) {
        fs::write(self.clock_file(), format!("+{minutes}m\n")).expect("its own folder");
    }

    fn clock_file(&self) -> PathBuf {
        self.folder().join("clock")
    }

    pub(super) fn with_clock(&self, program: &Path) -> Command {
        let mut command = process::command("env", User::Postgres, "QUIT");
        command.arg(format!("LD_PRELOAD={}", installed().join(LIBRARY).display()));
        command.arg(format!("FAKETIME_TIMESTAMP_FILE={}", self.clock_file().display()));
        // The clock that measures and is never set stays as it is, and the file is read each time.
        command.args(["FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME_NO_CACHE=1"]).arg(program);
        command
    }
}
