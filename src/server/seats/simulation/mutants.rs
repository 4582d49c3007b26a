//! Machines with one mistake each. A mistake is made from outside: what the machine hears, what it has become, or what it says to do is changed.

use crate::server::seats::{Action, Event, Millis, SEATS, Seat, Seats};

const FOREVER: Millis = 1 << 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutant {
    /// A statement may take for ever.
    StatementWithoutLimit,
    /// A login may take for ever.
    LoginWithoutLimit,
    /// A farewell may take for ever.
    FarewellWithoutLimit,
    /// Nothing answers, and it is said to be up.
    NoDoubt,
    /// A seat is free at the end of the stream, before the backend has exited.
    FreeAtTheEndOfTheStream,
    /// A seat is free once its farewell is said.
    FreeAtTheFarewell,
    /// A seat is free once its line is broken.
    FreeWhenBroken,
    /// A seat is free once its statement is over time.
    FreeWhenSilent,
    /// A backend that was given up is forgotten.
    NoGhosts,
    /// A broken seat is never looked for.
    NoLook,
    /// What is over time is not cancelled.
    NoCancel,
    /// What does not go on is not closed.
    NoFarewell,
    /// The kept session never makes way.
    NoTurns,
    /// There is no pause between attempts.
    NoPause,
    /// A refusal is not heard.
    DeafToRefusals,
    /// A broken line is not heard of.
    DeafToBrokenLines,
    /// A stop is not heard.
    DeafToStops,
    /// Time that pgvigil stood still counts as the server's.
    StandstillCounts,
}

impl Mutant {
    /// Whether the machine hears it.
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

    /// What the mistake makes of it. Returns whether the machine has to think again.
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
