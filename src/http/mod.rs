//! What is served over HTTP. No handler touches a database: each answers from memory.

pub mod accept;
pub mod body;
pub mod discovery;
pub mod health;
pub mod landing;
pub mod metrics;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use tokio::sync::{mpsc, oneshot};

use crate::expose::page::Pages;
use crate::target::status::Board;
use crate::telemetry::own::Own;

/// What the handlers read.
#[derive(Clone)]
pub struct Shared {
    /// The pages.
    pub pages: Arc<Pages>,
    /// The state of all servers.
    pub board: Arc<Board>,
    /// Where scrapes are counted.
    pub own: Arc<Own>,
    /// Where a reload is asked for.
    pub reload: mpsc::Sender<ReloadRequest>,
}

/// Asks for a reload; the answer is what is wrong with the new configuration, if anything is.
pub type ReloadRequest = oneshot::Sender<Result<(), String>>;

/// All routes.
pub fn router(shared: Shared) -> Router {
    Router::new()
        .route("/", get(landing::landing))
        .route("/metrics", get(metrics::metrics))
        .route("/probe", get(metrics::probe))
        .route("/sd", get(discovery::targets))
        .route("/-/healthy", get(health::healthy))
        .route("/-/ready", get(health::ready))
        .route("/-/reload", post(health::reload))
        .with_state(shared)
}
