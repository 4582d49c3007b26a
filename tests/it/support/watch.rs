//! pgvigil's footprint on a server, watched while a test runs: with PostgreSQL's own eyes, with the kernel's where PostgreSQL cannot see
//! (a process that has not logged in yet, a server that hangs), and at the end in the server's log.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use procfs::net::TcpState;

use super::process::{self, User};
use super::psql::{self, Psql};
use super::server::{Server, was_suspended_within};

/// What pgvigil promises.
const ALLOWED: usize = 2;
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// After this long without a look the server, or all of the machine, has stood still, and so have its clocks for timeouts.
const STOOD_STILL: Duration = Duration::from_millis(500);
/// What a process takes to end the statement in which a test suspended it, once that is over.
const RESUMING: Duration = Duration::from_secs(1);
/// How long a process whose client has left is on its way out: it takes itself off the server's list first and then waits for a processor
/// like everybody else. After that it counts like one that serves.
const LEAVING: Duration = Duration::from_millis(500);
/// How soon a process of the server ends after its client.
const FAREWELL: Duration = Duration::from_secs(5);
/// In a server's log, who waited for a lock; and of pgvigil, for longer than its 100 ms. `log_lock_waits` writes that after
/// `deadlock_timeout`, which the tests set to hardly more.
const WAITED: &str = "] pgvigil LOG:  process ";

pub struct Watch {
    seen: Arc<Seen>,
    server: Place,
    watchers: Vec<JoinHandle<()>>,
}

/// Where the server is, also while it is stopped.
#[derive(Clone)]
struct Place {
    data: PathBuf,
    log: PathBuf,
}

#[derive(Default)]
struct Seen {
    over: AtomicBool,
    notes: Mutex<Notes>,
}

#[derive(Default)]
struct Notes {
    looks: usize,
    /// The most processes of pgvigil's at once, as their titles name them.
    most: Vec<String>,
    /// Statements that ran for too long.
    overdue: BTreeSet<String>,
}

impl Seen {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().expect("a watcher died")
    }

    fn over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

impl Watch {
    pub fn new(server: &Server) -> Self {
        let seen = Arc::new(Seen::default());
        let place = Place { data: server.data(), log: server.folder().join("log") };
        let (psql, asking) = (server.psql().application("watch"), Arc::clone(&seen));
        let (here, counting) = (place.clone(), Arc::clone(&seen));
        let watchers = vec![
            thread::spawn(move || {
                // The server is stopped and started under it: then psql ends, and another one goes on.
                while !asking.over() {
                    ask(&psql, &asking);
                    thread::sleep(PAUSE);
                }
            }),
            thread::spawn(move || {
                let mut left = BTreeMap::new();
                while !counting.over() {
                    let mut processes = here.processes();
                    if processes.len() > ALLOWED {
                        let held = held_ports();
                        processes.retain(|title| {
                            let port = port_of(title);
                            held.contains(&port) || left.entry(port).or_insert_with(Instant::now).elapsed() > LEAVING
                        });
                    }
                    let mut notes = counting.notes();
                    if processes.len() > notes.most.len() {
                        notes.most = processes;
                    }
                    drop(notes);
                    thread::sleep(PAUSE);
                }
            }),
        ];
        Self { seen, server: place, watchers }
    }
}

