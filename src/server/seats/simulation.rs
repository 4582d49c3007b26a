//! Simulated histories: the two seats against a model of the server, both kernels and the network.
//!
//! `HISTORIES=1000000 cargo test --lib seats::simulation` runs that many. A history that breaks a promise is shortened as far as it still fails and
//! printed as a table of time, event, both seats and actions, with the value from which a test below can be made.

mod acts;
mod agenda;
mod dice;
mod history;
mod mutants;
mod promises;
mod run;
mod seen;
mod strikes;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use proptest::prelude::*;

use history::{Fault, History, any_history};
use mutants::Mutant;
use run::{run, table};
use seen::{KINDS, Promise, Seen};

/// The default number of histories of ten minutes.
const HISTORIES: u64 = 20_000;

/// How often each state change must be seen in that many histories.
const SEEN: u64 = 1_000;

/// Every possible state change, as in the diagram of `seats.rs`.
const CHANGES: &[(&str, &[&str])] = &[
    ("Free", &["Opening"]),
    ("Opening", &["Asking", "Silent", "Leaving", "Broken", "Ending"]),
    ("Asking", &["Asking", "Idle", "Silent", "Leaving", "Broken", "Ending"]),
    ("Idle", &["Asking", "Leaving", "Broken", "Ending"]),
    ("Silent", &["Asking", "Idle", "Leaving", "Broken", "Ending", "Free"]),
    ("Leaving", &["Silent", "Broken", "Ending"]),
    ("Broken", &["Free"]),
    ("Ending", &["Free"]),
];

/// Runs the histories of the first `count` seeds. Returns what they have seen; each must keep its promises.
fn histories(count: u64) -> Seen {
    let next = AtomicU64::new(0);
    let some = || {
        let mut all = Seen::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= count {
                return all;
            }
            let history = History::from_seed(seed);
            match run(&history, None) {
                Ok(one) => all.add(&one),
                Err((promise, _)) => panic!("{}", told(history, promise)),
            }
        }
    };
    thread::scope(|scope| {
        let other = scope.spawn(some);
        let mut all = some();
        all.add(&other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        all
    })
}

/// The shortest history that still breaks the promise, as text.
fn told(history: History, promise: Promise) -> String {
    let least = history.shrink(|less| run(less, None).is_err_and(|(broken, _)| broken == promise));
    format!("{}\n\n{least:?}", table(&least, None))
}

#[test]
fn histories_keep_the_promises() {
    let count = std::env::var("HISTORIES").ok().and_then(|count| count.parse().ok()).unwrap_or(HISTORIES);
    let seen = histories(count);
    println!("{seen}");
    for (from, row) in seen.changes.iter().enumerate() {
        for (to, times) in row.iter().enumerate() {
            let known = CHANGES.iter().any(|(name, all)| *name == KINDS[from] && all.contains(&KINDS[to]));
            assert_eq!(*times > 0, known, "{} -> {}: {times}", KINDS[from], KINDS[to]);
            assert!(*times >= SEEN || !known || count < HISTORIES, "{} -> {}: {times}", KINDS[from], KINDS[to]);
        }
    }
    // A backend hangs, and the network loses its connection: nearly all histories have both faults, few have them together.
    assert!(seen.thirds * 8 < count, "{} of {count}", seen.thirds);
    // Two faults at once, each of which alone is noticed in time.
    assert!(seen.blips * 500 < count, "{} of {count}", seen.blips);
}

proptest! {
    #[test]
    fn any_history_keeps_the_promises(history in any_history()) {
        if let Err((promise, _)) = run(&history, None) {
            prop_assert!(false, "{promise:?}\n{}\n\n{history:?}", table(&history, None));
        }
    }
}

/// The same machine with one mistake breaks this promise.
fn breaks(mutant: Mutant, promise: Promise) {
    let found = (0..HISTORIES).any(|seed| run(&History::from_seed(seed), Some(mutant)).is_err_and(|(broken, _)| broken == promise));
    assert!(found, "{mutant:?} keeps {promise:?}");
}

macro_rules! mistakes {
    ($($name:ident: $mutant:ident breaks $promise:ident;)*) => { $(
        #[test]
        fn $name() {
            breaks(Mutant::$mutant, Promise::$promise);
        }
    )* };
}

mistakes! {
    mistake_statement_without_limit: StatementWithoutLimit breaks Up;
    mistake_login_without_limit: LoginWithoutLimit breaks Up;
    mistake_farewell_without_limit: FarewellWithoutLimit breaks Fresh;
    mistake_no_doubt: NoDoubt breaks Up;
    mistake_free_at_the_end_of_the_stream: FreeAtTheEndOfTheStream breaks Two;
    mistake_free_at_the_farewell: FreeAtTheFarewell breaks Two;
    mistake_free_when_broken: FreeWhenBroken breaks Two;
    mistake_free_when_silent: FreeWhenSilent breaks Two;
    mistake_no_ghosts: NoGhosts breaks Two;
    mistake_no_look: NoLook breaks Back;
    mistake_no_cancel: NoCancel breaks NothingLeft;
    mistake_no_farewell: NoFarewell breaks Fresh;
    mistake_no_turns: NoTurns breaks Fresh;
    mistake_no_pause: NoPause breaks Bounded;
    mistake_deaf_to_refusals: DeafToRefusals breaks Back;
    mistake_deaf_to_broken_lines: DeafToBrokenLines breaks Up;
    mistake_deaf_to_stops: DeafToStops breaks NothingLeft;
    mistake_standstill_counts: StandstillCounts breaks Up;
}

