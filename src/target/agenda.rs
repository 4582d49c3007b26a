//! What is to be done on a server, and what is under way. It outlives the kept connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::errand::Report;
use super::facts::{self, Facts};
use super::hung::Aim;
use super::locked::Locks;
use super::places::Places;
use super::schedule::{Ended, Schedule};
use super::status::Login;
use super::{Job, KEPT_TIMEOUT, Target, backoff, phase, publisher};
use crate::query::Scope;

/// How soon it is tried again when it has failed. All metrics are to be back within 30 seconds after people can log in again; this leaves
/// the larger part of them to the visits of the databases.
const LOGIN_RETRY: Duration = Duration::from_secs(10);

/// What is to be done on a server; outlives the kept connection.
pub struct Agenda {
    /// Jobs for the kept connection.
    pub(super) kept: Schedule<Job>,
    /// Jobs for the second one.
    pub(super) errands: Schedule<Job>,
    /// The errand that is out.
    pub(super) out: Option<Errand>,
    /// Jobs that ended after their database had gone: what they told of it has to leave the page.
    pub(super) gone: Vec<Job>,
    /// What takes the places of its connections and does not answer.
    pub(super) places: Places,
    /// Which databases are locked.
    pub(super) locks: Locks,
    /// The databases at whose login pgvigil has hung, and until when.
    hung: BTreeMap<Arc<str>, Instant>,
    /// Whether the last login failed, and not for a lock in its own database.
    login_failed: bool,
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
    /// Where its login leads to.
    pub(super) aim: Aim,
}

/// An agenda ends with its work. Should that panic, the errand that is out must not go on beside the work that takes its place.
impl Drop for Agenda {
    fn drop(&mut self) {
        if let Some(errand) = self.out.take() {
            errand.stop.cancel();
            tokio::spawn(async move {
                // It counts as an open connection until the server is through with it.
                if let Ok(Report { hung: Some(hung), .. }) = errand.task.await {
                    hung.end().await;
                }
            });
        }
    }
}

impl Agenda {
    /// Everything is due at once.
    #[must_use]
    pub fn new(target: &Target, now: Instant) -> Self {
        let mut agenda = Self::empty(Places::new(Arc::clone(&target.left), now), now);
        agenda.kept.insert(Job::Facts, facts::INTERVAL, Duration::ZERO, now);
        agenda.errands.insert(Job::Login, Login::INTERVAL, phase(&target.publisher.name, Login::INTERVAL), now);
        for (index, query) in target.queries.iter().enumerate().filter(|(_, query)| query.scope == Scope::Server) {
            let second = query.timeout > KEPT_TIMEOUT || query.reader;
            let schedule = if second { &mut agenda.errands } else { &mut agenda.kept };
            let phase = phase((&target.publisher.name, &query.name), query.interval);
            schedule.insert(Job::Query { index, role: super::role(query), database: None }, query.interval, phase, now);
        }
        agenda
    }

    fn empty(places: Places, now: Instant) -> Self {
        Self {
            kept: Schedule::new(now),
            errands: Schedule::new(now),
            out: None,
            gone: Vec::new(),
            places,
            locks: Locks::default(),
            hung: BTreeMap::new(),
            login_failed: false,
            facts: None,
            answered: false,
        }
    }

    /// Whether the last session has answered at all.
    #[must_use]
    pub const fn answered(&self) -> bool {
        self.answered
    }

    /// Ends the errand that is out, if one is, and takes its report in. What it is at has a second to end by itself.
    pub async fn end(&mut self) -> Report {
        let Some(mut errand) = self.out.take() else { return Report::default() };
        errand.stop.cancel();
        let ended = (&mut errand.task).await;
        self.hear(errand, ended)
    }

