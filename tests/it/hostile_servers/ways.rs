//! Servers that are not PostgreSQL, or no longer: each does one thing wrong, again and again, whoever comes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// When it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once, before anything is asked.
    Connected,
    /// At the login.
    Login,
    /// At the login, and what follows is sent when the driver has answered once more.
    Asked,
    /// At the first statement of a session.
    Statement,
}

/// What it does then.
pub struct Way {
    pub name: &'static str,
    pub mode: &'static str,
    when: When,
    /// What it sends.
    once: Vec<u8>,
    /// What it sends after that, and does not stop sending.
    endless: Vec<u8>,
    /// How long it rests before each of those.
    rest: Duration,
    /// Whether it stays on the line.
    stays: bool,
    /// What a person is to read.
    pub says: &'static str,
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).expect("a short one");
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

fn announced(kind: u8, length: u32) -> Vec<u8> {
    [&[kind], &length.to_be_bytes()[..]].concat()
}

fn request(kind: u32, rest: &[u8]) -> Vec<u8> {
    message(b'R', &[&kind.to_be_bytes()[..], rest].concat())
}

fn okay() -> Vec<u8> {
    [request(0, b""), message(b'S', b"server_version\x0018.1\0"), message(b'K', &[7; 8])].concat()
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

fn error(severity: &str, text: &[u8]) -> Vec<u8> {
    message(b'E', &[format!("S{severity}\0V{severity}\0CXX000\0M").as_bytes(), text, b"\0\0"].concat())
}

fn columns(name: &[u8]) -> Vec<u8> {
    message(b'T', &[&b"\0\x01"[..], name, &[0; 19]].concat())
}

fn row(value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).expect("a short one");
    message(b'D', &[&b"\0\x01"[..], &length.to_be_bytes(), value].concat())
}

const SCRAM: &[u8] = b"SCRAM-SHA-256\0\0";
const SENSELESS: &str = "an authentication request that makes no sense";
const FOREIGN: &str = "not PostgreSQL: ";

pub fn ways() -> Vec<Way> {
    use When::{Asked, Connected, Login, Statement};
    let way = |name, when, once: Vec<u8>, says| Way {
        name,
        mode: "disable",
        when,
        once,
        endless: Vec::new(),
        rest: Duration::ZERO,
        stays: true,
        says,
    };
    let endless = |name, when, once, endless: Vec<u8>, says| Way { endless, ..way(name, when, once, says) };
    let with = |name, mode, says| Way { mode, ..way(name, Connected, b"SSH-2.0-OpenSSH_9.2p1\r\n".to_vec(), says) };
    let leaves = |name, when, once, says| Way { stays: false, ..way(name, when, once, says) };
    vec![
        with("ssh", "disable", "an SSH server answers"),
        with("ssh-preferred", "prefer", "an SSH server answers"),
        with("ssh-required", "require", "it agrees to TLS, and then does not speak it"),
        way("http", Login, b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec(), "an HTTP server answers"),
        way("mail", Connected, b"220 mail ESMTP\r\n".to_vec(), "a mail or FTP server answers"),
        way("zeros", Connected, vec![0; 100], FOREIGN),
        endless("endless-zeros", Connected, Vec::new(), vec![0; 65_536], FOREIGN),
        endless("endless-text", Login, Vec::new(), b"yes\n".repeat(10_000), FOREIGN),
        leaves("closes", Connected, Vec::new(), "onnection"),
        leaves("closes-later", Login, request(0, b""), "the server closed the connection"),
        way("silent", Login, Vec::new(), "no login within 3s"),
        Way { rest: Duration::from_secs(1), ..endless("drips", Login, Vec::new(), b"R".to_vec(), "no login within 3s") },
        way("four-gigabytes", Login, announced(b'R', u32::MAX), FOREIGN),
        way("no-length", Login, announced(b'R', 0), FOREIGN),
        way("long-error", Login, error("FATAL", &vec![b'x'; 10 << 20]), FOREIGN),
        way("cannot-fork", Login, b"Ecould not fork new process for connection\n\0".to_vec(), "the server says: could not fork"),
        way("unknown-authentication", Login, request(99, b""), SENSELESS),
        way("kerberos", Login, request(2, b""), "the server asks for Kerberos"),
        way("clear-text", Login, request(3, b""), "the server asks for the password in clear text"),
        way("md5-without-salt", Login, request(5, b"a"), SENSELESS),
        way("other-mechanism", Login, request(10, b"PLAIN\0\0"), "an authentication that pgvigil does not have"),
        way("channel-binding", Login, request(10, b"SCRAM-SHA-256-PLUS\0\0"), "the server demands channel binding"),
        way("no-mechanism", Login, request(10, b""), SENSELESS),
        way("scram-garbled", Asked, [request(10, SCRAM), request(11, b"r,s,i")].concat(), SENSELESS),
        way("scram-rounds", Asked, [request(10, SCRAM), request(11, b"r=a,s=QUJD,i=4294967295")].concat(), "rounds of SCRAM"),
        way("scram-unproved", Asked, [request(10, SCRAM), request(0, b"")].concat(), SENSELESS),
        way("ready-at-once", Login, ready(), FOREIGN),
        way("short-key", Login, [request(0, b""), message(b'K', &[0; 2])].concat(), FOREIGN),
        way("odd-state", Login, [okay(), message(b'Z', b"?")].concat(), FOREIGN),
        endless("endless-parameters", Login, okay(), message(b'S', b"some_name\0value\0").repeat(100), "a login without an end"),
        endless("endless-warnings", Login, okay(), message(b'N', b"SWARNING\0Mmind\0\0").repeat(100), "a login without an end"),
        endless("endless-errors", Login, Vec::new(), error("FATAL", &[b'y'; 20_000]), "yyyyyyyy"),
        way("rows-of-nothing", Statement, row(b"1"), FOREIGN),
        way(
            "too-many-values",
            Statement,
            [columns(b"a"), message(b'D', b"\0\x02\0\0\0\0\0\0\0\0")].concat(),
            "a row whose lengths do not add up",
        ),
        way(
            "value-beyond",
            Statement,
            [columns(b"a"), message(b'D', b"\0\x01\0\0\xff\xffab")].concat(),
            "a row whose lengths do not add up",
        ),
        way("short-description", Statement, message(b'T', b"\0\x09a\0"), FOREIGN),
        way("column-of-bytes", Statement, columns(b"\xff"), FOREIGN),
        way("two-gigabytes", Statement, [columns(b"a"), announced(b'D', 1 << 31)].concat(), FOREIGN),
        way("hundred-megabytes", Statement, [columns(b"a"), announced(b'D', 100 << 20)].concat(), "larger than 64 MB"),
        way("long-value", Statement, [columns(b"a"), row(&vec![b'v'; 20 << 20])].concat(), "takes more than 16 MB"),
        endless("endless-rows", Statement, columns(b"a"), row(&[b'z'; 500]).repeat(100), "takes more than 16 MB"),
        endless("endless-notices", Statement, Vec::new(), message(b'N', &[b'n'; 5000]).repeat(10), "larger than 64 MB"),
        endless("endless-settings", Statement, Vec::new(), message(b'S', b"some_name\0value\0").repeat(1000), "larger than 64 MB"),
        endless("endless-commands", Statement, Vec::new(), message(b'C', b"SET\0").repeat(1000), "an answer without an end"),
        way("fatal-novel", Statement, error("FATAL", &vec![b'w'; 10 << 20]), "wwwwwwww"),
        way("error-without-end", Statement, message(b'E', b"SFATAL\0Mno end"), "an error message without an end"),
        way("wants-data", Statement, message(b'G', b"\0\0\0"), FOREIGN),
        way("ready-twice", Statement, ready().repeat(2), FOREIGN),
        way("http-later", Statement, b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), FOREIGN),
        leaves(
            "closes-in-a-row",
            Statement,
            [columns(b"a"), announced(b'D', 5000), b"\0\x01".to_vec()].concat(),
            "the server closed the connection",
        ),
        way("never-answers", Statement, Vec::new(), "no answer within"),
    ]
}

