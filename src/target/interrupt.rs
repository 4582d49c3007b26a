//! Statements that are interrupted: who cancels one over another connection, and what the process that was interrupted may have missed.

use std::sync::Arc;
use std::time::Duration;

use sqlx::error::DatabaseError;
use tokio_util::sync::CancellationToken;

use super::fault::{Fate, Fault};
use super::link::{Error, Link, Refusal};
use super::status::{Board, Purpose};
use crate::query::need::quote_literal;
use crate::query::wrap;
use crate::settings::{LoginRole, Server};

/// A cancel is only worth it while the server answers; then it needs milliseconds.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(2);

/// What a cancel is called that is the first statement of a session.
pub const CANCEL_TAG: &str = "cancel";

/// Errors by which a statement is interrupted: cancelled, out of time, in line for a lock for too long, in the way of recovery.
const INTERRUPTED: &[&str] = &["57014", "55P03", "40001", "40P01"];

/// How long waking a process up may take.
const WAKE_TIMEOUT: Duration = Duration::from_secs(1);

/// Whether the server has interrupted the statement.
pub(super) fn is_interrupt(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| INTERRUPTED.contains(&code.as_ref()))
}

impl Link {
    /// Has the server's process look at what it has been asked by others. A process that is interrupted just as it is to let go of the files of a
    /// database that somebody drops forgets to look at that until something else comes that is no error; who drops it would wait for as long as the
    /// session lives (from 15 on). What comes here is the question whether the client is still there, asked every millisecond of a statement that sleeps
    /// for some.
    pub(super) async fn wake(&mut self, stop: &CancellationToken) -> Result<(), Error> {
        let text = format!(
            "{}select pg_catalog.set_config(s.name, '1', true) from pg_catalog.pg_show_all_settings() s \
             where s.name = 'client_connection_check_interval'; select pg_catalog.pg_sleep(0.01)",
            wrap::prelude("wake", WAKE_TIMEOUT)
        );
        match self.send(&text, WAKE_TIMEOUT, stop, |_| Ok(())).await.map_err(Fault::from) {
            Err(fault) if fault.fate != Fate::Usable => Err(fault.into()),
            _ => Ok(()),
        }
    }

    /// Cancels, by a statement called `own_tag`, the statement of the query `tag` that process `pid` runs for pgvigil, and no other: the process
    /// may by now serve somebody else, for instance behind a pooler.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn cancel(&mut self, own_tag: &str, pid: i32, tag: &str) -> Result<(), Fault> {
        let text = format!(
            "{}select pg_catalog.pg_cancel_backend(a.pid)::text from pg_catalog.pg_stat_activity a \
             where a.pid = {pid} and pg_catalog.pg_has_role(a.usesysid, 'USAGE') and a.state = 'active' and pg_catalog.starts_with(a.query, {})",
            wrap::prelude(own_tag, CANCEL_TIMEOUT),
            quote_literal(&format!("/* pgvigil {tag} */"))
        );
        self.rows::<1>(&text, CANCEL_TIMEOUT, &CancellationToken::new()).await.map(|_| ())
    }
}

/// Cancels a statement, given by process and tag, over a connection of its own, and gives it back for further use.
///
/// # Errors
/// When the server cannot be reached, which says that it does not answer at all.
pub async fn cancel(server: &Server, board: &Arc<Board>, statement: Option<(i32, &str)>) -> Result<Link, Refusal> {
    let mut link = Link::open(server, LoginRole::Monitor, Purpose::Cancel, None, CANCEL_TIMEOUT.min(server.connect_timeout), board).await?;
    if let Some((pid, tag)) = statement {
        match link.cancel(CANCEL_TAG, pid, tag).await {
            Err(fault) if fault.fate == Fate::Pending => return Err(Refusal { fault, hung: Some(link.hold().await) }),
            Err(fault) if fault.fate != Fate::Usable => return Err(Refusal { fault, hung: None }),
            // Not allowed to, or too late: nothing more can be done about that statement.
            _ => {}
        }
    }
    Ok(link)
}
