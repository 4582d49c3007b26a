//! The second connection: short-lived, one at a time, for what the kept one cannot do. Other databases, queries that may take long, and
//! the login that proves that people can still get in.

use std::sync::Arc;
use std::time::Instant;

use fail::fail_point;
use tokio_util::sync::CancellationToken;

use super::facts::{self, Facts};
use super::fault::{Fate, Fault, FaultKind};
use super::hung::Hung;
use super::introduction::Kind;
use super::link::Link;
use super::plan;
use super::plan::Skip;
use super::schedule::Ended;
use super::status::Purpose;
use super::{Job, Target, run, trust};
use crate::query::Query;
use crate::settings::LoginRole;
use crate::supervise;

/// What a login's only statement is called on the server.
pub(super) const LOGIN_TAG: &str = "login";

/// What the first statement of a visit is called.
pub(super) const VISIT_TAG: &str = "visit";

/// What came of an errand.
#[derive(Debug, Default)]
pub struct Report {
    /// The jobs, and how each ended.
    pub finished: Vec<(Job, Ended)>,
    /// The process that served the connection, which may take a moment to end.
    pub pid: Option<i32>,
    /// The query that this process may still be at work on.
    pub pending: Option<String>,
    /// Whether it was left without a farewell.
    pub silent: bool,
    /// The login that has not ended yet, or the session that does not answer.
    pub hung: Option<Hung>,
}

impl Report {
    /// Leaves a connection after a fault.
    async fn leave(&mut self, link: Link, fault: &Fault) {
        self.silent = matches!(fault.fate, Fate::Lost | Fate::Pending);
        match fault.fate {
            Fate::Usable => link.close().await,
            Fate::Pending => self.hung = Some(link.hold().await),
            Fate::Lost | Fate::Ended => {}
        }
    }
}

/// Logs in and out.
pub async fn login(target: Arc<Target>, kind: Kind, stop: CancellationToken) -> Report {
    fail_point!("login");
    let mut report = Report::default();
    let ended = match open(&target, LoginRole::Monitor, Purpose::Login, None, &stop, &mut report).await {
        Ok(mut link) => {
            match link.process(LOGIN_TAG, Some(kind), facts::TIMEOUT, &stop).await {
                Ok(pid) => {
                    report.pid = Some(pid);
                    link.close().await;
                }
                Err(fault) => report.leave(link, &fault).await,
            }
            Ended::Well
        }
        Err(fault) if fault.kind == FaultKind::Stopped => Ended::Untried,
        Err(_) => Ended::Badly,
    };
    report.finished.push((Job::Login, ended));
    report
}

/// Runs `jobs`, which are all of one database, over one connection to it, until one is late: a server that is overloaded is not asked the next
/// thing at once.
pub async fn visit(
    target: Arc<Target>,
    kind: Kind,
    role: LoginRole,
    database: Option<Arc<str>>,
    jobs: Vec<Job>,
    stop: CancellationToken,
) -> Report {
    fail_point!("visit");
    let mut report = Report::default();
    let mut jobs = jobs.into_iter();
    let started = Instant::now();
    let mut late = false;
    if role == LoginRole::Reader && target.server.reader.is_none() {
        for job in jobs {
            if let Some((query, database)) = target.query_of(&job) {
                target.publisher.skip(query, database, &Skip::Reader);
            }
            report.finished.push((job, Ended::Well));
        }
        return report;
    }
    let fault = match enter(&target, kind, role, database.as_deref(), &stop, &mut report).await {
        Err(fault) => Some(fault),
        Ok((mut link, facts)) => {
            let mut broken = None;
            while !stop.is_cancelled()
                && let Some(job) = jobs.next()
            {
                let (fault, ended) = collect(&target, &mut link, &facts, &job, &stop, &mut report).await;
                late = matches!(ended, Ended::Late(_));
                broken = fault.filter(|fault| fault.fate != Fate::Usable);
                if late || broken.is_some() {
                    break;
                }
            }
            match &broken {
                Some(fault) => report.leave(link, fault).await,
                None => link.close().await,
            }
            broken
        }
    };
    let took = started.elapsed();
    for job in jobs {
        let ended = match &fault {
            // What is pgvigil's own fault has nothing to do with the others: they are tried over another connection.
            Some(fault) if !late && !matches!(fault.kind, FaultKind::Stopped | FaultKind::Panic | FaultKind::Idle | FaultKind::Result) => {
                // What could not be tried for want of a connection failed with it.
                if let Some((query, database)) = target.query_of(&job) {
                    target.publisher.record(query, database, started, Err(fault.clone())).await;
                }
                if fault.kind == FaultKind::Connection { Ended::Unreached } else { Fault::ended(Some(fault), took) }
            }
            _ => Ended::Untried,
        };
        report.finished.push((job, ended));
    }
    report
}

