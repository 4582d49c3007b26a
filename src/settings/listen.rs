//! The address on which the pages are served.

use crate::document::origin::Fault;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// `host:port`, `[address]:port`, or `:port` for every address of the machine. Port 0 lets the system choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// A name or an address; empty means every address.
    host: String,
    port: u16,
}

impl Listen {
    /// The name or the address; empty for every address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The socket addresses to try in turn. May ask the name service, and wait for it.
    pub fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        if self.host.is_empty() {
            // The IPv6 socket takes IPv4 as well; the second is for machines without IPv6.
            let every = [(Ipv6Addr::UNSPECIFIED, self.port).into(), (Ipv4Addr::UNSPECIFIED, self.port).into()];
            return Ok(every.to_vec());
        }
        Ok((self.host.as_str(), self.port).to_socket_addrs()?.collect())
    }
}

/// The loopback address: to be seen from outside is a decision. 9187 is the port that Prometheus users know for PostgreSQL.
impl Default for Listen {
    fn default() -> Self {
        Self { host: Ipv4Addr::LOCALHOST.to_string(), port: 9187 }
    }
}

impl FromStr for Listen {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self, Fault> {
        let fault =
            |message: &str| Fault::new(message).hint("write host:port, such as 127.0.0.1:9187, [::1]:9187, or :9187 for every address");
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(|| fault("the address has no port"))?;
        let port = port.parse().map_err(|_| fault("the port is not a number from 0 to 65535"))?;
        let host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) if address.parse::<Ipv6Addr>().is_ok() => address,
            Some(_) => return Err(fault("the text in brackets is not an IPv6 address")),
            None if host.contains(|c: char| "[]:/@".contains(c) || c.is_whitespace()) => return Err(fault("not a listen address")),
            None => host,
        };
        Ok(Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_addresses() {
        for text in ["127.0.0.1:9187", "localhost:9187", ":9187", "[::1]:0"] {
            assert_eq!(text.parse::<Listen>().unwrap().to_string(), text);
        }
        assert_eq!(Listen::default().to_string(), "127.0.0.1:9187");
    }

    #[test]
    fn resolves_to_what_can_be_bound() {
        let resolve = |text: &str| text.parse::<Listen>().unwrap().resolve().unwrap();
        assert_eq!(resolve("127.0.0.1:9187"), ["127.0.0.1:9187".parse().unwrap()]);
        assert_eq!(resolve("[::1]:9187"), ["[::1]:9187".parse().unwrap()]);
        assert_eq!(resolve(":9187"), ["[::]:9187".parse().unwrap(), "0.0.0.0:9187".parse().unwrap()]);
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "9187", "localhost", "localhost:http", "localhost:70000", "::1:9187", "http://localhost:9187", "[x]:1"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }
}
