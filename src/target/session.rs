//! The kept connection and its loop: facts, the queries that are due, and the errands that it sends out over the second connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fail::fail_point;
use tracing::warn;

use super::agenda::{Agenda, Errand};
use super::errand::{self, Report};
use super::facts::{self, Facts};
use super::fault::{Fate, Fault, FaultKind};
use super::lingering::ALLOWED;
use super::link::Link;
use super::schedule::Ended;
use super::status::Purpose;
use super::{Job, Target, backoff};
use super::{interrupt, places, plan};

/// What the first statement of a session is called.
pub(super) const TAG: &str = "session";

/// What the cancel of an errand's statement is called.
const RECALL_TAG: &str = "recall";

/// How long a process of the server needs to end after its client has said farewell, with much to spare.
const LINGER_PAUSE: Duration = Duration::from_millis(200);

/// How soon to look again whether a login that hangs has come to an end.
const HUNG_POLL: Duration = Duration::from_millis(250);

/// What takes the place of the second connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum InTheWay {
    /// It is free.
    Nothing,
    /// A process of the server that has not ended yet.
    Lingering,
    /// A connection that is open: a login or a session that hangs, perhaps of work that has panicked.
    Open,
}

/// One life of the kept connection.
pub struct Session<'a> {
    pub(super) target: Arc<Target>,
    pub(super) link: Link,
    /// The connection that has cancelled what this one waited for; the next session goes on with it.
    next: Option<Link>,
    /// The server's process at the other end.
    pid: Option<i32>,
    /// Whether it has told that, and what kind of session it is.
    introduced: bool,
    pub(super) agenda: &'a mut Agenda,
}

impl<'a> Session<'a> {
    /// Begins with a fresh connection.
    #[must_use]
    pub fn new(target: Arc<Target>, mut link: Link, agenda: &'a mut Agenda) -> Self {
        link.serves(Purpose::Kept);
        agenda.answered = false;
        agenda.logged_in(true, Instant::now());
        agenda.locks.forget();
        Self { target, link, next: None, pid: None, introduced: false, agenda }
    }

    /// Works until the connection is of no more use, and says why. Where another one was opened meanwhile, it is handed on: a third, before
    /// the server's process of the second has ended, would be one too many.
    pub async fn run(mut self) -> (Fault, Option<Link>) {
        let mut fault = match self.work().await {
            Ok(never) => match never {},
            Err(fault) => fault,
        };
        if fault.kind == FaultKind::Stopped {
            // Nothing is left behind on the server: the errand's statement is cancelled from here, the own one was before.
            let report = self.agenda.end().await;
            if let Err(cancel) = self.cancel_errand(&report).await
                && fault.fate == Fate::Usable
            {
                fault.fate = cancel.fate;
            }
        }
        match fault.fate {
            Fate::Usable => self.link.close().await,
            Fate::Pending => self.agenda.places.left(self.pid, true, Some(self.link.hold().await)),
            // It is gone, or hangs, or waits for a client that the network has cut off.
            Fate::Lost => self.agenda.places.left(self.pid, true, None),
            Fate::Ended => self.agenda.places.left(self.pid, false, None),
        }
        (fault, self.next)
    }

    async fn work(&mut self) -> Result<std::convert::Infallible, Fault> {
        self.introduce().await?;
        self.stand_aside().await?;
        self.job(&Job::Facts).await?;
        self.prepare_to_cancel().await?;
        loop {
            if self.target.stop.is_cancelled() {
                return Err(Fault { fate: Fate::Usable, ..Fault::stopped() });
            }
            for job in std::mem::take(&mut self.agenda.gone) {
                if let Some((query, Some(database))) = self.target.query_of(&job) {
                    self.target.publisher.forget(query, database);
                }
            }
            if self.agenda.out.as_ref().is_some_and(|errand| errand.task.is_finished()) {
                let report = self.agenda.end().await;
                self.take_back(&report).await?;
            }
            if self.agenda.out.is_none() && self.agenda.answered {
                self.cancel_login(Instant::now()).await?;
                self.send_errand().await?;
            }
            match self.agenda.take_kept(Instant::now()) {
                Some(job) => self.job(&job).await?,
                None => self.wait().await?,
            }
        }
    }

