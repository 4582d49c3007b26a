//! Which authentication requests are answered. The driver would answer any of them, with the password in clear text if asked for.

use super::broken::Broken;

/// How a server wants a login to be authenticated; the names are libpq's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nothing is asked for: `trust`, `peer` or a certificate.
    None,
    /// With the password in clear text.
    Password,
    /// With an MD5 hash of the password.
    Md5,
    /// With a proof that the client knows the password; the server proves the same.
    Scram,
}

/// The methods that a login may use: libpq's `require_auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequireAuth([bool; 4]);

const METHODS: [(&str, Method); 4] =
    [("none", Method::None), ("password", Method::Password), ("md5", Method::Md5), ("scram-sha-256", Method::Scram)];

/// The methods of libpq that pgvigil does not have: a server that asks for one is always refused.
const OTHERS: [&str; 3] = ["gss", "sspi", "oauth"];

/// The limit for the rounds of SHA-256. No server needs more (OWASP recommends 600,000 for PBKDF2; `PostgreSQL`'s default is 4096), and each costs CPU
/// time.
const ROUNDS: u32 = 600_000;

impl Default for RequireAuth {
    fn default() -> Self {
        Self([true; 4])
    }
}

impl RequireAuth {
    /// Parses a list of methods, `scram-sha-256,none`, or of excluded ones, `!password,!md5`.
    ///
    /// # Errors
    /// What is wrong with the list.
    pub fn parse(text: &str) -> Result<Self, String> {
        let items: Vec<&str> = text.split(',').map(str::trim).collect();
        let excluded = items.iter().filter(|item| item.starts_with('!')).count();
        if excluded != 0 && excluded != items.len() {
            return Err("`require_auth` mixes methods with excluded ones".to_owned());
        }
        let mut allowed = [excluded > 0; 4];
        for item in items {
            let name = item.strip_prefix('!').unwrap_or(item);
            match METHODS.iter().find(|(known, _)| *known == name) {
                Some((_, method)) => allowed[*method as usize] = excluded == 0,
                None if OTHERS.contains(&name) => {}
                None => return Err("`require_auth` names a method that does not exist".to_owned()),
            }
        }
        if allowed == [false; 4] { Err("`require_auth` allows only what pgvigil cannot do".to_owned()) } else { Ok(Self(allowed)) }
    }

    fn allows(self, method: Method) -> bool {
        self.0[method as usize]
    }
}

/// The progress of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Nothing was asked for yet.
    Begun,
    /// SCRAM was chosen.
    Scram,
    /// Salt and rounds are known, and the proof is being sent.
    Proof,
    /// The request was answered.
    Answered,
    /// The server accepts the login.
    Done,
}

/// The authentication of one login.
#[derive(Debug)]
pub struct Auth {
    allowed: RequireAuth,
    /// Whether only the server could read a password in clear text.
    clear: bool,
    /// Why there is no password, if there is none.
    no_password: Option<String>,
    step: Step,
    /// What the server has asked for.
    pub method: Method,
}

impl Auth {
    /// Starts a login. `clear` is whether a password may be sent in clear text.
    #[must_use]
    pub const fn new(allowed: RequireAuth, clear: bool, no_password: Option<String>) -> Self {
        Self { allowed, clear, no_password, step: Step::Begun, method: Method::None }
    }

    /// Whether the server accepts the login.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.step == Step::Done
    }

    /// Checks the body of an authentication request.
    ///
    /// # Errors
    /// Why the driver must not see it.
    pub fn judge(&mut self, body: &[u8]) -> Result<(), Broken> {
        let (kind, rest) = body.split_first_chunk().ok_or_else(garbled)?;
        self.step = match (u32::from_be_bytes(*kind), self.step) {
            (0, Step::Begun) if rest.is_empty() => self.choose(Method::None, Step::Done)?,
            (0, Step::Answered) if rest.is_empty() => Step::Done,
            (3, Step::Begun) if rest.is_empty() => self.choose(Method::Password, Step::Answered)?,
            (5, Step::Begun) if rest.len() == 4 => self.choose(Method::Md5, Step::Answered)?,
            (10, Step::Begun) => {
                knows_scram(rest)?;
                self.choose(Method::Scram, Step::Scram)?
            }
            (11, Step::Scram) => {
                let rounds = attribute(rest, b'i')?.and_then(|rounds| rounds.parse().ok()).ok_or_else(garbled)?;
                if !(1..=ROUNDS).contains(&rounds) {
                    return Err(Broken::Refused(format!("the server asks for {rounds} rounds of SCRAM, more than {ROUNDS}")));
                }
                if attribute(rest, b'r')?.is_none() || attribute(rest, b's')?.is_none() {
                    return Err(garbled());
                }
                Step::Proof
            }
            (12, Step::Proof) => {
                attribute(rest, b'v')?.ok_or_else(garbled)?;
                Step::Answered
            }
            (2 | 7 | 9, Step::Begun) => {
                return Err(Broken::Refused("the server asks for Kerberos, GSSAPI or SSPI, which pgvigil does not have".to_owned()));
            }
            _ => return Err(garbled()),
        };
        Ok(())
    }

    fn choose(&mut self, method: Method, next: Step) -> Result<Step, Broken> {
        self.method = method;
        let name = METHODS[method as usize].0;
        if !self.allowed.allows(method) {
            return Err(Broken::Refused(match method {
                Method::None => "the server asks for no proof of the login, and `require_auth` wants one".to_owned(),
                _ => format!("the server asks for the authentication `{name}`, which `require_auth` does not allow"),
            }));
        }
        if method != Method::None
            && let Some(why) = &self.no_password
        {
            return Err(Broken::Refused(format!("the server asks for a password, and there is none: {why}")));
        }
        if method == Method::Password && !self.clear {
            return Err(Broken::Refused(
                "the server asks for the password in clear text, and the connection is not encrypted: use sslmode=verify-full, or have the \
                 server ask for scram-sha-256"
                    .to_owned(),
            ));
        }
        Ok(next)
    }
}

fn garbled() -> Broken {
    Broken::Foreign("an authentication request that makes no sense".to_owned())
}

/// Checks that the list of mechanisms has the one that the driver knows. Each name ends with a zero byte, and an empty name ends the list.
fn knows_scram(list: &[u8]) -> Result<(), Broken> {
    let names = list.strip_suffix(b"\0\0").ok_or_else(garbled)?;
    if names.split(|byte| *byte == 0).any(|name| name == b"SCRAM-SHA-256") {
        return Ok(());
    }
    let bound = names.split(|byte| *byte == 0).any(|name| name == b"SCRAM-SHA-256-PLUS");
    Err(Broken::Refused(if bound {
        "the server demands channel binding, which pgvigil does not have".to_owned()
    } else {
        "the server asks for an authentication that pgvigil does not have".to_owned()
    }))
}

/// An attribute of SCRAM: `r=...,s=...,i=4096`. The driver assumes that each item has a letter and a `=`.
fn attribute(text: &[u8], name: u8) -> Result<Option<&str>, Broken> {
    let text = std::str::from_utf8(text).map_err(|_| garbled())?;
    let mut found = None;
    for item in text.split(',') {
        match item.as_bytes() {
            [key, b'=', ..] if key.is_ascii_alphabetic() => {
                if *key == name {
                    found = item.get(2..);
                }
            }
            _ => return Err(garbled()),
        }
    }
    Ok(found)
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
