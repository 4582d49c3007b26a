//! What a backend may have missed after one of its statements was interrupted.

use std::time::Duration;

use super::link::{Error, Link};
use super::report::fault::{Fate, Fault};
use crate::query::wrap;

/// The server-side timeout of the statement that wakes a backend up.
const WAKE_TIMEOUT: Duration = Duration::from_secs(1);

impl Link {
    /// Makes the backend handle what other backends have asked of it. From `PostgreSQL` 15 on, a backend that is cancelled while it handles a
    /// `ProcSignalBarrier` does not check it again until its next interrupt that is not an error, and DROP DATABASE waits for it. The interrupt here is
    /// the check whether the client is still connected, made every millisecond while a statement sleeps for some.
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
