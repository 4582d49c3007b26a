//! The task of one connection. It waits for every login and every statement to its end, however long that takes, and reports the result: dropping the
//! future would leave the connection out of step. The task ends with its connection, or when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use fail::fail_point;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_util::task::AbortOnDropHandle;

use crate::server::introduction::{Introduction, Kind};
use crate::server::link::Link;
use crate::server::report::answer::Answer;
use crate::server::report::fault::{Fate, Fault};
use crate::server::report::skip::Skip;
use crate::server::seats::Place;
use crate::server::work::absent::Spot;
use crate::server::work::facts::Facts;
use crate::server::work::job::Job;
use crate::server::work::locked::{self, Locked};
use crate::server::work::reading::{self, Session};
use crate::server::work::trip::Ran;
use crate::server::work::watched::Watched;
use crate::server::work::{plan, run, trust};
use crate::settings::LoginRole;
use crate::supervise::survive;
use crate::wire::{Broken, Cancel};

use super::remains::Look;

/// The names of a session's first statement in the server's log and statistics: for the kept session, and for a short-lived connection.
const SESSION_TAG: &str = "session";
const VISIT_TAG: &str = "visit";

/// What to do over a connection.
#[derive(Debug)]
pub enum Order {
    /// Read the facts.
    Ask {
        /// What kind of session it is, if known.
        kind: Option<Kind>,
        /// The backends to look for.
        look: Look,
        /// Whether to report when none of the closed connections' backends is left.
        tell: bool,
    },
    /// Look at the locks, and cancel hanging logins with these statements.
    Locks(Vec<String>),
    /// Run a query.
    Run(Job, Arc<Facts>),
    /// Send Terminate and close.
    Close,
}

/// What a connection reports.
#[derive(Debug)]
pub enum Heard {
    /// The login succeeded. Has the backend's pid as the server states it (a pooler invents one), and how to send a cancel request.
    Opened(Option<i32>, Option<Cancel>),
    /// The login failed, and how the connection ended, if there was one.
    Refused(Fault, Option<Broken>),
    /// The session has reported what it is.
    Introduced(Introduction),
    /// None of the backends looked for is left.
    Gone,
    /// The facts were read.
    Asked(Box<Result<Facts, Fault>>),
    /// The locks were read: the result, and the age of the youngest session of other clients.
    Looked(Result<Locked, Fault>, Option<Duration>),
    /// A query has ended.
    Ran(Result<Ran, Fault>),
    /// The connection is lost: how, and whether after a Terminate.
    Over(Broken, bool),
    /// The task panicked, which is a bug. The connection is closed.
    Panicked,
}

/// A report of a connection.
#[derive(Debug)]
pub struct Report {
    /// The seat.
    pub seat: usize,
    /// The number of the connection: each one that is opened gets its own.
    pub number: u64,
    /// What has happened.
    pub heard: Heard,
}

/// A connection's task. Dropping it closes the socket.
pub struct Line {
    /// The number of the connection.
    pub number: u64,
    /// How to send a cancel request, once known.
    pub cancel: Option<Cancel>,
    /// The backend's pid, once it is known and the session is pgvigil's own.
    pub pid: Option<i32>,
    /// The database, if it is not the configured one.
    pub database: Option<Arc<str>>,
    orders: UnboundedSender<Order>,
    _task: AbortOnDropHandle<()>,
}

/// Where a connection goes.
pub struct Entry {
    /// The server.
    pub watched: Arc<Watched>,
    /// What the connection is for.
    pub place: Place,
    /// The role to log in as.
    pub role: LoginRole,
    /// The database, if it is not the configured one.
    pub database: Option<Arc<str>>,
}

impl Line {
    /// Starts the login.
    #[must_use]
    pub fn open(entry: Entry, seat: usize, number: u64, reports: UnboundedSender<Report>) -> Self {
        let (orders, ordered) = mpsc::unbounded_channel();
        let database = entry.database.clone();
        let tell = move |heard| {
            // Sending fails only if the driver has ended.
            let _ = reports.send(Report { seat, number, heard });
        };
        let task = tokio::spawn(async move {
            if survive(serve(entry, ordered, &tell)).await.is_none() {
                tell(Heard::Panicked);
            }
        });
        Self { number, cancel: None, pid: None, database, orders, _task: AbortOnDropHandle::new(task) }
    }

    /// Sends an order. A lost connection has reported that already and ignores the order.
    pub fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }
}

