//! What is remembered of the ranked queries of one server between their runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;

use super::facts::Facts;
use crate::expose::ranked::{Gathering, RankMemory};
use crate::expose::sample::{SampleError, Samples};
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
    /// Which start of which server the totals are of.
    origin: (u32, String),
    /// When the newest run was sent.
    asked: Instant,
}

impl Ranks {
    /// The samples of a run that was sent at `asked`. None if a later run was here before: its totals are newer.
    ///
    /// # Errors
    /// When a value is none.
    pub fn samples(&self, query: &Query, facts: &Facts, asked: Instant, rows: Gathering<'_>) -> Result<Option<Samples>, SampleError> {
        let database = (query.scope == Scope::Database).then(|| facts.database.clone());
        let origin = (facts.version_num, facts.started.clone());
        let counters: Vec<String> = rows.counters().into_iter().map(str::to_owned).collect();
        let mut ranks = self.0.lock();
        let leader = query.leader().and_then(|leader| ranks.get(&(leader.to_owned(), database.clone())));
        let leaders = leader.map(|leader| leader.memory.ranking.members()).unwrap_or_default();
        let place = (query.name.clone(), database);
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
        if known.asked > asked {
            return Ok(None);
        }
        known.asked = asked;
        if known.origin != origin {
            known.origin = origin;
            known.memory.baselines.begin_anew();
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
