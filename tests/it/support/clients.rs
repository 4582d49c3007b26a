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
            let mut sockets = Sockets::default();
            let mut since: BTreeMap<String, Instant> = BTreeMap::new();
            // Once at least: a test may be over before this thread gets a processor.
            loop {
                let now = sockets.connections(pid, port);
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
    Sockets::default().connections(pid, port)
}

/// What is known of a process's sockets. The kernel walks its whole hash table for the list, which takes it milliseconds: it is asked only when a socket
/// is new, or there are too many.
#[derive(Default)]
struct Sockets(BTreeMap<u64, Socket>);

enum Socket {
    /// A connection to the port.
    Ours(String),
    /// Not in the list so often: not of TCP, or not used yet.
    Unlisted(u32),
    /// A connection to another port.
    Foreign,
}

/// How often a socket is looked for in the list.
const LOOKS: u32 = 5;

impl Sockets {
    fn connections(&mut self, pid: i32, port: u16) -> Vec<String> {
        let files = Process::new(pid).and_then(|process| process.fd()).into_iter().flatten().flatten();
        let own: BTreeSet<u64> =
            files.filter_map(|file| if let FDTarget::Socket(inode) = file.target { Some(inode) } else { None }).collect();
        self.0.retain(|inode, _| own.contains(inode));
        let is_known = |inode| !matches!(self.0.get(inode), None | Some(Socket::Unlisted(..LOOKS)));
        if !own.iter().all(is_known) || self.ours().count() > ALLOWED {
            self.look(&own, port);
        }
        self.ours().cloned().collect()
    }

    fn ours(&self) -> impl Iterator<Item = &String> {
        self.0.values().filter_map(|socket| if let Socket::Ours(name) = socket { Some(name) } else { None })
    }

    fn look(&mut self, own: &BTreeSet<u64>, port: u16) {
        // What has been closed since is of another state by now, what is new is none of those, and what the list has twice is one.
        let all = procfs::net::tcp().expect("the kernel's list");
        let listed: BTreeMap<u64, _> = all.iter().map(|entry| (entry.inode, entry)).collect();
        for inode in own {
            let socket = match listed.get(inode) {
                Some(entry) if entry.remote_address.port() != port => Socket::Foreign,
                Some(entry) if [TcpState::SynSent, TcpState::Established, TcpState::CloseWait].contains(&entry.state) => {
                    Socket::Ours(format!("{} {:?}", entry.local_address.port(), entry.state))
                }
                _ => Socket::Unlisted(if let Some(Socket::Unlisted(looks)) = self.0.get(inode) { looks + 1 } else { 1 }),
            };
            self.0.insert(*inode, socket);
        }
    }
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
