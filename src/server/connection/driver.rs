//! Drives the seats of one server: hands them events and performs their actions. A driver survives a reload.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fail::fail_point;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::remains::{CAUGHT, Look, Remains};
use super::task::{Entry, Line, Order, Report};
use super::told::Told;
use crate::server::introduction::Kind;
use crate::server::report::fault::Fault;
use crate::server::seats::{Action, Event, Held, LOGIN, PACE, SEATS, Seats};
use crate::server::work::agenda::{Agenda, Clock};
use crate::server::work::watched::Watched;

/// The time limit for a cancel request. A server that answers needs milliseconds.
const CANCEL: Duration = Duration::from_secs(2);

/// The connections to one server and the work on them.
pub struct Driver {
    pub(super) watched: Arc<Watched>,
    clock: Clock,
    seats: Seats,
    pub(super) agenda: Agenda,
    pub(super) lines: [Option<Line>; SEATS],
    opened: u64,
    reporter: UnboundedSender<Report>,
    reports: UnboundedReceiver<Report>,
    /// Events that result from actions, and from reports that are more than one event.
    events: VecDeque<Event>,
    /// What kind of sessions the server gives, and whether a proxy is between.
    pub(super) kind: Option<Kind>,
    pub(super) proxied: bool,
    /// The backends of sessions that the server has not ended.
    pub(super) remains: Remains,
    /// Whether the server answers, the last error of the kept session, and the last error of a login.
    up: Option<bool>,
    pub(super) fault: Option<Fault>,
    pub(super) refusal: Option<Fault>,
    /// Why the facts cannot be read although the session works; already logged.
    pub(super) unread: Option<Fault>,
    told: Told,
    done: bool,
}

impl Driver {
    /// Starts with free seats, or after a panic with the seats that the dropped connections still take.
    #[must_use]
    pub fn new(watched: Arc<Watched>, remains: Remains) -> Self {
        let now = Instant::now();
        let (clock, login) = (Clock(now), millis(watched.server.connect_timeout));
        let seats = if remains.lock().is_empty() { Seats::new(0, login) } else { Seats::after_panic(0, login) };
        let (reporter, reports) = mpsc::unbounded_channel();
        Self {
            agenda: Agenda::new(Arc::clone(&watched), clock),
            watched,
            clock,
            seats,
            lines: [const { None }; SEATS],
            opened: 0,
            reporter,
            reports,
            events: VecDeque::new(),
            kind: None,
            proxied: false,
            remains,
            up: None,
            fault: None,
            refusal: None,
            unread: None,
            told: Told::default(),
            done: false,
        }
    }

    /// Watches the server until `stop`, and applies every new configuration that `configured` gets.
    pub async fn run(mut self, mut configured: watch::Receiver<Arc<Watched>>, stop: CancellationToken) {
        configured.mark_unchanged();
        let mut stopping = false;
        self.step(Event::Tick);
        while !self.done {
            // Wakes up at least this often: the status shows how long a seat has been unresponsive.
            let wake = self.clock.instant(self.seats.wake()).min(Instant::now() + Duration::from_millis(PACE));
            tokio::select! {
                // Events come before ticks that are due at the same time.
                biased;
                Some(report) = self.reports.recv() => self.hear(report),
                () = stop.cancelled(), if !stopping => {
                    stopping = true;
                    self.step(Event::Stop);
                }
                Ok(()) = configured.changed() => {
                    let watched = Arc::clone(&configured.borrow_and_update());
                    self.reload(watched);
                }
                () = tokio::time::sleep_until(wake.into()) => self.step(Event::Tick),
            }
        }
    }

    /// Applies a configuration. If it is unchanged, what was refused is retried at once: an operator may have granted pgvigil access meanwhile.
    fn reload(&mut self, watched: Arc<Watched>) {
        let reconnect = self.watched.server != watched.server;
        self.agenda.tick(Instant::now());
        if Arc::ptr_eq(&self.watched, &watched) {
            self.agenda.retry();
        } else {
            self.watched = Arc::clone(&watched);
            self.agenda.reload(watched);
        }
        self.step(Event::Reload { reconnect });
    }

