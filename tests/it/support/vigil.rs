//! Looks at the page ten times a second while something goes wrong, and fails the test at the end if a promise was broken meanwhile:
//! every answer is a quick 200, `pg_up` follows the truth, and no value is older than it may be.

mod pages;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use pages::Limits;
use tempfile::TempDir;

use super::config::Config;
use super::exporter::Exporter;
use super::http::{Client, Response};
use super::page::{Page, Sample};
use super::processor::{self, Before, Waited};
use super::scraper::Scraper;
use super::{ensure, in_the_end};
use crate::timeouts::own_query;

/// From a fault to `pg_up`.
pub const NOTICED: Duration = Duration::from_secs(15);
/// From the end of a fault to a whole page.
pub const BACK: Duration = Duration::from_secs(30);
/// How long an answer takes at most. pgvigil and the scraper get a processor before anybody else; where root alone can give them that, without the
/// time for which the machine was short of processors. In both cases without that for which its host kept them, and for which threads of the two are known
/// to have stood in line. On a machine where somebody always stands in line, this sees nothing: so nine in ten also with no more taken off than what
/// the two are known to have waited, and with the slowest answer of `/-/healthy`, which only says that it is there, added to the limit.
const QUICK: Duration = Duration::from_millis(50);
/// And in the same way all of them: an answer that waits for the server takes as long as a time-out of its statements.
const ALWAYS: Duration = Duration::from_millis(500);
/// Between two scrapes.
const PAUSE: Duration = Duration::from_millis(100);
/// Of the scrapes that this gives, those that have to come.
const OFTEN_ENOUGH: f64 = 0.9;
/// Every which page is read to the end; reading one strictly takes longer than making it.
const READ_EVERY: usize = 20;
/// Families whose labels say what the sessions of this very moment do, or who is first just now: they differ between any two pages.
const MOMENTARY: &[&str] = &[
    "pg_stat_activity_",
    "pg_locks_",
    "pg_blocking_",
    "pg_connections_",
    "pg_xmin_holder_",
    "pg_stat_progress_",
    "pg_stat_autovacuum_scores_",
    "pg_stat_statements_",
    "pgvigil_query_errors_total",
];

/// The time of day on the server, and how often it is asked for.
const CLOCK: &str = "own_clock_seconds";
const CLOCK_EVERY: Duration = Duration::from_secs(4);
const CLOCK_TIMEOUT: Duration = Duration::from_secs(3);

const SUCCESS: &str = "pgvigil_query_last_success_timestamp_seconds";

/// Every query that there is, so often that what is too old shows soon, and not so often that a busy machine cannot keep up.
pub fn steady() -> Config {
    Config::every("4s", "3s")
}

pub struct Vigil<'e> {
    exporter: &'e Exporter,
    shared: Arc<Shared>,
    watcher: Option<JoinHandle<()>>,
    /// When the fault was over, from which on there are 30 seconds.
    over: Cell<Option<Instant>>,
}

#[derive(Default)]
struct Shared {
    over: AtomicBool,
    /// For each server whether it answers, and since when that has been so.
    truths: Mutex<BTreeMap<String, (bool, Instant)>>,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    scrapes: usize,
    /// For how long, without the time that reading pages took and for which the machine was short of processors.
    looked: Duration,
    /// As the scraper saw it.
    took: Vec<Duration>,
    /// Without the time in line for a processor.
    net: Vec<Duration>,
    /// The slowest answer of `/-/healthy`, in the same way.
    control: Duration,
    broken: Vec<String>,
}

impl<'e> Vigil<'e> {
    /// Over an exporter whose servers all answer.
    pub fn over(exporter: &'e Exporter, servers: &[&str]) -> Self {
        let since = Instant::now();
        let truths = servers.iter().map(|server| ((*server).to_owned(), (true, since))).collect();
        let shared = Arc::new(Shared { truths: Mutex::new(truths), ..Shared::default() });
        let (theirs, port, pid) = (Arc::clone(&shared), exporter.port, exporter.pid());
        let limits = pages::limits(&fs::read_to_string(exporter.config_file()).expect("a configuration"));
        let mut scraper = Scraper::of(port);
        let watcher = thread::spawn(move || watch(&theirs, &Client::new(port), &mut scraper, pid, &limits));
        Self { exporter, shared, watcher: Some(watcher), over: Cell::new(None) }
    }

    /// From now on the server answers or not, and soon the page has to say so.
    pub fn truth(&self, server: &str, up: bool) {
        let before = lock(&self.shared.truths).insert(server.to_owned(), (up, Instant::now()));
        if up && before.is_none_or(|(was_up, _)| !was_up) {
            self.ends();
        }
    }

