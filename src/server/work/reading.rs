//! How the [facts](super::facts) are read: in one statement, and where the server refuses that, part by part.

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

/// Kind, name and value, as the server has them.
type Row = [Option<Vec<u8>>; 3];

/// Where facts are read, and over which kind of session.
#[derive(Debug, Clone)]
pub struct Session {
    /// Where.
    pub spot: Spot,
    /// Whether it is the kept one: what was known before may stand.
    pub kept: bool,
    /// Whether nothing was read over it yet: then everything is asked.
    pub new: bool,
}

/// Reads the facts of the database that `link` leads to. What is denied to pgvigil is remembered, and tried again after [`RETRY`](super::absent::RETRY),
/// on a new kept session, and after a reload.
///
/// # Errors
/// Why nothing is known: of the connection, or what the server says where it is in the way of all parts.
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
                    if self.refusals.read(part) {
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
        if self.refusals.refused(absent, Instant::now()) {
            warn!(server = %self.watched.publisher.name, database = self.database, %part, error, grant, "a part of the facts cannot be read");
        }
        Ok(())
    }

    async fn ask(&self, link: &mut Link, parts: &[Part]) -> Result<Vec<Row>, Fault> {
        let text = format!("{}{}", wrap::prelude(facts::TAG, facts::TIMEOUT), self.watched.questions.select(parts.iter().copied()));
        match link.cells::<3>(&text).await {
            // It may be the name of some database or role.
            Err(fault) if fault.kind == FaultKind::Sql && !link.takes_bytes() => {
                link.take_bytes().await?;
                link.cells::<3>(&text).await
            }
            read => read,
        }
    }
}

/// Whether this may be in the way of one part alone. Locks pass soon, and a server that is out of time is not asked more: what was known stands.
fn is_of_a_part(fault: &Fault) -> bool {
    fault.fate == Fate::Usable && matches!(fault.kind, FaultKind::Denied | FaultKind::Sql | FaultKind::Server)
}
