//! Is the process alive, has it looked at every server, and may it look at its configuration again?

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tokio::sync::oneshot;

use super::shared::Shared;

/// Always well while the process serves.
pub async fn healthy() -> &'static str {
    "pgvigil is alive\n"
}

/// Ready once every server was tried once, whether or not it answered: a server that is down is news, not a reason to hide.
pub async fn ready(State(shared): State<Shared>) -> Response {
    if shared.board.is_ready() {
        "pgvigil is ready\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "not every server has been tried yet\n").into_response()
    }
}

/// Reads the configuration and the query files again. If they have errors, they are the answer and nothing changes.
pub async fn reload(State(shared): State<Shared>) -> Response {
    let (answer, answered) = oneshot::channel();
    let asked = shared.reload.send(answer).await;
    match (asked, answered.await) {
        (Ok(()), Ok(Ok(()))) => "the configuration was reloaded\n".into_response(),
        (Ok(()), Ok(Err(errors))) => (StatusCode::UNPROCESSABLE_ENTITY, errors).into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "pgvigil is shutting down\n").into_response(),
    }
}
