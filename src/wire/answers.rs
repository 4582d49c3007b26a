//! Checks what a server sends: which messages, when, and how much. Pure: bytes come in, and those that the driver may see go out.
//!
//! Notices, notifications and parameters are not passed on, because they are not used. Rows are passed on as they arrive, and nothing of them is kept.
//! A message that is buffered here until it is complete is smaller than [`WAITING`], whatever length a server announces.

use bytes::{Buf as _, BytesMut};

use super::auth::{Auth, Method};
use super::body::{self, Complaint, Row};
use super::broken::Broken;
use super::cancel::BackendKey;
use super::last_word::LastWord;

/// The largest message that is checked as a whole: the longest names of the most columns.
pub const WAITING: usize = 512 * 1024;

/// As in libpq: only rows, errors, notices and the like are longer, and during a login none is.
const SHORT: usize = 30_000;

/// As in libpq.
const AUTHENTICATION: usize = 2_000;

/// The limit for everything before a session is ready: `PostgreSQL` sends half a kilobyte, and more if it warns.
const LOGIN_BYTES: usize = 256 * 1024;

/// No server sends longer messages: `PostgreSQL`'s `MaxAllocSize`.
const LONGEST: usize = 1 << 30;

/// The limit for messages in one answer besides rows and notices: no text sent here has ten statements.
const OTHERS: usize = 1_000;

/// The position in the stream of messages.
#[derive(Debug)]
enum State {
    /// A message is about to begin.
    Head,
    /// A message that is checked as a whole.
    Whole {
        kind: u8,
        length: usize,
    },
    Row(Row),
    Error(Complaint),
    /// The rest of a message that needs no check.
    Pass(usize),
    /// The rest of a message that is not passed on.
    Skip(usize),
}

/// Checks what a server sends.
#[derive(Debug)]
pub struct Answers {
    state: State,
    auth: Auth,
    /// Whether the server has not been ready yet.
    login: bool,
    /// How many times the server has yet to report that it is ready.
    owed: usize,
    /// The limit for one answer, in bytes.
    pub(super) limit: usize,
    /// How many bytes of the answer have arrived.
    taken: usize,
    others: usize,
    /// The number of columns of the rows that may come.
    columns: Option<u16>,
    copying: bool,
    /// What a cancel request for the session needs.
    pub(super) key: Option<BackendKey>,
    /// The error with which the server ended the session.
    last_word: Option<LastWord>,
}

