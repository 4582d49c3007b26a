//! The time limits of the two seats. The assertions at the end check that their sums keep the promises.

/// Milliseconds of a monotonic clock.
pub type Millis = u64;

/// `pg_up` follows reality within this time.
const TRUTH: Millis = 15_000;

/// The interval of the kept session's heartbeat.
pub const PACE: Millis = 5_000;

/// The longest server-side timeout of a statement on the kept session. A statement with a longer one gets a connection of its own.
pub const KEPT_LIMIT: Millis = 3_000;

/// The longest server-side timeout on a short-lived connection in the kept session's seat: until it ends, nothing else shows that the server is alive.
pub const ALONE_LIMIT: Millis = 12_000;

/// How much longer the client waits than the server-side timeout.
pub const GRACE: Millis = 1_000;

/// For the first statement of a session and for each heartbeat. The server-side timeout is 2 s.
pub(super) const ANSWER: Millis = 2_000 + GRACE;

/// The time limit for a login. A login that completes later counts as failed, and the session is still used.
pub const LOGIN: Millis = 5_000;

/// The server counts as down when nothing was answered for this long.
pub(super) const DEAF: Millis = 14_000;

/// For a statement that was cancelled because its seat is needed.
pub(super) const YIELD: Millis = 1_000;

/// For the server to end the stream after a Terminate.
pub(super) const FAREWELL: Millis = 1_000;

/// For a backend to exit after it has ended the stream: measured at most 13 ms in 200 runs.
pub(super) const BREATH: Millis = 50;

/// By when a kernel gives up a lost connection: measured 4.3 to 6.7 s.
const LOST: Millis = 6_700;

/// For the server's kernel to give up a lost connection too, after ours has.
pub(super) const MARGIN: Millis = 3_000;

/// The same after a reset, which the network may have sent: the client hears of it at once, the server perhaps not.
pub(super) const RESET_MARGIN: Millis = 7_000;

/// The same for a login: it has no keepalives yet and may wait for its client for `authentication_timeout`.
pub(super) const LOGIN_MARGIN: Millis = 60_000;

/// Behind a proxy: a server that ends idle sessions after 7 s has by then ended a session that does not answer, unless its backend hangs.
pub(super) const UNTOLD: Millis = 8_000;

/// The same for a login, which does not end by itself while it waits for a lock.
pub(super) const UNTOLD_LOGIN: Millis = 600_000;

/// How overdue a short-lived connection is before the kept session gives up its seat for it. With what a heartbeat, a look at the locks and a login take
/// after that, the shortest interval of the simulation (15 s) is still read within its freshness limit.
pub(super) const OVERDUE: Millis = 9_000;

/// For how long short-lived connections may start then. Afterwards the kept session stays for twice this long before it gives up its seat again.
pub(super) const TURN: Millis = 5_000;

/// Between two attempts to open the kept session: the first pause, which doubles, and the longest.
pub(super) const RETRY: Millis = 500;
pub(super) const RARE: Millis = 5_000;

/// A wake-up later than this is not the server's fault: pgvigil itself was suspended.
pub(super) const LATE: Millis = 1_000;

/// After a stop: for a statement to end by itself.
pub(super) const PATIENCE: Millis = 1_000;

/// After a stop: for everything. The process has 7.5 s.
pub(super) const DRAIN: Millis = 6_000;

// The last answer came at 0. Just before the next heartbeat is due, a statement starts and hangs. Another session still has time to answer.
const _: () =
    assert!(PACE + KEPT_LIMIT + GRACE + LOGIN <= DEAF && PACE + ANSWER + LOGIN <= DEAF && ALONE_LIMIT + GRACE < DEAF && DEAF < TRUTH);
// A server that answers again is found in time, even if an attempt started just before and hangs.
const _: () = assert!(RARE + LOGIN + ANSWER < TRUTH);
// Both connections are lost, and a login is slow.
const _: () = assert!(LOST + MARGIN + LOGIN < TRUTH && LOST < RESET_MARGIN && RESET_MARGIN + LOGIN < TRUTH);
// At a stop, a statement has to be cancelled, or a login hangs.
const _: () = assert!(PATIENCE + FAREWELL + BREATH < DRAIN && LOGIN < DRAIN && DRAIN < 7_500);
