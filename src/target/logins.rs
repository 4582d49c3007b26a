//! What the kept session does about logins to databases that are locked: it leaves them out, and cancels one that waits all the same.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tracing::{info, warn};

use super::facts::Facts;
use super::fault::Fault;
use super::hung::Aim;
use super::locked::{self, Locked, Waiting};
use super::plan::Skip;
use super::schedule::Ended;
use super::session::Session;
use super::status::ServerStatus;
use super::{Job, backoff};

/// How soon a login that still waits is cancelled again.
const CANCEL_AGAIN: Duration = Duration::from_secs(1);

/// How long a cancelled login needs to end, with much to spare: after that the log says that it does not.
const CANCELLED: Duration = Duration::from_secs(3);

impl Session<'_> {
    /// Asks which databases are locked, unless that was just done.
    pub(super) async fn look_at_locks(&mut self, now: Instant) -> Result<(), Fault> {
        if self.agenda.locks.are_known(now) {
            return Ok(());
        }
        // An error for an answer says nothing of any database: their logins will tell.
        let rows = self.look::<1>(&locked::question(), now).await?;
        self.agenda.locks.learn(Locked::from_rows(rows.unwrap_or_default()));
        Ok(())
    }

    /// Leaves out the jobs of a database that is locked. Gives back whether it is.
    pub(super) fn skip_locked(&mut self, jobs: &[Job], now: Instant) -> bool {
        let (target, Some(facts)) = (Arc::clone(&self.target), self.agenda.facts.clone()) else { return false };
        let Some(Job::Query { database, .. }) = jobs.first() else { return false };
        let name: Arc<str> = database.clone().unwrap_or_else(|| facts.database.as_str().into());
        let (server, database) = (&target.publisher.name, name.as_ref());
        if !self.agenda.locks.found.holds(database, &facts) {
            if self.agenda.locks.told.remove(&name) {
                info!(%server, database, "the lock in this database is gone; its queries run again");
            }
            return false;
        }
        let random = backoff::random();
        for job in jobs {
            if let Some((query, database)) = target.query_of(job) {
                target.publisher.skip_for_now(query, database, &Skip::Locked);
            }
            self.agenda.errands.finished(job, Ended::Locked, now, random);
        }
        if self.agenda.locks.told.insert(Arc::clone(&name)) {
            warn!(%server, database, "a lock that every login would wait for is held or awaited in this database; its queries are skipped until it is gone");
        }
        true
    }

    /// Does once what [`cancel_login`](Self::cancel_login) does. After that the session knows the catalogues that this reads, and need not read them
    /// when they are locked.
    pub(super) async fn prepare_to_cancel(&mut self) -> Result<(), Fault> {
        if self.link.kind.own && self.agenda.answered {
            let aim = self.aim(&Job::Login);
            self.look::<1>(&self.cancel_logins(Some(&aim)), Instant::now()).await?;
        }
        Ok(())
    }

    /// Cancels a login that hangs, if it waits for a lock that came just after the look.
    pub(super) async fn cancel_login(&mut self, now: Instant) -> Result<(), Fault> {
        let server = Arc::clone(&self.target.publisher.name);
        if !self.agenda.places.is_at_login() {
            if let Some(waiting) = self.agenda.locks.waiting.take() {
                self.after_hang(&waiting, now);
            }
            return Ok(());
        }
        let is_new = self.agenda.locks.waiting.is_none();
        let aim = self.agenda.places.aim().cloned();
        let waiting = self.agenda.locks.waiting.get_or_insert(Waiting { aim, since: now, next: now, told: false });
        if now < waiting.next {
            return Ok(());
        }
        waiting.next = now + CANCEL_AGAIN;
        if is_new {
            let holders = self.target.publisher.board.read(|servers| servers.get(&server).map(ServerStatus::holders).unwrap_or_default());
            let holder = holders.first().map(ToString::to_string);
            warn!(%server, holder, "a login hangs; it is cancelled if it waits for a lock");
        } else if now.duration_since(waiting.since) >= CANCELLED && !std::mem::replace(&mut waiting.told, true) {
            warn!(%server, "a login hangs and cannot be cancelled: until it ends, no other one is tried, and queries in databases wait");
        }
        self.agenda.locks.forget();
        self.look_at_locks(now).await?;
        let found = &self.agenda.locks.found;
        if self.agenda.facts.as_ref().is_some_and(|facts| found.holds_only(&facts.database, facts)) {
            self.agenda.logins_are_locked();
        }
        let text = self.cancel_logins(self.agenda.places.aim());
        self.look::<1>(&text, now).await.map(|_| ())
    }

    /// Leaves a database alone at whose login pgvigil has hung, but for one that waited for a lock and has ended as soon as it was cancelled.
    fn after_hang(&mut self, waiting: &Waiting, now: Instant) {
        let server = Arc::clone(&self.target.publisher.name);
        let began = waiting.aim.as_ref().map_or(waiting.since, |aim| aim.began);
        let lasted = Duration::from_secs(now.duration_since(began).as_secs());
        let database = waiting.aim.as_ref().and_then(|aim| aim.database.clone());
        let is_locked = |name: &str| self.agenda.facts.as_ref().is_some_and(|facts| self.agenda.locks.found.holds(name, facts));
        let lasting = humantime::format_duration(lasted);
        let Some(name) = database else {
            info!(%server, %lasting, "the login that hung has ended");
            return;
        };
        if is_locked(&name) && now.duration_since(waiting.since) < CANCELLED {
            info!(%server, database = %name, %lasting, "the login that hung has ended");
            return;
        }
        let until = SystemTime::now() + self.agenda.has_hung(&name, lasted, now);
        let until = humantime::format_rfc3339_seconds(until);
        warn!(%server, database = %name, %lasting, %until, "the login that hung has ended; its database is left alone for a while, so that others are read");
    }

    /// Where the login for this job, which begins now, leads to.
    pub(super) fn aim(&self, job: &Job) -> Aim {
        let database = if let Job::Query { database, .. } = job { database.clone() } else { None };
        let oid = |facts: &Facts| facts.databases.get(database.as_deref().unwrap_or(&facts.database)).copied();
        Aim { oid: self.agenda.facts.as_deref().and_then(oid), database, began: Instant::now() }
    }

    fn cancel_logins(&self, aim: Option<&Aim>) -> String {
        let tells_since = self.agenda.facts.as_ref().is_some_and(|facts| facts.version_num >= 140_000);
        let aim = aim.and_then(|aim| Some((aim.oid?, aim.began.elapsed())));
        locked::cancel(self.target.server.reader.as_ref().map(|reader| reader.user.as_str()), aim, tells_since)
    }
}
