//! How a text of the server's becomes a label's value, which has to be UTF-8.
//!
//! A database of encoding `SQL_ASCII` holds any bytes in its names: a byte that belongs to no character is written as `\xff`. A text may hold
//! `\xff` itself, and two texts that were written the same would be one series. So the backslash of a `\x` that the text itself has is written
//! as `\x5c`. What is UTF-8 and has no `\x` stays as it is.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What an escape begins with.
const ESCAPE: &str = "\\x";

/// The same where the text has it.
const ESCAPED: &str = "\\x5cx";

/// The text as a label's value; no two texts have the same.
#[must_use]
pub fn spell(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains(ESCAPE) => return Cow::Borrowed(text),
        Ok(text) => return Cow::Owned(text.replace(ESCAPE, ESCAPED)),
        Err(_) => {}
    }
    let mut spelled = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.utf8_chunks() {
        spelled.push_str(&chunk.valid().replace(ESCAPE, ESCAPED));
        for byte in chunk.invalid() {
            let _ = write!(spelled, "{ESCAPE}{byte:02x}");
        }
    }
    Cow::Owned(spelled)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text that was spelled, which shows that there is only one.
    fn read(spelled: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = spelled;
        while let Some((before, escape)) = rest.split_once(ESCAPE) {
            bytes.extend_from_slice(before.as_bytes());
            bytes.push(u8::from_str_radix(&escape[..2], 16).unwrap());
            rest = &escape[2..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        bytes
    }

    #[test]
    fn spells_what_is_no_text_and_what_looks_like_it() {
        for (bytes, spelled) in [
            (&b"orders"[..], "orders"),
            (b"C:\\orders\\", "C:\\orders\\"),
            (b"or\xff", "or\\xff"),
            (b"or\\xff", "or\\x5cxff"),
            (b"or\\x5cxff", "or\\x5cx5cxff"),
            (b"\\\xff", "\\\\xff"),
            (b"\\\\xff", "\\\\x5cxff"),
            ("größer\u{202e}🐘".as_bytes(), "größer\u{202e}🐘"),
            (b"\xc3", "\\xc3"),
        ] {
            assert_eq!(spell(bytes), spelled);
            assert_eq!(read(spelled), bytes);
        }
    }

    proptest! {
        #[test]
        fn any_two_texts_are_spelled_differently(
            close in proptest::collection::vec(proptest::sample::select(b"\\xfc5\xff\xc3\xbf".to_vec()), 0..12),
            far in proptest::collection::vec(any::<u8>(), 0..12),
        ) {
            for bytes in [close, far] {
                let spelled = spell(&bytes);
                prop_assert_eq!(read(&spelled), &bytes[..], "{:?}", spelled);
            }
        }

        #[test]
        fn any_text_without_an_escape_stays_as_it_is(text in "(?s)[\\\\xf.]{0,9}.{0,9}") {
            if !text.contains(ESCAPE) {
                let spelled = spell(text.as_bytes());
                prop_assert_eq!(&*spelled, &*text);
            }
        }
    }
}
