//! What is under way in a seat.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::facts::Facts;
use super::job::Job;
use crate::server::report::answer::Answer;
use crate::server::report::skip::Skip;
use crate::server::seats::Place;

/// One connection's work.
#[derive(Debug)]
pub struct Trip {
    /// What it is for.
    pub place: Place,
    /// When it began.
    pub began: Instant,
    /// Of a visit: what is still to be done, and what is known of its database.
    pub(super) jobs: VecDeque<Job>,
    pub(super) facts: Option<Arc<Facts>>,
    /// The query that runs, and since when.
    pub(super) running: Option<(Job, Instant)>,
}

/// What came of a query.
#[derive(Debug)]
pub enum Ran {
    /// It does not run here.
    Skipped(Skip),
    /// It has an answer.
    Answered(Answer),
}

impl Trip {
    /// How long its query runs, or else how long it is there.
    pub(super) fn waited(&self, now: Instant) -> Duration {
        now.duration_since(self.running.as_ref().map_or(self.began, |(_, started)| *started))
    }

    /// The next job of a visit.
    pub(super) fn next(&self) -> Option<&Job> {
        self.jobs.front()
    }
}
