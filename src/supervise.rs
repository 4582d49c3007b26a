//! What panics is one fault, and stays one: a piece of work ends alone, and a task is started anew, after a pause that grows.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::backoff::{self, Backoff};

/// Between a panic and the next try. A fault that comes back at once says so in the log once a minute at most.
const RESTART: Backoff = Backoff { base: Duration::from_secs(1), cap: Duration::from_mins(1) };

/// Runs what `start` makes until that ends by itself. After a panic it is made anew, and runs after a pause, unless `stop` comes first.
///
/// `start` is called at once, and again before the pause and not after it: what it resets, such as a server's place on the board, is not
/// true any more.
pub fn supervise<S, F>(name: &str, stop: &CancellationToken, mut start: S) -> impl Future<Output = ()> + use<S, F>
where
    S: FnMut() -> F,
    F: Future<Output = ()>,
{
    let work = start();
    watch(name.to_owned(), stop.clone(), start, work)
}

/// Runs `work` to its end. Nothing comes back where it panicked: then whatever it was changing is not to be used any more.
pub async fn survive<T>(work: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(work).catch_unwind().await.ok()
}

async fn watch<F: Future<Output = ()>>(name: String, stop: CancellationToken, mut start: impl FnMut() -> F, mut work: F) {
    let mut failures = 0;
    loop {
        let begun = Instant::now();
        // The work owns all it touches or shares it behind locks that a panic releases; of the rest nothing is used again.
        if survive(work).await.is_some() {
            return;
        }
        failures = if begun.elapsed() > RESTART.cap { 1 } else { failures + 1 };
        let pause = RESTART.delay(failures, backoff::random());
        error!(task = name, ?pause, "a task panicked and is restarted");
        work = start();
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// A task whose first runs panic, and how often it was started.
    async fn panics(times: u32, stop: &CancellationToken) -> (u32, Duration) {
        let starts = Cell::new(0);
        let begun = Instant::now();
        supervise("test", stop, || {
            starts.set(starts.get() + 1);
            let run = starts.get();
            async move {
                tokio::task::yield_now().await;
                assert!(run > times, "run {run}");
            }
        })
        .await;
        (starts.get(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn what_ends_by_itself_is_over() {
        assert_eq!(panics(0, &CancellationToken::new()).await, (1, Duration::ZERO));
    }

    #[tokio::test(start_paused = true)]
    async fn what_panics_is_started_anew_after_a_pause_that_grows() {
        let (starts, took) = panics(3, &CancellationToken::new()).await;
        assert_eq!(starts, 4);
        // The upper halves of 1, 2 and 4 seconds; the clock of the test counts whole milliseconds.
        assert!((Duration::from_millis(3500)..=Duration::from_millis(7010)).contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_ends_when_it_is_told_to_stop() {
        let stop = CancellationToken::new();
        stop.cancel();
        assert_eq!(panics(9, &stop).await, (2, Duration::ZERO));
    }
}
