//! What a seat is doing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::facts::Facts;
use super::job::Job;
use super::shares::VISIT;
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
    /// Up to when its time is charged to its database, and whether a query has run.
    pub(super) charged: Instant,
    pub(super) has_run: bool,
    /// Whether it has the kept session's seat, to which that session has to return.
    pub(super) alone: bool,
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
    /// A connection that is opened at `began`.
    pub(super) fn new(place: Place, began: Instant, alone: bool, jobs: VecDeque<Job>) -> Self {
        Self { place, began, jobs, facts: None, charged: began, has_run: false, alone, running: None }
    }

    /// Whether it has used its time, if others wait. One query runs in any case, however long the login took.
    pub(super) fn is_spent(&self, now: Instant) -> bool {
        self.has_run && now.duration_since(self.began) >= VISIT
    }

    /// How long the query has been running, or else how long the connection has existed.
    pub(super) fn waited(&self, now: Instant) -> Duration {
        now.duration_since(self.running.as_ref().map_or(self.began, |(_, started)| *started))
    }

    /// The next job of a short-lived connection.
    pub(super) fn next(&self) -> Option<&Job> {
        self.jobs.front()
    }
}
