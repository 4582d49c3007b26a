//! How a session begins: the server reports which backend serves it, and gets the settings for ending it.

use std::time::Duration;

use super::link::Link;
use super::report::fault::{Fault, FaultKind};
use crate::query::{defaults, wrap};
use crate::wire::line;

/// After this long without a statement, the server ends a session by itself (from 14 on, without a pooler between). Such a session is useless: the
/// network has lost it, or pgvigil's host is gone. Without this it would wait for hours, and the next session would be one too many.
pub const IDLE: Duration = Duration::from_secs(7);

/// The server-side timeout of the statement.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What kind of sessions a server gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Whether the sessions are pgvigil's own. A pooler's sessions also serve other clients. They show in the source of `application_name`: it was set
    /// by a statement instead of with the connection.
    pub own: bool,
    /// Whether the server ends a session that is idle for [`IDLE`]: from 14 on, one of pgvigil's own does, unless the connection string or the role
    /// sets `idle_session_timeout`.
    pub ends_itself: bool,
}

/// What the server reports about a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Introduction {
    /// The backend of the session.
    pub pid: Option<i32>,
    /// The kind of session.
    pub kind: Kind,
    /// Whether a proxy, a pooler or address translation is between: the server sees a client port that is not ours.
    pub proxied: bool,
}

impl Link {
    /// Sends the first statement, called `tag`. It reads no catalogue and waits for nothing. Finding out the `kind` of session takes the server 2 ms.
    /// In a session of its own, pgvigil also applies settings that would otherwise remain for the next client of a pooler:
    ///
    /// - the server ends the session after [`IDLE`] without a statement;
    /// - the kernel of the server's host breaks the connection when this end stops acknowledging;
    /// - no statement waits for a lock before its own timeouts are set, because the server may read catalogues at the start of a transaction;
    /// - those [defaults](crate::query::defaults) of the role, the database or the server that would change statements are overridden.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn introduce(&mut self, tag: &str, kind: Option<Kind>) -> Result<Introduction, Fault> {
        let statement = |told: &str| format!("{}{}", wrap::prelude(tag, TIMEOUT), introduction(told));
        let mut rows = self.rows::<5>(&statement(&told(kind))).await;
        let is_denied = |rows: &Result<_, Fault>| rows.as_ref().is_err_and(|fault| fault.kind == FaultKind::Denied);
        let key = self.pid();
        if kind.is_none() && is_denied(&rows) {
            // The settings cannot be read. At the start of a session, a pooler names another backend than the one that serves it now.
            let key = key.map_or_else(|| "null::int".to_owned(), |pid| pid.to_string());
            rows = self.rows::<5>(&statement(&format!("select {key} is not distinct from pg_catalog.pg_backend_pid(), false"))).await;
        }
        if is_denied(&rows) {
            self.introduced = true;
            return Ok(Introduction { pid: key, kind: Kind { own: false, ends_itself: false }, proxied: true });
        }
        let [pid, port, own, _, idle] = rows?.into_iter().next().unwrap_or_default();
        self.introduced = true;
        let own = own.as_deref() == Some("true");
        let port = port.and_then(|port| port.parse().ok());
        Ok(Introduction {
            pid: pid.and_then(|pid| pid.parse().ok()),
            kind: Kind { own, ends_itself: idle.is_some() },
            proxied: !own || port != self.local_port(),
        })
    }
}

/// Everything sent at the start of a session, so that `check` finds the privileges it needs.
#[must_use]
pub fn text() -> String {
    introduction(&told(None))
}

/// The SELECT that returns whether the session is pgvigil's own, and whether `idle_session_timeout` has its default or comes from the configuration
/// file. A function in FROM would make the server store all of its rows first, with a small `work_mem` perhaps in a file, and the disk may be full.
fn told(kind: Option<Kind>) -> String {
    kind.map_or_else(
        || {
            "select pg_catalog.bool_and(s.source = 'client' and s.setting = 'pgvigil') filter (where s.name = 'application_name'), \
             pg_catalog.bool_and(s.source in ('default', 'configuration file')) filter (where s.name = 'idle_session_timeout') \
             from (select (a.s).* from (select pg_catalog.pg_show_all_settings() as s offset 0) a) s where s.name in ('application_name', 'idle_session_timeout')"
                .to_owned()
        },
        |kind| format!("select {}, {}", kind.own, kind.ends_itself),
    )
}

/// The SELECT that introduces a session; `told` returns its kind. It returns the backend's pid, the client port, whether the session is own, how many
/// settings were applied, and when the server ends it.
fn introduction(told: &str) -> String {
    let keepalives = line::server_settings().map(|(name, value)| (name, value.to_string()));
    let lock_timeout = ("lock_timeout", wrap::LOCK_TIMEOUT.as_millis().to_string());
    let defaults = defaults::SESSION.map(|(name, value)| (name, value.to_owned()));
    let settings = keepalives.into_iter().chain([lock_timeout]).chain(defaults).map(|(name, value)| format!("('{name}', '{value}')"));
    format!(
        "select pg_catalog.pg_backend_pid()::text, pg_catalog.inet_client_port()::text, k.own::text, \
         (select pg_catalog.count(pg_catalog.set_config(p.name, p.value, false)) from (values {}) as p(name, value) \
         where k.own and pg_catalog.current_setting(p.name, true) is not null)::text, \
         case when k.own and k.free then pg_catalog.set_config('idle_session_timeout', '{}', false) end from ({told}) as k(own, free)",
        settings.collect::<Vec<_>>().join(", "),
        IDLE.as_millis()
    )
}
