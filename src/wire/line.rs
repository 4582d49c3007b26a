//! An open socket to a server: its address, its local port, and when the kernel gives it up.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpSocket, UnixStream};

/// How long a TCP connection is silent before the kernel probes its other end. Measured with this and the next three values: a lost connection breaks
/// at both ends within 7 s.
pub const KEEPALIVE_IDLE: Duration = Duration::from_secs(2);

/// The time between two probes.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(1);

/// After how many unanswered probes the kernel gives the connection up.
pub const KEEPALIVE_COUNT: u32 = 3;

/// How long sent data may stay unacknowledged before the kernel gives the connection up. It also limits how long the other end may keep its window
/// closed, for example if it is suspended in the middle of a large answer.
pub const USER_TIMEOUT: Duration = Duration::from_secs(5);

/// The server's settings that make its end of a connection do the same. They are set in the session and not at the login, because some poolers refuse
/// them there, and so that the server's own values stay visible. A server whose system lacks such an option logs that and continues.
#[must_use]
pub fn server_settings() -> [(&'static str, u128); 4] {
    [
        ("tcp_keepalives_idle", KEEPALIVE_IDLE.as_secs().into()),
        ("tcp_keepalives_interval", KEEPALIVE_INTERVAL.as_secs().into()),
        ("tcp_keepalives_count", KEEPALIVE_COUNT.into()),
        ("tcp_user_timeout", USER_TIMEOUT.as_millis()),
    ]
}

/// A connection of any kind.
pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send + Sync {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync> Socket for S {}

/// One address of a server. A host name may have several, and a cancel request must reach that of its session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An IP address and a port.
    Tcp(SocketAddr),
    /// A Unix socket.
    Unix(PathBuf),
}

/// An open connection.
pub struct Line {
    /// The stream, encrypted or not.
    pub socket: Box<dyn Socket>,
    /// The address it is connected to.
    pub address: Address,
    /// The local port; none for a Unix socket.
    pub local_port: Option<u16>,
}

impl Line {
    /// Connects.
    ///
    /// # Errors
    /// The error of the kernel.
    pub async fn open(address: Address) -> io::Result<Self> {
        match &address {
            Address::Unix(path) => Ok(Self { socket: Box::new(UnixStream::connect(path).await?), address, local_port: None }),
            Address::Tcp(peer) => {
                let socket = if peer.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
                // Set before connecting, so that an attempt without any reply ends by itself too.
                keep_alive(&socket);
                let stream = socket.connect(*peer).await?;
                // The peer is waiting for whatever is sent.
                stream.set_nodelay(true)?;
                let local_port = Some(stream.local_addr()?.port());
                Ok(Self { socket: Box::new(stream), address, local_port })
            }
        }
    }
}

/// Makes the kernel break the connection when the other end stops acknowledging. In a sandbox without these options there still is a connection.
fn keep_alive(socket: &TcpSocket) {
    let socket = SockRef::from(socket);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL).with_retries(KEEPALIVE_COUNT);
    let set = socket.set_tcp_keepalive(&keepalive).and_then(|()| socket.set_tcp_user_timeout(Some(USER_TIMEOUT)));
    if let Err(error) = set {
        tracing::debug!(%error, "the kernel does not set keepalives on a connection");
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_kernel_is_told_when_to_give_up() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        keep_alive(&socket);
        let stream = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let socket = SockRef::from(&stream);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), Duration::from_secs(2));
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), Duration::from_secs(1));
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
        assert_eq!(socket.tcp_user_timeout().unwrap(), Some(Duration::from_secs(5)));
    }

    #[tokio::test]
    async fn knows_both_ends() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = Address::Tcp(listener.local_addr().unwrap());
        let line = Line::open(address.clone()).await.unwrap();
        let (_accepted, peer) = listener.accept().await.unwrap();
        assert_eq!((line.address, line.local_port), (address, Some(peer.port())));
    }
}