    /// Takes a report in. One that died without one, which is a bug, has got nowhere.
    pub(super) fn hear(&mut self, errand: Errand, ended: Result<Report, JoinError>) -> Report {
        let now = Instant::now();
        let mut report = ended.unwrap_or_else(|error| {
            error!(%error, "an errand died");
            Report { finished: errand.jobs.into_iter().map(|job| (job, Ended::Unreached)).collect(), ..Report::default() }
        });
        // The dice are thrown once, so that jobs which failed together come back together.
        let random = backoff::random();
        for (job, ended) in &report.finished {
            match job {
                Job::Login if *ended == Ended::Untried => self.errands.finished(job, *ended, now, random),
                Job::Login => self.logged_in(*ended == Ended::Well, now),
                Job::Facts | Job::Query { .. } => self.errands.finished(job, *ended, now, random),
            }
        }
        if report.finished.iter().any(|(job, ended)| *job != Job::Login && *ended == Ended::Unreached) {
            // Whether it is that database or the whole server, a login tells.
            self.errands.put_off(&Job::Login, now);
        }
        let hung = report.hung.take().map(|mut hung| {
            hung.aim = hung.is_login.then_some(errand.aim);
            hung
        });
        if report.silent {
            self.places.left(report.pid, true, hung);
        } else {
            self.places.keep_hung(hung);
            self.places.left(report.pid, false, None);
        }
        self.gone.extend(report.finished.iter().map(|(job, _)| job).filter(|job| !self.errands.has(job)).cloned());
        report
    }

    /// Makes room for one more connection: the errand that is out comes home, and what does not answer makes way.
    pub(super) async fn make_room(&mut self) {
        self.places.settle(Instant::now());
        if self.out.is_some() && self.places.lines() > 0 {
            self.end().await;
        }
        self.places.make_room().await;
    }

    /// Hears how a login went. While none works no database is visited, and once one does, all are.
    pub(super) fn logged_in(&mut self, well: bool, now: Instant) {
        let failed = std::mem::replace(&mut self.login_failed, !well);
        if well && failed {
            self.errands.all_due(now);
        }
        self.errands.finished(&Job::Login, Ended::Well, now, backoff::random());
        if !well {
            self.errands.put_off(&Job::Login, now + LOGIN_RETRY);
        }
    }

    /// The last login hung at a lock of its own database: those to others work.
    pub(super) const fn logins_are_locked(&mut self) {
        self.login_failed = false;
    }

    /// A login to this database has hung for so long: it is left alone for a while, so that the others are read. Gives back for how long: shortly
    /// the first time, as all is to be back within 30 seconds after a fault, and much longer where it comes again.
    pub(super) fn has_hung(&mut self, name: &Arc<str>, lasted: Duration, now: Instant) -> Duration {
        self.hung.retain(|_, ended| now.duration_since(*ended) < backoff::HANG_MEMORY);
        let again = self.hung.insert(Arc::clone(name), now).is_some();
        let alone = if again { backoff::after_hang(lasted) } else { backoff::VISIT.base };
        self.errands.leave_alone(|job| matches!(job, Job::Query { database: Some(database), .. } if database == name), now + alone);
        alone
    }

    /// Takes what is due on the kept connection, the sign of life before all others: they may have piled up, and each may take its time to
    /// fail.
    pub(super) fn take_kept(&mut self, now: Instant) -> Option<Job> {
        self.kept.take_with(now, |job| *job == Job::Facts).pop().or_else(|| self.kept.take(now))
    }

    /// When the next errand is due.
    pub(super) fn errand_due(&self) -> Option<Instant> {
        if self.login_failed { self.errands.due(&Job::Login) } else { self.errands.next_due() }
    }

    /// Takes the errand that is due, with all that go the same way.
    pub(super) fn take_errand(&mut self, now: Instant) -> Vec<Job> {
        if self.login_failed {
            return self.errands.take_with(now, |job| *job == Job::Login);
        }
        let Some(job) = self.errands.take(now) else { return Vec::new() };
        let with = match &job {
            Job::Query { role, database, .. } => {
                let here =
                    |other: &Job| matches!(other, Job::Query { role: whose, database: theirs, .. } if (whose, theirs) == (role, database));
                self.errands.take_with(now, here)
            }
            Job::Login | Job::Facts => Vec::new(),
        };
        std::iter::once(job).chain(with).collect()
    }

