//! One server, and the two connections that pgvigil may have to it.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`seats`] | what to open, ask and close: a pure state machine, and its simulation |
//! | [`doors`] | which databases refuse a login (pure) |
//! | [`connection`] | performs what the seats say: a driver, and a task for each connection |
//! | [`link`] | a session, and statements on it; [`introduction`] has the first one, [`interrupt`] what follows an interrupted one, [`room`] bounds what is kept of an answer |
//! | [`work`] | what is due, and how a query is run |
//! | [`report`] | what is said of it |
//! | [`machine`], [`console`] | the machine beside the server; a `PgBouncer` |
//!
//! What performs the [actions](seats::Action) keeps to this:
//!
//! - One task for each connection waits for each login and each statement to its end, however long that takes: a future that is dropped leaves the connection
//!   out of step, and a late answer is an event like any other. Only `Drop` ends the task.
//! - An event is handed in before the tick that is due at the same time.
//! - `Refused` is a connection that did not come about, a last word at the login, and an answer that is not PostgreSQL's. `Ended` is the end of the stream after a
//!   farewell or a last word, and any where no proxy is between: then the kernel of the server's machine says that the backend is gone. A
//!   reset is `Reset`, since the network may have made it; the kernel's own time-out is `Broke`.
//! - The keepalives and the user timeout of the server's end are set by the first statement of a session that is pgvigil's own: through a pooler they would stay
//!   for its next client.
//! - To `look` is to ask `pg_stat_get_activity` for the processes of broken sessions, by their numbers, the login role and the name of the application. When none
//!   is there, `Gone` comes before `Answered`.
//! - What a visit may do in the kept session's seat ([`seats::Work::visit`], `alone`) stands on what the facts have read: which databases have a catalogue that
//!   is locked exclusively (`pg_locks`, relations below 16384; database 0 is all), and whether a session has begun since the login that hangs.

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
