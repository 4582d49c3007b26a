//! What the service manager is told where there is one: systemd's notification protocol, `sd_notify(3)`. Without `NOTIFY_SOCKET` in the
//! environment nothing is sent.

use std::env;
use std::io;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::sync::Arc;
use std::time::{Duration, Instant};

use fail::fail_point;
use sd_notify::NotifyState;
use tokio::runtime::Handle;
use tracing::{debug, info};

use crate::expose::page::{Pages, Variant};
use crate::expose::text::Format;

/// How long a manager may take to make room for a message. All services share its queue, and one that hangs must not hold up pgvigil.
const PATIENCE: Duration = Duration::from_secs(1);

/// All parts run. `status` is what `systemctl status` shows.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// The configuration is read again; [`ready`] says when that is done.
pub fn reloading() {
    // The time lets the manager tell this reload from one before it.
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

/// The end has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells the watchdog, if the manager has set one, that pgvigil is alive: as long as a page comes about as a scrape's does, over the same
/// threads and through the same locks, and the runtime of the work on servers still runs what it is given. A process that only seems to live is
/// restarted.
pub async fn watchdog(pages: Arc<Pages>, work: Handle) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    info!(limit = %humantime::format_duration(limit), "the service manager watches");
    // Three tries before it is over; the manual asks for two.
    let mut beat = tokio::time::interval((limit / 3).max(Duration::from_millis(1)));
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The page of no server is short, and says as much.
    let nobody = Variant { server: Some("".into()), format: Format::Text, gzip: false };
    loop {
        beat.tick().await;
        fail_point!("watchdog");
        // Comes back when the work does; where that never does, neither does the next beat.
        let _ = work.spawn(async {}).await;
        let (pages, nobody) = (Arc::clone(&pages), nobody.clone());
        let prove = move || {
            let _ = pages.get(&nobody, Instant::now());
            tell(&[NotifyState::Watchdog]);
        };
        // Whether it panics is counted and logged like any panic; it has told nothing then.
        let _ = tokio::task::spawn_blocking(prove).await;
    }
}

/// Waits for a manager that does not listen, but not for long, and only where nobody waits for it.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = send(states) {
        debug!(%error, "the service manager does not listen");
    }
}

fn send(states: &[NotifyState<'_>]) -> io::Result<()> {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let address = match path.as_bytes() {
        [b'@', name @ ..] => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(&path)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_write_timeout(Some(PATIENCE))?;
    let lines: Vec<String> = states.iter().map(ToString::to_string).collect();
    socket.send_to_addr(lines.join("\n").as_bytes(), &address).map(drop)
}
