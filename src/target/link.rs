//! One connection to a server, and statements on it that end: by themselves, at the server's timeout, or because pgvigil gives up.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt as _;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, ValueRef as _};
use tokio_util::sync::CancellationToken;

use super::absent::Place;
use super::fault::{Fate, Fault, FaultKind};
use super::hung::{Hung, Silence};
use super::interrupt::is_interrupt;
use super::introduction::{IDLE, Kind};
use super::peer::Peer;
use super::status::{Board, Connection, Login, Purpose};
use crate::expose::spelling::spell;
use crate::settings::{LoginRole, Server};
use crate::wire::{self, Broken, Failure, Method, Wire};

/// How much longer than the server's timeout the client waits: the answer to a timeout has to travel.
pub const GRACE: Duration = Duration::from_secs(1);

/// How long a statement may go on when pgvigil is told to end. Nearly all end sooner, so that nothing has to be cancelled and the connection
/// is of use for cancelling what another one has left.
const STOP_PATIENCE: Duration = Duration::from_secs(1);

/// How soon the other machine has confirmed what it gets.
const CONFIRMED: Duration = Duration::from_millis(300);

/// How long a farewell may take before the socket is closed without one.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// So soon after the last answer it has to be asked anew whether the server lives: `pg_up` is to be right within 15 seconds.
const KNOWN: Duration = Duration::from_millis(14_600);

/// What a process of the server needs to end, with much to spare.
const LAST_BREATH: Duration = Duration::from_millis(500);

/// How much is kept of the answer to a short statement: many times what ten thousand databases take.
const SHORT: usize = 16 << 20;

/// A connection. While it lives, the board counts it.
pub struct Link {
    connection: PgConnection,
    /// Where it leads to.
    place: Place,
    standing: Standing,
    /// What carries all that it says and hears.
    wire: Wire,
    /// Whether text comes as the bytes that the server has; else as UTF-8.
    bytes: bool,
    /// Whether it goes over a Unix socket.
    pub(super) is_local: bool,
    /// Who is at the other end.
    pub(super) peer: Peer,
    /// What kind of session it is.
    pub(super) kind: Kind,
    /// When what was asked last is over on the server, whatever it is.
    busy_until: Instant,
    /// When the server last answered.
    heard: Instant,
    /// What it means that it does not.
    silence: Option<Silence>,
    /// Whether a statement was interrupted, so that the process may have missed something.
    interrupted: bool,
    open: Open,
}

/// How long a connection stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// For some jobs.
    Short,
    /// It is kept, and no facts were asked for over it yet.
    New,
    /// It is kept.
    Kept,
}

impl Standing {
    fn of(purpose: Purpose) -> Self {
        if purpose == Purpose::Kept { Self::New } else { Self::Short }
    }
}

/// Why there is no session.
#[derive(Debug)]
pub struct Refusal {
    /// What happened.
    pub fault: Fault,
    /// The login, or the session without an answer, if it has not ended.
    pub hung: Option<Hung>,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        refusal.fault
    }
}

/// Shows an open connection on the board.
struct Open {
    board: Arc<Board>,
    server: Arc<str>,
    number: u64,
}

impl Open {
    fn new(board: &Arc<Board>, server: &Arc<str>, purpose: Purpose, database: Option<&str>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let connection = Connection { purpose, database: database.map(Into::into), pid: None, silent: None };
        board.update(server, |status| status.connections.insert(number, connection));
        Self { board: Arc::clone(board), server: Arc::clone(server), number }
    }

    fn change(&self, change: impl FnOnce(&mut Connection)) {
        self.board.update(&self.server, |status| status.connections.get_mut(&self.number).map(change));
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.board.update(&self.server, |status| status.connections.remove(&self.number));
    }
}

