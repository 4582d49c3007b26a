//! An error that the kernel reports only once is not lost.

use super::*;
use crate::wire::auth::{Auth, RequireAuth};

/// A socket that reports the end of its connection to a write, and then has nothing more to read.
struct Dead {
    error: Option<io::Error>,
}

impl AsyncRead for Dead {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.error.is_some() { Poll::Pending } else { Poll::Ready(Ok(())) }
    }
}

impl AsyncWrite for Dead {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(self.error.take().map_or(Ok(bytes.len()), Err))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn what_a_write_is_told_says_how_the_connection_ended() {
    for (kind, lost) in [(io::ErrorKind::TimedOut, true), (io::ErrorKind::ConnectionReset, false)] {
        let (driver, end) = UnixStream::pair().unwrap();
        let line = Line { socket: Box::new(Dead { error: Some(kind.into()) }), address: Address::Unix("/".into()), local_port: None };
        let mut wire = Wire::new(line, None, end, Answers::new(1 << 20, Auth::new(RequireAuth::default(), false, None)));
        driver.writable().await.unwrap();
        driver.try_write(b"\0\0\0\x08\0\x03\0\0").unwrap();
        let broken = wire.idle().await;
        assert!(if lost { matches!(broken, Broken::Lost(_)) } else { matches!(broken, Broken::Reset(_)) }, "{broken:?}");
    }
}
