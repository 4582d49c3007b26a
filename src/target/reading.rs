//! How the [facts](super::facts) are read: in one statement, and where the server refuses that, part by part.

use std::time::Instant;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::absent::Refusals;
use super::facts::{self, Facts};
use super::fault::{Fate, Fault, FaultKind};
use super::link::Link;
use super::part::{Absent, Part};
use super::{Target, grants};
use crate::query::wrap;

/// Kind, name and value, as the server has them.
type Row = [Option<Vec<u8>>; 3];

impl Target {
    /// Reads the facts of the database that `link` leads to. What is denied to pgvigil is remembered, and tried again after [`RETRY`](super::absent::RETRY),
    /// on a new session, and after a reload.
    ///
    /// # Errors
    /// Why nothing is known: of the connection, or what the server says where it is in the way of all parts.
    pub(crate) async fn read_facts(&self, link: &mut Link, stop: &CancellationToken) -> Result<Facts, Fault> {
        let place = link.place().clone();
        let mut refusals = if link.is_new_session() { Refusals::default() } else { self.refusals.at(&place) };
        link.asks_for_facts();
        let read = self.read_parts(link, &mut refusals, stop).await;
        let all: Vec<Absent> = refusals.all().cloned().collect();
        self.refusals.keep(&place, refusals);
        let facts = Facts::from_rows(read?);
        if facts.encoding == "SQL_ASCII" {
            link.take_bytes(facts::TIMEOUT, stop).await?;
        }
        let before = link.is_kept().then(|| self.known.borrow().clone()).flatten();
        Ok(facts.without(&all, before.as_deref()))
    }

    async fn read_parts(&self, link: &mut Link, refusals: &mut Refusals, stop: &CancellationToken) -> Result<Vec<Row>, Fault> {
        let parts = refusals.asked(self.questions.parts());
        let mut due = refusals.due(Instant::now());
        let mut rows = match self.ask(link, &parts, stop).await {
            Err(fault) if is_of_a_part(&fault) => {
                due = parts.into_iter().chain(due).collect();
                Vec::new()
            }
            read => read?,
        };
        for part in due {
            match self.ask(link, &[part], stop).await {
                Ok(read) => {
                    rows.extend(read);
                    if refusals.read(part) {
                        info!(server = %self.publisher.name, database = link.place().database.as_deref(), %part, "a part of the facts can be read again");
                    }
                }
                Err(fault) if part != Part::Identity && is_of_a_part(&fault) => self.refuse(link, part, fault, refusals, stop).await?,
                Err(fault) => return Err(fault),
            }
        }
        Ok(rows)
    }

    async fn refuse(
        &self,
        link: &mut Link,
        part: Part,
        fault: Fault,
        refusals: &mut Refusals,
        stop: &CancellationToken,
    ) -> Result<(), Fault> {
        let is_denied = fault.kind == FaultKind::Denied;
        let grants = if is_denied { grants::missing(link, &self.questions.select([part]), stop).await? } else { Vec::new() };
        let absent = Absent { part, is_denied, why: fault.message, grants };
        let (error, grant) = (absent.why.clone(), absent.grants.join(" "));
        if refusals.refused(absent, Instant::now()) {
            warn!(server = %self.publisher.name, database = link.place().database.as_deref(), %part, error, grant, "a part of the facts cannot be read");
        }
        Ok(())
    }

    async fn ask(&self, link: &mut Link, parts: &[Part], stop: &CancellationToken) -> Result<Vec<Row>, Fault> {
        let text = format!("{}{}", wrap::prelude(facts::TAG, facts::TIMEOUT), self.questions.select(parts.iter().copied()));
        match link.cells::<3>(&text, facts::TIMEOUT, stop).await {
            // It may be the name of some database or role.
            Err(fault) if fault.kind == FaultKind::Sql && !link.takes_bytes() => {
                link.take_bytes(facts::TIMEOUT, stop).await?;
                link.cells::<3>(&text, facts::TIMEOUT, stop).await
            }
            read => read,
        }
    }
}

/// Whether this may be in the way of one part alone. Locks pass soon, and a server that is out of time is not asked more: what was known stands.
fn is_of_a_part(fault: &Fault) -> bool {
    fault.fate == Fate::Usable && matches!(fault.kind, FaultKind::Denied | FaultKind::Sql | FaultKind::Server)
}
