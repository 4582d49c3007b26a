//! Runs one history, from the start to what is left after the stop, and checks the promises.

use super::agenda::Agenda;
use super::history::{DATABASES, Fault, History};
use super::mutants::Mutant;
use super::seen::{BOUND, Broken, Promise, STOP, Seen, kind, plain, seconds, short};
use super::world::World;
use crate::server::seats::{Action, Database, Event, LOGIN, Login, Millis, Place, SEATS, Seat, Seats};

/// How many rows of the table are printed.
const ROWS: usize = 80;

pub struct Run<'a> {
    pub(super) history: &'a History,
    pub(super) mutant: Option<Mutant>,
    pub(super) seats: Seats,
    pub(super) world: World,
    pub(super) agenda: Agenda,
    pub(super) seen: Seen,
    /// The rows of the table that is printed.
    pub(super) table: Option<Vec<String>>,
    pub(super) now: Millis,
    pub(super) said: Option<bool>,
    pub(super) login: bool,
    /// Which database's connection is in a seat, and whether its statement is a job.
    pub(super) database: [Option<Database>; SEATS],
    pub(super) job: [bool; SEATS],
    /// On which seat the kept session looks at the locks.
    pub(super) locks: Option<usize>,
    /// What `pg_up` should be, and since when; time in which pgvigil was suspended is excluded.
    pub(super) truth: (Option<bool>, Millis),
    pub(super) calm: Option<Millis>,
    /// Since when `pg_up` is wrong.
    pub(super) wrong: Option<Millis>,
    /// Since when each database could be read, if it can be.
    pub(super) open: [Option<Millis>; DATABASES],
    pub(super) minute: (Millis, u64),
    pub(super) last: Millis,
    pub(super) stopped: Option<Millis>,
    pub(super) done: bool,
    /// Whether the machine has been told of the proxy.
    pub(super) told: bool,
}

/// Runs a history.
pub fn run(history: &History, mutant: Option<Mutant>) -> Result<Seen, Broken> {
    Run::new(history, mutant, false).finish().0
}

/// The same, as a table.
pub fn table(history: &History, mutant: Option<Mutant>) -> String {
    let (result, table) = Run::new(history, mutant, true).finish();
    let mut table = table.unwrap_or_default();
    table.drain(..table.len().saturating_sub(ROWS));
    match result {
        Ok(_) => format!("{}\nevery promise was kept", table.join("\n")),
        Err((promise, what)) => format!("{}\n{promise:?}: {what}", table.join("\n")),
    }
}

impl<'a> Run<'a> {
    fn new(history: &'a History, mutant: Option<Mutant>, table: bool) -> Self {
        Self {
            history,
            mutant,
            seats: Seats::new(0, LOGIN),
            world: World::new(history.seed, history.proxied),
            agenda: Agenda::default(),
            seen: Seen::default(),
            table: table.then(Vec::new),
            now: 0,
            said: None,
            login: false,
            database: [None; SEATS],
            job: [false; SEATS],
            locks: None,
            truth: (Some(true), 0),
            calm: Some(0),
            wrong: None,
            open: [None; DATABASES],
            minute: (0, 0),
            last: 0,
            stopped: None,
            done: false,
            told: false,
        }
    }

    fn finish(mut self) -> (Result<Seen, Broken>, Option<Vec<String>>) {
        let result = self.all();
        (self.seen.histories, self.seen.cancels) = (1, self.world.cancels);
        (result.map(|()| self.seen), self.table)
    }

    fn all(&mut self) -> Result<(), Broken> {
        let mut strikes = self.history.strikes.iter().peekable();
        self.step(Event::Tick)?;
        loop {
            let strike = strikes.peek().map_or(Millis::MAX, |(at, ..)| *at);
            let stop = self.stopped.map_or(self.history.stop, |stopped| stopped + STOP);
            let next = self.seats.wake().min(self.world.next(self.now)).min(strike).min(stop).max(self.now);
            // Between two events nothing changes but the time.
            self.now = next;
            self.world.settle(self.now);
            self.judge()?;
            if let Some((_, lasts, fault)) = strikes.next_if(|(at, ..)| *at <= self.now) {
                self.strike(*fault, *lasts)?;
            }
            if self.stopped.is_some_and(|stopped| self.now >= stopped + STOP) {
                return self.nothing_left();
            }
            if self.stopped.is_none() && self.now >= self.history.stop {
                self.stopped = Some(self.now);
                self.step(Event::Stop)?;
            }
            while let Some(event) = self.world.event(self.now) {
                self.deliver(event)?;
            }
            if self.now >= self.seats.wake() {
                self.step(Event::Tick)?;
            }
            self.observe();
        }
    }

