//! pgvigil's connections to a port, as the kernel lists them on this side: whether or not somebody answers at the other, knows of processes, or has made
//! a session of it. A cancel request is a connection too, without a backend: what is gone within the time that one may take does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process};

use super::exporter::Exporter;

/// What pgvigil promises.
const ALLOWED: usize = 2;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a cancel request may take, and some more.
const CANCEL: Duration = Duration::from_millis(2500);

/// Looks at them, and fails the test at its end if there ever were too many.
pub struct Clients {
    over: Arc<AtomicBool>,
    /// Whether there have to be any.
    some: bool,
    watcher: Option<JoinHandle<Vec<String>>>,
}

impl Clients {
    /// Of this exporter, to a port of this machine. There has to be one, some time.
    pub fn watch(exporter: &Exporter, port: u16) -> Self {
        let mut clients = Self::of(exporter.pid(), port);
        clients.some = true;
        clients
    }

    /// Of this process, to a port of this machine.
    pub fn of(pid: u32, port: u16) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (pid, until) = (pid.cast_signed(), Arc::clone(&over));
        let watcher = thread::spawn(move || {
            let mut most = Vec::new();
            let mut since: BTreeMap<String, Instant> = BTreeMap::new();
            // Once at least: a test may be over before this thread gets a processor.
            loop {
                let now = connections(pid, port);
                let looked = Instant::now();
                since.retain(|connection, _| now.contains(connection));
                for connection in now {
                    since.entry(connection).or_insert(looked);
                }
                // Two at any time, and more only for as long as a cancel request takes.
                let lasting = since.iter().filter(|(_, since)| since.elapsed() > CANCEL).map(|(connection, _)| connection);
                let lasting: Vec<String> = lasting.cloned().collect();
                let counted = if since.len() > ALLOWED { lasting } else { since.keys().cloned().collect() };
                if counted.len() > most.len() {
                    most = counted;
                }
                if until.load(Ordering::Relaxed) {
                    return most;
                }
                thread::sleep(PAUSE);
            }
        });
        Self { over, some: false, watcher: Some(watcher) }
    }
}

/// The connections that a process has to a port, each by its own port and state, whether they are being made, are open, or are only open at the other
/// end.
pub fn connections(pid: i32, port: u16) -> Vec<String> {
    let files = Process::new(pid).and_then(|process| process.fd()).into_iter().flatten().flatten();
    let own: BTreeSet<u64> = files.filter_map(|file| if let FDTarget::Socket(inode) = file.target { Some(inode) } else { None }).collect();
    // What has been closed since is of another state by now, what is new is none of those, and what the list has twice is one.
    let all = procfs::net::tcp().expect("the kernel's list");
    let open = [TcpState::SynSent, TcpState::Established, TcpState::CloseWait];
    let here = all.iter().filter(|entry| entry.remote_address.port() == port && open.contains(&entry.state) && own.contains(&entry.inode));
    let here: BTreeMap<u64, String> =
        here.map(|entry| (entry.inode, format!("{} {:?}", entry.local_address.port(), entry.state))).collect();
    here.into_values().collect()
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let most = self.watcher.take().map(JoinHandle::join);
        if !thread::panicking() {
            let most = most.and_then(Result::ok).expect("nobody looked");
            assert!((usize::from(self.some)..=ALLOWED).contains(&most.len()), "{} connections at once: {most:?}", most.len());
        }
    }
}