impl Way {
    /// Whether so much comes, or nothing, that on a busy machine the time of the statement is over first.
    pub fn is_slow(&self) -> bool {
        const MUCH: usize = 1 << 20;
        self.when == When::Statement && (self.once.len() > MUCH || self.once.is_empty() || !self.endless.is_empty())
    }

    /// Listens, and does it to whoever comes. The port.
    pub fn listen(&'static self) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                thread::spawn(move || self.meet(client));
            }
        });
        port
    }

    /// Until the client has gone.
    fn meet(&self, mut client: TcpStream) -> Option<()> {
        if self.when != When::Connected {
            startup(&mut client)?;
        }
        if self.when == When::Statement {
            client.write_all(&[okay(), ready()].concat()).ok()?;
            hear(&mut client)?;
        }
        if self.when == When::Asked {
            let first = self.once.get(1..5)?.try_into().map(u32::from_be_bytes).ok()? as usize;
            let (question, more) = self.once.split_at(1 + first);
            client.write_all(question).ok()?;
            hear(&mut client)?;
            client.write_all(more).ok()?;
        } else {
            client.write_all(&self.once).ok()?;
        }
        while !self.endless.is_empty() {
            thread::sleep(self.rest);
            client.write_all(&self.endless).ok()?;
        }
        if self.stays {
            while hear(&mut client).is_some() {}
        }
        Some(())
    }
}

/// Reads what there is.
fn hear(client: &mut TcpStream) -> Option<()> {
    (client.read(&mut [0; 16 * 1024]).ok()? > 0).then_some(())
}

/// Reads a startup message, after the questions whether the connection could be encrypted.
fn startup(client: &mut TcpStream) -> Option<()> {
    loop {
        let mut head = [0; 8];
        client.read_exact(&mut head).ok()?;
        let length = u32::from_be_bytes(*head.first_chunk()?) as usize;
        if head[4..6] == [0x04, 0xd2] {
            client.write_all(b"N").ok()?;
            continue;
        }
        return client.read_exact(&mut vec![0; length.checked_sub(8)?]).ok();
    }
}
