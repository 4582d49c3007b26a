//! Why a connection was ended, in the words that an operator reads.

use std::io;

use thiserror::Error;

use super::last_word::LastWord;

/// Why a connection was ended. Never has anything secret.
///
/// | What | Ended by |
/// | --- | --- |
/// | `Foreign`, `Tls`, `TooLarge` | pgvigil, because of what the server sent |
/// | `Refused` | the server or pgvigil, before there was a session |
/// | `Closed`, `Ended` | the server: its backend is about to exit, unless a proxy is between |
/// | `Reset` | the server, or something between that sends in its name |
/// | `Lost` | our kernel: nothing was acknowledged, and the backend may live |
/// | `Io` | there was no connection, or our kernel has another reason |
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Broken {
    /// The other end does not speak the protocol, or not correctly.
    #[error("not PostgreSQL: {0}")]
    Foreign(String),
    /// The login is refused, by the server or by pgvigil.
    #[error("{0}")]
    Refused(String),
    /// There is no encryption that can be trusted.
    #[error("TLS: {0}")]
    Tls(String),
    /// An answer exceeds its limit.
    #[error("the answer is larger than {} MB, the server's `answer_limit`", .0 >> 20)]
    TooLarge(usize),
    /// The server has closed the connection without an error message.
    #[error("the server closed the connection")]
    Closed,
    /// The server has ended the session with an error message.
    #[error("{}", .0.message)]
    Ended(LastWord),
    /// The connection was reset.
    #[error("{0}")]
    Reset(String),
    /// The kernel gave the connection up because the other end stopped acknowledging.
    #[error("{0}")]
    Lost(String),
    /// Another error of the network or the kernel.
    #[error("{0}")]
    Io(String),
}

/// Why there is no session, or no longer one.
#[derive(Debug, Error)]
pub enum Failure {
    /// The connection was ended.
    #[error("{0}")]
    Broken(Broken),
    /// An error of the driver: mostly the server's error.
    #[error("{0}")]
    Driver(sqlx::Error),
}

impl From<Broken> for Failure {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return super::tls::broken(tls);
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => Self::Reset(error.to_string()),
            io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => {
                Self::Lost(error.to_string())
            }
            _ => Self::Io(error.to_string()),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Broken(error.into())
    }
}

impl Broken {
    /// What answered with these bytes, if the first message of a server was expected.
    pub(super) fn greeting(bytes: &[u8]) -> Self {
        const SHOWN: usize = 32;
        const TOLD: usize = 200;
        let known =
            [(&b"SSH-"[..], "an SSH server"), (b"HTTP/", "an HTTP server"), (b"220 ", "a mail or FTP server"), (b"-ERR", "a Redis server")];
        let protocol = known.iter().find(|(start, _)| bytes.starts_with(start));
        // An old server, or one that cannot fork another process, sends its error in this form: without a length.
        if let [b'E', text @ ..] = bytes
            && text.first().is_some_and(u8::is_ascii_lowercase)
        {
            let text = text.split(u8::is_ascii_control).next().unwrap_or_default();
            return Self::Refused(format!("the server says: {}", text[..text.len().min(TOLD)].escape_ascii()));
        }
        Self::Foreign(match protocol {
            Some((_, name)) => format!("{name} answers"),
            // An alert or a handshake of TLS.
            None if matches!(bytes, [0x15 | 0x16, 3, ..]) => "it answers in TLS without being asked to".to_owned(),
            None => format!("it answers \"{}\"", bytes[..bytes.len().min(SHOWN)].escape_ascii()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_answers() {
        let greeting = |bytes: &[u8]| Broken::greeting(bytes).to_string();
        assert_eq!(greeting(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "not PostgreSQL: an SSH server answers");
        assert_eq!(greeting(b"HTTP/1.1 400 Bad Request\r\n"), "not PostgreSQL: an HTTP server answers");
        assert_eq!(greeting(b"\xff\x1b[2J\n"), "not PostgreSQL: it answers \"\\xff\\x1b[2J\\n\"");
        assert!(greeting(&[b'x'; 10_000]).len() < 100);
        assert_eq!(greeting(b"Ecould not fork new process\n\0"), "the server says: could not fork new process");
    }

    #[test]
    fn an_end_is_an_end() {
        assert_eq!(Broken::from(io::Error::from(io::ErrorKind::UnexpectedEof)), Broken::Closed);
        let word = LastWord { code: "57P01".to_owned(), message: "terminating connection due to administrator command".to_owned() };
        assert_eq!(Broken::Ended(word).to_string(), "terminating connection due to administrator command");
        assert_eq!(Broken::TooLarge(64 << 20).to_string(), "the answer is larger than 64 MB, the server's `answer_limit`");
    }

    #[test]
    fn the_kernel_says_what_became_of_a_line() {
        use io::ErrorKind::{
            AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkDown,
            NetworkUnreachable, NotFound, PermissionDenied, TimedOut,
        };
        let ends = |kinds: &[io::ErrorKind], right: fn(&Broken) -> bool| {
            for kind in kinds {
                let broken = Broken::from(io::Error::from(*kind));
                assert!(right(&broken), "{kind}: {broken:?}");
            }
        };
        ends(&[ConnectionReset, ConnectionAborted, BrokenPipe], |broken| matches!(broken, Broken::Reset(_)));
        ends(&[TimedOut, HostUnreachable, NetworkUnreachable, NetworkDown], |broken| matches!(broken, Broken::Lost(_)));
        ends(&[ConnectionRefused, NotFound, PermissionDenied, AddrNotAvailable], |broken| matches!(broken, Broken::Io(_)));
        // By their numbers on Linux: ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN; ECONNRESET, EPIPE.
        for number in [110, 113, 101, 100] {
            assert!(matches!(Broken::from(io::Error::from_raw_os_error(number)), Broken::Lost(_)), "{number}");
        }
        for number in [104, 32] {
            assert!(matches!(Broken::from(io::Error::from_raw_os_error(number)), Broken::Reset(_)), "{number}");
        }
        let reset = io::Error::from_raw_os_error(104);
        assert_eq!(Broken::from(reset).to_string(), "Connection reset by peer (os error 104)");
    }
}
