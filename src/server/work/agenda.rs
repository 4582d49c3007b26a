//! What there is to do on a server, and what is in progress. The agenda knows nothing of connections: it is asked what to do in which seat, and is told
//! the outcome.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::absent::Spot;
use super::facts::Facts;
use super::hanging::Hanging;
use super::job::Job;
use super::lasting::Locks;
use super::plan;
use super::schedule::Schedule;
use super::shares::Shares;
use super::spots::Spots;
use super::trip::Trip;
use super::watched::{Watched, phase};
use crate::query::need::Need;
use crate::query::{Query, Scope};
use crate::server::doors::Doors;
use crate::server::report::publisher;
use crate::server::report::skip::Skip;
use crate::server::report::status::Login;
use crate::server::seats::{Database, KEPT_LIMIT, Millis, SEATS};
use crate::settings::LoginRole;

/// How soon a failed login is tried again. All metrics must be back within 30 seconds after logins work again; most of that time is left for the
/// queries in the databases.
pub(super) const LOGIN_RETRY: Duration = Duration::from_secs(10);

/// The seats' clock: milliseconds since the work started.
#[derive(Debug, Clone, Copy)]
pub struct Clock(pub Instant);

impl Clock {
    /// A time on the seats' clock, rounded down to a millisecond.
    #[must_use]
    pub fn at(self, time: Instant) -> Millis {
        u64::try_from(time.saturating_duration_since(self.0).as_millis()).unwrap_or(Millis::MAX)
    }

    /// The same for something that is due, rounded up so that it is never early.
    #[must_use]
    pub fn due(self, time: Instant) -> Millis {
        self.at(time + Duration::from_nanos(999_999))
    }

    /// A time of the seats as an `Instant`.
    #[must_use]
    pub fn instant(self, time: Millis) -> Instant {
        // Far enough away to make no difference.
        self.0 + Duration::from_millis(time.min(1 << 40))
    }
}

/// What there is to do on a server, and what is in progress.
pub struct Agenda {
    pub(super) watched: Arc<Watched>,
    pub(super) clock: Clock,
    /// The time of the current event.
    pub(super) now: Instant,
    /// Queries for the kept session.
    pub(super) kept: Schedule<Job>,
    /// Queries for short-lived connections.
    pub(super) visits: Schedule<Job>,
    /// The role and database of each short-lived connection, by the index that the seats use.
    pub(super) spots: Spots,
    /// How much of the time for them each has used.
    pub(super) shares: Shares,
    /// Whether the log says that there is too little time.
    pub(super) crowded: bool,
    /// What each seat is doing.
    pub(super) trips: [Option<Trip>; SEATS],
    /// Which databases refuse logins.
    pub(super) doors: Doors,
    /// Which databases are locked.
    pub(super) locks: Locks,
    /// The logins that hang.
    pub(super) hanging: Hanging,
    /// When the next login probe is due, and why the last one failed.
    pub(super) login: Instant,
    pub(super) login_failed: Option<crate::server::seats::Login>,
    /// The facts as read last.
    pub(super) facts: Option<Arc<Facts>>,
}

impl Agenda {
    /// Everything is due at once.
    #[must_use]
    pub fn new(watched: Arc<Watched>, clock: Clock) -> Self {
        let now = clock.0;
        let mut agenda = Self {
            watched,
            clock,
            now,
            kept: Schedule::new(now),
            visits: Schedule::new(now),
            spots: Spots::default(),
            shares: Shares::default(),
            crowded: false,
            trips: [const { None }; SEATS],
            doors: Doors::default(),
            locks: Locks::default(),
            hanging: Hanging::default(),
            login: now,
            login_failed: None,
            facts: None,
        };
        agenda.fill();
        agenda
    }

    /// Sets the time of the current event.
    pub const fn tick(&mut self, now: Instant) {
        self.now = now;
    }

    /// Applies another configuration: everything is due at once, also what was refused.
    pub fn reload(&mut self, watched: Arc<Watched>) {
        self.watched = watched;
        (self.kept, self.visits) = (Schedule::new(self.now), Schedule::new(self.now));
        self.doors.reload();
        self.login = self.now;
        self.fill();
        if let Some(facts) = self.facts.clone() {
            if self.facts.as_deref().is_some_and(|before| (&before.objects, &before.settings) != (&facts.objects, &facts.settings)) {
                self.needs_have_changed();
            }
            self.follow_databases(&facts);
        }
    }

    /// Retries at once what was refused.
    pub fn retry(&mut self) {
        self.watched.refusals.forget();
        self.doors.reload();
        let shut: Vec<Database> = self.doors.shut().map(|(database, _)| database).collect();
        let jobs: Vec<Job> = self.visits.jobs().filter(|job| self.spot(job).is_some_and(|spot| shut.contains(&spot))).cloned().collect();
        for job in jobs {
            // A running job is not due.
            if self.visits.due(&job).is_some() {
                self.visits.put_off(&job, self.now);
            }
        }
    }

    /// Adds the server-wide queries.
    fn fill(&mut self) {
        let watched = Arc::clone(&self.watched);
        for query in watched.queries.iter().filter(|query| query.scope == Scope::Server) {
            self.insert(Job::new(query, None), &watched.publisher.name.clone());
        }
    }

