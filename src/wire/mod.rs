//! The socket that is ours. The driver takes none: it reserves whatever length it is told of, panics at lengths that do not add up, and answers any
//! question for the password. So it speaks, without TLS, to a private socket of this process, and what passes between that one and the server is
//! looked at here, message by message:
//!
//! | File | What it knows |
//! | --- | --- |
//! | [`route`] | where the server is, and how it is reached: TCP or a Unix socket, with TLS or without |
//! | [`tls`] | whose certificates are accepted |
//! | [`answers`] | what a server may send, when, and how much of it (pure) |
//! | [`body`] | what stands in a message (pure) |
//! | [`auth`] | which questions for a password are answered (pure) |
//! | [`requests`] | what the driver asks (pure) |
//! | [`pump`] | the I/O between them, with buffers that are bounded |
//!
//! No task of its own carries the bytes: [`Wire::carry`] does, for as long as the driver works at something. So to drop a login or a session closes
//! both sockets, and nothing of it goes on.

pub mod answers;
pub mod auth;
pub mod body;
pub mod broken;
mod private;
pub mod pump;
pub mod requests;
pub mod route;
pub mod tls;

use sqlx::postgres::{PgConnectOptions, PgConnection};

pub use auth::{Method, RequireAuth};
pub use broken::{Broken, Failure};
pub use pump::Wire;
pub use route::Route;

/// Logs in to the server at the end of `route`, with the user, the password and the database of `options`.
///
/// # Errors
/// Why there is no session.
pub async fn login(route: &Route, options: PgConnectOptions) -> Result<(PgConnection, Wire), Failure> {
    let (server, encrypted) = route.connect().await?;
    let clear = encrypted || route.place.is_local();
    let answers = answers::Answers::new(route.answer_limit, auth::Auth::new(route.require_auth, clear));
    private::connect(server, answers, options).await
}
