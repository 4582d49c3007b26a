//! The work on a server with a few databases, by a clock of the test: which short-lived connections there are, and how old the answers become.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::agenda::{Agenda, Clock};
use super::facts::Facts;
use super::lasting::Locked;
use super::trip::Ran;
use super::watched::Watched;
use crate::expose::store::{Revision, Store};
use crate::query::catalog::{Catalog, File};
use crate::server::report::answer::{Answer, freshness};
use crate::server::report::fault::Fault;
use crate::server::report::status::Board;
use crate::server::seats::{Login, Place, Work as _};
use crate::settings::Settings;

const SECOND: Duration = Duration::from_secs(1);
const MILLI: Duration = Duration::from_millis(1);
const SEAT: usize = 1;

/// How a statement or a session ends.
enum End {
    After(Duration),
    /// The server ends the session.
    Breaks,
}

type Costs = fn(Option<&str>, &str) -> End;
type Locking = fn(u64) -> Locked;

struct Model {
    agenda: Agenda,
    board: Arc<Board>,
    facts: Facts,
    now: Instant,
    began: Instant,
    heartbeat: Instant,
    /// What the facts and each query cost, by database.
    costs: Costs,
    locking: Locking,
    looks: u64,
    /// Whether logins to the configured database hang until they are cancelled.
    hangs: bool,
    /// When each query last succeeded, and the longest that one went without, as a part of its freshness limit, by database.
    success: BTreeMap<(String, String), Instant>,
    oldest: BTreeMap<String, f64>,
    /// The connections to each database.
    opened: BTreeMap<String, Vec<Instant>>,
    /// The databases and reasons of skips.
    skipped: BTreeSet<(String, &'static str)>,
}

/// A file of this scope, with an interval and a timeout in seconds.
fn file(name: &str, scope: &str, interval: u64, timeout: u64) -> File {
    let metric = name.replace('/', "_");
    let text = format!(
        "-- about: A.\n-- scope: {scope}\n-- interval: {interval}s\n-- timeout: {timeout}s\n-- limit: 5 series\n-- gauge pg_{metric}: X.\n-- sql:\nSELECT 1 AS pg_{metric}"
    );
    File { name: name.to_owned(), path: format!("{name}.sql"), text, bundled: true }
}

impl Model {
    fn new(databases: &[&str], files: &[File], costs: Costs) -> Self {
        let catalog = Catalog::new(files).unwrap();
        let url = ("DATABASE_URL".to_owned(), "postgres://pgvigil@db1/postgres".to_owned());
        let server = Settings::load(None, &HashMap::from([url])).unwrap().servers.remove(0);
        let (store, board) = (Arc::new(Store::new(Revision::default())), Arc::new(Board::new(Revision::default())));
        let watched = Watched::new(server, &catalog, store, Arc::clone(&board), watch::Sender::default());
        let now = Instant::now();
        let oids = databases.iter().zip(16384..).map(|(name, oid)| ((*name).to_owned(), oid)).collect();
        let facts = Facts { version_num: 180_000, database: "postgres".to_owned(), databases: oids, ..Facts::default() };
        Self {
            agenda: Agenda::new(Arc::new(watched), Clock(now)),
            board,
            facts,
            now,
            began: now,
            heartbeat: now,
            costs,
            locking: |_| Locked::default(),
            looks: 0,
            hangs: false,
            success: BTreeMap::new(),
            oldest: BTreeMap::new(),
            opened: BTreeMap::new(),
            skipped: BTreeSet::new(),
        }
    }

