//! What is served over HTTP. No handler touches a database: each answers from memory.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`serve`] | connections: how many, and within which bounds |
//! | [`patience`] | a client that reads nothing is disconnected |
//! | [`guard`] | what every request passes through |
//! | [`site`] | pages of other sites have no say |
//! | [`shared`] | what the handlers share |
//! | [`metrics`] | `/metrics`, `/probe` |
//! | [`accept`] | format and encoding of a page |
//! | [`body`] | a response that shares its bytes with the page |
//! | [`discovery`] | `/sd` |
//! | [`health`] | `/-/healthy`, `/-/ready`, `/-/reload` |
//! | [`landing`] | `/`, the page for people |

pub mod accept;
pub mod body;
pub mod discovery;
pub mod guard;
pub mod health;
pub mod landing;
pub mod metrics;
pub mod patience;
pub mod serve;
mod shared;
pub mod site;

use axum::Router;
use axum::middleware;
use axum::routing::{get, post};

pub use shared::{ReloadRequest, Shared};

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
        .layer(middleware::from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}
