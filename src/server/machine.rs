//! The host of a server, if pgvigil runs on it. It is read from the kernel and not from the server, so the metrics continue while the server is down or
//! hangs.
//!
//! A read can block, for instance on a network file system whose server is gone, and nothing can end it. So each read has a thread of its own. A query
//! whose last read still hangs is not read again, so there are never more threads than queries. That query fails, and the others continue.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fail::fail_point;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::report::fault::{Fate, Fault, FaultKind};
use super::report::publisher::Publisher;
use super::report::skip::Skip;
use super::seats::PACE;
use super::work::facts::Facts;
use super::work::schedule::{Ended, Schedule};
use super::work::watched::{Watched, phase};
use super::work::{plan, run};
use crate::backoff;
use crate::diagnostic::Source;
use crate::expose::sample::Samples;
use crate::host::{self, HostError, Machine, Reading};
use crate::query::catalog::Catalog;
use crate::query::{Body, Query, Scope};
use crate::settings::Host;

/// What the work on the host needs, for one server.
pub struct HostWatch {
    configured: Option<Host>,
    reads: Vec<Read>,
    machine: Arc<Machine>,
    /// The facts that the server's session has read last; none before its first answer.
    facts: watch::Receiver<Option<Arc<Facts>>>,
    publisher: Publisher,
    stop: CancellationToken,
    /// What the log has already said.
    told: Mutex<BTreeSet<String>>,
}

/// A query, and the permit that its read holds until it ends.
struct Read {
    query: Arc<Query>,
    permit: Arc<Semaphore>,
}

/// Why there are no samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// There is nothing to read here.
    Skipped(Skip),
    /// The read failed.
    Failed(Fault),
}

impl HostWatch {
    /// The work on the host of a server, until `stop`.
    #[must_use]
    pub fn new(watched: &Watched, catalog: &Catalog, stop: CancellationToken) -> Self {
        let queries = catalog.of(&watched.server.name).filter(|query| query.scope == Scope::Host);
        Self {
            configured: watched.server.host.clone(),
            reads: queries.map(|query| Read { query: Arc::clone(query), permit: Arc::new(Semaphore::new(1)) }).collect(),
            machine: Arc::default(),
            facts: watched.known.subscribe(),
            publisher: watched.publisher.clone(),
            stop,
            told: Mutex::default(),
        }
    }

