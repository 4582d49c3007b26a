//! What is told of the work on one server: its answers to the store, how it goes to the board and the log.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tracing::{debug, info, warn};

use super::fault::{Fault, FaultKind};
use super::plan::Skip;
use super::status::{Board, QueryStatus, ServerStatus};
use crate::diagnostic::Diagnostic;
use crate::expose::chunk::Compressor;
use crate::expose::sample::Samples;
use crate::expose::store::{Block, Key, Store};
use crate::expose::text;
use crate::query::{Query, Scope};
use crate::settings::Server;

/// The voice of one server.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// Its name, shared by all keys.
    pub name: Arc<str>,
    /// Where answers go.
    pub store: Arc<Store>,
    /// Where it is said how the work goes.
    pub board: Arc<Board>,
    /// Where the server is, for people.
    address: String,
    /// The labels that every sample bears, written.
    constant: String,
}

impl Publisher {
    /// For `server`, which gets its place on the board.
    #[must_use]
    pub fn new(server: &Server, store: Arc<Store>, board: Arc<Board>) -> Self {
        let name: Arc<str> = server.name.as_str().into();
        let mut constant = String::new();
        text::write_label(&mut constant, "server", &name);
        for (label, value) in &server.labels {
            text::write_label(&mut constant, label, value);
        }
        let labels = server.labels.iter().map(|(label, value)| (label.clone(), value.clone())).collect();
        let address = server.address();
        board.insert(Arc::clone(&name), ServerStatus { kind: server.kind, address: address.clone(), labels, ..ServerStatus::default() });
        Self { name, store, board, address, constant }
    }

    pub(super) fn unreachable(&self, fault: &Fault) {
        let news = self.board.update(&self.name, |status| {
            status.up = Some(false);
            status.fault = Some(fault.clone());
            status.told.replace(fault.message.clone()).as_ref() != Some(&fault.message)
        });
        if news == Some(true) {
            warn!(server = %self.name, address = self.address, %fault, "the server does not answer");
        }
    }

    pub(super) fn reachable(&self) {
        let was = self.board.update(&self.name, |status| {
            status.told = None;
            status.up.replace(true)
        });
        if was.flatten() != Some(true) {
            info!(server = %self.name, address = self.address, "the server answers");
        }
    }

    pub(super) fn key(&self, query: &Query, database: Option<&Arc<str>>) -> Key {
        Key { server: Arc::clone(&self.name), query: query.name.as_str().into(), database: database.cloned() }
    }

    /// The labels of a query's samples, written.
    pub(super) fn constant(&self, query: &Query, database: &str) -> String {
        let mut constant = self.constant.clone();
        if query.scope == Scope::Database {
            text::write_label(&mut constant, "datname", database);
        }
        constant
    }

    /// Says how a run ended, and publishes its samples.
    pub(super) async fn record(
        &self,
        query: &Arc<Query>,
        database: Option<&Arc<str>>,
        started: Instant,
        result: Result<Samples, Fault>,
    ) -> Option<Fault> {
        let now = Instant::now();
        let duration = now - started;
        let expires = now + freshness(query);
        let result = match result {
            Ok(samples) => {
                let (series, dropped) = (samples.series, samples.dropped);
                // Compressing a large answer takes milliseconds, which the threads that serve pages must not spend.
                let making = tokio::task::spawn_blocking(move || Block::new(samples, expires, &mut Compressor::default()));
                let lost = |_| Fault::result(Diagnostic::file(&query.path, "pgvigil panicked while it compressed the answer"));
                making.await.map(|block| (block, series, dropped)).map_err(lost)
            }
            Err(fault) => Err(fault),
        };
        match result {
            Ok((block, series, dropped)) => {
                self.store.publish(self.key(query, database), block);
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
    pub(super) fn skip(&self, query: &Arc<Query>, database: Option<&Arc<str>>, skip: &Skip) {
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

    /// Says that a query cannot run just now. Its samples stay until they are too old.
    pub(super) fn skip_for_now(&self, query: &Arc<Query>, database: Option<&Arc<str>>, skip: &Skip) {
        self.with_query(query, database, |status| status.skip = Some(skip.clone()));
    }

    /// Forgets all that was told of databases that `keep` does not name.
    pub(super) fn retain_databases(&self, keep: impl Fn(&str) -> bool) {
        self.store.retain(|key| *key.server != *self.name || key.database.as_deref().is_none_or(&keep));
        self.board.update(&self.name, |status| status.queries.retain(|(_, database), _| database.as_deref().is_none_or(&keep)));
    }

    /// Forgets a query in a database that is gone.
    pub(super) fn forget(&self, query: &Query, database: &Arc<str>) {
        self.store.remove(&self.key(query, Some(database)));
        self.board.update(&self.name, |status| status.queries.remove(&(query.name.as_str().into(), Some(Arc::clone(database)))));
    }

    pub(super) fn with_query<R: Default>(
        &self,
        query: &Arc<Query>,
        database: Option<&Arc<str>>,
        change: impl FnOnce(&mut QueryStatus) -> R,
    ) -> R {
        let place = (query.name.as_str().into(), database.cloned());
        let changed = self.board.update(&self.name, |status| {
            let status = status.queries.entry(place).or_insert_with(|| QueryStatus::new(Arc::clone(query)));
            // It may have changed since, at a reload.
            status.query = Arc::clone(query);
            change(status)
        });
        changed.unwrap_or_default()
    }
}

/// How long an answer is true: it survives two runs that fail, and no more.
#[must_use]
pub fn freshness(query: &Query) -> Duration {
    query.interval * 3 + query.timeout
}
