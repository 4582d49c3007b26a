//! The states of a seat, as in the diagram of [`seats`](super).

use super::exchange::Place;
use super::limits::Millis;

/// One connection slot. `until` is the time limit of the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// No connection and no backend.
    Free,
    /// A login is in progress.
    Opening { place: Place, until: Millis },
    /// A statement is in progress.
    Asking { place: Place, until: Millis },
    /// The kept session, idle.
    Idle,
    /// A login, a statement or a Terminate got no reply in time. The connection is still open.
    Silent { place: Place, login: bool, since: Millis },
    /// Terminate was sent, and the server has not ended the stream yet.
    Leaving { place: Place, until: Millis },
    /// The network has lost the connection. The backend may still live.
    Broken { login: bool, until: Millis },
    /// The server has ended the stream. The backend is about to exit.
    Ending { until: Millis },
}

/// What takes a seat, for the status page and the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// The seat is free, or about to be.
    Nothing,
    /// A connection.
    Open,
    /// A connection that got no answer in time, and since when.
    Silent(Millis),
    /// A backend whose connection is closed on our side.
    Backend,
}
