//! What a reader adds up from the page is what the view moved, over any history.

#![allow(clippy::float_cmp, reason = "they are whole numbers, which doubles hold exactly")]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::expose::baseline::Baselines;

const SEATS: usize = 3;
const COLUMNS: usize = 2;
const POLL: Duration = Duration::from_secs(30);
const OTHER: &str = "other";

/// The view's totals by entry.
type View = BTreeMap<String, [f64; COLUMNS]>;

/// What the page says, by series.
type Page = BTreeMap<String, Vec<f64>>;

/// A view, and the ranking that reads it.
struct Fixture {
    view: View,
    baselines: Baselines,
    ranking: Ranking,
    now: Instant,
    seats: usize,
}

impl Fixture {
    fn new(seats: usize) -> Self {
        let now = Instant::now();
        Self { view: View::new(), baselines: Baselines::default(), ranking: Ranking::default(), now, seats }
    }

    fn add(&mut self, entry: &str, by: [f64; COLUMNS]) {
        let totals = self.view.entry(entry.to_owned()).or_default();
        totals.iter_mut().zip(by).for_each(|(total, by)| *total += by);
    }

    fn poll(&mut self, after: Duration) -> Page {
        self.now += after;
        let rows = self.view.iter().map(|(entry, totals)| (entry.as_bytes(), totals.as_slice()));
        let increases = self.baselines.increases(rows);
        let movements: Vec<Movement> = self
            .view
            .iter()
            .zip(increases.chunks(COLUMNS))
            .map(|((entry, totals), increases)| Movement { key: entry.as_bytes().into(), total: totals[0], increases: increases.to_vec() })
            .collect();
        let admission = Admission::Best { seats: self.seats, by: 0 };
        let shown = self.ranking.poll(self.now, admission, usize::MAX, &movements, OTHER.as_bytes(), COLUMNS);
        let name = |whose: &Whose| match whose {
            Whose::Remainder => OTHER.to_owned(),
            Whose::Member(index) => String::from_utf8_lossy(&movements[*index].key).into_owned(),
            Whose::Departed(key) => String::from_utf8_lossy(key).into_owned(),
        };
        let count = shown.len();
        let page: Page = shown.into_iter().map(|shown| (name(&shown.whose), shown.values)).collect();
        assert_eq!(page.len(), count, "each series once");
        page
    }

    fn members(&self) -> Vec<String> {
        let mut members: Vec<String> = self.ranking.members().iter().map(|key| String::from_utf8_lossy(key).into_owned()).collect();
        members.sort();
        members
    }
}

/// What a reader sees move from one page to the next, as Prometheus counts: a series that is new has not moved, one that fell begins at 0.
fn seen(before: &Page, now: &Page) -> [f64; COLUMNS] {
    let mut sum = [0.0; COLUMNS];
    for (series, values) in now {
        let Some(old) = before.get(series) else { continue };
        for ((sum, value), old) in sum.iter_mut().zip(values).zip(old) {
            *sum += if value >= old { value - old } else { *value };
        }
    }
    sum
}

/// What the view moved, by its definition.
fn moved(before: &View, now: &View) -> [f64; COLUMNS] {
    let mut sum = [0.0; COLUMNS];
    for (entry, totals) in now {
        let old = before.get(entry).copied().unwrap_or_default();
        let was_reset = totals.iter().zip(&old).any(|(total, old)| total < old);
        for ((sum, total), old) in sum.iter_mut().zip(totals).zip(old) {
            *sum += if was_reset { *total } else { total - old };
        }
    }
    sum
}

fn add(one: [f64; COLUMNS], two: [f64; COLUMNS]) -> [f64; COLUMNS] {
    [one[0] + two[0], one[1] + two[1]]
}

#[derive(Debug, Clone)]
enum Event {
    Runs(u8, u16, u16),
    Dropped(u8),
    Reset(u8, u16),
    AllReset,
    Restart,
    Seats(usize),
    Poll(u64),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (0..9_u8, 0..1000_u16, 0..5_u16).prop_map(|(entry, time, calls)| Event::Runs(entry, time, calls)),
        2 => (0..9_u8).prop_map(Event::Dropped),
        1 => (0..9_u8, 0..99_u16).prop_map(|(entry, time)| Event::Reset(entry, time)),
        1 => Just(Event::AllReset),
        1 => Just(Event::Restart),
        1 => (0..6_usize).prop_map(Event::Seats),
        6 => (1..90_u64).prop_map(Event::Poll),
    ]
}

fn name(entry: u8) -> String {
    // One that has the labels of the remainder.
    if entry == 0 { OTHER.to_owned() } else { format!("e{entry}") }
}

