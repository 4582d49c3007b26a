//! What is to be watched of one server: its configuration, the queries, and where answers go.

use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher as _, BuildHasherDefault};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::absent::Memory;
use super::facts::Facts;
use super::questions::Questions;
use crate::expose::store::Store;
use crate::query::Query;
use crate::query::catalog::Catalog;
use crate::server::report::publisher::Publisher;
use crate::server::report::status::Board;
use crate::settings::Server;

/// Everything that the work on one server needs.
pub struct Watched {
    /// Its configuration.
    pub server: Server,
    /// The queries that are asked in SQL.
    pub queries: Vec<Arc<Query>>,
    /// Where answers go, and how the work goes.
    pub publisher: Publisher,
    /// What is known of it, as last read: what is done elsewhere stands on it.
    pub known: watch::Sender<Option<Arc<Facts>>>,
    /// What is asked to know the facts.
    pub questions: Questions,
    /// What of them could not be read, and where. A reload forgets it.
    pub refusals: Memory,
}

impl Watched {
    /// A `server` with the queries of a catalogue, and its place on the board. What was `known` of it before still is.
    #[must_use]
    pub fn new(server: Server, catalog: &Catalog, store: Arc<Store>, board: Arc<Board>, known: watch::Sender<Option<Arc<Facts>>>) -> Self {
        let queries: Vec<Arc<Query>> = catalog.queries().filter(|query| query.scope.is_sql()).cloned().collect();
        let publisher = Publisher::new(&server, store, board);
        let questions = Questions::of(queries.iter().map(AsRef::as_ref), &server.trusted_roles);
        Self { server, queries, publisher, known, questions, refusals: Memory::default() }
    }
}

/// A fixed share of `interval` for each `seed`, so that work of the same interval is spread over it.
#[must_use]
pub fn phase(seed: impl std::hash::Hash, interval: Duration) -> Duration {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(seed);
    interval.mul_f64(f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0))
}
