//! The times of the two seats, and that their sums hold what is promised.

/// Milliseconds of a monotonic clock.
pub type Millis = u64;

/// `pg_up` is right within this time.
const TRUTH: Millis = 15_000;

/// How often the kept session is asked for a sign of life.
pub const PACE: Millis = 5_000;

/// The longest time-out of a statement on the kept session; a longer one is a visit.
pub const KEPT_LIMIT: Millis = 3_000;

/// The longest one of a visit that has the kept session's seat: until it ends, nothing else tells that the server lives.
pub const ALONE_LIMIT: Millis = 12_000;

/// How much longer than the server's time-out the client waits.
pub const GRACE: Millis = 1_000;

/// For the first statement of a session and each sign of life: the server's time-out is 2 s.
pub(super) const ANSWER: Millis = 2_000 + GRACE;

/// The longest time for a login. It may come later: then it counts as failed, and is used all the same.
pub const LOGIN: Millis = 5_000;

/// The server is down when nothing was answered for this long.
pub(super) const DEAF: Millis = 14_000;

/// For a statement that was cancelled since its seat is needed.
pub(super) const YIELD: Millis = 1_000;

/// For the server to end the stream after a farewell.
pub(super) const FAREWELL: Millis = 1_000;

/// For a backend to exit after it has ended the stream: 13 ms at most in 200 measured.
pub(super) const BREATH: Millis = 50;

/// When a kernel has given up a lost connection: 4.3 to 6.7 s, measured.
const LOST: Millis = 6_700;

/// For the server's kernel to give up a lost connection too, once ours has.
pub(super) const MARGIN: Millis = 3_000;

/// The same where a reset has told, perhaps of the network's making: at once.
pub(super) const RESET_MARGIN: Millis = 7_000;

/// The same for a login, which has no keepalives yet and may wait for its client: `authentication_timeout`.
pub(super) const LOGIN_MARGIN: Millis = 60_000;

/// After this a server that ends idle sessions after 7 s has ended one that does not answer through a proxy, unless it hangs.
pub(super) const UNTOLD: Millis = 8_000;

/// The same for a login, which does not end by itself where it waits for a lock.
pub(super) const UNTOLD_LOGIN: Millis = 600_000;

/// How late a visit is before the kept session makes way for it.
pub(super) const OVERDUE: Millis = 10_000;

/// For how long visits are begun then. The kept session stays for twice this long before it makes way again.
pub(super) const TURN: Millis = 5_000;

/// Between two attempts to open the kept session: the first pause, which doubles, and the longest.
pub(super) const RETRY: Millis = 500;
pub(super) const RARE: Millis = 5_000;

/// A wake-up that is later than this is not the server's fault: pgvigil stood still.
pub(super) const LATE: Millis = 1_000;

/// After a stop: for a statement to end by itself.
pub(super) const PATIENCE: Millis = 1_000;

/// After a stop: for everything. The process has 7.5 s.
pub(super) const DRAIN: Millis = 6_000;

// The last answer at 0. Just before the next sign of life is due, a statement begins, and hangs. Another session has time to answer.
const _: () =
    assert!(PACE + KEPT_LIMIT + GRACE + LOGIN <= DEAF && PACE + ANSWER + LOGIN <= DEAF && ALONE_LIMIT + GRACE < DEAF && DEAF < TRUTH);
// A server that answers again is found in time, by an attempt that begins just before and hangs.
const _: () = assert!(RARE + LOGIN + ANSWER < TRUTH);
// Both connections are lost, and a login is slow.
const _: () = assert!(LOST + MARGIN + LOGIN < TRUTH && LOST < RESET_MARGIN && RESET_MARGIN + LOGIN < TRUTH);
// A statement that has to be cancelled, and a login that hangs.
const _: () = assert!(PATIENCE + FAREWELL + BREATH < DRAIN && LOGIN < DRAIN && DRAIN < 7_500);
