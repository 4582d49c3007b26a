//! One session on a server, and the statements on it. Each statement sets its own server-side timeout. Nothing here times out on the client's side: the
//! caller drops the session or cancels its statement.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, ValueRef as _};

use super::report::fault::{Fate, Fault};
use super::room::Room;
use crate::expose::spelling::spell;
use crate::settings::{LoginRole, Server};
use crate::wire::{self, Broken, Cancel, Failure, Method, Wire};

/// The most that is kept of the answer to a short statement: many times what ten thousand databases need.
const SHORT: usize = 16 << 20;

/// SQLSTATEs of an interrupted statement: cancelled or timed out, waited too long for a lock, conflict with recovery, deadlock.
const INTERRUPTED: &[&str] = &["57014", "55P03", "40001", "40P01"];

/// How long after a failed statement the end of the stream may take to be noticed.
const NOTICED: Duration = Duration::from_millis(100);

/// A session.
pub struct Link {
    connection: PgConnection,
    /// The connection's transport, between the driver and the server.
    wire: Wire,
    /// Whether text comes in the server's bytes; otherwise as UTF-8.
    bytes: bool,
    /// Whether the session has been introduced.
    pub(super) introduced: bool,
    /// Whether a statement was interrupted, so that the backend may have missed something.
    interrupted: bool,
}

/// Why there is no session.
#[derive(Debug)]
pub struct Refusal {
    /// What to report.
    pub fault: Fault,
    /// How the connection ended, if the server did not send an error.
    pub broken: Option<Broken>,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        let broken = if let Failure::Broken(broken) = &failure { Some(broken.clone()) } else { None };
        Self { fault: Fault::login(failure), broken }
    }
}

impl Link {
    /// Logs in to `database` or to the configured one.
    ///
    /// # Errors
    /// Why there is no session.
    pub async fn open(server: &Server, role: LoginRole, database: Option<&str>) -> Result<Self, Refusal> {
        let options = match role {
            LoginRole::Monitor => server.connect_options(),
            LoginRole::Reader => server.reader_options(),
        };
        let (options, route) = options.map_err(|error| Refusal { fault: Fault::connection(error), broken: None })?;
        let options = database.map_or(options.clone(), |database| options.database(database));
        let (connection, wire) = wire::login(&route, options).await.map_err(Refusal::from)?;
        Ok(Self { connection, wire, bytes: false, introduced: false, interrupted: false })
    }

    /// The same, within the server's `connect_timeout`.
    ///
    /// # Errors
    /// Why there is no session.
    pub async fn open_in_time(server: &Server, role: LoginRole, database: Option<&str>) -> Result<Self, Fault> {
        let limit = server.connect_timeout;
        let late = || Fault::connection(format_args!("no login within {}", humantime::format_duration(limit)));
        match tokio::time::timeout(limit, Self::open(server, role, database)).await {
            Ok(opened) => opened.map_err(|refusal| refusal.fault),
            Err(_) => Err(late()),
        }
    }

    /// Whether text comes in the server's bytes.
    pub(super) const fn takes_bytes(&self) -> bool {
        self.bytes
    }

