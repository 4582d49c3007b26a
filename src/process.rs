//! What the process takes of its machine: a bounded number of threads, and as many open files as it may have.
//!
//! There are two runtimes. Pages, signals and reloads have one of their own, so that they continue even if the work on servers keeps every
//! thread of the other one busy.

use std::io::{self, Write as _};
use std::num::NonZero;
use std::process;
use std::thread::available_parallelism;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::runtime::{Builder, Handle, Runtime};
use tracing::warn;

/// Threads that work on servers, at least and at most. The work is nearly all waiting: one thread a processor would only cost memory, and on a
/// large machine exceed the number of threads that a service may have.
const WORKERS: (usize, usize) = (2, 4);

/// Threads that answer readers, on any machine.
const READERS: usize = 2;

/// Threads that each runtime lends to blocking calls, at most: name lookups, pages that are built, files, password checks. Further calls wait.
/// With the threads above, the main thread and the log's, 40; the unit allows 64, and reads of the machine take the rest.
const LENT: usize = 16;

/// Open files beside those of servers and readers: the log, the listener, the runtimes, query files.
const OTHER_FILES: u64 = 64;

/// Open files of one server, at most: two connections of three sockets each, a cancel request, and a file of the machine or a password.
const SERVER_FILES: u64 = 8;

/// Runs `main` to its end on the runtime of the readers, and hands it the one of the work. Blocking calls that have not returned by then, such as
/// the lookup of a name that gets no answer, are not waited for.
///
/// # Errors
/// The machine refuses what the runtimes need, or `main` fails.
pub fn run<F: Future<Output = io::Result<()>>>(main: impl FnOnce(Handle) -> F) -> io::Result<()> {
    let (readers, work) = (runtime("readers", READERS)?, work()?);
    let result = readers.block_on(main(work.handle().clone()));
    work.shutdown_background();
    readers.shutdown_background();
    result
}

/// A runtime for work that has no readers.
///
/// # Errors
/// The machine refuses what it needs.
pub fn work() -> io::Result<Runtime> {
    runtime("work", workers(available_parallelism().map_or(1, NonZero::get)))
}

fn runtime(name: &str, threads: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(threads).max_blocking_threads(LENT).thread_name(name).enable_all().build()
}

fn workers(processors: usize) -> usize {
    let (least, most) = WORKERS;
    processors.clamp(least, most)
}

/// Has a panic of any thread end the process with exit code 1, until [`panics::count`](crate::telemetry::panics::count) takes over: a start that
/// failed must not look like one that hangs.
pub fn end_at_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let message = panic.payload_as_str().map(crate::document::mask::cut).unwrap_or_default();
        // `eprintln` would panic again where standard error is closed.
        let _ = writeln!(io::stderr(), "error: panicked at {place}: {message}");
        process::exit(1);
    }));
}

/// Raises the limit of open files to the most that the process may have, and says where `servers` and `readers` at once would need more.
pub fn open_files(servers: usize, readers: usize) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = current == maximum || setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    let needed = files(servers, readers);
    if let Some(limit) = limit.filter(|limit| *limit < needed) {
        warn!(
            limit,
            needed,
            servers,
            "the limit of open files is too low for all servers and readers at once; raise it (LimitNOFILE= in a systemd unit, ulimit -Hn)"
        );
    }
}

/// Open files that so many servers and readers need together.
fn files(servers: usize, readers: usize) -> u64 {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    OTHER_FILES.saturating_add(count(readers)).saturating_add(count(servers).saturating_mul(SERVER_FILES))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_do_not_grow_with_the_machine() {
        assert_eq!([1, 2, 3, 4, 62, 1024].map(workers), [2, 2, 3, 4, 4, 4]);
    }

    #[test]
    fn files_grow_with_servers_and_readers() {
        assert_eq!(files(0, 0), OTHER_FILES);
        assert!(files(1, 512) < 1024, "one server fits into the usual limit");
        assert_eq!(files(1000, 512) - files(0, 512), 8000);
        assert_eq!(files(usize::MAX, 1), u64::MAX);
    }
}
