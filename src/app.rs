//! The running exporter: built of its parts, takes new configurations over, and drains with a deadline.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`fleet`] | the work on all servers |
//! | [`loading`] | reading the files of a reload |
//! | [`signals`] | what the process is told by signals |

mod fleet;
mod loading;
mod signals;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use fail::fail_point;
use prometheus_client::metrics::counter::Counter;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::expose::page::Pages;
use crate::expose::store::{Revision, Store};
use crate::http::site::Names;
use crate::http::{self, ReloadRequest, Shared};
use crate::process;
use crate::query::catalog::{Catalog, Family};
use crate::server::report::status::Board;
use crate::settings::{Listen, Settings};
use crate::sources::{Loaded, Sources};
use crate::supervise::supervise;
use crate::systemd;
use crate::telemetry::log;
use crate::telemetry::own::{Own, OwnFamilies};
use crate::telemetry::panics;
use crate::web::{self, Web};
use fleet::Fleet;
use loading::Loading;

/// How long statements in flight and pages under way may take once pgvigil is told to end. With what the log may take, 8 seconds: below the ten
/// after which container runtimes kill.
const DRAIN: Duration = Duration::from_millis(7500);

/// How often pages and answers that are out of date are let go. Long enough for a few scrapers to share a page.
const SWEEP: Duration = Duration::from_secs(5);

/// Serves until a signal ends it, with the work on servers on the runtime `work`. The counter is that of [`log::Log`].
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(sources: Sources, loaded: Loaded, work: Handle, log_lines_dropped: Counter) -> io::Result<()> {
    // Before anything else, as an unhandled signal would end the process at once.
    let (reload, reloads) = mpsc::channel(1);
    let ends = signals::take(reload.clone())?;
    let listener = listen(&loaded.settings).await?;
    App::build(sources, loaded, work, log_lines_dropped, reload).run(listener, ends, reloads).await
}

async fn listen(settings: &Settings) -> io::Result<TcpListener> {
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {}: {error}", settings.listen));
    let addresses = settings.listen.resolve().map_err(failed)?;
    TcpListener::bind(&addresses[..]).await.map_err(failed)
}

/// The exporter.
pub struct App {
    sources: Sources,
    /// What it begins with.
    first: Option<(Settings, Catalog)>,
    listen: Listen,
    web: Arc<ArcSwap<Web>>,
    names: Arc<ArcSwap<Names>>,
    board: Arc<Board>,
    own: Arc<Own>,
    pages: Arc<Pages>,
    families: Arc<ArcSwap<BTreeMap<String, Family>>>,
    fleet: Fleet,
    work: Handle,
    loading: Loading,
    reload: mpsc::Sender<ReloadRequest>,
    stop: CancellationToken,
}

impl App {
    /// Puts the parts together. The work on servers runs on the runtime `work`; readers ask for a reload by `reload`.
    #[must_use]
    pub fn build(
        sources: Sources,
        Loaded { settings, catalog, web }: Loaded,
        work: Handle,
        log_lines_dropped: Counter,
        reload: mpsc::Sender<ReloadRequest>,
    ) -> Self {
        let revision = Revision::default();
        let store = Arc::new(Store::new(revision.clone()));
        let board = Arc::new(Board::new(revision.clone()));
        let own = Arc::new(Own::new(log_lines_dropped));
        let families = Arc::new(ArcSwap::from_pointee(catalog.families().clone()));
        let rest = OwnFamilies { own: Arc::clone(&own), board: Arc::clone(&board), catalog: Arc::clone(&families) };
        let pages = Arc::new(Pages::new(Arc::clone(&store), revision, Box::new(rest)));
        let stop = CancellationToken::new();
        Self {
            sources,
            listen: settings.listen.clone(),
            web: Arc::new(ArcSwap::from_pointee(web)),
            names: Arc::new(ArcSwap::from_pointee(Names::new(None, settings.listen.host(), &settings.allowed_hosts))),
            fleet: Fleet::new(store, Arc::clone(&board), work.clone(), stop.clone()),
            first: Some((settings, catalog)),
            board,
            own,
            pages,
            families,
            work,
            loading: Loading::default(),
            reload,
            stop,
        }
    }

