//! In which states a seat can be: the diagram of [`seats`](super) in the same words.

use super::exchange::Place;
use super::limits::Millis;

/// One connection slot. `until` is when the state is over by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seat {
    /// No connection, and no backend of one.
    Free,
    /// A login is under way.
    Opening { place: Place, until: Millis },
    /// A statement is under way.
    Asking { place: Place, until: Millis },
    /// The kept session, with nothing to do.
    Idle,
    /// A login, a statement or a farewell is over time. The line is whole.
    Silent { place: Place, login: bool, since: Millis },
    /// A farewell was said.
    Leaving { place: Place, until: Millis },
    /// The network has lost the line. The backend may live.
    Broken { login: bool, until: Millis },
    /// The server has ended the stream. The backend is about to exit.
    Ending { until: Millis },
}

/// What takes a seat, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// It is free, or about to be.
    Nothing,
    /// A connection.
    Open,
    /// A connection that got no answer in time, and since when.
    Silent(Millis),
    /// A backend whose connection is closed.
    Backend,
}
