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
use super::requests::Requests;
use super::route::Socket;

/// Read at once: some messages of usual length.
const CHUNK: usize = 16 * 1024;

/// A connection to a server, and the private one to the driver. Both are closed when it is dropped.
pub struct Wire {
    /// None once it is of no more use.
    server: Option<Box<dyn Socket>>,
    driver: UnixStream,
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
    /// Why nothing comes from the server any more.
    broken: Option<Broken>,
    /// Whether the driver has been told so.
    told: bool,
    /// Whether the driver sends nothing any more.
    hung_up: bool,
}

impl Wire {
    pub(super) fn new(server: Box<dyn Socket>, driver: UnixStream, answers: Answers) -> Self {
        Self {
            server: Some(server),
            driver,
            answers,
            raw: BytesMut::new(),
            seen: BytesMut::new(),
            requests: Requests::default(),
            asked: BytesMut::new(),
            unflushed: false,
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

    /// Carries what the driver has sent last, once it has hung up, and closes the connection.
    pub async fn end(mut self) {
        poll_fn(|cx| {
            self.pass(cx);
            if self.hung_up && (self.asked.is_empty() || self.server.is_none()) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        if let Some(mut server) = self.server.take() {
            let _ = poll_fn(|cx| Pin::new(&mut server).poll_shutdown(cx)).await;
        }
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
            self.broken = Some(broken);
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
                // Why is for the server to say: it may have said it already.
                _ => self.asked.clear(),
            }
            self.unflushed = true;
            return Poll::Ready(());
        }
        if self.unflushed {
            let _ = ready!(server.poll_flush(cx));
            self.unflushed = false;
        }
        if self.hung_up { Poll::Pending } else { self.hear(cx) }
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
