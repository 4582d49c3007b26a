//! A history: the faults of ten minutes. It is made from a seed or by proptest, and printed so that it can be pasted as a test.

use proptest::prelude::*;

use super::dice::Dice;
use crate::server::seats::{Millis, SEATS};

/// How many databases the server has.
pub const DATABASES: usize = 4;

/// The length of a history, without the stop.
pub const LENGTH: Millis = 600_000;

/// After this time no new fault begins, so that everything has to recover.
const QUIET: Millis = 540_000;

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// The backend of this seat hangs.
    Hang(usize),
    /// The backend ignores its timeout and notices only a cancel.
    Deaf(usize),
    /// The network forgets the connection.
    Lose(usize),
    /// The same, and a reset tells the client at once.
    Reset(usize),
    /// The network loses the next Terminate, and the connection with it.
    LoseFarewell,
    /// The server ends the session of this seat.
    Terminate(usize),
    /// No packet gets through.
    Blackhole,
    /// Every process of the server is suspended.
    Suspend,
    /// The server is down.
    Restart,
    RefuseLogins,
    SlowLogins,
    /// Statements take up to their timeout.
    Load,
    /// Logins to one database hang.
    Lock(usize),
    /// All logins hang.
    LockAll,
    /// A database refuses logins.
    Refuse(usize),
    Reload {
        reconnect: bool,
    },
    /// pgvigil is suspended, or its clock steps.
    Freeze,
}

/// A fault, when it begins, and how long it lasts.
pub type Strike = (Millis, Millis, Fault);

#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub seed: u64,
    /// Whether there is a proxy that acknowledges instead of the server.
    pub proxied: bool,
    /// Whether pgvigil may not read which databases are locked.
    pub blind: bool,
    /// When pgvigil is stopped.
    pub stop: Millis,
    pub strikes: Vec<Strike>,
}

impl History {
    pub fn from_seed(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5EA7);
        let mut strikes = Vec::new();
        let mut at = 5_000 + dice.below(20_000);
        while at < QUIET {
            let lasts = match dice.below(8) {
                0 => 1 + dice.below(400_000),
                1 => 1 + dice.below(200),
                _ => 1 + dice.below(45_000),
            };
            let (kind, which) = (dice.below(24), dice.below(64));
            let strike = strike(at, lasts, kind, which);
            if strike.2 == Fault::SlowLogins {
                // Logins are short: without this the network would hardly ever lose one.
                for seat in 0..SEATS {
                    strikes.push((at + dice.below(strike.1.min(20_000)), 1, Fault::Lose(seat)));
                }
            }
            strikes.push(strike);
            let most = if dice.below(3) == 0 { 100_000 } else { 30_000 };
            at += 1_000 + dice.below(most);
        }
        strikes.sort_by_key(|(at, ..)| *at);
        let stop = if dice.below(3) == 0 { 60_000 + dice.below(QUIET) } else { LENGTH };
        Self { seed, proxied: dice.below(8) == 0, blind: dice.below(2) == 0, stop, strikes }
    }

    /// The fewest faults that still fail, found by leaving out one after the other.
    pub fn shrink(mut self, fails: impl Fn(&Self) -> bool) -> Self {
        let mut at = 0;
        while at < self.strikes.len() {
            let mut less = self.clone();
            less.strikes.remove(at);
            if fails(&less) { (self, at) = (less, 0) } else { at += 1 }
        }
        self
    }
}

fn seat_of(which: u64) -> usize {
    usize::try_from(which).unwrap() % SEATS
}

/// Any fault; `which` selects the seat or database it hits.
fn strike(at: Millis, lasts: Millis, kind: u64, which: u64) -> Strike {
    let (seat, database) = (seat_of(which), usize::try_from(which).unwrap() % DATABASES);
    let fault = match kind {
        0..3 => Fault::Hang(seat),
        3 => Fault::Deaf(seat),
        4 => Fault::Lose(seat),
        5 if which < 32 => Fault::Lose(seat),
        5 => Fault::LoseFarewell,
        6 => Fault::Reset(seat),
        7 => Fault::Terminate(seat),
        8..10 => Fault::Blackhole,
        10 => Fault::Suspend,
        11 => Fault::Restart,
        12 => Fault::RefuseLogins,
        13 | 14 => Fault::SlowLogins,
        15 => Fault::Load,
        16..18 => Fault::Lock(database),
        18 => Fault::LockAll,
        19..21 => Fault::Refuse(database),
        21 => Fault::Reload { reconnect: which.is_multiple_of(2) },
        _ => Fault::Freeze,
    };
    (at, lasts.min(QUIET.saturating_sub(at).max(1)), fault)
}

/// Any history, in a form that proptest can shrink.
pub fn any_history() -> impl Strategy<Value = History> {
    let strikes = proptest::collection::vec((1_000..QUIET, 1..60_000_u64, 0..24_u64, 0..64_u64), 0..30);
    let way = (proptest::bool::weighted(0.12), any::<bool>());
    (any::<u64>(), way, 60_000..=LENGTH, strikes).prop_map(|(seed, (proxied, blind), stop, strikes)| {
        let mut strikes: Vec<Strike> = strikes.into_iter().map(|(at, lasts, kind, which)| strike(at, lasts, kind, which)).collect();
        strikes.sort_by_key(|(at, ..)| *at);
        History { seed, proxied, blind, stop, strikes }
    })
}