    /// Serves on `listener` until `ends` says so, and then ends within [`DRAIN`]; at once where it says so again. `reloads` are the requests to read
    /// the configuration again.
    ///
    /// # Errors
    /// When the listener has no address.
    pub async fn run(
        mut self,
        listener: TcpListener,
        mut ends: mpsc::Receiver<()>,
        mut reloads: mpsc::Receiver<ReloadRequest>,
    ) -> io::Result<()> {
        let address = format!("{}://{}", self.web.load().scheme(), listener.local_addr()?);
        panics::count(Arc::clone(&self.own));
        if let Some((settings, catalog)) = self.first.take() {
            let names = Names::new(listener.local_addr().ok(), settings.listen.host(), &settings.allowed_hosts);
            self.names.store(Arc::new(names));
            self.warn_of(&settings, &self.web.load());
            self.apply(settings, catalog).await;
        }
        self.keep_house();
        let (own, web, names) = (Arc::clone(&self.own), Arc::clone(&self.web), Arc::clone(&self.names));
        let shared = Shared::new(Arc::clone(&self.pages), Arc::clone(&self.board), own, self.reload.clone(), web, names);
        let router = http::router(shared);
        let mut serving = tokio::spawn(http::serve::serve(listener, router, Arc::clone(&self.web), self.stop.clone()));
        info!(address, "serving");
        systemd::ready(&self.status());

        tokio::select! {
            // Ends a reload, too, that waits for a file or for a server.
            biased;
            Some(()) = ends.recv() => {}
            () = self.reload_when_asked(&mut reloads) => {}
        }
        info!("ending; a second signal ends at once");
        systemd::stopping();
        let drained = async {
            self.fleet.end().await;
            let _ = (&mut serving).await;
        };
        tokio::select! {
            ended = tokio::time::timeout(DRAIN, drained) => if ended.is_err() {
                warn!("not everything ended in time");
            },
            Some(()) = ends.recv() => {}
        }
        Ok(())
    }

    /// Reloads at each request, for ever.
    async fn reload_when_asked(&mut self, reloads: &mut mpsc::Receiver<ReloadRequest>) {
        loop {
            let Some(answer) = reloads.recv().await else { return std::future::pending().await };
            let _ = answer.send(self.reload().await);
        }
    }

    /// Reads the configuration again and takes it over. If it has errors, the previous one stays in use.
    async fn reload(&mut self) -> Result<(), String> {
        systemd::reloading();
        let loaded = self.loading.load(&self.sources).await;
        self.own.reloaded(loaded.is_ok());
        let result = match loaded {
            Ok(Loaded { settings, catalog, web }) => {
                info!(servers = settings.servers.len(), "the configuration was reloaded");
                self.warn_of(&settings, &web);
                if settings.listen != self.listen {
                    warn!(before = %self.listen, now = %settings.listen, "changing `listen` requires a restart");
                }
                self.names.store(Arc::new(self.names.load().with(self.listen.host(), &settings.allowed_hosts)));
                // The same one knows passwords that were right.
                if !web.is_as(&self.web.load()) {
                    self.web.store(Arc::new(web));
                }
                self.own.web_read(true);
                self.apply(settings, catalog).await;
                Ok(())
            }
            Err(errors) => {
                log::wrong(&errors, "reload failed, keeping the previous configuration");
                Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            }
        };
        systemd::ready(&self.status());
        result
    }

    async fn apply(&mut self, settings: Settings, catalog: Catalog) {
        process::open_files(settings.servers.len(), http::serve::CONNECTIONS);
        self.families.store(Arc::new(catalog.families().clone()));
        self.fleet.apply(settings.servers, catalog).await;
    }

    fn warn_of(&self, settings: &Settings, web: &Web) {
        for warning in self.sources.warnings(settings, web) {
            warn!("{warning}");
        }
    }

    /// Starts what is done besides, for as long as the process lives.
    fn keep_house(&self) {
        let pages = Arc::clone(&self.pages);
        tokio::spawn(supervise("sweep", &self.stop, move || sweep(Arc::clone(&pages))));
        let (web, own) = (Arc::clone(&self.web), Arc::clone(&self.own));
        tokio::spawn(supervise("web", &self.stop, move || web::watch::watch(Arc::clone(&web), Arc::clone(&own))));
        let (pages, work) = (Arc::clone(&self.pages), self.work.clone());
        tokio::spawn(supervise("watchdog", &self.stop, move || systemd::watchdog(Arc::clone(&pages), work.clone())));
    }

    /// In a few words, for whoever asks the service manager.
    fn status(&self) -> String {
        format!("watching {} server{}", self.fleet.len(), if self.fleet.len() == 1 { "" } else { "s" })
    }
}

/// Lets go of what nobody has asked for lately.
async fn sweep(pages: Arc<Pages>) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        fail_point!("sweep");
        pages.sweep(Instant::now());
    }
}
