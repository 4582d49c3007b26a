//! The two seats: pgvigil's two connection slots on a server, as a pure state machine. It takes [events](Event) and returns [actions](Action). It has
//! no futures, no clock and no status board. The caller performs the actions and reports what happens. `simulation` is one such caller, with a model of
//! a server instead of a real one.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`exchange`] | events, actions, and what the seats ask of the work |
//! | [`hear`] | how an event changes the state |
//! | [`assign`] | what each seat is used for next |
//! | [`seat`] | the states of a seat |
//! | [`limits`] | all time limits, and compile-time checks that their sums keep the promises |
//!
//! ```text
//!            Open               Opened: Ask             Answered
//!   Free ──────────▶ Opening ───────────────▶ Asking ◀────────────▶ Idle          Idle is the kept session only; back by Ask, Run
//!                       │ over time              │ over time, Cancel  │
//!                       ▼                        ▼                    │
//!                     Silent ◀───────────────────┤                    │           Opened late: Asking; Answered late, and none is kept: Idle
//!                       │ else                   │ nothing more to do │
//!                       ▼                        ▼                    ▼
//!                     Leaving ◀───────────────────────────────────────┘           Close; over time: Silent
//!                       │ Ended
//!   Free ◀── 50 ms ── Ending ◀── Refused, Ended ── each with a connection
//!   Free ◀── Gone ─── Broken ◀── Broke, Reset ──── each with a connection         or in time; Silent behind a proxy, after 8 s: Drop
//!   Free ◀── Drop ─── Silent                                                      after a stop
//! ```
//!
//! - A seat is taken from the first packet of a login until the server's backend has exited. When the server ends the stream, the backend is known to
//!   exit (`Ending`). When the network loses a connection, the keepalives of both kernels break it at both ends within 7 s (`Broken`). The kept session
//!   then looks for the backend. If no session can look, the seat becomes free after a pause.
//! - A backend that hangs leaves its connection open (`Silent`). Its statement is cancelled, and its seat stays taken. If it answers after all, the
//!   session is used again where it is useful and closed where it is not.
//! - One seat is for the kept session, which sends a heartbeat every 5 s. The other seat is for short-lived connections: the
//!   login probe, the other databases, long statements. When the other seat is stuck, the kept session gives up its own seat to them for some seconds
//!   and then reconnects.
//! - A cancel request takes no seat. The server handles it before there is a session, without a slot of `max_connections`, in some milliseconds.
//! - A third backend is possible in one case: a backend hangs *and* its connection is lost, or a proxy hides it. The backend still lives, and no client
//!   can know. When pgvigil finds it, it is a `ghost`: one seat stays unused until that backend is gone.
//!
//! | Word in the code | Meaning |
//! | --- | --- |
//! | place | what a connection is for: the kept session, the login probe, or a database |
//! | visit | a short-lived connection, beside the kept session or in its seat (`alone`) |
//! | turn, rest | how long short-lived connections may start in the kept session's seat, and how long it keeps its seat afterwards |
//! | line | a connection |
//! | farewell | the Terminate message |
//! | look | a search for the backends of broken connections |
//! | stuck | a seat that is `Silent` or `Broken`: taken, and nothing tells when it will be free |

mod assign;
mod exchange;
mod hear;
mod limits;
mod seat;
#[cfg(test)]
mod simulation;

pub use exchange::{Action, Database, Event, Login, Place, Work};
pub use limits::{ALONE_LIMIT, GRACE, KEPT_LIMIT, LOGIN, Millis, PACE};
use limits::{ANSWER, BREATH, FAREWELL, LATE, MARGIN, UNTOLD, UNTOLD_LOGIN};
pub use seat::Held;
use seat::Seat;

/// How many connections pgvigil may have to a server, in whatever state they are.
pub const SEATS: usize = 2;