    /// The fault is over just now: what is waited for from here on counts to the time in which all has to be back. That a server which did not answer
    /// answers from now on says so too.
    pub fn ends(&self) {
        self.over.set(Some(Instant::now()));
    }

    /// The server comes or goes just now, and either may be right.
    pub fn changes(&self, server: &str) {
        lock(&self.shared.truths).remove(server);
    }

    /// Says the truth and waits for the page.
    #[track_caller]
    pub fn notices(&self, server: &str, up: bool) -> Page {
        self.truth(server, up);
        self.exporter.await_value(NOTICED, "pg_up", &[("server", server)], Some(f64::from(u8::from(up))))
    }

    /// Lets a fault last for a while, during which the page says of the server what it says now.
    #[track_caller]
    pub fn lasts(&self, server: &str, up: bool, how_long: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < how_long {
            assert_eq!(
                self.exporter.page().value("pg_up", &[("server", server)]),
                Some(f64::from(u8::from(up))),
                "{}",
                self.exporter.log()
            );
            thread::sleep(PAUSE * 4);
        }
    }

    /// Waits for all series that were there before the fault, but for those that are said to have gone with it, and for logins that work. What a query
    /// has told before may still stand on the page: those that come often must have succeeded anew.
    #[track_caller]
    pub fn all_back(&self, before: &BTreeSet<String>, gone: impl Fn(&str) -> bool) -> Page {
        const OFTEN: f64 = 10.0;
        self.back(before, gone, OFTEN, SystemTime::now())
    }

    /// The same of a server that was down then: all that it told before says nothing of it, so each query must have succeeded, however seldom it comes.
    #[track_caller]
    pub fn all_anew(&self, before: &BTreeSet<String>, down: SystemTime) -> Page {
        self.back(before, |_| false, f64::INFINITY, down)
    }

    #[track_caller]
    fn back(&self, before: &BTreeSet<String>, gone: impl Fn(&str) -> bool, often: f64, since: SystemTime) -> Page {
        let elapsed = self.over.take().map_or(Duration::ZERO, |over| over.elapsed());
        assert!(elapsed < BACK, "{elapsed:?} have gone already");
        let since = since_the_epoch(since).as_secs_f64();
        in_the_end(BACK.saturating_sub(elapsed), &format!("all series are back, after {elapsed:?} of {BACK:?}"), || {
            let page = self.exporter.page();
            let refused = page.all("pg_login_up", &[]).filter(|login| login.value < 1.0).map(as_written);
            let refused: Vec<String> = refused.filter(|series| before.contains(series)).collect();
            ensure(refused.is_empty(), || format!("{refused:?}"))?;
            let now = series(&page);
            let missing: Vec<&String> = before.difference(&now).filter(|series| !gone(series)).collect();
            let old: Vec<String> =
                not_since(&page, since, often).into_iter().filter(|series| before.contains(series) && !gone(series)).collect();
            ensure(missing.is_empty() && old.is_empty(), || {
                let some = |count: usize| count.min(20);
                format!(
                    "{} missing: {:#?}, {} old: {:#?}",
                    missing.len(),
                    &missing[..some(missing.len())],
                    old.len(),
                    &old[..some(old.len())]
                )
            })
            .map(|()| page)
        })
    }
}

