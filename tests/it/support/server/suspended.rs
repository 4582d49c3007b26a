//! Processes that hang: stopped as they stand, they keep what they hold, and the kernel takes connections for them.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::super::process;
use super::super::{SOON, ensure, eventually};
use super::{Server, family};

/// The processes that tests have suspended, and since when they go on.
static ALL: Mutex<BTreeMap<u32, Option<Instant>>> = Mutex::new(BTreeMap::new());

fn all() -> MutexGuard<'static, BTreeMap<u32, Option<Instant>>> {
    ALL.lock().expect("nobody panics with it")
}

/// Whether a test has suspended this process, and it does not go on or not yet for this long. Noted and not looked at: a process that is suspended
/// most of the time may be looked at in the moments in between.
pub fn was_suspended_within(pid: u32, time: Duration) -> bool {
    all().get(&pid).is_some_and(|goes_on| goes_on.is_none_or(|since| since.elapsed() < time))
}

/// Suspended processes. The shell behind it lets them go on when its input ends, so also when the tests are killed.
pub struct Suspended {
    pids: Vec<u32>,
    shell: Child,
    input: Option<ChildStdin>,
}

impl Suspended {
    pub fn new(pids: &[u32]) -> Self {
        all().extend(pids.iter().map(|pid| (*pid, None)));
        process::signal("STOP", pids);
        let list: Vec<String> = pids.iter().map(u32::to_string).collect();
        let mut shell = Command::new("sh")
            .args(["-c", &format!("cat >/dev/null; kill -s CONT {} 2>/dev/null", list.join(" "))])
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh starts");
        let input = shell.stdin.take();
        Self { pids: pids.to_vec(), shell, input }
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
        let now = Instant::now();
        all().extend(self.pids.iter().map(|pid| (*pid, Some(now))));
    }
}

impl Server {
    /// Stops all its processes as they stand, as on a machine that has run out of memory or disk: the kernel still takes
    /// connections, and nobody answers. They go on when the answer is dropped.
    pub fn suspend(&self) -> Suspended {
        let postmaster = self.pid();
        // The postmaster first, so that it makes no child in between.
        process::signal("STOP", &[postmaster]);
        Suspended::new(&family(postmaster))
    }

    /// Suspends those of its processes that have this name, such as `walsender`: the link looks well and is silent.
    pub fn suspend_only(&self, name: &str) -> Suspended {
        let postmaster = self.pid();
        let command_line = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let named: Vec<u32> = process::children(postmaster).into_iter().filter(|pid| command_line(pid).contains(name)).collect();
        assert!(!named.is_empty(), "no process {name}");
        Suspended::new(&named)
    }

    /// Suspends the process of a session between two statements.
    #[track_caller]
    pub fn suspend_session(&self, pid: u32) -> Suspended {
        eventually(SOON, "a session is suspended between two statements", || self.try_suspend_sessions(&[pid]))
    }

    /// Suspends the processes of sessions that have nothing to do or sleep in their statement. Within another one they may hold what everybody
    /// needs: while the texts of `pg_stat_statements` are read, no session ends a statement that is new to it.
    ///
    /// # Errors
    /// How many were: then all go on.
    pub fn try_suspend_sessions(&self, pids: &[u32]) -> Result<Suspended, String> {
        let list: Vec<String> = pids.iter().map(u32::to_string).collect();
        let calm = format!(
            "set statement_timeout = '2s';
             select count(*) from pg_stat_activity where pid in ({}) and (state = 'idle' or wait_event = 'PgSleep')",
            list.join(", ")
        );
        // Asked before as well, so that it is not new itself.
        self.psql().run(&calm);
        let suspended = Suspended::new(pids);
        let calm = self.psql().try_run(&calm)?;
        ensure(calm == pids.len().to_string(), || format!("{calm} of {pids:?} are"))?;
        Ok(suspended)
    }
}
