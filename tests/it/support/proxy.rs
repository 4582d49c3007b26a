//! The network between pgvigil and a server, with the faults that a real one has.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::process;
use super::server::PASSWORD;

/// What the network does with what passes through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// It passes.
    Fair,
    /// One byte a second comes back from the server.
    Dripping,
    /// Statements of pgvigil's with this tag, and what comes after them, arrive when the weather has changed; all else passes.
    Withholding(&'static str),
    /// Logins to this database arrive when the weather has changed; all else passes.
    WithholdingLogins(&'static str),
    /// A connection is forgotten, as by [`Proxy::forget`], with the statement of this tag that comes next: on its way, or once it has arrived, so
    /// that the answer disappears.
    Losing { tag: &'static str, arrives: bool },
    /// So many bytes come back from the server, and then a reset.
    Resetting(usize),
    /// So many bytes of the answer to the statement of this tag, and then a reset; all else passes.
    Cutting { tag: &'static str, after: usize },
}

pub struct Proxy {
    pub port: u16,
    weather: Arc<Mutex<Weather>>,
    memory: Arc<Memory>,
}

/// Which connections are still known, by the order in which they came.
#[derive(Default)]
struct Memory {
    begun: AtomicUsize,
    forgotten: AtomicUsize,
    lost: AtomicUsize,
    withheld: AtomicUsize,
    over: AtomicBool,
    cuts: Mutex<Vec<u8>>,
}

/// What goes through one connection.
struct Line<'p> {
    number: usize,
    weather: &'p Mutex<Weather>,
    memory: &'p Memory,
    lost: AtomicBool,
    /// Of the answer that is to be cut: how much may pass, and what has passed.
    cut: Mutex<Option<(usize, Vec<u8>)>>,
}

impl Proxy {
    /// In front of a port of this machine.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", process::free_port())).expect("a free port");
        let own = listener.local_addr().expect("bound").port();
        let weather = Arc::new(Mutex::new(Weather::Fair));
        let memory = Arc::new(Memory::default());
        let shared = (Arc::clone(&weather), Arc::clone(&memory));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (weather, memory) = shared.clone();
                thread::spawn(move || carry(&client, port, &weather, &memory));
            }
        });
        Self { port: own, weather, memory }
    }

    pub fn turn(&self, weather: Weather) {
        *self.weather.lock().expect("nobody panics with it") = weather;
    }

    /// How many connections there were until now.
    pub fn begun(&self) -> usize {
        self.memory.begun.load(Ordering::SeqCst)
    }

    /// How many logins have been withheld.
    pub fn withheld(&self) -> usize {
        self.memory.withheld.load(Ordering::SeqCst)
    }

    /// How many connections were lost with a statement.
    pub fn lost(&self) -> usize {
        self.memory.lost.load(Ordering::SeqCst)
    }

    /// For each answer that was cut the kind of the message in which it was.
    pub fn cuts(&self) -> Vec<u8> {
        self.memory.cuts.lock().expect("nobody panics with it").clone()
    }

    /// Forgets the first `count` connections, as a firewall that is restarted: what is sent on them disappears, and neither end ever hears that the
    /// other has closed. New ones are as good as ever.
    pub fn forget(&self, count: usize) {
        self.memory.forgotten.store(count, Ordering::SeqCst);
    }

    /// How pgvigil is told to connect.
    pub fn url(&self) -> String {
        format!("postgres://pgvigil:{PASSWORD}@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.memory.over.store(true, Ordering::SeqCst);
    }
}

/// One connection, until either side ends it.
fn carry(client: &TcpStream, port: u16, weather: &Mutex<Weather>, memory: &Memory) {
    let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
    let number = memory.begun.fetch_add(1, Ordering::SeqCst);
    let line = Line { number, weather, memory, lost: AtomicBool::new(false), cut: Mutex::new(None) };
    thread::scope(|scope| {
        scope.spawn(|| line.pass(client, &server, true));
        line.pass(&server, client, false);
        while !line.is_known() && !memory.over.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(50));
        }
    });
}

