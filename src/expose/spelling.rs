//! How a text of the server's becomes a label's value, which has to be UTF-8.
//!
//! A database of encoding `SQL_ASCII` holds any bytes in its names: a byte that belongs to no character is written as `\xff`. A text may hold
//! `\xff` itself, and two texts that were written the same would be one series. So the backslash of a `\x` that the text itself has is written
//! as `\x5c`. What is UTF-8 and has no `\x` stays as it is.
//!
//! A label's value is repeated in each metric of its row, so it has a [bound](LONGEST). A longer one is cut, and ends with its length and its SHA-256 as
//! `\x{...}`. No spelled text has that, since each of its `\x` is followed by two digits. So two long texts become one label only if their SHA-256 begin
//! with the same 128 bits.

use std::borrow::Cow;
use std::fmt::Write as _;

/// What an escape begins with.
const ESCAPE: &str = "\\x";

/// The same where the text has it.
const ESCAPED: &str = "\\x5cx";

/// The longest value of a label, in bytes of its spelling. For comparison: a name of PostgreSQL's has 63 bytes, and the statements of the bundled queries 400
/// characters.
pub const LONGEST: usize = 2048;

/// How much is shown of a longer one; the rest is for its length and its digest.
const SHOWN: usize = LONGEST - 64;

/// How many bytes of the digest are shown.
const DIGEST: usize = 16;

/// The text as a label's value of bounded length; no two texts have the same.
#[must_use]
pub fn label(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.len() <= LONGEST {
        let spelled = spell(bytes);
        if spelled.len() <= LONGEST {
            return spelled;
        }
    }
    let mut cut = spell(&bytes[..bytes.len().min(SHOWN)]).into_owned();
    cut.truncate(cut.floor_char_boundary(SHOWN));
    let _ = write!(cut, "{ESCAPE}{{{} ", bytes.len());
    for byte in &ring::digest::digest(&ring::digest::SHA256, bytes).as_ref()[..DIGEST] {
        let _ = write!(cut, "{byte:02x}");
    }
    cut.push('}');
    Cow::Owned(cut)
}

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

    #[test]
    fn a_long_text_is_cut_and_stays_another_than_those_like_it() {
        let long = "ä".repeat(LONGEST);
        let shown = label(long.as_bytes()).into_owned();
        assert!(shown.len() <= LONGEST && shown.starts_with("äää") && shown.contains("ä\\x{4096 "), "{shown}");
        let mut labels = vec![shown.clone()];
        // One byte behind the cut, one more, what begins like it, the label itself as a text, and bytes that are spelled four times as long.
        let raw = vec![0xff; LONGEST];
        for text in [
            format!("{}b", &long[2..]).as_bytes(),
            format!("{long}b").as_bytes(),
            &long.as_bytes()[..SHOWN],
            shown.as_bytes(),
            &raw[..],
            &raw[1..],
        ] {
            let shown = label(text).into_owned();
            assert!(shown.len() <= LONGEST && !labels.contains(&shown), "{shown}");
            labels.push(shown);
        }
        assert_eq!(label(&[b'x'; LONGEST]), "x".repeat(LONGEST));
    }

    proptest! {
        /// Texts around the limit that differ in few bytes, or not at all.
        #[test]
        fn any_two_long_texts_are_two_labels(
            length in LONGEST - 80..LONGEST + 80,
            changes in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::sample::select(b"\\xa\xff{".to_vec())), 0..3),
            filler in proptest::sample::select(b"\\xa\xff".to_vec()),
        ) {
            let one = vec![filler; length];
            let mut other = one.clone();
            for (at, byte) in &changes {
                other[at.index(length)] = *byte;
            }
            let labels = [label(&one), label(&other)];
            prop_assert!(labels.iter().all(|label| label.len() <= LONGEST));
            prop_assert_eq!(one == other, labels[0] == labels[1]);
        }

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
