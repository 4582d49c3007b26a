//! The two places for connections to a server, and what takes them although it does not answer.

use std::time::{Duration, Instant};

use super::fault::Fault;
use super::hung::{Aim, Hung, Silence};
use super::introduction;
use super::lingering::{self, ALLOWED, Finding, Left, Lingering, Remains};

/// How soon somebody comes as the third to look at two processes that hang. Usually no one has to: who holds on to a connection hears when its
/// process goes on or ends.
pub(super) const ASIDE: Duration = Duration::from_mins(1);

/// The same where one of them has no connection any more that would tell.
const UNHEARD_ASIDE: Duration = Duration::from_secs(10);

/// The same where who came to look got no answer either.
const MORE_ASIDE: Duration = Duration::from_mins(10);

/// What takes a place without an answer.
pub struct Places {
    /// Processes of closed connections that may not have ended yet. While there are any, no further connection is opened: they count.
    pub(super) lingering: Vec<Lingering>,
    /// When to look again whether they have ended.
    pub(super) look_again: Instant,
    /// A login for the kept connection that neither worked nor failed, and what that means. Where it hangs the next one would hang as well.
    pub(super) entry: Option<(Hung, Fault)>,
    /// An errand's login of that kind. It counts too.
    hung: Option<Hung>,
    /// Until then nobody comes as the third where two processes hang.
    stand_aside: Instant,
    /// Where all that is left for whoever goes on.
    left: Left,
}

/// What hangs on the server counts for whoever goes on, too.
impl Drop for Places {
    fn drop(&mut self) {
        let hung = self.hung.take().map(|hung| Lingering::new(None, true, Some(hung)));
        let mut left = self.left.lock();
        left.lingering.extend(self.lingering.drain(..).chain(hung));
        left.entry = self.entry.take();
    }
}

impl Places {
    /// With what was left before.
    #[must_use]
    pub fn new(left: Left, now: Instant) -> Self {
        let Remains { lingering, entry } = std::mem::take(&mut *left.lock());
        let mut places = Self { lingering, look_again: now, entry, hung: None, stand_aside: now, left };
        if places.taken() >= ALLOWED {
            let known = places.hanging().any(|process| process.finding == Finding::Hangs || process.held.is_none());
            let until = if known { places.next_look(now) } else { comes(&places.silences(), now) };
            places.stand_aside(until);
        }
        places
    }

    /// The server's processes that were left without a farewell and have not been seen to end.
    pub(super) fn hanging(&mut self) -> impl Iterator<Item = &Lingering> {
        self.settle(Instant::now());
        self.lingering.iter().filter(|process| process.silent)
    }

    /// Notices which connections that are held on to have come to an end. Most probably their processes have, so somebody may come and look.
    pub(super) fn settle(&mut self, now: Instant) {
        for process in &mut self.lingering {
            if process.settle(now) {
                self.stand_aside = now;
            }
        }
        self.lingering.retain(|process| !process.is_out_of_sight());
    }

    /// Places that are taken by what does not answer.
    pub(super) fn taken(&mut self) -> usize {
        self.hanging().count() + usize::from(self.hung.as_ref().is_some_and(Hung::counts))
    }

    /// Whether a login has not ended, other than one for the kept connection.
    pub(super) fn is_at_login(&self) -> bool {
        self.logins().next().is_some()
    }

    /// Where a login that has not ended leads to.
    pub(super) fn aim(&self) -> Option<&Aim> {
        self.logins().find_map(|hung| hung.aim.as_ref())
    }

    fn logins(&self) -> impl Iterator<Item = &Hung> {
        let left = self.lingering.iter().filter_map(|process| process.held.as_ref());
        left.chain(&self.hung).filter(|hung| hung.is_login && hung.counts())
    }

    /// Connections that are open on this side, and nobody answers on the other.
    pub(super) fn lines(&self) -> usize {
        let held = self.lingering.iter().filter(|process| process.held.is_some()).count();
        let logins = self.hung.iter().chain(self.entry.as_ref().map(|(hung, _)| hung));
        held + logins.filter(|hung| hung.counts()).count()
    }

    /// Whether there may be one more connection beside those that nobody answers.
    pub(super) fn has_room(&self) -> bool {
        self.lines() < ALLOWED
    }

    /// Makes room for one more connection: as many lines are hung up as that takes, first of those that the network may have lost, and never that of
    /// the login for the kept connection.
    pub(super) async fn make_room(&mut self) {
        while !self.has_room() {
            let held = self.lingering.iter_mut().filter(|process| process.held.is_some());
            // Who has told no number has to be found without its line.
            let first = held.min_by_key(|process| (process.pid.is_none(), process.held.as_ref().is_some_and(|held| held.silence.arrived)));
            match first.and_then(Lingering::release) {
                Some(held) => held.hang_up().await,
                None => self.hang_up().await,
            }
        }
    }