    fn strike(&mut self, fault: Fault, lasts: Millis) -> Result<(), Broken> {
        if let Some(table) = &mut self.table {
            table.push(format!("{:>8.3} | FAULT {fault:?} for {:.3} s", seconds(self.now), seconds(lasts)));
        }
        self.calm = None;
        if let Fault::Hang(seat) | Fault::Deaf(seat) | Fault::Lose(seat) | Fault::Reset(seat) | Fault::Terminate(seat) = fault {
            if let Some(Database(database)) = self.database[seat] {
                // Its own connection failed: it may be retried later than another database.
                self.open[database] = None;
            } else if matches!(self.seats.state[seat], Seat::Opening { .. }) {
                // The session that was starting does not come.
                self.truth.1 = self.now;
            }
        }
        self.world.strike(fault, self.now, self.now + lasts);
        match fault {
            Fault::Freeze => {
                self.now += lasts;
                // Every promise counts from the moment at which pgvigil resumes.
                self.truth.1 = self.now;
                self.wrong = None;
                self.open = [None; DATABASES];
                if self.stopped.is_some() {
                    self.stopped = Some(self.now);
                }
                self.world.settle(self.now);
                // A suspension is detectable if a wake-up is late.
                let shows = self.now > self.seats.wake().saturating_add(1_000) && self.truth.0 == Some(true);
                let said = self.said;
                // The timers come first, which is worse than what the driver does.
                self.step(Event::Tick)?;
                if self.said == said || !shows { Ok(()) } else { self.broken(Promise::Up, "it was pgvigil that stood still") }
            }
            Fault::Reload { reconnect } => {
                self.agenda.reload(self.now);
                self.step(Event::Reload { reconnect })
            }
            _ => Ok(()),
        }
    }

    /// Does what the driver does with an event before the machine gets it.
    fn deliver(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Answered(seat) => {
                // Whatever happens to the session, `pg_up` was right at this moment.
                if self.said == Some(true) {
                    self.truth.1 = self.now;
                }
                if self.world.serves(seat, false, self.now) {
                    self.agenda.locked = self.world.locked.map(|until| until > self.now && !self.history.blind);
                    self.agenda.others = self.world.lets_in(self.now);
                }
                if self.locks.take_if(|locks| *locks == seat).is_some() {
                    self.agenda.looked = self.now;
                }
                if std::mem::take(&mut self.job[seat]) && self.database[seat].is_none() {
                    self.agenda.kept_answered(self.now);
                }
                if let Some(database) = self.database[seat] {
                    self.agenda.answered(database, self.now);
                }
            }
            Event::Broke(seat) | Event::Reset(seat) | Event::Ended(seat) => {
                if std::mem::take(&mut self.job[seat]) && self.database[seat].is_none() {
                    self.agenda.kept_answered(self.now);
                }
                if let Some(database) = self.database[seat].take() {
                    self.agenda.failed(database, self.now);
                }
            }
            _ => {}
        }
        if matches!(event, Event::Answered(_)) && self.world.proxied && !std::mem::replace(&mut self.told, true) {
            self.step(Event::Proxied(true))?;
        }
        self.step(event)
    }

    fn step(&mut self, event: Event) -> Result<(), Broken> {
        let mut out = Vec::with_capacity(4);
        self.agenda.now = self.now;
        if self.mutant.is_none_or(|mutant| mutant.hears(event, &mut self.seats)) {
            self.seats.step(self.now, event, &self.agenda, &mut out);
        }
        if let Some(mutant) = self.mutant
            && mutant.meddle(&mut self.seats, &mut out)
        {
            self.seats.step(self.now, Event::Tick, &self.agenda, &mut out);
        }
        if let Some(table) = &mut self.table {
            let [one, two] = self.seats.state.map(short);
            let actions: Vec<String> = out.iter().map(|action| plain(&format!("{action:?}"))).collect();
            table.push(format!(
                "{:>8.3} | {:<22} | {one:<26} | {two:<26} | {}",
                seconds(self.now),
                plain(&format!("{event:?}")),
                actions.join(", ")
            ));
        }
        for (from, to) in self.seats.trail.drain(..) {
            self.seen.changes[kind(from)][kind(to)] += 1;
        }
        if self.now >= self.minute.0 + 60_000 {
            self.minute = (self.now, 0);
        }
        self.seen.steps += 1;
        self.minute.1 += 1 + out.len() as u64;
        self.seen.busiest = self.seen.busiest.max(self.minute.1);
        for action in out {
            if let Action::Open { place: Place::Login | Place::Database(_), .. } = action
                && self.world.alive().count() >= SEATS
                && self.world.has_ghosts()
                && self.seats.serving().is_some()
            {
                return self.broken(Promise::Two, "a visit beside a backend that is known to live");
            }
            self.perform(action);
        }
        for seat in (0..SEATS).filter(|seat| self.seats.state[*seat] == Seat::Free) {
            self.world.forget(seat);
        }
        if self.minute.1 > BOUND {
            return self.broken(Promise::Bounded, &format!("{} steps and actions in a minute", self.minute.1));
        }
        Ok(())
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Up(up) => self.said = Some(up),
            Action::Login { place, login, .. } => {
                if !matches!(place, Place::Database(_)) {
                    self.login = login == Login::Entered;
                }
                self.agenda.login(place, login, self.now);
            }
            Action::Open { seat, place, .. } => {
                self.database[seat] = if let Place::Database(database) = place { Some(database) } else { None };
                self.job[seat] = false;
            }
            Action::Run { seat } => self.job[seat] = true,
            // A database whose connection is ended early is read again later.
            Action::Close { seat } | Action::Drop { seat } => {
                if let Some(database) = self.database[seat].take() {
                    self.agenda.left_visit(database, self.now);
                }
            }
            Action::Cancel { seat, over_time } => {
                if std::mem::take(&mut self.job[seat]) && self.database[seat].is_none() {
                    self.agenda.kept_answered(self.now);
                }
                if let Some(database) = self.database[seat].take() {
                    if over_time { self.agenda.failed(database, self.now) } else { self.agenda.untried(database, self.now) }
                }
            }
            Action::Done => self.done = true,
            Action::Locks { seat } => self.locks = Some(seat),
            Action::Ask { .. } => {}
        }
        self.world.act(action, self.now);
    }
}