proptest! {
    /// From poll to poll the page moves by what the view moves, and so it does for a reader who comes once a minute, however entries come, go, are
    /// reset or counted by another start of the server.
    #[test]
    fn any_history_adds_up(events in prop::collection::vec(event(), 0..120), first_scrape in 0..60_u64) {
        let mut fixture = Fixture::new(SEATS);
        for entry in 0..6 {
            fixture.add(&name(entry), [f64::from(entry) * 1e6, 7.0]);
        }
        let mut before = fixture.view.clone();
        let mut page = fixture.poll(Duration::ZERO);
        prop_assert!(page.values().flatten().all(|value| *value == 0.0));
        let mut total = [0.0; COLUMNS];
        // A reader that has come just now, and comes again each minute.
        let (mut last_page, mut seen_total) = (page.clone(), [0.0; COLUMNS]);
        let mut has_restarted = false;
        let mut next_scrape = fixture.now + Duration::from_secs(first_scrape);
        let quiet = (0..6).map(|_| Event::Poll(29));
        for event in events.into_iter().chain(quiet) {
            match event {
                Event::Runs(entry, time, calls) => fixture.add(&name(entry), [f64::from(time), f64::from(calls)]),
                Event::Dropped(entry) => { fixture.view.remove(&name(entry)); }
                Event::Reset(entry, time) => { fixture.view.entry(name(entry)).and_modify(|totals| *totals = [f64::from(time), 0.0]); }
                Event::AllReset => fixture.view.clear(),
                Event::Restart => {
                    // Its statistics may be anything, as those of another machine after a failover are.
                    fixture.baselines.begin_anew();
                    fixture.view.values_mut().for_each(|totals| totals[0] = (totals[0] * 7.0) % 1e6);
                    has_restarted = true;
                }
                Event::Seats(seats) => fixture.seats = seats,
                Event::Poll(seconds) => {
                    // What the reader sees until then is the page of before.
                    while next_scrape < fixture.now + Duration::from_secs(seconds) {
                        seen_total = add(seen_total, seen(&last_page, &page));
                        last_page = page.clone();
                        next_scrape += Duration::from_mins(1);
                    }
                    // What moved over a restart nobody saw.
                    let expected = if std::mem::take(&mut has_restarted) { [0.0; COLUMNS] } else { moved(&before, &fixture.view) };
                    let new = fixture.poll(Duration::from_secs(seconds));
                    prop_assert_eq!(seen(&page, &new), expected);
                    for (series, values) in &new {
                        prop_assert!(page.contains_key(series) || values.iter().all(|value| *value == 0.0), "{} begins at {:?}", series, values);
                    }
                    prop_assert!(fixture.members().len() <= fixture.seats);
                    prop_assert!(!fixture.members().contains(&OTHER.to_owned()));
                    total = add(total, seen(&page, &new));
                    (page, before) = (new, fixture.view.clone());
                }
            }
        }
        seen_total = add(seen_total, seen(&last_page, &page));
        prop_assert_eq!(seen_total, total);
    }
}

/// Numbers that look random and are the same each time.
struct Noise(u64);

