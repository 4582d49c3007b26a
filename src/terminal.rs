//! A password from a person: typed without being shown, or from a pipe.

use std::io::{self, IsTerminal as _, Read, Write as _};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret as _, SecretString};

/// What Ctrl-C is while it is not a signal.
const INTERRUPT: u8 = 3;

/// Far more than a password is.
const LONGEST: usize = 64 << 10;

/// The password: asked for twice on a terminal, else the first line of standard input.
///
/// # Errors
/// When there is none, when both differ, and when standard input cannot be read.
pub fn password() -> io::Result<SecretString> {
    let mut input = io::stdin().lock();
    if !input.is_terminal() {
        return line(&mut input);
    }
    let _hidden = Hidden::new()?;
    let mut ask = |prompt: &str| {
        let mut out = io::stderr();
        write!(out, "{prompt}: ")?;
        out.flush()?;
        let answer = line(&mut input);
        // The end of the line was not shown either.
        writeln!(out)?;
        answer
    };
    let (first, second) = (ask("Password")?, ask("Password again")?);
    if first.expose_secret() == second.expose_secret() { Ok(first) } else { Err(io::Error::other("the two passwords differ: try again")) }
}

/// One line, without its end.
fn line(input: &mut impl Read) -> io::Result<SecretString> {
    let mut text = Vec::new();
    let mut byte = [0];
    while input.read(&mut byte)? > 0 && byte != *b"\n" {
        if byte == [INTERRUPT] {
            return Err(io::Error::new(io::ErrorKind::Interrupted, "interrupted"));
        }
        if text.len() == LONGEST {
            return Err(io::Error::other("the line is too long for a password"));
        }
        text.extend(byte);
    }
    if text.last() == Some(&b'\r') {
        text.pop();
    }
    String::from_utf8(text).map(Into::into).map_err(|_| io::Error::other("the password is not UTF-8"))
}

/// While it lives, the terminal shows nothing of what is typed. Ctrl-C ends the line instead of the process, which would leave the terminal so.
struct Hidden(Termios);

impl Hidden {
    fn new() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut now = before.clone();
        now.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        now.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        tcsetattr(io::stdin(), OptionalActions::Flush, &now)?;
        Ok(Self(before))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_password_without_its_end() {
        let read = |text: &[u8]| line(&mut &*text).map(|password| password.expose_secret().to_owned());
        for (text, expected) in [("secret\nmore", "secret"), ("secret\r\n", "secret"), (" s ", " s "), ("", "")] {
            assert_eq!(read(text.as_bytes()).unwrap(), expected);
        }
        assert_eq!(read(b"sec\x03").unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert!(read(b"\xff\n").is_err() && read(&vec![b'x'; LONGEST + 1]).is_err());
    }
}