    /// Time passes, and heartbeats with it.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.heartbeat <= until {
            self.now = self.heartbeat.max(self.now);
            self.agenda.tick(self.now);
            self.agenda.adopt(self.facts.clone());
            self.look_at_board();
            self.heartbeat += SECOND * 5;
        }
        self.now = until;
        self.agenda.tick(until);
    }

    fn look_at_board(&mut self) {
        let skipped = self.board.read(|servers| {
            let queries = servers.values().flat_map(|server| &server.queries);
            let skips = queries.filter_map(|((_, database), query)| {
                Some((database.as_deref().unwrap_or("all").to_owned(), query.skip.as_ref()?.reason()))
            });
            skips.collect::<Vec<_>>()
        });
        self.skipped.extend(skipped);
        for job in self.agenda.visits.jobs() {
            let database = job.database.as_deref().unwrap_or("all").to_owned();
            let since = self.success.get(&(database.clone(), job.query.name.clone())).copied().unwrap_or(self.began);
            let part = self.now.duration_since(since).as_secs_f64() / freshness(&job.query).as_secs_f64();
            let oldest = self.oldest.entry(database).or_default();
            *oldest = oldest.max(part);
        }
    }

    /// What the seats do, if the kept session lives and all logins succeed.
    fn run(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while self.now < until {
            self.pass(MILLI * 50);
            let now = self.agenda.clock.at(self.now);
            if self.agenda.locks(true).is_some_and(|at| at <= now) {
                self.looks += 1;
                self.agenda.looked((self.locking)(self.looks), None);
            }
            if let Some((_, place)) = self.agenda.visit(None, false).filter(|(at, _)| *at <= now) {
                self.visit(place);
            }
        }
    }

    fn visit(&mut self, place: Place) {
        let (_, database) = self.agenda.open(SEAT, place, false);
        let name = if place == Place::Login { "login" } else { database.as_deref().unwrap_or("all") };
        self.opened.entry(name.to_owned()).or_default().push(self.now);
        if self.hangs && place == Place::Login {
            self.pass(SECOND * 5);
            self.agenda.logged(SEAT, place, Login::Silent, Some(&Fault::connection("no login in time")));
            self.looks += 1;
            self.agenda.looked((self.locking)(self.looks), None);
            self.pass(MILLI);
            assert!(self.agenda.end_hang(SEAT));
            return;
        }
        self.pass(MILLI);
        self.agenda.logged(SEAT, place, Login::Entered, None);
        if place != Place::Login {
            match (self.costs)(database.as_deref(), "facts") {
                End::After(time) => {
                    self.pass(time);
                    self.agenda.visited(SEAT, Ok(self.facts.clone()));
                    self.queries(place);
                }
                End::Breaks => self.agenda.lost(SEAT, &Fault::connection("it breaks")),
            }
        }
        self.agenda.leave(SEAT);
    }

    fn queries(&mut self, place: Place) {
        while self.agenda.due(place).is_some() {
            let (job, _) = self.agenda.take(SEAT).unwrap();
            match (self.costs)(job.database.as_deref(), &job.query.name) {
                End::After(time) => {
                    self.pass(time);
                    self.agenda.ran(SEAT, Ok(Ran::Answered(Answer::none(self.now + freshness(&job.query)))));
                    let database = job.database.as_deref().unwrap_or("all").to_owned();
                    self.success.insert((database, job.query.name.clone()), self.now);
                }
                End::Breaks => return self.agenda.lost(SEAT, &Fault::connection("it breaks")),
            }
        }
    }

    fn oldest(&self, database: &str) -> f64 {
        self.oldest.get(database).copied().unwrap_or_default()
    }
}

/// One query over the whole server that is too long for the kept session, and thirty in each database.
fn many() -> Vec<File> {
    let tables = (0..30).map(|number| file(&format!("tables/q{number:02}"), "database", 60, 10));
    tables.chain([file("all/database", "server", 15, 5)]).collect()
}

fn slow_ones(database: Option<&str>, query: &str) -> End {
    // Nine tenths of each timeout: nothing is late.
    let is_slow = database.is_some_and(|name| name.starts_with("slow")) && query != "facts";
    End::After(if is_slow { SECOND * 9 } else { MILLI * 10 })
}

#[test]
fn a_slow_database_costs_no_other_its_values() {
    for databases in [&["postgres", "shop", "slow"][..], &["shop", "slow", "slow too"]] {
        let mut model = Model::new(databases, &many(), slow_ones);
        model.run(1800);
        assert!(model.oldest("all") < 1.0 && model.oldest("shop") < 0.7, "{databases:?}: {:?}", model.oldest);
        assert!(model.oldest("slow") > 1.0, "its own do not fit into its intervals: {:?}", model.oldest);
        let slow = model.success.keys().filter(|(database, _)| database == "slow").count();
        assert_eq!(slow, 30, "and each has its turn");
        let reasons: BTreeSet<_> = model.skipped.iter().map(|(database, reason)| (database.split(' ').next().unwrap(), *reason)).collect();
        assert_eq!(reasons, [("slow", "crowded")].into(), "which is said");
    }
}

#[test]
fn a_slow_database_without_others_has_all_the_time() {
    let mut model = Model::new(&["slow"], &many()[..30], slow_ones);
    model.run(1800);
    assert!(model.success.len() == 30 && model.oldest("slow") < 2.0, "{:?}", model.oldest);
    assert!(model.opened["slow"].len() < 90, "only the login probe comes between: {}", model.opened["slow"].len());
}

#[test]
fn what_is_crowded_is_told_no_more_once_there_is_time() {
    let mut model = Model::new(&["postgres", "shop", "slow"], &many(), slow_ones);
    model.run(600);
    model.costs = |_, _| End::After(MILLI * 10);
    model.run(300);
    model.skipped.clear();
    model.run(60);
    assert_eq!((model.skipped.clone(), model.agenda.crowded), (BTreeSet::new(), false));
}

