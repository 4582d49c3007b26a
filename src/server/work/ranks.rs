//! What is remembered of the ranked queries of one server between their runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::facts::Facts;
use crate::expose::ranked::{Gathering, RankMemory};
use crate::expose::sample::{SampleError, Samples};
use crate::query::version::Version;
use crate::query::{Query, Scope};

/// The memories of one server's ranked queries. They outlive a reload, but not the work on the server: another server has memories of its own.
#[derive(Debug, Clone, Default)]
pub struct Ranks(Arc<Mutex<HashMap<RankPlace, Remembered>>>);

/// A query, and the database if it runs in each.
type RankPlace = (String, Option<String>);

#[derive(Debug)]
struct Remembered {
    memory: RankMemory,
    /// The file: another one may mean something else by the same columns.
    text: String,
    counters: Vec<String>,
    /// Which start of which server the totals are of, and by which version's body: an extension's update may count entries otherwise.
    origin: (Version, String),
    /// When the newest run was sent.
    asked: Instant,
}

impl Ranks {
    /// The samples of a run of this version's body that was sent at `asked`. None if a later run was here before: its totals are newer.
    ///
    /// # Errors
    /// When a value is none.
    pub fn samples(
        &self,
        query: &Query,
        version: Version,
        facts: &Facts,
        asked: Instant,
        rows: Gathering<'_>,
    ) -> Result<Option<Samples>, SampleError> {
        let database = (query.scope == Scope::Database).then(|| facts.database.clone());
        let origin = (version, facts.started.clone());
        let counters: Vec<String> = rows.counters().into_iter().map(str::to_owned).collect();
        let mut ranks = self.0.lock();
        let leader = query.leader().and_then(|leader| ranks.get(&(leader.to_owned(), database.clone())));
        let leaders = leader.map(|leader| leader.memory.ranking.members()).unwrap_or_default();
        let place = (query.name.clone(), database);
        if ranks.get(&place).is_some_and(|known| known.asked > asked) {
            return Ok(None);
        }
        let is_same = |known: &Remembered| known.text == query.text && known.counters == counters;
        if ranks.get(&place).is_some_and(|known| !is_same(known)) {
            ranks.remove(&place);
        }
        let known = ranks.entry(place).or_insert_with(|| Remembered {
            memory: RankMemory::default(),
            text: query.text.clone(),
            counters,
            origin: origin.clone(),
            asked,
        });
        known.asked = asked;
        if known.origin != origin {
            known.origin = origin;
            known.memory.baselines.forget();
        }
        rows.finish(&mut known.memory, Instant::now(), &leaders).map(Some)
    }

    /// Forgets the databases that `keep` does not accept.
    pub fn retain_databases(&self, keep: impl Fn(&str) -> bool) {
        self.0.lock().retain(|(_, database), _| database.as_deref().is_none_or(&keep));
    }

    /// Forgets the queries that `keep` does not accept.
    pub fn retain_queries(&self, keep: impl Fn(&str) -> bool) {
        self.0.lock().retain(|(query, _), _| keep(query));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::diagnostic::Source;
    use crate::query::check;

    fn query(about: &str) -> Query {
        let text = format!(
            "-- about: {about}\n-- interval: 10s\n-- limit: 9 series\n-- rank: 2 by pg_c_total\n-- label l: L.\n-- counter pg_c_total: C.\n-- sql:\nSELECT 1\n"
        );
        check::query("a/b", Source { path: "a/b.sql", text: &text }).unwrap()
    }

    /// What the page says of the only entry; none if the run was too late.
    fn poll(ranks: &Ranks, query: &Query, major: u32, asked: Instant, total: &str) -> Option<String> {
        let version = Version::major(major);
        let mut rows = Gathering::new(query.rank.as_ref().unwrap(), query.columns(version), String::new(), query.limit);
        rows.types([(25, "text"), (20, "int8")].into_iter()).unwrap();
        rows.row(&|index| Some(if index == 0 { b"e" } else { total.as_bytes() })).unwrap();
        let samples = ranks.samples(query, version, &Facts::default(), asked, rows).unwrap()?;
        let lines: String = samples.lines.iter().map(|(_, lines)| lines.as_str()).collect();
        lines.lines().find_map(|line| line.strip_prefix("pg_c_total{l=\"e\"} ")).map(str::to_owned)
    }

    #[test]
    fn a_late_run_changes_nothing_even_if_its_file_was_another() {
        let (ranks, now) = (Ranks::default(), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        assert_eq!(poll(&ranks, &query("A."), 17, at(10), "5").as_deref(), Some("0"));
        assert_eq!(poll(&ranks, &query("A."), 17, at(20), "7").as_deref(), Some("2"));
        assert_eq!(poll(&ranks, &query("A."), 17, at(15), "6"), None);
        assert_eq!(poll(&ranks, &query("B."), 17, at(15), "6"), None);
        assert_eq!(poll(&ranks, &query("A."), 17, at(30), "8").as_deref(), Some("3"));
        assert_eq!(poll(&ranks, &query("B."), 17, at(40), "9").as_deref(), Some("0"), "another file means something else");
    }

    #[test]
    fn another_version_counts_entries_otherwise() {
        let (ranks, now) = (Ranks::default(), Instant::now());
        let at = |seconds| now + Duration::from_secs(seconds);
        poll(&ranks, &query("A."), 17, now, "5");
        assert_eq!(poll(&ranks, &query("A."), 17, at(10), "7").as_deref(), Some("2"));
        assert_eq!(poll(&ranks, &query("A."), 18, at(20), "4").as_deref(), Some("2"), "no reset");
        assert_eq!(poll(&ranks, &query("A."), 18, at(30), "5").as_deref(), Some("3"));
    }
}