fn since_the_epoch(time: SystemTime) -> Duration {
    time.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The series of last success of the queries that come so often, in seconds, run here and have not succeeded since then.
fn not_since(page: &Page, then: f64, often: f64) -> Vec<String> {
    let says = |name: &str, of: &Sample, what: &dyn Fn(f64) -> bool| {
        let place = ["server", "query", "datname"].map(|label| (label, of.label(label)));
        page.all(name, &place).any(|sample| what(sample.value))
    };
    page.all(SUCCESS, &[])
        .filter(|sample| sample.value < then)
        .filter(|sample| says("pgvigil_query_interval_seconds", sample, &|interval| interval <= often))
        .filter(|sample| !says("pgvigil_query_skipped", sample, &|skipped| skipped > 0.0))
        .map(as_written)
        .collect()
}

/// The series that do not depend on the moment, each as the page would write it.
pub fn series(page: &Page) -> BTreeSet<String> {
    let lasting = page.samples().filter(|sample| !MOMENTARY.iter().any(|family| sample.name.starts_with(family)));
    lasting.map(as_written).collect()
}

fn as_written(sample: &Sample) -> String {
    format!("{}{:?}", sample.name, sample.labels)
}

/// Everything that an undisturbed server has to show.
pub fn whole(exporter: &Exporter, servers: &[&str]) -> BTreeSet<String> {
    exporter.await_all(servers);
    for server in servers {
        exporter.await_value(super::SOON, "pg_login_up", &[("server", server)], Some(1.0));
    }
    series(&exporter.page())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("the vigil died")
}

fn watch(shared: &Shared, client: &Client, scraper: &mut Scraper, pid: u32, limits: &Limits) {
    let is_first = scraper.is_first && processor::prefer(pid);
    let excuse = |waited: Waited| if is_first { waited.own() } else { waited.possible() };
    while !shared.over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        let since_the_last = Before::now(&[pid, scraper.pid()]);
        let (answer, waited) = ask(scraper, "/metrics", pid);
        let (control, control_waited) = ask(scraper, "/-/healthy", pid);
        let control = control.map_or(Duration::ZERO, |control| control.took.saturating_sub(control_waited.own()));
        let (mut broken, mut net, mut took) = (Vec::new(), None, None);
        match &answer {
            Ok(response) => {
                net = Some(response.took.saturating_sub(waited.own()));
                let is_quick = response.took.saturating_sub(excuse(waited)) <= QUICK;
                broken.extend((!is_quick).then(|| format!("took {:?}; {waited:?}", response.took)));
                took = Some(response.took);
                broken.extend((response.status != 200).then(|| format!("status {}", response.status)));
            }
            Err(error) => broken.push(format!("no answer: {error}")),
        }
        let count = lock(&shared.seen).scrapes;
        let reading = Instant::now();
        let _ = answer.as_ref().map(Response::text);
        let read = count.is_multiple_of(READ_EVERY).then_some(answer).and_then(Result::ok);
        broken.extend(read.map(|response| pages::content(shared, client, limits, &response)).unwrap_or_default());
        let reading = reading.elapsed();
        thread::sleep(PAUSE.saturating_sub(begun.elapsed()));
        let waited = since_the_last.since().possible();
        let mut seen = lock(&shared.seen);
        seen.scrapes += 1;
        seen.looked += begun.elapsed().saturating_sub(reading + waited).max(PAUSE);
        seen.broken.extend(broken);
        seen.net.extend(net);
        seen.took.extend(took);
        seen.control = seen.control.max(control);
    }
}

/// An answer, and for how long its makers were kept from a processor.
fn ask(scraper: &mut Scraper, path: &str, pid: u32) -> (Result<Response, String>, Waited) {
    let before = Before::now(&[pid, scraper.pid()]);
    let answer = scraper.get(path);
    (answer, before.since())
}

/// A query that says what time it is on the server.
pub fn clock() -> TempDir {
    let (every, timeout) = (CLOCK_EVERY.as_secs(), CLOCK_TIMEOUT.as_secs());
    own_query(
        "clock",
        &format!("-- interval: {every}s\n-- timeout: {timeout}s\n-- limit: 1 series\n-- gauge {CLOCK}: When it was asked."),
        &format!("SELECT extract(epoch FROM pg_catalog.clock_timestamp()) AS {CLOCK}"),
    )
}

impl Drop for Vigil<'_> {
    fn drop(&mut self) {
        // A fault may be over sooner than a page was read to its end.
        let begun = Instant::now();
        while lock(&self.shared.seen).scrapes <= READ_EVERY && begun.elapsed() < NOTICED && !thread::panicking() {
            thread::sleep(PAUSE);
        }
        self.shared.over.store(true, Ordering::Relaxed);
        let ended = self.watcher.take().map(JoinHandle::join);
        if thread::panicking() {
            return;
        }
        assert!(ended.is_some_and(|ended| ended.is_ok()), "the vigil died");
        let mut seen = lock(&self.shared.seen);
        seen.took.sort();
        let (median, slowest) = (seen.took.get(seen.took.len() / 2), seen.took.last());
        let excused = seen.took.iter().filter(|took| **took > QUICK).count();
        eprintln!("{} scrapes, median {median:?}, slowest {slowest:?}; {excused} over {QUICK:?} for want of a processor", seen.scrapes);
        assert!(seen.scrapes > READ_EVERY, "only {} scrapes", seen.scrapes);
        let due = seen.looked.mul_f64(OFTEN_ENOUGH);
        assert!(PAUSE * u32::try_from(seen.scrapes).expect("not for years") >= due, "only {} scrapes in {due:?}", seen.scrapes);
        let over = |limit: Duration| seen.net.iter().filter(|net| **net > limit + seen.control).count();
        let slow = || format!("slow, where the control took {:?}: {:?}", seen.control, seen.net);
        assert!(over(ALWAYS) == 0 && over(QUICK) * 10 <= seen.scrapes, "{}", slow());
        assert!(seen.broken.is_empty(), "in {} scrapes: {:#?}", seen.scrapes, &seen.broken[..seen.broken.len().min(20)]);
    }
}
