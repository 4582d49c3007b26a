//! A request to cancel the statement of a session. It needs no login: the server finds the session by the backend's pid and a secret key, and the
//! request takes no slot of `max_connections`.

use std::fmt;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::broken::Broken;
use super::line::{Address, Line};
use super::route::Tls;

/// `CancelRequest` of the protocol.
const CANCEL_REQUEST: u32 = 0x04d2_162e;

/// What a cancel request for a session must have: the server's `BackendKeyData`.
#[derive(Clone, PartialEq, Eq)]
pub struct BackendKey {
    /// The backend's pid. A pooler invents one.
    pub pid: i32,
    /// Always 4 bytes in protocol 3.0, up to 256 in 3.2.
    secret: Vec<u8>,
}

impl BackendKey {
    /// Reads the body of a `BackendKeyData`.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        let (pid, secret) = body.split_first_chunk()?;
        (4..=256).contains(&secret.len()).then(|| Self { pid: i32::from_be_bytes(*pid), secret: secret.to_vec() })
    }

    /// The request with this key.
    fn request(&self) -> Vec<u8> {
        let length = u32::try_from(12 + self.secret.len()).unwrap_or(u32::MAX);
        [&length.to_be_bytes()[..], &CANCEL_REQUEST.to_be_bytes(), &self.pid.to_be_bytes(), &self.secret].concat()
    }
}

impl fmt::Debug for BackendKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendKey").field("pid", &self.pid).finish_non_exhaustive()
    }
}

/// How to cancel the statement of a session. The request goes to the same address as the session and is encrypted if the session is, because the key is
/// all that is needed to cancel.
#[derive(Clone)]
pub struct Cancel {
    pub(super) address: Address,
    pub(super) tls: Option<Tls>,
    pub(super) key: BackendKey,
}

impl fmt::Debug for Cancel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cancel").field("address", &self.address).field("key", &self.key).finish_non_exhaustive()
    }
}

impl Cancel {
    /// Sends the request, and waits until the server has closed the connection. The session shows whether there was anything to cancel: its statement
    /// ends with SQLSTATE `57014`.
    ///
    /// # Errors
    /// Why the server may not have received the request, including that it has not closed the connection within `limit`.
    pub async fn send(&self, limit: Duration) -> Result<(), Broken> {
        let late = || Broken::Io(format!("no answer to a cancel request within {}", humantime::format_duration(limit)));
        tokio::time::timeout(limit, self.ask()).await.unwrap_or_else(|_| Err(late()))
    }

    async fn ask(&self) -> Result<(), Broken> {
        let mut line = Line::open(self.address.clone()).await?;
        if let Some(tls) = &self.tls {
            let refused = || Broken::Tls("the server does not speak TLS any more, so that the cancel key stays here".to_owned());
            line = tls.agree(line).await?.ok_or_else(refused)?;
        }
        line.socket.write_all(&self.key.request()).await?;
        line.socket.flush().await?;
        let mut answer = [0; 32];
        match line.socket.read(&mut answer).await.map_err(Broken::from) {
            // A server may close before it has read all of TLS, which resets the connection.
            Ok(0) | Err(Broken::Closed | Broken::Reset(_)) => Ok(()),
            Ok(count) => Err(Broken::greeting(&answer[..count])),
            Err(broken) => Err(broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::wire::route::Check;
    use crate::wire::tls::Credentials;

    fn key(secret: &[u8]) -> BackendKey {
        BackendKey::read(&[&[0, 0, 0x30, 0x39], secret].concat()).unwrap()
    }

    #[test]
    fn a_key_of_any_length() {
        assert_eq!(key(&[7; 4]).pid, 12345);
        assert_eq!(key(&[7; 4]).request(), [&[0, 0, 0, 16, 4, 0xd2, 0x16, 0x2e, 0, 0, 0x30, 0x39][..], &[7; 4]].concat());
        assert_eq!(key(&[7; 256]).request()[..4], [0, 0, 1, 12]);
        assert_eq!(key(&[7; 256]).request().len(), 268);
        for wrong in [&[0; 3][..], &[0; 7], &[0; 261]] {
            assert_eq!(BackendKey::read(wrong), None, "{} bytes", wrong.len());
        }
    }

    #[test]
    fn the_key_is_not_shown() {
        let cancel = Cancel { address: Address::Unix("/run/pg".into()), tls: None, key: key(b"\xde\xad\xbe\xef") };
        assert_eq!(format!("{cancel:?}"), r#"Cancel { address: Unix("/run/pg"), key: BackendKey { pid: 12345, .. }, .. }"#);
    }

    /// Sends a request to a peer that sends `answer`, and closes the connection unless it `stays`. Returns the result and what the peer received.
    async fn sent(answer: &'static [u8], stays: bool) -> (Result<(), Broken>, Vec<u8>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let cancel = Cancel { address: Address::Tcp(listener.local_addr().unwrap()), tls: None, key: key(&[7; 8]) };
        let peer = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 20];
            stream.read_exact(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            (request, stays.then_some(stream))
        });
        let ended = cancel.send(Duration::from_millis(300)).await;
        (ended, peer.await.unwrap().0)
    }

    #[tokio::test]
    async fn waits_until_it_is_taken() {
        assert_eq!(sent(b"", false).await, (Ok(()), key(&[7; 8]).request()));
        let late = "no answer to a cancel request within 300ms".to_owned();
        assert_eq!(sent(b"", true).await.0, Err(Broken::Io(late)));
        assert!(matches!(sent(b"HTTP/1.1 400", true).await.0, Err(Broken::Foreign(_))));
    }

    /// If the session was encrypted, a peer that cannot encrypt never gets the key, even if it has taken the server's address.
    #[tokio::test]
    async fn the_key_of_an_encrypted_session_stays_secret() {
        for answer in [&b"N"[..], b"E", b""] {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            let tls = Tls { host: "127.0.0.1".to_owned(), check: Check::Nothing, credentials: Credentials::default() };
            let cancel = Cancel { address: Address::Tcp(listener.local_addr().unwrap()), tls: Some(tls), key: key(&[7; 8]) };
            let peer = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 8];
                stream.read_exact(&mut request).await.unwrap();
                stream.write_all(answer).await.unwrap();
                stream.shutdown().await.unwrap();
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).await.map(|_| rest)
            });
            assert!(cancel.send(Duration::from_secs(5)).await.is_err());
            assert_eq!(peer.await.unwrap().unwrap(), b"", "after the question for TLS");
        }
    }
}
