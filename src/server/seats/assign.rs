//! What each seat is used for next.

use super::limits::{ANSWER, KEPT_LIMIT, OVERDUE, RARE, RETRY, TURN, YIELD};
use super::{Action, Millis, Place, SEATS, Seat, Seats, Work};

impl Seats {
    /// Opens the connections and sends the statements that are due.
    pub(super) fn assign(&mut self, work: &impl Work, out: &mut Vec<Action>) {
        let in_use = |seat: &Seat| !matches!(seat, Seat::Free | Seat::Silent { .. } | Seat::Broken { .. });
        let one_too_many = self.ghost && self.state.iter().any(in_use);
        let free = self.state.iter().position(|seat| *seat == Seat::Free).filter(|_| !one_too_many);
        match (self.serving(), free) {
            (Some(kept), free) => {
                let mut free = free.filter(|_| self.up == Some(true));
                if let Some(seat) = free
                    && let Some((at, place)) = work.visit(None, false)
                    && self.is_time(at)
                {
                    self.open(seat, place, out);
                    free = None;
                }
                if self.state[kept] == Seat::Idle {
                    self.keep(kept, free.is_some(), work, out);
                }
            }
            (None, _) if self.kept().is_some() => {}
            (None, Some(seat)) => self.enter(seat, work, out),
            (None, None) if self.turn.is_none() => self.hurry(out),
            (None, None) => {}
        }
    }

    /// What the kept session does next. The heartbeat comes first.
    fn keep(&mut self, kept: usize, free: bool, work: &impl Work, out: &mut Vec<Action>) {
        if self.stale[kept] {
            self.leave(kept, Place::Kept, out);
        } else if self.is_time(self.ask) {
            self.failures = 0;
            self.ask(kept, Place::Kept, out);
        } else if let Some(at) = work.locks(free)
            && self.is_time(at)
        {
            out.push(Action::Locks { seat: kept });
            self.set(kept, Seat::Asking { place: Place::Kept, until: self.now + ANSWER });
        } else if let Some((at, limit)) = work.due(Place::Kept)
            && self.is_time(at)
        {
            self.run(kept, Place::Kept, limit.min(KEPT_LIMIT), out);
        } else if self.is_alone(kept)
            && let Some((at, _)) = work.visit(self.place(1 - kept), true)
            && self.is_time(self.rest.max(at + OVERDUE))
        {
            self.turn = Some(self.now + TURN);
            self.leave(kept, Place::Kept, out);
        }
    }

    /// There is a free seat and no kept session. The kept session comes first, unless it has given up its seat to short-lived connections.
    fn enter(&mut self, seat: usize, work: &impl Work, out: &mut Vec<Action>) {
        if self.turn.is_some_and(|until| self.now < until)
            && self.is_alone(seat)
            && let Some((at, place)) = work.visit(self.place(1 - seat), true)
            && at <= self.now
        {
            self.open(seat, place, out);
        } else if self.is_time(self.retry) {
            if self.turn.take().is_some() {
                self.rest = self.now + TURN * 2;
            }
            self.retry = self.now + pause(self.failures);
            self.failures += 1;
            self.open(seat, Place::Kept, out);
        }
    }

    /// Whether this is the only seat that can be used.
    pub(super) const fn is_alone(&self, seat: usize) -> bool {
        self.ghost || self.is_stuck(1 - seat)
    }

    /// The only seat that can be used is not the kept session's: the statement in it has to end.
    fn hurry(&mut self, out: &mut Vec<Action>) {
        for seat in 0..SEATS {
            if let Seat::Asking { place, until } = self.state[seat]
                && self.is_alone(seat)
                && until > self.now + YIELD
            {
                out.push(Action::Cancel { seat, over_time: false });
                self.set(seat, Seat::Asking { place, until: self.now + YIELD });
            }
        }
    }

    /// Closes what is left after a stop.
    pub(super) fn drain(&mut self, deadline: Millis, out: &mut Vec<Action>) {
        let over = self.is_time(deadline);
        for seat in 0..SEATS {
            match self.state[seat] {
                Seat::Idle => self.leave(seat, Place::Kept, out),
                Seat::Broken { .. } => self.set(seat, Seat::Free),
                Seat::Silent { .. } if over => self.hang_up(seat, out),
                _ => {}
            }
        }
        if self.state == [Seat::Free; SEATS] && !std::mem::replace(&mut self.done, true) {
            out.push(Action::Done);
        }
    }
}

/// The time from the start of one attempt to open the kept session to the next, after so many that did not last.
fn pause(failures: u32) -> Millis {
    (RETRY << failures.min(8)).min(RARE)
}
