//! What is served over HTTP. No handler touches a database: each answers from memory.

pub mod accept;
pub mod body;
pub mod discovery;
pub mod guard;
pub mod health;
pub mod landing;
pub mod metrics;
pub mod patience;
pub mod serve;
pub mod site;

use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::expose::page::Pages;
use crate::target::status::Board;
use crate::telemetry::own::Own;
use crate::web::Web;
use site::Names;

/// Pages that are looked up or built at once. More would only wait for each other, each on a thread of its own.
const BUILDERS: usize = 4;

/// What the handlers read.
#[derive(Clone)]
pub struct Shared {
    /// The pages.
    pub pages: Arc<Pages>,
    /// Who may build one.
    pub builders: Arc<Semaphore>,
    /// The state of all servers.
    pub board: Arc<Board>,
    /// Where scrapes are counted.
    pub own: Arc<Own>,
    /// Where a reload is asked for.
    pub reload: mpsc::Sender<ReloadRequest>,
    /// Who may ask.
    pub web: Arc<ArcSwap<Web>>,
    /// By which names.
    pub names: Arc<ArcSwap<Names>>,
}

impl Shared {
    /// What the handlers read.
    #[must_use]
    pub fn new(
        pages: Arc<Pages>,
        board: Arc<Board>,
        own: Arc<Own>,
        reload: mpsc::Sender<ReloadRequest>,
        web: Arc<ArcSwap<Web>>,
        names: Arc<ArcSwap<Names>>,
    ) -> Self {
        Self { pages, builders: Arc::new(Semaphore::new(BUILDERS)), board, own, reload, web, names }
    }
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
        .layer(middleware::from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}