#[test]
fn a_database_that_ends_sessions_gets_one_login_at_a_time() {
    let files: Vec<File> =
        [10, 15, 20, 30, 60, 300].into_iter().map(|interval| file(&format!("tables/q{interval}"), "database", interval, 5)).collect();
    let at_facts: Costs = |database, _| if database == Some("m") { End::Breaks } else { End::After(MILLI * 10) };
    let at_query: Costs = |database, query| if database == Some("m") && query != "facts" { End::Breaks } else { End::After(MILLI * 10) };
    for costs in [at_facts, at_query] {
        let mut model = Model::new(&["postgres", "m", "shop"], &files, costs);
        model.run(600);
        let logins = &model.opened["m"];
        assert!(logins.windows(2).all(|pair| pair[1] - pair[0] >= SECOND * 10), "{} logins", logins.len());
        assert!(logins.len() > 10 && model.oldest("shop") < 1.0, "{} {:?}", logins.len(), model.oldest);
    }
}

#[test]
fn databases_that_come_and_go_leave_nothing_behind() {
    let mut model = Model::new(&["postgres"], &many(), |_, _| End::After(MILLI));
    for turn in 0..100 {
        model.facts.databases = [("postgres".to_owned(), 5), (format!("db{turn}"), 16384 + turn)].into();
        model.run(6);
    }
    assert_eq!(model.agenda.spots.count(), 3, "the whole server and two databases");
    assert!(model.oldest("postgres") < 1.0, "{:?}", model.oldest);
}

/// Another transaction at each look, as of refused DROP DATABASE, on each of the databases.
fn changing_hands(look: u64) -> Locked {
    let row = |oid: u32| [Some(oid.to_string()), Some(format!("7 3/{look}")), None];
    Locked::from_rows([0, 16384, 16385].map(row))
}

fn held(_: u64) -> Locked {
    Locked::from_rows([[Some("16385".to_owned()), Some("7 3/9".to_owned()), None]])
}

#[test]
fn locks_that_change_hands_cost_nothing() {
    let mut model = Model::new(&["postgres", "shop"], &many(), slow_ones);
    model.locking = changing_hands;
    model.run(600);
    assert!(["all", "postgres", "shop"].iter().all(|database| model.oldest(database) < 0.5), "{:?}", model.oldest);
    assert_eq!(model.skipped, BTreeSet::new());
}

#[test]
fn a_lock_that_lasts_costs_one_database_and_no_login() {
    let mut model = Model::new(&["postgres", "shop"], &many(), slow_ones);
    model.locking = held;
    model.run(600);
    assert_eq!((model.opened.get("shop"), model.skipped.clone()), (None, [("shop".to_owned(), "locked")].into()));
    assert!(model.oldest("all") < 1.0 && model.oldest("postgres") < 1.0, "{:?}", model.oldest);
}

#[test]
fn logins_are_tried_where_a_lock_lasts_and_others_are_read_meanwhile() {
    let mut model = Model::new(&["shop", "postgres"], &many(), slow_ones);
    (model.locking, model.hangs) = (held, true);
    model.run(120);
    assert!((6..=9).contains(&model.opened["login"].len()), "{:?}", model.opened["login"].len());
    assert!(model.oldest("shop") < 0.5, "{:?}", model.oldest);
    assert!(model.board.read(|servers| servers.values().all(|server| server.login.is_none())), "only the outcome of a login is told");
    assert_eq!(model.skipped, ["all", "postgres"].map(|database| (database.to_owned(), "locked")).into());
}

#[test]
fn in_the_kept_sessions_seat_a_visit_leaves_out_what_is_long_and_ends_in_time() {
    let files = [("long", 20), ("one", 5), ("two", 5), ("three", 5)]
        .map(|(name, timeout)| file(&format!("tables/{name}"), "database", 60, timeout));
    let mut model = Model::new(&["shop"], &files, slow_ones);
    model.pass(MILLI);
    model.visit(Place::Login);
    let (_, place) = model.agenda.visit(None, true).unwrap();
    model.agenda.open(SEAT, place, true);
    model.agenda.logged(SEAT, place, Login::Entered, None);
    model.agenda.visited(SEAT, Ok(model.facts.clone()));
    let mut taken = Vec::new();
    while model.agenda.due(place).is_some() {
        let (job, _) = model.agenda.take(SEAT).unwrap();
        taken.push(job.query.name.clone());
        model.pass(SECOND * 5);
        model.agenda.ran(SEAT, Ok(Ran::Answered(Answer::none(model.now))));
    }
    assert_eq!(taken, ["tables/one", "tables/three"], "by their names, since all are due since the same time");
}