    /// How the login was authenticated.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.wire.method()
    }

    /// The largest answer that is accepted.
    pub(super) const fn answer_limit(&self) -> usize {
        self.wire.answer_limit()
    }

    /// How to send a cancel request for the session's statement.
    #[must_use]
    pub fn cancel(&self) -> Option<Cancel> {
        self.wire.cancel()
    }

    /// The backend's pid as reported at the login; a pooler invents one.
    pub(super) fn pid(&self) -> Option<i32> {
        self.wire.pid()
    }

    /// Our port; none over a Unix socket.
    pub(super) const fn local_port(&self) -> Option<u16> {
        self.wire.local_port()
    }

    /// Runs one simple-query string and passes its rows to `on_row`.
    ///
    /// It is not a prepared statement: through `PgBouncer` in transaction mode those can return other clients' rows.
    ///
    /// # Errors
    /// Why it failed: from the server, the connection or `on_row`.
    pub async fn run(&mut self, text: &str, on_row: impl FnMut(&PgRow) -> Result<(), Fault> + Send) -> Result<(), Error> {
        if std::mem::take(&mut self.interrupted) {
            self.wake().await?;
        }
        // That statement may have been interrupted too.
        let interrupted = self.interrupted;
        let ended = self.send(text, on_row).await;
        self.interrupted |= interrupted;
        ended
    }

    /// As `run`, ignoring an earlier interrupt.
    pub(super) async fn send(&mut self, text: &str, mut on_row: impl FnMut(&PgRow) -> Result<(), Fault> + Send) -> Result<(), Error> {
        let mut rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch(&mut self.connection);
        let reading = async {
            while let Some(row) = rows.try_next().await? {
                on_row(&row)?;
            }
            Ok(())
        };
        let ended = self.wire.carry(reading).await;
        drop(rows);
        self.judge(ended)
    }

    /// Runs one `COPY ... TO STDOUT` and passes its data on as it arrives. If the server refuses it, the connection can no longer be used: the driver
    /// does not read the end of such an answer.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) async fn copy(&mut self, text: &str, mut on_data: impl FnMut(&[u8]) + Send) -> Result<(), Error> {
        let connection = &mut self.connection;
        let reading = async {
            let refused = |error| Error::Fault(Fault { fate: Fate::Lost, ..Fault::from(error) });
            let mut data = connection.copy_out_raw(text).await.map_err(refused)?;
            while let Some(data) = data.try_next().await? {
                on_data(&data);
            }
            Ok(())
        };
        let ended = self.wire.carry(reading).await;
        self.judge(ended)
    }

    /// Records how a statement ended.
    fn judge(&mut self, ended: Result<(), Error>) -> Result<(), Error> {
        let ended = ended.map_err(|error| match error {
            Error::Driver(error) => self.wire.explain(error).into(),
            Error::Fault(fault) => Error::Fault(fault),
        });
        self.interrupted = matches!(&ended, Err(Error::Driver(error)) if is_interrupt(error));
        ended
    }

    /// Asks the server for text in its own bytes. A database with encoding `SQL_ASCII` can hold any bytes, and otherwise refuses every row with a name
    /// that is not UTF-8. A pooler keeps this setting apart from that of its other clients.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn take_bytes(&mut self) -> Result<(), Fault> {
        if !self.bytes {
            self.run("/* pgvigil encoding */ set client_encoding = 'SQL_ASCII'", |_| Ok(())).await?;
            self.bytes = true;
        }
        Ok(())
    }

    /// Runs a short statement whose rows have `N` text cells, which may have names in any bytes.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn cells<const N: usize>(&mut self, text: &str) -> Result<Vec<[Option<Vec<u8>>; N]>, Fault> {
        let mut rows = Vec::new();
        let mut room = Room::new(SHORT.min(self.answer_limit()));
        self.run(text, |row| {
            let cells: [_; N] = std::array::from_fn(|index| cell(row, index));
            room.take(&cells)?;
            rows.push(cells.map(|cell| cell.map(<[u8]>::to_vec)));
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// The same if no cell has a name.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn rows<const N: usize>(&mut self, text: &str) -> Result<Vec<[Option<String>; N]>, Fault> {
        let rows = self.cells(text).await?;
        Ok(rows.into_iter().map(|row| row.map(|cell| cell.map(|bytes| spell(&bytes).into_owned()))).collect())
    }

    /// Waits until an idle session ends, and says why. The future may be dropped at any time.
    pub async fn ended(&mut self) -> Broken {
        self.wire.idle().await
    }

    /// How the session ended, after a statement has failed so that the session is unusable. None if it has not ended.
    pub async fn has_ended(&mut self) -> Option<Broken> {
        tokio::time::timeout(NOTICED, self.wire.idle()).await.ok()
    }

    /// Sends Terminate, waits until the server has ended the stream, and returns how it ended.
    pub async fn close(self) -> Broken {
        let Self { connection, mut wire, .. } = self;
        let _ = wire.carry(connection.close()).await;
        wire.end().await
    }

    /// The same within a short time limit, without the result.
    pub async fn close_in_time(self) {
        let _ = tokio::time::timeout(Duration::from_millis(500), self.close()).await;
    }
}

/// Whether the server interrupted the statement.
fn is_interrupt(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).is_some_and(|code| INTERRUPTED.contains(&code.as_ref()))
}

/// One cell in the server's text format.
pub fn cell(row: &PgRow, index: usize) -> Option<&[u8]> {
    let value = row.try_get_raw(index).ok().filter(|value| !value.is_null())?;
    value.as_bytes().ok()
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Driver(error) => Self::Driver(error),
            Failure::Broken(broken) => Self::Fault(Fault::broken(broken)),
        }
    }
}

/// Why a statement failed. The server's error is kept whole until its place in a file is found.
#[derive(Debug)]
pub enum Error {
    /// From the driver.
    Driver(sqlx::Error),
    /// From the client's own side.
    Fault(Fault),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Driver(error)
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Driver(error) => error.into(),
            Error::Fault(fault) => fault,
        }
    }
}
