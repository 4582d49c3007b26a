//! What the work on one server needs: its configuration, its queries, and where the results go.

use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher as _, BuildHasherDefault};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::absent::Memory;
use super::facts::Facts;
use super::questions::Questions;
use super::ranks::Ranks;
use crate::expose::store::Store;
use crate::query::Query;
use crate::query::catalog::Catalog;
use crate::server::report::publisher::Publisher;
use crate::server::report::status::Board;
use crate::settings::Server;

/// Everything that the work on one server needs.
pub struct Watched {
    /// The server's configuration.
    pub server: Server,
    /// The queries that run in SQL.
    pub queries: Vec<Arc<Query>>,
    /// Where samples and status go.
    pub publisher: Publisher,
    /// The facts as read last; the work on the host depends on them.
    pub known: watch::Sender<Option<Arc<Facts>>>,
    /// The questions that the facts answer.
    pub questions: Questions,
    /// Which of them could not be read, and where. A reload forgets it.
    pub refusals: Memory,
    /// What is remembered of ranked queries. A reload keeps it.
    pub ranks: Ranks,
}

impl Watched {
    /// A `server` with the queries of a catalogue, and its entry on the status board. What was `known` about it remains known.
    #[must_use]
    pub fn new(server: Server, catalog: &Catalog, store: Arc<Store>, board: Arc<Board>, known: watch::Sender<Option<Arc<Facts>>>) -> Self {
        let queries: Vec<Arc<Query>> = catalog.of(&server.name).filter(|query| query.scope.is_sql()).cloned().collect();
        let publisher = Publisher::new(&server, store, board);
        let questions = Questions::of(queries.iter().map(AsRef::as_ref), &server.trusted_roles);
        Self { server, queries, publisher, known, questions, refusals: Memory::default(), ranks: Ranks::default() }
    }
}

/// A fixed fraction of `interval` for each `seed`, so that work with the same interval is spread over it.
#[must_use]
pub fn phase(seed: impl std::hash::Hash, interval: Duration) -> Duration {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(seed);
    interval.mul_f64(f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0))
}
