//! Who is at the other end of a connection, and whether what was sent has arrived there. A network that has lost a connection shows in this: the
//! kernel of the server's machine confirms what it gets, also for a process that hangs.

use std::collections::BTreeSet;

use procfs::net::TcpState;
use procfs::process::{FDTarget, Process};

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// Nobody knows yet, or it is somebody between, who confirms what the server may never get.
    Unknown,
    /// The server, or a pooler, over a Unix socket, where nothing is lost.
    Local,
    /// The server sees this port as its client's.
    Port(u16),
}

impl Peer {
    /// From where the configuration leads, and the server's word for its client's port.
    #[must_use]
    pub fn new(is_local: bool, port: Option<u16>) -> Self {
        match (is_local, port) {
            (true, None) => Self::Local,
            (false, Some(port)) => Self::Port(port),
            _ => Self::Unknown,
        }
    }

    /// Whether all that was sent has arrived at the server's machine. False where that is not known. Reads a list of all the connections of this
    /// machine.
    #[must_use]
    pub fn has_it_all(self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Local => true,
            Self::Port(port) => is_confirmed(port) == Some(true),
        }
    }
}

/// Whether what this process has sent from a port of its own is confirmed. None if it has no open connection from there: the server sees
/// the port of whoever is between.
fn is_confirmed(port: u16) -> Option<bool> {
    let sockets = Process::myself().ok()?.fd().ok()?.flatten().filter_map(|file| match file.target {
        FDTarget::Socket(inode) => Some(inode),
        _ => None,
    });
    let own: BTreeSet<u64> = sockets.collect();
    let all = procfs::net::tcp().ok()?.into_iter().chain(procfs::net::tcp6().unwrap_or_default());
    // Two connections to different servers may have the same port.
    let mut here =
        all.filter(|entry| entry.local_address.port() == port && entry.state == TcpState::Established && own.contains(&entry.inode));
    here.next().map(|first| first.tx_queue == 0 && here.all(|other| other.tx_queue == 0))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_the_kernel_knows_of_a_connection() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // A machine may be without IPv6.
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let port = client.local_addr().unwrap().port();
            client.write_all(b"select").unwrap();
            assert!(Peer::Port(port).has_it_all(), "its kernel has it, although nobody reads it");
            client.set_nonblocking(true).unwrap();
            // Until it takes no more.
            while client.write(&[0; 4096]).is_ok() {}
            assert!(!Peer::Port(port).has_it_all());
            drop(client);
            assert_eq!(is_confirmed(port), None);
            let other = listener.local_addr().unwrap().port();
            assert_eq!(is_confirmed(other), None, "nobody's connection");
        }
    }

    #[test]
    fn a_pooler_is_known_by_the_other_kind_of_connection() {
        assert_eq!(Peer::new(true, Some(1)), Peer::Unknown, "the server is asked over TCP by whom we ask over a socket");
        assert_eq!(Peer::new(false, None), Peer::Unknown);
        assert_eq!((Peer::new(true, None), Peer::new(false, Some(1))), (Peer::Local, Peer::Port(1)));
    }
}
