//! The parts of the facts that could not be read: which are left out of the statement, when they are tried again, and what the facts are without them.
//!
//! Each attempt at a denied part is an error in the server's log. So the part is left out of the statement, and tried separately after a while.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::facts::Facts;
use crate::expose::spelling::label;
use crate::query::Role;
use crate::server::report::part::{Absent, Part};
use crate::settings::LoginRole;

/// When a denied part is tried again. Soon enough after an operator has run the GRANT; at most six lines an hour in the server's log.
pub const RETRY: Duration = Duration::from_mins(10);

/// When a part that failed for another reason is tried again, the first time. Every further wait is twice as long, up to [`RETRY`].
const FIRST: Duration = Duration::from_secs(5);

/// The oid of this connection's database if the databases could not be read. No database has it.
const UNKNOWN_OID: u32 = 0;

/// The role and database for which facts are read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spot {
    /// The role.
    pub role: LoginRole,
    /// The database, if one was named that may differ from the configured one.
    pub database: Option<Arc<str>>,
}

/// What could not be read of one server, by role and database. It outlives the work on the server.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<HashMap<Spot, Refusals>>>);

impl Memory {
    /// What could not be read at this place.
    #[must_use]
    pub fn at(&self, place: &Spot) -> Refusals {
        self.0.lock().get(place).cloned().unwrap_or_default()
    }

    /// Stores what could not be read at this place.
    pub fn keep(&self, place: &Spot, refusals: Refusals) {
        let mut places = self.0.lock();
        if refusals.0.is_empty() {
            places.remove(place);
        } else {
            places.insert(place.clone(), refusals);
        }
    }

    /// Forgets the places that `keep` does not accept, for instance those in databases that are gone.
    pub fn retain(&self, keep: impl Fn(&Spot) -> bool) {
        self.0.lock().retain(|place, _| keep(place));
    }

    /// Makes every part due again: an operator may have granted it.
    pub fn forget(&self) {
        self.0.lock().clear();
    }
}

/// The parts that could not be read at one place.
#[derive(Debug, Clone, Default)]
pub struct Refusals(BTreeMap<Part, Refusal>);

#[derive(Debug, Clone)]
struct Refusal {
    absent: Absent,
    /// The current wait.
    wait: Duration,
    again: Instant,
}

impl Refusals {
    /// The parts that are asked in one statement.
    #[must_use]
    pub fn asked(&self, parts: impl Iterator<Item = Part>) -> Vec<Part> {
        parts.filter(|part| !self.0.contains_key(part)).collect()
    }

    /// The parts that are tried separately at `now`.
    #[must_use]
    pub fn due(&self, now: Instant) -> Vec<Part> {
        self.0.iter().filter(|(_, refusal)| refusal.again <= now).map(|(part, _)| *part).collect()
    }

    /// Records that a part could not be read. Returns whether that is new.
    pub fn refused(&mut self, absent: Absent, now: Instant) -> bool {
        let before = self.0.get(&absent.part);
        let wait = if absent.is_denied { RETRY } else { before.map_or(FIRST, |before| (before.wait * 2).min(RETRY)) };
        let is_news = before.is_none_or(|before| before.absent != absent);
        self.0.insert(absent.part, Refusal { absent, wait, again: now + wait });
        is_news
    }

    /// Records that a part was read. Returns whether it could not be read before.
    pub fn read(&mut self, part: Part) -> bool {
        self.0.remove(&part).is_some()
    }

    /// All parts that could not be read.
    pub fn all(&self) -> impl Iterator<Item = &Absent> {
        self.0.values().map(|refusal| &refusal.absent)
    }
}

