//! Hides what may be a password in a text that people will see.
//!
//! A text with a mistake in it does not say where its password begins. So these rules do not look for one. Of a text, only what stands before its
//! first `:` or `=` is shown; of a line, only its first key and what an error is about. What is shown of two texts of the same shape differs at most
//! in what stands before that character.

use std::borrow::Cow;
use std::ops::Range;

use crate::diagnostic::Position;

const STARS: &str = "***";

/// What a text begins with, up to its first `:` or `=`.
#[must_use]
pub fn cut(text: &str) -> Cow<'_, str> {
    text.find([':', '=']).filter(|at| at + 1 < text.len()).map_or(Cow::Borrowed(text), |at| Cow::Owned(format!("{}{STARS}", &text[..=at])))
}

/// The same in quotes, for messages.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("`{}`", cut(text))
}

/// Masks the line of a place. True if the place is that of the line's first key.
pub fn mask_place(place: &mut Position) -> bool {
    let line = std::mem::take(&mut place.source);
    let byte = |characters: usize| line.char_indices().nth(characters).map_or(line.len(), |(index, _)| index);
    let meant = byte(place.before)..byte(place.before + place.width);
    let key = first_key(&line);
    let [before, shown, after] = if meant.start < key.end || meant.end <= key.start {
        up_to_the_key(&line, &key, &meant)
    } else {
        behind_the_key(&line, &key, &meant)
    };
    place.before = before.chars().count();
    place.width = shown.chars().count().max(1);
    place.source = [before, shown, after].concat();
    !key.is_empty() && meant == key
}

/// Hides what a masked place still shows, unless that is a bracket or a dash.
pub fn hide_place(place: &mut Position) {
    let characters: Vec<char> = place.source.chars().collect();
    let end = (place.before + place.width).min(characters.len());
    let [before, shown, after] =
        [&characters[..place.before], &characters[place.before..end], &characters[end..]].map(|part| part.iter().collect::<String>());
    // The key between what is hidden and the place may be a piece of what is hidden.
    let hidden_before = before.split_once("*** ").map(|(before, _)| before);
    if shown.chars().all(|c| "-[{".contains(c)) {
        if let Some(before) = hidden_before.map(|before| format!("{before}{STARS} ")) {
            place.before = before.chars().count();
            place.source = [before, shown, after].concat();
        }
        return;
    }
    // What is hidden beside it becomes one with it.
    let before = hidden_before.unwrap_or(&before);
    let after = after.strip_prefix(" ***").unwrap_or(&after);
    place.before = before.chars().count();
    place.width = STARS.len();
    place.source = [before, STARS, after].concat();
}

/// The key that a line begins with, behind indentation, dashes and brackets and without its colon; empty where it begins otherwise.
fn first_key(line: &str) -> Range<usize> {
    let start = line.find(|c: char| !(c.is_whitespace() || "-[{".contains(c))).unwrap_or(line.len());
    let rest = &line[start..];
    let quote = rest.chars().next().filter(|c| "\"'".contains(*c));
    let word = quote.map_or(rest, |_| &rest[1..]);
    let length = word.find(|c: char| !(c.is_ascii_alphanumeric() || "_-./*?".contains(c))).unwrap_or(word.len());
    let quotes = usize::from(quote.is_some());
    let is_closed = quote.is_none_or(|quote| word[length..].starts_with(quote));
    let is_key = rest.get(length + 2 * quotes..).and_then(|after| after.strip_prefix(':')).is_some_and(|value| {
        // `u:x` is no key.
        value.is_empty() || value.starts_with(char::is_whitespace)
    });
    if length > 0 && is_closed && is_key { start..start + length + 2 * quotes } else { start..start }
}

/// The parts of a line where an error is about its first key or a bracket before that.
fn up_to_the_key(line: &str, key: &Range<usize>, meant: &Range<usize>) -> [String; 3] {
    let end = meant.end.min(key.end);
    let rest = line[key.end..].trim_start_matches(':').trim();
    let colon = if key.is_empty() { "" } else { ":" };
    let hidden = match (rest.is_empty(), colon) {
        (true, _) => "",
        (false, "") => STARS,
        (false, _) => " ***",
    };
    [line[..meant.start].to_owned(), line[meant.start..end].to_owned(), [&line[end..key.end], colon, hidden].concat()]
}

