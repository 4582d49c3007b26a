//! What the backend may have missed that was interrupted in a statement.

use std::time::Duration;

use super::link::{Error, Link};
use super::report::fault::{Fate, Fault};
use crate::query::wrap;

/// How long waking a backend up may take.
const WAKE_TIMEOUT: Duration = Duration::from_secs(1);

impl Link {
    /// Has the backend look at what others have asked of it. From PostgreSQL 15 on, a backend that is interrupted while it handles a `ProcSignalBarrier` does not
    /// look at that again before its next interrupt that is no error, and DROP DATABASE waits for it. What comes here is the question whether the client is
    /// still there, asked every millisecond of a statement that sleeps for some.
    pub(super) async fn wake(&mut self) -> Result<(), Error> {
        let text = format!(
            "{}select pg_catalog.set_config(s.name, '1', true) from pg_catalog.pg_show_all_settings() s \
             where s.name = 'client_connection_check_interval'; select pg_catalog.pg_sleep(0.01)",
            wrap::prelude("wake", WAKE_TIMEOUT)
        );
        match self.send(&text, |_| Ok(())).await.map_err(Fault::from) {
            Err(fault) if fault.fate != Fate::Usable => Err(fault.into()),
            _ => Ok(()),
        }
    }
}