impl Facts {
    /// The facts without these parts. A part that is not denied keeps its value from `before`: the reason may pass.
    ///
    /// If the databases are unknown, the list has only this connection's database, which certainly exists.
    #[must_use]
    pub fn without<'a>(mut self, absent: impl IntoIterator<Item = &'a Absent>, before: Option<&Self>) -> Self {
        for absent in absent {
            match before {
                Some(before) if !absent.is_denied && before.know(&[absent.part]).is_ok() => self.keep(absent.part, before),
                _ => {
                    self.absent.insert(absent.part, absent.clone());
                }
            }
        }
        let is_text = label(self.database.as_bytes()) == self.datname.as_str();
        if is_text && self.know(&[Part::Databases]).is_err() {
            self.databases.insert(self.database.clone(), UNKNOWN_OID);
        }
        self
    }

    fn keep(&mut self, part: Part, before: &Self) {
        match part {
            Part::Identity => {}
            Part::Recovery => self.in_recovery = before.in_recovery,
            Part::Start => self.started.clone_from(&before.started),
            Part::Process => self.pid = before.pid,
            Part::Client => self.client_port = before.client_port,
            Part::Directory => self.data_directory.clone_from(&before.data_directory),
            Part::Tablespaces => self.tablespaces.clone_from(&before.tablespaces),
            Part::Roles => self.roles.clone_from(&before.roles),
            Part::Settings => self.settings.clone_from(&before.settings),
            Part::Extensions => self.extensions.clone_from(&before.extensions),
            Part::Members => self.members.clone_from(&before.members),
            Part::Objects => self.objects.clone_from(&before.objects),
            Part::Databases => {
                self.databases.clone_from(&before.databases);
                self.closed.clone_from(&before.closed);
                self.unsayable.clone_from(&before.unsayable);
            }
        }
    }

    /// Checks that all of `parts` are known.
    ///
    /// # Errors
    /// The first that is not.
    pub fn know(&self, parts: &[Part]) -> Result<(), &Absent> {
        parts.iter().find_map(|part| self.absent.get(part)).map_or(Ok(()), Err)
    }

    /// The server's role; none if unknown.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.know(&[Part::Recovery]).ok()?;
        Some(if self.in_recovery { Role::Standby } else { Role::Primary })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Databases;

    fn absent(part: Part, is_denied: bool) -> Absent {
        Absent { part, is_denied, why: "no".into(), grants: Vec::new() }
    }

    #[test]
    fn what_is_denied_is_left_out_and_tried_again_after_a_while() {
        let start = Instant::now();
        let mut refusals = Refusals::default();
        assert!(refusals.refused(absent(Part::Databases, true), start), "it is told");
        let asked = refusals.asked(Part::ALL.into_iter());
        assert!(!asked.contains(&Part::Databases) && asked.len() == Part::ALL.len() - 1);
        let almost = start + RETRY.checked_sub(Duration::from_secs(1)).unwrap();
        assert_eq!((refusals.due(almost), refusals.due(start + RETRY)), (vec![], vec![Part::Databases]));
        assert!(!refusals.refused(absent(Part::Databases, true), start + RETRY), "and not again");
        assert_eq!(refusals.due(start + RETRY * 2), [Part::Databases]);
        assert!(refusals.read(Part::Databases) && !refusals.read(Part::Databases));
        assert_eq!(refusals.asked(Part::ALL.into_iter()), Part::ALL);
    }

    #[test]
    fn each_place_has_its_own_until_all_is_forgotten() {
        let place = |database: &str| Spot { role: LoginRole::Monitor, database: Some(database.into()) };
        let (memory, mut refusals) = (Memory::default(), Refusals::default());
        refusals.refused(absent(Part::Members, true), Instant::now());
        memory.keep(&place("a"), refusals);
        let known = |database: &str| memory.at(&place(database)).all().count();
        assert_eq!((known("a"), known("b")), (1, 0));
        memory.keep(&place("gone"), memory.at(&place("a")));
        memory.retain(|place| place.database.as_deref() != Some("gone"));
        assert_eq!((known("a"), known("gone")), (1, 0));
        memory.forget();
        assert_eq!(known("a"), 0);
    }

    #[test]
    fn what_fails_otherwise_comes_again_soon_and_then_less_often() {
        let mut now = Instant::now();
        let mut refusals = Refusals::default();
        let mut waits = Vec::new();
        for _ in 0..9 {
            refusals.refused(absent(Part::Tablespaces, false), now);
            let wait = (0..=600).map(Duration::from_secs).find(|wait| !refusals.due(now + *wait).is_empty()).unwrap();
            waits.push(wait.as_secs());
            now += wait;
        }
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
    }

    #[test]
    fn what_may_pass_leaves_what_was_known() {
        let known = Facts { databases: [("a".to_owned(), 7), ("b".to_owned(), 8)].into(), in_recovery: true, ..Facts::default() };
        let now = Facts { database: "a".into(), datname: "a".into(), ..Facts::default() };
        let kept = now.clone().without(&[absent(Part::Databases, false), absent(Part::Recovery, false)], Some(&known));
        assert!(kept.databases == known.databases && kept.in_recovery && kept.absent.is_empty());
        let revoked = now.clone().without(&[absent(Part::Databases, true), absent(Part::Recovery, true)], Some(&known));
        assert_eq!((revoked.looked_into(&Databases::default()).0.into_iter().collect::<Vec<_>>(), revoked.role()), (vec!["a"], None));
        let never_known = now.without(&[absent(Part::Databases, false)], Some(&revoked));
        assert!(never_known.know(&[Part::Databases]).is_err());
    }

    #[test]
    fn a_database_that_cannot_be_said_is_not_looked_into() {
        let now = Facts { database: "a\\xff".into(), datname: "a\\xff".into(), ..Facts::default() };
        assert!(now.without(&[absent(Part::Databases, true)], None).databases.is_empty());
    }
}
