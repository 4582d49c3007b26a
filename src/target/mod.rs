//! One server: what is true of it ([`facts`]), what that means for each query ([`plan`]), what is due ([`schedule`]), and how it is run
//! ([`run`]) on the kept connection ([`session`]) or on the short-lived second one ([`errand`]).

pub mod agenda;
pub mod backoff;
pub mod errand;
pub mod facts;
pub mod fault;
pub mod lingering;
pub mod link;
pub mod plan;
pub mod run;
pub mod schedule;
pub mod session;
pub mod status;

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::expose::chunk::Compressor;
use crate::expose::sample::Samples;
use crate::expose::store::{Block, Key, Store};
use crate::expose::text;
use crate::query::catalog::Catalog;
use crate::query::{Query, Scope};
use crate::settings::Server;
use fault::{Fault, FaultKind};
use plan::Skip;
use status::{Board, QueryStatus, ServerStatus};

/// A query with a longer timeout runs on the second connection, so that it never holds up the sign of life on the kept one.
pub const KEPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that the work on one server needs.
pub struct Target {
    /// Its configuration.
    pub server: Server,
    /// Its name, shared by all keys.
    pub name: Arc<str>,
    /// Its queries.
    pub queries: Vec<Arc<Query>>,
    /// Where answers go.
    pub store: Arc<Store>,
    /// Where it is said how the work goes.
    pub board: Arc<Board>,
    /// Ends the work.
    pub stop: CancellationToken,
    /// The statement that reads the facts.
    questions: String,
    /// The labels that every sample bears, written.
    constant: String,
}

/// Something to do on a server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// Read the facts: the sign of life.
    Facts,
    /// Log in anew.
    Login,
    /// Run a query.
    Query {
        /// Its place in [`Target::queries`].
        index: usize,
        /// Where, for a query of that scope.
        database: Option<Arc<str>>,
    },
}

impl Target {
    /// The work on `server`, and its place on the board.
    #[must_use]
    pub fn new(server: Server, catalog: &Catalog, store: Arc<Store>, board: Arc<Board>, stop: CancellationToken) -> Self {
        let queries: Vec<Arc<Query>> = catalog.queries().cloned().collect();
        let name: Arc<str> = server.name.as_str().into();
        let mut constant = String::new();
        text::write_label(&mut constant, "server", &name);
        for (label, value) in &server.labels {
            text::write_label(&mut constant, label, value);
        }
        let labels = server.labels.iter().map(|(label, value)| (label.clone(), value.clone())).collect();
        board.insert(Arc::clone(&name), ServerStatus { address: server.address(), labels, ..ServerStatus::default() });
        let questions = facts::Questions::of(queries.iter().map(AsRef::as_ref)).statement();
        Self { server, name, queries, store, board, stop, questions, constant }
    }

