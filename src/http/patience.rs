//! A connection whose writing does not wait for ever: what a client does not take in time, it no longer wants.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// How long a client may take nothing of what it has asked for. Thrice Prometheus' default time-out for a whole scrape.
pub const STALL: Duration = Duration::from_secs(30);

/// How long after its last request a client may go on taking. A page that is being sent stays in memory although newer ones have taken its
/// place, so this bounds how many there are. Nobody scrapes less often: after five minutes Prometheus holds a series for gone.
pub const WHOLE: Duration = Duration::from_mins(2);

/// A stream whose writing fails once [`STALL`] or [`WHOLE`] is over.
pub struct Patient<S> {
    stream: S,
    /// When something last came in.
    heard: Instant,
    /// Since when nothing goes out that should.
    stalled: Option<Instant>,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Patient<S> {
    /// Watches over the writing to `stream`.
    pub fn new(stream: S) -> Self {
        let now = Instant::now();
        Self { stream, heard: now, stalled: None, alarm: Box::pin(tokio::time::sleep_until(now)) }
    }

    fn watch<T>(&mut self, context: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stalled = *self.stalled.get_or_insert_with(Instant::now);
        self.alarm.as_mut().reset((stalled + STALL).min(self.heard + WHOLE));
        let over = || io::Error::new(io::ErrorKind::TimedOut, "the client is too slow");
        self.alarm.as_mut().poll(context).map(|()| Err(over()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.heard = Instant::now();
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, context: &mut Context<'_>, pieces: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.watch(context, shut)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    /// Sends more than fits while the other side takes a byte every `pause`; how long that went well.
    async fn send(pause: Option<Duration>) -> Duration {
        let (ours, mut theirs): (DuplexStream, DuplexStream) = duplex(16);
        let mut ours = Patient::new(ours);
        let begun = Instant::now();
        let reader = tokio::spawn(async move {
            while let Some(pause) = pause {
                tokio::time::sleep(pause).await;
                if theirs.read_u8().await.is_err() {
                    return;
                }
            }
            // Takes nothing, and does not hang up either.
            std::future::pending::<()>().await;
        });
        let error = ours.write_all(&[0; 4096]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        reader.abort();
        begun.elapsed()
    }

    fn about(took: Duration, expected: Duration) {
        assert!(took >= expected && took < expected + Duration::from_millis(10), "{took:?} is not {expected:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_soon() {
        about(send(None).await, STALL);
        about(send(Some(STALL * 2)).await, STALL);
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_little_is_given_up_in_the_end() {
        about(send(Some(Duration::from_secs(1))).await, WHOLE);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_before_a_request_does_not_count() {
        let (ours, mut theirs) = duplex(16);
        let mut ours = Patient::new(ours);
        tokio::time::sleep(WHOLE * 2).await;
        theirs.write_u8(1).await.unwrap();
        assert_eq!(ours.read_u8().await.unwrap(), 1);
        let reader = tokio::spawn(async move {
            tokio::time::sleep(STALL / 2).await;
            theirs.read_exact(&mut [0; 64]).await.unwrap();
        });
        ours.write_all(&[0; 64]).await.unwrap();
        reader.await.unwrap();
    }
}