/// Logs in, unless it is told to stop: who stops needs the place.
async fn open(
    target: &Target,
    role: LoginRole,
    purpose: Purpose,
    database: Option<&str>,
    stop: &CancellationToken,
    report: &mut Report,
) -> Result<Link, Fault> {
    let (server, board) = (&target.server, &target.publisher.board);
    tokio::select! {
        opened = Link::open(server, role, purpose, database, server.connect_timeout, board) => {
            opened.map_err(|refusal| {
                report.hung = refusal.hung;
                refusal.fault
            })
        }
        () = stop.cancelled() => Err(Fault { fate: Fate::Lost, ..Fault::stopped() }),
    }
}

async fn enter(
    target: &Target,
    kind: Kind,
    role: LoginRole,
    database: Option<&str>,
    stop: &CancellationToken,
    report: &mut Report,
) -> Result<(Link, Facts), Fault> {
    let mut link = open(target, role, Purpose::Queries, database, stop, report).await?;
    let read = async {
        report.pid = Some(link.process(VISIT_TAG, Some(kind), facts::TIMEOUT, stop).await?);
        target.read_facts(&mut link, stop).await
    };
    match read.await {
        Ok(facts) => {
            report.pid = Some(facts.pid).filter(|pid| *pid != 0).or(report.pid);
            Ok((link, facts))
        }
        Err(fault) => {
            report.pending = (fault.fate == Fate::Pending).then(|| facts::TAG.to_owned());
            report.leave(link, &fault).await;
            Err(fault)
        }
    }
}

async fn collect(
    target: &Target,
    link: &mut Link,
    facts: &Facts,
    job: &Job,
    stop: &CancellationToken,
    report: &mut Report,
) -> (Option<Fault>, Ended) {
    let started = Instant::now();
    let fault = target.run(link, facts, job, stop).await;
    if fault.as_ref().is_some_and(|fault| fault.fate == Fate::Pending) {
        report.pending = target.query_of(job).map(|(query, _)| query.name.clone());
    }
    let ended = Fault::ended(fault.as_ref(), started.elapsed());
    report.finished.push((job.clone(), ended));
    (fault, ended)
}

impl Target {
    /// The query of a job, and its database.
    pub(super) fn query_of<'a>(&'a self, job: &'a Job) -> Option<(&'a Arc<Query>, Option<&'a Arc<str>>)> {
        let Job::Query { index, database, .. } = job else { return None };
        Some((self.queries.get(*index)?, database.as_ref()))
    }

    /// Runs a job's query over `link`, or skips it; the board and the store hear of it. Gives back why it failed.
    pub(super) async fn run(&self, link: &mut Link, facts: &Facts, job: &Job, stop: &CancellationToken) -> Option<Fault> {
        let (query, database) = self.query_of(job)?;
        let started = Instant::now();
        match plan::plan(query, facts) {
            Err(skip) => {
                self.publisher.skip(query, database, &skip);
                None
            }
            Ok(plan) => {
                let constant = self.publisher.constant(query, &facts.datname);
                let result = match trust::look(link, query, plan.body, &self.server.trusted_roles, stop).await {
                    Ok(Some(finding)) => {
                        self.publisher.skip(query, database, &Skip::Untrusted(finding.untrusted()));
                        return None;
                    }
                    Ok(None) => supervise::survive(run::collect(link, query, plan, facts, constant, stop)).await,
                    Err(fault) => Some(Err(fault)),
                };
                let result = result.unwrap_or_else(|| Err(Fault::panicked()));
                self.publisher.record(query, database, started, result).await
            }
        }
    }
}
