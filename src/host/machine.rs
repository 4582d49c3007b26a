//! Where the kernel tells of the machine, and what has to be remembered between two reads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use procfs::process::{Process, Stat};
use procfs::{ProcError, ProcResult};

use super::mounts::Mount;

/// The machine, as one server's queries see it.
#[derive(Debug)]
pub struct Machine {
    proc: PathBuf,
    sys: PathBuf,
    marks: Mutex<BTreeMap<&'static str, (Identity, u64)>>,
    /// What was found out about the server's place.
    pub(super) proof: Mutex<Option<Proof>>,
    /// The mounts that the server saw when its postmaster was last there.
    pub(super) server_mounts: Mutex<Option<(Identity, Vec<Mount>)>>,
}

/// A process. Its number alone may come again, with another start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub pid: i32,
    /// When it started, in the kernel's ticks since the machine did.
    pub started: u64,
}

/// That a server is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Which start of a server it is about, in the server's words.
    pub(super) started: String,
    /// Its first process.
    pub(super) postmaster: Identity,
}

impl From<&Stat> for Identity {
    fn from(stat: &Stat) -> Self {
        Self { pid: stat.pid, started: stat.starttime }
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::at("/proc", "/sys")
    }
}

impl Machine {
    /// With the kernel's file systems in other places.
    pub(super) fn at(proc: impl Into<PathBuf>, sys: impl Into<PathBuf>) -> Self {
        Self { proc: proc.into(), sys: sys.into(), marks: Mutex::default(), proof: Mutex::default(), server_mounts: Mutex::default() }
    }

    /// Whether the server was found here.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.proof.lock().is_some()
    }

    /// A file under `/proc`.
    pub(super) fn proc(&self, path: impl AsRef<Path>) -> PathBuf {
        self.proc.join(path)
    }

    /// A file under `/sys`.
    pub(super) fn sys(&self, path: impl AsRef<Path>) -> PathBuf {
        self.sys.join(path)
    }

    /// The process that has this number now.
    pub(super) fn open(&self, pid: i32) -> ProcResult<Process> {
        Process::new_with_root(self.proc(pid.to_string()))
    }

    /// A process and its state; none where there is no process of this number that can be seen.
    pub(super) fn process(&self, pid: i32) -> ProcResult<Option<(Process, Stat)>> {
        let found = self.open(pid).and_then(|process| {
            let stat = process.stat()?;
            Ok((process, stat))
        });
        there(found)
    }

    /// The highest value that the counter `name` has had for `of`, `value` included.
    ///
    /// Some of the kernel's counters fall by a little now and then. A reader would take that for a restart and add the whole value anew.
    pub fn highest(&self, name: &'static str, of: Identity, value: u64) -> u64 {
        let mut marks = self.marks.lock();
        let mark = marks.entry(name).or_insert((of, value));
        *mark = if mark.0 == of { (of, mark.1.max(value)) } else { (of, value) };
        mark.1
    }
}

/// None for what has ended, be it before its file was opened or after.
pub(super) fn there<T>(found: ProcResult<T>) -> ProcResult<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(ProcError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_only_rises_until_there_is_another_process() {
        let machine = Machine::default();
        let process = |started| Identity { pid: 7, started };
        let values = [(1, 5), (1, 3), (1, 8), (2, 1), (2, 2)];
        let marks: Vec<u64> = values.iter().map(|(started, value)| machine.highest("x", process(*started), *value)).collect();
        assert_eq!(marks, [5, 5, 8, 1, 2]);
    }
}
