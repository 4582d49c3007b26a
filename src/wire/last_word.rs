//! The error that a server sends before it ends a session, such as `terminating connection due to administrator command`.

/// An error after which the server ends the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastWord {
    /// The SQLSTATE: `57P01` if the server shuts down, `57P05` if the session was idle for too long.
    pub code: String,
    /// The message, in the server's language.
    pub message: String,
}

impl LastWord {
    /// Reads the body of an `ErrorResponse`. None if the session continues, that is, if the error is not FATAL and something was `asked`. An error
    /// without a request always ends the session: poolers send some of theirs as ERROR.
    #[must_use]
    pub fn read(body: &[u8], asked: bool) -> Option<Self> {
        let field = |letter: u8| {
            let text = body.split(|byte| *byte == 0).find_map(|field| field.strip_prefix(&[letter]));
            text.map(String::from_utf8_lossy)
        };
        // `V` is `S` in English.
        let severity = field(b'V').or_else(|| field(b'S')).unwrap_or_default();
        let ends = ["FATAL", "PANIC"].contains(&severity.as_ref()) || !asked;
        ends.then(|| Self { code: field(b'C').unwrap_or_default().into_owned(), message: field(b'M').unwrap_or_default().into_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_of_a_session() {
        let word = |code: &str, message: &str| Some(LastWord { code: code.to_owned(), message: message.to_owned() });
        let shut = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0";
        assert_eq!(LastWord::read(shut, true), word("57P01", "terminating connection due to administrator command"));
        assert_eq!(LastWord::read(b"SFATALE\0VFATAL\0C57P05\0Mfini\0\0", true), word("57P05", "fini"), "in French");
        assert_eq!(LastWord::read(b"SPANIC\0CXX000\0Mno disk\0\0", true), word("XX000", "no disk"));
        let wrong = b"SERROR\0VERROR\0C42P01\0MFATAL\0\0";
        assert_eq!(LastWord::read(wrong, true), None, "a statement that is wrong ends no session");
        assert_eq!(LastWord::read(wrong, false), word("42P01", "FATAL"), "it answers nothing");
        assert_eq!(LastWord::read(b"\0", false), word("", ""));
    }
}
