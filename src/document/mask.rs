//! Hides what may be a password in a text that people will see.
//!
//! An error shows the line it is about, and a line that is wrong cannot be relied on to say where its password begins. So the rules
//! are blunt and prefer hiding too much: what stands before the last `@`, and all that follows `password:`, a bcrypt hash's `$2` or a
//! PEM's `-----BEGIN`.

use std::ops::Range;

use crate::diagnostic::Position;

const STARS: &str = "***";

/// The text with stars in place of what may be a password.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut shown = 0;
    for secret in secrets(text) {
        masked.push_str(&text[shown..secret.start]);
        masked.push_str(STARS);
        shown = secret.end;
    }
    masked.push_str(&text[shown..]);
    masked
}

/// Masks the line of a place, and moves the place along with its text.
pub fn mask_place(place: &mut Position) {
    let line = std::mem::take(&mut place.source);
    let secrets = secrets(&line);
    let byte = |characters: usize| line.char_indices().nth(characters).map_or(line.len(), |(index, _)| index);
    let start = shown_before(&line, &secrets, byte(place.column - 1));
    let end = shown_before(&line, &secrets, byte(place.column - 1 + place.width));
    place.column = start + 1;
    place.width = end.saturating_sub(start).max(1);
    place.source = mask(&line);
}

/// How many characters of the masked line stand before this byte of the line.
fn shown_before(line: &str, secrets: &[Range<usize>], position: usize) -> usize {
    let mut count = line[..position].chars().count();
    for secret in secrets.iter().filter(|secret| secret.start < position) {
        count -= line[secret.start..position.min(secret.end)].chars().count();
        count += STARS.len();
    }
    count
}

/// Where a password may be: in order, apart from each other, never empty.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = user_information(text).into_iter().chain(assignments(text)).chain(marked(text)).collect();
    found.retain(|secret| !secret.is_empty());
    found.sort_by_key(|secret| secret.start);
    found.dedup_by(|next, kept| {
        let overlap = next.start <= kept.end;
        if overlap {
            kept.end = kept.end.max(next.end);
        }
        overlap
    });
    found
}

/// The password of `scheme://user:password@host`, however it is misspelt.
fn user_information(text: &str) -> Option<Range<usize>> {
    let scheme = text.find("://").map(|index| index + 3);
    match (scheme, text.rfind('@')) {
        (Some(start), Some(at)) if start <= at && (text[..start].ends_with("postgres://") || text[..start].ends_with("postgresql://")) => {
            Some(start + text[start..at].find(':')? + 1..at)
        }
        // Another scheme or none: the password may begin anywhere within the value.
        (_, Some(at)) => Some(text[..at].find(": ").map_or(0, |index| index + 2)..at),
        // No `@`, as when it was forgotten: `user:password`, unless it reads as `host:port`.
        (Some(start), None) => {
            let authority = text[start..].split(['/', '?']).next()?.trim_end_matches(|c: char| "\"',}]".contains(c) || c.is_whitespace());
            let colon = authority.find(':')?;
            let is_port = authority[colon + 1..].parse::<u16>().is_ok() || authority.starts_with('[');
            (!is_port).then_some(start + colon + 1..text.len())
        }
        (None, None) => None,
    }
}

/// What follows `password=`, `"password": `, `PGPASSWORD=` and their like; a `password_file` is no secret. And what follows `url:`,
/// if that is no connection string.
fn assignments(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let passwords = lower.match_indices("pass").filter_map(|(start, _)| assigned(&lower[start..]));
    let urls =
        lower.match_indices("url").filter_map(|(start, _)| assigned(&lower[start..])).filter(|(_, value)| !is_connection_string(value));
    let to_the_end = |value: &str| text.len() - value.len()..text.len();
    passwords.filter(|(name, _)| !name.ends_with("file")).chain(urls).map(|(_, value)| to_the_end(value)).collect()
}

/// What begins as a hash of a password or a private key does.
fn marked(text: &str) -> impl Iterator<Item = Range<usize>> {
    ["$2", "-----BEGIN"].into_iter().filter_map(|mark| Some(text.find(mark)?..text.len()))
}

/// The name at the beginning of a text and the value that it is given, if it is.
fn assigned(text: &str) -> Option<(&str, &str)> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix([':', '='])?;
    Some((&text[..text.len() - rest.len()], value.trim_start()))
}

/// Whether it begins as either form of connection string does: `postgres://`, or `host=`.
fn is_connection_string(value: &str) -> bool {
    let value = value.trim_start_matches(['"', '\'']);
    let rest = value.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').trim_start();
    rest.starts_with("://") || rest.starts_with('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_passwords_wherever_they_stand() {
        for (text, shown) in [
            ("url: postgres://pgvigil:secret@db1/postgres", "url: postgres://pgvigil:***@db1/postgres"),
            ("url: postgres://u:se@cr:et/@db1", "url: postgres://u:***@db1"),
            ("url: postgres://u:secret", "url: postgres://u:***"),
            ("url: u:secret@db1", "url: ***"),
            ("- u:secret@db1", "***@db1"),
            ("url: u://secret@db1", "url: ***@db1"),
            ("url: u:secret", "url: ***"),
            ("{ name: a, url: \"postgres://u:secret@h\", b: c }", "{ name: a, url: \"postgres://u:***@h\", b: c }"),
            ("url: host=db1 password = 'se cret' user=u", "url: host=db1 password = ***"),
            ("url: postgres:///db?user=u&password=secret", "url: postgres:///db?user=u&password=***"),
            ("  \"password\": secret", "  \"password\": ***"),
            ("  Passphrase: secret", "  Passphrase: ***"),
            ("  alice: $2y$10$abc", "  alice: ***"),
            ("  key: \"-----BEGIN PRIVATE KEY-----\\nabc\"", "  key: \"***"),
        ] {
            assert_eq!(mask(text), shown);
        }
    }

    #[test]
    fn leaves_what_is_no_secret() {
        for text in [
            "password_file: /run/secrets/pgvigil",
            "url: postgres://pgvigil@db1:5432/postgres",
            "url: postgres://db1:5432/postgres",
            "url: postgres://[::1]:5432/postgres",
            "unknown key `password`",
            "labels: { cluster: orders }",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    #[test]
    fn the_place_moves_with_its_text() {
        let source = "{ url: postgres://u:long-secret@h, nme: a }".to_owned();
        let mut place = Position { line: 1, column: 36, width: 3, source };
        mask_place(&mut place);
        assert_eq!((place.column, place.width), (28, 3));
        assert_eq!(place.source, "{ url: postgres://u:***@h, nme: a }");
    }
}