async fn serve(entry: Entry, mut orders: UnboundedReceiver<Order>, tell: &(impl Fn(Heard) + Sync)) {
    let tag = if entry.place == Place::Kept { SESSION_TAG } else { VISIT_TAG };
    let kept = !matches!(entry.place, Place::Database(_));
    let Entry { watched, place, role, database } = entry;
    let mut session = Session { spot: Spot { role, database: database.clone() }, kept, new: true };
    let mut link = match Link::open(&watched.server, role, database.as_deref()).await {
        Ok(link) => link,
        Err(refusal) => return tell(Heard::Refused(refusal.fault, refusal.broken)),
    };
    tell(Heard::Opened(link.pid(), link.cancel()));
    match place {
        Place::Login => fail_point!("login"),
        Place::Database(_) => fail_point!("visit"),
        Place::Kept => {}
    }
    let mut own = false;
    loop {
        let order = tokio::select! {
            biased;
            order = orders.recv() => order,
            broken = link.ended() => return tell(Heard::Over(broken, false)),
        };
        let (heard, usable) = match order {
            None => return,
            Some(Order::Close) => return tell(Heard::Over(link.close().await, true)),
            Some(Order::Ask { kind, look, tell: gone }) => {
                let read = ask(&mut link, &watched, &mut session, (tag, kind), (&look, gone), &mut own, tell).await;
                let usable = is_usable(&read);
                (Heard::Asked(Box::new(read)), usable)
            }
            Some(Order::Locks(cancels)) => {
                let (found, youngest) = look(&mut link, &cancels, own).await;
                let usable = is_usable(&found);
                (Heard::Looked(found, youngest), usable)
            }
            Some(Order::Run(job, facts)) => {
                let ran = answer(&mut link, &watched, &job, &facts).await;
                let usable = is_usable(&ran);
                (Heard::Ran(ran), usable)
            }
        };
        tell(heard);
        if !usable {
            return match link.has_ended().await {
                Some(broken) => tell(Heard::Over(broken, false)),
                // pgvigil can no longer use the session, but the server still has it.
                None => tell(Heard::Over(link.close().await, true)),
            };
        }
    }
}

fn is_usable<T>(result: &Result<T, Fault>) -> bool {
    result.as_ref().err().is_none_or(|fault| fault.fate == Fate::Usable)
}

/// Reads the facts. A new session introduces itself first. If there are backends to look for, it looks for them before.
async fn ask(
    link: &mut Link,
    watched: &Watched,
    session: &mut Session,
    (tag, kind): (&str, Option<Kind>),
    (look, tell_gone): (&Look, bool),
    own: &mut bool,
    tell: &(impl Fn(Heard) + Sync),
) -> Result<Facts, Fault> {
    if !link.introduced {
        let introduction = link.introduce(tag, kind).await?;
        *own = introduction.kind.own;
        tell(Heard::Introduced(introduction));
    }
    let found = if look.is_empty() { Vec::new() } else { link.rows::<2>(&look.question()).await? };
    if tell_gone && found.iter().all(|[closed, _]| closed.as_deref() != Some("true")) {
        tell(Heard::Gone);
    }
    let read = reading::read(watched, link, session).await;
    session.new = false;
    read
}

/// Looks at the locks. Logins are cancelled only if the session is pgvigil's own: the role of a pooler may have logins of other clients.
async fn look(link: &mut Link, cancels: &[String], own: bool) -> (Result<Locked, Fault>, Option<Duration>) {
    let mut youngest = None;
    let found = async {
        let found = Locked::from_rows(link.rows::<1>(&locked::question()).await?);
        if own && !cancels.is_empty() {
            for cancel in cancels {
                link.rows::<1>(cancel).await?;
            }
            let age = link.rows::<1>(&locked::youngest()).await?.into_iter().flatten().flatten().next();
            youngest = age.and_then(|age| Duration::try_from_secs_f64(age.parse().ok()?).ok());
        }
        Ok(found)
    };
    (found.await, youngest)
}

/// Runs a query, or returns why it is skipped.
async fn answer(link: &mut Link, watched: &Watched, job: &Job, facts: &Facts) -> Result<Ran, Fault> {
    let query = &job.query;
    let plan = match plan::plan(query, facts) {
        Ok(plan) => plan,
        Err(skip) => return Ok(Ran::Skipped(skip)),
    };
    if let Some(finding) = trust::look(link, query, plan.body, &watched.server.trusted_roles).await? {
        return Ok(Ran::Skipped(Skip::Untrusted(finding.untrusted())));
    }
    let constant = watched.publisher.constant(query, &facts.datname);
    let collected = survive(run::collect(link, query, plan, facts, constant, &watched.ranks)).await;
    let samples = collected.unwrap_or_else(|| Err(Fault::panicked()))?;
    Ok(Ran::Answered(Answer::of(query, samples).await?))
}
