//! A client that does on the wire what no library would do, over TCP or what is built on it.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::server::shows_no_secret;

pub struct Wire<S = TcpStream> {
    stream: S,
}

/// What came back. The connection's end is part of it.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
    /// From the last byte to the connection's end.
    pub lingered: Duration,
}

impl Answer {
    /// The value of a header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let of = |line: &'_ str| line.split_once(':').filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.len());
        self.head.lines().find_map(|line| of(line).map(|length| line[line.len() - length..].trim())).unwrap_or("")
    }
}

/// A connection whose reads wait no longer than `patience`.
pub fn connect(port: u16, patience: Duration) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    stream.set_read_timeout(Some(patience)).expect("a socket");
    stream
}

/// Reads once. The kernel does not resume a read with a time-out after a signal.
fn read(stream: &mut impl Read, chunk: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match stream.read(chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

impl Wire {
    pub fn open(port: u16) -> Self {
        Self::over(connect(port, Duration::from_mins(1)))
    }

    /// Whether the other side has closed the connection; asks without waiting.
    pub fn is_closed(&mut self) -> bool {
        self.stream.set_nonblocking(true).expect("a socket");
        let read = self.stream.read(&mut [0; 4096]);
        self.stream.set_nonblocking(false).expect("a socket");
        match read {
            Ok(count) => count == 0,
            Err(error) => ![ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind()),
        }
    }
}

impl<S: Read + Write> Wire<S> {
    pub fn over(stream: S) -> Self {
        Self { stream }
    }

    /// Sends as much as the other side takes; how much that was.
    pub fn send(&mut self, bytes: &[u8]) -> usize {
        let mut sent = 0;
        while sent < bytes.len() {
            match self.stream.write(&bytes[sent..]) {
                Ok(count) if count > 0 => sent += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        let _ = self.stream.flush();
        sent
    }

    /// `GET path`, with more lines of the head.
    pub fn get(&mut self, path: &str, more: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n").as_bytes());
        self.answer().unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Reads up to the connection's end, and sees to it that no secret is in what comes.
    ///
    /// # Errors
    /// When what comes is no answer, or the connection has no end.
    pub fn answer(&mut self) -> Result<Answer, String> {
        let mut bytes = Vec::new();
        let start = Instant::now();
        let mut last = start;
        let mut chunk = [0; 16 * 1024];
        let end = loop {
            match read(&mut self.stream, &mut chunk) {
                Ok(0) => break Ok(()),
                Ok(count) => {
                    bytes.extend_from_slice(&chunk[..count]);
                    last = Instant::now();
                }
                Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                    return Err(format!("{} bytes, then the connection stayed open for {:?}", bytes.len(), last.elapsed()));
                }
                // What came before a reset counts.
                Err(error) => break Err(error),
            }
        };
        let lingered = last.elapsed();
        shows_no_secret(&bytes, "an answer");
        let split = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let split = split.ok_or_else(|| format!("{} bytes without a head, then {end:?} after {:?}", bytes.len(), start.elapsed()))?;
        let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| head.clone())?;
        Ok(Answer { status, head, body: bytes.split_off(split + 4), lingered })
    }

    /// Reads and forgets; how many bytes came until the end.
    pub fn drain(&mut self) -> usize {
        let mut chunk = [0; 16 * 1024];
        std::iter::from_fn(|| read(&mut self.stream, &mut chunk).ok().filter(|count| *count > 0)).sum()
    }
}
