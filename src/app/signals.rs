//! What the service manager, and a person at a terminal, tell the process by signals.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};

use crate::http::ReloadRequest;

/// Takes signals from now on: each SIGTERM and SIGINT comes out of the channel, and each SIGHUP asks for a reload.
///
/// # Errors
/// When the system lets nobody take them.
pub fn take(reload: mpsc::Sender<ReloadRequest>) -> io::Result<mpsc::Receiver<()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let (told, ends) = mpsc::channel(2);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                biased;
                _ = terminate.recv() => drop(told.try_send(())),
                _ = interrupt.recv() => drop(told.try_send(())),
                // One that waits already reads what there is when its turn comes.
                _ = hangup.recv() => drop(reload.try_send(oneshot::channel().0)),
            }
        }
    });
    Ok(ends)
}