impl Place {
    fn postmaster(&self) -> Option<u32> {
        fs::read_to_string(self.data.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    }

    /// The titles of the server's processes that serve pgvigil, which comes by TCP where the tests' own sessions use the socket.
    fn processes(&self) -> Vec<String> {
        let Some(postmaster) = self.postmaster() else { return Vec::new() };
        let children = fs::read_to_string(format!("/proc/{postmaster}/task/{postmaster}/children")).unwrap_or_default();
        let titles = children.split_whitespace().map(|pid| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default());
        let ours = titles.filter(|title| title.starts_with("postgres: pgvigil ") && title.contains(" 127.0.0.1("));
        ours.map(|title| title.trim_matches(['\0', ' ']).to_owned()).collect()
    }

    fn hangs(&self) -> bool {
        self.postmaster().is_some_and(process::is_suspended)
    }
}

/// Ports from which somebody has a connection that is still open on this side.
fn held_ports() -> BTreeSet<u16> {
    let all = procfs::net::tcp().expect("the kernel's list");
    all.into_iter().filter(|entry| entry.state == TcpState::Established).map(|entry| entry.local_address.port()).collect()
}

/// Of the client that a process serves: `postgres: pgvigil postgres 127.0.0.1(50332) idle`.
fn port_of(title: &str) -> u16 {
    let port = title.split_once(" 127.0.0.1(").and_then(|(_, rest)| rest.split_once(')')?.0.parse().ok());
    port.unwrap_or_else(|| panic!("{title}: no port"))
}

/// Asks for statements that run longer than the timeout which they set for themselves and the second by which pgvigil gives up later. Not
/// of the view, which reads catalogues that a test may have locked.
fn ask(psql: &Psql, seen: &Seen) {
    const OVERDUE: &str = r"select 'overdue=' || coalesce(string_agg(format('%s %s %s', pid, extract(epoch from age), left(query, 120)), e'\t'), '')
        from (select pid, query, clock_timestamp() - query_start as age, substring(query from 'statement_timeout = (\d+)')::int + 1000 as allowed
              from pg_stat_get_activity(null) where application_name = 'pgvigil' and state = 'active') as s
        where allowed is null or age > allowed * interval '1 ms';";
    let mut command = psql.command(process::command(psql::program(), User::Same, "KILL"));
    command.args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = process::spawn(command);
    let mut input = child.stdin.take().expect("piped");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut last = Instant::now();
    let mut moving_since = Instant::now();
    while !seen.over() && writeln!(input, "{OVERDUE}").is_ok() {
        let answer = lines.by_ref().map_while(Result::ok).find_map(|line| Some(line.split_once("overdue=")?.1.to_owned()));
        let Some(overdue) = answer else { break };
        if last.elapsed() > STOOD_STILL {
            moving_since = Instant::now();
        }
        last = Instant::now();
        let mut notes = seen.notes();
        notes.looks += 1;
        for statement in overdue.split('\t').filter(|statement| !statement.is_empty()) {
            let mut words = statement.split(' ');
            let pid = words.next().and_then(|pid| pid.parse().ok()).unwrap_or_default();
            let age = words.next().and_then(|age| age.parse().ok()).map_or(Duration::ZERO, Duration::from_secs_f64);
            // A process that a test has suspended cannot end its statement, and when it goes on needs a moment; nor could one while everything
            // stood still.
            if !was_suspended_within(pid, RESUMING) && age < moving_since.elapsed() {
                notes.overdue.insert(statement.to_owned());
            }
        }
        drop(notes);
        thread::sleep(PAUSE);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Where a log says that one of pgvigil's statements waited. A login has none, and as long as it waits no time-out of pgvigil's is in force
/// there: how many of them wait is counted by the processes.
fn waits(log: &str) -> Vec<&str> {
    let lines: Vec<&str> = log.lines().collect();
    let of_a_statement = |index: usize| {
        // Written in one piece: who waits, maybe for whom, and with what.
        let next = lines.get(index + 1..).unwrap_or_default();
        next.iter().find(|line| !line.contains("] pgvigil DETAIL:  ")).is_some_and(|line| line.contains("] pgvigil STATEMENT:  "))
    };
    let waits = lines.iter().enumerate().filter(|(index, line)| line.contains(WAITED) && of_a_statement(*index));
    waits.map(|(_, line)| *line).collect()
}

impl Drop for Watch {
    fn drop(&mut self) {
        let start = Instant::now();
        let wait = |until: &dyn Fn() -> bool| {
            while !until() && !thread::panicking() && start.elapsed() < FAREWELL {
                thread::sleep(Duration::from_millis(10));
            }
        };
        // A test may be over sooner than a psql has started.
        wait(&|| self.seen.notes().looks > 0);
        wait(&|| self.server.hangs() || self.server.processes().is_empty());
        self.seen.over.store(true, Ordering::Relaxed);
        // A watcher of a suspended server waits for it; it ends with it.
        for watcher in self.watchers.drain(..).filter(JoinHandle::is_finished) {
            let _ = watcher.join();
        }
        if thread::panicking() {
            return;
        }
        let notes = self.seen.notes();
        assert!(notes.looks > 0, "nobody looked at pg_stat_activity");
        assert!(notes.most.len() <= ALLOWED, "{} processes of pgvigil's at once: {:#?}", notes.most.len(), notes.most);
        assert!(notes.overdue.is_empty(), "longer than their timeout and a second: {:#?}", notes.overdue);
        let left = self.server.processes();
        assert!(self.server.hangs() || left.is_empty(), "left behind: {left:#?}");
        let log = fs::read_to_string(&self.server.log).unwrap_or_default();
        let waits = waits(&log);
        assert!(waits.is_empty(), "waited too long for a lock: {waits:#?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_waited_is_found_and_a_login_is_not() {
        let log = "\
            12:00 [7] pgvigil LOG:  process 7 still waiting for AccessShareLock on relation 1259 after 110.1 ms\n\
            12:00 [7] pgvigil DETAIL:  Process holding the lock: 1. Wait queue: 7.\n\
            12:01 [8] pgvigil LOG:  process 8 still waiting for AccessShareLock on relation 1259 after 110.1 ms\n\
            12:01 [8] pgvigil DETAIL:  Process holding the lock: 1. Wait queue: 8.\n\
            12:01 [8] pgvigil STATEMENT:  /* pgvigil facts */ select 1\n\
            12:02 [7] pgvigil LOG:  process 7 acquired AccessShareLock on relation 1259 after 1083.083 ms\n\
            12:03 [7] pgvigil ERROR:  canceling statement due to lock timeout\n\
            12:03 [7] pgvigil STATEMENT:  /* pgvigil facts */ select 1\n";
        let found = waits(log);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("[8]"), "{found:?}");
    }
}
