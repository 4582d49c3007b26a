//! What the tests stand on: real PostgreSQL servers, the real program, a real Prometheus, and a reader of pages that is
//! stricter than theirs.

pub mod alertmanager;
pub mod certificates;
pub mod clients;
pub mod config;
pub mod cut;
pub mod dashboards;
pub mod exporter;
pub mod foreign;
pub mod http;
pub mod judges;
pub mod listed;
pub mod mount;
pub mod page;
pub mod pgbouncer;
pub mod process;
pub mod processor;
pub mod prometheus;
pub mod promql;
pub mod proxy;
pub mod psql;
pub mod rules;
pub mod scene;
pub mod scraper;
pub mod server;
pub mod session;
pub mod vigil;
pub mod vocabulary;
pub mod watch;
pub mod wire;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The majors that are released, and that `tests/servers/install.sh` always gets.
pub const MAJORS: [u32; 6] = [13, 14, 15, 16, 17, 18];

/// A fault that is reported in seconds on a quiet machine may take some more on two busy cores.
pub const SOON: Duration = Duration::from_secs(20);

/// How soon a condition is looked at again that may hold for a moment only.
const AGAIN: Duration = Duration::from_millis(50);

/// Asks again until the condition holds, and fails with its last reason once the time is over. No test sleeps for a
/// fixed time and hopes.
#[track_caller]
pub fn eventually<T>(within: Duration, what: &str, condition: impl FnMut() -> Result<T, String>) -> T {
    asks(within, what, |_| AGAIN, condition)
}

/// The same for what lasts once it holds and takes much to look at, such as a page: more and more seldom.
#[track_caller]
pub fn in_the_end<T>(within: Duration, what: &str, condition: impl FnMut() -> Result<T, String>) -> T {
    asks(within, what, |waited| (waited / 10).clamp(AGAIN, AGAIN * 8), condition)
}

#[track_caller]
fn asks<T>(within: Duration, what: &str, pause: impl Fn(Duration) -> Duration, mut condition: impl FnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match condition() {
            Ok(value) => return value,
            Err(reason) if start.elapsed() > within => panic!("{what}: not within {within:?}: {reason}"),
            Err(_) => sleep(pause(start.elapsed())),
        }
    }
}

/// `Ok` if it holds, else the reason: for [`eventually`].
pub fn ensure(holds: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(reason()) }
}

/// The project's folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder that `tests/servers/install.sh` fills.
pub fn installed() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let script = project().join("tests/servers/install.sh");
        let output = Command::new(&script).arg("--print").output().expect("install.sh runs");
        let folder = PathBuf::from(String::from_utf8(output.stdout).expect("a folder in UTF-8").trim());
        assert!(folder.join("18/bin/postgres").exists(), "no servers in {}: run {}", folder.display(), script.display());
        folder
    })
}

/// One of the programs beside PostgreSQL; `None` if it could not be had, which is said.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = installed().join("tools/bin").join(name);
    present(&path, name).then_some(path)
}

/// One of several generations of a program: that one, or if it could not be had, which is said, the oldest.
pub fn tool_of(generation: Generation, newest: &str, oldest: &str) -> PathBuf {
    let newest = (generation == Generation::Newest).then(|| tool(newest)).flatten();
    newest.or_else(|| tool(oldest)).expect("the oldest is always there")
}

/// Which of the programs that pgvigil works with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// Prometheus 2.42, Alertmanager 0.25.
    Oldest,
    /// Prometheus 3, Alertmanager 0.33.
    Newest,
}

impl Generation {
    /// The old ones stand beside the oldest PostgreSQL.
    pub fn beside(major: u32) -> Self {
        if major == MAJORS[0] { Self::Oldest } else { Self::Newest }
    }
}

/// Whether a server is there that cannot be had everywhere and always. That it is not is said.
pub fn has_server(major: u32) -> bool {
    present(&installed().join(format!("{major}/bin/postgres")), &format!("PostgreSQL {major}"))
}

fn present(path: &Path, name: &str) -> bool {
    let present = path.exists();
    if !present {
        not_run(&format!("{name} could not be had; see tests/servers/install.sh"));
    }
    present
}

/// Says that a test is left out. Past the harness, which keeps what `eprintln` prints to itself unless the test fails.
pub fn not_run(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let _ = writeln!(std::io::stderr(), "NOT RUN: {test}: {reason}");
}
