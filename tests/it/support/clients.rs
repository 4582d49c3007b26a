//! pgvigil's connections to what is no PostgreSQL server and so knows nothing of its processes: as the kernel lists them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process};

use super::exporter::Exporter;

/// What pgvigil promises.
const ALLOWED: usize = 2;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks at them, and fails the test at its end if there ever were too many, or never any.
pub struct Clients {
    over: Arc<AtomicBool>,
    watcher: Option<JoinHandle<usize>>,
}

impl Clients {
    /// Of this exporter, to a port of this machine.
    pub fn watch(exporter: &Exporter, port: u16) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (pid, until) = (exporter.pid().cast_signed(), Arc::clone(&over));
        let watcher = thread::spawn(move || {
            let mut most = 0;
            // Once at least: a test may be over before this thread gets a processor.
            loop {
                most = most.max(count(pid, port));
                if until.load(Ordering::Relaxed) {
                    return most;
                }
                thread::sleep(PAUSE);
            }
        });
        Self { over, watcher: Some(watcher) }
    }
}

/// How many connections a process has to a port, whether they are being made, are open, or are only open at the other end.
fn count(pid: i32, port: u16) -> usize {
    let files = Process::new(pid).and_then(|process| process.fd()).into_iter().flatten().flatten();
    let own: BTreeSet<u64> = files.filter_map(|file| if let FDTarget::Socket(inode) = file.target { Some(inode) } else { None }).collect();
    let all = procfs::net::tcp().expect("the kernel's list");
    let open = [TcpState::SynSent, TcpState::Established, TcpState::CloseWait];
    all.iter().filter(|entry| entry.remote_address.port() == port && open.contains(&entry.state) && own.contains(&entry.inode)).count()
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let most = self.watcher.take().map(JoinHandle::join);
        if !thread::panicking() {
            let most = most.and_then(Result::ok).expect("nobody looked");
            assert!((1..=ALLOWED).contains(&most), "{most} connections at once");
        }
    }
}
