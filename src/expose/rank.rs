//! A ranking in which increases add up: the series that matter most are members and have counters of their own, all others are the remainder,
//! and what all of them together move between two polls is what the view moved. Pure: the clock is an argument.
//!
//! **Who matters.** A series' [standing](Standing) is its share of what moved in the last minutes, or its share of the total, whichever is larger. The
//! first finds what became slow ten minutes ago, the second what runs once an hour.
//!
//! **Who enters and leaves.** Where there is a seat for each series, each has one. Else a free seat goes to the best series that has a tenth of an even
//! share, and a member gives way to a series that has an even share and twice the best standing of the member. The best standing of a member halves each
//! day. So noise changes nothing. A member keeps its seat because of its best minutes of the day, and only a series twice as good takes it. A series
//! below an even share waits for a free seat. What matters always finds one: at most twice as many series as there are seats have an even share.
//!
//! **How it adds up.** A member starts at 0 when it enters. A reader has not seen that 0 yet, and would not see what moves before it does: for
//! [`HOLD`] what the member moves goes to the remainder. A time is used and not the scrapes themselves, since any number of readers come and go, and
//! one that comes seldom would keep every new member at 0. What a member moved before it entered stays in the remainder. A member that leaves ends, what
//! it moves from then on goes to the remainder, and what it moved as a member is not added to that: a remainder that jumps is a rate that never was. Its last
//! value stands on the page until [`HOLD`] after it was new, so that the readers have seen it, too.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::movement::{Admission, Movement, Shown, Whose};

/// For how long a value stands so that each reader has seen it: the longest scrape interval in common use, a minute, and what a poll and a scrape take.
pub const HOLD: Duration = Duration::from_secs(65);

/// Half of what moved is forgotten after this time: "the last minutes".
const HALF_OF_MOVEMENT: Duration = Duration::from_mins(2);

/// Half of the best standing is forgotten after this time: what runs once a day keeps its seat if it is twice what would take it.
const HALF_OF_BEST: Duration = Duration::from_hours(24);

/// What a series needs for a free seat, in even shares (one share is 1 / seats): less cannot be told from nothing on a graph.
const FREE_SEAT: f64 = 0.1;

/// What a series needs to take the place of a member, in even shares.
const TAKEN_SEAT: f64 = 1.0;

/// How many times the best standing of that member.
const BETTER: f64 = 2.0;

/// The memory of a ranking. Its size is that of the last poll.
#[derive(Debug, Default)]
pub struct Ranking {
    series: HashMap<Box<[u8]>, Standing>,
    departed: Vec<Departed>,
    remainder: Vec<f64>,
    /// Of which columns anything was ever known.
    is_known: Vec<bool>,
    polled: Option<Instant>,
    poll: u64,
}

#[derive(Debug, Default)]
struct Standing {
    /// What it moved, of which the older counts less.
    moved: f64,
    now: f64,
    best: f64,
    seat: Option<Membership>,
    /// The last poll that had it.
    poll: u64,
}

#[derive(Debug)]
struct Membership {
    /// From when on what it moves is its own. None since the first poll: there was no page before it.
    own_from: Option<Instant>,
    values: Vec<f64>,
}

/// What is the same for all series of a poll.
#[derive(Debug, Clone, Copy)]
struct Turn {
    now: Instant,
    /// The poll before.
    before: Option<Instant>,
    /// How many columns are added up.
    columns: usize,
    /// How many rows fit on the page.
    room: usize,
}

impl Turn {
    /// Until when the values of the poll before stand, if that is later than now.
    fn until(self) -> Option<Instant> {
        self.before.map(|before| before + HOLD).filter(|until| *until > self.now)
    }

    /// From when on what a member that enters now moves is its own.
    fn own_from(self) -> Option<Instant> {
        self.before.map(|_| self.now + HOLD)
    }
}

/// A member that has left, while its last value stands.
#[derive(Debug)]
struct Departed {
    key: Box<[u8]>,
    values: Vec<f64>,
    until: Instant,
}

impl Ranking {
    /// The keys of the members.
    #[must_use]
    pub fn members(&self) -> HashSet<Box<[u8]>> {
        self.series.iter().filter(|(_, standing)| standing.seat.is_some()).map(|(key, _)| key.clone()).collect()
    }