    /// Asks which process of the server it is that has to be cancelled, and counts, should it ever be silent.
    async fn introduce(&mut self) -> Result<(), Fault> {
        match self.link.process(TAG, None, facts::TIMEOUT, &self.target.stop).await {
            Ok(pid) => (self.pid, self.introduced) = (Some(pid), true),
            Err(fault) if fault.fate == Fate::Usable => {}
            Err(fault) => {
                if fault.kind != FaultKind::Stopped {
                    self.target.publisher.unreachable(&fault);
                }
                if fault.fate == Fate::Pending && self.agenda.places.taken() > 0 {
                    self.agenda.places.two_hang(self.link.silence().await, self.agenda.answered, Instant::now());
                }
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) -> Result<(), Fault> {
        let kept = self.agenda.kept.next_due();
        let second = match &self.agenda.out {
            None if self.agenda.answered => self.agenda.errand_due().map(|due| match self.in_the_way() {
                InTheWay::Nothing => due,
                InTheWay::Lingering => due.max(self.agenda.places.look_again),
                InTheWay::Open => due.max(Instant::now() + HUNG_POLL),
            }),
            _ => None,
        };
        // Whether or not anything is due then: it holds up whatever comes to be.
        let hung = (self.agenda.out.is_none() && self.agenda.places.is_at_login()).then(|| Instant::now() + HUNG_POLL);
        let until = kept.into_iter().chain(second).chain(hung).min().unwrap_or_else(|| Instant::now() + facts::INTERVAL);
        let returned = async {
            match &mut self.agenda.out {
                Some(errand) => (&mut errand.task).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = tokio::time::sleep_until(until.into()) => {}
            () = self.target.stop.cancelled() => {}
            ended = returned => {
                if let Some(errand) = self.agenda.out.take() {
                    let report = self.agenda.hear(errand, ended);
                    self.take_back(&report).await?;
                }
            }
        }
        Ok(())
    }

    /// What keeps an errand from being sent out although none is out.
    fn in_the_way(&self) -> InTheWay {
        let open = self
            .target
            .publisher
            .board
            .read(|servers| servers.get(&self.target.publisher.name).map_or(0, |server| server.connections.len()));
        if !self.agenda.places.lingering.is_empty() {
            InTheWay::Lingering
        } else if open >= ALLOWED {
            InTheWay::Open
        } else {
            InTheWay::Nothing
        }
    }

    /// Does one job on the kept connection. An error means that the connection is of no more use.
    async fn job(&mut self, job: &Job) -> Result<(), Fault> {
        fail_point!("session");
        let started = Instant::now();
        let fault = match (job, self.agenda.facts.clone()) {
            (Job::Facts, _) => self.facts().await.err(),
            (_, Some(facts)) => {
                let stop = self.target.stop.clone();
                self.target.run(&mut self.link, &facts, job, &stop).await
            }
            // Nothing is planned without facts.
            (_, None) => None,
        };
        // Facts keep their pace whatever happens: they are the sign of life.
        let ended = if *job == Job::Facts { Ended::Well } else { Fault::ended(fault.as_ref(), started.elapsed()) };
        self.agenda.kept.finished(job, ended, Instant::now(), backoff::random());
        match fault {
            Some(fault) if fault.fate == Fate::Pending => {
                let tag = self.target.query_of(job).map_or(facts::TAG, |(query, _)| query.name.as_str()).to_owned();
                Err(self.give_up(&tag, fault).await)
            }
            Some(fault) if fault.fate != Fate::Usable => Err(fault),
            _ => Ok(()),
        }
    }

    async fn facts(&mut self) -> Result<(), Fault> {
        let stop = self.target.stop.clone();
        let read = self.target.read_facts(&mut self.link, &stop).await;
        let now = Instant::now();
        match read {
            Ok(facts) => {
                self.agenda.answered = true;
                self.pid = Some(facts.pid).filter(|pid| *pid != 0).or(self.pid);
                self.target.publisher.reachable();
                self.adopt(facts, now);
                Ok(())
            }
            Err(fault) if fault.fate == Fate::Usable => {
                // An error is an answer: the server lives, and what was known of it stands.
                self.agenda.answered = true;
                self.target.publisher.reachable();
                warn!(server = %self.target.publisher.name, %fault, "the server's facts cannot be read");
                Err(fault)
            }
            Err(fault) => {
                // A session that was ended for want of work says nothing of the server.
                if !matches!(fault.kind, FaultKind::Stopped | FaultKind::Idle) {
                    self.target.publisher.unreachable(&fault);
                }
                Err(fault)
            }
        }
    }

    /// Takes new facts for true.
    fn adopt(&mut self, facts: Facts, now: Instant) {
        let target = Arc::clone(&self.target);
        if facts.superuser && self.agenda.facts.as_deref().is_none_or(|before| !before.superuser) {
            warn!(server = %target.publisher.name, user = facts.user, "the login role is a superuser, which monitoring does not need; see deploy/sql/role.sql");
        }
        if self.agenda.facts.as_deref() == Some(&facts) {
            return;
        }
        target.publisher.board.update(&target.publisher.name, |status| {
            status.version.clone_from(&facts.version);
            status.role = facts.role();
            status.superuser = facts.superuser;
        });
        if self.agenda.facts.as_deref().is_none_or(|before| facts.is_other_server_than(before)) {
            self.agenda.kept.all_due(now);
            self.agenda.errands.all_due(now);
        }
        self.agenda.follow_databases(&target, &facts, now);
        // What does not run here any more leaves the page now, not when it would be due.
        let jobs: Vec<Job> = self.agenda.kept.jobs().chain(self.agenda.errands.jobs()).cloned().collect();
        for job in &jobs {
            if let Some((query, database)) = target.query_of(job)
                && let Err(skip) = plan::runs_on(query, &facts)
            {
                target.publisher.skip(query, database, &skip);
            }
        }
        let facts = Arc::new(facts);
        target.known.send_replace(Some(Arc::clone(&facts)));
        self.agenda.facts = Some(facts);
    }

    /// Sends out the next errand, once the process of the one before has ended.
    async fn send_errand(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        if self.agenda.errand_due().is_none_or(|due| due > now) {
            return Ok(());
        }
        self.look_after_lingering(now).await?;
        self.tell_of_lingering();
        if self.in_the_way() != InTheWay::Nothing {
            return Ok(());
        }
        if !self.introduced {
            self.introduce().await?;
        }
        self.look_at_locks(now).await?;
        let jobs = self.agenda.take_errand(now);
        if self.skip_locked(&jobs, now) {
            return Ok(());
        }
        let Some(job) = jobs.first() else { return Ok(()) };
        let aim = self.aim(job);
        let stop = self.target.stop.child_token();
        let target = Arc::clone(&self.target);
        let task = match job {
            Job::Query { role, database, .. } => {
                tokio::spawn(errand::visit(target, self.link.kind, *role, database.clone(), jobs.clone(), stop.clone()))
            }
            Job::Login | Job::Facts => tokio::spawn(errand::login(target, self.link.kind, stop.clone())),
        };
        self.agenda.out = Some(Errand { task, stop, jobs, aim });
        Ok(())
    }

    /// Cancels what an errand left running. An error means that this connection is of no more use.
    async fn cancel_errand(&mut self, report: &Report) -> Result<(), Fault> {
        let (Some(pid), Some(tag)) = (report.pid, &report.pending) else { return Ok(()) };
        let Err(fault) = self.link.cancel(RECALL_TAG, pid, tag).await else { return Ok(()) };
        warn!(server = %self.target.publisher.name, pid, query = tag, %fault, "a statement could not be cancelled");
        if fault.fate == Fate::Usable { Ok(()) } else { Err(fault) }
    }

    /// The same while the work goes on.
    async fn take_back(&mut self, report: &Report) -> Result<(), Fault> {
        match self.cancel_errand(report).await {
            Err(fault) if fault.fate == Fate::Pending => Err(self.give_up(RECALL_TAG, fault).await),
            ended => ended,
        }
    }

    /// The server does not answer on this connection. Cancels its statement over a second one, and says on the board when that gets no
    /// answer either. What comes back says by its fate whether to stay on the line.
    pub(super) async fn give_up(&mut self, tag: &str, fault: Fault) -> Fault {
        self.agenda.end().await;
        // The second place is needed now.
        self.agenda.places.hang_up().await;
        if !self.agenda.places.lingering.is_empty() {
            // With this connection silent, nobody can say whether the server's process of the errand has ended; it has had time to.
            tokio::time::sleep(LINGER_PAUSE).await;
        }
        if self.agenda.places.hanging().next().is_some() {
            // With this one they are two, and who cancels would be the third: what can end, ends at its own time-out.
            if fault.kind != FaultKind::Stopped {
                self.target.publisher.unreachable(&fault);
            }
            self.agenda.places.two_hang(self.link.silence().await, self.agenda.answered, Instant::now());
            return fault;
        }
        let statement = self.pid.map(|pid| (pid, tag));
        match interrupt::cancel(&self.target.server, &self.target.publisher.board, statement).await {
            Ok(link) if fault.kind == FaultKind::Stopped => link.close().await,
            Ok(link) => {
                self.next = Some(link);
                return fault;
            }
            Err(_) if fault.kind == FaultKind::Stopped => {}
            Err(refusal) => {
                self.target.publisher.unreachable(&refusal.fault);
                if refusal.fault.fate == Fate::Pending {
                    self.agenda.places.left(None, true, refusal.hung);
                    self.agenda.places.stand_aside(Instant::now() + places::ASIDE);
                    return fault;
                }
                self.agenda.places.keep_hung(refusal.hung);
            }
        }
        // It is the server or the network that does not answer, and the place is needed to ask whether it does again.
        Fault { fate: Fate::Lost, ..fault }
    }
}
