//! Text as a reader sees it. What others have written may hold characters that a terminal or a browser obeys instead of showing them: escape
//! sequences, line ends that forge a line, and marks that turn the direction of what follows or hide it (Trojan Source, CVE-2021-42574).

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with such characters written as Rust writes them: `\u{1b}`, `\n`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    written(text, is_obeyed, |out, character| out.extend(character.escape_default()))
}

/// The same where lines are lines.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    written(text, |character| character != '\n' && is_obeyed(character), |out, character| out.extend(character.escape_default()))
}

/// A line of JSON with such characters written as JSON writes them, which its readers take back.
#[must_use]
pub fn json(line: &str) -> Cow<'_, str> {
    let escaped = |out: &mut String, character: char| {
        for unit in character.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    };
    written(line, |character| character != '\n' && is_obeyed(character), escaped)
}

fn written(text: &str, is_obeyed: impl Fn(char) -> bool, escape: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains(&is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_obeyed(character) { escape(&mut out, character) } else { out.push(character) }
    }
    Cow::Owned(out)
}

/// Controls (C0, DEL, C1); marks of direction; ends of lines and paragraphs; and what has no width, but for the joiners of scripts and emoji.
fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_obeyed() {
        assert_eq!(visible("größer 🐘 \\x \"quoted\""), "größer 🐘 \\x \"quoted\"");
        assert_eq!(visible("\u{1b}[2J\r\n\u{9b}31m\u{7f}"), "\\u{1b}[2J\\r\\n\\u{9b}31m\\u{7f}");
        for mark in "\u{202a}\u{202e}\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}\u{feff}".chars() {
            assert_eq!(visible(&format!("a{mark}b")), format!("a\\u{{{:x}}}b", u32::from(mark)));
        }
        assert_eq!(lines("a\n\u{202e}b"), "a\n\\u{202e}b");
    }

    #[test]
    fn json_stays_the_same_json() {
        for text in ["\u{202e}", "\u{e0041}", "\u{9b}\u{7f}", "plain"] {
            let line = serde_json::to_string(text).unwrap();
            let escaped = json(&line);
            assert!(!escaped.contains(is_obeyed), "{escaped}");
            assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_only_read(text in "(?s)(.|\\p{C}){0,20}") {
            prop_assert!(!visible(&text).contains(is_obeyed));
        }
    }
}