    /// Watches the host until `stop`.
    pub async fn watch(&self) {
        let mut news = self.facts.clone();
        // Until the server or the configuration says so, it is unknown which host is meant.
        let known = async { self.configured.is_some() || news.wait_for(Option::is_some).await.is_ok() };
        tokio::select! {
            known = known => if !known { return },
            () = self.stop.cancelled() => return,
        }
        let mut before = news.borrow_and_update().clone();
        let now = Instant::now();
        let mut schedule = Schedule::new(now);
        for (index, Read { query, .. }) in self.reads.iter().enumerate() {
            schedule.insert(index, query.interval, phase((&self.publisher.name, &query.name), query.interval), now);
        }
        let mut running = FuturesUnordered::new();
        loop {
            while let Some(index) = schedule.take(Instant::now()) {
                running.extend(self.reads.get(index).map(|read| async move { (index, self.run(read).await) }));
            }
            let due = schedule.next_due().unwrap_or_else(|| Instant::now() + Duration::from_millis(PACE));
            tokio::select! {
                () = tokio::time::sleep_until(due.into()) => {}
                Some((index, ended)) = running.next() => schedule.finished(&index, ended, Instant::now(), backoff::random()),
                Ok(()) = news.changed() => {
                    let now = news.borrow_and_update().clone();
                    if self.is_news(before.as_deref(), now.as_deref()) {
                        schedule.all_due(Instant::now());
                    }
                    before = now;
                }
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// Whether the server may be somewhere else than before, or has more directories. While it was not found, each new session may prove its place.
    fn is_news(&self, before: Option<&Facts>, now: Option<&Facts>) -> bool {
        let place =
            |facts: Option<&Facts>| facts.map(|facts| (facts.started.clone(), facts.data_directory.clone(), facts.tablespaces.clone()));
        !self.machine.is_proven() || place(before) != place(now)
    }

    /// Reads one table and publishes it.
    async fn run(&self, read: &Read) -> Ended {
        let started = Instant::now();
        let result = match self.collect(read).await {
            Ok((samples, left_out)) => {
                self.tell(&left_out);
                Ok(samples)
            }
            Err(Missing::Skipped(skip)) => {
                self.publisher.skip(&read.query, None, &skip);
                return Ended::Well;
            }
            Err(Missing::Failed(fault)) => Err(fault),
        };
        Ended::of(self.publisher.record(&read.query, None, started, result).await.as_ref(), started.elapsed())
    }

    fn tell(&self, left_out: &[HostError]) {
        for error in left_out {
            if self.told.lock().insert(error.to_string()) {
                warn!(server = %self.publisher.name, %error, "a directory of the server is left out");
            }
        }
    }

    async fn collect(&self, read: &Read) -> Result<(Samples, Vec<HostError>), Missing> {
        let query = &read.query;
        let facts = self.facts.borrow().clone();
        let nothing = Facts::default();
        let plan = plan::plan(query, facts.as_deref().unwrap_or(&nothing)).map_err(Missing::Skipped)?;
        let table = table(query, plan.body).map_err(Missing::Failed)?;
        let reading = self.look(read, table, facts).await?;
        let samples = reading.answer.samples(query, plan.version, self.publisher.constant(query, ""));
        let samples = samples.map_err(|error| Missing::Failed(run::misfit(query, &error)))?;
        Ok((samples, reading.left_out))
    }

    /// Reads the table on a thread of its own.
    async fn look(&self, read: &Read, table: host::Read, facts: Option<Arc<Facts>>) -> Result<Reading, Missing> {
        let Ok(permit) = Arc::clone(&read.permit).try_acquire_owned() else {
            return Err(failed(FaultKind::Timeout, "the read before still hangs in the kernel"));
        };
        let (machine, configured) = (Arc::clone(&self.machine), self.configured.clone());
        let told = facts.map(|facts| facts.whereabouts());
        let (answer, answered) = oneshot::channel();
        let name = read.query.name.clone();
        let thread = std::thread::Builder::new().name(name.clone()).spawn(move || {
            fail_point!(&name);
            let _ = answer.send(host::look(&machine, table, configured.as_ref(), told.as_ref()));
            drop(permit);
        });
        thread.map_err(|error| failed(FaultKind::Read, format!("no thread to read on: {error}")))?;
        let timeout = read.query.timeout;
        match tokio::time::timeout(timeout, answered).await {
            Err(_) => Err(failed(FaultKind::Timeout, format!("the kernel does not answer within {}", humantime::format_duration(timeout)))),
            Ok(Err(_)) => Err(Missing::Failed(Fault { fate: Fate::Usable, ..Fault::panicked() })),
            Ok(Ok(Err(HostError::Absent(absence)))) => Err(Missing::Skipped(Skip::Host(absence))),
            Ok(Ok(Err(error))) => Err(failed(FaultKind::Read, error.to_string())),
            Ok(Ok(Ok(reading))) => Ok(reading),
        }
    }

    /// Reads everything once, for `check --connect`: for each query what was left out, or why there is nothing.
    pub async fn check(&self) -> Vec<(Arc<Query>, Result<Vec<HostError>, Missing>)> {
        let mut found = Vec::new();
        for read in &self.reads {
            found.push((Arc::clone(&read.query), self.collect(read).await.map(|(_, left_out)| left_out)));
        }
        found
    }
}

/// The table that a body reads.
fn table(query: &Query, body: &Body) -> Result<host::Read, Fault> {
    let name = body.sql.split_whitespace().nth(1).unwrap_or_default();
    host::table(name).ok_or_else(|| {
        let source = Source { path: &query.path, text: &query.text };
        let names = host::TABLES.map(|(name, _)| name).join(", ");
        Fault::result(source.error(run::first_line(body), format!("there is no table `{name}`")).hint(format!("there are {names}")))
    })
}

fn failed(kind: FaultKind, message: impl AsRef<str>) -> Missing {
    Missing::Failed(Fault::of_machine(kind, message.as_ref()))
}