    /// Adds a job. `seed` determines its phase within the interval.
    fn insert(&mut self, job: Job, seed: &str) {
        if job.role == LoginRole::Reader && self.watched.server.reader.is_none() {
            self.watched.publisher.skip(&job.query, job.database.as_ref(), &Skip::Reader);
            return;
        }
        let interval = job.query.interval;
        if job.database.is_none() && job.role == LoginRole::Monitor && job.limit() <= KEPT_LIMIT {
            let phase = phase((&self.watched.publisher.name, job.query.leader().unwrap_or(&job.query.name)), interval);
            self.kept.insert(job, interval, phase, self.now);
        } else {
            self.spots.add(job.spot());
            // All queries in one database share a phase, so that one session runs those that are due together.
            let phase = phase((&self.watched.publisher.name, seed), interval);
            self.visits.insert(job, interval, phase, self.now);
        }
    }

    /// The index of the role and database that a job runs with.
    pub(super) fn spot(&self, job: &Job) -> Option<Database> {
        self.spots.index(&job.spot())
    }

    /// Whether the schedules still have this very query, and not a reloaded one.
    pub(super) fn has(&self, job: &Job) -> bool {
        let same = |known: &Job| Arc::ptr_eq(&known.query, &job.query);
        self.kept.get(job).or_else(|| self.visits.get(job)).is_some_and(same)
    }

    /// Adopts facts that the kept session has read.
    pub fn adopt(&mut self, facts: Facts) {
        self.tell_crowded();
        if self.facts.as_deref() == Some(&facts) {
            return;
        }
        let publisher = self.watched.publisher.clone();
        publisher.facts(&facts.version, facts.role(), facts.superuser, &facts.user);
        if self.facts.as_deref().is_none_or(|before| facts.is_other_server_than(before)) {
            self.kept.all_due(self.now);
            self.visits.all_due(self.now);
        }
        self.follow_databases(&facts);
        // A query that no longer runs here disappears from the page now, not when it would be due.
        for job in self.kept.jobs().chain(self.visits.jobs()) {
            if let Err(skip) = plan::runs_on(&job.query, &facts) {
                publisher.skip(&job.query, job.database.as_ref(), &skip);
            }
        }
        let facts = Arc::new(facts);
        self.watched.known.send_replace(Some(Arc::clone(&facts)));
        self.facts = Some(facts);
    }

    /// What the kept session's queries need may be there now, or no longer.
    fn needs_have_changed(&mut self) {
        let is_of_that = |need: &Need| matches!(need, Need::Table(_) | Need::Function(..) | Need::Setting(..));
        let jobs: Vec<Job> =
            self.kept.jobs().filter(|job| job.query.needs.iter().any(|needed| is_of_that(&needed.need))).cloned().collect();
        for job in jobs {
            // One that runs is not due.
            if self.kept.due(&job).is_some() {
                self.kept.put_off(&job, self.now);
            }
        }
    }

    /// Adds the jobs of new databases, and removes those of databases that are gone.
    #[expect(clippy::mutable_key_type, reason = "jobs are ordered by names alone, and a glob's cache is not one")]
    fn follow_databases(&mut self, facts: &Facts) {
        let watched = Arc::clone(&self.watched);
        let (publisher, databases) = (&watched.publisher, &watched.server.databases);
        let (wanted, dropped) = facts.looked_into(databases);
        publisher.databases_dropped(dropped, databases.limit);
        let known: BTreeSet<Job> = self.visits.jobs().filter(|job| job.database.is_some()).cloned().collect();
        for job in &known {
            if let Some(database) = &job.database
                && !wanted.contains(database.as_ref())
            {
                self.visits.remove(job);
                publisher.forget(&job.query, database);
            }
        }
        // This also covers series from before a reload.
        let unsayable = facts.out_of_reach(databases);
        let shown: BTreeSet<Arc<str>> = wanted.iter().filter_map(|name| publisher::datname(Some(&Arc::from(*name)))).collect();
        publisher.retain_databases(|datname| shown.contains(datname) || unsayable.contains(datname));
        let queries: Vec<&Arc<Query>> = watched.queries.iter().filter(|query| query.scope == Scope::Database).collect();
        for (datname, query) in unsayable.iter().flat_map(|datname| queries.iter().map(move |query| (datname, query))) {
            if query.is_for(datname) {
                publisher.skip_unsayable(query, datname);
            } else {
                publisher.forget_datname(query, datname);
            }
        }
        watched.ranks.retain_databases(|database| wanted.contains(database));
        let is_there = |spot: &Spot| spot.database.as_ref().is_none_or(|database| wanted.contains(database.as_ref()));
        self.spots.retain(is_there);
        self.watched.refusals.retain(is_there);
        self.doors.retain(|database| self.spots.get(database).is_some());
        self.shares.retain(|database| self.spots.get(database).is_some());
        self.tell_refused();
        for name in wanted {
            let database: Arc<str> = name.into();
            for query in &queries {
                let job = Job::new(query, Some(&database));
                if !query.is_for(&database) {
                    // It may have been, before a reload.
                    publisher.forget(query, &database);
                } else if !known.contains(&job) {
                    self.insert(job, &database);
                }
            }
        }
    }

    /// The databases that refuse logins, by database label and role, with the server's error message.
    #[must_use]
    pub(super) fn refused_databases(&self) -> BTreeMap<(Arc<str>, LoginRole), String> {
        self.doors
            .shut()
            .filter_map(|(database, why)| {
                let Spot { role, database } = self.spots.get(database)?;
                let name = database.clone().or_else(|| Some(self.facts.as_ref()?.database.as_str().into()));
                Some(((publisher::datname(name.as_ref())?, *role), why.to_owned()))
            })
            .collect()
    }

    /// When a login probe is due after a successful one.
    pub(super) fn next_login(&self) -> Instant {
        self.now + Login::INTERVAL
    }
}