impl Answers {
    /// For a server that may send answers of `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize, auth: Auth) -> Self {
        Self {
            state: State::Head,
            auth,
            login: true,
            owed: 0,
            limit,
            taken: 0,
            others: 0,
            columns: None,
            copying: false,
            key: None,
            last_word: None,
        }
    }

    /// How the login was authenticated.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.auth.method
    }

    /// The driver has sent `count` more requests.
    pub const fn asked(&mut self, count: usize) {
        if self.owed == 0 {
            (self.taken, self.others) = (0, 0);
        }
        self.owed += count;
    }

    /// Takes what has arrived from `raw` and adds to `out` what the driver may see of it. Leaves the beginning of an incomplete message in `raw`.
    ///
    /// # Errors
    /// Why nothing more may come from this server.
    pub fn take(&mut self, raw: &mut BytesMut, out: &mut BytesMut) -> Result<(), Broken> {
        loop {
            match &mut self.state {
                State::Head => {
                    let Some((kind, length)) = head(raw) else { return Ok(()) };
                    self.state = self.begin(kind, length, raw)?;
                    match &self.state {
                        State::Row(_) | State::Pass(_) => {
                            out.extend_from_slice(&raw[..5]);
                            raw.advance(5);
                        }
                        State::Error(_) | State::Skip(_) => raw.advance(5),
                        State::Head | State::Whole { .. } => {}
                    }
                    continue;
                }
                State::Whole { kind, length } => {
                    if raw.len() < 5 + *length {
                        return Ok(());
                    }
                    let (kind, message) = (*kind, raw.split_to(5 + *length));
                    self.look(kind, &message[5..])?;
                    out.extend_from_slice(&message);
                }
                State::Row(row) => {
                    let count = raw.len().min(row.left);
                    row.take(&raw[..count])?;
                    out.extend_from_slice(&raw[..count]);
                    raw.advance(count);
                    if row.left > 0 {
                        return Ok(());
                    }
                }
                State::Error(complaint) => {
                    let count = raw.len().min(complaint.left);
                    complaint.take(&raw[..count])?;
                    raw.advance(count);
                    if complaint.left > 0 {
                        return Ok(());
                    }
                    let body = std::mem::replace(complaint, Complaint::new(0)).into_body();
                    self.last_word = LastWord::read(&body, self.owed > 0);
                    out.extend_from_slice(b"E");
                    out.extend_from_slice(&u32::try_from(body.len() + 4).unwrap_or(u32::MAX).to_be_bytes());
                    out.extend_from_slice(&body);
                }
                State::Pass(left) | State::Skip(left) if *left > 0 => {
                    if raw.is_empty() {
                        return Ok(());
                    }
                    let count = raw.len().min(*left);
                    *left -= count;
                    if matches!(self.state, State::Pass(_)) {
                        out.extend_from_slice(&raw[..count]);
                    }
                    raw.advance(count);
                    continue;
                }
                State::Pass(_) | State::Skip(_) => {}
            }
            self.state = State::Head;
        }
    }

    /// Why the server closed the connection; `raw` is what was left to check.
    #[must_use]
    pub fn ended(&self, raw: &[u8]) -> Broken {
        if self.taken == 0 && self.login && !raw.is_empty() { Broken::greeting(raw) } else { Broken::Closed }
    }

    /// Why the connection has ended. The server's final error explains it better than how the connection broke.
    #[must_use]
    pub fn explain(&self, broken: Broken) -> Broken {
        match (&self.last_word, broken) {
            (Some(word), Broken::Closed | Broken::Reset(_) | Broken::Lost(_) | Broken::Io(_)) => Broken::Ended(word.clone()),
            (_, broken) => broken,
        }
    }

    /// Checks a message by its type and the length of its body.
    fn begin(&mut self, kind: u8, length: usize, raw: &[u8]) -> Result<State, Broken> {
        let answering = !self.login && self.owed > 0;
        let whole = State::Whole { kind, length };
        let longest = if self.login { SHORT } else { self.limit };
        let fits = |most: usize| length <= most;
        let state = match kind {
            b'R' if self.login && !self.auth.is_done() && (4..AUTHENTICATION).contains(&length) => Some(whole),
            // The keys of protocol 3.2 are longer.
            b'K' if self.login && self.auth.is_done() && (8..=260).contains(&length) => Some(whole),
            b'Z' if self.owed > 0 && length == 1 && (!self.login || self.auth.is_done()) => Some(whole),
            b'S' | b'v' if fits(SHORT) && (self.auth.is_done() || kind == b'v') => Some(State::Skip(length)),
            b'N' | b'A' if fits(longest) => Some(State::Skip(length)),
            b'E' if fits(longest) => Some(State::Error(Complaint::new(length))),
            b'T' if answering && fits(WAITING - 5) => Some(whole),
            b'C' if answering && fits(SHORT) => Some(whole),
            b'H' if answering && fits(3 + 2 * body::COLUMNS) => Some(whole),
            b'I' if answering && length == 0 => Some(State::Pass(length)),
            b'c' if answering && self.copying && length == 0 => Some(State::Pass(length)),
            b'd' if answering && self.copying && fits(self.limit) => Some(State::Pass(length)),
            b'D' if answering && fits(self.limit) => self.columns.map(|columns| State::Row(Row::new(length, columns))),
            b'D' | b'd' | b'N' | b'A' | b'E' if answering && length < LONGEST => return Err(Broken::TooLarge(self.limit)),
            _ => None,
        };
        let Some(state) = state else {
            return Err(if self.taken == 0 && self.login { Broken::greeting(raw) } else { foreign(kind, length) });
        };
        self.taken = self.taken.saturating_add(length + 5);
        if self.login && self.taken > LOGIN_BYTES {
            return Err(Broken::Foreign("a login without an end".to_owned()));
        }
        if self.taken > self.limit {
            return Err(Broken::TooLarge(self.limit));
        }
        if !matches!(state, State::Row(_) | State::Skip(_)) && kind != b'd' {
            self.others += 1;
            if self.others > OTHERS {
                return Err(Broken::Foreign("an answer without an end".to_owned()));
            }
        }
        Ok(state)
    }

    /// Checks the contents of a message.
    fn look(&mut self, kind: u8, body: &[u8]) -> Result<(), Broken> {
        let right = match kind {
            b'R' => return self.auth.judge(body),
            b'K' => {
                self.key = BackendKey::read(body);
                self.key.is_some()
            }
            b'T' => {
                self.columns = body::columns(body);
                self.columns.is_some()
            }
            b'H' => {
                self.copying = body::is_copy(body);
                self.copying
            }
            b'C' => {
                (self.columns, self.copying) = (None, false);
                body.iter().position(|byte| *byte == 0) == body.len().checked_sub(1)
            }
            b'Z' => {
                (self.columns, self.copying, self.login) = (None, false, false);
                self.owed = self.owed.saturating_sub(1);
                matches!(body, b"I" | b"T" | b"E")
            }
            _ => true,
        };
        if right { Ok(()) } else { Err(foreign(kind, body.len())) }
    }
}

/// The type of a message, and the length of its body. A length that is too short counts as the largest.
fn head(raw: &[u8]) -> Option<(u8, usize)> {
    let (kind, rest) = raw.split_first()?;
    let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
    Some((*kind, length.checked_sub(4).unwrap_or(usize::MAX)))
}

fn foreign(kind: u8, length: usize) -> Broken {
    let length = if length == usize::MAX { "a length that cannot be".to_owned() } else { format!("{length} bytes") };
    Broken::Foreign(format!("a message of type '{}' with {length}, where none like that may come", kind.escape_ascii()))
}

#[cfg(test)]
#[path = "answers_tests.rs"]
mod tests;
