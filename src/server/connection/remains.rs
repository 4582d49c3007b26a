//! Backends of pgvigil's whose connections are closed on this side: the kept session looks for them, and ends those that wait for a client that is lost to them.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::query::wrap;
use crate::server::work::facts;

/// The backends of sessions that were not ended by the server, which the next driver looks for after a panic.
pub type Remains = Arc<Mutex<Vec<i32>>>;

/// What the look is called on the server.
const TAG: &str = "remains";

/// A statement that got no answer was cancelled this long ago: then its backend has caught that, as a function can. To end needs milliseconds.
pub const CAUGHT: Duration = Duration::from_secs(2);

/// Backends to look for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Look {
    /// Those of closed connections.
    pub closed: Vec<i32>,
    /// Those that have caught a cancel.
    pub deaf: Vec<i32>,
}

impl Look {
    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.closed.is_empty() && self.deaf.is_empty()
    }

    /// The statement that looks for them: a row for each, and whether its connection is closed. One that is idle waits for the next statement of a client
    /// that it has lost, perhaps for hours where a proxy is between: it is told to end, and so is one that has caught a cancel. The others end by their
    /// time-outs. Not of the view `pg_stat_activity`, which reads catalogues too: those may be locked just now.
    #[must_use]
    pub fn question(&self) -> String {
        let closed = self.closed.iter().map(|pid| format!("({pid}, true)"));
        let all: Vec<String> = closed.chain(self.deaf.iter().map(|pid| format!("({pid}, false)"))).collect();
        format!(
            "{}select p.closed::text, case when (a.state = 'idle' or not p.closed) and pg_catalog.pg_has_role(a.usesysid, 'USAGE') \
             then pg_catalog.pg_terminate_backend(a.pid)::text end \
             from (values {}) as p(pid, closed), pg_catalog.pg_stat_get_activity(p.pid) as a \
             where a.pid <> pg_catalog.pg_backend_pid() and a.application_name = 'pgvigil'",
            wrap::prelude(TAG, facts::TIMEOUT),
            all.join(",")
        )
    }
}
