//! The page: all blocks joined family by family, built at most once per change and encoding and shared by every scrape.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use crc32fast::Hasher;
use fail::fail_point;
use parking_lot::Mutex;

use super::chunk::{self, Chunk, Compressor};
use super::store::{Block, Revision, Store};
use super::text::{self, Format};
use crate::query::catalog::Family;

/// Pieces shorter than this are copied together, since each piece costs the socket a call; longer ones are shared with the store.
const SHARED_FROM: usize = 16 * 1024;

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Only this server, or all.
    pub server: Option<Box<str>>,
    /// The format.
    pub format: Format,
    /// Whether it is compressed.
    pub gzip: bool,
}

/// A page, ready to be sent.
#[derive(Debug, Clone)]
pub struct Page {
    /// The bytes, in pieces that the store and other pages share.
    pub segments: Arc<[Bytes]>,
    /// How many bytes all pieces have.
    pub length: usize,
    /// How many they have uncompressed, which scrapers limit.
    pub plain: usize,
    revision: u64,
    expires: Option<Instant>,
}

/// What stands on a page beside the blocks: pgvigil's own families, finished.
pub trait Rest: Send + Sync {
    /// The families' text without an end mark; of one server or of everything.
    fn write(&self, server: Option<&str>, format: Format) -> String;
    /// HELP and TYPE of every metric that a block can hold.
    fn families(&self) -> Arc<BTreeMap<String, Family>>;
}

/// All pages that somebody has asked for.
pub struct Pages {
    store: Arc<Store>,
    revision: Revision,
    rest: Box<dyn Rest>,
    built: Mutex<HashMap<Variant, Arc<Mutex<Option<Page>>>>>,
}

impl Pages {
    /// Pages of what is in `store` and of `rest`; `revision` counts the changes of both.
    #[must_use]
    pub fn new(store: Arc<Store>, revision: Revision, rest: Box<dyn Rest>) -> Self {
        Self { store, revision, rest, built: Mutex::default() }
    }

    /// The page as of now. Builds it if something has changed or gone stale since; whoever asks at the same time waits for that one.
    #[must_use]
    pub fn get(&self, variant: &Variant, now: Instant) -> Page {
        let slot = Arc::clone(self.built.lock().entry(variant.clone()).or_default());
        let mut slot = slot.lock();
        fail_point!("page");
        match slot.as_ref() {
            Some(page) if page.revision == self.revision.current() && page.expires.is_none_or(|expires| now < expires) => page.clone(),
            _ => slot.insert(self.build(variant, now)).clone(),
        }
    }

    /// Lets go of what is out of date, which would otherwise hold old answers in memory until somebody asks again.
    pub fn sweep(&self, now: Instant) {
        // Drops stale blocks too.
        let _ = self.store.fresh(Some(""), now);
        let revision = self.revision.current();
        self.built.lock().retain(|_, slot| slot.try_lock().is_none_or(|page| page.as_ref().is_some_and(|page| page.revision == revision)));
    }

    fn build(&self, variant: &Variant, now: Instant) -> Page {
        // Read first: what changes during the build makes the page out of date, never falsely current.
        let revision = self.revision.current();
        let blocks = self.store.fresh(variant.server.as_deref(), now);
        let families = self.rest.families();
        let rest = self.rest.write(variant.server.as_deref(), variant.format);
        let pieces = pieces(&blocks, &families, variant.format, &rest);
        let segments = if variant.gzip { gzip(&pieces) } else { plain(&pieces) };
        Page {
            length: segments.iter().map(Bytes::len).sum(),
            plain: pieces.iter().map(|piece| piece.plain().len()).sum(),
            segments: segments.into(),
            revision,
            expires: blocks.iter().map(|block| block.expires).min(),
        }
    }
}

/// A stretch of the page.
enum Piece<'a> {
    Text(String),
    Lines(&'a Chunk),
}

impl Piece<'_> {
    fn plain(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Lines(chunk) => &chunk.plain,
        }
    }
}

/// The page in its order. The lines of a family stand together behind its HELP and TYPE.
fn pieces<'b>(blocks: &'b [Arc<Block>], families: &BTreeMap<String, Family>, format: Format, rest: &str) -> Vec<Piece<'b>> {
    let mut by_family: BTreeMap<&str, Vec<&Chunk>> = BTreeMap::new();
    for (name, chunk) in blocks.iter().flat_map(|block| &block.chunks) {
        by_family.entry(name).or_default().push(chunk);
    }
    let mut pieces = Vec::new();
    for (name, chunks) in by_family {
        // A metric that left the catalogue on a reload while its block was still there.
        let Some(family) = families.get(name) else { continue };
        let mut head = String::new();
        text::write_family(&mut head, format, name, family);
        pieces.push(Piece::Text(head));
        pieces.extend(chunks.into_iter().map(Piece::Lines));
    }
    pieces.push(Piece::Text(format!("{rest}{}", format.end())));
    pieces
}

fn plain(pieces: &[Piece<'_>]) -> Vec<Bytes> {
    let mut segments = Segments::default();
    for piece in pieces {
        match piece {
            Piece::Text(text) => segments.copy(text.as_bytes()),
            Piece::Lines(chunk) => segments.push(&chunk.plain),
        }
    }
    segments.finish()
}

fn gzip(pieces: &[Piece<'_>]) -> Vec<Bytes> {
    let mut compressor = Compressor::default();
    let mut segments = Segments::default();
    segments.copy(&chunk::GZIP_HEADER);
    let mut crc = Hasher::new();
    let mut length = 0;
    // What no chunk has compressed yet.
    let mut pending: Vec<u8> = Vec::new();
    for piece in pieces {
        length += piece.plain().len();
        match piece {
            Piece::Lines(Chunk { deflated: Some(deflated), crc: of_chunk, .. }) => {
                if !pending.is_empty() {
                    segments.copy(&compressor.deflate(&pending));
                    pending.clear();
                }
                segments.push(deflated);
                crc.combine(of_chunk);
            }
            short => {
                pending.extend_from_slice(short.plain());
                let mut of_piece = Hasher::new();
                of_piece.update(short.plain());
                crc.combine(&of_piece);
            }
        }
    }
    segments.copy(&compressor.deflate(&pending));
    segments.copy(&chunk::gzip_trailer(crc, length));
    segments.finish()
}

/// Joins short pieces and keeps long ones as they are.
#[derive(Default)]
struct Segments {
    done: Vec<Bytes>,
    open: Vec<u8>,
}

impl Segments {
    fn copy(&mut self, bytes: &[u8]) {
        self.open.extend_from_slice(bytes);
    }

    fn push(&mut self, bytes: &Bytes) {
        if bytes.len() < SHARED_FROM {
            return self.copy(bytes);
        }
        self.close();
        self.done.push(bytes.clone());
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.done.push(Bytes::from(std::mem::take(&mut self.open)));
        }
    }

    fn finish(mut self) -> Vec<Bytes> {
        self.close();
        self.done
    }
}

#[cfg(test)]
mod tests;
