//! The look of one session at the processes that others have left.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::facts;
use super::fault::{Fate, Fault};
use super::lingering::{ALLOWED, LIMIT, Lingering};
use super::session::{self, Session};
use super::{errand, interrupt};
use crate::query::need::quote_literal;
use crate::query::wrap;

/// What it is called on the server.
pub const TAG: &str = "errands";

/// After this long, the log says which process is in the way.
const TOLD: Duration = Duration::from_secs(3);

/// How soon to look again whether the server's process of an errand has ended.
const POLL: Duration = Duration::from_millis(20);

/// The same when it takes longer, when the look failed, so that it does not stand in line for a lock again and again, or when there is nothing to look
/// at.
const RETRY: Duration = Duration::from_secs(1);

/// After this long, a statement that was given up and cancelled is taken to have caught that.
const CAUGHT: Duration = Duration::from_secs(5);

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

/// The statement that looks at them: rows of process, state, seconds since it changed, and whether it was told to end. Not of the view
/// `pg_stat_activity`, which reads catalogues too: those may be locked just now.
///
/// Who did not answer and now waits for the next statement has answered into the void, or has never been asked: it would wait for hours for a client
/// that the network has lost, and so it is told to end, if what it did last was pgvigil's. So is a statement that is still at work long after it was
/// given up and cancelled: a function can catch a cancel.
#[must_use]
pub fn question(processes: &[Lingering], now: Instant) -> String {
    let processes: Vec<String> = processes
        .iter()
        .filter_map(|process| {
            let since = |limit| process.silent && now.duration_since(process.left) >= limit;
            Some(format!("({}, {}, {})", process.pid?, since(LIMIT), since(CAUGHT)))
        })
        .collect();
    format!(
        "{}select a.pid::text, a.state, extract(epoch from pg_catalog.clock_timestamp() - a.state_change)::text, \
         case when p.silent and pg_catalog.pg_has_role(a.usesysid, 'USAGE') \
         and (a.state = 'idle' and a.query = '' or (a.state = 'idle' or p.overdue and a.state = 'active') and pg_catalog.starts_with(a.query, '/* pgvigil ')) \
         then pg_catalog.pg_terminate_backend(a.pid)::text end \
         from (values {}) as p(pid, silent, overdue), pg_catalog.pg_stat_get_activity(p.pid) as a \
         where a.pid <> pg_catalog.pg_backend_pid() and a.application_name = 'pgvigil'",
        wrap::prelude(TAG, facts::TIMEOUT),
        processes.join(", ")
    )
}

/// The statement that finds those of pgvigil's sessions that have not told their number, by what they did last: nothing, or for a while only the
/// first statement of a session. `known` are the numbers that are. Where the sessions are not pgvigil's `own` but a pooler's, those that have nothing
/// to do are no sign of anything. Those of the `reader` of the same configuration are pgvigil's, too. Its rows are of a
/// process, if there is any, and whether the server tells what sessions do (`track_activities`).
#[must_use]
pub fn search(known: &[i32], own: bool, reader: Option<&str>) -> String {
    let known: Vec<String> = known.iter().map(i32::to_string).collect();
    let first =
        [session::TAG, errand::VISIT_TAG, errand::LOGIN_TAG, interrupt::CANCEL_TAG].map(|tag| quote_literal(&format!("/* pgvigil {tag}")));
    format!(
        "{}select a.pid::text, (self.state = 'active')::text \
         from pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) as self left join pg_catalog.pg_stat_get_activity(null) as a \
         on a.application_name = 'pgvigil' and a.usesysid in (self.usesysid, pg_catalog.to_regrole(pg_catalog.quote_ident({})::text)) and a.pid <> all ('{{{}}}'::int[] || self.pid) \
         and pg_catalog.split_part(a.query, ' */', 1) in ('', {}) and (a.state = 'active' or {own}) \
         and a.state_change <= pg_catalog.clock_timestamp() - interval '{} ms'",
        wrap::prelude(TAG, facts::TIMEOUT),
        reader.map_or_else(|| "null".to_owned(), quote_literal),
        known.join(","),
        first.join(", "),
        LIMIT.as_millis()
    )
}

/// What the statement's rows say of each process. Where the server does not tell what sessions do (`track_activities`), one of pgvigil's `own` does what
/// it did when it was left for as long as it is there, since nobody else can give it anything to do.
#[must_use]
pub fn sightings(rows: &[[Option<String>; 4]], own: bool) -> BTreeMap<i32, Sighting> {
    let untold = if own { Duration::MAX } else { Duration::ZERO };
    let sighting = |[pid, state, unchanged, ended]: &[Option<String>; 4]| {
        // A clock that was set back gives a negative one.
        let seconds =
            |seconds: &str| seconds.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or_default();
        let unchanged = unchanged.as_deref().map_or(untold, seconds);
        Some((pid.as_deref()?.parse().ok()?, Sighting { active: state.as_deref() == Some("active"), unchanged, ended: ended.is_some() }))
    };
    rows.iter().filter_map(sighting).collect()
}

