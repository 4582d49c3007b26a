//! The work on all servers: begun, changed and ended as the configuration says.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;

use crate::expose::store::Store;
use crate::query::Scope;
use crate::query::catalog::Catalog;
use crate::server::connection::driver::Driver;
use crate::server::connection::remains::Remains;
use crate::server::console::Bouncer;
use crate::server::machine::HostWatch;
use crate::server::report::status::Board;
use crate::server::work::watched::Watched;
use crate::settings::{Server, ServerKind};
use crate::supervise::supervise;

/// The work on all servers.
pub struct Fleet {
    store: Arc<Store>,
    board: Arc<Board>,
    catalog: Arc<Catalog>,
    running: HashMap<String, Running>,
    /// Where the work on servers runs, so that it takes no thread from the readers.
    work: Handle,
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

impl Fleet {
    /// No work yet. It ends with `stop`.
    #[must_use]
    pub fn new(store: Arc<Store>, board: Arc<Board>, work: Handle, stop: CancellationToken) -> Self {
        Self { store, board, catalog: Arc::default(), running: HashMap::new(), work, stop }
    }

    /// How many servers there is work on.
    #[must_use]
    pub fn len(&self) -> usize {
        self.running.len()
    }

    /// Makes what runs what is configured. A server whose configuration is as before is left alone.
    pub async fn apply(&mut self, servers: Vec<Server>, catalog: Catalog) {
        let same_catalog = catalog == *self.catalog;
        let same = |running: &Running| same_catalog && servers.contains(&running.server);
        // What was told of another server under the same name, or with other labels, is not true of this one.
        let is_another = |new: &&Server| self.running.get(&new.name).is_some_and(|running| running.server.is_another_than(new));
        let another: HashSet<String> = servers.iter().filter(is_another).map(|server| server.name.clone()).collect();
        let goes_on = |name: &String, running: &Running| {
            running.configured.is_some() && !another.contains(name) && servers.iter().any(|server| server.name == *name)
        };
        let stays = |(name, running): &(String, Running)| same(running) || goes_on(name, running);
        let (keep, end): (HashMap<_, _>, HashMap<_, _>) = self.running.drain().partition(stays);
        self.running = keep;
        end_all(end).await;

        self.catalog = Arc::new(catalog);
        let known = |server: &str| !another.contains(server) && servers.iter().any(|known| known.name == server);
        let places: HashMap<&str, (ServerKind, bool)> =
            self.catalog.queries().map(|query| (query.name.as_str(), place(query.scope))).collect();
        self.board.retain(known);
        self.board.retain_queries(|kind, query, in_database| places.get(query) == Some(&(kind, in_database)));
        self.store.retain(|key| {
            known(&key.server) && places.get(&*key.query).is_some_and(|(_, in_database)| *in_database == key.database.is_some())
        });
        for server in servers {
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
        let (known, ranks) = (configured.borrow().known.clone(), configured.borrow().ranks.clone());
        ranks.retain_queries(|name| self.catalog.of(&server.name).any(|query| query.name == name && query.rank.is_some() && query.runs()));
        let watched = Watched::new(server.clone(), &self.catalog, Arc::clone(&self.store), Arc::clone(&self.board), known);
        let watched = Watched { ranks, ..watched };
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

    /// Ends everything.
    pub async fn end(&mut self) {
        self.stop.cancel();
        end_all(std::mem::take(&mut self.running)).await;
    }
}

/// On what queries of a scope run, and whether in each of its databases.
const fn place(scope: Scope) -> (ServerKind, bool) {
    (ServerKind::of(scope), matches!(scope, Scope::Database))
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
