//! How a session begins: the server says which backend serves it, and is told when to end it.

use std::time::Duration;

use super::link::Link;
use super::report::fault::{Fault, FaultKind};
use crate::query::{defaults, wrap};
use crate::wire::line;

/// After this long without a statement, the server ends a session by itself, from 14 on and where no pooler is between. It is of use to nobody
/// then: the network has lost it, or the machine that pgvigil was on is gone. Else it would wait for hours, and the next session would be one
/// too many.
pub const IDLE: Duration = Duration::from_secs(7);

/// After how long the server ends the statement.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What kind of sessions a server gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Whether they are pgvigil's own. A pooler's serve others too, and show in how the name of the application came about: by a statement instead of
    /// with the connection.
    pub own: bool,
    /// Whether the server ends one when nothing has been asked for [`IDLE`]: from 14 on an own one, unless the connection string or the role says
    /// something else of `idle_session_timeout`.
    pub ends_itself: bool,
}

/// What the server says of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Introduction {
    /// The backend that serves it.
    pub pid: Option<i32>,
    /// What kind it is.
    pub kind: Kind,
    /// Whether a proxy or a pooler is between, or the network translates addresses: the server sees another port of ours.
    pub proxied: bool,
}

impl Link {
    /// The first statement, called `tag`, which reads no catalogue and waits for nothing. To find out the `kind` of session takes the server 2 ms. In an own one
    /// is set what would stay for the next client of a pooler:
    ///
    /// - the server ends it when nothing is asked for [`IDLE`];
    /// - the kernel of the server's machine breaks the connection when this end confirms nothing any more;
    /// - it waits for no lock before a statement has set its time-outs: the server may read catalogues again at the start of a transaction;
    /// - what of the [defaults](crate::query::defaults) of the role, the database or the server changes statements.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn introduce(&mut self, tag: &str, kind: Option<Kind>) -> Result<Introduction, Fault> {
        let statement = |told: &str| format!("{}{}", wrap::prelude(tag, TIMEOUT), introduction(told));
        let mut rows = self.rows::<5>(&statement(&told(kind))).await;
        let is_denied = |rows: &Result<_, Fault>| rows.as_ref().is_err_and(|fault| fault.kind == FaultKind::Denied);
        let key = self.pid();
        if kind.is_none() && is_denied(&rows) {
            // The settings may not be read. A pooler names another backend at the start of the session than the one that serves it now.
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

/// All that is asked as a session begins, so that `check` finds the privileges that it takes.
#[must_use]
pub fn text() -> String {
    introduction(&told(None))
}

/// The select that tells whether the session is pgvigil's own, and whether nothing is said of `idle_session_timeout`. A function in FROM would have the server
/// keep all of its rows first, perhaps in a file where `work_mem` is small, for which there may be no room.
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

/// The select that introduces a session of which `told` tells what kind it is: process, port of the client, whether it is own, how many settings were
/// set, and when the server ends it.
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
