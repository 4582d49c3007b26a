//! How a fault changes the world.

use super::history::Fault;
use super::world::{Due, Life, World};
use crate::server::seats::{Millis, SEATS};

impl World {
    /// A fault begins at `now` and lasts until `until`.
    pub fn strike(&mut self, fault: Fault, now: Millis, until: Millis) {
        match fault {
            Fault::Hang(seat) => self.with(seat, |process| process.hung = process.hung.max(until)),
            Fault::Deaf(seat) if self.lines[seat].process.is_some_and(|id| self.processes[id].cancelled) => {}
            Fault::Deaf(seat) => {
                self.with(seat, |process| process.deaf = process.deaf.max(until));
                if let Some((due, Due::Answered)) = &mut self.lines[seat].due {
                    *due = until.max(*due);
                    self.with(seat, |process| process.busy = process.busy.max(until));
                }
            }
            Fault::Lose(seat) => self.lose(seat, now),
            Fault::Reset(seat) => {
                self.lose(seat, now);
                if self.lines[seat].process.is_some() {
                    (self.lines[seat].breaks, self.lines[seat].reset) = (Some(now + 1), true);
                }
            }
            Fault::LoseFarewell => self.farewell_lost = true,
            Fault::Terminate(seat) => self.end(seat, now, true),
            Fault::Blackhole => {
                self.dead = self.dead.max(until);
                (0..SEATS).for_each(|seat| self.lose(seat, now));
            }
            Fault::Suspend => self.suspended = self.suspended.max(until),
            Fault::Restart => {
                self.down = self.down.max(until);
                let told = self.dice.below(if self.proxied { 2 } else { 8 }) > 0;
                for id in std::mem::take(&mut self.alive) {
                    self.processes[id].life = Life::Ended;
                }
                (0..SEATS).for_each(|seat| self.end(seat, now, told));
            }
            Fault::RefuseLogins => self.shut = self.shut.max(until),
            Fault::SlowLogins => self.slow = self.slow.max(until),
            Fault::Load => self.loaded = self.loaded.max(until),
            Fault::Lock(database) => self.locked[database] = self.locked[database].max(until),
            Fault::LockAll => self.all_locked = self.all_locked.max(until),
            Fault::Refuse(database) => self.refused[database] = self.refused[database].max(until),
            // A session opened with the previous settings does not count as a way in.
            Fault::Reload { reconnect: true } => self.reconnects = now,
            Fault::Reload { .. } | Fault::Freeze => {}
        }
        self.hide(now);
    }

    /// The server ends a session. Its client sees the end of the stream, or a reset, which the network may have sent.
    fn end(&mut self, seat: usize, now: Millis, told: bool) {
        let Some(id) = self.lines[seat].process else { return };
        if self.processes[id].lost.is_some() || !self.processes[id].is_over() && self.blocked(&self.processes[id]) > now {
            return;
        }
        self.processes[id].life = Life::Ended;
        self.lines[seat].due = told.then_some((now + 1, Due::Ended));
        (self.lines[seat].breaks, self.lines[seat].reset) = ((!told).then_some(now + 1), !told);
    }

    /// Both kernels give the connection up, each after its own time, unless a proxy hides that from the client.
    pub(super) fn lose(&mut self, seat: usize, now: Millis) {
        let Some(id) = self.lines[seat].process else { return };
        if self.processes[id].lost.is_some() || self.processes[id].is_over() {
            return;
        }
        let notices = if self.processes[id].login == Some(true) { 60_000 } else { self.dice.within(4_300, 6_700) };
        if self.processes[id].login.is_some() && self.proxied {
            self.phantoms.push((id, now + 620_000));
        }
        // Its answer is late because it hung, and now it is lost.
        let late = self.lines[seat].due.is_some_and(|(at, _)| at > self.processes[id].busy);
        let process = &mut self.processes[id];
        process.beyond |= self.proxied && process.login.is_none() && late;
        process.lost = Some(now);
        process.leaves.get_or_insert(process.busy.max(now + notices));
        self.lines[seat].due = None;
        self.lines[seat].breaks = (!self.proxied).then_some(now + self.dice.within(4_300, 5_700));
        self.hide(now);
    }

    /// Behind a proxy, the client never learns of a backend that hangs and has lost its connection, even if the backend resumes later.
    fn hide(&mut self, now: Millis) {
        for id in self.alive.iter().filter(|_| self.proxied) {
            self.processes[*id].beyond |= self.processes[*id].lost.is_some() && self.is_beyond(&self.processes[*id], now);
        }
    }
}