    /// Hands an event to the seats and performs the actions, and then the events that result from them.
    pub(super) fn step(&mut self, event: Event) {
        self.events.push_back(event);
        while let Some(event) = self.events.pop_front() {
            let now = Instant::now();
            self.agenda.tick(now);
            let mut actions = Vec::new();
            self.seats.step(self.clock.at(now), event, &self.agenda, &mut actions);
            for action in actions {
                self.perform(action);
            }
        }
        self.tell();
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Open { seat, place, alone } => {
                let (role, database) = self.agenda.open(seat, place, alone);
                self.opened += 1;
                let entry = Entry { watched: Arc::clone(&self.watched), place, role, database };
                self.lines[seat] = Some(Line::open(entry, seat, self.opened, self.reporter.clone()));
            }
            Action::Ask { seat, look } => {
                self.agenda.stays(seat);
                if self.agenda.is_kept(seat) {
                    fail_point!("session");
                }
                self.order(seat, Order::Ask { kind: self.kind, look: self.look(seat, look), tell: look });
            }
            Action::Locks { seat } => {
                let cancels = self.cancels();
                self.order(seat, Order::Locks(cancels));
            }
            Action::Run { seat } => {
                match self.agenda.take(seat) {
                    Some((job, facts)) => self.order(seat, Order::Run(job, facts)),
                    // A reload has removed the job.
                    None => self.events.push_back(Event::Answered(seat)),
                }
            }
            Action::Cancel { seat, over_time } => self.cancel(seat, over_time),
            Action::Close { seat } => {
                self.agenda.leave(seat);
                self.order(seat, Order::Close);
            }
            Action::Drop { seat } => {
                self.agenda.leave(seat);
                self.agenda.end_hang(seat);
                self.lines[seat] = None;
            }
            Action::Login { seat, place, login } => self.login(seat, place, login),
            Action::Up(true) => {
                (self.up, self.fault) = (Some(true), None);
                self.watched.publisher.reachable();
            }
            Action::Up(false) => {
                self.up = Some(false);
                let silent = || Fault::connection("no answer in time");
                let fault = self.both_hang().or_else(|| self.fault.clone()).unwrap_or_else(silent);
                self.watched.publisher.unreachable(&fault);
            }
            Action::Done => self.done = true,
        }
    }

    /// The backends that the kept session looks for: those of closed connections, and in the other seat one whose statement did not end when it was
    /// cancelled.
    fn look(&self, seat: usize, closed: bool) -> Look {
        let open = self.open_pids();
        let remains = self.remains.lock().clone();
        let closed = remains.into_iter().filter(|pid| closed && !open.contains(pid)).collect();
        let since = |seat| if let Held::Silent(since) = self.seats.holds(seat) { Some(self.clock.instant(since)) } else { None };
        let others = (0..SEATS).filter(|other| *other != seat && since(*other).is_some_and(|since| since.elapsed() >= CAUGHT));
        let deaf = others.filter_map(|other| self.lines[other].as_ref()?.pid).filter(|_| self.agenda.is_kept(seat)).collect();
        Look { closed, deaf }
    }

    /// The backends of the open connections.
    pub(super) fn open_pids(&self) -> Vec<i32> {
        self.lines.iter().flatten().filter_map(|line| line.pid).collect()
    }

    fn order(&self, seat: usize, order: Order) {
        if let Some(line) = &self.lines[seat] {
            line.order(order);
        }
    }

    /// Cancels a statement.
    fn cancel(&mut self, seat: usize, over_time: bool) {
        let fault = over_time.then(|| Fault::unanswered(self.agenda.waited(seat)));
        self.agenda.gave_up(seat, fault.as_ref());
        if let Some(fault) = fault.filter(|_| self.agenda.is_kept(seat)) {
            self.fault = Some(fault);
        }
        if let Some(cancel) = self.lines[seat].as_ref().and_then(|line| line.cancel.clone()) {
            let server = Arc::clone(&self.watched.publisher.name);
            tokio::spawn(async move {
                if let Err(error) = cancel.send(CANCEL).await {
                    debug!(%server, %error, "a cancel request failed");
                }
            });
        }
    }

    /// Reports what takes the seats.
    fn tell(&mut self) {
        let seen = std::array::from_fn(|seat| {
            let line = self.lines[seat].as_ref();
            let (pid, database) = (line.and_then(|line| line.pid), line.and_then(|line| line.database.clone()));
            self.told.seen(seat, self.seats.holds(seat), self.agenda.place(seat), pid, database, self.clock)
        });
        self.told.tell(seen, &self.watched.publisher);
    }

    /// The fault to report if both seats are taken by unresponsive backends.
    fn both_hang(&self) -> Option<Fault> {
        let pids = self.told.hung()?;
        Some(Fault::connection(format_args!("both of pgvigil's backends are unresponsive ({pids})")))
    }

    /// Records why there is no kept session. If the server is already known to be down, this is published at once.
    pub(super) fn note(&mut self, fault: &Fault) {
        self.fault = Some(fault.clone());
        if self.up == Some(false) {
            self.watched.publisher.unreachable(fault);
        }
    }

    pub(super) fn login_limit(&self) -> Duration {
        self.watched.server.connect_timeout.min(Duration::from_millis(LOGIN))
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
