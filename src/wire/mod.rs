//! The socket that is ours. The driver takes none: it reserves whatever length it is told of, panics at lengths that do not add up, and answers any
//! question for the password. So it speaks, without TLS, to a private socket of this process, and what passes between that one and the server is
//! looked at here, message by message:
//!
//! | File | What it knows |
//! | --- | --- |
//! | [`route`] | where the server is, and how it is reached: TCP or a Unix socket, with TLS or without |
//! | [`line`] | an open socket: where it leads, and when the kernel gives it up |
//! | [`tls`] | whose certificates are accepted |
//! | [`answers`] | what a server may send, when, and how much of it (pure) |
//! | [`body`] | what stands in a message (pure) |
//! | [`auth`] | which questions for a password are answered (pure) |
//! | [`last_word`] | what a server says before it ends a session (pure) |
//! | [`requests`] | what the driver asks (pure) |
//! | [`cancel`] | how what a session does is cancelled without a login; not in use yet |
//! | [`broken`] | why a connection was ended |
//! | [`pump`] | the I/O between them, with buffers that are bounded |
//!
//! No task of its own carries the bytes: [`Wire::carry`] does, for as long as the driver works at something. So to drop a login or a session closes
//! both sockets, and nothing of it goes on.

pub mod answers;
pub mod auth;
pub mod body;
pub mod broken;
pub mod cancel;
pub mod last_word;
pub mod line;
mod private;
pub mod pump;
pub mod requests;
pub mod route;
pub mod tls;

use sqlx::postgres::{PgConnectOptions, PgConnection};

pub use auth::{Method, RequireAuth};
pub use broken::{Broken, Failure};
pub use cancel::Cancel;
pub use pump::Wire;
pub use route::Route;

/// Logs in to the server at the end of `route`, with the user, the password and the database of `options`. A refusal is reported when the server has closed the
/// connection, so that its backend is gone.
///
/// # Errors
/// Why there is no session.
pub async fn login(route: &Route, options: PgConnectOptions) -> Result<(PgConnection, Wire), Failure> {
    let (line, tls) = route.connect().await?;
    let clear = tls.is_some() || route.place.is_local();
    let answers = answers::Answers::new(route.answer_limit, auth::Auth::new(route.require_auth, clear));
    private::connect(line, tls, answers, options).await
}
