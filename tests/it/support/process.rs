//! Child processes that never outlive the tests, however these end.

use std::io;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::{Duration, Instant};

type Order = (Command, Sender<io::Result<Child>>);

/// A child gets its death signal when the *thread* that made it ends, and every test has a thread of its own. This one
/// lives as long as the process.
static SPAWNER: LazyLock<Mutex<Sender<Order>>> = LazyLock::new(|| {
    let (orders, inbox) = channel::<Order>();
    thread::spawn(move || {
        for (mut command, reply) in inbox {
            let _ = reply.send(command.spawn());
        }
    });
    Mutex::new(orders)
});

/// Whom a program runs as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum User {
    /// Whoever runs the tests.
    Same,
    /// `postgres` when root runs the tests, because PostgreSQL refuses root; else the same.
    Postgres,
}

/// A command that gets `signal` when the tests die, as SIGKILL leaves them no time to clean up.
pub fn command(program: impl AsRef<std::ffi::OsStr>, user: User, signal: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", signal]);
    if user == User::Postgres && is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.arg("--").arg(program).stdin(Stdio::null());
    // A Ctrl-C is for the tests, which then end their children in the right way.
    command.process_group(0);
    command
}

/// The same command with a disk of so many bytes, in memory, mounted at this folder. It is mounted for this process and its
/// children alone, and gone with them.
pub fn with_disk(command: &Command, folder: &Path, size: u32) -> Command {
    std::fs::create_dir_all(folder).expect("a folder of one's own");
    let mount = format!("mount -t tmpfs -o size={size},mode=0700,uid={} tmpfs \"$0\" && exec \"$@\"", id("-u postgres"));
    let mut wrapped = Command::new("unshare");
    wrapped.args(["--mount", "--", "sh", "-c", &mount]).arg(folder);
    wrapped.arg(command.get_program()).args(command.get_args());
    wrapped.stdin(Stdio::null()).process_group(0);
    wrapped
}

/// Starts it from a thread that lives as long as the tests.
pub fn spawn(command: Command) -> Child {
    let (reply, answer) = channel();
    let name = format!("{command:?}");
    SPAWNER.lock().expect("the spawner lives").send((command, reply)).expect("the spawner lives");
    answer.recv().expect("the spawner answers").unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Waits for the end of a process; false if it does not come in time.
pub fn wait(child: &mut Child, within: Duration) -> bool {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(_)) | Err(_) => return true,
            Ok(None) if start.elapsed() > within => return false,
            Ok(None) => thread::sleep(Duration::from_millis(5)),
        }
    }
}

/// Sends a signal to processes; that some of them are gone already is fine.
pub fn signal(name: &str, pids: &[u32]) {
    let _ = Command::new("kill").args(["-s", name, "--"]).args(pids.iter().map(u32::to_string)).stderr(Stdio::null()).status();
}

/// The processes whose parent it is.
pub fn children(parent: u32) -> Vec<u32> {
    let stat_of = |pid: u32| std::fs::read_to_string(format!("/proc/{pid}/stat")).ok();
    std::fs::read_dir("/proc")
        .expect("/proc")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            // The name in parentheses may contain anything; the parent is the second field after it.
            stat_of(*pid).and_then(|stat| stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()) == Some(parent)
        })
        .collect()
}

/// Whether a process is stopped as it stands.
pub fn is_suspended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['T', 't']))
}

pub fn is_root() -> bool {
    static ROOT: LazyLock<bool> = LazyLock::new(|| id("-u") == 0);
    *ROOT
}

/// `id -u postgres` and the like.
pub fn id(arguments: &str) -> u32 {
    let output = Command::new("id").args(arguments.split(' ')).output().expect("id runs");
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or_else(|_| panic!("id {arguments}"))
}

/// A free port below those the kernel gives to outgoing connections, so that none of these takes it in between.
pub fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(u16::try_from(std::process::id() % 10_000).unwrap_or(0)));
    for _ in 0..10_000 {
        let port = 20_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port between 20000 and 30000");
}

/// The most that a process has held in memory, in KiB.
pub fn peak_memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says so");
    line.trim_end_matches("kB").trim().parse().expect("a number of kB")
}

/// How many threads it has.
pub fn threads(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").count()
}

/// What a process has used of processors since it began.
pub fn cpu_time(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    // In hundredths of a second, which is what USER_HZ is on Linux; user and system time are the 12th and 13th field behind the name.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
