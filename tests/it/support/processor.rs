//! Who gets a processor, and for how long others have to wait for one: the machine that runs the tests is busy with more than one of them.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Lets all threads of a program, and those that they make, run before whatever else wants a processor. False where that takes root.
pub fn prefer(pid: u32) -> bool {
    let mut chrt = Command::new("chrt");
    chrt.args(["--all-tasks", "--fifo", "--pid", "1", &pid.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
    chrt.status().is_ok_and(|status| status.success())
}

/// What the counters of waiting stood at.
pub struct Before {
    pids: Vec<u32>,
    here: Option<Duration>,
    there: BTreeMap<String, Duration>,
    pressure: Duration,
    stolen: Duration,
}

/// For how long something was kept from a processor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Waited {
    /// The threads of the programs, all of them together: an answer passes through several threads, and waits for those that hold what it needs.
    pub in_line: Duration,
    /// Anybody on the machine.
    pub anybody: Duration,
    /// All, as the host kept the processors to itself. Whoever runs on one meanwhile seems to run.
    pub stolen: Duration,
}

impl Before {
    pub fn now(pids: &[u32]) -> Self {
        let folders = pids.iter().filter_map(|pid| fs::read_dir(format!("/proc/{pid}/task")).ok());
        let threads = folders.flatten().filter_map(Result::ok);
        let there = threads.map(|thread| (thread.file_name().to_string_lossy().into_owned(), in_line(&thread.path()))).collect();
        Self { pids: pids.to_vec(), here: None, there, pressure: pressure(), stolen: stolen() }
    }

    /// Counts this thread as well.
    pub fn and_this_thread(self) -> Self {
        Self { here: Some(in_line("/proc/thread-self".as_ref())), ..self }
    }

    pub fn since(&self) -> Waited {
        let here = self.here.map(|here| in_line("/proc/thread-self".as_ref()).saturating_sub(here));
        let now = Self::now(&self.pids);
        let there = now.there.iter().map(|(thread, waited)| waited.saturating_sub(self.there.get(thread).copied().unwrap_or_default()));
        Waited {
            in_line: here.unwrap_or_default() + there.sum::<Duration>(),
            anybody: now.pressure.saturating_sub(self.pressure),
            stolen: now.stolen.saturating_sub(self.stolen),
        }
    }
}

impl Waited {
    /// What they are known to have waited.
    pub fn own(self) -> Duration {
        self.in_line + self.stolen
    }

    /// What they may have waited: the kernel does not count every wait of a single thread.
    pub fn possible(self) -> Duration {
        self.in_line.max(self.anybody) + self.stolen
    }
}

/// For how long, since the machine began, somebody may have stood in line for a processor. What the kernel counts here is an average of all processors,
/// so on one of them it may have been as many times that.
fn pressure() -> Duration {
    let pressure = fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
    let micros = pressure.lines().next().and_then(|some| some.rsplit_once("total=")?.1.parse().ok());
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    Duration::from_micros(micros.unwrap_or_default()) * u32::try_from(processors).unwrap_or(1)
}

/// For how long, since the machine began, the host has kept its processors to itself.
fn stolen() -> Duration {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    // Of all processors together, in hundredths of a second: user, nice, system, idle, iowait, irq, softirq, steal.
    let ticks = stat.lines().next().and_then(|all| all.split_whitespace().nth(8)?.parse::<u64>().ok());
    Duration::from_millis(ticks.unwrap_or_default() * 10)
}

/// The second number of `schedstat`: nanoseconds in line.
fn in_line(task: &Path) -> Duration {
    let stat = fs::read_to_string(task.join("schedstat")).unwrap_or_default();
    Duration::from_nanos(stat.split_whitespace().nth(1).and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}
