//! Passes bytes between the driver and the server. Neither side is read before what it sent earlier has been written to the other.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UnixStream;

use super::answers::Answers;
use super::auth::Method;
use super::broken::{Broken, Failure};
use super::cancel::Cancel;
use super::line::{Address, Line, Socket};
use super::requests::Requests;
use super::route::Tls;

/// The most that is read at once: some messages of usual length.
const CHUNK: usize = 16 * 1024;

/// A connection to a server, and the private one to the driver. Dropping it closes both.
pub struct Wire {
    /// None once it is unusable.
    server: Option<Box<dyn Socket>>,
    driver: UnixStream,
    /// The address, local port and TLS of the connection.
    address: Address,
    local_port: Option<u16>,
    tls: Option<Tls>,
    answers: Answers,
    /// What the server has sent and is not checked yet.
    raw: BytesMut,
    /// What the driver may see and has not taken yet.
    seen: BytesMut,
    requests: Requests,
    /// What the driver has sent and the server has not taken yet.
    asked: BytesMut,
    /// Whether the server's socket still buffers some of it.
    unflushed: bool,
    /// Why the server no longer takes anything.
    unsent: Option<Broken>,
    /// Why nothing more comes from the server.
    broken: Option<Broken>,
    /// Whether the driver has been told so.
    told: bool,
    /// Whether the driver has stopped sending.
    hung_up: bool,
}

impl Wire {
    pub(super) fn new(line: Line, tls: Option<Tls>, driver: UnixStream, answers: Answers) -> Self {
        Self {
            server: Some(line.socket),
            driver,
            address: line.address,
            local_port: line.local_port,
            tls,
            answers,
            raw: BytesMut::new(),
            seen: BytesMut::new(),
            requests: Requests::default(),
            asked: BytesMut::new(),
            unflushed: false,
            unsent: None,
            broken: None,
            told: false,
            hung_up: false,
        }
    }

    /// Runs `work` of the driver, and passes bytes meanwhile.
    pub async fn carry<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            self.pass(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until an idle session ends, and returns why. The future can be dropped at any time, for example when the next statement is due: what has
    /// arrived until then is kept. After a statement that ended with a FATAL error, it waits for the end of the stream.
    pub async fn idle(&mut self) -> Broken {
        poll_fn(|cx| {
            self.pass(cx);
            self.broken.clone().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Passes on the driver's final `Terminate`, waits until the server has closed the connection, and returns how it ended.
    ///
    /// Nothing is sent after that message, not even the end of TLS: a server that closes before it has read everything resets the connection.
    pub async fn end(mut self) -> Broken {
        self.idle().await
    }

    /// The backend's pid as the server reported it at the login; a pooler invents one.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.answers.key.as_ref().map(|key| key.pid)
    }

    /// The local port; none for a Unix socket.
    #[must_use]
    pub const fn local_port(&self) -> Option<u16> {
        self.local_port
    }

    /// How to send a cancel request for the session. None if the server gave no key.
    #[must_use]
    pub fn cancel(&self) -> Option<Cancel> {
        let key = self.answers.key.clone()?;
        Some(Cancel { address: self.address.clone(), tls: self.tls.clone(), key })
    }

    /// How the login was authenticated.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.answers.method()
    }

    /// The largest answer that is accepted.
    #[must_use]
    pub const fn answer_limit(&self) -> usize {
        self.answers.limit
    }

    /// Why the driver failed. Its own error for a lost connection is meaningless; the server's final error explains it best.
    #[must_use]
    pub fn explain(&self, error: sqlx::Error) -> Failure {
        match (&self.broken, error) {
            (Some(broken), error) if error.as_database_error().is_none() => Failure::Broken(broken.clone()),
            (_, error) => Failure::Driver(error),
        }
    }

    /// Passes on what can be passed on now. The server is read first: its final error explains why it takes nothing more.
    fn pass(&mut self, cx: &mut Context<'_>) {
        loop {
            let inward = self.inward(cx);
            let outward = self.outward(cx);
            if inward.is_pending() && outward.is_pending() {
                return;
            }
        }
    }

    fn inward(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.seen.is_empty() {
            match ready!(Pin::new(&mut self.driver).poll_write(cx, &self.seen)) {
                Ok(count @ 1..) => self.seen.advance(count),
                // The driver has stopped reading.
                _ => self.seen.clear(),
            }
            return Poll::Ready(());
        }
        if self.broken.is_some() {
            if !self.told {
                let _ = ready!(Pin::new(&mut self.driver).poll_shutdown(cx));
                self.told = true;
            }
            return Poll::Pending;
        }
        let Some(server) = &mut self.server else { return Poll::Pending };
        let taken = match ready!(fill(Pin::new(server), cx, &mut self.raw)) {
            Ok(0) => Err(self.answers.ended(&self.raw)),
            Ok(_) => self.answers.take(&mut self.raw, &mut self.seen),
            Err(error) => Err(error.into()),
        };
        if let Err(broken) = taken {
            // The kernel reports a socket's error once, either to a read or to a write. After that, reads return the end of the stream.
            let broken = if broken == Broken::Closed { self.unsent.take().unwrap_or(broken) } else { broken };
            self.broken = Some(self.answers.explain(broken));
            self.raw = BytesMut::new();
            self.server = None;
        }
        Poll::Ready(())
    }

    fn outward(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(server) = &mut self.server else {
            self.asked.clear();
            return if self.hung_up { Poll::Pending } else { self.hear(cx) };
        };
        let mut server = Pin::new(server);
        if !self.asked.is_empty() {
            match ready!(server.as_mut().poll_write(cx, &self.asked)) {
                Ok(count @ 1..) => self.asked.advance(count),
                // The server may already have sent the reason.
                ended => {
                    self.asked.clear();
                    self.not_sent(ended.err());
                }
            }
            self.unflushed = true;
            return Poll::Ready(());
        }
        if self.unflushed {
            let ended = ready!(server.poll_flush(cx));
            self.unflushed = false;
            self.not_sent(ended.err());
        }
        if self.hung_up { Poll::Pending } else { self.hear(cx) }
    }

    /// Records why the server takes nothing more: the first reason counts.
    fn not_sent(&mut self, error: Option<io::Error>) {
        self.unsent = self.unsent.take().or_else(|| error.map(Broken::from));
    }

    /// Reads what the driver sends.
    fn hear(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match ready!(fill(Pin::new(&mut self.driver), cx, &mut self.asked)) {
            Ok(count @ 1..) => {
                let asked = self.requests.count(&self.asked[self.asked.len() - count..]);
                self.answers.asked(asked);
            }
            _ => self.hung_up = true,
        }
        Poll::Ready(())
    }
}

/// Reads what is available, at most one chunk.
fn fill(socket: Pin<&mut (impl AsyncRead + ?Sized)>, cx: &mut Context<'_>, buffer: &mut BytesMut) -> Poll<io::Result<usize>> {
    let mut chunk = [std::mem::MaybeUninit::uninit(); CHUNK];
    let mut chunk = ReadBuf::uninit(&mut chunk);
    ready!(socket.poll_read(cx, &mut chunk))?;
    buffer.extend_from_slice(chunk.filled());
    Poll::Ready(Ok(chunk.filled().len()))
}

#[cfg(test)]
#[path = "pump_tests.rs"]
mod tests;