/// The parts of a line where an error is about what stands behind its first key.
fn behind_the_key(line: &str, key: &Range<usize>, meant: &Range<usize>) -> [String; 3] {
    let between = &line[key.end..meant.start];
    let is_plain = between.chars().all(|c| c.is_whitespace() || ":-[{".contains(c));
    let hidden = if key.is_empty() { "*** " } else { ": *** " };
    let before = if is_plain { [&line[..key.end], between].concat() } else { [&line[..key.end], hidden, nearest_key(between)].concat() };
    let rest = line[meant.end..].trim_end();
    let is_end = rest.chars().all(|c| c.is_whitespace() || "]},".contains(c));
    [before, cut(&line[meant.clone()]).into_owned(), if is_end { rest.to_owned() } else { format!(" {STARS}") }]
}

/// The key of the value that follows, with its colon and brackets.
fn nearest_key(text: &str) -> &str {
    let Some(named) = text.trim_end_matches([' ', '[', '{']).strip_suffix(':') else { return "" };
    let key = named.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
    let start = named.len() - key.len();
    if !key.is_empty() && named[..start].ends_with([' ', '{']) { &text[start..] } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks what an error is about with `«»`, and gives the line as it is shown with the same marks.
    fn shown(line: &str) -> String {
        let (before, rest) = line.split_once('«').unwrap();
        let (meant, after) = rest.split_once('»').unwrap();
        let source = [before, meant, after].concat();
        let count = before.chars().count();
        let mut place = Position { line: 1, column: count + 1, width: meant.chars().count(), source, before: count };
        mask_place(&mut place);
        assert_eq!(place.column, count + 1, "it is that of the file");
        let characters: Vec<char> = place.source.chars().collect();
        let (start, end) = (place.before, (place.before + place.width).min(characters.len()));
        [&characters[..start], &['«'], &characters[start..end], &['»'], &characters[end..]].concat().into_iter().collect()
    }

    #[test]
    fn nothing_is_shown_behind_the_first_colon_or_equals_sign() {
        for (text, expected) in [
            ("postgres://u:secret@h", "postgres:***"),
            ("pgvigil:abcSECRET=@h/db", "pgvigil:***"),
            ("pwd='secret'", "pwd=***"),
            ("'postgres://u:secret@h'", "'postgres:***"),
            ("ü=secret", "ü=***"),
            ("statements/*", "statements/*"),
            ("", ""),
        ] {
            assert_eq!(cut(text), expected);
        }
    }

    #[test]
    fn of_a_line_the_key_and_what_is_meant_are_shown() {
        for (line, expected) in [
            ("    «pasword»: hunter2", "    «pasword»: ***"),
            ("    url: «postgres://u:secret@db1:x/orders»", "    url: «postgres:***»"),
            ("  - «{» name: a, url: b }", "  - «{» name: ***"),
            ("  - { «name»: a, url: b }", "  - { «name»: ***"),
            ("  - { url: \"postgres://u:secret@h\", «nme»: a }", "  - { url: *** «nme» ***"),
            ("  - { url: secret, limit: «0», x: secret }", "  - { url: *** limit: «0» ***"),
            ("    \"tables/*\": { interval: «5x» }", "    \"tables/*\": *** interval: «5x» }"),
            ("  disable: [\"secret\", «'[a'»]", "  disable: *** «'[a'»]"),
            ("servers: «[»", "servers: «[»"),
            ("«servers»:", "«servers»:"),
            ("«u:secret@h»", "«u:***»"),
            (" hun«t»er2", " *** «t» ***"),
            ("- ü:secret «x»", "- *** «x»"),
        ] {
            assert_eq!(shown(line), expected);
        }
    }

    #[test]
    fn what_is_hidden_is_one_with_what_is_hidden_beside_it() {
        for (before, shown, after, expected) in [
            ("  a: ", "secret", " }", "  a: *** }"),
            ("- *** ", "secret", " ***", "- ***"),
            ("- { a: *** cret: ", "x", "", "- { a: ***"),
            ("  ", "-", " ***", "  - ***"),
            ("a: *** cret: ", "", "", "a: *** "),
            ("a: *** cret: ", "[", " ***", "a: *** [ ***"),
        ] {
            let (count, source) = (before.chars().count(), [before, shown, after].concat());
            let mut place = Position { line: 1, column: 40, width: shown.len(), source, before: count };
            hide_place(&mut place);
            assert_eq!((place.column, place.source.as_str()), (40, expected));
        }
    }
}