impl Link {
    /// Logs in, to `database` or the one that the configuration names, within `limit`. Tells the board how it went when it is a login to
    /// the configured database, the one that says whether people can get in.
    ///
    /// # Errors
    /// Why there is no session.
    pub async fn open(
        server: &Server,
        role: LoginRole,
        purpose: Purpose,
        database: Option<&str>,
        limit: Duration,
        board: &Arc<Board>,
    ) -> Result<Self, Refusal> {
        let name: Arc<str> = server.name.as_str().into();
        let started = Instant::now();
        let (mut hung, mut elsewhere) = (None, role == LoginRole::Reader);
        let options = match role {
            LoginRole::Monitor => server.connect_options(),
            LoginRole::Reader => server.reader_options(),
        };
        let result = match options {
            Err(error) => Err(Fault::connection(error)),
            Ok(options) => {
                elsewhere |= database.is_some_and(|database| options.get_database() != Some(database));
                let options = database.map_or(options.clone(), |database| options.database(database));
                // Counted from the first packet: a login that hangs takes a place on the server too.
                let open = Open::new(board, &name, purpose, database);
                let number = open.number;
                let route = server.route(&options);
                let place = Place { role, database: database.map(Into::into) };
                let mut login = Box::pin(async move {
                    let (connection, wire) = wire::login(&route, options).await?;
                    let link = Self::new(connection, wire, place, route.place.is_local(), open);
                    Ok::<_, Failure>(Self { standing: Standing::of(purpose), ..link })
                });
                match tokio::time::timeout(limit, &mut login).await {
                    Ok(Ok(link)) => Ok(link),
                    Ok(Err(failure)) => Err(Fault::login(failure)),
                    Err(_) => {
                        board.update(&name, |status| {
                            status.connections.get_mut(&number).map(|connection| connection.silent = Some(started))
                        });
                        hung = Some(Hung::login(login));
                        Err(Fault::connection(format_args!("no login within {}", humantime::format_duration(limit))))
                    }
                }
            }
        };
        if !elsewhere {
            let login = Login::new(result.is_ok(), started.elapsed(), limit);
            board.update(&name, |status| {
                status.login = Some(login);
                status.fault = result.as_ref().err().cloned();
            });
        }
        // Whatever goes wrong before there is a session, there is no connection.
        result.map_err(|fault| Refusal { fault: Fault { fate: Fate::Lost, kind: FaultKind::Connection, ..fault }, hung })
    }

    fn new(connection: PgConnection, wire: Wire, place: Place, is_local: bool, open: Open) -> Self {
        let now = Instant::now();
        Self {
            connection,
            place,
            standing: Standing::Short,
            wire,
            bytes: false,
            is_local,
            peer: Peer::Unknown,
            kind: Kind::default(),
            busy_until: now,
            heard: now,
            silence: None,
            interrupted: false,
            open,
        }
    }

    /// Says what it is for from now on.
    pub(super) fn serves(&mut self, purpose: Purpose) {
        self.standing = Standing::of(purpose);
        self.open.change(|connection| connection.purpose = purpose);
    }

    /// Says which process of the server serves it.
    pub(super) fn told(&self, pid: Option<i32>) {
        self.open.change(|connection| connection.pid = pid);
    }

    /// The process that the other end named at the start of the session.
    pub(super) fn key_pid(&self) -> Option<i32> {
        self.wire.pid()
    }

    /// Where it leads to, and as whom.
    pub(super) const fn place(&self) -> &Place {
        &self.place
    }

    /// Whether it is the kept one.
    pub(super) fn is_kept(&self) -> bool {
        self.standing != Standing::Short
    }

    /// Whether it is kept from now on, and no facts were asked for over it yet.
    pub(super) fn is_new_session(&self) -> bool {
        self.standing == Standing::New
    }

    /// Notes that the facts are asked for over it.
    pub(super) fn asks_for_facts(&mut self) {
        if self.standing == Standing::New {
            self.standing = Standing::Kept;
        }
    }

    /// Whether text comes as the bytes that the server has.
    pub(super) const fn takes_bytes(&self) -> bool {
        self.bytes
    }

