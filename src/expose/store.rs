//! What is true now: the last good answer of every query, until it has outlived its freshness limit.

use std::collections::{BTreeMap, HashMap};
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
    /// How many bytes it takes, plain and compressed.
    size: usize,
}

impl Block {
    /// Makes the block of an answer that is fresh until `expires`.
    #[must_use]
    pub fn new(samples: Samples, expires: Instant, compressor: &mut Compressor) -> Self {
        let lines = samples.lines.into_iter().filter(|(_, lines)| !lines.is_empty());
        let chunks: Vec<_> = lines.map(|(name, lines)| (name.into_boxed_str(), compressor.chunk(lines))).collect();
        let size = chunks.iter().map(|(_, chunk)| chunk.plain.len() + chunk.deflated.as_ref().map_or(0, bytes::Bytes::len)).sum();
        Self { chunks, expires, size }
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

/// All blocks, and how many bytes those of each server take.
#[derive(Debug, Default)]
struct Blocks {
    by_key: BTreeMap<Key, Arc<Block>>,
    sizes: HashMap<Arc<str>, usize>,
}

impl Blocks {
    fn insert(&mut self, key: Key, block: Block) {
        self.remove(&key);
        *self.sizes.entry(Arc::clone(&key.server)).or_default() += block.size;
        self.by_key.insert(key, Arc::new(block));
    }

    fn remove(&mut self, key: &Key) -> bool {
        let removed = self.by_key.remove(key);
        if let Some(block) = &removed {
            discount(&mut self.sizes, key, block);
        }
        removed.is_some()
    }

    fn retain(&mut self, keep: impl Fn(&Key, &Block) -> bool) {
        let sizes = &mut self.sizes;
        self.by_key.retain(|key, block| {
            let kept = keep(key, block);
            if !kept {
                discount(sizes, key, block);
            }
            kept
        });
    }

    /// How many bytes the blocks of the server of `key` would take with one of `size` for it.
    fn with(&self, key: &Key, size: usize) -> usize {
        let before = self.by_key.get(key).map_or(0, |block| block.size);
        self.sizes.get(&key.server).map_or(0, |sum| sum - before) + size
    }
}

fn discount(sizes: &mut HashMap<Arc<str>, usize>, key: &Key, block: &Block) {
    if let Some(sum) = sizes.get_mut(&key.server) {
        *sum -= block.size;
        if *sum == 0 {
            sizes.remove(&key.server);
        }
    }
}

/// All blocks.
#[derive(Debug, Default)]
pub struct Store {
    blocks: Mutex<Blocks>,
    revision: Revision,
}

impl Store {
    /// An empty store whose changes `revision` counts.
    #[must_use]
    pub fn new(revision: Revision) -> Self {
        Self { blocks: Mutex::default(), revision }
    }

    /// Puts a block in the place of the one before, unless the blocks of its server that are fresh at `now` would take more than `limit` bytes: then
    /// nothing changes. Returns whether it was put there.
    #[must_use]
    pub fn publish(&self, key: Key, block: Block, limit: usize, now: Instant) -> bool {
        let mut blocks = self.blocks.lock();
        if blocks.with(&key, block.size) > limit {
            blocks.retain(|_, block| block.expires > now);
            if blocks.with(&key, block.size) > limit {
                return false;
            }
        }
        blocks.insert(key, block);
        drop(blocks);
        self.revision.advance();
        true
    }

    /// Takes away what is no longer true, for instance a query that the server's new role leaves out.
    pub fn remove(&self, key: &Key) {
        if self.blocks.lock().remove(key) {
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
        let wanted = blocks.by_key.iter().filter(|(key, _)| server.is_none_or(|server| *key.server == *server));
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
        assert!(store.publish(key("a"), block(now + Duration::from_secs(1)), 1000, now));
        assert!(store.publish(key("b"), block(now + Duration::from_secs(9)), 1000, now));
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

    fn large(bytes: usize, expires: Instant) -> Block {
        let lines = vec![("pg_x".to_owned(), "x".repeat(bytes))];
        Block::new(Samples { lines, series: 1, ..Samples::default() }, expires, &mut Compressor::default())
    }

    #[test]
    fn a_server_takes_no_more_than_its_limit_and_costs_no_other() {
        let (store, now) = (Store::default(), Instant::now());
        let later = now + Duration::from_secs(9);
        let query = |server: &str, query: &str| Key { query: query.into(), ..key(server) };
        let publish = |key: Key, bytes: usize, expires: Instant| store.publish(key, large(bytes, expires), 1000, now);
        assert!(publish(query("a", "one"), 600, later));
        assert!(!publish(query("a", "two"), 500, later), "both would be too much");
        assert_eq!(store.fresh(Some("a"), now).len(), 1, "and the first one stays");
        assert!(publish(query("b", "two"), 1000, later), "another server has a limit of its own");
        assert!(publish(query("a", "one"), 900, later), "what it replaces does not count");
        assert!(publish(query("a", "one"), 600, now), "stale at once");
        assert!(publish(query("a", "two"), 1000, later), "what is stale does not count");
        store.remove(&query("a", "two"));
        assert!(publish(query("a", "one"), 1000, later), "nor what was removed");
        store.retain(|key| *key.server == *"b");
        assert!(publish(query("a", "three"), 1000, later));
        assert_eq!(store.fresh(None, now).len(), 2);
    }

    #[test]
    fn a_metric_without_samples_has_no_chunk() {
        assert_eq!(block(Instant::now()).chunks.len(), 1);
    }
}
