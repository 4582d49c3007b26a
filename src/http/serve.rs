//! Takes connections and answers on them: a bounded number, each within bounds of time and memory, so that no reader costs the others more
//! than its place.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use fail::fail_point;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use super::patience::Patient;
use crate::supervise::supervise;
use crate::web::Web;

/// Connections at once, with room to spare below the 1024 open files that a process has by default. Who comes then waits in the kernel's
/// queue until there is a place.
pub const CONNECTIONS: usize = 512;

/// How long a client may take for its request's head, and between two requests. Some more than 30 s, at which many scrape.
const HEAD: Duration = Duration::from_secs(40);

/// How long agreeing on TLS may take: as long as Go's servers and clients allow.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What is kept of a request, and written at once, by connection. Prometheus' heads have 500 bytes; some proxies add a few thousand.
const BUFFER: usize = 16 * 1024;

/// What the kernel takes over of a page before the client has taken what came before. By default it takes 4 MB: 2 GB for as many readers as
/// there are places, at the expense of the database beside it.
const UNSENT: u32 = 128 * 1024;

/// Headers of a request. Prometheus sends 7.
const HEADERS: usize = 64;

/// After an error that is the machine's, not a client's, such as too many open files, until the next try.
const RECOVERY: Duration = Duration::from_secs(1);

/// All that a connection needs.
struct Listening {
    listener: TcpListener,
    router: Router,
    web: Arc<ArcSwap<Web>>,
    stop: CancellationToken,
    places: Arc<Semaphore>,
    connections: TaskTracker,
}

/// Answers on `listener` until `stop`; then lets what is under way come to its end.
pub async fn serve(listener: TcpListener, router: Router, web: Arc<ArcSwap<Web>>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let connections = TaskTracker::new();
    let listening = Arc::new(Listening { listener, router, web, stop: stop.clone(), places, connections: connections.clone() });
    supervise("http", &stop, || Arc::clone(&listening).accept()).await;
    // Whoever comes from now on is refused at once instead of waiting in vain.
    drop(listening);
    connections.close();
    connections.wait().await;
}

impl Listening {
    async fn accept(self: Arc<Self>) {
        let mut full = false;
        loop {
            fail_point!("http");
            if self.places.available_permits() == 0 && !full {
                full = true;
                warn!(connections = CONNECTIONS, "connection limit reached; further clients wait");
            } else if self.places.available_permits() > CONNECTIONS / 2 {
                // Said again only after it was over.
                full = false;
            }
            let next = async {
                let place = Arc::clone(&self.places).acquire_owned().await;
                (place, self.listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                next = next => next,
                () = self.stop.cancelled() => return,
            };
            match (place, accepted) {
                (Ok(place), Ok((stream, _))) => self.connect(stream, place),
                (_, Err(error)) if is_of_client(&error) => {}
                (_, Err(error)) => {
                    warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(RECOVERY).await;
                }
                // Nobody closes the semaphore.
                (Err(_), Ok(_)) => return,
            }
        }
    }

    fn connect(self: &Arc<Self>, stream: TcpStream, place: OwnedSemaphorePermit) {
        // Without it, the last piece of a page waits for the scraper's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        // Bounds memory that is the kernel's and counts all the same; a system without it has only its own bound.
        let _ = SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT);
        let stream = Patient::new(stream);
        let (router, stop) = (self.router.clone(), self.stop.clone());
        // The file may have changed since the last connection.
        let tls = self.web.load().tls.clone();
        self.connections.spawn(async move {
            match tls {
                None => converse(stream, router, stop).await,
                Some(tls) => match tokio::time::timeout(HANDSHAKE, TlsAcceptor::from(tls).accept(stream)).await {
                    Ok(Ok(stream)) => converse(stream, router, stop).await,
                    Ok(Err(error)) => debug!(%error, "TLS handshake failed"),
                    Err(_) => debug!("TLS handshake timed out"),
                },
            }
            drop(place);
        });
    }
}

/// Answers on one connection until its client has had enough or `stop` comes, which lets the answer under way end.
async fn converse(stream: impl AsyncRead + AsyncWrite + Send + Unpin, router: Router, stop: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD).max_headers(HEADERS).max_buf_size(BUFFER);
    let conversation = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::pin!(conversation);
    let ended = tokio::select! {
        ended = &mut conversation => ended,
        () = stop.cancelled() => {
            conversation.as_mut().graceful_shutdown();
            conversation.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection broke");
    }
}

/// Whether a connection was gone before it was taken, which is no reason to wait.
fn is_of_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}
