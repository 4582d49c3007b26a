//! Backends whose connections are closed on pgvigil's side. The kept session looks for them, and terminates those that wait for a client they have
//! lost.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::query::wrap;
use crate::server::work::facts;

/// The backends of sessions that the server has not ended. After a panic the next driver looks for them.
pub type Remains = Arc<Mutex<Vec<i32>>>;

/// The name of the look in the server's log and statistics.
const TAG: &str = "remains";

/// A backend counts as deaf when its statement was cancelled this long ago and still runs: then it has caught the cancel, as a function can. Otherwise
/// it ends within milliseconds.
pub const CAUGHT: Duration = Duration::from_secs(2);

/// Backends to look for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Look {
    /// The backends of closed connections.
    pub closed: Vec<i32>,
    /// The backends that have caught a cancel.
    pub deaf: Vec<i32>,
}

impl Look {
    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.closed.is_empty() && self.deaf.is_empty()
    }

    /// The statement that looks for them. It returns a row for each backend found, with whether its connection is closed. Two kinds of backends are
    /// terminated: an idle one whose connection is closed, since it waits for the next statement of a client it has lost, behind a proxy perhaps for
    /// hours; and one that has caught a cancel. The others end by their timeouts. The view `pg_stat_activity` is not used, because it also reads
    /// catalogues, which may be locked just now.
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
