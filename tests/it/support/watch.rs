//! Counts pgvigil's connections while a test runs, twenty times a second, with PostgreSQL's own eyes.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::process::{self, User};
use super::psql::Psql;

/// What pgvigil promises.
const ALLOWED: u32 = 2;

pub struct Watch {
    seen: Arc<Seen>,
    watcher: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    most: AtomicU32,
    looks: AtomicU32,
    over: AtomicBool,
}

impl Watch {
    pub fn new(psql: &Psql) -> Self {
        let psql = psql.application("watch");
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        let watcher = thread::spawn(move || {
            // The server is stopped and started under it: then psql ends, and another one goes on.
            while !shared.over.load(Ordering::Relaxed) {
                look(&psql, &shared);
                thread::sleep(Duration::from_millis(20));
            }
        });
        Self { seen, watcher: Some(watcher) }
    }
}

fn look(psql: &Psql, seen: &Seen) {
    const COUNT: &str = "select 'n=' || count(*) from pg_stat_activity
                         where application_name = 'pgvigil' and backend_type = 'client backend';";
    let mut command = psql.command(process::command("psql", User::Same, "KILL"));
    command.args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = process::spawn(command);
    let mut input = child.stdin.take().expect("piped");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    while !seen.over.load(Ordering::Relaxed) && writeln!(input, "{COUNT}").is_ok() {
        let answer = lines.by_ref().map_while(Result::ok).find(|line| line.contains("n="));
        let Some(line) = answer else { break };
        if let Ok(count) = line.trim().trim_start_matches("n=").parse() {
            seen.most.fetch_max(count, Ordering::Relaxed);
            seen.looks.fetch_add(1, Ordering::Relaxed);
        }
        thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
}

impl Drop for Watch {
    fn drop(&mut self) {
        // A test may be over sooner than a psql has started.
        let start = Instant::now();
        while self.seen.looks.load(Ordering::Relaxed) == 0 && !thread::panicking() && start.elapsed().as_secs() < 5 {
            thread::sleep(Duration::from_millis(10));
        }
        self.seen.over.store(true, Ordering::Relaxed);
        // A watcher of a suspended server waits for it; it ends with it.
        if let Some(watcher) = self.watcher.take().filter(JoinHandle::is_finished) {
            let _ = watcher.join();
        }
        if thread::panicking() {
            return;
        }
        let (most, looks) = (self.seen.most.load(Ordering::Relaxed), self.seen.looks.load(Ordering::Relaxed));
        assert!(looks > 0, "nobody looked at pg_stat_activity");
        assert!(most <= ALLOWED, "{most} connections of pgvigil at once, seen in {looks} looks");
    }
}
