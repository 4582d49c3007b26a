//! Where a server is, and how it is reached.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Semaphore;

use super::auth::RequireAuth;
use super::broken::Broken;
use super::line::{Address, Line};
use super::tls::{self, Credentials};

/// `SSLRequest` of the protocol: its length and its code.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// The name lookups at one time: half of the blocking threads, so that an unresponsive name server leaves the others for the work.
static LOOKUPS: Semaphore = Semaphore::const_new(8);

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A TCP port of a host.
    Tcp {
        /// A name or an address.
        host: String,
        /// The address to connect to, if it is not the host's.
        address: Option<IpAddr>,
        /// The port.
        port: u16,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

/// Whether a connection over TCP is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Never.
    Off,
    /// If the server supports it; its certificate is not checked.
    Preferred,
    /// Always.
    Required(Check),
}

/// How the server's certificate is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Not at all.
    Nothing,
    /// A trusted authority has signed it.
    Authority,
    /// The same, and it is for the host that was asked for.
    Host,
}

/// Where a server is, how it is reached, and what it may ask for and send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Where it is.
    pub place: Place,
    /// Whether the connection is encrypted.
    pub encryption: Encryption,
    /// The trusted certificates, and pgvigil's own.
    pub credentials: Credentials,
    /// Which authentication methods are allowed.
    pub require_auth: RequireAuth,
    /// Why there is no password, if there is none.
    pub no_password: Option<String>,
    /// The most bytes in one answer.
    pub answer_limit: usize,
}

impl Place {
    /// Whether it is on this host, where nothing can eavesdrop.
    #[must_use]
    pub const fn is_local(&self) -> bool {
        matches!(self, Self::Unix(_))
    }

    /// Opens a connection to the first address of the host that answers. Nothing has been sent over it yet.
    async fn open(&self) -> Result<Line, Broken> {
        // Whatever the kernel's error is, there was no connection.
        self.reach().await.map_err(|error| Broken::Io(error.to_string()))
    }

    async fn reach(&self) -> io::Result<Line> {
        let found = match self {
            Self::Unix(path) => return Line::open(Address::Unix(path.clone())).await,
            Self::Tcp { address: Some(address), port, .. } => vec![(*address, *port).into()],
            Self::Tcp { host, address: None, port } => addresses(host, *port).await?,
        };
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
        for address in found {
            match Line::open(Address::Tcp(address)).await {
                Ok(line) => return Ok(line),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// The addresses of a host. A lookup cannot be ended: one that was given up keeps its permit until the name server answers or the system gives up too.
async fn addresses(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![(address, port).into()]);
    }
    let place = LOOKUPS.acquire().await.map_err(io::Error::other)?;
    let host = host.to_owned();
    let lookup = tokio::task::spawn_blocking(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Iterator::collect);
        drop(place);
        found
    });
    lookup.await?
}

impl Route {
    /// Opens a connection that is encrypted as required. Returns the TLS settings if it is.
    pub(super) async fn connect(&self) -> Result<(Line, Option<Tls>), Broken> {
        let line = self.place.open().await?;
        let Place::Tcp { host, .. } = &self.place else { return Ok((line, None)) };
        let tls = |check| Tls { host: host.clone(), check, credentials: self.credentials.clone() };
        match self.encryption {
            Encryption::Off => Ok((line, None)),
            Encryption::Preferred => {
                let tls = tls(Check::Nothing);
                match tls.agree(line).await {
                    Ok(Some(line)) => Ok((line, Some(tls))),
                    // As in libpq, the second attempt is without TLS.
                    Ok(None) | Err(Broken::Tls(_) | Broken::Foreign(_)) => Ok((self.place.open().await?, None)),
                    Err(broken) => Err(broken),
                }
            }
            Encryption::Required(check) => {
                let tls = tls(check);
                match tls.agree(line).await? {
                    Some(line) => Ok((line, Some(tls))),
                    None => Err(Broken::Tls("the server does not speak TLS, and `sslmode` asks for it".to_owned())),
                }
            }
        }
    }
}

/// How a connection is encrypted.
#[derive(Clone)]
pub(super) struct Tls {
    pub(super) host: String,
    pub(super) check: Check,
    pub(super) credentials: Credentials,
}

impl Tls {
    /// Negotiates TLS with the server. None if the server declines.
    pub(super) async fn agree(&self, line: Line) -> Result<Option<Line>, Broken> {
        let Line { mut socket, address, local_port } = line;
        socket.write_all(&SSL_REQUEST).await?;
        let mut answer = [0; 64];
        // Only one byte, because what follows is TLS.
        socket.read_exact(&mut answer[..1]).await?;
        match answer[0] {
            b'S' => {
                let socket = tls::encrypt(socket, &self.host, self.check, &self.credentials).await?;
                Ok(Some(Line { socket, address, local_port }))
            }
            b'N' => Ok(None),
            // The error's text is not authenticated.
            b'E' => Err(Broken::Refused("the server answers the question for TLS with an error".to_owned())),
            _ => {
                let more = socket.read(&mut answer[1..]).await.unwrap_or_default();
                Err(Broken::greeting(&answer[..=more]))
            }
        }
    }
}
