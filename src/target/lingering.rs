//! Processes of the server whose connections pgvigil has left, or only holds on to because they do not answer. They count among the two until
//! they are gone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::fault::Fault;
use super::hung::{HUNG_LIMIT, Hung};
use super::look::Sighting;

/// Connections to a server, whatever state they are in.
pub const ALLOWED: usize = 2;

/// After this long, a process of ours that has nothing to do is taken for a pooler's, which outlives its clients.
pub const LIMIT: Duration = Duration::from_secs(1);

/// A process of the server whose connection pgvigil has left.
#[derive(Debug)]
pub struct Lingering {
    /// Its number; none where it has not said that and has not been found yet, or is at a login, which without its connection is as good as gone.
    pub pid: Option<i32>,
    /// When it was left.
    pub left: Instant,
    /// Whether it was left without a farewell, because it did not answer.
    pub silent: bool,
    /// Its connection, where it is held on to: it ends with the process, or once this has answered after all.
    pub held: Option<Hung>,
    /// Whether its connection was hung up to make room: where its number is not known, it has to be found all the same.
    pub let_go: bool,
    /// Whether the log has said that it is in the way.
    pub told: bool,
    /// What other sessions have found out.
    pub finding: Finding,
}

/// What the work on a server has left when it ended, for whoever goes on with it after a reload or a panic.
pub type Left = Arc<Mutex<Remains>>;

/// What does not answer when the work on a server ends.
#[derive(Debug, Default)]
pub struct Remains {
    /// Processes of the server.
    pub lingering: Vec<Lingering>,
    /// The login for the kept connection, and what it means.
    pub entry: Option<(Hung, Fault)>,
}

/// What other sessions have found out about a process that does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// Nothing yet.
    Nothing,
    /// It waits for a client that the network has lost, and was told to end then.
    Lost(Instant),
    /// It does neither what it was asked nor what it was told.
    Hangs,
}

impl Lingering {
    /// Just left.
    #[must_use]
    pub fn new(pid: Option<i32>, silent: bool, held: Option<Hung>) -> Self {
        Self { pid, left: Instant::now(), silent, held, let_go: false, told: false, finding: Finding::Nothing }
    }

    /// Notices that the connection that is held on to has come to an end: by an answer and a farewell, or because it is broken. Then whether the
    /// process is gone has to be looked at. Gives back whether it is broken.
    pub fn settle(&mut self, now: Instant) -> bool {
        let Some(answered) = self.held.as_mut().and_then(Hung::answered) else { return false };
        self.held = None;
        if answered {
            (self.silent, self.left) = (false, now);
        } else {
            self.finding = Finding::Nothing;
        }
        !answered
    }

    /// Whether it is a session that has to be found on the server before anybody can look at it. One that has only just fallen silent may still
    /// answer.
    #[must_use]
    pub fn is_unknown(&self, now: Instant) -> bool {
        let is_session = self.let_go || self.held.as_ref().is_some_and(|held| !held.is_login);
        self.pid.is_none() && is_session && now.duration_since(self.left) >= LIMIT
    }

    /// Hands out the connection that is held on to, so that it can be hung up. Its process counts as before, unless it is at a login: nobody can look at
    /// that one.
    pub(super) fn release(&mut self) -> Option<Hung> {
        self.let_go = self.held.as_ref().is_some_and(|held| !held.is_login);
        self.held.take()
    }

    /// Whether nobody can ever know more of it, or nobody has for so long that a connection would have been given up.
    #[must_use]
    pub fn is_out_of_sight(&self) -> bool {
        let is_sought = self.let_go && self.left.elapsed() < HUNG_LIMIT;
        self.pid.is_none() && self.held.is_none() && !is_sought
    }

    /// Takes in how it looks. Gives back whether it was told to end for the first time.
    pub(super) fn seen(&mut self, sighting: Sighting, now: Instant) -> bool {
        match self.finding {
            Finding::Nothing if sighting.ended => {
                self.finding = Finding::Lost(now);
                return true;
            }
            Finding::Nothing if self.silent && now.duration_since(self.left) >= LIMIT => self.finding = Finding::Hangs,
            Finding::Lost(told) if now.duration_since(told) >= LIMIT => self.finding = Finding::Hangs,
            _ => {}
        }
        false
    }

    /// Whether another look may tell more of it.
    pub(super) fn is_undecided(&self) -> bool {
        self.pid.is_some() && (!self.silent || self.finding != Finding::Hangs)
    }

    /// Whether it still counts as a connection of pgvigil's. Behind a pooler, a process outlives its clients and serves others: it is idle
    /// soon after a farewell, and one that was silent goes on to do something else.
    #[must_use]
    pub fn counts(&self, sighting: Option<Sighting>, now: Instant) -> bool {
        let since = now.duration_since(self.left);
        sighting.is_some_and(|seen| seen.active || since < LIMIT || (self.silent && seen.unchanged >= since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_counts_until_it_is_gone_or_somebody_elses() {
        let left = Instant::now();
        let counts = |silent, after: u64, seen: Option<(bool, u64)>| {
            let sighting = seen.map(|(active, unchanged)| Sighting { active, unchanged: Duration::from_secs(unchanged), ended: false });
            let process = Lingering { pid: Some(1), left, silent, held: None, let_go: false, told: false, finding: Finding::Nothing };
            process.counts(sighting, left + Duration::from_secs(after))
        };
        assert!(!counts(false, 0, None) && !counts(true, 0, None), "it is gone");
        assert!(counts(false, 0, Some((false, 0))), "it is about to end");
        assert!(!counts(false, 2, Some((false, 2))), "a pooler's, after a farewell");
        assert!(counts(true, 60, Some((false, 61))), "it hangs as it did when it was left");
        assert!(!counts(true, 60, Some((false, 5))), "a pooler's, and somebody has used it since");
        assert!(counts(false, 60, Some((true, 60))), "it is still at work");
    }
}
