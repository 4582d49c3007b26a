//! How an event changes the state of the seats.

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

    /// A login succeeded, perhaps late. The session is used where it can be, so that its cost is not paid twice.
    fn opened(&mut self, seat: usize, out: &mut Vec<Action>) {
        let (Seat::Opening { place, .. } | Seat::Silent { place, login: true, .. }) = self.state[seat] else { return };
        out.push(Action::Login { seat, place, login: Login::Entered });
        let goes_on = self.stop.is_none() && !self.stale[seat];
        match place {
            Place::Kept if goes_on && self.serving().is_none() => self.ask(seat, place, out),
            // The probe is in the same database. If the kept session hangs, the probe is the first session to get through and replaces it.
            Place::Login if goes_on && self.kept().is_none() && self.turn.is_none() => self.ask(seat, Place::Kept, out),
            // Even if this connection has to end at once, an answer on it shows that the server is alive and postpones `pg_up` 0.
            Place::Database(_) if self.stop.is_none() => self.ask(seat, place, out),
            _ => self.leave(seat, place, out),
        }
    }

    fn answered(&mut self, seat: usize, work: &impl Work, out: &mut Vec<Action>) {
        self.doubt = self.now + DEAF;
        let goes_on = self.stop.is_none() && !self.stale[seat];
        match self.state[seat] {
            Seat::Asking { place: Place::Kept, .. } if goes_on => self.set(seat, Seat::Idle),
            // A late answer. The first session that answers becomes the kept one.
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
        // An answer on a session that is closed at once is not enough for `pg_up` to become 1.
        if self.serving().is_some() || self.turn.is_some() {
            self.say(true, out);
        }
    }

    /// Whether a short-lived connection may continue here: the other seat is available to the kept session, or the kept session has given up its own.
    const fn may_visit(&self, seat: usize) -> bool {
        self.stop.is_none() && (!self.is_alone(seat) || self.turn.is_some())
    }

    fn refused(&mut self, seat: usize, out: &mut Vec<Action>) {
        let kept = matches!(self.state[seat], Seat::Opening { place: Place::Kept, .. });
        self.lost(seat, None, out);
        if kept && self.kept().is_none() {
            self.say(false, out);
        }
    }

    /// A connection is gone. If the server has not ended it, its backend may live for `margin` longer.
    fn lost(&mut self, seat: usize, margin: Option<Millis>, out: &mut Vec<Action>) {
        let (login, until) = match self.state[seat] {
            Seat::Free | Seat::Broken { .. } | Seat::Ending { .. } => return,
            Seat::Opening { place, .. } | Seat::Silent { place, login: true, .. } => {
                out.push(Action::Login { seat, place, login: if margin.is_none() { Login::Refused } else { Login::Silent } });
                (true, self.now + LOGIN_MARGIN)
            }
            // The backend may work until its timeout.
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
                // Its statement was cancelled before, and it hangs.
                Seat::Silent { .. } => self.hang_up(seat, out),
                _ => {}
            }
        }
    }
}