    /// Notes that the connection to this process of the server was left, or is only held on to.
    pub(super) fn left(&mut self, pid: Option<i32>, silent: bool, held: Option<Hung>) {
        self.lingering.retain(|process| pid.is_none() || process.pid != pid);
        self.lingering.push(Lingering::new(pid, silent, held));
        self.lingering.retain(|process| !process.is_out_of_sight());
    }

    /// A session does not answer, and with it two or more hang. Whether the network has lost them, another session can tell. It comes soon, and
    /// where the server ends such sessions by itself, not before it has. But not where it is known that one of them hangs, from inside, or both, since
    /// the server's machine has what they were asked, or where who has just logged in gets no answer: where this one has not `answered` at all.
    pub(super) fn two_hang(&mut self, this: Silence, answered: bool, now: Instant) {
        let seen = self.hanging().any(|process| process.finding == Finding::Hangs);
        let until = match self.taken() {
            ALLOWED.. => now + MORE_ASIDE,
            _ if seen || !answered => now + ASIDE,
            _ => comes(&self.silences().into_iter().chain([this]).collect::<Vec<_>>(), now),
        };
        self.stand_aside(until);
    }

    /// What is known of the sessions that do not answer.
    fn silences(&mut self) -> Vec<Silence> {
        self.hanging().map(|process| process.held.as_ref().map_or_else(Silence::default, |held| held.silence)).collect()
    }

    /// How long nobody comes.
    pub(super) fn aside(&mut self, now: Instant) -> Option<Duration> {
        self.is_full(now).then(|| self.stand_aside.saturating_duration_since(now))
    }

    /// Nobody comes until then, unless one of them ends or its line breaks.
    pub(super) const fn stand_aside(&mut self, until: Instant) {
        self.stand_aside = until;
    }

    /// Whether what hangs takes all places, and nobody may come and look at it.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        if self.taken() < ALLOWED {
            self.stand_aside = now;
        }
        now < self.stand_aside
    }

    /// When the next one may come as the third, after one who has found that they hang.
    pub(super) fn next_look(&self, now: Instant) -> Instant {
        let unheard = self.lingering.iter().any(|process| process.silent && process.held.is_none());
        now + if unheard { UNHEARD_ASIDE } else { ASIDE }
    }

    /// The fault that this is.
    pub(super) fn full(&mut self) -> Fault {
        let hanging: Vec<String> = self.hanging().map(|process| process.pid.map_or("unknown".to_owned(), |pid| pid.to_string())).collect();
        Fault::connection(format_args!("two processes of the server that served pgvigil hang ({})", hanging.join(", ")))
    }

    /// Hangs up the login that has not ended, where its place is needed.
    pub(super) async fn hang_up(&mut self) {
        if let Some(hung) = self.hung.take() {
            hung.hang_up().await;
        }
    }

    /// Takes a login that has not ended for what it is.
    pub(super) fn keep_hung(&mut self, hung: Option<Hung>) {
        self.hung = hung.or(self.hung.take());
    }
}

