//! What the two seats exchange with their surroundings: what has happened, what to do, what there is to do.

use super::limits::Millis;

/// A database, by its number in the caller's list. The one that the configuration names has a number too, for statements that are too long for the kept
/// session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Database(pub usize);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The session that stays: the facts, which are the sign of life, and short queries of the server.
    Kept,
    /// The login probe, to the same database as the kept session.
    Login,
    /// Queries in a database.
    Database(Database),
}

/// What has happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is time (`Seats::wake`), or there is other work than before.
    Tick,
    /// The login is through.
    Opened(usize),
    /// The login was refused, or no connection came about.
    Refused(usize),
    /// The statement has ended, well or with an error. The caller has recorded that.
    Answered(usize),
    /// The statement on the kept session has found that no backend of a broken line is left. Its `Answered` follows.
    Gone,
    /// The server has ended the stream: with a last word, after a farewell, or where no proxy is between.
    Ended(usize),
    /// The line is broken: the kernel has given it up, since nothing was confirmed.
    Broke(usize),
    /// A reset has broken the line, which the network may have made.
    Reset(usize),
    /// Whether a proxy is between, as a session says that has just begun.
    Proxied(bool),
    /// The configuration was reloaded; whether the way to the server has changed.
    Reload {
        /// Whether the kept session has to be opened again.
        reconnect: bool,
    },
    /// Leave nothing behind.
    Stop,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Connect and log in. However long it takes, `Opened`, `Refused`, `Ended` or `Broke` follows.
    Open {
        /// In which seat.
        seat: usize,
        /// What for.
        place: Place,
    },
    /// Ask for the facts. `Answered`, `Ended` or `Broke` follows.
    Ask {
        /// Over which connection.
        seat: usize,
        /// Whether to look for the backends of broken lines too.
        look: bool,
    },
    /// Run the job that [`Work::due`] named. The same follows.
    Run {
        /// Over which connection.
        seat: usize,
    },
    /// Look at the locks that a login would wait for, as [`Work::locks`] wants. The same follows.
    Locks {
        /// Over which connection.
        seat: usize,
    },
    /// Send a cancel request for the statement, and stay on the line.
    Cancel {
        /// Of which connection.
        seat: usize,
        /// Whether it got no answer in time, which has to be recorded. Else its seat is needed, and it is due again at once.
        over_time: bool,
    },
    /// Say farewell. `Ended` or `Broke` follows.
    Close {
        /// On which connection.
        seat: usize,
    },
    /// Close the socket. Nothing follows.
    Drop {
        /// Of which connection.
        seat: usize,
    },
    /// How a login went.
    Login {
        /// In which seat.
        seat: usize,
        /// What it was for.
        place: Place,
        /// How.
        login: Login,
    },
    /// What `pg_up` is from now on.
    Up(bool),
    /// After a stop: nothing is left.
    Done,
}

/// How a login went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// It is through, perhaps late.
    Entered,
    /// It was refused, or no connection came about.
    Refused,
    /// It is over time, or its line broke.
    Silent,
}

/// What there is to do, as far as connections matter.
pub trait Work {
    /// When the next statement at this place is due, and its time-out on the server.
    fn due(&self, place: Place) -> Option<(Millis, Millis)>;

    /// When the kept session has to look at the locks: before a visit, if a seat is `free` for one, and while a login hangs.
    fn locks(&self, free: bool) -> Option<Millis>;

    /// The next visit and when it is due, once it is known that its login waits for no lock; not to `except`, where a connection is. One that is `alone` takes the kept session's seat: only where a login is not
    /// known to hang, and for statements up to [`ALONE_LIMIT`](super::limits::ALONE_LIMIT).
    fn visit(&self, except: Option<Place>, alone: bool) -> Option<(Millis, Place)>;
}