impl Line<'_> {
    fn weather(&self) -> Weather {
        *self.weather.lock().expect("nobody panics with it")
    }

    fn is_known(&self) -> bool {
        !self.lost.load(Ordering::SeqCst) && self.number >= self.memory.forgotten.load(Ordering::SeqCst)
    }

    /// What one side sends.
    fn pass(&self, from: &TcpStream, to: &TcpStream, from_client: bool) {
        let mut buffer = [0; 16 * 1024];
        let mut passed = 0;
        let _ = to.set_nodelay(true);
        while let Ok(read @ 1..) = { from }.read(&mut buffer) {
            let now = self.weather();
            let bytes = &buffer[..read];
            let sent = match now {
                _ if !self.is_known() => Ok(()),
                Weather::Withholding(tag) if from_client && is_tagged(bytes, tag) => {
                    while self.weather() == now {
                        thread::sleep(Duration::from_millis(20));
                    }
                    { to }.write_all(bytes)
                }
                Weather::WithholdingLogins(database) if from_client && is_login(bytes, database) => {
                    self.memory.withheld.fetch_add(1, Ordering::SeqCst);
                    while self.weather() == now {
                        thread::sleep(Duration::from_millis(20));
                    }
                    { to }.write_all(bytes)
                }
                Weather::Losing { tag, arrives } if from_client && is_tagged(bytes, tag) => {
                    self.lost.store(true, Ordering::SeqCst);
                    self.memory.lost.fetch_add(1, Ordering::SeqCst);
                    if arrives { { to }.write_all(bytes) } else { Ok(()) }
                }
                Weather::Dripping if !from_client => drip(to, bytes, self.weather),
                Weather::Resetting(after) if !from_client && passed + read > after => {
                    let _ = { to }.write_all(&bytes[..after.saturating_sub(passed)]);
                    reset(to);
                    break;
                }
                Weather::Cutting { tag, after } if from_client && is_tagged(bytes, tag) => {
                    *self.cut.lock().expect("nobody panics with it") = Some((after, Vec::new()));
                    { to }.write_all(bytes)
                }
                Weather::Cutting { .. } if !from_client => {
                    let (arrives, cut) = self.until_the_cut(bytes);
                    let sent = { to }.write_all(arrives);
                    if cut {
                        reset(to);
                        break;
                    }
                    sent
                }
                // What the client sends arrives, and so does everything in fair weather.
                _ => { to }.write_all(bytes),
            };
            passed += read;
            if sent.is_err() {
                break;
            }
        }
        if self.is_known() {
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        }
    }

    /// What arrives of these bytes of an answer, and whether that was the last of it.
    fn until_the_cut<'b>(&self, bytes: &'b [u8]) -> (&'b [u8], bool) {
        let mut cut = self.cut.lock().expect("nobody panics with it");
        let Some((after, passed)) = cut.as_mut() else { return (bytes, false) };
        let arrives = &bytes[..bytes.len().min(*after - passed.len())];
        passed.extend_from_slice(arrives);
        let is_cut = arrives.len() < bytes.len();
        if is_cut {
            self.memory.cuts.lock().expect("nobody panics with it").extend(unfinished(passed));
        }
        (arrives, is_cut)
    }
}

/// The kind of the message of which these bytes of a server have only the beginning: a letter, the length but for the letter, the rest.
fn unfinished(mut bytes: &[u8]) -> Option<u8> {
    while let [kind, rest @ ..] = bytes {
        let length = rest.first_chunk().map(|length| u32::from_be_bytes(*length) as usize);
        let Some(next) = length.and_then(|length| rest.get(length..)) else { return Some(*kind) };
        bytes = next;
    }
    None
}

/// Whether it is a statement with this tag: a letter and four bytes of length come before it.
fn is_tagged(bytes: &[u8], tag: &str) -> bool {
    bytes.get(5..).is_some_and(|text| text.starts_with(format!("/* pgvigil {tag} */").as_bytes()))
}

/// Whether it is the first message of a session, with the name of this database.
fn is_login(bytes: &[u8], database: &str) -> bool {
    let name = format!("\0database\0{database}\0");
    bytes.get(4..8) == Some(&[0, 3, 0, 0]) && bytes.windows(name.len()).any(|window| window == name.as_bytes())
}

/// A byte a second, until the weather changes; then the rest.
fn drip(to: &TcpStream, bytes: &[u8], weather: &Mutex<Weather>) -> std::io::Result<()> {
    for (index, byte) in bytes.iter().enumerate() {
        if *weather.lock().expect("nobody panics with it") != Weather::Dripping {
            return { to }.write_all(&bytes[index..]);
        }
        { to }.write_all(&[*byte])?;
        thread::sleep(Duration::from_secs(1));
    }
    Ok(())
}

/// Ends a connection by RST instead of FIN, now and not when its last handle is closed.
fn reset(stream: &TcpStream) {
    let gone = rustix::net::connect_unspec(stream);
    assert!(gone.is_ok(), "{gone:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_at_the_end() {
        assert_eq!(unfinished(b"C\x00\x00\x00\x05xD\x00\x00\x00\x06x"), Some(b'D'));
        assert_eq!(unfinished(b"C\x00\x00\x00\x05xD\x00\x00"), Some(b'D'));
        assert_eq!(unfinished(b"C\x00\x00\x00\x05x"), None);
    }
}