    /// Watches the server until it is told to stop.
    pub async fn watch(self: Arc<Self>) {
        let mut agenda = agenda::Agenda::new(&self, Instant::now());
        let mut failures = 0;
        let mut next = None;
        while !self.stop.is_cancelled() {
            let opened = if let Some(link) = next.take() {
                Ok(link)
            } else {
                tokio::select! {
                    opened = link::Link::open(&self.server, None, self.server.connect_timeout, &self.board) => opened,
                    () = self.stop.cancelled() => break,
                }
            };
            match opened {
                Ok(link) => {
                    let begun = Instant::now();
                    let (fault, other) = session::Session::new(Arc::clone(&self), link, &mut agenda).run().await;
                    next = other;
                    if fault.kind != FaultKind::Stopped {
                        debug!(server = %self.name, %fault, "the session ended");
                    }
                    // After a session that did its work the next try is made soon; one that breaks again and again is not hammered.
                    let worked = agenda.answered() && begun.elapsed() > facts::INTERVAL;
                    failures = if worked { 1 } else { failures + 1 };
                }
                Err(fault) => {
                    failures += 1;
                    self.unreachable(&fault);
                }
            }
            if next.is_none() {
                let wait = backoff::CONNECT.delay(failures, backoff::random());
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.stop.cancelled() => {}
                }
            }
        }
        agenda.end().await;
    }

    fn unreachable(&self, fault: &Fault) {
        let news = self.board.update(&self.name, |status| {
            status.up = Some(false);
            status.fault = Some(fault.clone());
            status.told.replace(fault.message.clone()).as_ref() != Some(&fault.message)
        });
        if news == Some(true) {
            warn!(server = %self.name, address = self.server.address(), %fault, "the server does not answer");
        }
    }

    fn reachable(&self) {
        let was = self.board.update(&self.name, |status| {
            status.told = None;
            status.up.replace(true)
        });
        if was.flatten() != Some(true) {
            info!(server = %self.name, address = self.server.address(), "the server answers");
        }
    }

    fn key(&self, query: &Query, database: Option<&Arc<str>>) -> Key {
        Key { server: Arc::clone(&self.name), query: query.name.as_str().into(), database: database.cloned() }
    }

    /// The labels of a query's samples, written.
    fn constant(&self, query: &Query, database: &str) -> String {
        let mut constant = self.constant.clone();
        if query.scope == Scope::Database {
            text::write_label(&mut constant, "datname", database);
        }
        constant
    }

    /// Says how a run ended, and publishes its samples.
    async fn record(
        &self,
        query: &Arc<Query>,
        database: Option<&Arc<str>>,
        started: Instant,
        result: Result<Samples, Fault>,
    ) -> Option<Fault> {
        let now = Instant::now();
        let duration = now - started;
        match result {
            Ok(samples) => {
                let (series, dropped) = (samples.series, samples.dropped);
                let expires = now + freshness(query);
                // Compressing a large answer takes milliseconds, which the threads that serve pages must not spend.
                let making = tokio::task::spawn_blocking(move || Block::new(samples, expires, &mut Compressor::default()));
                if let Ok(block) = making.await {
                    self.store.publish(self.key(query, database), block);
                }
                let (first_drop, mended) = self.with_query(query, database, |status| {
                    let news = (dropped > 0 && status.dropped == 0, status.fault.is_some());
                    *status = QueryStatus {
                        last_success: Some(SystemTime::now()),
                        duration: Some(duration),
                        series,
                        dropped,
                        expires: Some(expires),
                        skip: None,
                        fault: None,
                        ..status.clone()
                    };
                    news
                });
                if first_drop {
                    warn!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), series, dropped, limit = query.limit,
                        "series over the limit were dropped");
                }
                if mended {
                    info!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), "the query succeeds again");
                }
                None
            }
            Err(fault) => {
                let news = self.with_query(query, database, |status| {
                    *status.errors.entry(fault.kind).or_default() += 1;
                    status.duration = Some(duration);
                    status.skip = None;
                    status.fault.replace(fault.clone()).is_none_or(|before| before.message != fault.message)
                });
                if news && fault.kind != FaultKind::Stopped {
                    warn!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), kind = fault.kind.as_str(),
                        file = fault.place(), hint = fault.diagnostic.as_deref().and_then(|diagnostic| diagnostic.hint.as_deref()), error = %fault,
                        "the query failed");
                }
                Some(fault)
            }
        }
    }

    /// Says that a query does not run here, and takes its samples off the page: they are no longer true.
    fn skip(&self, query: &Arc<Query>, database: Option<&Arc<str>>, skip: &Skip) {
        self.store.remove(&self.key(query, database));
        let news = self.with_query(query, database, |status| {
            let news = status.skip.as_ref() != Some(skip);
            *status =
                QueryStatus { errors: std::mem::take(&mut status.errors), skip: Some(skip.clone()), ..QueryStatus::new(Arc::clone(query)) };
            news
        });
        if news {
            debug!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), %skip, "the query is skipped");
        }
    }

    /// Forgets a query in a database that is gone.
    fn forget(&self, query: &Query, database: &Arc<str>) {
        self.store.remove(&self.key(query, Some(database)));
        self.board.update(&self.name, |status| status.queries.remove(&(query.name.as_str().into(), Some(Arc::clone(database)))));
    }

    fn with_query<R: Default>(&self, query: &Arc<Query>, database: Option<&Arc<str>>, change: impl FnOnce(&mut QueryStatus) -> R) -> R {
        let place = (query.name.as_str().into(), database.cloned());
        let changed = self
            .board
            .update(&self.name, |status| change(status.queries.entry(place).or_insert_with(|| QueryStatus::new(Arc::clone(query)))));
        changed.unwrap_or_default()
    }
}

/// How long an answer is true: it survives two runs that fail, and no more.
#[must_use]
pub fn freshness(query: &Query) -> Duration {
    query.interval * 3 + query.timeout
}

/// A fixed share of `interval` for each `seed`, so that work of the same interval is spread over it.
#[must_use]
pub fn phase(seed: impl std::hash::Hash, interval: Duration) -> Duration {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(seed);
    interval.mul_f64(f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0))
}
