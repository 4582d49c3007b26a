//! What is reported about the two seats: on the status page, and in the log if a backend is unresponsive.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use crate::server::report::publisher::Publisher;
use crate::server::report::status::{Connection, Purpose};
use crate::server::seats::{Held, Place, SEATS};
use crate::server::work::agenda::Clock;

/// How long a seat is unresponsive before the log says so.
const TOLD: Duration = Duration::from_secs(3);

/// What was reported last.
#[derive(Debug, Default)]
pub struct Told {
    seats: [Option<Connection>; SEATS],
    /// For which seats the log says that they are unresponsive.
    logged: [bool; SEATS],
}

impl Told {
    /// What takes a seat now: a connection for this purpose and its backend, or what remains of the previous connection.
    #[must_use]
    pub fn seen(
        &self,
        seat: usize,
        held: Held,
        place: Option<Place>,
        pid: Option<i32>,
        database: Option<Arc<str>>,
        clock: Clock,
    ) -> Option<Connection> {
        let purpose = Some(match place? {
            Place::Kept => Purpose::Kept,
            Place::Login => Purpose::Login,
            Place::Database(_) => Purpose::Queries,
        });
        match held {
            Held::Nothing => None,
            Held::Open => Some(Connection { purpose, database, pid, silent: None }),
            Held::Silent(since) => Some(Connection { purpose, database, pid, silent: Some(clock.instant(since)) }),
            Held::Backend => {
                let before = self.seats[seat].as_ref();
                let since = before.filter(|before| before.purpose.is_none()).and_then(|before| before.silent);
                let pid = before.and_then(|before| before.pid);
                Some(Connection { purpose: None, database: None, pid, silent: Some(since.unwrap_or_else(Instant::now)) })
            }
        }
    }

    /// Publishes the state, and logs when a seat becomes unresponsive or free again.
    pub fn tell(&mut self, seen: [Option<Connection>; SEATS], publisher: &Publisher) {
        for (logged, connection) in self.logged.iter_mut().zip(&seen) {
            let since = connection.as_ref().and_then(|connection| connection.silent);
            let hangs = since.is_some_and(|since| since.elapsed() >= TOLD);
            let before = std::mem::replace(logged, hangs || since.is_some() && *logged);
            match connection {
                Some(Connection { purpose, database, pid, .. }) if hangs && !before => {
                    warn!(server = %publisher.name, pid, database = database.as_deref(), purpose = purpose.map_or("closed", Purpose::as_str),
                        "a backend is unresponsive and keeps one of the two connection slots until it exits");
                }
                _ if before && !*logged => info!(server = %publisher.name, "the connection slot of an unresponsive backend is free again"),
                _ => {}
            }
        }
        // Also if nothing has changed: the time for which a seat has been unresponsive has.
        publisher.connections(seen.iter().flatten().cloned().collect());
        self.seats = seen;
    }

    /// The pids as text, if every seat is unresponsive.
    #[must_use]
    pub fn hung(&self) -> Option<String> {
        let silent = |connection: &&Connection| connection.silent.is_some();
        let pid = |connection: &Connection| connection.pid.map_or_else(|| "at its login".to_owned(), |pid| pid.to_string());
        let hung: Vec<String> = self.seats.iter().flatten().filter(silent).map(pid).collect();
        (hung.len() == SEATS).then(|| hung.join(", "))
    }
}
