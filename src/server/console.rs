//! One `PgBouncer`: a kept session on its console, which answers `SHOW` commands and nothing else.
//!
//! The console has no transactions, no timeouts and no roles to plan by. So one connection is enough: if a statement gets no answer in time, the
//! connection is closed, and nothing needs to be cancelled.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fail::fail_point;
use sqlx::{Column as _, Row as _};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::link::{self, Link};
use super::report::fault::{Fate, Fault, FaultKind};
use super::report::publisher::Publisher;
use super::report::skip::Skip;
use super::report::status::Board;
use super::room::Room;
use super::seats::GRACE;
use super::work::plan::Plan;
use super::work::run;
use super::work::schedule::{Ended, Schedule};
use super::work::watched::phase;
use crate::backoff;
use crate::expose::answer::Answer;
use crate::expose::sample::Samples;
use crate::expose::spelling::spell;
use crate::expose::store::Store;
use crate::query::catalog::Catalog;
use crate::query::check::OLDEST_PGBOUNCER;
use crate::query::version::Version;
use crate::query::{Query, Scope};
use crate::settings::{LoginRole, Server};
use crate::supervise;
use crate::wire::Method;

/// The interval of the version query, which is the heartbeat. With the timeout and the client's grace period, `pgbouncer_up` becomes 0 at most 8
/// seconds after a `PgBouncer` has stopped answering.
const INTERVAL: Duration = Duration::from_secs(5);

/// The longest version that is shown: it is on the landing page.
const LONGEST_VERSION: usize = 100;

/// When the version query counts as unanswered.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Everything that the work on one `PgBouncer` needs.
pub struct Bouncer {
    server: Server,
    queries: Vec<Arc<Query>>,
    publisher: Publisher,
    stop: CancellationToken,
}

/// A job on the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Version,
    Query(usize),
}

/// The result of a check of a console.
pub struct Checked {
    /// Its version, as it reports it.
    pub version: String,
    /// How the login was authenticated.
    pub method: Method,
    /// How many queries can be collected.
    pub collected: usize,
    /// The queries for which it is too old.
    pub too_new: Vec<Arc<Query>>,
    /// The queries that fail, and why.
    pub wrong: Vec<(Arc<Query>, Fault)>,
}

impl Bouncer {
    /// The work on `server`, with an entry on the status board.
    #[must_use]
    pub fn new(server: Server, catalog: &Catalog, store: Arc<Store>, board: Arc<Board>, stop: CancellationToken) -> Self {
        let queries = catalog.of(&server.name).filter(|query| query.scope == Scope::PgBouncer).cloned().collect();
        let publisher = Publisher::new(&server, store, board);
        Self { server, queries, publisher, stop }
    }

