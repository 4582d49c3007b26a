//! What is to be done on a server, and what is under way. It outlives the kept connection.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::errand::Report;
use super::facts::{self, Facts};
use super::lingering::Lingering;
use super::schedule::Schedule;
use super::{Job, KEPT_TIMEOUT, Target, backoff, phase};
use crate::query::Scope;

/// How often a fresh login is tried.
const LOGIN_INTERVAL: Duration = Duration::from_secs(30);

/// What is to be done on a server; outlives the kept connection.
pub struct Agenda {
    /// Jobs for the kept connection.
    pub(super) kept: Schedule<Job>,
    /// Jobs for the second one.
    pub(super) errands: Schedule<Job>,
    /// The errand that is out.
    pub(super) out: Option<Errand>,
    /// Processes of closed connections that may not have ended yet. While there are any, no further connection is opened: they count.
    pub(super) lingering: Vec<Lingering>,
    /// The facts as last read.
    pub(super) facts: Option<Arc<Facts>>,
    /// Whether the current session has answered.
    pub(super) answered: bool,
}

/// An errand that is out.
pub(super) struct Errand {
    /// Its work.
    pub(super) task: JoinHandle<Report>,
    /// Ends it early.
    pub(super) stop: CancellationToken,
    /// What it is to do.
    pub(super) jobs: Vec<Job>,
}

/// An agenda ends with its work. Should that panic, the errand that is out must not go on beside the work that takes its place.
impl Drop for Agenda {
    fn drop(&mut self) {
        if let Some(errand) = &self.out {
            errand.stop.cancel();
        }
    }
}

impl Agenda {
    /// Everything is due at once.
    #[must_use]
    pub fn new(target: &Target, now: Instant) -> Self {
        let mut agenda =
            Self { kept: Schedule::new(now), errands: Schedule::new(now), out: None, lingering: Vec::new(), facts: None, answered: false };
        agenda.kept.insert(Job::Facts, facts::INTERVAL, Duration::ZERO, now);
        agenda.errands.insert(Job::Login, LOGIN_INTERVAL, phase(&target.publisher.name, LOGIN_INTERVAL), now);
        for (index, query) in target.queries.iter().enumerate().filter(|(_, query)| query.scope == Scope::Server) {
            let schedule = if query.timeout > KEPT_TIMEOUT { &mut agenda.errands } else { &mut agenda.kept };
            let phase = phase((&target.publisher.name, &query.name), query.interval);
            schedule.insert(Job::Query { index, database: None }, query.interval, phase, now);
        }
        agenda
    }

    /// Whether the last session has answered at all.
    #[must_use]
    pub const fn answered(&self) -> bool {
        self.answered
    }

    /// Ends the errand that is out, if one is, and takes its report in.
    pub async fn end(&mut self) -> Report {
        let Some(mut errand) = self.out.take() else { return Report::default() };
        errand.stop.cancel();
        let ended = (&mut errand.task).await;
        self.hear(errand, ended)
    }

    /// Ends the errand that is out, after giving it this long to end by itself: its server's process then ends with it.
    pub(super) async fn end_within(&mut self, patience: Duration) -> Report {
        if let Some(errand) = &mut self.out
            && let Ok(ended) = tokio::time::timeout(patience, &mut errand.task).await
        {
            return self.out.take().map(|errand| self.hear(errand, ended)).unwrap_or_default();
        }
        self.end().await
    }

    /// Takes a report in. An errand that died without one has failed in everything.
    pub(super) fn hear(&mut self, errand: Errand, ended: Result<Report, JoinError>) -> Report {
        let now = Instant::now();
        let report = ended.unwrap_or_else(|error| {
            error!(%error, "an errand died");
            Report { finished: errand.jobs.into_iter().map(|job| (job, false)).collect(), ..Report::default() }
        });
        for (job, well) in &report.finished {
            self.errands.finished(job, *well, now, backoff::random());
        }
        self.lingering.extend(report.pid.map(|pid| Lingering { pid, left: now, silent: report.pending.is_some(), told: false }));
        report
    }

    /// Adds and takes away the jobs of databases that have come and gone.
    pub(super) fn follow_databases(&mut self, target: &Target, facts: &Facts, now: Instant) {
        let wanted: BTreeSet<&str> =
            facts.databases.iter().map(String::as_str).filter(|name| target.server.databases.admits(name)).collect();
        let known: BTreeSet<Job> = self.errands.jobs().filter(|job| matches!(job, Job::Query { database: Some(_), .. })).cloned().collect();
        for job in &known {
            if let Some((query, Some(database))) = target.query_of(job)
                && !wanted.contains(database.as_ref())
            {
                self.errands.remove(job);
                target.publisher.forget(query, database);
            }
        }
        for name in wanted {
            let database: Arc<str> = name.into();
            for (index, query) in target.queries.iter().enumerate().filter(|(_, query)| query.scope == Scope::Database) {
                let job = Job::Query { index, database: Some(Arc::clone(&database)) };
                if !known.contains(&job) {
                    // One phase for all queries of a database, so that one connection serves those that are due together.
                    self.errands.insert(job, query.interval, phase((&target.publisher.name, &database), query.interval), now);
                }
            }
        }
    }
}
