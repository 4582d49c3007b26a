//! What passes between the driver and the server. Nothing is read on one side before what came from it is written on the other.

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

/// Read at once: some messages of usual length.
const CHUNK: usize = 16 * 1024;

/// A connection to a server, and the private one to the driver. Both are closed when it is dropped.
pub struct Wire {
    /// None once it is of no more use.
    server: Option<Box<dyn Socket>>,
    driver: UnixStream,
    /// Where it leads, from which port, and how.
    address: Address,
    local_port: Option<u16>,
    tls: Option<Tls>,
    answers: Answers,
    /// What has come from the server and is not looked at yet.
    raw: BytesMut,
    /// What the driver may see, and has not taken yet.
    seen: BytesMut,
    requests: Requests,
    /// What the driver has sent, and the server has not taken yet.
    asked: BytesMut,
    /// Whether the server's socket still holds some of it back.
    unflushed: bool,
    /// Why the server took nothing more.
    unsent: Option<Broken>,
    /// Why nothing comes from the server any more.
    broken: Option<Broken>,
    /// Whether the driver has been told so.
    told: bool,
    /// Whether the driver sends nothing any more.
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

    /// Does what the driver is asked to do, and carries what passes meanwhile.
    pub async fn carry<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        poll_fn(|cx| {
            self.pass(cx);
            work.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until an idle session ends, and says why. The future can be dropped at any time, as when the next statement is due: what has come until then is kept.
    /// After a statement that ended with a FATAL error, it waits for the end of the stream.
    pub async fn idle(&mut self) -> Broken {
        poll_fn(|cx| {
            self.pass(cx);
            self.broken.clone().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Carries what the driver has sent last, its `Terminate`, waits until the server has closed the connection, and says how it ended.
    ///
    /// Nothing is sent after that message, not even the end of TLS: a server that closes before it has read everything resets the connection.
    pub async fn end(mut self) -> Broken {
        self.idle().await
    }

    /// The number of the server's backend, as it says at the login; a pooler makes up its own.
    #[must_use]
    pub fn pid(&self) -> Option<i32> {
        self.answers.key.as_ref().map(|key| key.pid)
    }

    /// Our port; none over a Unix socket.
    #[must_use]
    pub const fn local_port(&self) -> Option<u16> {
        self.local_port
    }

    /// How to cancel what the session does. None where the server has given no key.
    #[must_use]
    pub fn cancel(&self) -> Option<Cancel> {
        let key = self.answers.key.clone()?;
        Some(Cancel { address: self.address.clone(), tls: self.tls.clone(), key })
    }

    /// How the login was proved.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.answers.method()
    }

    /// The most that one answer may have.
    #[must_use]
    pub const fn answer_limit(&self) -> usize {
        self.answers.limit
    }

    /// Why the driver failed. What it makes of a connection that is gone says nothing; what the server has said to it, says it best.
    #[must_use]
    pub fn explain(&self, error: sqlx::Error) -> Failure {
        match (&self.broken, error) {
            (Some(broken), error) if error.as_database_error().is_none() => Failure::Broken(broken.clone()),
            (_, error) => Failure::Driver(error),
        }
    }

    /// Passes on what can be passed on now. The server first: what it said last explains why it takes nothing more.
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
                // The driver is not interested any more.
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
            // The kernel reports an error of a socket once, to a read or to a write. After that, reads find the end of the stream.
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
                // The server may have said already why.
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

    /// Notes why the server takes nothing more: the first reason counts.
    fn not_sent(&mut self, error: Option<io::Error>) {
        self.unsent = self.unsent.take().or_else(|| error.map(Broken::from));
    }

    /// Hears the driver.
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

/// Reads what there is, a chunk at most.
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
