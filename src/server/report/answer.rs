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
}

impl Answer {
    /// Compresses the samples of a query. A large answer takes milliseconds, so this does not run on the threads that serve pages.
    ///
    /// # Errors
    /// If the compression panics.
    pub async fn of(query: &Query, samples: Samples) -> Result<Self, Fault> {
        let expires = Instant::now() + freshness(query);
        let (series, dropped, duplicates) = (samples.series, samples.dropped, samples.duplicates.clone());
        let making = tokio::task::spawn_blocking(move || Block::new(samples, expires, &mut Compressor::default()));
        let lost = |_| Fault::result(Diagnostic::file(&query.path, "pgvigil panicked while it compressed the answer"));
        Ok(Self { block: making.await.map_err(lost)?, expires, series, dropped, duplicates })
    }

    /// An answer without series.
    #[cfg(test)]
    pub const fn none(expires: Instant) -> Self {
        Self { block: Block { chunks: Vec::new(), expires }, expires, series: 0, dropped: 0, duplicates: None }
    }
}

/// How long an answer is valid: it survives two failed runs.
#[must_use]
pub fn freshness(query: &Query) -> Duration {
    query.interval * 3 + query.timeout
}