/// When somebody comes to look at sessions that have fallen silent in these ways.
fn comes(all: &[Silence], now: Instant) -> Instant {
    let lost_until = all.iter().filter(|silence| !silence.arrived).filter_map(|silence| silence.lost_until).max();
    match lost_until {
        _ if all.iter().all(|silence| silence.arrived) => now + ASIDE,
        // Then one of them has ended at least, if the network has lost it. But where that takes longer, pgvigil would know nothing of the
        // server for too long.
        Some(until) if until < now + introduction::IDLE => until,
        _ => now + lingering::LIMIT,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn empty(now: Instant) -> Places {
        Places::new(Left::default(), now)
    }

    #[test]
    fn two_that_hang_take_both_places_until_they_end() {
        let start = Instant::now();
        let mut places = empty(start);
        places.left(None, true, None);
        assert_eq!(places.taken(), 0, "nobody can ever tell whether it has ended");
        places.left(Some(1), true, None);
        places.left(Some(1), true, None);
        places.left(Some(2), false, None);
        assert_eq!(places.taken(), 1, "who has said farewell does not hang");
        places.two_hang(Silence::default(), true, start);
        places.left(Some(2), true, None);
        assert!(places.is_full(start) && !places.is_full(start + lingering::LIMIT), "whether the network has lost them is soon looked at");
        places.lingering[0].finding = Finding::Hangs;
        places.two_hang(Silence::default(), true, start);
        assert!(places.is_full(start + lingering::LIMIT), "the server has not ended it, so it hangs");
        places.lingering.pop();
        assert!(!places.is_full(start), "there is a place");
    }

    #[tokio::test]
    async fn what_the_server_ends_by_itself_is_given_the_time() {
        let start = Instant::now();
        let [soon, sooner] = [4, 3].map(|seconds| Some(start + lingering::LIMIT * seconds));
        let [lost, arrived] = [false, true].map(|arrived| move |lost_until: Option<Instant>| Silence { lost_until, arrived });
        let full_until = |this: Silence, other: Silence| {
            let mut places = empty(start);
            places.left(Some(1), true, Some(Hung::new(std::future::pending(), other)));
            places.two_hang(this, true, start);
            places.left(Some(2), true, None);
            (0..100).map(|seconds| start + lingering::LIMIT * seconds).find(|at| !places.is_full(*at))
        };
        assert_eq!(full_until(lost(soon), lost(sooner)), soon, "both have ended then");
        assert_eq!(full_until(lost(soon), lost(None)), soon, "of the other one nobody knows");
        assert_eq!(full_until(lost(None), lost(None)), Some(start + lingering::LIMIT), "nor of both");
        assert_eq!(full_until(lost(soon), lost(Some(start + MINUTE))), Some(start + lingering::LIMIT), "the other one takes too long");
        assert_eq!(full_until(arrived(soon), arrived(None)), Some(start + MINUTE), "both hang");
        assert_eq!(full_until(arrived(soon), lost(sooner)), sooner, "one may be lost");
    }

    #[tokio::test]
    async fn what_is_left_to_whoever_goes_on_is_looked_at_as_soon() {
        let start = Instant::now();
        let soon = start + lingering::LIMIT * 3;
        let silence = |lost_until, arrived| Silence { lost_until, arrived };
        let comes = |silences: [Option<Silence>; 2]| {
            let left = Left::default();
            let hung = |silence| Hung::new(std::future::pending(), silence);
            let process = |(pid, silence): (i32, Option<Silence>)| Lingering::new(Some(pid), true, silence.map(hung));
            left.lock().lingering = (1..).zip(silences).map(process).collect();
            let mut places = Places::new(left, start);
            (0..100).map(|seconds| start + lingering::LIMIT * seconds).find(|at| !places.is_full(*at))
        };
        let hangs = Some(silence(None, true));
        assert_eq!(comes([hangs, hangs]), Some(start + ASIDE), "their lines tell when they end");
        assert_eq!(comes([hangs, None]), Some(start + UNHEARD_ASIDE), "one of them has none");
        assert_eq!(comes([Some(silence(Some(soon), false)); 2]), Some(soon), "the server has ended both then");
        assert_eq!(comes([Some(silence(None, false)); 2]), Some(start + lingering::LIMIT), "the network may have lost them");
    }

    #[tokio::test]
    async fn a_login_that_hangs_is_handed_on() {
        let left = Left::default();
        let mut places = Places::new(Arc::clone(&left), Instant::now());
        places.entry = Some((Hung::new(std::future::pending(), Silence::default()), Fault::connection("no login")));
        drop(places);
        let places = Places::new(left, Instant::now());
        assert!(places.entry.as_ref().is_some_and(|(hung, _)| hung.counts()), "so that no second one is tried");
    }

    #[tokio::test]
    async fn a_line_that_breaks_is_looked_at() {
        let start = Instant::now();
        let mut places = empty(start);
        places.left(Some(1), true, Some(Hung::new(std::future::ready(false), Silence::default())));
        places.left(Some(2), true, Some(Hung::new(std::future::pending(), Silence::default())));
        places.two_hang(Silence::default(), true, start);
        assert!(places.is_full(start), "nobody has noticed yet");
        tokio::task::yield_now().await;
        assert!(!places.is_full(start + lingering::LIMIT), "it may have ended");
        assert_eq!(places.taken(), 2, "or not");
    }

    #[tokio::test]
    async fn who_comes_as_the_third_finds_a_line_free() {
        let start = Instant::now();
        let mut places = empty(start);
        let silence = |arrived| Silence { lost_until: None, arrived };
        places.left(Some(1), true, Some(Hung::new(std::future::pending(), silence(true))));
        places.left(Some(2), true, Some(Hung::new(std::future::pending(), silence(false))));
        places.make_room().await;
        let lines = |places: &Places| places.lingering.iter().map(|process| (process.pid, process.held.is_some())).collect::<Vec<_>>();
        assert_eq!(lines(&places), [(Some(1), true), (Some(2), false)], "the network may have lost this one");
        assert_eq!((places.lines(), places.taken()), (1, 2), "its process counts");
        places.make_room().await;
        assert_eq!(places.lines(), 1);
        let hung = || Hung::new(std::future::pending(), silence(false));
        places.keep_hung(Some(hung()));
        places.entry = Some((hung(), Fault::connection("no login")));
        places.make_room().await;
        assert!(places.entry.is_some() && places.lines() == 1, "the login for the kept connection keeps its line");
        assert_eq!(places.next_look(start), start + UNHEARD_ASIDE, "nobody would hear that one of them has ended");
    }

    #[tokio::test]
    async fn who_has_told_no_number_counts_without_its_line() {
        let mut places = empty(Instant::now());
        for _ in 0..ALLOWED {
            places.left(None, true, Some(Hung::new(std::future::pending(), Silence::default())));
        }
        places.make_room().await;
        assert_eq!((places.lines(), places.taken()), (1, ALLOWED));
        let later = Instant::now() + lingering::LIMIT;
        assert!(places.lingering.iter().all(|process| process.is_unknown(later)), "and is looked for");
    }
}
