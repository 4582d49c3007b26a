//! Processes of the server whose connections pgvigil has left. They count among the two until they are gone.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::facts;
use crate::query::wrap;

/// What the look at them is called on the server.
pub const TAG: &str = "errands";

/// After this long, a process of ours that has nothing to do is taken for a pooler's, which outlives its clients.
const LIMIT: Duration = Duration::from_secs(1);

/// A process of the server whose connection pgvigil has left.
#[derive(Debug, Clone, Copy)]
pub struct Lingering {
    /// Its number.
    pub pid: i32,
    /// When it was left.
    pub left: Instant,
    /// Whether it was left without a farewell, because it did not answer.
    pub silent: bool,
    /// Whether the log has said that it is in the way.
    pub told: bool,
}

/// How such a process looks from another session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sighting {
    /// Whether it is at work.
    pub active: bool,
    /// How long it has been in this state.
    pub unchanged: Duration,
}

impl Lingering {
    /// Whether it still counts as a connection of pgvigil's. Behind a pooler, a process outlives its clients and serves others: it is idle
    /// soon after a farewell, and one that was silent goes on to do something else.
    #[must_use]
    pub fn counts(&self, sighting: Option<Sighting>, now: Instant) -> bool {
        let since = now.duration_since(self.left);
        sighting.is_some_and(|seen| seen.active || since < LIMIT || (self.silent && seen.unchanged >= since))
    }
}

/// The statement that looks at them: rows of process, state, and seconds since it changed. Not of the view `pg_stat_activity`, which reads
/// catalogues too: those may be locked just now.
#[must_use]
pub fn question(processes: &[Lingering]) -> String {
    let pids: Vec<String> = processes.iter().map(|process| process.pid.to_string()).collect();
    format!(
        "{}select a.pid::text, a.state, extract(epoch from pg_catalog.clock_timestamp() - a.state_change)::text \
         from pg_catalog.unnest(array[{}]) as p(pid), pg_catalog.pg_stat_get_activity(p.pid) as a \
         where a.pid <> pg_catalog.pg_backend_pid() and a.application_name = 'pgvigil'",
        wrap::prelude(TAG, facts::TIMEOUT),
        pids.join(", ")
    )
}

/// What the statement's rows say of each process.
#[must_use]
pub fn sightings(rows: &[[Option<String>; 3]]) -> BTreeMap<i32, Sighting> {
    let sighting = |[pid, state, unchanged]: &[Option<String>; 3]| {
        let unchanged = unchanged.as_deref().and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
        let unchanged = Duration::try_from_secs_f64(unchanged).unwrap_or_default();
        Some((pid.as_deref()?.parse().ok()?, Sighting { active: state.as_deref() == Some("active"), unchanged }))
    };
    rows.iter().filter_map(sighting).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_counts_until_it_is_gone_or_somebody_elses() {
        let left = Instant::now();
        let counts = |silent, after: u64, seen: Option<(bool, u64)>| {
            let sighting = seen.map(|(active, unchanged)| Sighting { active, unchanged: Duration::from_secs(unchanged) });
            Lingering { pid: 1, left, silent, told: false }.counts(sighting, left + Duration::from_secs(after))
        };
        assert!(!counts(false, 0, None) && !counts(true, 0, None), "it is gone");
        assert!(counts(false, 0, Some((false, 0))), "it is about to end");
        assert!(!counts(false, 2, Some((false, 2))), "a pooler's, after a farewell");
        assert!(counts(true, 60, Some((false, 61))), "it hangs as it did when it was left");
        assert!(!counts(true, 60, Some((false, 5))), "a pooler's, and somebody has used it since");
        assert!(counts(false, 60, Some((true, 60))), "it is still at work");
    }
}
