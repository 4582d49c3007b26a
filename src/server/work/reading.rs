//! How the [facts](super::facts) are read: in one statement, or part by part if the server refuses that.

use std::time::Instant;

use tracing::{info, warn};

use super::absent::{Refusals, Spot};
use super::facts::{self, Facts};
use super::grants;
use super::watched::Watched;
use crate::query::wrap;
use crate::server::link::Link;
use crate::server::report::fault::{Fate, Fault, FaultKind};
use crate::server::report::part::{Absent, Part};

/// Kind, name and value, as bytes of the server.
type Row = [Option<Vec<u8>>; 3];

/// Where facts are read, and over which kind of session.
#[derive(Debug, Clone)]
pub struct Session {
    /// The role and database.
    pub spot: Spot,
    /// Whether it is the kept session: then previous facts may be kept.
    pub kept: bool,
    /// Whether nothing was read over it yet: then every part is asked.
    pub new: bool,
}

/// Reads the facts of the database that `link` is connected to. A denied part is remembered, and tried again after [`RETRY`](super::absent::RETRY), on
/// a new kept session, and after a reload.
///
/// # Errors
/// Why nothing is known: an error of the connection, or one of the server that concerns all parts.
pub async fn read(watched: &Watched, link: &mut Link, session: &Session) -> Result<Facts, Fault> {
    let afresh = session.kept && session.new;
    let refusals = if afresh { Refusals::default() } else { watched.refusals.at(&session.spot) };
    let mut reading = Reading { watched, database: session.spot.database.as_deref(), refusals };
    let read = reading.parts(link).await;
    let all: Vec<Absent> = reading.refusals.all().cloned().collect();
    watched.refusals.keep(&session.spot, reading.refusals);
    let facts = Facts::from_rows(read?);
    if facts.encoding == "SQL_ASCII" {
        link.take_bytes().await?;
    }
    let before = if session.kept { watched.known.borrow().clone() } else { None };
    Ok(facts.without(&all, before.as_deref()))
}

struct Reading<'a> {
    watched: &'a Watched,
    database: Option<&'a str>,
    refusals: Refusals,
}

impl Reading<'_> {
    async fn parts(&mut self, link: &mut Link) -> Result<Vec<Row>, Fault> {
        let parts = self.refusals.asked(self.watched.questions.parts());
        let mut due = self.refusals.due(Instant::now());
        let mut rows = match self.ask(link, &parts).await {
            Err(fault) if is_of_a_part(&fault) => {
                due = parts.into_iter().chain(due).collect();
                Vec::new()
            }
            read => read?,
        };
        for part in due {
            match self.ask(link, &[part]).await {
                Ok(read) => {
                    rows.extend(read);
                    if self.refusals.read(part) && self.watched.publisher.may_tell() {
                        info!(server = %self.watched.publisher.name, database = self.database, %part, "a part of the facts can be read again");
                    }
                }
                Err(fault) if part != Part::Identity && is_of_a_part(&fault) => self.refuse(link, part, fault).await?,
                Err(fault) => return Err(fault),
            }
        }
        Ok(rows)
    }

    async fn refuse(&mut self, link: &mut Link, part: Part, fault: Fault) -> Result<(), Fault> {
        let is_denied = fault.kind == FaultKind::Denied;
        let grants = if is_denied { grants::missing(link, &self.watched.questions.select([part])).await? } else { Vec::new() };
        let absent = Absent { part, is_denied, why: fault.message, grants };
        let (error, grant) = (absent.why.clone(), absent.grants.join(" "));
        if self.refusals.refused(absent, Instant::now()) && self.watched.publisher.may_tell() {
            warn!(server = %self.watched.publisher.name, database = self.database, %part, error, grant, "a part of the facts cannot be read");
        }
        Ok(())
    }

    async fn ask(&self, link: &mut Link, parts: &[Part]) -> Result<Vec<Row>, Fault> {
        let text = format!("{}{}", wrap::prelude(facts::TAG, facts::TIMEOUT), self.watched.questions.select(parts.iter().copied()));
        match link.cells::<3>(&text).await {
            // The reason may be the name of a database or role that is not UTF-8.
            Err(fault) if fault.kind == FaultKind::Sql && !link.takes_bytes() => {
                link.take_bytes().await?;
                link.cells::<3>(&text).await
            }
            read => read,
        }
    }
}

/// Whether the fault may concern a single part. A lock passes soon, and a server that times out is not asked more: the previous facts are kept.
fn is_of_a_part(fault: &Fault) -> bool {
    fault.fate == Fate::Usable && matches!(fault.kind, FaultKind::Denied | FaultKind::Sql | FaultKind::Server)
}
