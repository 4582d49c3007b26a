//! Why a connection was ended, in the words that an operator reads.

use std::io;

use thiserror::Error;

/// Why a connection was ended. Says nothing secret.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Broken {
    /// What answers does not speak the protocol, or not rightly.
    #[error("not PostgreSQL: {0}")]
    Foreign(String),
    /// The server asks for a login that is refused.
    #[error("{0}")]
    Refused(String),
    /// There is no encryption that can be relied on.
    #[error("TLS: {0}")]
    Tls(String),
    /// An answer is over its limit.
    #[error("the answer is larger than {} MB, the server's `answer_limit`", .0 >> 20)]
    TooLarge(usize),
    /// The server has closed the connection.
    #[error("the server closed the connection")]
    Closed,
    /// The network, or the kernel's word for it.
    #[error("{0}")]
    Io(String),
}

/// Why there is no session, or none any more.
#[derive(Debug, Error)]
pub enum Failure {
    /// The connection was ended.
    #[error("{0}")]
    Broken(Broken),
    /// What the driver says: mostly, what the server says.
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
    /// What answered with these bytes, where the first message of a server was expected.
    pub(super) fn greeting(bytes: &[u8]) -> Self {
        const SHOWN: usize = 32;
        const TOLD: usize = 200;
        let known =
            [(&b"SSH-"[..], "an SSH server"), (b"HTTP/", "an HTTP server"), (b"220 ", "a mail or FTP server"), (b"-ERR", "a Redis server")];
        let protocol = known.iter().find(|(start, _)| bytes.starts_with(start));
        // How a server of old, and one that cannot make another process, says what is wrong: without a length.
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
        assert_eq!(Broken::TooLarge(64 << 20).to_string(), "the answer is larger than 64 MB, the server's `answer_limit`");
    }
}