    /// How the login was proved.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.wire.method()
    }

    /// The most that one answer may have.
    pub(super) const fn answer_limit(&self) -> usize {
        self.wire.answer_limit()
    }

    /// What it means that what was asked last has got no answer.
    pub async fn silence(&mut self) -> Silence {
        if let Some(silence) = self.silence {
            return silence;
        }
        let until = self.busy_until + IDLE + LAST_BREATH;
        let lost_until = (self.kind.ends_itself && until < self.heard + KNOWN).then_some(until);
        // What was asked may have arrived, and the network lost the answer: whether the other machine is there now shows in whether it has another
        // question.
        let line = tokio::time::timeout(CONFIRMED, self.wire.carry(self.connection.ping())).await;
        let arrived = line.is_err() && self.has_arrived().await;
        *self.silence.insert(Silence { lost_until, arrived })
    }

    /// Whether all that was sent has arrived at the server's machine. False where that is not known.
    pub(super) async fn has_arrived(&self) -> bool {
        let peer = self.peer;
        // The list may be a long one.
        tokio::task::spawn_blocking(move || peer.has_it_all()).await.unwrap_or_default()
    }

    /// Runs one simple-query string and hands on its rows. The server ends it at `timeout`, which the text sets; the client gives up
    /// [`GRACE`] later, or when `stop` is cancelled.
    ///
    /// Not a prepared statement: through `PgBouncer` in transaction mode those return other clients' rows.
    ///
    /// # Errors
    /// Why it did not end well, from the server, the connection or `on_row`.
    pub async fn run(
        &mut self,
        text: &str,
        timeout: Duration,
        stop: &CancellationToken,
        on_row: impl FnMut(&PgRow) -> Result<(), Fault> + Send,
    ) -> Result<(), Error> {
        if std::mem::take(&mut self.interrupted) {
            self.wake(stop).await?;
        }
        // That may have been interrupted as well.
        let interrupted = self.interrupted;
        let ended = self.send(text, timeout, stop, on_row).await;
        self.interrupted |= interrupted;
        ended
    }

    /// The same, whatever was interrupted before.
    pub(super) async fn send(
        &mut self,
        text: &str,
        timeout: Duration,
        stop: &CancellationToken,
        mut on_row: impl FnMut(&PgRow) -> Result<(), Fault> + Send,
    ) -> Result<(), Error> {
        let stood_still = self.ask(timeout);
        let mut rows = sqlx::raw_sql(AssertSqlSafe(text)).fetch(&mut self.connection);
        let reading = async {
            while let Some(row) = rows.try_next().await? {
                on_row(&row)?;
            }
            Ok(())
        };
        let ended = bounded(timeout, stop, self.wire.carry(reading)).await;
        drop(rows);
        self.judge(ended, stood_still)
    }

    /// Runs one `COPY ... TO STDOUT` and hands on its data as it comes. Where the server refuses it, the connection is of no more use: the driver
    /// does not take the end of such an answer off it.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub(super) async fn copy(
        &mut self,
        text: &str,
        timeout: Duration,
        stop: &CancellationToken,
        mut on_data: impl FnMut(&[u8]) + Send,
    ) -> Result<(), Error> {
        let stood_still = self.ask(timeout);
        let connection = &mut self.connection;
        let reading = async {
            let refused = |error| Error::Fault(Fault { fate: Fate::Lost, ..Fault::from(error) });
            let mut data = connection.copy_out_raw(text).await.map_err(refused)?;
            while let Some(data) = data.try_next().await? {
                on_data(&data);
            }
            Ok(())
        };
        let ended = bounded(timeout, stop, self.wire.carry(reading)).await;
        self.judge(ended, stood_still)
    }

    /// Notes that something is asked that takes no longer than `timeout`. Whether nothing was asked for so long that the server may have ended the
    /// session.
    fn ask(&mut self, timeout: Duration) -> bool {
        let stood_still = self.kind.ends_itself && self.heard.elapsed() >= IDLE;
        (self.busy_until, self.silence) = (Instant::now() + timeout, None);
        stood_still
    }

    /// Notes how that ended.
    fn judge(&mut self, ended: Result<(), Error>, stood_still: bool) -> Result<(), Error> {
        match ended {
            Err(Error::Fault(fault)) if fault.fate == Fate::Pending => Err(Error::Fault(fault)),
            Err(Error::Driver(error)) => match self.wire.explain(error) {
                // The network, or a socket that is closed, may have lost the server's last word.
                Failure::Broken(Broken::Closed | Broken::Reset(_) | Broken::Lost(_) | Broken::Io(_)) if stood_still => {
                    Err(Error::Fault(Fault::idle()))
                }
                failure => {
                    self.heard = Instant::now();
                    self.interrupted = matches!(&failure, Failure::Driver(error) if is_interrupt(error));
                    Err(failure.into())
                }
            },
            ended => {
                self.heard = Instant::now();
                self.interrupted = false;
                ended
            }
        }
    }

    /// Asks the server for text as it has it. A database of encoding `SQL_ASCII` holds any bytes, and refuses every row with a name that is no
    /// UTF-8 when it has to send that. A pooler keeps the setting apart from that of its other clients.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn take_bytes(&mut self, timeout: Duration, stop: &CancellationToken) -> Result<(), Fault> {
        if !self.bytes {
            self.run("/* pgvigil encoding */ set client_encoding = 'SQL_ASCII'", timeout, stop, |_| Ok(())).await?;
            self.bytes = true;
        }
        Ok(())
    }

    /// Runs a short statement whose rows have `N` text cells, which may hold names of any bytes.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn cells<const N: usize>(
        &mut self,
        text: &str,
        timeout: Duration,
        stop: &CancellationToken,
    ) -> Result<Vec<[Option<Vec<u8>>; N]>, Fault> {
        let mut rows = Vec::new();
        let mut room = Room::new(SHORT.min(self.answer_limit()));
        self.run(text, timeout, stop, |row| {
            let cells: [_; N] = std::array::from_fn(|index| cell(row, index));
            room.take(&cells)?;
            rows.push(cells.map(|cell| cell.map(<[u8]>::to_vec)));
            Ok(())
        })
        .await?;
        Ok(rows)
    }

    /// The same where no cell holds a name.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn rows<const N: usize>(
        &mut self,
        text: &str,
        timeout: Duration,
        stop: &CancellationToken,
    ) -> Result<Vec<[Option<String>; N]>, Fault> {
        let rows = self.cells(text, timeout, stop).await?;
        Ok(rows.into_iter().map(|row| row.map(|cell| cell.map(|bytes| spell(&bytes).into_owned()))).collect())
    }

    /// Stays on the line, since what was asked has got no answer.
    pub async fn hold(mut self) -> Hung {
        let silence = self.silence().await;
        self.open.change(|connection| connection.silent = Some(self.heard));
        Hung::session(self, silence)
    }

    /// Asks whether somebody is there, waits for that and whatever was asked before, and hears an answer. Gives back whether there was one: what the
    /// server says last, or of the statement that hung, is an answer too.
    pub(super) async fn answers(&mut self) -> bool {
        match self.wire.carry(self.connection.ping()).await {
            Ok(()) => true,
            Err(error) => error.as_database_error().is_some(),
        }
    }

    /// Says farewell, so that the server's process ends at once.
    pub async fn close(self) {
        let Self { connection, mut wire, open: _open, .. } = self;
        let farewell = async {
            let _ = wire.carry(connection.close()).await;
            wire.end().await;
        };
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, farewell).await;
    }
}

