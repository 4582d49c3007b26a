//! Handles what a connection reports, and turns it into an event for the seats.

use std::time::Instant;

use tracing::{debug, warn};

use super::driver::Driver;
use super::task::{Heard, Line, Report};
use crate::server::report::fault::{Fate, Fault};
use crate::server::seats::Event;
use crate::server::work::facts::Facts;
use crate::wire::Broken;

impl Driver {
    /// Handles a report of a connection. A report of an earlier connection in the same seat is ignored.
    pub(super) fn hear(&mut self, Report { seat, number, heard }: Report) {
        if self.lines[seat].as_ref().is_none_or(|line| line.number != number) {
            return;
        }
        self.agenda.tick(Instant::now());
        match heard {
            Heard::Opened(pid, cancel) => {
                if let Some(line) = &mut self.lines[seat] {
                    line.cancel = cancel;
                }
                if self.kind.is_some_and(|kind| kind.own) {
                    self.serves(seat, pid);
                }
                self.step(Event::Opened(seat));
            }
            Heard::Refused(fault, broken) => {
                debug!(server = %self.watched.publisher.name, %fault, "a login failed");
                self.lines[seat] = None;
                self.refusal = Some(fault);
                self.step(match broken {
                    Some(Broken::Reset(_)) => Event::Reset(seat),
                    Some(Broken::Lost(_)) => Event::Broke(seat),
                    _ => Event::Refused(seat),
                });
                self.refusal = None;
            }
            Heard::Introduced(introduction) => {
                self.kind = Some(introduction.kind);
                self.proxied = introduction.proxied;
                self.serves(seat, introduction.pid.filter(|_| introduction.kind.own));
                self.step(Event::Proxied(introduction.proxied));
            }
            Heard::Gone => {
                let open = self.open_pids();
                self.remains.lock().retain(|pid| open.contains(pid));
                self.step(Event::Gone);
            }
            Heard::Asked(read) => self.asked(seat, *read),
            Heard::Looked(found, youngest) => {
                let fault = found.as_ref().err().cloned();
                self.looked(found, youngest);
                self.answered(seat, fault.as_ref());
            }
            Heard::Ran(result) => {
                let fault = result.as_ref().err().cloned();
                self.agenda.ran(seat, result);
                self.answered(seat, fault.as_ref());
            }
            Heard::Over(broken, farewell) => self.over(seat, &broken, farewell),
            Heard::Panicked => {
                self.refusal = Some(Fault::panicked());
                self.fails(seat, &Fault::panicked());
                self.drop_line(seat, false);
                self.step(Event::Reset(seat));
                self.refusal = None;
            }
        }
    }

    /// Records which backend serves a connection. Its pid cannot be reused until the backend has been seen to exit.
    fn serves(&mut self, seat: usize, pid: Option<i32>) {
        let Some(line) = &mut self.lines[seat] else { return };
        let before = std::mem::replace(&mut line.pid, pid);
        let mut remains = self.remains.lock();
        remains.retain(|remaining| Some(*remaining) != before);
        remains.extend(pid);
    }

    fn asked(&mut self, seat: usize, read: Result<Facts, Fault>) {
        let fault = read.as_ref().err().cloned();
        if !self.agenda.is_kept(seat) {
            self.agenda.visited(seat, read);
        } else if let Ok(facts) = read {
            self.agenda.adopt(facts);
            self.unread = None;
        } else if let Some(fault) = fault.as_ref().filter(|fault| fault.fate == Fate::Usable)
            && self.unread.replace(fault.clone()).as_ref() != Some(fault)
        {
            warn!(server = %self.watched.publisher.name, %fault, "the server's facts cannot be read");
        }
        self.answered(seat, fault.as_ref());
    }

    /// A statement has ended. If its connection can no longer be used, that is reported separately, and this fault says why.
    fn answered(&mut self, seat: usize, fault: Option<&Fault>) {
        match fault.filter(|fault| fault.fate != Fate::Usable) {
            Some(fault) => self.fails(seat, fault),
            None => self.step(Event::Answered(seat)),
        }
    }

    /// The work on a connection ends with this fault.
    fn fails(&mut self, seat: usize, fault: &Fault) {
        self.agenda.lost(seat, fault);
        if self.agenda.is_kept(seat) {
            self.note(fault);
        }
    }

    /// A connection is lost.
    fn over(&mut self, seat: usize, broken: &Broken, farewell: bool) {
        let event = match broken {
            Broken::Ended(_) => Event::Ended(seat),
            // A proxy can end the stream by itself.
            Broken::Closed if farewell || !self.proxied => Event::Ended(seat),
            Broken::Lost(_) | Broken::Io(_) => Event::Broke(seat),
            // pgvigil closed the connection, and the server has yet to notice.
            Broken::Closed | Broken::Reset(_) | Broken::Foreign(_) | Broken::Refused(_) | Broken::Tls(_) | Broken::TooLarge(_) => {
                Event::Reset(seat)
            }
        };
        if farewell {
            self.agenda.leave(seat);
        } else {
            let fault = Fault::broken(broken.clone());
            debug!(server = %self.watched.publisher.name, %fault, "a session ended");
            self.fails(seat, &fault);
        }
        self.drop_line(seat, matches!(event, Event::Ended(_)));
        self.step(event);
    }

    /// Drops a connection. If the server has not ended it, the kept session will look for its backend.
    fn drop_line(&mut self, seat: usize, ended: bool) {
        if let Some(Line { pid: Some(pid), .. }) = self.lines[seat].take()
            && ended
        {
            self.remains.lock().retain(|remaining| *remaining != pid);
        }
    }
}
