//! What the two seats exchange with their caller: events in, actions out, and questions about the work.

use super::limits::Millis;

/// A database, by its index in the caller's list. The configured database has an index too, for statements too long for the kept session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Database(pub usize);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The kept session: the facts, which are the heartbeat, and short server-wide queries.
    Kept,
    /// The login probe, to the same database as the kept session.
    Login,
    /// Queries in a database.
    Database(Database),
}

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The time of `Seats::wake` has come, or the work has changed.
    Tick,
    /// The login succeeded.
    Opened(usize),
    /// The login was refused, or the connection could not be made.
    Refused(usize),
    /// The statement has ended, with a result or with an error, which the caller has recorded.
    Answered(usize),
    /// The statement on the kept session found that no backend of a broken connection is left. Its `Answered` follows.
    Gone,
    /// The server has ended the stream: after a final error message, after a Terminate, or with no proxy between.
    Ended(usize),
    /// The connection is broken: the kernel gave it up because nothing was acknowledged.
    Broke(usize),
    /// A reset broke the connection. The network may have sent it.
    Reset(usize),
    /// Whether a proxy is between, as a new session reports.
    Proxied(bool),
    /// The configuration was reloaded.
    Reload {
        /// Whether the connection settings have changed, so that the kept session has to be opened again.
        reconnect: bool,
    },
    /// Close everything and leave nothing behind.
    Stop,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Connect and log in. However long that takes, `Opened`, `Refused`, `Ended` or `Broke` follows.
    Open {
        /// In which seat.
        seat: usize,
        /// What for.
        place: Place,
        /// Whether a short-lived connection takes the kept session's seat.
        alone: bool,
    },
    /// Read the facts. `Answered`, `Ended` or `Broke` follows.
    Ask {
        /// Over which connection.
        seat: usize,
        /// Whether to look for the backends of broken connections too.
        look: bool,
    },
    /// Run the job that [`Work::due`] named. The same events follow.
    Run {
        /// Over which connection.
        seat: usize,
    },
    /// Look at the locks that a login would wait for, when [`Work::locks`] asks. The same events follow.
    Locks {
        /// Over which connection.
        seat: usize,
    },
    /// Send a cancel request for the statement, and keep the connection open.
    Cancel {
        /// Of which connection.
        seat: usize,
        /// Whether the statement got no answer in time, which has to be recorded. Otherwise its seat is needed, and the statement is due again at once.
        over_time: bool,
    },
    /// Send Terminate. `Ended` or `Broke` follows.
    Close {
        /// On which connection.
        seat: usize,
    },
    /// Close the socket. Nothing follows.
    Drop {
        /// Of which connection.
        seat: usize,
    },
    /// The outcome of a login.
    Login {
        /// In which seat.
        seat: usize,
        /// What it was for.
        place: Place,
        /// The outcome.
        login: Login,
    },
    /// The value of `pg_up` from now on.
    Up(bool),
    /// After a stop: no connection is left.
    Done,
}

/// The outcome of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// It succeeded, perhaps late.
    Entered,
    /// It was refused, or the connection could not be made.
    Refused,
    /// It got no reply in time, or its connection broke.
    Silent,
}

/// The work to do, as far as the connections need to know.
pub trait Work {
    /// When the next statement at this place is due, and its server-side timeout.
    fn due(&self, place: Place) -> Option<(Millis, Millis)>;

    /// When the kept session has to look at the locks: before a short-lived connection, if a seat is `free` for it, and while a login hangs.
    fn locks(&self, free: bool) -> Option<Millis>;

    /// The next short-lived connection and when it is due, once its login is known to wait for no lock. Never to `except`, which has a connection
    /// already. With `alone` it takes the kept session's seat: then only if logins are not known to hang, and for statements of at most
    /// [`ALONE_LIMIT`](super::limits::ALONE_LIMIT).
    fn visit(&self, except: Option<Place>, alone: bool) -> Option<(Millis, Place)>;
}
