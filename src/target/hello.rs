//! Whether anybody answers at a server's address, found out without a login.
//!
//! A login that gets no answer says too little: the network may have lost it, or the server's process waits for a lock on a catalogue and goes
//! on to wait when its client hangs up. The question whether the server would encrypt is answered before it reads anything. It is asked of
//! GSSAPI: who asks for TLS and hangs up leaves a line in the server's log.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::wire::route::Place;

/// `GSSENCRequest` of the protocol: its own length, and the number that stands for it.
const GSSENC_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hello {
    /// Somebody answers, whatever it is.
    Answered,
    /// There is no connection, and the reason is known at once: nobody listens, or the name is unknown.
    Refused,
    /// Nothing happens within the limit.
    Silent,
}

/// Asks the server at a place, and hangs up. Whether it is yes, no, the farewell of a server that is full, or another protocol's complaint: an answer is
/// an answer.
pub async fn hello(place: &Place, limit: Duration) -> Hello {
    let answer = async {
        let mut stream = place.reach().await?;
        stream.write_all(&GSSENC_REQUEST).await?;
        stream.read(&mut [0]).await.map(|_| ())
    };
    match tokio::time::timeout(limit, answer).await {
        Ok(Ok(())) => Hello::Answered,
        Ok(Err(error)) if error.kind() != io::ErrorKind::TimedOut => Hello::Refused,
        _ => Hello::Silent,
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    const LIMIT: Duration = Duration::from_millis(300);

    #[tokio::test]
    async fn an_answer_a_refusal_and_silence_differ() -> io::Result<()> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let place = Place::Tcp { host: "127.0.0.1".to_owned(), port: listener.local_addr()?.port() };
        assert_eq!(hello(&place, LIMIT).await, Hello::Silent, "the kernel takes the connection, and nobody else");
        let server = tokio::spawn(async move {
            let (_silent, _) = listener.accept().await?;
            let (mut stream, _) = listener.accept().await?;
            let mut request = [0; 8];
            stream.read_exact(&mut request).await?;
            stream.write_all(b"N").await?;
            Ok::<_, io::Error>(request)
        });
        assert_eq!(hello(&place, LIMIT).await, Hello::Answered);
        // 1234 and 5680, as the protocol has it.
        assert_eq!(server.await??, [0, 0, 0, 8, 4, 210, 22, 48]);
        assert_eq!(hello(&place, LIMIT).await, Hello::Refused, "nobody listens any more");
        Ok(())
    }
}
