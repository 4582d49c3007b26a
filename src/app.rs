//! Builds the parts, starts them, takes new configurations over, and drains with a deadline.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::diagnostic::Diagnostic;
use crate::expose::page::Pages;
use crate::expose::store::{Revision, Store};
use crate::http::{self, ReloadRequest, Shared};
use crate::library;
use crate::query::catalog::Catalog;
use crate::settings::{self, Server, ServerKind, Settings};
use crate::target::Target;
use crate::target::bouncer::Bouncer;
use crate::target::host::HostWatch;
use crate::target::status::Board;
use crate::telemetry::own::{Own, OwnFamilies};

/// How long statements in flight and pages under way may take once pgvigil is told to end. Below the ten seconds after which container
/// runtimes kill.
const DRAIN: Duration = Duration::from_secs(8);

/// How often pages and answers that are out of date are let go. Long enough for a few scrapers to share a page.
const SWEEP: Duration = Duration::from_secs(5);

/// Reads the configuration and all query files.
///
/// # Errors
/// Everything that is wrong with them.
pub fn load(config: Option<&PathBuf>) -> Result<(Settings, Catalog), Vec<Diagnostic>> {
    let settings = Settings::load(config.map(PathBuf::as_path), &settings::environment())?;
    let catalog = library::catalog(&settings)?;
    Ok((settings, catalog))
}

/// The running exporter.
struct App {
    config: Option<PathBuf>,
    store: Arc<Store>,
    board: Arc<Board>,
    own: Arc<Own>,
    pages: Arc<Pages>,
    families: Arc<ArcSwap<std::collections::BTreeMap<String, crate::query::catalog::Family>>>,
    catalog: Arc<Catalog>,
    running: HashMap<String, Running>,
    stop: CancellationToken,
}

/// The work on one server.
struct Running {
    server: Server,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

/// Serves until a signal ends it.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(config: Option<PathBuf>, settings: Settings, catalog: Catalog) -> io::Result<()> {
    let listener = listen(&settings).await?;
    let revision = Revision::default();
    let store = Arc::new(Store::new(revision.clone()));
    let board = Arc::new(Board::new(revision.clone()));
    let own = Arc::new(Own::default());
    let families = Arc::new(ArcSwap::from_pointee(catalog.families().clone()));
    let rest = OwnFamilies { own: Arc::clone(&own), board: Arc::clone(&board), catalog: Arc::clone(&families) };
    let pages = Arc::new(Pages::new(Arc::clone(&store), revision, Box::new(rest)));
    let stop = CancellationToken::new();
    let mut app = App { config, store, board, own, pages, families, catalog: Arc::default(), running: HashMap::new(), stop: stop.clone() };
    app.apply(settings, catalog).await;

    let (reload, mut reloads) = mpsc::channel::<ReloadRequest>(1);
    let shared = Shared { pages: Arc::clone(&app.pages), board: Arc::clone(&app.board), own: Arc::clone(&app.own), reload };
    info!(address = %format_args!("http://{}", listener.local_addr()?), "serving");
    let closing = stop.clone();
    // Without it, the last piece of a page waits for the scraper's delayed acknowledgement.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let serving = axum::serve(listener, http::router(shared)).with_graceful_shutdown(async move { closing.cancelled().await });
    let mut serving = tokio::spawn(async move { serving.await });

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut sweep = tokio::time::interval(SWEEP);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                let _ = app.reload().await;
            }
            _ = sweep.tick() => app.pages.sweep(Instant::now()),
            Some(answer) = reloads.recv() => {
                let _ = answer.send(app.reload().await);
            }
        }
    }
    info!("ending; a second signal ends at once");
    let drained = async {
        app.end().await;
        let _ = (&mut serving).await;
    };
    tokio::select! {
        ended = tokio::time::timeout(DRAIN, drained) => if ended.is_err() {
            warn!("not everything ended in time");
        },
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

async fn listen(settings: &Settings) -> io::Result<TcpListener> {
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {}: {error}", settings.listen));
    let addresses = settings.listen.resolve().map_err(failed)?;
    TcpListener::bind(&addresses[..]).await.map_err(failed)
}

impl App {
    /// Reads the configuration again and takes it over. If it has errors, what ran goes on.
    async fn reload(&mut self) -> Result<(), String> {
        let loaded = load(self.config.as_ref());
        self.own.reloaded(loaded.is_ok());
        match loaded {
            Ok((settings, catalog)) => {
                info!(servers = settings.servers.len(), "the configuration was reloaded");
                self.apply(settings, catalog).await;
                Ok(())
            }
            Err(errors) => {
                for error in &errors {
                    let line = error.place.as_ref().map(|place| place.line);
                    error!(
                        file = error.path,
                        line,
                        hint = error.hint,
                        error = error.message,
                        "the new configuration is wrong, the one before stays in force"
                    );
                }
                Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            }
        }
    }

    /// Makes what runs what is configured. A server whose configuration is as before is left alone.
    async fn apply(&mut self, settings: Settings, catalog: Catalog) {
        let same_catalog = catalog == *self.catalog;
        let stays = |running: &Running| same_catalog && settings.servers.contains(&running.server);
        let (keep, end): (HashMap<_, _>, HashMap<_, _>) = self.running.drain().partition(|(_, running)| stays(running));
        self.running = keep;
        // The old connections are closed before new ones are opened: two at most hold across a reload too.
        end_all(end).await;

        self.catalog = Arc::new(catalog);
        self.families.store(Arc::new(self.catalog.families().clone()));
        let known = |server: &str| settings.servers.iter().any(|known| known.name == server);
        self.board.retain(known);
        let queries = &self.catalog;
        self.store.retain(|key| known(&key.server) && queries.queries().any(|query| *query.name == *key.query));
        for server in settings.servers {
            if !self.running.contains_key(&server.name) {
                let stop = self.stop.child_token();
                let (store, board) = (Arc::clone(&self.store), Arc::clone(&self.board));
                let task = match server.kind {
                    ServerKind::Postgres => {
                        let target = Arc::new(Target::new(server.clone(), &self.catalog, store, board, stop.clone()));
                        let host = HostWatch::new(&target, &self.catalog);
                        tokio::spawn(async move {
                            tokio::join!(target.watch(), host.watch());
                        })
                    }
                    ServerKind::PgBouncer => tokio::spawn(Bouncer::new(server.clone(), &self.catalog, store, board, stop.clone()).watch()),
                };
                self.running.insert(server.name.clone(), Running { server, stop, task });
            }
        }
    }

    /// Ends everything.
    async fn end(&mut self) {
        self.stop.cancel();
        end_all(std::mem::take(&mut self.running)).await;
    }
}

async fn end_all(running: HashMap<String, Running>) {
    for running in running.values() {
        running.stop.cancel();
    }
    for (name, running) in running {
        if let Err(error) = running.task.await {
            error!(server = name, %error, "the work on a server died");
        }
    }
}
