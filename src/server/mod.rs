//! One server, and the two connections that pgvigil may have to it.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`seats`] | what to open, ask and close: a pure state machine, and its simulation |
//! | [`doors`] | which databases refuse logins (pure) |
//! | [`connection`] | performs the actions of the seats: a driver, and a task for each connection |
//! | [`link`] | a session and the statements on it |
//! | [`introduction`], [`interrupt`] | the first statement of a session; what follows an interrupted one |
//! | [`room`] | limits how much of an answer is kept |
//! | [`work`] | which queries are due, and how one is run |
//! | [`report`] | what is reported about the server |
//! | [`machine`], [`console`] | the host of the server; a `PgBouncer` |
//!
//! The code that performs the [actions](seats::Action) follows these rules:
//!
//! - One task for each connection waits for every login and every statement to its end, however long that takes: dropping the future would leave the
//!   connection out of step, and a late answer is an event like any other. Only `Drop` ends the task.
//! - An event is handed in before a tick that is due at the same time.
//! - `Refused` is a connection that could not be made, a final error message during the login, or a reply that is not in `PostgreSQL`'s protocol.
//!   `Ended` is the end of the stream after a Terminate or a final error message, and any end of the stream if no proxy is between: then the kernel of
//!   the server's host says that the backend is gone. A TCP reset is `Reset`, since the network may have sent it. A timeout of the kernel is `Broke`.
//! - The first statement of a session sets the keepalives and the user timeout of the server's end, but only if the session is pgvigil's own: through a
//!   pooler the settings would remain for the next client.
//! - To `look` is to ask `pg_stat_get_activity` for the backends of broken sessions, by pid, login role and application name. If none is left, `Gone`
//!   comes before `Answered`.
//! - A short-lived connection in the kept session's seat ([`seats::Work::visit`], `alone`) depends on the facts read last: which databases have a
//!   catalogue that is locked exclusively (`pg_locks`, relations below 10000; database 0 is all of them), and whether any session has begun since the
//!   login that hangs.

pub mod connection;
pub mod console;
pub mod doors;
pub mod interrupt;
pub mod introduction;
pub mod link;
pub mod machine;
pub mod report;
pub mod room;
pub mod seats;
pub mod work;
