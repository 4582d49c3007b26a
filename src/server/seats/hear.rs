//! What an event changes.

use super::limits::{ALONE_LIMIT, BREATH, DEAF, DRAIN, LOGIN_MARGIN, MARGIN, Millis, PATIENCE, RESET_MARGIN};
use super::{Action, Event, Login, Place, SEATS, Seat, Seats, Work};

impl Seats {
    pub(super) fn hear(&mut self, event: Event, work: &impl Work, out: &mut Vec<Action>) {
        match event {
            Event::Tick => {}
            Event::Opened(seat) => self.opened(seat, out),
            Event::Answered(seat) => self.answered(seat, work, out),
            Event::Refused(seat) => self.refused(seat, out),
            Event::Ended(seat) => self.lost(seat, None, out),
            Event::Broke(seat) => self.lost(seat, Some(MARGIN), out),
            Event::Reset(seat) => self.lost(seat, Some(RESET_MARGIN), out),
            Event::Gone => {
                self.ghost = false;
                for seat in 0..SEATS {
                    if matches!(self.state[seat], Seat::Broken { login: false, .. }) {
                        self.set(seat, Seat::Free);
                    }
                }
            }
            Event::Proxied(proxied) => self.proxied = proxied,
            Event::Reload { reconnect } => {
                (self.retry, self.failures) = (self.now, 0);
                self.stale = self.stale.map(|stale| stale || reconnect);
            }
            Event::Stop => self.stop(out),
        }
    }

    /// A login is through, perhaps late: what it has cost is not spent again.
    fn opened(&mut self, seat: usize, out: &mut Vec<Action>) {
        let (Seat::Opening { place, .. } | Seat::Silent { place, login: true, .. }) = self.state[seat] else { return };
        out.push(Action::Login { seat, place, login: Login::Entered });
        let goes_on = self.stop.is_none() && !self.stale[seat];
        match place {
            Place::Kept if goes_on && self.serving().is_none() => self.ask(seat, place, out),
            // The probe is at the same place. Where the kept session hangs, it is the first to get through.
            Place::Login if goes_on && self.kept().is_none() && self.turn.is_none() => self.ask(seat, Place::Kept, out),
            // Even where the visit has to end at once, an answer to it is a sign of life.
            Place::Database(_) if self.stop.is_none() => self.ask(seat, place, out),
            _ => self.leave(seat, place, out),
        }
    }

    fn answered(&mut self, seat: usize, work: &impl Work, out: &mut Vec<Action>) {
        self.doubt = self.now + DEAF;
        let goes_on = self.stop.is_none() && !self.stale[seat];
        match self.state[seat] {
            Seat::Asking { place: Place::Kept, .. } if goes_on => self.set(seat, Seat::Idle),
            // Late. The first session that answers is kept.
            Seat::Silent { place: Place::Kept, login: false, .. } if goes_on && self.serving().is_none() => {
                self.ask = self.now;
                self.set(seat, Seat::Idle);
            }
            Seat::Asking { place: place @ Place::Database(_), .. } if self.may_visit(seat) => match work.due(place) {
                Some((due, limit)) if due <= self.now && (self.turn.is_none() || limit <= ALONE_LIMIT) => self.run(seat, place, limit, out),
                _ => self.leave(seat, place, out),
            },
            Seat::Asking { place, .. } | Seat::Silent { place, login: false, .. } => self.leave(seat, place, out),
            _ => return,
        }
        // A session that is closed at once is a sign of no more than itself.
        if self.serving().is_some() || self.turn.is_some() {
            self.say(true, out);
        }
    }

    /// Whether a visit may go on here: the other seat is for the kept session, or that has made way.
    const fn may_visit(&self, seat: usize) -> bool {
        self.stop.is_none() && (!self.is_stuck(1 - seat) || self.turn.is_some())
    }

    fn refused(&mut self, seat: usize, out: &mut Vec<Action>) {
        let kept = matches!(self.state[seat], Seat::Opening { place: Place::Kept, .. });
        self.lost(seat, None, out);
        if kept && self.kept().is_none() {
            self.say(false, out);
        }
    }

    /// There is no connection any more. Where the server has not ended it, its backend may live for a `margin`.
    fn lost(&mut self, seat: usize, margin: Option<Millis>, out: &mut Vec<Action>) {
        let (login, until) = match self.state[seat] {
            Seat::Free | Seat::Broken { .. } | Seat::Ending { .. } => return,
            Seat::Opening { place, .. } | Seat::Silent { place, login: true, .. } => {
                out.push(Action::Login { seat, place, login: if margin.is_none() { Login::Refused } else { Login::Silent } });
                (true, self.now + LOGIN_MARGIN)
            }
            // The backend is at work until its time-out.
            Seat::Asking { until, .. } => (false, until.max(self.now + margin.unwrap_or_default())),
            Seat::Idle | Seat::Silent { .. } | Seat::Leaving { .. } => (false, self.now + margin.unwrap_or_default()),
        };
        self.set(seat, if margin.is_none() { Seat::Ending { until: self.now + BREATH } } else { Seat::Broken { login, until } });
    }

    fn stop(&mut self, out: &mut Vec<Action>) {
        self.stop = Some(self.now + DRAIN);
        for seat in 0..SEATS {
            match self.state[seat] {
                Seat::Asking { place, until } => self.set(seat, Seat::Asking { place, until: until.min(self.now + PATIENCE) }),
                // It was cancelled before, and hangs.
                Seat::Silent { .. } => self.hang_up(seat, out),
                _ => {}
            }
        }
    }
}
