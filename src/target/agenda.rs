//! What is to be done on a server, and what is under way. It outlives the kept connection.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::errand::Report;
use super::facts::{self, Facts};
use super::fault::Fault;
use super::hung::{Hung, Silence};
use super::lingering::{self, ALLOWED, Finding, Left, Lingering};
use super::link;
use super::schedule::{Ended, Schedule};
use super::{Job, KEPT_TIMEOUT, Target, backoff, phase};
use crate::query::Scope;

/// How often a fresh login is tried.
const LOGIN_INTERVAL: Duration = Duration::from_secs(30);

/// How soon it is tried again when it has failed. All metrics are to be back within 30 seconds after people can log in again; this leaves
/// the larger part of them to the visits of the databases.
const LOGIN_RETRY: Duration = Duration::from_secs(10);

/// How soon somebody comes as the third to look at two processes that hang. Usually no one has to: who holds on to a connection hears when its
/// process goes on or ends.
pub(super) const ASIDE: Duration = Duration::from_mins(1);

/// The same where one of them has no connection any more that would tell.
pub(super) const UNHEARD_ASIDE: Duration = Duration::from_secs(10);

/// The same where who came to look got no answer either.
const MORE_ASIDE: Duration = Duration::from_mins(10);

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
    /// Processes of closed connections that may not have ended yet. While there are any, no further connection is opened: they count.
    pub(super) lingering: Vec<Lingering>,
    /// When to look again whether they have ended.
    pub(super) look_again: Instant,
    /// A login that neither worked nor failed. It counts too.
    hung: Option<Hung>,
    /// Until then nobody comes as the third where two processes hang.
    stand_aside: Instant,
    /// Whether the last login failed.
    login_failed: bool,
    /// The facts as last read.
    pub(super) facts: Option<Arc<Facts>>,
    /// Whether the current session has answered.
    pub(super) answered: bool,
    /// Where what does not answer is left for whoever goes on.
    left: Left,
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

/// An agenda ends with its work. Should that panic, the errand that is out must not go on beside the work that takes its place. What hangs on the
/// server counts for that one too.
impl Drop for Agenda {
    fn drop(&mut self) {
        let hung = self.hung.take().map(|hung| Lingering::new(None, true, Some(hung)));
        self.left.lock().extend(self.lingering.drain(..).chain(hung));
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
        let mut agenda = Self::empty(now);
        agenda.left = Arc::clone(&target.left);
        agenda.lingering.append(&mut agenda.left.lock());
        if agenda.taken() >= ALLOWED {
            agenda.stand_aside(now + ASIDE);
        }
        agenda.kept.insert(Job::Facts, facts::INTERVAL, Duration::ZERO, now);
        agenda.errands.insert(Job::Login, LOGIN_INTERVAL, phase(&target.publisher.name, LOGIN_INTERVAL), now);
        for (index, query) in target.queries.iter().enumerate().filter(|(_, query)| query.scope == Scope::Server) {
            let schedule = if query.timeout > KEPT_TIMEOUT { &mut agenda.errands } else { &mut agenda.kept };
            let phase = phase((&target.publisher.name, &query.name), query.interval);
            schedule.insert(Job::Query { index, database: None }, query.interval, phase, now);
        }
        agenda
    }