/// How much is kept of an answer that is kept as a whole.
pub(super) struct Room {
    all: usize,
    left: usize,
}

impl Room {
    pub(super) const fn new(bytes: usize) -> Self {
        Self { all: bytes, left: bytes }
    }

    /// Takes room for a row.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn take(&mut self, cells: &[Option<&[u8]>]) -> Result<(), Fault> {
        let needed: usize = cells.iter().map(|cell| size_of::<Option<String>>() + cell.map_or(0, <[u8]>::len)).sum();
        self.left = self.left.checked_sub(needed).ok_or_else(|| Fault::too_large(self.all))?;
        Ok(())
    }
}

/// The end of `reading`, unless the client gives up before.
async fn bounded(timeout: Duration, stop: &CancellationToken, reading: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    tokio::select! {
        ended = tokio::time::timeout(timeout + GRACE, reading) => {
            ended.unwrap_or_else(|_| Err(Error::Fault(Fault::unanswered(timeout + GRACE))))
        }
        () = patience(stop) => Err(Error::Fault(Fault::stopped())),
    }
}

/// Ends when what runs has to be given up because pgvigil ends.
async fn patience(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(STOP_PATIENCE).await;
}

/// One cell in the server's text form.
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

/// Why a statement did not end well. The server's error is kept whole until its place in a file is found.
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
