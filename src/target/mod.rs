//! One server: what is true of it ([`facts`]), what that means for each query ([`plan`]), what is due ([`schedule`]), and how it is run
//! ([`run`]) on the kept connection ([`session`]) or on the short-lived second one ([`errand`]). Beside it, the machine that it is on
//! ([`host`]).

pub mod absent;
pub mod agenda;
pub mod backoff;
pub mod bouncer;
pub mod copied;
pub mod errand;
pub mod facts;
pub mod fault;
pub mod grants;
pub mod hello;
pub mod host;
pub mod hung;
pub mod interrupt;
pub mod introduction;
pub mod late;
pub mod lingering;
pub mod link;
pub mod locked;
pub mod logins;
pub mod look;
pub mod members;
pub mod part;
pub mod peer;
pub mod places;
pub mod plan;
pub mod publisher;
pub mod questions;
pub mod reading;
pub mod run;
pub mod schedule;
pub mod session;
pub mod status;
pub mod trust;

use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::expose::store::Store;
use crate::query::Query;
use crate::query::catalog::Catalog;
use crate::settings::{LoginRole, Server};
use absent::Memory;
use facts::Facts;
use fault::{Fault, FaultKind};
use hello::Hello;
use lingering::Left;
use link::Link;
use publisher::Publisher;
use questions::Questions;
use status::{Board, Login, Purpose};

/// A query with a longer timeout runs on the second connection, so that it never holds up the sign of life on the kept one.
pub const KEPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that the work on one server needs.
pub struct Target {
    /// Its configuration.
    pub server: Server,
    /// The queries that are asked in SQL.
    pub queries: Vec<Arc<Query>>,
    /// Where answers go, and how the work goes.
    pub publisher: Publisher,
    /// What is known of it, as last read: what is done elsewhere stands on it.
    pub known: watch::Sender<Option<Arc<Facts>>>,
    /// Ends the work.
    pub stop: CancellationToken,
    /// What the work before has left, and this one will leave.
    left: Left,
    /// What is asked to know the facts.
    questions: Questions,
    /// What of them could not be read, and where.
    refusals: Memory,
}

/// Something to do on a server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// Read the facts: the sign of life.
    Facts,
    /// Log in anew.
    Login,
    /// Run a query.
    Query {
        /// Its place in [`Target::queries`].
        index: usize,
        /// As whom.
        role: LoginRole,
        /// Where, for a query of that scope.
        database: Option<Arc<str>>,
    },
}

impl Target {
    /// The work on `server`, and its place on the board.
    #[must_use]
    pub fn new(server: Server, catalog: &Catalog, store: Arc<Store>, board: Arc<Board>, stop: CancellationToken) -> Self {
        let queries: Vec<Arc<Query>> = catalog.queries().filter(|query| query.scope.is_sql()).cloned().collect();
        let publisher = Publisher::new(&server, store, board);
        let questions = Questions::of(queries.iter().map(AsRef::as_ref), &server.trusted_roles);
        Self {
            server,
            queries,
            publisher,
            known: watch::Sender::default(),
            stop,
            left: Left::default(),
            questions,
            refusals: Memory::default(),
        }
    }

    /// The same, going on with what the work on it before has left.
    #[must_use]
    pub fn after(self, left: Left) -> Self {
        Self { left, ..self }
    }

    /// The same with what is known of parts of the facts that cannot be read.
    #[must_use]
    pub fn remembering(self, refusals: Memory) -> Self {
        Self { refusals, ..self }
    }

    /// Watches the server until it is told to stop.
    pub async fn watch(self: Arc<Self>) {
        let mut agenda = agenda::Agenda::new(&self, Instant::now());
        let mut failures = 0;
        let mut next = None;
        while !self.stop.is_cancelled() {
            let opened = if let Some(link) = next.take() {
                Ok(link)
            } else {
                tokio::select! {
                    opened = self.enter(&mut agenda) => opened,
                    () = self.stop.cancelled() => break,
                }
            };
            match opened {
                Ok(link) => {
                    let begun = Instant::now();
                    let (fault, other) = session::Session::new(Arc::clone(&self), link, &mut agenda).run().await;
                    next = other;
                    if fault.kind != FaultKind::Stopped {
                        debug!(server = %self.publisher.name, %fault, "the session ended");
                    }
                    // After a session that did its work the next try is made soon; one that breaks again and again is not hammered.
                    let worked = agenda.answered() && begun.elapsed() > facts::INTERVAL;
                    failures = if worked { 1 } else { failures + 1 };
                }
                Err(fault) => {
                    failures += 1;
                    self.publisher.unreachable(&fault);
                }
            }
            // Who has cancelled goes on at once, but not one after the other of whom none ever has an answer.
            if next.is_none() || !agenda.answered() {
                let wait = backoff::CONNECT.delay(failures, backoff::random());
                let wait = agenda.places.aside(Instant::now()).map_or(wait, |aside| wait.min(aside));
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = self.stop.cancelled() => {}
                }
            }
        }
        agenda.end().await;
    }

    /// Logs in for the kept connection, unless both places are taken by processes that hang. A login that hangs there is waited for as long as the
    /// server answers at all: the next one would hang like it, and each would leave a process behind.
    async fn enter(&self, agenda: &mut agenda::Agenda) -> Result<Link, Fault> {
        let (board, limit) = (&self.publisher.board, self.server.connect_timeout);
        // The hello is a connection too. Where there is no room for it, the lines tell when the server is gone.
        if agenda.places.is_full(Instant::now()) && !agenda.places.has_room() {
            return Err(agenda.places.full());
        }
        agenda.make_room().await;
        let said = match self.server.connect_options() {
            Ok(options) => hello::hello(&self.server.route(&options).place, limit).await,
            // What is wrong with them, the login tells.
            Err(_) => Hello::Refused,
        };
        match said {
            Hello::Answered => {}
            Hello::Refused => {
                agenda.places.entry = None;
                agenda.places.stand_aside(Instant::now());
            }
            Hello::Silent => {
                agenda.places.entry = None;
                agenda.places.stand_aside(Instant::now());
                agenda.places.hang_up().await;
                board.update(&self.publisher.name, |status| status.login = Some(Login::new(false, limit, limit)));
                return Err(Fault::connection(format_args!("no answer within {}", humantime::format_duration(limit))));
            }
        }
        if agenda.places.is_full(Instant::now()) {
            return Err(agenda.places.full());
        }
        if let Some((_, fault)) = agenda.places.entry.as_ref().filter(|(hung, _)| hung.counts()) {
            return Err(fault.clone());
        }
        let refusal = match Link::open(&self.server, LoginRole::Monitor, Purpose::Kept, None, limit, board).await {
            Ok(link) => return Ok(link),
            Err(refusal) => refusal,
        };
        agenda.places.entry = refusal.hung.map(|hung| (hung, refusal.fault.clone()));
        if agenda.places.entry.is_some() {
            // An errand's login hangs for the same reason. The place is needed for the hello.
            agenda.end().await;
            agenda.places.hang_up().await;
        }
        Err(refusal.fault)
    }
}

/// As whom a query runs.
#[must_use]
pub const fn role(query: &Query) -> LoginRole {
    if query.reader { LoginRole::Reader } else { LoginRole::Monitor }
}

/// A fixed share of `interval` for each `seed`, so that work of the same interval is spread over it.
#[must_use]
pub fn phase(seed: impl std::hash::Hash, interval: Duration) -> Duration {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(seed);
    interval.mul_f64(f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / (f64::from(u32::MAX) + 1.0))
}
