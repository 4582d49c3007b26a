//! What has outlived its limit: a login or a session whose process of the server does not answer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use tokio::task::JoinHandle;

use super::link::Link;
use crate::wire::Failure;

/// How long a login that hangs keeps others from being tried. Where it is not the server that hangs but the network that has lost this one
/// connection, nobody ever answers.
pub(super) const HUNG_LIMIT: Duration = Duration::from_mins(10);

/// How often a process that hangs is asked whether its machine is still there.
const PROBE: Duration = Duration::from_secs(5);

/// A login or a session that has outlived its limit. The server's process may wait for a lock on a catalogue or for a disk; it hears neither of
/// a cancel nor that its client has hung up. So the client stays on the line, and whoever holds this knows when that process is gone: as soon as
/// it gets through, the answer is a farewell. Dropping it hangs up.
#[derive(Debug)]
pub struct Hung {
    waiting: JoinHandle<bool>,
    /// Whether it is a login: its process is not on the server's list of sessions yet, and nobody can look at it.
    pub is_login: bool,
    /// Where it leads to, where it is an errand's login.
    pub aim: Option<Aim>,
    /// What that it does not answer means.
    pub silence: Silence,
}

/// Where the login of an errand leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The database of a visit; none for the login that is only a probe.
    pub database: Option<Arc<str>>,
    /// The oid of the database, where it is known.
    pub oid: Option<u32>,
    /// When it began.
    pub began: Instant,
}

/// Whether there is an answer, before the line is broken. Where it was the process that hung, the line is also broken when the server's machine no
/// longer confirms what it is sent: it has gone without a word, and its address may lead to another one. Who may be lost is asked nothing more, since each
/// question would keep the server from ending it.
async fn answers(link: &mut Link, silence: Silence) -> bool {
    if !silence.arrived {
        return link.answers().await;
    }
    loop {
        match tokio::time::timeout(PROBE, link.answers()).await {
            Ok(answered) => return answered,
            Err(_) if link.has_arrived().await => {}
            Err(_) => return false,
        }
    }
}

/// What is known of a session that does not answer. By default nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Silence {
    /// When the server has ended it, if the network has lost it. None where the server would wait for hours, or where that is too late to wait for:
    /// whether the server lives has to be known before.
    pub lost_until: Option<Instant>,
    /// Whether the server's machine has what was asked and a question after it, and so is there: then it is the process that hangs.
    pub arrived: bool,
}

impl Hung {
    /// One that `waiting` waits for. It says whether there was an answer and a farewell.
    pub(super) fn new(waiting: impl Future<Output = bool> + Send + 'static, silence: Silence) -> Self {
        Self { waiting: tokio::spawn(waiting), is_login: false, aim: None, silence }
    }

    pub(super) fn login(login: impl Future<Output = Result<Link, Failure>> + Send + 'static) -> Self {
        let waiting = async move {
            let Ok(Ok(link)) = tokio::time::timeout(HUNG_LIMIT, login).await else { return false };
            link.close().await;
            true
        };
        let mut hung = Self::new(waiting, Silence::default());
        hung.is_login = true;
        hung
    }

    pub(super) fn session(mut link: Link, silence: Silence) -> Self {
        let waiting = async move {
            let answered = tokio::time::timeout(HUNG_LIMIT, answers(&mut link, silence)).await.unwrap_or(false);
            if answered {
                link.close().await;
            }
            answered
        };
        Self::new(waiting, silence)
    }

    /// Whether it still takes a place on the server.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.waiting.is_finished()
    }

    /// Whether there was an answer and a farewell. Else the line is broken, which leaves open whether the process has ended; none while it still
    /// counts.
    pub fn answered(&mut self) -> Option<bool> {
        (&mut self.waiting).now_or_never().map(|ended| ended.unwrap_or(false))
    }

    /// Stays on the line until there is an answer, or the line is broken.
    pub async fn end(mut self) {
        let _ = (&mut self.waiting).await;
    }

    /// Hangs up, and comes back when the connection is closed on this side.
    pub async fn hang_up(mut self) {
        self.waiting.abort();
        let _ = (&mut self.waiting).await;
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}