    /// How many series are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.series.len()
    }

    /// Takes in what all series moved in `columns` columns until `now`, each key once, and returns the rows for the page, `room` of them at most. The
    /// first one is the remainder, whose own key no series may take.
    pub fn poll(
        &mut self,
        now: Instant,
        admission: Admission<'_>,
        room: usize,
        movements: &[Movement],
        reserved: &[u8],
        columns: usize,
    ) -> Vec<Shown> {
        let turn = Turn { now, before: self.polled.replace(now), columns, room };
        self.poll += 1;
        self.remainder.resize(columns, 0.0);
        self.is_known.resize(columns, movements.is_empty());
        let elapsed = turn.before.map_or(Duration::ZERO, |before| now.saturating_duration_since(before));
        let by = if let Admission::Best { by, .. } = admission { Some(by) } else { None };
        self.weigh(movements, elapsed, by);
        let gone: Vec<Box<[u8]>> =
            self.series.iter().filter(|(_, standing)| standing.poll != self.poll).map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.leave(&key, turn);
            self.series.remove(&key);
        }
        if self.series.capacity() > 4 * self.series.len() + 64 {
            self.series.shrink_to_fit();
        }
        self.departed.retain(|departed| departed.until > now);
        // One that has just left waits until its last value was seen.
        let may_enter =
            |movement: &&Movement| *movement.key != *reserved && self.departed.iter().all(|departed| departed.key != movement.key);
        let candidates: Vec<&Movement> = movements.iter().filter(may_enter).collect();
        match admission {
            Admission::Best { seats, .. } => self.seat_best(seats.min(room.saturating_sub(1)), &candidates, turn),
            Admission::Like(members) => self.seat_like(members, &candidates, turn),
        }
        self.count(now, movements);
        self.shown(movements, room)
    }

    /// Notes what each series moved and what share of all that is.
    fn weigh(&mut self, movements: &[Movement], elapsed: Duration, by: Option<usize>) {
        let left = |half: Duration| (-elapsed.as_secs_f64() / half.as_secs_f64()).exp2();
        let (left_of_movement, left_of_best) = (left(HALF_OF_MOVEMENT), left(HALF_OF_BEST));
        let (mut moved, mut total) = (0.0, 0.0);
        for movement in movements {
            let standing = match self.series.get_mut(&movement.key) {
                Some(standing) => standing,
                None => self.series.entry(movement.key.clone()).or_default(),
            };
            standing.poll = self.poll;
            let increase = by.and_then(|by| movement.increases.get(by)).copied().filter(|increase| !increase.is_nan());
            standing.moved = standing.moved * left_of_movement + increase.unwrap_or_default();
            moved += standing.moved;
            total += movement.total;
        }
        let share = |part: f64, all: f64| if all > 0.0 { part / all } else { 0.0 };
        for movement in movements {
            if let Some(standing) = self.series.get_mut(&movement.key) {
                standing.now = share(standing.moved, moved).max(share(movement.total, total));
                standing.best = (standing.best * left_of_best).max(standing.now);
            }
        }
    }

    fn seat_best(&mut self, seats: usize, candidates: &[&Movement], turn: Turn) {
        let has_seat = |movement: &&Movement| self.series.get(&movement.key).is_some_and(|standing| standing.seat.is_some());
        let of = |key: &[u8]| self.series.get(key).map_or((0.0, 0.0), |standing| (standing.now, standing.best));
        let (members, others): (Vec<&Movement>, Vec<&Movement>) = candidates.iter().partition(|movement| has_seat(movement));
        let mut members: Vec<(f64, &[u8])> = members.into_iter().map(|member| (of(&member.key).1, &*member.key)).collect();
        // The weakest first.
        members.sort_unstable_by(|one, two| one.0.total_cmp(&two.0).then(one.1.cmp(two.1)));
        let mut weakest = members.iter().map(|(best, key)| (*best, *key));
        let over = members.len().saturating_sub(seats);
        let mut leaving: Vec<&[u8]> = weakest.by_ref().take(over).map(|(_, key)| key).collect();

        let even = |shares: f64| shares / f64::from(u32::try_from(seats).unwrap_or(u32::MAX).max(1));
        // Where there is room for all, and before there was a choice, what it is worth does not matter.
        let least = if candidates.len() <= seats || turn.before.is_none() { 0.0 } else { even(FREE_SEAT) };
        let mut others: Vec<(f64, &[u8])> =
            others.into_iter().map(|other| (of(&other.key).0, &*other.key)).filter(|(now, _)| *now >= least).collect();
        others.sort_unstable_by(|one, two| two.0.total_cmp(&one.0).then(one.1.cmp(two.1)));
        let mut entering = Vec::new();
        let mut free = seats.saturating_sub(members.len());
        for (now, key) in others {
            if free > 0 {
                free -= 1;
            } else {
                let gives_way = |best: &f64| now >= even(TAKEN_SEAT) && now >= best * BETTER;
                let Some((_, member)) = weakest.next().filter(|(best, _)| seats > 0 && gives_way(best)) else { break };
                leaving.push(member);
            }
            entering.push(key);
        }
        for key in leaving {
            self.leave(key, turn);
        }
        for key in entering {
            self.enter(key, turn);
        }
    }

    fn seat_like(&mut self, members: &HashSet<Box<[u8]>>, candidates: &[&Movement], turn: Turn) {
        let mut wanted: Vec<&Movement> = candidates.iter().copied().filter(|movement| members.contains(&movement.key)).collect();
        // Where there is not room for all, those that have a seat keep it.
        let has_no_seat = |key: &[u8]| self.series.get(key).is_none_or(|standing| standing.seat.is_none());
        wanted.sort_unstable_by(|one, two| (has_no_seat(&one.key), &one.key).cmp(&(has_no_seat(&two.key), &two.key)));
        wanted.truncate(turn.room.saturating_sub(1));
        let wanted: HashSet<&[u8]> = wanted.iter().map(|movement| &*movement.key).collect();
        for movement in candidates {
            if wanted.contains(&*movement.key) {
                self.enter(&movement.key, turn);
            } else {
                self.leave(&movement.key, turn);
            }
        }
    }

    /// Gives a series a seat if it has none.
    fn enter(&mut self, key: &[u8], turn: Turn) {
        if let Some(standing) = self.series.get_mut(key).filter(|standing| standing.seat.is_none()) {
            standing.seat = Some(Membership { own_from: turn.own_from(), values: vec![0.0; turn.columns] });
        }
    }

    /// Takes the seat of a series if it has one. What it last showed stands until it was seen.
    fn leave(&mut self, key: &[u8], turn: Turn) {
        let Some(holder) = self.series.get_mut(key).and_then(|standing| standing.seat.take()) else { return };
        if let Some(until) = turn.until() {
            self.departed.push(Departed { key: key.into(), values: holder.values, until });
        }
    }

    /// Adds each increase to the series or to the remainder.
    fn count(&mut self, now: Instant, movements: &[Movement]) {
        for movement in movements {
            let holder = self.series.get_mut(&movement.key).and_then(|standing| standing.seat.as_mut());
            let is_own = |holder: &&mut Membership| holder.own_from.is_none_or(|from| from <= now);
            let values = holder.filter(is_own).map_or(&mut self.remainder, |holder| &mut holder.values);
            for ((value, increase), is_known) in values.iter_mut().zip(&movement.increases).zip(&mut self.is_known) {
                if !increase.is_nan() {
                    *value += increase;
                    *is_known = true;
                }
            }
        }
    }

    fn shown(&self, movements: &[Movement], room: usize) -> Vec<Shown> {
        let remainder = self.remainder.iter().zip(&self.is_known).map(|(value, is_known)| if *is_known { *value } else { f64::NAN });
        let mut shown = vec![Shown { whose: Whose::Remainder, values: remainder.collect() }];
        for (index, movement) in movements.iter().enumerate() {
            let Some(holder) = self.series.get(&movement.key).and_then(|standing| standing.seat.as_ref()) else { continue };
            let is_null = movement.increases.iter().map(|increase| increase.is_nan());
            let values = holder.values.iter().zip(is_null).map(|(value, is_null)| if is_null { f64::NAN } else { *value });
            shown.push(Shown { whose: Whose::Member(index), values: values.collect() });
        }
        let left = room.saturating_sub(shown.len());
        let departed = self.departed.iter().rev().take(left);
        shown.extend(departed.map(|departed| Shown { whose: Whose::Departed(departed.key.clone()), values: departed.values.clone() }));
        shown
    }
}

#[cfg(test)]
mod tests;