/// The state of both seats.
#[derive(Debug)]
pub struct Seats {
    state: [Seat; SEATS],
    /// The time limit for a login.
    login: Millis,
    /// Whether a seat's connection was opened with settings that have changed since.
    stale: [bool; SEATS],
    /// Whether a seat was declared free although its backend was not seen to exit.
    ghost: bool,
    /// Whether there is a proxy between, which hides lost connections.
    proxied: bool,
    /// The value of `pg_up`, and when it becomes 0 unless there is an answer.
    up: Option<bool>,
    doubt: Millis,
    /// When the next heartbeat is due.
    ask: Millis,
    /// When the kept session may be opened again, and how many times in a row it lived for less than one [`PACE`].
    retry: Millis,
    failures: u32,
    /// Short-lived connections have the kept session's seat; new ones may start until `turn`. Once the kept session is back, it stays at least until
    /// `rest`.
    turn: Option<Millis>,
    rest: Millis,
    /// After a stop: when every remaining connection is dropped, and whether the stop is complete.
    stop: Option<Millis>,
    done: bool,
    /// The time of the last event, and when to wake up next.
    now: Millis,
    wake: Millis,
    #[cfg(test)]
    trail: Vec<(Seat, Seat)>,
}

impl Seats {
    /// Both seats are free. `login` is the time limit for a login, at most [`LOGIN`].
    #[must_use]
    pub fn new(now: Millis, login: Millis) -> Self {
        let login = login.min(LOGIN);
        Self {
            login,
            state: [Seat::Free; SEATS],
            stale: [false; SEATS],
            ghost: false,
            proxied: false,
            up: None,
            doubt: now + LOGIN,
            ask: now,
            retry: now,
            failures: 0,
            turn: None,
            rest: now,
            stop: None,
            done: false,
            now,
            wake: now,
            #[cfg(test)]
            trail: Vec::new(),
        }
    }

    /// The state after a panic: the connections were dropped, and their backends live for a while longer.
    #[must_use]
    pub fn after_panic(now: Millis, login: Millis) -> Self {
        Self { state: [Seat::Broken { login: false, until: now + MARGIN }; SEATS], ..Self::new(now, login) }
    }

    /// What takes this seat, and if it is unresponsive, since when.
    #[must_use]
    pub const fn holds(&self, seat: usize) -> Held {
        match self.state[seat] {
            Seat::Free | Seat::Ending { .. } => Held::Nothing,
            Seat::Broken { .. } => Held::Backend,
            Seat::Silent { since, .. } => Held::Silent(since),
            Seat::Opening { .. } | Seat::Asking { .. } | Seat::Idle | Seat::Leaving { .. } => Held::Open,
        }
    }

    /// When to call [`step`](Self::step) with a tick, unless another event happens before.
    #[must_use]
    pub const fn wake(&self) -> Millis {
        self.wake
    }

    /// Handles an event and appends the resulting actions to `out`, in the order in which to perform them.
    pub fn step(&mut self, now: Millis, event: Event, work: &impl Work, out: &mut Vec<Action>) {
        if now > self.wake.saturating_add(LATE) {
            self.stood_still(now - self.now);
        }
        self.now = self.now.max(now);
        self.hear(event, work, out);
        while self.pass(work, out) {}
    }

    /// If pgvigil itself was suspended, answers may be waiting to be read: no time limit expires before they are.
    fn stood_still(&mut self, slept: Millis) {
        self.doubt += slept;
        self.stop = self.stop.map(|deadline| deadline + slept);
        for seat in &mut self.state {
            match seat {
                Seat::Opening { until: time, .. }
                | Seat::Asking { until: time, .. }
                | Seat::Leaving { until: time, .. }
                | Seat::Silent { since: time, .. } => *time += slept,
                // No answer can come in these states.
                Seat::Free | Seat::Idle | Seat::Broken { .. } | Seat::Ending { .. } => {}
            }
        }
    }

    /// Does everything that is due, once. Returns whether anything changed: then more may be due.
    fn pass(&mut self, work: &impl Work, out: &mut Vec<Action>) -> bool {
        let before = (self.state, out.len());
        self.wake = Millis::MAX;
        (0..SEATS).for_each(|seat| self.expire(seat, out));
        match self.stop {
            Some(deadline) => self.drain(deadline, out),
            None => self.assign(work, out),
        }
        if self.stop.is_none() && self.up != Some(false) && self.is_time(self.doubt) {
            self.say(false, out);
        }
        before != (self.state, out.len())
    }