impl Session<'_> {
    /// Two processes that hang are as many as there may be. Who comes as the third, to find out whether it is they or the network, looks at them,
    /// which waits for nothing, and leaves.
    pub(super) async fn stand_aside(&mut self) -> Result<(), Fault> {
        let begun = Instant::now();
        self.agenda.places.look_again = begun;
        loop {
            self.look_after_lingering(Instant::now()).await?;
            if self.agenda.places.taken() < ALLOWED {
                return Ok(());
            }
            // Who was told to end needs a moment for it.
            if begun.elapsed() > LIMIT * 2 || !self.agenda.places.lingering.iter().any(Lingering::is_undecided) {
                break;
            }
            tokio::time::sleep(POLL).await;
            self.agenda.places.look_again = Instant::now();
        }
        self.agenda.places.stand_aside(self.agenda.places.next_look(Instant::now()));
        let fault = self.agenda.places.full();
        self.target.publisher.unreachable(&fault);
        Err(Fault { fate: Fate::Usable, ..fault })
    }

    /// Asks which of them are gone, unless that was just done.
    pub(super) async fn look_after_lingering(&mut self, now: Instant) -> Result<(), Fault> {
        if self.agenda.places.lingering.is_empty() || now < self.agenda.places.look_again {
            return Ok(());
        }
        // One that is there for longer may be for hours.
        let soon = self.agenda.places.lingering.iter().any(|process| now.duration_since(process.left) < TOLD);
        self.agenda.places.look_again = now + if soon { POLL } else { RETRY };
        self.agenda.places.settle(now);
        self.find_unknown(now).await?;
        if self.agenda.places.lingering.iter().all(|process| process.pid.is_none()) {
            self.agenda.places.look_again = now + RETRY;
            return Ok(());
        }
        let text = question(&self.agenda.places.lingering, now);
        let Some(rows) = self.look::<4>(&text, now).await? else { return Ok(()) };
        let sightings = sightings(&rows, self.link.kind.own);
        self.agenda.places.lingering.retain_mut(|process| {
            let Some(pid) = process.pid else { return true };
            let sighting = sightings.get(&pid).copied();
            if sighting.is_some_and(|sighting| process.seen(sighting, now)) {
                info!(server = %self.target.publisher.name, pid, "a session that was lost on the way is ended");
            }
            process.counts(sighting, now)
        });
        for process in self.agenda.places.lingering.iter_mut().filter(|process| !process.told && now.duration_since(process.left) > TOLD) {
            process.told = true;
            warn!(server = %self.target.publisher.name, pid = process.pid, "a process of the server that pgvigil has given up still hangs: until it \
                is gone, no second connection is opened, and queries in databases wait");
        }
        Ok(())
    }

    /// Puts those on the board that take a connection slot although their connections are closed.
    pub(super) fn tell_of_lingering(&self) {
        let lingering = self.agenda.places.lingering.iter().filter(|process| process.told && process.held.is_none());
        let left: Vec<_> = lingering.map(|process| (process.pid, process.left)).collect();
        let (board, name) = (&self.target.publisher.board, &self.target.publisher.name);
        if board.read(|servers| servers.get(name).is_some_and(|status| status.left != left)) {
            board.update(name, |status| status.left = left);
        }
    }

    /// Finds the processes that have fallen silent before they told their number. A session that is not there has gone: its connection is of no more
    /// use.
    async fn find_unknown(&mut self, now: Instant) -> Result<(), Fault> {
        if !self.agenda.places.lingering.iter().any(|process| process.is_unknown(now)) {
            return Ok(());
        }
        let known: Vec<i32> = self.agenda.places.lingering.iter().filter_map(|process| process.pid).collect();
        let reader = self.target.server.reader.as_ref().map(|reader| reader.user.as_str());
        let Some(rows) = self.look::<2>(&search(&known, self.link.kind.own, reader), now).await? else { return Ok(()) };
        if rows.iter().any(|[_, told]| told.as_deref() != Some("true")) {
            return Ok(());
        }
        let mut found = rows.into_iter().filter_map(|[pid, _]| pid?.parse().ok());
        self.agenda.places.lingering.retain_mut(|process| {
            if process.is_unknown(now) {
                process.pid = found.next();
                return process.pid.is_some();
            }
            true
        });
        Ok(())
    }

    /// Asks the server; none where it has an error for an answer, and should not be asked again at once.
    pub(super) async fn look<const N: usize>(&mut self, text: &str, now: Instant) -> Result<Option<Vec<[Option<String>; N]>>, Fault> {
        match self.link.rows::<N>(text, facts::TIMEOUT, &self.target.stop).await {
            Ok(rows) => Ok(Some(rows)),
            Err(fault) => match fault.fate {
                Fate::Usable => {
                    self.agenda.places.look_again = now + RETRY;
                    Ok(None)
                }
                Fate::Lost | Fate::Ended => Err(fault),
                Fate::Pending => Err(self.give_up(TAG, fault).await),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_as_it_was() {
        let row = |state: &str, unchanged: Option<&str>| [Some("7".into()), Some(state.into()), unchanged.map(str::to_owned), None];
        let unchanged = |row, own| sightings(&[row], own)[&7].unchanged;
        assert_eq!(unchanged(row("idle", Some("1.5")), true), Duration::from_millis(1500));
        assert_eq!(unchanged(row("idle", Some("-1.5")), true), Duration::ZERO);
        assert_eq!(unchanged(row("disabled", None), true), Duration::MAX);
        assert_eq!(unchanged(row("disabled", None), false), Duration::ZERO);
    }
}
