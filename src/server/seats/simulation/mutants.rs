//! Mutants: the machine with one mistake each. A mistake is made from outside, by changing the events, the state or the actions.

use crate::server::seats::{Action, Event, Millis, SEATS, Seat, Seats};

const FOREVER: Millis = 1 << 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// A statement has no time limit.
    StatementWithoutLimit,
    /// A login has no time limit.
    LoginWithoutLimit,
    /// A Terminate has no time limit.
    FarewellWithoutLimit,
    /// Nothing answers, and `pg_up` stays 1.
    NoDoubt,
    /// A seat is free at the end of the stream, before the backend has exited.
    FreeAtTheEndOfTheStream,
    /// A seat is free once Terminate is sent.
    FreeAtTheFarewell,
    /// A seat is free once its connection is broken.
    FreeWhenBroken,
    /// A seat is free once its statement is over its time limit.
    FreeWhenSilent,
    /// A backend that was given up is forgotten.
    NoGhosts,
    /// The backend of a broken connection is never looked for.
    NoLook,
    /// A statement over its time limit is not cancelled.
    NoCancel,
    /// A session that is no longer needed is not closed.
    NoFarewell,
    /// The kept session never gives up its seat.
    NoTurns,
    /// There is no pause between attempts.
    NoPause,
    /// A refused login is ignored.
    DeafToRefusals,
    /// A broken connection is ignored.
    DeafToBrokenLines,
    /// A stop is ignored.
    DeafToStops,
    /// Time in which pgvigil was suspended counts against the server.
    StandstillCounts,
}

impl Mutant {
    /// Whether the machine receives the event.
    pub fn hears(self, event: Event, seats: &mut Seats) -> bool {
        if self == Self::StandstillCounts {
            seats.wake = FOREVER;
        }
        !matches!(
            (self, event),
            (Self::DeafToRefusals, Event::Refused(_))
                | (Self::DeafToBrokenLines, Event::Broke(_) | Event::Reset(_))
                | (Self::DeafToStops, Event::Stop)
                | (Self::NoLook, Event::Gone)
        )
    }

    /// Applies the mistake. Returns whether the machine has to run again.
    pub fn meddle(self, seats: &mut Seats, out: &mut Vec<Action>) -> bool {
        match self {
            Self::NoDoubt => seats.doubt = FOREVER,
            Self::NoGhosts => seats.ghost = false,
            Self::NoTurns => seats.rest = FOREVER,
            Self::NoPause => seats.retry = 0,
            Self::NoCancel => out.retain(|action| !matches!(action, Action::Cancel { .. })),
            Self::NoFarewell => out.retain(|action| !matches!(action, Action::Close { .. })),
            _ => {}
        }
        let mut again = false;
        for seat in 0..SEATS {
            match &mut seats.state[seat] {
                Seat::Asking { until, .. } if self == Self::StatementWithoutLimit => *until = FOREVER,
                Seat::Opening { until, .. } if self == Self::LoginWithoutLimit => *until = FOREVER,
                Seat::Leaving { until, .. } if self == Self::FarewellWithoutLimit => *until = FOREVER,
                state => {
                    let free = match state {
                        Seat::Ending { .. } => self == Self::FreeAtTheEndOfTheStream,
                        Seat::Leaving { .. } => self == Self::FreeAtTheFarewell,
                        Seat::Broken { .. } => self == Self::FreeWhenBroken,
                        Seat::Silent { .. } => self == Self::FreeWhenSilent,
                        _ => false,
                    };
                    if free {
                        *state = Seat::Free;
                        again = true;
                    }
                }
            }
        }
        again
    }
}
