//! What the processes of the server use.
//!
//! Processes come and go between two reads, and a counter must not fall for it. When a child of the postmaster has ended and the postmaster
//! has taken notice, the kernel adds what the child used to what the postmaster has of ended children. So the postmaster is read first
//! and the living children after it: what ends in between is in neither, and the sum is never more than the truth. Of these sums the
//! highest so far is given ([`Machine::highest`]). It never falls, and what it lacks is there at the next read at the latest.
//!
//! What the children of children use, such as an `archive_command`, is added when these have ended.
//!
//! It takes the kernel 15 to 25 µs a process and table: half a second of processor time in 15 s for a server of 10,000 processes.

use procfs::process::{Process, Stat, all_processes_with_root};
use procfs::{ProcError, ProcResult, page_size, ticks_per_second};

use super::error::{Absence, HostError};
use super::machine::{Identity, Machine, there};
use super::place::Presence;
use super::reading::{Reading, answer, seconds};

/// One row of (count, uninterruptible, `cpu_seconds`, `private_bytes`). Of a server that does not run, the count is 0 and the time unknown.
pub fn read(machine: &Machine, place: &Presence) -> Result<Reading, HostError> {
    let columns = ["count", "uninterruptible", "cpu_seconds", "private_bytes"];
    let postmaster = place.postmaster.as_ref().map_err(Clone::clone)?;
    let Some((process, stat)) = alive(machine, *postmaster)? else {
        return Ok(answer(columns, [[Some("0".to_owned()), Some("0".to_owned()), None, Some("0".to_owned())]]));
    };
    let mut all = Used::default();
    all.add(&process, &stat)?;
    for pid in children(machine, &process)? {
        if let Some((process, stat)) = machine.process(pid)? {
            all.add(&process, &stat)?;
        }
    }
    let ticks = machine.highest("process_cpu", *postmaster, all.ticks);
    let row = [
        Some(all.count.to_string()),
        Some(all.uninterruptible.to_string()),
        Some(seconds(ticks, ticks_per_second())),
        Some(all.private_pages.saturating_mul(page_size()).to_string()),
    ];
    Ok(answer(columns, [row]))
}

/// One row of (`read_bytes`, `written_bytes`); both unknown of a server that does not run.
pub fn read_io(machine: &Machine, place: &Presence) -> Result<Reading, HostError> {
    let columns = ["read_bytes", "written_bytes"];
    let postmaster = place.postmaster.as_ref().map_err(Clone::clone)?;
    let Some((process, _)) = alive(machine, *postmaster)? else { return Ok(answer(columns, [[None::<String>, None]])) };
    let mut io = process.io().map_err(|error| match error {
        ProcError::PermissionDenied(_) => {
            Absence::User("/proc/PID/io is for the user of the server: run pgvigil as this user, or give it CAP_SYS_PTRACE".to_owned())
                .into()
        }
        error => HostError::from(error),
    })?;
    for pid in children(machine, &process)? {
        if let Some(of_child) = there(machine.open(pid).and_then(|process| process.io()))? {
            io.read_bytes = io.read_bytes.saturating_add(of_child.read_bytes);
            io.write_bytes = io.write_bytes.saturating_add(of_child.write_bytes);
        }
    }
    let highest = |name, value| Some(machine.highest(name, *postmaster, value).to_string());
    Ok(answer(columns, [[highest("process_read", io.read_bytes), highest("process_written", io.write_bytes)]]))
}

/// The process, unless it has ended.
fn alive(machine: &Machine, identity: Identity) -> ProcResult<Option<(Process, Stat)>> {
    let found = machine.process(identity.pid)?;
    Ok(found.filter(|(_, stat)| Identity::from(stat) == identity && stat.state != 'Z'))
}

/// The children of a process, all of which its main thread has made. One may be missing when another ends at that moment.
fn children(machine: &Machine, parent: &Process) -> ProcResult<Vec<i32>> {
    match parent.task_main_thread().and_then(|task| task.children()) {
        Ok(children) => Ok(children.into_iter().filter_map(|pid| pid.try_into().ok()).collect()),
        // A kernel without CONFIG_PROC_CHILDREN: every process of the machine is asked for its parent.
        Err(ProcError::NotFound(_)) => children_of(machine, parent.pid()),
        Err(error) => Err(error),
    }
}

fn children_of(machine: &Machine, parent: i32) -> ProcResult<Vec<i32>> {
    let mut children = Vec::new();
    for process in all_processes_with_root(machine.proc(""))? {
        let stat = process.and_then(|process| process.stat());
        children.extend(there(stat)?.filter(|stat| stat.ppid == parent).map(|stat| stat.pid));
    }
    Ok(children)
}