    /// Applies the time limit of the seat's state.
    fn expire(&mut self, seat: usize, out: &mut Vec<Action>) {
        let now = self.now;
        let state = self.state[seat];
        match state {
            Seat::Opening { place, until } if self.is_time(until) => {
                out.push(Action::Login { seat, place, login: Login::Silent });
                self.set(seat, Seat::Silent { place, login: true, since: now });
                if self.up.is_none() {
                    self.say(false, out);
                }
            }
            Seat::Asking { place, until } if self.is_time(until) => {
                out.push(Action::Cancel { seat, over_time: true });
                self.set(seat, Seat::Silent { place, login: false, since: now });
            }
            Seat::Leaving { place, until } if self.is_time(until) => self.set(seat, Seat::Silent { place, login: false, since: now }),
            Seat::Silent { login, since, .. } if self.proxied && self.is_time(since + if login { UNTOLD_LOGIN } else { UNTOLD }) => {
                out.push(Action::Drop { seat });
                self.set(seat, Seat::Broken { login, until: now + BREATH });
            }
            // No session can tell whether the backend is gone: not for a login, and not while the other seat is stuck too.
            Seat::Broken { login, until } if (login || self.is_stuck(1 - seat)) && self.is_time(until) => {
                self.ghost |= !login;
                self.set(seat, Seat::Free);
            }
            Seat::Ending { until } if self.is_time(until) => self.set(seat, Seat::Free),
            _ => {}
        }
    }

    /// Whether it is time. If not, wakes up then.
    fn is_time(&mut self, at: Millis) -> bool {
        if at > self.now {
            self.wake = self.wake.min(at);
        }
        at <= self.now
    }

    fn set(&mut self, seat: usize, to: Seat) {
        #[cfg(test)]
        self.trail.push((self.state[seat], to));
        self.state[seat] = to;
    }

    fn say(&mut self, up: bool, out: &mut Vec<Action>) {
        if self.up.replace(up) != Some(up) {
            out.push(Action::Up(up));
        }
    }

    fn open(&mut self, seat: usize, place: Place, out: &mut Vec<Action>) {
        out.push(Action::Open { seat, place, alone: self.turn.is_some() && matches!(place, Place::Database(_)) });
        self.stale[seat] = false;
        self.set(seat, Seat::Opening { place, until: self.now + self.login });
    }

    fn ask(&mut self, seat: usize, place: Place, out: &mut Vec<Action>) {
        let look = place == Place::Kept && (self.ghost || matches!(self.state[1 - seat], Seat::Broken { login: false, .. }));
        out.push(Action::Ask { seat, look });
        if place == Place::Kept {
            self.ask = self.now + PACE;
        }
        self.set(seat, Seat::Asking { place, until: self.now + ANSWER });
    }

    fn run(&mut self, seat: usize, place: Place, limit: Millis, out: &mut Vec<Action>) {
        out.push(Action::Run { seat });
        self.set(seat, Seat::Asking { place, until: self.now + limit + GRACE });
    }

    fn leave(&mut self, seat: usize, place: Place, out: &mut Vec<Action>) {
        out.push(Action::Close { seat });
        self.set(seat, Seat::Leaving { place, until: self.now + FAREWELL });
    }

    fn hang_up(&mut self, seat: usize, out: &mut Vec<Action>) {
        out.push(Action::Drop { seat });
        self.set(seat, Seat::Free);
    }

    /// The seat of the kept session.
    fn serving(&self) -> Option<usize> {
        self.state.iter().position(|seat| matches!(seat, Seat::Idle | Seat::Asking { place: Place::Kept, .. }))
    }

    /// The seat of the kept session, or of its login.
    fn kept(&self) -> Option<usize> {
        let coming = |seat: &Seat| matches!(seat, Seat::Opening { place: Place::Kept, .. });
        self.serving().or_else(|| self.state.iter().position(coming))
    }

    /// Whether the seat is taken and nothing tells when it will be free.
    const fn is_stuck(&self, seat: usize) -> bool {
        matches!(self.state[seat], Seat::Silent { .. } | Seat::Broken { .. })
    }

    const fn place(&self, seat: usize) -> Option<Place> {
        match self.state[seat] {
            Seat::Opening { place, .. } | Seat::Asking { place, .. } | Seat::Silent { place, .. } | Seat::Leaving { place, .. } => {
                Some(place)
            }
            Seat::Idle => Some(Place::Kept),
            Seat::Free | Seat::Broken { .. } | Seat::Ending { .. } => None,
        }
    }
}
