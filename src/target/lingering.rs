//! Processes of the server whose connections pgvigil has left, or only holds on to because they do not answer. They count among the two until
//! they are gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tracing::{info, warn};

use super::agenda;
use super::facts;
use super::fault::{Fate, Fault};
use super::hung::Hung;
use super::session::Session;
use crate::query::wrap;

/// Connections to a server, whatever state they are in.
pub const ALLOWED: usize = 2;

/// What the look at them is called on the server.
pub const TAG: &str = "errands";

/// After this long, a process of ours that has nothing to do is taken for a pooler's, which outlives its clients.
pub const LIMIT: Duration = Duration::from_secs(1);

/// After this long, the log says which process is in the way.
const TOLD: Duration = Duration::from_secs(3);

/// How soon to look again whether the server's process of an errand has ended.
const POLL: Duration = Duration::from_millis(20);

/// The same when the look failed, so that it does not stand in line for a lock again and again, or when there is nothing to look at.
const RETRY: Duration = Duration::from_secs(1);

/// A process of the server whose connection pgvigil has left.
#[derive(Debug)]
pub struct Lingering {
    /// Its number; none where it has not even said that. Then nobody can look at it, and it is as good as gone with its connection.
    pub pid: Option<i32>,
    /// When it was left.
    pub left: Instant,
    /// Whether it was left without a farewell, because it did not answer.
    pub silent: bool,
    /// Its connection, where it is held on to: it ends with the process, or once this has answered after all.
    pub held: Option<Hung>,
    /// Whether the log has said that it is in the way.
    pub told: bool,
    /// What other sessions have found out.
    pub finding: Finding,
}

/// What the work on a server has left when it ended, for whoever goes on with it after a reload or a panic.
pub type Left = Arc<Mutex<Vec<Lingering>>>;

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

/// How such a process looks from another session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// Whether it is at work.
    pub active: bool,
    /// How long it has been in this state.
    pub unchanged: Duration,
    /// Whether it was told to end just now.
    pub ended: bool,
}

impl Lingering {
    /// Just left.
    #[must_use]
    pub fn new(pid: Option<i32>, silent: bool, held: Option<Hung>) -> Self {
        Self { pid, left: Instant::now(), silent, held, told: false, finding: Finding::Nothing }
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

    /// Whether nobody can ever know more of it.
    #[must_use]
    pub fn is_out_of_sight(&self) -> bool {
        self.pid.is_none() && self.held.is_none()
    }

    /// Takes in how it looks. Gives back whether it was told to end for the first time.
    fn seen(&mut self, sighting: Sighting, now: Instant) -> bool {
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
    fn is_undecided(&self) -> bool {
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

/// The statement that looks at them: rows of process, state, seconds since it changed, and whether it was told to end. Not of the view
/// `pg_stat_activity`, which reads catalogues too: those may be locked just now.
///
/// Who did not answer and now waits for the next statement has answered into the void: it would wait for hours for a client that the network
/// has lost, and so it is told to end, if what it did last was pgvigil's.
#[must_use]
pub fn question(processes: &[Lingering], now: Instant) -> String {
    let processes: Vec<String> = processes
        .iter()
        .filter_map(|process| Some(format!("({}, {})", process.pid?, process.silent && now.duration_since(process.left) >= LIMIT)))
        .collect();
    format!(
        "{}select a.pid::text, a.state, extract(epoch from pg_catalog.clock_timestamp() - a.state_change)::text, \
         case when p.silent and a.state = 'idle' and pg_catalog.starts_with(a.query, '/* pgvigil ') \
         then pg_catalog.pg_terminate_backend(a.pid)::text end \
         from (values {}) as p(pid, silent), pg_catalog.pg_stat_get_activity(p.pid) as a \
         where a.pid <> pg_catalog.pg_backend_pid() and a.application_name = 'pgvigil'",
        wrap::prelude(TAG, facts::TIMEOUT),
        processes.join(", ")
    )
}

/// What the statement's rows say of each process.
#[must_use]
pub fn sightings(rows: &[[Option<String>; 4]]) -> BTreeMap<i32, Sighting> {
    let sighting = |[pid, state, unchanged, ended]: &[Option<String>; 4]| {
        let unchanged = unchanged.as_deref().and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        let unchanged = Duration::try_from_secs_f64(unchanged).unwrap_or_default();
        Some((pid.as_deref()?.parse().ok()?, Sighting { active: state.as_deref() == Some("active"), unchanged, ended: ended.is_some() }))
    };
    rows.iter().filter_map(sighting).collect()
}

impl Session<'_> {
    /// Two processes that hang are as many as there may be. Who comes as the third, to find out whether it is they or the network, looks at them,
    /// which waits for nothing, and leaves.
    pub(super) async fn stand_aside(&mut self) -> Result<(), Fault> {
        let begun = Instant::now();
        self.agenda.look_again = begun;
        loop {
            self.look_after_lingering(Instant::now()).await?;
            if self.agenda.taken() < ALLOWED {
                return Ok(());
            }
            // Who was told to end needs a moment for it.
            if begun.elapsed() > LIMIT * 2 || !self.agenda.lingering.iter().any(Lingering::is_undecided) {
                break;
            }
            tokio::time::sleep_until(self.agenda.look_again.into()).await;
        }
        self.agenda.stand_aside(Instant::now() + agenda::ASIDE);
        let fault = self.agenda.full();
        self.target.publisher.unreachable(&fault);
        Err(Fault { fate: Fate::Usable, ..fault })
    }

    /// Asks which of them are gone, unless that was just done.
    pub(super) async fn look_after_lingering(&mut self, now: Instant) -> Result<(), Fault> {
        if self.agenda.lingering.is_empty() || now < self.agenda.look_again {
            return Ok(());
        }
        self.agenda.look_again = now + POLL;
        self.agenda.settle(now);
        if self.agenda.lingering.iter().all(|process| process.pid.is_none()) {
            self.agenda.look_again = now + RETRY;
            return Ok(());
        }
        let text = question(&self.agenda.lingering, now);
        match self.link.rows::<4>(&text, facts::TIMEOUT, &self.target.stop).await {
            Ok(rows) => {
                let sightings = sightings(&rows);
                self.agenda.lingering.retain_mut(|process| {
                    let Some(pid) = process.pid else { return true };
                    let sighting = sightings.get(&pid).copied();
                    if sighting.is_some_and(|sighting| process.seen(sighting, now)) {
                        info!(server = %self.target.publisher.name, pid, "a session that was lost on the way is ended");
                    }
                    process.counts(sighting, now)
                });
                for process in self.agenda.lingering.iter_mut().filter(|process| !process.told && now.duration_since(process.left) > TOLD) {
                    process.told = true;
                    warn!(server = %self.target.publisher.name, pid = process.pid, "a process of the server that pgvigil has given up still hangs: until it \
                        is gone, no second connection is opened, and queries in databases wait");
                }
                Ok(())
            }
            Err(fault) => match fault.fate {
                Fate::Usable => {
                    self.agenda.look_again = now + RETRY;
                    Ok(())
                }
                Fate::Lost => Err(fault),
                Fate::Pending => Err(self.give_up(TAG, fault).await),
            },
        }
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
            let process = Lingering { pid: Some(1), left, silent, held: None, told: false, finding: Finding::Nothing };
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