/// Histories that have failed in the past, as they were printed.
fn failed_once(seed: u64, proxied: bool, strikes: &[(u64, u64, Fault)]) {
    let history = History { seed, proxied, blind: true, stop: 600_000, strikes: strikes.to_vec() };
    run(&history, None).unwrap_or_else(|(promise, what)| panic!("{promise:?}: {what}\n{}", table(&history, None)));
}

#[test]
fn a_backend_that_has_just_gone_on_is_hung_up_and_has_not_exited() {
    let faults = [
        (47_992, 365_660, Fault::Blackhole),
        (159_404, 361_110, Fault::Restart),
        (432_035, 18_037, Fault::Restart),
        (506_497, 26_333, Fault::Reload { reconnect: false }),
        (524_509, 15_491, Fault::Suspend),
    ];
    failed_once(281_154, true, &faults);
}

#[test]
fn a_line_is_lost_while_the_other_login_hangs_and_logins_are_slow() {
    let faults = [
        (35_528, 299_823, Fault::Suspend),
        (185_083, 3_812, Fault::Reload { reconnect: true }),
        (205_196, 162_530, Fault::Freeze),
        (234_545, 22_431, Fault::Hang(1)),
        (312_733, 16_667, Fault::SlowLogins),
        (325_660, 214_340, Fault::Lose(0)),
    ];
    failed_once(574_163, false, &faults);
}

#[test]
fn the_farewell_of_the_only_session_that_answers_is_lost() {
    let faults = [
        (15_255, 299_633, Fault::Freeze),
        (37_394, 9_868, Fault::Hang(0)),
        (181_341, 29_641, Fault::Reload { reconnect: true }),
        (264_789, 18_117, Fault::Reset(1)),
        (283_141, 256_859, Fault::LoseFarewell),
    ];
    failed_once(61_555, false, &faults);
}

#[test]
fn a_visit_holds_the_only_seat_beside_a_ghost() {
    let faults = [
        (40_855, 85, Fault::Reload { reconnect: false }),
        (66_208, 24_058, Fault::Hang(0)),
        (81_284, 10_874, Fault::Reset(0)),
        (161_086, 9_126, Fault::Blackhole),
        (172_131, 35_573, Fault::Hang(0)),
        (193_814, 1, Fault::Lose(0)),
        (193_840, 1, Fault::Lose(1)),
        (196_565, 180_514, Fault::Lock(3)),
        (217_404, 18_035, Fault::SlowLogins),
        (224_560, 1, Fault::Lose(1)),
        (230_645, 1, Fault::Lose(0)),
        (298_945, 20_444, Fault::Freeze),
        (306_474, 3_513, Fault::Lose(0)),
        (333_591, 41_255, Fault::LoseFarewell),
        (350_421, 30_384, Fault::RefuseLogins),
        (369_539, 28_696, Fault::Load),
    ];
    failed_once(645_752, false, &faults);
}

/// A history written by hand, in the form in which a failing one is printed.
fn kept(strikes: &[(u64, u64, Fault)]) -> Seen {
    let history = History { seed: 1, proxied: false, blind: false, stop: 300_000, strikes: strikes.to_vec() };
    run(&history, None).unwrap_or_else(|(promise, what)| panic!("{promise:?}: {what}\n{}", table(&history, None)))
}

#[test]
fn nothing_happens() {
    let seen = kept(&[]);
    assert_eq!((seen.cancels, seen.thirds, seen.blips), (0, 0, 0));
    assert!(seen.busiest < 170, "{seen}");
}

#[test]
fn both_hang_at_once() {
    assert_eq!(kept(&[(100_100, 60_000, Fault::Hang(0)), (100_100, 60_000, Fault::Hang(1))]).thirds, 0);
}

#[test]
fn the_network_loses_everything_and_comes_back() {
    assert_eq!(kept(&[(100_000, 30_000, Fault::Blackhole)]).thirds, 0);
}

/// The one case that no client can detect.
#[test]
fn one_hangs_and_its_line_is_lost_and_so_does_the_other() {
    let strikes = [(100_000, 150_000, Fault::Hang(0)), (100_100, 1, Fault::Lose(0)), (125_000, 120_000, Fault::Hang(1))];
    assert_eq!(kept(&strikes).thirds, 1);
}

#[test]
fn one_database_is_locked() {
    assert_eq!(kept(&[(60_000, 200_000, Fault::Lock(1))]).thirds, 0);
}

#[test]
fn every_login_hangs() {
    assert_eq!(kept(&[(60_000, 150_000, Fault::LockAll)]).thirds, 0);
}

#[test]
fn every_login_hangs_and_the_session_is_lost() {
    assert_eq!(kept(&[(60_000, 150_000, Fault::LockAll), (70_000, 1, Fault::Terminate(0))]).thirds, 0);
}

#[test]
fn a_proxy_hides_that_both_lines_are_lost() {
    let strikes = vec![(100_000, 3_000, Fault::Blackhole)];
    let history = History { seed: 1, proxied: true, blind: false, stop: 300_000, strikes };
    assert_eq!(run(&history, None).unwrap().thirds, 0, "the server has ended them by itself");
}

#[test]
fn a_server_restarts_under_slow_logins() {
    kept(&[(60_000, 60_000, Fault::SlowLogins), (70_000, 15_000, Fault::Restart)]);
}

#[test]
fn pgvigil_stood_still_and_the_server_did_not() {
    assert_eq!(kept(&[(100_000, 45_000, Fault::Freeze)]).cancels, 0);
}
