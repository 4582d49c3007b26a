//! The two seats: pgvigil's connection slots on a server, as a pure state machine. [Events](Event) in, [actions](Action) out; no futures, no clock of its own,
//! no status board. A caller performs the actions and gives back what happens; `simulation` is one, with a model of a server in place of a real one.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`exchange`] | events, actions, and what the seats ask of the work |
//! | [`hear`] | what an event changes |
//! | [`assign`] | what the seats are used for |
//! | [`seat`] | in which states a seat can be |
//! | [`limits`] | all times, and that their sums hold what is promised |
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
//! - A seat is taken from the first packet of a login until the server's backend has exited. That is known where the server ends the stream (`Ending`). A
//!   connection that the network has lost breaks at both ends within 7 s by the kernels' keepalives (`Broken`). Then the kept session looks for the backend; where
//!   no session can look, the seat is free after a pause.
//! - A backend that hangs leaves the line whole (`Silent`). Its statement is cancelled, and its seat stays taken. What answers after all goes on where it is
//!   useful, and is closed where it is not.
//! - One seat is for the kept session, whose sign of life is due every 5 s. The other one is for visits: the login probe, the other databases, long
//!   statements. When that one is stuck, the kept session makes way for visits for some seconds and comes back.
//! - A cancel request takes no seat: the server answers it before there is a session, and without a slot of `max_connections`. It lasts some milliseconds.
//! - A third backend is possible where one hangs *and* its line is lost, or hidden by a proxy: it lives, and no client can know. Where that is found out, it
//!   is a `ghost`, and one seat is left unused until it is gone.

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

/// pgvigil's connections to a server, whatever state they are in.
pub const SEATS: usize = 2;

/// Both seats.
#[derive(Debug)]
pub struct Seats {
    state: [Seat; SEATS],
    /// After how long a login is over time.
    login: Millis,
    /// Whether a seat's connection was opened in another way than it would be now.
    stale: [bool; SEATS],
    /// Whether a seat was taken for free whose backend has not been seen to be gone.
    ghost: bool,
    /// Whether a proxy is between, which hides that the network has lost a line.
    proxied: bool,
    /// What `pg_up` is, and when it becomes 0 unless there is an answer.
    up: Option<bool>,
    doubt: Millis,
    /// When the next sign of life is due.
    ask: Millis,
    /// When the kept session may be opened again, and how often in a row it did not live for one [`PACE`].
    retry: Millis,
    failures: u32,
    /// Visits have the kept session's seat, and new ones begin until then. Once it is back, it stays until `rest`.
    turn: Option<Millis>,
    rest: Millis,
    /// After a stop: when everything that is left is dropped, and whether it is over.
    stop: Option<Millis>,
    done: bool,
    /// The time of the last event, and when to wake up.
    now: Millis,
    wake: Millis,
    #[cfg(test)]
    trail: Vec<(Seat, Seat)>,
}

impl Seats {
    /// Both are free. A login is over time after so long, and never later than after [`LOGIN`].
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

    /// What worked before has panicked, and its connections were dropped: their backends are still there for a while.
    #[must_use]
    pub fn after_panic(now: Millis, login: Millis) -> Self {
        Self { state: [Seat::Broken { login: false, until: now + MARGIN }; SEATS], ..Self::new(now, login) }
    }

    /// What takes this seat, and since when that is silent.
    #[must_use]
    pub const fn holds(&self, seat: usize) -> Held {
        match self.state[seat] {
            Seat::Free | Seat::Ending { .. } => Held::Nothing,
            Seat::Broken { .. } => Held::Backend,
            Seat::Silent { since, .. } => Held::Silent(since),
            Seat::Opening { .. } | Seat::Asking { .. } | Seat::Idle | Seat::Leaving { .. } => Held::Open,
        }
    }

    /// When to call [`step`](Self::step) with a tick, unless something happens before.
    #[must_use]
    pub const fn wake(&self) -> Millis {
        self.wake
    }

    /// Takes in an event and adds what to do about it, in this order, to `out`.
    pub fn step(&mut self, now: Millis, event: Event, work: &impl Work, out: &mut Vec<Action>) {
        if now > self.wake.saturating_add(LATE) {
            self.stood_still(now - self.now);
        }
        self.now = self.now.max(now);
        self.hear(event, work, out);
        while self.pass(work, out) {}
    }

    /// Where pgvigil stood still, answers wait to be read: nothing is over time before they are.
    fn stood_still(&mut self, slept: Millis) {
        self.doubt += slept;
        self.stop = self.stop.map(|deadline| deadline + slept);
        for seat in &mut self.state {
            match seat {
                Seat::Opening { until: time, .. }
                | Seat::Asking { until: time, .. }
                | Seat::Leaving { until: time, .. }
                | Seat::Silent { since: time, .. } => *time += slept,
                // Of these nothing comes any more.
                Seat::Free | Seat::Idle | Seat::Broken { .. } | Seat::Ending { .. } => {}
            }
        }
    }

    /// Everything that is due, once. Returns whether that was anything: then something else may be.
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

    /// What is over by itself.
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
            // No session can tell whether the backend is gone: never that of a login, and none where the other seat is stuck too.
            Seat::Broken { login, until } if (login || self.is_stuck(1 - seat)) && self.is_time(until) => {
                self.ghost |= !login;
                self.set(seat, Seat::Free);
            }
            Seat::Ending { until } if self.is_time(until) => self.set(seat, Seat::Free),
            _ => {}
        }
    }

    /// Whether it is time; if not, wakes up then.
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
        out.push(Action::Open { seat, place });
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

    /// The kept session.
    fn serving(&self) -> Option<usize> {
        self.state.iter().position(|seat| matches!(seat, Seat::Idle | Seat::Asking { place: Place::Kept, .. }))
    }

    /// The kept session, or else its login.
    fn kept(&self) -> Option<usize> {
        let coming = |seat: &Seat| matches!(seat, Seat::Opening { place: Place::Kept, .. });
        self.serving().or_else(|| self.state.iter().position(coming))
    }

    /// Whether it is not known when this seat is free.
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
