//! Which series are members, and for how long.

use super::*;

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
        assert_eq!((fixture.ranking.remembered(), fixture.baselines.known()), (1200, 1200));
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

#[test]
fn with_less_room_than_another_ranking_has_members_the_order_of_rows_changes_nothing() {
    let mut ranking = Ranking::default();
    let wanted: HashSet<Box<[u8]>> = ["a", "b", "c"].into_iter().map(|key| key.as_bytes().into()).collect();
    let mut now = Instant::now();
    let mut members_of = |keys: [&str; 3]| {
        now += POLL;
        let movements = keys.map(|key| Movement { key: key.as_bytes().into(), total: 0.0, increases: vec![1.0] });
        ranking.poll(now, Admission::Like(&wanted), 3, &movements, OTHER.as_bytes(), 1);
        ranking.members()
    };
    let first = members_of(["a", "b", "c"]);
    assert_eq!(first.len(), 2);
    assert_eq!(members_of(["c", "b", "a"]), first);
}
