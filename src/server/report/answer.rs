//! The samples of a query, ready for the page.

use std::time::{Duration, Instant};

use super::fault::Fault;
use crate::diagnostic::Diagnostic;
use crate::expose::chunk::Compressor;
use crate::expose::sample::{Duplicates, Samples};
use crate::expose::store::Block;
use crate::query::Query;

/// The samples of a query, compressed.
#[derive(Debug)]
pub struct Answer {
    pub(super) block: Block,
    /// When they go stale.
    pub(super) expires: Instant,
    pub(super) series: usize,
    pub(super) dropped: usize,
    pub(super) duplicates: Option<Duplicates>,
    pub(super) left_out: Option<String>,
}

impl Answer {
    /// Compresses the samples of a query. A large answer takes milliseconds, so this does not run on the threads that serve pages.
    ///
    /// # Errors
    /// If the compression panics.
    pub async fn of(query: &Query, samples: Samples) -> Result<Self, Fault> {
        let expires = Instant::now() + freshness(query);
        let (series, dropped, duplicates) = (samples.series, samples.dropped, samples.duplicates.clone());
        let left_out = samples.left_out.clone();
        let making = tokio::task::spawn_blocking(move || Block::new(samples, expires, &mut Compressor::default()));
        let lost = |_| Fault::result(Diagnostic::file(&query.path, "pgvigil panicked while it compressed the answer"));
        Ok(Self { block: making.await.map_err(lost)?, expires, series, dropped, duplicates, left_out })
    }

    /// An answer without series.
    #[cfg(test)]
    #[must_use]
    pub fn none(expires: Instant) -> Self {
        let block = Block::new(Samples::default(), expires, &mut Compressor::default());
        Self { block, expires, series: 0, dropped: 0, duplicates: None, left_out: None }
    }
}

/// How much the blocks of a server may take, in times of what one answer of it may take over the wire (`answer_limit`): 256 MB unless that is configured.
/// For comparison: a database of ten thousand tables takes some 20 MB.
const BLOCKS: usize = 4;

/// How many bytes the blocks of a server may take whose answers may take `answer_limit` bytes.
#[must_use]
pub const fn limit(answer_limit: usize) -> usize {
    answer_limit.saturating_mul(BLOCKS)
}

/// The fault for an answer with which the blocks of the server would take more than `limit` bytes.
#[must_use]
pub fn over(query: &Query, limit: usize) -> Fault {
    let diagnostic =
        Diagnostic::file(&query.path, format!("with this answer the samples of the server would take more than {} MB", limit >> 20));
    Fault::result(diagnostic.hint(format!(
        "disable queries or leave databases out; or raise the server's `answer_limit`, {BLOCKS} times of which they may take"
    )))
}

/// How long an answer is valid: it survives two failed runs.
#[must_use]
pub fn freshness(query: &Query) -> Duration {
    query.interval * 3 + query.timeout
}
