//! The promises, and a readable summary of the histories that keep them.

use std::fmt;
use std::time::Duration;

use crate::server::seats::{Millis, Seat};

/// `pg_up` is right within this time.
pub const TRUTH: Millis = 15_000;
/// Everything is back this long after the last fault.
pub const BACK: Millis = 30_000;
/// A stop takes at most this long.
pub const STOP: Millis = 8_000;
/// The most steps and actions in one minute.
pub const BOUND: u64 = 400;

/// The promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promise {
    Two,
    Up,
    Back,
    Fresh,
    Bounded,
    NothingLeft,
}

/// The promise that is broken, and what happened.
pub type Broken = (Promise, String);

/// What histories that keep all promises have seen.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    pub histories: u64,
    pub steps: u64,
    pub cancels: u64,
    /// Steps and actions in the busiest minute.
    pub busiest: u64,
    /// Histories in which there was a third backend that no client could detect, and for how long in total.
    pub thirds: u64,
    pub third: Millis,
    /// The same without a proxy.
    pub direct: u64,
    /// How often `pg_up` was wrong although reality had not changed for long.
    pub blips: u64,
    /// How often each state change of a seat was seen.
    pub changes: [[u64; 8]; 8],
}

impl Seen {
    pub fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.cancels += other.cancels;
        self.busiest = self.busiest.max(other.busiest);
        self.thirds += other.thirds;
        self.third += other.third;
        self.direct += other.direct;
        self.blips += other.blips;
        for (to, from) in self.changes.as_flattened_mut().iter_mut().zip(other.changes.as_flattened()) {
            *to += from;
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { histories, steps, cancels, busiest, thirds, third, direct, blips, .. } = self;
        write!(f, "{histories} histories, {steps} steps, {cancels} cancel requests, {busiest} steps and actions in the busiest minute; ")?;
        write!(
            f,
            "a third backend in {thirds} ({direct} without a proxy) for {} s in all; {blips} times pg_up was wrong for a moment",
            third / 1_000
        )
    }
}

/// The index of a state, for counting.
pub fn kind(seat: Seat) -> usize {
    match seat {
        Seat::Free => 0,
        Seat::Opening { .. } => 1,
        Seat::Asking { .. } => 2,
        Seat::Idle => 3,
        Seat::Silent { .. } => 4,
        Seat::Leaving { .. } => 5,
        Seat::Broken { .. } => 6,
        Seat::Ending { .. } => 7,
    }
}

pub const KINDS: [&str; 8] = ["Free", "Opening", "Asking", "Idle", "Silent", "Leaving", "Broken", "Ending"];

pub fn seconds(millis: Millis) -> f64 {
    Duration::from_millis(millis).as_secs_f64()
}

/// A state in a few letters, with its time limit.
pub fn short(seat: Seat) -> String {
    let (place, until) = match seat {
        Seat::Free | Seat::Idle => (None, None),
        Seat::Opening { place, until } | Seat::Asking { place, until } | Seat::Leaving { place, until } => (Some(place), Some(until)),
        Seat::Silent { place, .. } => (Some(place), None),
        Seat::Broken { until, .. } | Seat::Ending { until } => (None, Some(until)),
    };
    let place = place.map(|place| format!(" {}", plain(&format!("{place:?}")))).unwrap_or_default();
    let until = until.map(|until| format!(" ..{:.3}", seconds(until))).unwrap_or_default();
    format!("{}{place}{until}", KINDS[kind(seat)])
}

/// Removes the braces.
pub fn plain(text: &str) -> String {
    text.replace("Database(Database(", "db(")
        .replace("))", ")")
        .replace(" { ", "(")
        .replace(" }", ")")
        .replace("seat: ", "")
        .replace("place: ", "")
}