    /// Adds and takes away the jobs of databases that have come and gone.
    pub(super) fn follow_databases(&mut self, target: &Target, facts: &Facts, now: Instant) {
        let (wanted, dropped) = facts.looked_into(&target.server.databases);
        target.publisher.databases_dropped(dropped, target.server.databases.limit);
        let known: BTreeSet<Job> = self.errands.jobs().filter(|job| matches!(job, Job::Query { database: Some(_), .. })).cloned().collect();
        for job in &known {
            if let Some((query, Some(database))) = target.query_of(job)
                && !wanted.contains(database.as_ref())
            {
                self.errands.remove(job);
                target.publisher.forget(query, database);
            }
        }
        // Also of those of the time before a reload.
        let unsayable = facts.out_of_reach(&target.server.databases);
        let shown: BTreeSet<Arc<str>> = wanted.iter().filter_map(|name| publisher::datname(Some(&Arc::from(*name)))).collect();
        target.publisher.retain_databases(|datname| shown.contains(datname) || unsayable.contains(datname));
        for datname in unsayable {
            for query in target.queries.iter().filter(|query| query.scope == Scope::Database) {
                target.publisher.skip_unsayable(query, datname);
            }
        }
        for name in wanted {
            let database: Arc<str> = name.into();
            for (index, query) in target.queries.iter().enumerate().filter(|(_, query)| query.scope == Scope::Database) {
                let job = Job::Query { index, role: super::role(query), database: Some(Arc::clone(&database)) };
                if !known.contains(&job) {
                    // One phase for all queries of a database, so that one connection serves those that are due together.
                    self.errands.insert(job, query.interval, phase((&target.publisher.name, &database), query.interval), now);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::LoginRole;
    use crate::target::lingering::Left;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_database_that_hung_is_left_alone() {
        let start = Instant::now();
        let visit = |name: &str| Job::Query { index: 0, role: LoginRole::Monitor, database: Some(name.into()) };
        let mut agenda = Agenda::empty(Places::new(Left::default(), start), start);
        for name in ["a", "b", "late"] {
            agenda.errands.insert(visit(name), MINUTE, Duration::ZERO, start);
        }
        assert_eq!(agenda.take_errand(start), [visit("a")]);
        agenda.errands.finished(&visit("a"), Ended::Unreached, start, 1.0);
        let ended = start + Duration::from_secs(100);
        assert_eq!(agenda.has_hung(&"a".into(), Duration::from_secs(100), start), backoff::VISIT.base, "the first time");
        assert_eq!(agenda.has_hung(&"a".into(), Duration::from_secs(100), ended), Duration::from_secs(1000), "again");
        assert_eq!(
            [agenda.take_errand(ended), agenda.take_errand(ended), agenda.take_errand(ended)],
            [vec![visit("b")], vec![visit("late")], vec![]]
        );
        let (well, until) = (Ended::Well, ended + Duration::from_secs(1000));
        agenda.errands.finished(&visit("b"), well, until, 1.0);
        assert_eq!((agenda.take_errand(until), agenda.take_errand(until)), (vec![visit("a")], vec![]));
        agenda.errands.finished(&visit("a"), Ended::Late(MINUTE), until, 1.0);
        agenda.has_hung(&"a".into(), Duration::ZERO, until);
        assert_eq!(agenda.errands.due(&visit("a")), Some(until + backoff::VISIT.base), "also one in line");
    }

    #[test]
    fn while_no_login_works_one_is_tried_for_all() {
        let start = Instant::now();
        let visit = |name: &str| Job::Query { index: 0, role: LoginRole::Monitor, database: Some(name.into()) };
        let mut agenda = Agenda::empty(Places::new(Left::default(), start), start);
        agenda.errands.insert(Job::Login, Login::INTERVAL, Duration::ZERO, start);
        agenda.errands.insert(visit("a"), MINUTE, Duration::ZERO, start);
        agenda.errands.insert(visit("b"), MINUTE, Duration::ZERO, start);
        assert_eq!(agenda.take_errand(start), [Job::Login]);
        agenda.logged_in(false, start);
        let retry = start + LOGIN_RETRY;
        assert_eq!((agenda.errand_due(), agenda.take_errand(start)), (Some(retry), vec![]));
        assert_eq!(agenda.take_errand(retry), [Job::Login]);
        agenda.logged_in(true, retry);
        assert_eq!([agenda.take_errand(retry), agenda.take_errand(retry)], [vec![visit("a")], vec![visit("b")]]);
        assert_eq!(agenda.errand_due(), Some(start + Login::INTERVAL), "the next login comes at its usual pace");
    }
}