/// A sum over processes.
#[derive(Debug, Default)]
struct Used {
    count: u64,
    uninterruptible: u64,
    ticks: u64,
    private_pages: u64,
}

impl Used {
    fn add(&mut self, process: &Process, stat: &Stat) -> ProcResult<()> {
        let ended = u64::try_from(stat.cutime).unwrap_or_default() + u64::try_from(stat.cstime).unwrap_or_default();
        self.ticks += stat.utime + stat.stime + ended;
        // One that has ended and waits for the postmaster to take notice still has its time, and nothing else.
        if stat.state == 'Z' {
            return Ok(());
        }
        self.count += 1;
        self.uninterruptible += u64::from(stat.state == 'D');
        if let Some(memory) = there(process.statm())? {
            self.private_pages += memory.resident.saturating_sub(memory.shared);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::process::{Child, Command};

    use super::*;

    fn of(pid: i32, started: u64) -> Presence {
        Presence { postmaster: Ok(Identity { pid, started }), directories: Ok(Vec::new()) }
    }

    fn cells(reading: &Reading) -> Vec<&str> {
        reading.answer.rows[0].iter().map(|cell| cell.as_deref().map_or("NULL", |cell| std::str::from_utf8(cell).unwrap())).collect()
    }

    /// A process as `/proc` shows it, with its time and that of its ended children in ticks.
    fn process(proc: &Path, pid: i32, parent: i32, state: char, ticks: u64, ended: u64) {
        let folder = proc.join(pid.to_string());
        fs::create_dir_all(folder.join("task").join(pid.to_string())).unwrap();
        let stat = format!("{pid} (a) b) {state} {parent} 1 1 0 -1 0 0 0 0 0 {ticks} 0 {ended} 0 20 0 1 0 9 0 0 0{}", " 0".repeat(27));
        fs::write(folder.join("stat"), stat).unwrap();
        fs::write(folder.join("statm"), "100 30 10 0 0 0 0").unwrap();
        fs::write(folder.join("task").join(pid.to_string()).join("children"), "").unwrap();
    }

    fn family(proc: &Path, children: &str) {
        fs::write(proc.join("50/task/50/children"), children).unwrap();
    }

    #[test]
    fn sums_up_and_never_falls_for_a_child_that_ends() {
        let proc = tempfile::tempdir().unwrap();
        let machine = Machine::at(proc.path(), "/sys");
        let tick = |ticks: u64| seconds(ticks, ticks_per_second());
        let read = || read(&machine, &of(50, 9)).unwrap();
        process(proc.path(), 50, 1, 'S', 5, 100);
        process(proc.path(), 51, 50, 'D', 40, 2);
        process(proc.path(), 52, 50, 'Z', 7, 0);
        family(proc.path(), "51 52 99 ");
        let private = (2 * 20 * page_size()).to_string();
        assert_eq!(cells(&read()), ["2", "1", tick(154).as_str(), private.as_str()], "one that has ended has time and nothing else");

        // One has ended after the postmaster was read.
        family(proc.path(), "51 ");
        process(proc.path(), 51, 50, 'S', 41, 2);
        assert_eq!(cells(&read())[2], tick(154), "148 are known of");
        process(proc.path(), 50, 1, 'S', 5, 107);
        family(proc.path(), "51 ");
        assert_eq!(cells(&read())[2], tick(155));

        fs::remove_dir_all(proc.path().join("50")).unwrap();
        assert_eq!(cells(&read()), ["0", "0", "NULL", "0"], "the server does not run");
    }

    struct Killed(Child);

    impl Drop for Killed {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn both_ways_to_the_children_find_the_same() {
        let mut parent = Killed(
            Command::new("sh").args(["-c", "sleep 60 & sleep 60 & echo ready; wait"]).stdout(std::process::Stdio::piped()).spawn().unwrap(),
        );
        let mut line = [0; 6];
        std::io::Read::read_exact(parent.0.stdout.as_mut().unwrap(), &mut line).unwrap();
        let machine = Machine::default();
        let pid = parent.0.id().try_into().unwrap();
        let (process, stat) = machine.process(pid).unwrap().unwrap();
        let mut found = children(&machine, &process).unwrap();
        let mut searched = children_of(&machine, pid).unwrap();
        found.sort_unstable();
        searched.sort_unstable();
        assert_eq!((found.len(), &found), (2, &searched));
        assert_eq!(cells(&read(&machine, &of(pid, stat.starttime)).unwrap())[0], "3");
        assert_eq!(cells(&read(&machine, &of(pid, stat.starttime + 1)).unwrap())[0], "0", "another start is another process");
        for child in found {
            Command::new("kill").arg(child.to_string()).status().unwrap();
        }
    }
}
