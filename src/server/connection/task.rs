//! The task of one connection. It waits for each login and each statement to its end, however long that takes, and reports it: a future that is dropped would
//! leave the connection out of step. It ends with its connection, or when it is dropped.

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

/// What the first statement of the kept session is called on the server, and that of a visit.
const SESSION_TAG: &str = "session";
const VISIT_TAG: &str = "visit";

/// What to do over a connection.
#[derive(Debug)]
pub enum Order {
    /// Read the facts.
    Ask {
        /// What kind of session it is, if that is known.
        kind: Option<Kind>,
        /// The backends to look for.
        look: Look,
        /// Whether to tell when none of the closed connections' is there.
        tell: bool,
    },
    /// Look at the locks, and cancel logins by these statements.
    Locks(Vec<String>),
    /// Run a query.
    Run(Job, Arc<Facts>),
    /// Say farewell.
    Close,
}

/// What has come of it.
#[derive(Debug)]
pub enum Heard {
    /// The login is through; the backend as it says, where a pooler makes up its own, and how to cancel what it does.
    Opened(Option<i32>, Option<Cancel>),
    /// There is no session, and how the connection ended if there was one.
    Refused(Fault, Option<Broken>),
    /// The session has said what it is.
    Introduced(Introduction),
    /// None of the backends that were looked for is there.
    Gone,
    /// The facts were read.
    Asked(Box<Result<Facts, Fault>>),
    /// The locks were looked at: what was found, and how old the youngest session of others is.
    Looked(Result<Locked, Fault>, Option<Duration>),
    /// A query has ended.
    Ran(Result<Ran, Fault>),
    /// The connection is lost: how, and whether after a farewell.
    Over(Broken, bool),
    /// A bug. The connection is closed.
    Panicked,
}

/// One report, of which connection.
#[derive(Debug)]
pub struct Report {
    /// In which seat.
    pub seat: usize,
    /// Which of those that were opened there.
    pub number: u64,
    /// What has happened.
    pub heard: Heard,
}

/// A connection's task. Dropping it closes the socket.
pub struct Line {
    /// Which it is.
    pub number: u64,
    /// How to cancel what it does, once it is known.
    pub cancel: Option<Cancel>,
    /// The backend, once it is known and pgvigil's own.
    pub pid: Option<i32>,
    /// The database that it leads to, where that is not the configured one.
    pub database: Option<Arc<str>>,
    orders: UnboundedSender<Order>,
    _task: AbortOnDropHandle<()>,
}

/// Where a connection leads to.
pub struct Entry {
    /// The server.
    pub watched: Arc<Watched>,
    /// What it is for.
    pub place: Place,
    /// As whom.
    pub role: LoginRole,
    /// To which database, where that is not the configured one.
    pub database: Option<Arc<str>>,
}

impl Line {
    /// Begins to log in.
    #[must_use]
    pub fn open(entry: Entry, seat: usize, number: u64, reports: UnboundedSender<Report>) -> Self {
        let (orders, ordered) = mpsc::unbounded_channel();
        let database = entry.database.clone();
        let tell = move |heard| {
            // Nobody hears it only where the work is over.
            let _ = reports.send(Report { seat, number, heard });
        };
        let task = tokio::spawn(async move {
            if survive(serve(entry, ordered, &tell)).await.is_none() {
                tell(Heard::Panicked);
            }
        });
        Self { number, cancel: None, pid: None, database, orders, _task: AbortOnDropHandle::new(task) }
    }

    /// Has it do something. One that is lost has reported that, and does nothing more.
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
                // The driver cannot use it any more; the server can.
                None => tell(Heard::Over(link.close().await, true)),
            };
        }
    }
}

fn is_usable<T>(result: &Result<T, Fault>) -> bool {
    result.as_ref().err().is_none_or(|fault| fault.fate == Fate::Usable)
}

/// Reads the facts. A session that has not introduced itself yet does so before, and one that looks does that before, too.
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

/// Looks at the locks. Logins are only cancelled where the session is pgvigil's own: a pooler's role may have others.
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

/// Runs a query, or says why it does not run.
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
    let collected = survive(run::collect(link, query, plan, facts, constant)).await;
    let samples = collected.unwrap_or_else(|| Err(Fault::panicked()))?;
    Ok(Ran::Answered(Answer::of(query, samples).await?))
}