    /// Watches the console until `stop`.
    pub async fn watch(self) {
        let now = Instant::now();
        let mut schedule = Schedule::new(now);
        schedule.insert(Job::Version, INTERVAL, Duration::ZERO, now);
        for (index, query) in self.queries.iter().enumerate() {
            schedule.insert(Job::Query(index), query.interval, phase((&self.publisher.name, &query.name), query.interval), now);
        }
        let (mut failures, mut afresh) = (0, true);
        while !self.stop.is_cancelled() {
            let begun = Instant::now();
            let fault = match self.session(&mut schedule, afresh).await {
                Ok(never) => match never {},
                Err(fault) => fault,
            };
            if fault.kind != FaultKind::Stopped {
                debug!(server = %self.publisher.name, %fault, "the session ended");
                // pgvigil's own fault says nothing about the pooler.
                if fault.kind != FaultKind::Panic {
                    self.publisher.unreachable(&fault);
                }
            }
            // After a panic the jobs keep their times: if all were due at once, the same panic would come first every time.
            afresh = fault.kind != FaultKind::Panic;
            // After a session that did its work, the next attempt comes soon; if sessions keep breaking, the attempts back off.
            failures = if begun.elapsed() > INTERVAL { 1 } else { failures + 1 };
            tokio::select! {
                () = tokio::time::sleep(backoff::CONNECT.delay(failures, backoff::random())) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    /// Runs one session. With `afresh`, everything is due at once. Returns why the session ended.
    async fn session(&self, schedule: &mut Schedule<Job>, afresh: bool) -> Result<Infallible, Fault> {
        let mut link = self.open().await?;
        let mut version = self.look(&mut link).await?;
        if afresh {
            schedule.all_due(Instant::now());
        }
        loop {
            let Some(job) = schedule.take(Instant::now()) else {
                let due = schedule.next_due().unwrap_or_else(|| Instant::now() + INTERVAL);
                tokio::select! {
                    () = tokio::time::sleep_until(due.into()) => continue,
                    () = self.stop.cancelled() => {
                        link.close_in_time().await;
                        return Err(Fault::stopped());
                    }
                }
            };
            let started = Instant::now();
            let fault = match job {
                Job::Version => self.look(&mut link).await.map(|now| version = now).err(),
                Job::Query(index) => match self.queries.get(index) {
                    Some(query) => self.run(&mut link, query, version).await,
                    None => None,
                },
            };
            // The heartbeat keeps its interval whatever happens.
            let ended = if job == Job::Version { Ended::Well } else { Ended::of(fault.as_ref(), started.elapsed()) };
            schedule.finished(&job, ended, Instant::now(), backoff::random());
            if let Some(fault) = fault.filter(|fault| fault.fate != Fate::Usable) {
                return Err(fault);
            }
        }
    }

    async fn open(&self) -> Result<Link, Fault> {
        tokio::select! {
            opened = Link::open_in_time(&self.server, LoginRole::Monitor, None) => opened,
            () = self.stop.cancelled() => Err(Fault::stopped()),
        }
    }

    /// The heartbeat: asks for the version and updates the status.
    async fn look(&self, link: &mut Link) -> Result<Version, Fault> {
        let text = version(link, &self.stop).await?;
        self.publisher.reachable();
        self.publisher.board.update(&self.publisher.name, |status| status.version.clone_from(&text));
        Ok(parse_version(&text))
    }

    async fn run(&self, link: &mut Link, query: &Arc<Query>, version: Version) -> Option<Fault> {
        let started = Instant::now();
        let plan = match plan(query, version) {
            Ok(plan) => plan,
            Err(skip) => {
                self.publisher.skip(query, None, &skip);
                return None;
            }
        };
        let result = supervise::survive(self.collect(link, query, plan)).await.unwrap_or_else(|| Err(Fault::panicked()));
        self.publisher.record(query, None, started, result).await
    }

    async fn collect(&self, link: &mut Link, query: &Query, plan: Plan<'_>) -> Result<Samples, Fault> {
        fail_point!(&query.name);
        let answer = ask(link, &plan.body.sql, query.timeout, &self.stop).await?;
        let samples = answer.samples(query, plan.version, self.publisher.constant(query, ""));
        samples.map_err(|error| run::misfit(query, &error))
    }

    /// Runs every query once, for `check --connect`.
    ///
    /// # Errors
    /// Why there is no session.
    pub async fn check(&self) -> Result<Checked, Fault> {
        let mut link = self.open().await?;
        let method = link.method();
        let text = version(&mut link, &self.stop).await?;
        let version = parse_version(&text);
        let (mut collected, mut wrong, mut too_new) = (0, Vec::new(), Vec::new());
        for query in &self.queries {
            let plan = match plan(query, version) {
                Ok(plan) => plan,
                Err(Skip::Version(version)) if version < OLDEST_PGBOUNCER => {
                    too_new.push(Arc::clone(query));
                    continue;
                }
                Err(_) => continue,
            };
            match self.collect(&mut link, query, plan).await {
                Ok(samples) => match run::duplicates(query, plan.body, &samples) {
                    None => collected += 1,
                    Some(fault) => wrong.push((Arc::clone(query), fault)),
                },
                Err(fault) => wrong.push((Arc::clone(query), fault)),
            }
        }
        link.close_in_time().await;
        Ok(Checked { version: text, method, collected, too_new, wrong })
    }
}

/// Sends one command and reads its whole answer, unless it takes too long or pgvigil stops.
async fn ask(link: &mut Link, command: &str, timeout: Duration, stop: &CancellationToken) -> Result<Answer, Fault> {
    let mut answer = Answer::default();
    let mut room = Room::new(link.answer_limit());
    let asking = link.run(command, |row| {
        if answer.columns.is_empty() {
            answer.columns = row.columns().iter().map(|column| column.name().to_owned().into()).collect();
        }
        let cells: Vec<_> = (0..answer.columns.len()).map(|index| link::cell(row, index)).collect();
        room.take(&cells)?;
        answer.rows.push(cells.into_iter().map(|cell| cell.map(<[u8]>::to_vec)).collect());
        Ok(())
    });
    let late = timeout + Duration::from_millis(GRACE);
    tokio::select! {
        asked = tokio::time::timeout(late, asking) => asked.map_err(|_| Fault::unanswered(late))??,
        () = stop.cancelled() => return Err(Fault::stopped()),
    }
    Ok(answer)
}

async fn version(link: &mut Link, stop: &CancellationToken) -> Result<String, Fault> {
    let answer = ask(link, "SHOW VERSION", TIMEOUT, stop).await?;
    let text = answer.rows.into_iter().next().and_then(|row| row.into_iter().next()).flatten().unwrap_or_default();
    Ok(spell(&text).chars().take(LONGEST_VERSION).collect())
}

/// Plans a query by the version: nothing else about a `PgBouncer` matters.
fn plan(query: &Query, version: Version) -> Result<Plan<'_>, Skip> {
    if let Some(choice) = Skip::by_choice(query) {
        return Err(choice);
    }
    let body = query.bodies.iter().find(|body| query.covers.contains(version) && body.versions.contains(version));
    let body = body.ok_or(Skip::Version(version))?;
    if query.columns(version).metrics.is_empty() { Err(Skip::Detail) } else { Ok(Plan { body, version }) }
}

/// Parses `PgBouncer 1.18.0`. An unreadable version counts as the oldest known one.
fn parse_version(text: &str) -> Version {
    let number = text.rsplit(' ').next().unwrap_or_default();
    let two = number.match_indices('.').nth(1).map_or(number, |(end, _)| &number[..end]);
    two.parse().unwrap_or(OLDEST_PGBOUNCER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version() {
        assert_eq!(parse_version("PgBouncer 1.25.1"), Version { major: 1, minor: 25 });
        assert_eq!(parse_version("PgBouncer 2.0"), Version { major: 2, minor: 0 });
        assert_eq!(parse_version("a fork"), Version { major: 1, minor: 18 });
    }
}
