use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn schedule(jobs: &[(&'static str, u32, u32)]) -> (Schedule<&'static str>, Instant) {
    let now = Instant::now();
    let mut schedule = Schedule::new(now);
    for (job, interval, phase) in jobs {
        schedule.insert(*job, SECOND * *interval, SECOND * *phase, now);
    }
    (schedule, now)
}

#[test]
fn runs_everything_at_once_and_then_on_its_grid() {
    let (mut schedule, start) = schedule(&[("a", 10, 3), ("b", 10, 7)]);
    assert_eq!((schedule.take(start), schedule.take(start), schedule.take(start)), (Some("a"), Some("b"), None));
    schedule.finished(&"a", Ended::Well, start, 0.0);
    schedule.finished(&"b", Ended::Well, start, 0.0);
    assert_eq!(schedule.next_due(), Some(start + SECOND * 3));
    assert_eq!(schedule.take(start + SECOND * 3), Some("a"));
    schedule.finished(&"a", Ended::Well, start + SECOND * 3, 0.0);
    assert_eq!(schedule.take(start + SECOND * 7), Some("b"));
    assert_eq!(schedule.next_due(), Some(start + SECOND * 13));
}

#[test]
fn skips_the_ticks_that_passed_while_it_ran() {
    let (mut schedule, start) = schedule(&[("a", 10, 0)]);
    assert_eq!(schedule.take(start), Some("a"));
    assert_eq!(schedule.take(start + SECOND * 60), None, "it runs");
    schedule.finished(&"a", Ended::Well, start + SECOND * 35, 0.0);
    assert_eq!(schedule.next_due(), Some(start + SECOND * 40));
}

#[test]
fn backs_off_after_failures_and_recovers() {
    let (mut schedule, start) = schedule(&[("a", 10, 0)]);
    let mut now = start;
    for expected in [20, 40, 80, 160, 300, 300] {
        assert_eq!(schedule.take(now), Some("a"));
        schedule.finished(&"a", Ended::Badly, now, 1.0);
        assert_eq!(schedule.next_due(), Some(now + SECOND * expected));
        now += SECOND * expected;
    }
    assert_eq!(schedule.take(now), Some("a"));
    schedule.finished(&"a", Ended::Well, now, 1.0);
    assert_eq!(schedule.next_due(), Some(now + SECOND * 10));
}

#[test]
fn comes_back_soon_after_a_lock_however_long_it_was_held() {
    let (mut schedule, mut now) = schedule(&[("a", 300, 0)]);
    for _ in 0..9 {
        assert_eq!(schedule.take(now), Some("a"));
        schedule.finished(&"a", Ended::Refused, now, 1.0);
        assert_eq!(schedule.next_due(), Some(now + SECOND * 20));
        now += SECOND * 20;
    }
}

/// The jobs that are tried within a time, if each try takes a second and ends as it is told.
fn tries(schedule: &mut Schedule<&'static str>, from: Instant, seconds: u32, ended: Ended) -> Vec<&'static str> {
    let mut tried = Vec::new();
    for second in 0..seconds {
        let now = from + SECOND * second;
        if let Some(job) = schedule.take(now) {
            schedule.finished(&job, ended, now, 1.0);
            tried.push(job);
        }
    }
    tried
}

#[test]
fn an_overload_is_not_made_worse_and_all_are_back_soon_after_it() {
    let (mut schedule, start) = schedule(&[("a", 10, 0), ("b", 60, 0), ("c", 300, 0), ("d", 3600, 0)]);
    assert_eq!(tries(&mut schedule, start, 4, Ended::Late(SECOND)), ["a", "b", "c", "d"], "each is tried once");
    let hour = tries(&mut schedule, start + SECOND * 4, 3600, Ended::Late(SECOND));
    assert!((230..=240).contains(&hour.len()), "then one every 15 seconds for all of them: {}", hour.len());
    assert_eq!(hour[..5], ["a", "b", "c", "d", "a"], "in turn");
    let mut back = tries(&mut schedule, start + SECOND * 3604, 19, Ended::Well);
    back.sort_unstable();
    back.dedup();
    assert_eq!(back, ["a", "b", "c", "d"]);
    assert!(schedule.line.is_empty());
}

#[test]
fn who_was_late_and_fails_otherwise_leaves_the_line() {
    let (mut schedule, start) = schedule(&[("a", 10, 0), ("b", 10, 0)]);
    for job in ["a", "b"] {
        assert_eq!(schedule.take(start), Some(job));
        schedule.finished(&job, Ended::Late(SECOND), start, 1.0);
    }
    let now = start + SECOND * 15;
    assert_eq!((schedule.next_due(), schedule.take(now)), (Some(now), Some("a")));
    schedule.finished(&"a", Ended::Refused, now, 1.0);
    assert_eq!(schedule.due(&"a"), Some(now + SECOND * 20));
    schedule.remove(&"b");
    assert!(schedule.line.is_empty());
}

#[test]
fn what_was_not_tried_is_due_where_it_was() {
    let (mut schedule, start) = schedule(&[("a", 10, 0), ("b", 10, 0)]);
    assert_eq!(schedule.take(start), Some("a"));
    schedule.finished(&"a", Ended::Late(SECOND), start, 1.0);
    assert_eq!(schedule.take(start), Some("b"));
    schedule.finished(&"b", Ended::Untried, start, 1.0);
    assert_eq!((schedule.take(start), schedule.take(start)), (Some("b"), None));
    let now = start + SECOND * 15;
    assert_eq!(schedule.take(now), Some("a"));
    schedule.finished(&"a", Ended::Untried, now, 1.0);
    assert!(!schedule.line.is_empty());
}

#[test]
fn takes_jobs_that_go_together() {
    let (mut schedule, start) = schedule(&[("x1", 10, 0), ("x2", 10, 0), ("y1", 10, 0)]);
    let first = schedule.take(start).unwrap();
    assert_eq!(schedule.take_with(start, |job| job.starts_with(&first[..1])), ["x2"]);
    assert_eq!(schedule.take(start), Some("y1"));
}

#[test]
fn what_was_removed_never_comes_back() {
    let (mut schedule, start) = schedule(&[("a", 10, 0), ("b", 10, 0)]);
    assert_eq!(schedule.take(start), Some("a"));
    schedule.remove(&"a");
    schedule.finished(&"a", Ended::Well, start, 0.0);
    schedule.remove(&"b");
    assert_eq!((schedule.next_due(), schedule.jobs().count()), (None, 0));
}

#[test]
fn all_due_spares_what_runs() {
    let (mut schedule, start) = schedule(&[("a", 10, 0), ("b", 10, 0)]);
    assert_eq!(schedule.take(start), Some("a"));
    schedule.finished(&"a", Ended::Badly, start, 1.0);
    assert_eq!(schedule.take(start), Some("b"));
    schedule.all_due(start + SECOND);
    assert_eq!(schedule.take(start + SECOND), Some("a"));
    assert_eq!(schedule.take(start + SECOND), None);
}
