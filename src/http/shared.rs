//! What the handlers share.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::site::Names;
use crate::expose::page::Pages;
use crate::server::report::status::Board;
use crate::telemetry::own::Own;
use crate::web::Web;

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