impl Noise {
    /// From 0 to 1.
    fn roll(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// 400 statements, of which a few take most of the time, as they have for long; how much each of them takes is told per poll.
fn day(fixture: &mut Fixture, noise: &mut Noise, takes: impl Fn(f64, &mut Noise) -> f64) -> usize {
    let mut changes = 0;
    let mut members = fixture.members();
    for _ in 0..24 * 60 * 2 {
        for entry in 1..=400_u16 {
            let time = takes(1000.0 / f64::from(entry), noise);
            fixture.add(&format!("s{entry}"), [time, 1.0]);
        }
        fixture.poll(POLL);
        let now = fixture.members();
        changes += now.iter().filter(|member| !members.contains(member)).count();
        members = now;
    }
    changes
}

fn settled() -> Fixture {
    let mut fixture = Fixture::new(40);
    for entry in 1..=400_u16 {
        fixture.add(&format!("s{entry}"), [1e7 / f64::from(entry), 1.0]);
    }
    fixture.poll(Duration::ZERO);
    fixture
}

#[test]
fn a_steady_load_changes_no_series_in_a_day() {
    let mut fixture = settled();
    assert_eq!(day(&mut fixture, &mut Noise(7), |mean, noise| mean * (0.5 + noise.roll())), 0);
    // Where each runs every ten minutes or so, all at once, the seats go to those whose bursts are largest, and then stay theirs.
    let now_and_then = |mean: f64, noise: &mut Noise| if noise.roll() < 0.05 { mean * 20.0 } else { 0.0 };
    let first = day(&mut fixture, &mut Noise(9), now_and_then);
    let second = day(&mut fixture, &mut Noise(11), now_and_then);
    assert!(first <= 8 && second <= 1, "{first} changes, then {second}");
}

#[test]
fn a_slow_new_statement_is_there_within_two_polls_and_stays() {
    let mut fixture = Fixture::new(100);
    for entry in 1..=5000_u16 {
        fixture.add(&format!("old{entry}"), [1e9 / f64::from(entry), 9.0]);
    }
    fixture.poll(Duration::ZERO);
    for _ in 0..20 {
        (1..=5000_u16).for_each(|entry| fixture.add(&format!("old{entry}"), [3000.0 / f64::from(entry), 1.0]));
        fixture.poll(POLL);
    }
    // A twentieth of what all others take.
    for poll in 1..=6 {
        (1..=5000_u16).for_each(|entry| fixture.add(&format!("old{entry}"), [3000.0 / f64::from(entry), 1.0]));
        fixture.add("new", [1400.0, 1.0]);
        let page = fixture.poll(POLL);
        if poll >= 2 {
            assert!(page.contains_key("new"), "poll {poll}");
        }
    }
    assert!(fixture.poll(POLL)["new"][0] >= 1400.0, "it has counts of its own");
    assert_eq!(fixture.members().len(), 100);
}

#[test]
fn entries_that_rotate_take_no_memory_and_no_seat() {
    let mut fixture = Fixture::new(100);
    (1..=200_u16).for_each(|entry| fixture.add(&format!("stays{entry:03}"), [1e6, 9.0]));
    fixture.poll(Duration::ZERO);
    let members = fixture.members();
    for round in 0..50 {
        fixture.view.retain(|entry, _| entry.starts_with("stays"));
        (1..=200_u16).for_each(|entry| fixture.add(&format!("stays{entry:03}"), [100.0, 1.0]));
        (0..1000).for_each(|entry| fixture.add(&format!("once{round}-{entry}"), [0.1, 1.0]));
        fixture.poll(POLL);
        assert_eq!((fixture.ranking.len(), fixture.baselines.len()), (1200, 1200));
    }
    assert_eq!(fixture.members(), members);
}

#[test]
fn with_a_seat_for_each_all_are_members() {
    let mut fixture = Fixture::new(5);
    fixture.add("a", [5.0, 1.0]);
    assert_eq!(fixture.poll(Duration::ZERO), Page::from([("a".to_owned(), vec![0.0; 2]), (OTHER.to_owned(), vec![0.0; 2])]));
    fixture.add("a", [1.0, 1.0]);
    fixture.add("b", [9.0, 3.0]);
    let page = fixture.poll(POLL);
    assert_eq!((&page["a"], &page["b"], &page[OTHER]), (&vec![1.0, 1.0], &vec![0.0, 0.0], &vec![9.0, 3.0]));
    for _ in 0..4 {
        fixture.add("b", [1.0, 1.0]);
        fixture.poll(POLL);
    }
    let page = fixture.poll(POLL);
    assert_eq!((&page["b"], &page[OTHER]), (&vec![2.0, 2.0], &vec![11.0, 5.0]), "from 90 s on, what it moves is its own");
    // It leaves: its last value stands until each reader has seen it.
    fixture.view.remove("b");
    assert_eq!(fixture.poll(POLL)["b"], [2.0, 2.0]);
    fixture.poll(POLL);
    let page = fixture.poll(POLL);
    assert!(!page.contains_key("b") && page[OTHER] == [11.0, 5.0], "its past is not added to the remainder");
}

#[test]
fn another_ranking_says_who_is_a_member() {
    let mut ranking = Ranking::default();
    let now = Instant::now();
    let movement = |key: &str, increase: f64| Movement { key: key.as_bytes().into(), total: 0.0, increases: vec![increase] };
    let leaders: HashSet<Box<[u8]>> = [b"a".as_slice().into()].into();
    let mut poll = |at: u64, leaders: &HashSet<Box<[u8]>>, movements: &[Movement]| {
        let rows = ranking.poll(now + Duration::from_secs(at), Admission::Like(leaders), 10, movements, OTHER.as_bytes(), 1);
        rows.into_iter().map(|shown| (shown.whose, shown.values[0])).collect::<Vec<_>>()
    };
    let both = |a, b| [movement("a", a), movement("b", b)];
    assert_eq!(poll(0, &leaders, &both(0.0, 0.0)), [(Whose::Remainder, 0.0), (Whose::Member(0), 0.0)]);
    assert_eq!(poll(30, &leaders, &both(2.0, 3.0)), [(Whose::Remainder, 3.0), (Whose::Member(0), 2.0)]);
    assert_eq!(poll(60, &HashSet::new(), &both(2.0, 3.0)), [(Whose::Remainder, 8.0), (Whose::Departed(b"a".as_slice().into()), 2.0)]);
    assert_eq!(poll(120, &HashSet::new(), &both(2.0, f64::NAN)), [(Whose::Remainder, 10.0)]);
}
