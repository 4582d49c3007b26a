//! The server, both kernels and the network between, as far as two connections can tell.

use super::dice::Dice;
use super::history::DATABASES;
use crate::server::seats::{Database, Event, Millis, Place, SEATS};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    Alive,
    /// It has ended the stream, and nothing keeps it from exiting.
    Exits,
    Ended,
}

/// A backend.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    pub(super) place: Place,
    /// Set during the login: whether it waits for the client.
    pub(super) login: Option<bool>,
    /// It hangs until then.
    pub hung: Millis,
    /// It ignores its timeout until then, and notices only a cancel.
    pub(super) deaf: Millis,
    /// Its statement was cancelled.
    pub(super) cancelled: bool,
    /// When the network lost its client.
    pub lost: Option<Millis>,
    /// It works until then.
    pub(super) busy: Millis,
    /// When it exits, unless it hangs then.
    pub(super) leaves: Option<Millis>,
    /// When it was forked.
    pub(super) forked: Millis,
    pub(super) life: Life,
    /// It hung when it should have exited, and its client could not know.
    pub(super) beyond: bool,
}

impl Process {
    pub fn is_over(&self) -> bool {
        self.life == Life::Ended
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Due {
    Connect { place: Place, since: Millis },
    Opened,
    Refused,
    Answered,
    Ended,
}

/// A connection of the client.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Line {
    pub(super) process: Option<usize>,
    pub(super) due: Option<(Millis, Due)>,
    pub(super) breaks: Option<Millis>,
    /// Whether the client gets a reset.
    pub(super) reset: bool,
    /// The process of the connection before, for the look.
    pub(super) before: Option<usize>,
}

/// The world outside the client. Each fault lasts until the time in its field.
pub struct World {
    pub dice: Dice,
    pub proxied: bool,
    pub(super) processes: Vec<Process>,
    pub(super) alive: Vec<usize>,
    /// Lost logins, and until when a client has to assume that they are alive.
    pub(super) phantoms: Vec<(usize, Millis)>,
    pub(super) lines: [Line; SEATS],
    pub dead: Millis,
    pub suspended: Millis,
    pub down: Millis,
    pub shut: Millis,
    pub slow: Millis,
    pub loaded: Millis,
    pub locked: [Millis; DATABASES],
    pub all_locked: Millis,
    pub refused: [Millis; DATABASES],
    /// The network loses the connection with the next Terminate.
    pub(super) farewell_lost: bool,
    /// Sessions whose connections are broken, which the client knows by their process.
    pub(super) broken: Vec<usize>,
    /// The look in progress.
    pub(super) looks: Option<usize>,
    pub cancels: u64,
    /// A process forked before this does not count as a way in.
    pub(super) reconnects: Millis,
}

impl World {
    pub fn new(seed: u64, proxied: bool) -> Self {
        Self {
            dice: Dice::new(seed),
            proxied,
            processes: Vec::new(),
            alive: Vec::new(),
            phantoms: Vec::new(),
            lines: [Line::default(); SEATS],
            dead: 0,
            suspended: 0,
            down: 0,
            shut: 0,
            slow: 0,
            loaded: 0,
            locked: [0; DATABASES],
            all_locked: 0,
            refused: [0; DATABASES],
            farewell_lost: false,
            broken: Vec::new(),
            looks: None,
            cancels: 0,
            reconnects: 0,
        }
    }

    /// When something next changes by itself.
    pub fn next(&self, now: Millis) -> Millis {
        let faults = [self.dead, self.suspended, self.down, self.shut, self.all_locked];
        let faults = faults.into_iter().chain(self.locked).chain(self.refused).filter(|until| *until > now);
        let lines = self.lines.iter().flat_map(|line| [line.due.map(|(at, _)| at), line.breaks]).flatten();
        faults.chain(lines).min().unwrap_or(Millis::MAX)
    }

    /// Until when a process does nothing.
    pub(super) fn blocked(&self, process: &Process) -> Millis {
        if process.life == Life::Exits {
            return 0;
        }
        let mut until = process.hung.max(self.suspended);
        if process.login.is_some() {
            until = until.max(self.all_locked);
            if let Place::Database(Database(database)) = process.place {
                until = until.max(self.locked[database]);
            }
        }
        until
    }

    /// The processes that are alive on the server.
    pub fn alive(&self) -> impl Iterator<Item = &Process> {
        self.alive.iter().map(|id| &self.processes[*id]).filter(|process| !process.is_over())
    }

    /// Whether it cannot serve, as far as a client can know how long that lasts: it hangs, or its client is lost.
    pub fn is_stuck(&self, process: &Process, now: Millis) -> bool {
        self.blocked(process) > now || process.lost.is_some()
    }

    /// How many backends cannot serve, as far as a client can know. A login that the network has lost may have ended long before its time is over.
    pub fn stuck(&self, now: Millis) -> usize {
        let known = self.lines.iter().filter_map(|line| line.process.or(line.before)).map(|id| &self.processes[id]);
        self.phantoms(now).count() + known.filter(|process| !process.is_over() && self.is_stuck(process, now)).count()
    }

