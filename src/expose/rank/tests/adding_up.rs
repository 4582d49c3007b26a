//! What a reader adds up from the page is what the view moved, over any history.

use proptest::prelude::*;

use super::*;

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
                    fixture.baselines.forget();
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
                    // What moved over a restart is not known.
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