    fn empty(now: Instant) -> Self {
        Self {
            kept: Schedule::new(now),
            errands: Schedule::new(now),
            out: None,
            lingering: Vec::new(),
            gone: Vec::new(),
            look_again: now,
            hung: None,
            stand_aside: now,
            login_failed: false,
            facts: None,
            answered: false,
            left: Left::default(),
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
        let hung = report.hung.take();
        if report.silent {
            self.left(report.pid, true, hung);
        } else {
            self.keep_hung(hung);
            self.left(report.pid, false, None);
        }
        self.gone.extend(report.finished.iter().map(|(job, _)| job).filter(|job| !self.errands.has(job)).cloned());
        report
    }

    /// The server's processes that were left without a farewell and have not been seen to end.
    pub(super) fn hanging(&mut self) -> impl Iterator<Item = &Lingering> {
        self.settle(Instant::now());
        self.lingering.iter().filter(|process| process.silent)
    }

    /// Notices which connections that are held on to have come to an end. Most probably their processes have, so somebody may come and look.
    pub(super) fn settle(&mut self, now: Instant) {
        for process in &mut self.lingering {
            if process.settle(now) {
                self.stand_aside = now;
            }
        }
        self.lingering.retain(|process| !process.is_out_of_sight());
    }

    /// Places that are taken by what does not answer.
    pub(super) fn taken(&mut self) -> usize {
        self.hanging().count() + usize::from(self.hung.as_ref().is_some_and(Hung::counts))
    }

    /// Connections that are open on this side, and nobody answers on the other.
    fn lines(&self) -> usize {
        let held = self.lingering.iter().filter(|process| process.held.is_some()).count();
        held + usize::from(self.hung.as_ref().is_some_and(Hung::counts))
    }

    /// Whether there may be one more connection beside those that nobody answers and `others`, which are none of the agenda's.
    pub(super) fn has_room(&self, others: usize) -> bool {
        others + self.lines() < ALLOWED
    }

    /// Makes room for one more connection beside `others` that are none of the agenda's. The errand that is out comes home, and as many lines are hung
    /// up as that takes, first of those that the network may have lost. Their processes count as before.
    pub(super) async fn make_room(&mut self, others: usize) {
        self.settle(Instant::now());
        if self.out.is_some() && others + self.lines() > 0 {
            self.end().await;
        }
        while self.lines() > 0 && !self.has_room(others) {
            let held = self.lingering.iter_mut().filter(|process| process.held.is_some());
            // Who has told no number has to be found without its line.
            let first = held.min_by_key(|process| (process.pid.is_none(), process.held.as_ref().is_some_and(|held| held.silence.arrived)));
            match first.and_then(Lingering::let_go) {
                Some(held) => held.hang_up().await,
                None => self.hang_up().await,
            }
        }
    }

    /// Notes that the connection to this process of the server was left, or is only held on to.
    pub(super) fn left(&mut self, pid: Option<i32>, silent: bool, held: Option<Hung>) {
        self.lingering.retain(|process| pid.is_none() || process.pid != pid);
        self.lingering.push(Lingering::new(pid, silent, held));
        self.lingering.retain(|process| !process.is_out_of_sight());
    }

    /// A session does not answer, and with it two or more hang. Whether the network has lost them, another session can tell. It comes soon, and
    /// where the server ends such sessions by itself, not before it has. But not where it is known that one of them hangs, from inside, or both, since
    /// the server's machine has what they were asked, or where who has just logged in gets no answer.
    pub(super) fn two_hang(&mut self, this: Silence, now: Instant) {
        let seen = self.hanging().any(|process| process.finding == Finding::Hangs);
        let silence = |process: &Lingering| process.held.as_ref().map_or_else(Silence::default, |held| held.silence);
        let all: Vec<Silence> = self.hanging().map(silence).chain([this]).collect();
        let lost_until = all.iter().filter(|silence| !silence.arrived).filter_map(|silence| silence.lost_until).max();
        let until = match (self.taken(), lost_until) {
            (ALLOWED.., _) => now + MORE_ASIDE,
            _ if seen || !self.answered || all.iter().all(|silence| silence.arrived) => now + ASIDE,
            // Then one of them has ended at least, if the network has lost it. But where that takes longer, pgvigil would know nothing of the
            // server for too long.
            (_, Some(until)) if until < now + link::IDLE => until,
            _ => now + lingering::LIMIT,
        };
        self.stand_aside(until);
    }

    /// How long nobody comes.
    pub(super) fn aside(&mut self, now: Instant) -> Option<Duration> {
        self.is_full(now).then(|| self.stand_aside.saturating_duration_since(now))
    }

    /// Nobody comes until then, unless one of them ends or its line breaks.
    pub(super) const fn stand_aside(&mut self, until: Instant) {
        self.stand_aside = until;
    }

    /// Whether what hangs takes all places, and nobody may come and look at it.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        if self.taken() < ALLOWED {
            self.stand_aside = now;
        }
        now < self.stand_aside
    }

    /// When the next one may come as the third, after one who has found that they hang.
    pub(super) fn next_look(&self, now: Instant) -> Instant {
        let unheard = self.lingering.iter().any(|process| process.silent && process.held.is_none());
        now + if unheard { UNHEARD_ASIDE } else { ASIDE }
    }

    /// The fault that this is.
    pub(super) fn full(&mut self) -> Fault {
        let hanging: Vec<String> = self.hanging().map(|process| process.pid.map_or("unknown".to_owned(), |pid| pid.to_string())).collect();
        Fault::connection(format_args!("two processes of the server that served pgvigil hang ({})", hanging.join(", ")))
    }

    /// Hangs up the login that has not ended, where its place is needed.
    pub(super) async fn hang_up(&mut self) {
        if let Some(hung) = self.hung.take() {
            hung.hang_up().await;
        }
    }

    /// Takes a login that has not ended for what it is.
    pub(super) fn keep_hung(&mut self, hung: Option<Hung>) {
        self.hung = hung.or(self.hung.take());
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
            Job::Query { database, .. } => {
                let here = |other: &Job| matches!(other, Job::Query { database: theirs, .. } if theirs == database);
                self.errands.take_with(now, here)
            }
            Job::Login | Job::Facts => Vec::new(),
        };
        std::iter::once(job).chain(with).collect()
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
        // Also of those of the time before a reload.
        target.publisher.retain_databases(|name| wanted.contains(name));
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

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn two_that_hang_take_both_places_until_they_end() {
        let start = Instant::now();
        let mut agenda = Agenda::empty(start);
        agenda.answered = true;
        agenda.left(None, true, None);
        assert_eq!(agenda.taken(), 0, "nobody can ever tell whether it has ended");
        agenda.left(Some(1), true, None);
        agenda.left(Some(1), true, None);
        agenda.left(Some(2), false, None);
        assert_eq!(agenda.taken(), 1, "who has said farewell does not hang");
        agenda.two_hang(Silence::default(), start);
        agenda.left(Some(2), true, None);
        assert!(agenda.is_full(start) && !agenda.is_full(start + lingering::LIMIT), "whether the network has lost them is soon looked at");
        agenda.lingering[0].finding = Finding::Hangs;
        agenda.two_hang(Silence::default(), start);
        assert!(agenda.is_full(start + lingering::LIMIT), "the server has not ended it, so it hangs");
        agenda.lingering.pop();
        assert!(!agenda.is_full(start), "there is a place");
    }

    #[tokio::test]
    async fn what_the_server_ends_by_itself_is_given_the_time() {
        let start = Instant::now();
        let [soon, sooner] = [4, 3].map(|seconds| Some(start + lingering::LIMIT * seconds));
        let [lost, arrived] = [false, true].map(|arrived| move |lost_until: Option<Instant>| Silence { lost_until, arrived });
        let full_until = |this: Silence, other: Silence| {
            let mut agenda = Agenda::empty(start);
            agenda.answered = true;
            agenda.left(Some(1), true, Some(Hung::new(std::future::pending(), other)));
            agenda.two_hang(this, start);
            agenda.left(Some(2), true, None);
            (0..100).map(|seconds| start + lingering::LIMIT * seconds).find(|at| !agenda.is_full(*at))
        };
        assert_eq!(full_until(lost(soon), lost(sooner)), soon, "both have ended then");
        assert_eq!(full_until(lost(soon), lost(None)), soon, "of the other one nobody knows");
        assert_eq!(full_until(lost(None), lost(None)), Some(start + lingering::LIMIT), "nor of both");
        assert_eq!(full_until(lost(soon), lost(Some(start + MINUTE))), Some(start + lingering::LIMIT), "the other one takes too long");
        assert_eq!(full_until(arrived(soon), arrived(None)), Some(start + MINUTE), "both hang");
        assert_eq!(full_until(arrived(soon), lost(sooner)), sooner, "one may be lost");
    }

    #[tokio::test]
    async fn a_line_that_breaks_is_looked_at() {
        let start = Instant::now();
        let mut agenda = Agenda::empty(start);
        agenda.left(Some(1), true, Some(Hung::new(std::future::ready(false), Silence::default())));
        agenda.left(Some(2), true, Some(Hung::new(std::future::pending(), Silence::default())));
        agenda.two_hang(Silence::default(), start);
        assert!(agenda.is_full(start), "nobody has noticed yet");
        tokio::task::yield_now().await;
        assert!(!agenda.is_full(start + lingering::LIMIT), "it may have ended");
        assert_eq!(agenda.taken(), 2, "or not");
    }

    #[tokio::test]
    async fn who_comes_as_the_third_finds_a_line_free() {
        let start = Instant::now();
        let mut agenda = Agenda::empty(start);
        let silence = |arrived| Silence { lost_until: None, arrived };
        agenda.left(Some(1), true, Some(Hung::new(std::future::pending(), silence(true))));
        agenda.left(Some(2), true, Some(Hung::new(std::future::pending(), silence(false))));
        agenda.make_room(0).await;
        let lines = |agenda: &Agenda| agenda.lingering.iter().map(|process| (process.pid, process.held.is_some())).collect::<Vec<_>>();
        assert_eq!(lines(&agenda), [(Some(1), true), (Some(2), false)], "the network may have lost this one");
        assert_eq!((agenda.lines(), agenda.taken()), (1, 2), "its process counts");
        agenda.make_room(0).await;
        assert_eq!(agenda.lines(), 1);
        agenda.keep_hung(Some(Hung::new(std::future::pending(), silence(false))));
        agenda.make_room(1).await;
        assert_eq!(agenda.lines(), 0, "beside the login that hangs");
        assert_eq!(agenda.next_look(start), start + UNHEARD_ASIDE, "nobody would hear that one of them has ended");
    }

    #[tokio::test]
    async fn who_has_told_no_number_counts_without_its_line() {
        let mut agenda = Agenda::empty(Instant::now());
        for _ in 0..ALLOWED {
            agenda.left(None, true, Some(Hung::new(std::future::pending(), Silence::default())));
        }
        agenda.make_room(0).await;
        assert_eq!((agenda.lines(), agenda.taken()), (1, ALLOWED));
        let later = Instant::now() + lingering::LIMIT;
        assert!(agenda.lingering.iter().all(|process| process.is_unknown(later)), "and is looked for");
    }

    #[test]
    fn while_no_login_works_one_is_tried_for_all() {
        let start = Instant::now();
        let visit = |name: &str| Job::Query { index: 0, database: Some(name.into()) };
        let mut agenda = Agenda::empty(start);
        agenda.errands.insert(Job::Login, LOGIN_INTERVAL, Duration::ZERO, start);
        agenda.errands.insert(visit("a"), MINUTE, Duration::ZERO, start);
        agenda.errands.insert(visit("b"), MINUTE, Duration::ZERO, start);
        assert_eq!(agenda.take_errand(start), [Job::Login]);
        agenda.logged_in(false, start);
        let retry = start + LOGIN_RETRY;
        assert_eq!((agenda.errand_due(), agenda.take_errand(start)), (Some(retry), vec![]));
        assert_eq!(agenda.take_errand(retry), [Job::Login]);
        agenda.logged_in(true, retry);
        assert_eq!([agenda.take_errand(retry), agenda.take_errand(retry)], [vec![visit("a")], vec![visit("b")]]);
        assert_eq!(agenda.errand_due(), Some(start + LOGIN_INTERVAL), "the next login comes at its usual pace");
    }
}
