//! The socket between the driver and a server. The driver does not check what a server sends: it allocates whatever length a message announces, panics
//! at inconsistent lengths, and answers any password request. So the driver is connected to a private socket of this process, without TLS, and
//! everything between that socket and the server is checked here, message by message:
//!
//! | File | What it knows |
//! | --- | --- |
//! | [`route`] | where a server is, and how it is reached: TCP or a Unix socket, with TLS or without |
//! | [`line`] | an open socket: its address, and when the kernel gives it up |
//! | [`tls`], [`certificate`] | the TLS handshake, and which certificates are accepted |
//! | [`answers`] | what a server may send, when, and how much of it (pure) |
//! | [`body`] | the contents of a message (pure) |
//! | [`auth`] | which password requests are answered (pure) |
//! | [`last_word`] | the error with which a server ends a session (pure) |
//! | [`requests`] | counts what the driver asks (pure) |
//! | [`cancel`] | cancels the statement of a session without a login |
//! | [`broken`] | why a connection was ended |
//! | [`pump`] | the I/O between driver and server, with bounded buffers |
//!
//! There is no separate task that carries the bytes: [`Wire::carry`] does, while the driver works. So dropping a login or a session closes both
//! sockets, and nothing of it continues.

pub mod answers;
pub mod auth;
pub mod body;
pub mod broken;
pub mod cancel;
pub mod certificate;
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

/// Logs in to the server of `route` with the user, password and database of `options`. A refusal is reported once the server has closed the connection,
/// so that its backend is gone.
///
/// # Errors
/// Why there is no session.
pub async fn login(route: &Route, options: PgConnectOptions) -> Result<(PgConnection, Wire), Failure> {
    let (line, tls) = route.connect().await?;
    let clear = tls.is_some() || route.place.is_local();
    let answers = answers::Answers::new(route.answer_limit, auth::Auth::new(route.require_auth, clear, route.no_password.clone()));
    private::connect(line, tls, answers, options).await
}
