//! Builds the parts, starts them, takes new configurations over, and drains with a deadline.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use fail::fail_point;
use prometheus_client::metrics::counter::Counter;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::diagnostic::Diagnostic;
use crate::expose::page::Pages;
use crate::expose::store::{Revision, Store};
use crate::http::site::Names;
use crate::http::{self, ReloadRequest, Shared};
use crate::process;
use crate::query::Scope;
use crate::query::catalog::Catalog;
use crate::server::connection::driver::Driver;
use crate::server::connection::remains::Remains;
use crate::server::console::Bouncer;
use crate::server::machine::HostWatch;
use crate::server::report::status::Board;
use crate::server::work::watched::Watched;
use crate::settings::{Listen, Server, ServerKind, Settings};
use crate::sources::{Loaded, Sources};
use crate::supervise::supervise;
use crate::systemd;
use crate::telemetry::log;
use crate::telemetry::own::{Own, OwnFamilies};
use crate::telemetry::panics;
use crate::web::{self, Web};

/// How long statements in flight and pages under way may take once pgvigil is told to end. With what the log may take, 8 seconds: below the ten
/// after which container runtimes kill.
const DRAIN: Duration = Duration::from_millis(7500);

/// How long the files of a reload may take to be read.
const LOADING: Duration = Duration::from_secs(30);

/// How often pages and answers that are out of date are let go. Long enough for a few scrapers to share a page.
const SWEEP: Duration = Duration::from_secs(5);

/// The running exporter.
struct App {
    sources: Sources,
    listen: Listen,
    web: Arc<ArcSwap<Web>>,
    names: Arc<ArcSwap<Names>>,
    store: Arc<Store>,
    board: Arc<Board>,
    own: Arc<Own>,
    pages: Arc<Pages>,
    families: Arc<ArcSwap<std::collections::BTreeMap<String, crate::query::catalog::Family>>>,
    catalog: Arc<Catalog>,
    running: HashMap<String, Running>,
    /// Where the work on servers runs, so that it takes no thread from the readers.
    work: Handle,
    /// The reading of the files that has not ended.
    loading: Option<JoinHandle<Result<Loaded, Vec<Diagnostic>>>>,
    stop: CancellationToken,
}

/// The work on one server.
struct Running {
    server: Server,
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// What a reload changes of it; none of a `PgBouncer`, whose work is started again.
    configured: Option<watch::Sender<Arc<Watched>>>,
    /// Ends the work on the machine, which is started again with each configuration.
    host: CancellationToken,
}

/// Serves until a signal ends it, with the work on servers on the runtime `work`. The counter is that of [`log::Log`].
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    sources: Sources,
    Loaded { settings, catalog, web }: Loaded,
    work: Handle,
    log_lines_dropped: Counter,
) -> io::Result<()> {
    // Before anything else, as an unhandled one would end the process at once.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let listener = listen(&settings).await?;
    let address = format!("{}://{}", web.scheme(), listener.local_addr()?);

    let revision = Revision::default();
    let store = Arc::new(Store::new(revision.clone()));
    let board = Arc::new(Board::new(revision.clone()));
    let own = Arc::new(Own::new(log_lines_dropped));
    panics::count(Arc::clone(&own));
    let families = Arc::new(ArcSwap::from_pointee(catalog.families().clone()));
    let rest = OwnFamilies { own: Arc::clone(&own), board: Arc::clone(&board), catalog: Arc::clone(&families) };
    let pages = Arc::new(Pages::new(Arc::clone(&store), revision, Box::new(rest)));
    let web = Arc::new(ArcSwap::from_pointee(web));
    let names = Names::new(listener.local_addr().ok(), settings.listen.host(), &settings.allowed_hosts);
    let names = Arc::new(ArcSwap::from_pointee(names));
    let stop = CancellationToken::new();
    let mut app = App {
        sources,
        listen: settings.listen.clone(),
        web,
        names,
        store,
        board,
        own,
        pages,
        families,
        catalog: Arc::default(),
        running: HashMap::new(),
        work,
        loading: None,
        stop: stop.clone(),
    };
    warn_of(&app.sources, &settings);
    app.apply(settings, catalog).await;
    app.keep_house();
    let (reload, mut reloads) = mpsc::channel::<ReloadRequest>(1);
    let (own, web, names) = (Arc::clone(&app.own), Arc::clone(&app.web), Arc::clone(&app.names));
    let shared = Shared::new(Arc::clone(&app.pages), Arc::clone(&app.board), own, reload, web, names);
    let mut serving = tokio::spawn(http::serve::serve(listener, http::router(shared), Arc::clone(&app.web), stop));
    info!(address, "serving");
    systemd::ready(&app.status());

    tokio::select! {
        // Ends a reload, too, that waits for a file or for a server.
        biased;
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        () = app.reload_when_asked(&mut hangup, &mut reloads) => {}
    }
    info!("ending; a second signal ends at once");
    systemd::stopping();
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

fn warn_of(sources: &Sources, settings: &Settings) {
    for warning in sources.warnings(settings) {
        warn!("{warning}");
    }
}

async fn listen(settings: &Settings) -> io::Result<TcpListener> {
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("cannot listen on {}: {error}", settings.listen));
    let addresses = settings.listen.resolve().map_err(failed)?;
    TcpListener::bind(&addresses[..]).await.map_err(failed)
}

