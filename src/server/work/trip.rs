//! What a seat is doing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::facts::Facts;
use super::job::Job;
use crate::server::report::answer::Answer;
use crate::server::report::skip::Skip;
use crate::server::seats::Place;

/// The work of one connection.
#[derive(Debug)]
pub struct Trip {
    /// What the connection is for.
    pub place: Place,
    /// When it began.
    pub began: Instant,
    /// On a short-lived connection: the jobs left, and the facts of its database.
    pub(super) jobs: VecDeque<Job>,
    pub(super) facts: Option<Arc<Facts>>,
    /// The query that runs, and when it was started.
    pub(super) running: Option<(Job, Instant)>,
}

/// The outcome of a query.
#[derive(Debug)]
pub enum Ran {
    /// The query does not run here.
    Skipped(Skip),
    /// The query was answered.
    Answered(Answer),
}

impl Trip {
    /// How long the query has been running, or else how long the connection has existed.
    pub(super) fn waited(&self, now: Instant) -> Duration {
        now.duration_since(self.running.as_ref().map_or(self.began, |(_, started)| *started))
    }

    /// The next job of a short-lived connection.
    pub(super) fn next(&self) -> Option<&Job> {
        self.jobs.front()
    }
}
