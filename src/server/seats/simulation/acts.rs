//! How the world reacts to the client's actions.

use super::agenda::VISITS;
use super::world::{Due, Life, Line, Process, World};
use crate::server::seats::{Action, Database, Event, KEPT_LIMIT, Millis, Place};

impl World {
    /// The TCP handshake, and the fork of a backend.
    pub(super) fn connect(&mut self, seat: usize, place: Place, since: Millis, now: Millis) -> Option<Event> {
        if now < self.dead {
            // The kernel retries after 1 and 3 s, and then gives up.
            let again = [1_000, 3_000, 5_700].into_iter().map(|pause| since + pause).find(|at| *at > now);
            self.lines[seat].due = again.map(|at| (at, Due::Connect { place, since }));
            return again.is_none().then_some(Event::Refused(seat));
        }
        if now < self.down {
            return Some(Event::Refused(seat));
        }
        if now < self.suspended {
            // The kernel accepts the connection, but no backend is forked before the server resumes.
            self.lines[seat].due = Some((self.suspended + 1, Due::Connect { place, since }));
            return None;
        }
        let takes = if now < self.slow { self.dice.within(500, 4_000) } else { self.dice.within(2, 20) };
        let hung = if self.dice.below(300) == 0 { now + self.dice.below(60_000) } else { 0 };
        let waits = self.dice.below(2) == 0;
        let refused = if let Place::Database(Database(database)) = place { self.refused[database] } else { 0 };
        let due = if now < self.shut.max(refused) { Due::Refused } else { Due::Opened };
        self.alive.push(self.processes.len());
        self.lines[seat] = Line { process: Some(self.processes.len()), due: Some((now + takes, due)), ..Line::default() };
        self.processes.push(Process {
            place,
            login: Some(waits),
            hung,
            deaf: 0,
            cancelled: false,
            lost: None,
            busy: now,
            leaves: None,
            forked: now,
            life: Life::Alive,
            beyond: false,
        });
        None
    }

    /// Performs an action of the client.
    pub fn act(&mut self, action: Action, now: Millis) {
        match action {
            Action::Open { seat, place, .. } => {
                self.lines[seat] = Line { due: Some((now, Due::Connect { place, since: now })), ..Line::default() };
            }
            Action::Ask { seat, look } => {
                let takes = self.dice.within(1, if now < self.loaded { 2_000 } else { 50 });
                // A probe that stays is the kept session.
                self.with(seat, |process| process.place = if process.place == Place::Login { Place::Kept } else { process.place });
                self.looks = if look { Some(seat) } else { self.looks.filter(|looks| *looks != seat) };
                self.statement(seat, takes, now);
            }
            Action::Run { seat } | Action::Locks { seat } => {
                let most = match self.lines[seat].process.map(|id| self.processes[id].place) {
                    _ if now >= self.loaded => 500,
                    Some(Place::Database(Database(database))) => VISITS[database].1,
                    _ => KEPT_LIMIT,
                };
                let takes = self.dice.within(1, most);
                self.statement(seat, takes, now);
            }
            Action::Cancel { seat, .. } => {
                self.cancels += 1;
                // A server that is down or cut off does not get it.
                if now >= self.dead.max(self.down) {
                    let at = now + self.dice.within(1, 15);
                    self.with(seat, |process| {
                        (process.cancelled, process.deaf, process.busy) = (true, 0, process.busy.min(at));
                        if let (Some(lost), Some(leaves)) = (process.lost, &mut process.leaves) {
                            *leaves = at.max(lost + 6_700).min(*leaves);
                        }
                    });
                    if let Some((due, Due::Answered)) = &mut self.lines[seat].due {
                        *due = at.min(*due);
                    }
                }
            }
            Action::Close { seat } => {
                let at = now + self.dice.within(1, 13);
                if std::mem::take(&mut self.farewell_lost) {
                    self.lose(seat, now);
                    // A reset may report the loss before the Terminate is over its time limit.
                    if self.dice.below(2) == 0 {
                        (self.lines[seat].breaks, self.lines[seat].reset) = (Some(now + 500), true);
                    }
                }
                let lost = self.lines[seat].process.is_some_and(|id| self.processes[id].lost.is_some());
                if !lost {
                    self.with(seat, |process| process.leaves = Some(at));
                    self.lines[seat].due = Some((at, Due::Ended));
                }
            }
            Action::Drop { seat } => {
                let proxied = self.proxied;
                let hangs =
                    self.lines[seat].process.is_some_and(|id| self.processes[id].hung > 0 || self.blocked(&self.processes[id]) > now);
                self.with(seat, |process| {
                    process.leaves.get_or_insert(process.busy.max(now + 13));
                    process.beyond |= proxied && hangs;
                });
                self.broken.extend(self.lines[seat].process.filter(|id| self.processes[*id].login.is_none()));
                self.lines[seat] = Line { before: self.lines[seat].process, ..Line::default() };
            }
            Action::Login { .. } | Action::Up(_) | Action::Done => {}
        }
    }

    fn statement(&mut self, seat: usize, takes: Millis, now: Millis) {
        let Some(id) = self.lines[seat].process else { return };
        let process = &mut self.processes[id];
        process.cancelled = false;
        process.busy = (now + takes).max(process.deaf);
        if process.lost.is_none() && !process.is_over() {
            self.lines[seat].due = Some((process.busy, Due::Answered));
        }
    }
}
