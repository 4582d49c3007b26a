//! As much of SQL's syntax as it takes to see that a body stays within its sub-select: what is a string, a name or a comment, and where a
//! statement or a bracket ends. PostgreSQL does the rest.

/// Why a body is not one SELECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// A semicolon ends the statement.
    Semicolon,
    /// A bracket closes the sub-select.
    Bracket,
}

/// The first place, in bytes, at which `sql` would leave its sub-select.
#[must_use]
pub fn escape(sql: &str) -> Option<(usize, Escape)> {
    let mut depth = 0_usize;
    for (at, character) in visible(sql) {
        match character {
            ';' => return Some((at, Escape::Semicolon)),
            ')' if depth == 0 => return Some((at, Escape::Bracket)),
            ')' => depth -= 1,
            '(' => depth += 1,
            _ => {}
        }
    }
    None
}

/// The characters of `sql` and where they stand; of a string or a quoted name only the first, and for a comment a space, which it is to SQL.
pub fn visible(sql: &str) -> impl Iterator<Item = (usize, char)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (begin, rest) = (at, sql.get(at..)?);
        let character = rest.chars().next()?;
        let length = opaque(rest, &sql[..at]);
        at += length.unwrap_or(character.len_utf8());
        let is_comment = length.is_some() && (character == '-' || character == '/');
        Some((begin, if is_comment { ' ' } else { character }))
    })
}

/// The length of the comment, string or quoted name that `rest` begins with. `before` is what stands in front of it.
pub(super) fn opaque(rest: &str, before: &str) -> Option<usize> {
    let is_letter = |c: char| is_word(c) && c != '$';
    let ends_with_a_word = |text: &str| text.ends_with(is_word);
    if rest.starts_with("--") {
        return Some(rest.find(['\n', '\r']).unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return Some(comment(rest));
    }
    if rest.starts_with('"') {
        return Some(quoted(rest, '"', false));
    }
    if rest.starts_with('\'') {
        // In E'…' a backslash takes the next character. The E stands right before the quote, and by itself: that of date'…' is the type's.
        let is_escaped = before.strip_suffix(['e', 'E']).is_some_and(|before| !ends_with_a_word(before));
        let mut length = quoted(rest, '\'', is_escaped);
        // What goes on is of the same kind, a backslash in it included.
        while let Some(gap) = continuation(&rest[length..]) {
            length += gap + quoted(&rest[length + gap..], '\'', is_escaped);
        }
        return Some(length);
    }
    if rest.starts_with('$') && !ends_with_a_word(before) {
        let tag = &rest[..rest[1..].find('$')? + 2];
        let name = &tag[1..tag.len() - 1];
        let is_tag = name.chars().all(is_letter) && !name.starts_with(|c: char| c.is_ascii_digit());
        return is_tag.then(|| rest[tag.len()..].find(tag).map_or(rest.len(), |end| tag.len() + end + tag.len()));
    }
    None
}

/// Whether a name can have this character. To PostgreSQL whatever is not ASCII is a letter.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii()
}

/// How far behind a string's quote the next quote stands that has it go on: at once, as in a doubled one, or behind white space with an end of a
/// line, in which there may be comments.
fn continuation(rest: &str) -> Option<usize> {
    let (mut at, mut has_end) = (0, false);
    loop {
        let tail = &rest[at..];
        match tail.chars().next()? {
            '\'' if at == 0 || has_end => return Some(at),
            '\n' | '\r' => (at, has_end) = (at + 1, true),
            ' ' | '\t' | '\u{b}' | '\u{c}' => at += 1,
            '-' if tail.starts_with("--") => at += tail.find(['\n', '\r'])?,
            _ => return None,
        }
    }
}

/// Comments nest in SQL.
fn comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let tail = &rest.as_bytes()[at..];
        if tail.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length of the string or the quoted name that `rest` begins with. A doubled quote needs no care: it ends one string and begins the next.
#[must_use]
pub fn quoted(rest: &str, quote: char, backslash: bool) -> usize {
    let mut characters = rest.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return at + 1;
        }
        if character == '\\' && backslash {
            characters.next();
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_names_and_comments_hide_what_is_in_them() {
        for sql in [
            "SELECT ';)' AS a, \";)\" FROM (VALUES (1)) AS v -- ;)\n",
            "SELECT 'it''s ;' /* ; /* ) */ ; */ FROM x",
            "SELECT E'\\';)' , $$;)$$, $tag$ $$ ; ) $tag$, a$b FROM x WHERE y = $1",
            "SELECT 'ü;' || 'é)' FROM \"naïve;\"",
        ] {
            assert_eq!(escape(sql), None, "{sql}");
        }
    }

    #[test]
    fn what_leaves_the_sub_select_is_found() {
        assert_eq!(escape("SELECT 1; SELECT 2"), Some((8, Escape::Semicolon)));
        assert_eq!(escape("SELECT 1) AS q; COMMIT"), Some((8, Escape::Bracket)));
        assert_eq!(escape("SELECT '\\'; SELECT '"), Some((10, Escape::Semicolon)));
        assert_eq!(escape("SELECT E'\\\\'; SELECT 1"), Some((12, Escape::Semicolon)));
        assert_eq!(escape("SELECT date'\\'; SELECT '"), Some((14, Escape::Semicolon)), "the type's letter is no E of a string");
        for (sql, at) in [
            ("SELECT E'a''\\''; SELECT 1 --'", 15),
            ("SELECT E'a'\n'\\''; SELECT 1 --'", 16),
            ("SELECT E'a' -- b\n \t'\\''; SELECT 1 --'", 23),
            ("SELECT E'a'\n-- b\n'\\''; SELECT 1 --'", 21),
        ] {
            assert_eq!(escape(sql), Some((at, Escape::Semicolon)), "{sql}: a string goes on behind a doubled quote or a line's end");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(sql in "[a-zEeü'\"$;()/*\\\\\n -]{0,60}") {
            if let Some((at, _)) = escape(&sql) {
                proptest::prop_assert!(matches!(sql.as_bytes()[at], b';' | b')'));
            }
        }
    }
}