    /// The client considers this seat free.
    pub fn forget(&mut self, seat: usize) {
        self.lines[seat].before = None;
    }

    fn phantoms(&self, now: Millis) -> impl Iterator<Item = &Process> {
        self.phantoms.iter().filter(move |(_, until)| *until > now).map(|(id, _)| &self.processes[*id]).filter(|process| process.is_over())
    }

    /// Whether no client could know that it lives: it hangs, and its client is lost.
    pub fn is_beyond(&self, process: &Process, now: Millis) -> bool {
        process.beyond || process.lost.is_some() && self.blocked(process).max(process.deaf) > now
    }

    /// Whether the client waits on a connection that has ended, and nothing will say so: a proxy hides it until the statement's time limit.
    pub fn waits_in_vain(&self) -> bool {
        let ended = |line: &Line| line.process.is_some_and(|id| self.processes[id].is_over());
        self.lines.iter().any(|line| ended(line) && line.due.is_none() && line.breaks.is_none())
    }

    /// Whether a session could find a backend whose connection is broken.
    pub fn has_ghosts(&self) -> bool {
        self.broken.iter().any(|id| !self.processes[*id].is_over())
    }

    pub fn is_deaf(&self, now: Millis) -> bool {
        self.alive().any(|process| process.deaf > now)
    }

    /// Whether a backend of this place cannot serve: the place is not connected to meanwhile.
    pub fn hangs_at(&self, place: Place, now: Millis) -> bool {
        let stuck = self.alive().filter(|process| self.is_stuck(process, now));
        stuck.chain(self.phantoms(now)).any(|process| process.place == place)
    }

    /// Whether this seat's session lives and answers: the kept session, or any.
    pub fn serves(&self, seat: usize, any: bool, now: Millis) -> bool {
        self.lines[seat].process.is_some_and(|id| {
            let process = &self.processes[id];
            let deaf = process.deaf > now && process.busy > now;
            let ours = any || process.place == Place::Kept && process.forked >= self.reconnects;
            ours && !process.is_over() && process.login.is_none() && !deaf && !self.is_stuck(process, now)
        })
    }

    /// Whether a login that is started now succeeds.
    pub fn lets_in(&self, now: Millis) -> bool {
        now >= self.shut && now >= self.all_locked
    }

    pub fn answers(&self, now: Millis) -> bool {
        now >= self.dead && now >= self.suspended && now >= self.down
    }

    /// Ends the processes whose time has come.
    pub fn settle(&mut self, now: Millis) {
        for at in (0..self.alive.len()).rev() {
            let id = self.alive[at];
            let process = self.processes[id];
            if process.leaves.is_some_and(|at| at <= now) && !process.is_over() {
                if self.blocked(&process) <= now {
                    self.processes[id].life = Life::Ended;
                } else {
                    self.processes[id].beyond |= process.lost.is_some() || self.proxied;
                }
            }
            if self.processes[id].is_over() {
                self.alive.swap_remove(at);
            }
        }
    }

    /// The event for the client that is due now, if any. A look that has ended reports that the broken sessions are gone first.
    pub fn event(&mut self, now: Millis) -> Option<Event> {
        for seat in 0..SEATS {
            let line = self.lines[seat];
            if line.breaks.is_some_and(|at| at <= now) {
                self.lines[seat] = Line { before: line.process, ..Line::default() };
                match line.process {
                    Some(id) if self.processes[id].login.is_some() => self.phantoms.push((id, now + 60_000)),
                    Some(id) => self.broken.push(id),
                    None => {}
                }
                return Some(if line.reset { Event::Reset(seat) } else { Event::Broke(seat) });
            }
            let Some((at, due)) = line.due.filter(|(at, _)| *at <= now) else { continue };
            if let Some(id) = line.process {
                let blocked = self.blocked(&self.processes[id]);
                if blocked > now && !self.processes[id].is_over() {
                    self.lines[seat].due = Some((blocked + self.dice.within(1, 20), due));
                    continue;
                }
            }
            self.lines[seat].due = None;
            match due {
                Due::Connect { place, since } => {
                    if let Some(event) = self.connect(seat, place, since, at) {
                        return Some(event);
                    }
                }
                Due::Opened => {
                    self.with(seat, |process| process.login = None);
                    return Some(Event::Opened(seat));
                }
                Due::Answered => {
                    if self.looks == Some(seat) {
                        self.looks = None;
                        self.broken.retain(|id| !self.processes[*id].is_over());
                        if self.broken.is_empty() {
                            self.lines[seat].due = Some((now, Due::Answered));
                            return Some(Event::Gone);
                        }
                    }
                    return Some(Event::Answered(seat));
                }
                Due::Refused | Due::Ended => {
                    self.with(seat, |process| (process.leaves, process.life) = (Some(at + 13), Life::Exits));
                    self.lines[seat] = Line::default();
                    return Some(if due == Due::Refused { Event::Refused(seat) } else { Event::Ended(seat) });
                }
            }
        }
        None
    }

    pub(super) fn with(&mut self, seat: usize, change: impl FnOnce(&mut Process)) {
        if let Some(id) = self.lines[seat].process {
            change(&mut self.processes[id]);
        }
    }
}
