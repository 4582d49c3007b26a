//! What is true now: the last good answer of every query, until it has outlived its freshness limit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use parking_lot::Mutex;

use super::chunk::{Chunk, Compressor};
use super::sample::Samples;

/// Whose answer a block is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The server's name in the configuration.
    pub server: Arc<str>,
    /// The query's name.
    pub query: Arc<str>,
    /// The database, for a query of that scope.
    pub database: Option<Arc<str>>,
}

/// One answer: for each metric its lines.
#[derive(Debug)]
pub struct Block {
    /// The metrics' names and lines; only those that have any.
    pub chunks: Vec<(Box<str>, Chunk)>,
    /// When it is stale.
    pub expires: Instant,
}

impl Block {
    /// Makes the block of an answer that is fresh until `expires`.
    #[must_use]
    pub fn new(samples: Samples, expires: Instant, compressor: &mut Compressor) -> Self {
        let lines = samples.lines.into_iter().filter(|(_, lines)| !lines.is_empty());
        Self { chunks: lines.map(|(name, lines)| (name.into_boxed_str(), compressor.chunk(lines))).collect(), expires }
    }
}

/// Counts the changes of everything that a page shows, so that a page knows whether it is still right.
#[derive(Debug, Clone, Default)]
pub struct Revision(Arc<AtomicU64>);

impl Revision {
    /// Says that something has changed.
    pub fn advance(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    /// The number of changes until now.
    #[must_use]
    pub fn current(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

/// All blocks.
#[derive(Debug, Default)]
pub struct Store {
    blocks: Mutex<BTreeMap<Key, Arc<Block>>>,
    revision: Revision,
}

impl Store {
    /// An empty store whose changes `revision` counts.
    #[must_use]
    pub fn new(revision: Revision) -> Self {
        Self { blocks: Mutex::default(), revision }
    }

    /// Puts a block in the place of the one before.
    pub fn publish(&self, key: Key, block: Block) {
        self.blocks.lock().insert(key, Arc::new(block));
        self.revision.advance();
    }

    /// Takes away what is no longer true, for instance a query that the server's new role leaves out.
    pub fn remove(&self, key: &Key) {
        if self.blocks.lock().remove(key).is_some() {
            self.revision.advance();
        }
    }

    /// Takes away every block whose key does not meet `keep`.
    pub fn retain(&self, keep: impl Fn(&Key) -> bool) {
        self.blocks.lock().retain(|key, _| keep(key));
        self.revision.advance();
    }

    /// The blocks that are fresh at `now`, of one server or all. Stale ones are dropped for good.
    #[must_use]
    pub fn fresh(&self, server: Option<&str>, now: Instant) -> Vec<Arc<Block>> {
        let mut blocks = self.blocks.lock();
        blocks.retain(|_, block| block.expires > now);
        let wanted = blocks.iter().filter(|(key, _)| server.is_none_or(|server| *key.server == *server));
        wanted.map(|(_, block)| Arc::clone(block)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn key(server: &str) -> Key {
        Key { server: server.into(), query: "a/b".into(), database: None }
    }

    fn block(expires: Instant) -> Block {
        let lines = vec![("pg_x".to_owned(), "pg_x 1\n".to_owned()), ("pg_y".to_owned(), String::new())];
        Block::new(Samples { lines, series: 1, ..Samples::default() }, expires, &mut Compressor::default())
    }

    #[test]
    fn drops_what_is_stale_and_counts_changes() {
        let revision = Revision::default();
        let store = Store::new(revision.clone());
        let now = Instant::now();
        store.publish(key("a"), block(now + Duration::from_secs(1)));
        store.publish(key("b"), block(now + Duration::from_secs(9)));
        assert_eq!(revision.current(), 2);
        assert_eq!(store.fresh(None, now).len(), 2);
        assert_eq!(store.fresh(Some("a"), now).len(), 1);
        assert_eq!(store.fresh(None, now + Duration::from_secs(1)).len(), 1);
        assert_eq!(store.fresh(Some("a"), now).len(), 0);
        store.remove(&key("a"));
        assert_eq!(revision.current(), 2, "nothing was there to remove");
        store.remove(&key("b"));
        assert_eq!(revision.current(), 3);
    }

    #[test]
    fn a_metric_without_samples_has_no_chunk() {
        assert_eq!(block(Instant::now()).chunks.len(), 1);
    }
}