impl App {
    /// Reloads at each hangup and each request, for ever.
    async fn reload_when_asked(&mut self, hangup: &mut Signal, reloads: &mut mpsc::Receiver<ReloadRequest>) {
        loop {
            tokio::select! {
                _ = hangup.recv() => {
                    let _ = self.reload().await;
                }
                Some(answer) = reloads.recv() => {
                    let _ = answer.send(self.reload().await);
                }
            }
        }
    }

    /// Reads the configuration again and takes it over. If it has errors, what ran goes on.
    async fn reload(&mut self) -> Result<(), String> {
        systemd::reloading();
        let loaded = self.load().await;
        self.own.reloaded(loaded.is_ok());
        let result = match loaded {
            Ok(Loaded { settings, catalog, web }) => {
                info!(servers = settings.servers.len(), "the configuration was reloaded");
                warn_of(&self.sources, &settings);
                if settings.listen != self.listen {
                    warn!(before = %self.listen, now = %settings.listen, "another address takes a restart");
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
                log::wrong(&errors, "the new configuration is wrong, the one before stays in force");
                Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
            }
        };
        systemd::ready(&self.status());
        result
    }

    /// Reads the files. They may be slow to read, and what reads them may have a bug: both are a failed reload and no more.
    async fn load(&mut self) -> Result<Loaded, Vec<Diagnostic>> {
        let failed = |message: &str| Err(vec![Diagnostic::file("pgvigil", message)]);
        // One that hangs in the kernel cannot be ended, and must not be joined by others.
        if self.loading.as_ref().is_some_and(|loading| !loading.is_finished()) {
            return failed("a file of the reload before is still being read: see where it is, such as on a network's file system");
        }
        let sources = self.sources.clone();
        let loading = self.loading.insert(tokio::task::spawn_blocking(move || {
            fail_point!("load");
            sources.load()
        }));
        let loaded = tokio::time::timeout(LOADING, loading).await;
        if loaded.is_ok() {
            self.loading = None;
        }
        match loaded {
            Ok(Ok(loaded)) => loaded,
            Ok(Err(_)) => failed("panicked while it read the files"),
            Err(_) => failed("a file could not be read in time: see where it is, such as on a network's file system"),
        }
    }

    /// Makes what runs what is configured. A server whose configuration is as before is left alone.
    async fn apply(&mut self, settings: Settings, catalog: Catalog) {
        process::open_files(settings.servers.len(), http::serve::CONNECTIONS);
        let same_catalog = catalog == *self.catalog;
        let same = |running: &Running| same_catalog && settings.servers.contains(&running.server);
        // What was told of another server under the same name, or with other labels, is not true of this one.
        let is_another = |new: &&Server| self.running.get(&new.name).is_some_and(|running| running.server.is_another_than(new));
        let another: HashSet<String> = settings.servers.iter().filter(is_another).map(|server| server.name.clone()).collect();
        let goes_on = |name: &String, running: &Running| {
            running.configured.is_some() && !another.contains(name) && settings.servers.iter().any(|server| server.name == *name)
        };
        let stays = |(name, running): &(String, Running)| same(running) || goes_on(name, running);
        let (keep, end): (HashMap<_, _>, HashMap<_, _>) = self.running.drain().partition(stays);
        self.running = keep;
        end_all(end).await;

        self.catalog = Arc::new(catalog);
        self.families.store(Arc::new(self.catalog.families().clone()));
        let known = |server: &str| !another.contains(server) && settings.servers.iter().any(|known| known.name == server);
        let places: HashMap<&str, (ServerKind, bool)> =
            self.catalog.queries().map(|query| (query.name.as_str(), place(query.scope))).collect();
        self.board.retain(known);
        self.board.retain_queries(|kind, query, in_database| places.get(query) == Some(&(kind, in_database)));
        self.store.retain(|key| {
            known(&key.server) && places.get(&*key.query).is_some_and(|(_, in_database)| *in_database == key.database.is_some())
        });
        for server in settings.servers {
            match self.running.get(&server.name) {
                None => {
                    let running = self.watch(&server);
                    self.running.insert(server.name.clone(), running);
                }
                Some(running) if same_catalog && running.server == server => {
                    // An operator may have changed the server meanwhile.
                    if let Some(configured) = &running.configured {
                        configured.send_modify(|_| ());
                    }
                }
                Some(_) => self.hand_over(server),
            }
        }
    }

    /// The work on a server goes on with another configuration.
    fn hand_over(&mut self, server: Server) {
        let Some(running) = self.running.get_mut(&server.name) else { return };
        let Some(configured) = &running.configured else { return };
        let known = configured.borrow().known.clone();
        let watched = Watched::new(server.clone(), &self.catalog, Arc::clone(&self.store), Arc::clone(&self.board), known);
        running.server = server;
        running.host.cancel();
        running.host = running.stop.child_token();
        let watched = Arc::new(watched);
        self.work.spawn(watch_machine(&watched, &self.catalog, &running.host));
        configured.send_replace(watched);
    }

    /// Puts a server on the board, and begins the work on it.
    fn watch(&self, server: &Server) -> Running {
        let (stop, catalog) = (self.stop.child_token(), Arc::clone(&self.catalog));
        let (store, board) = (Arc::clone(&self.store), Arc::clone(&self.board));
        let host = stop.child_token();
        let (task, configured) = match server.kind {
            ServerKind::Postgres => {
                let watched = Arc::new(Watched::new(server.clone(), &catalog, store, board, watch::Sender::default()));
                self.work.spawn(watch_machine(&watched, &catalog, &host));
                let (configured, remains, end) = (watch::Sender::new(watched), Remains::default(), stop.clone());
                let newest = configured.clone();
                let start = move || {
                    let watched = Arc::clone(&newest.borrow());
                    Driver::new(watched, Arc::clone(&remains)).run(newest.subscribe(), end.clone())
                };
                (self.work.spawn(supervise(&server.name, &stop, start)), Some(configured))
            }
            ServerKind::PgBouncer => {
                let (of, end) = (server.clone(), stop.clone());
                let start = move || Bouncer::new(of.clone(), &catalog, Arc::clone(&store), Arc::clone(&board), end.clone()).watch();
                (self.work.spawn(supervise(&server.name, &stop, start)), None)
            }
        };
        Running { server: server.clone(), stop, task, configured, host }
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
        format!("watching {} server{}", self.running.len(), if self.running.len() == 1 { "" } else { "s" })
    }

    /// Ends everything.
    async fn end(&mut self) {
        self.stop.cancel();
        end_all(std::mem::take(&mut self.running)).await;
    }
}

/// On what queries of a scope run, and whether in each of its databases.
const fn place(scope: Scope) -> (ServerKind, bool) {
    match scope {
        Scope::Server | Scope::Host => (ServerKind::Postgres, false),
        Scope::Database => (ServerKind::Postgres, true),
        Scope::PgBouncer => (ServerKind::PgBouncer, false),
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

/// The work on the machine of a server. What goes wrong with it leaves the server alone.
fn watch_machine(watched: &Arc<Watched>, catalog: &Arc<Catalog>, stop: &CancellationToken) -> impl Future<Output = ()> + use<> {
    let (of, catalog, end) = (Arc::clone(watched), Arc::clone(catalog), stop.clone());
    supervise(&watched.publisher.name, stop, move || {
        let host = HostWatch::new(&of, &catalog, end.clone());
        async move { host.watch().await }
    })
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
