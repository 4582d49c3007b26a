//! What a body may name by `schema.name`: every two neighbours of a chain of identifiers with dots, wherever it stands, in a string too. With the search
//! path that a body has, nothing but objects of `pg_catalog` can be named otherwise.
//!
//! Which place wants a relation, a function, a type or a column is PostgreSQL's to know, and differs between its versions. So each pair counts as a
//! name of any kind; one whose schema does not exist is a column of an alias.

use std::collections::BTreeSet;
use std::ops::Range;

use super::sql;

/// A name has no more bytes: `NAMEDATALEN` less its end.
const LONGEST: usize = 63;

/// Schemas that belong to a superuser in every database.
const BUILT_IN: [&str; 2] = ["pg_catalog", "information_schema"];

/// What an operator is made of.
const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

/// Two neighbours of a chain: an object and its schema, or a column and its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its schema.
    pub schema: String,
    /// Its name there.
    pub object: String,
    /// Whether it may name no object: its first part is an identifier of its own elsewhere in the body, such as an alias, or it stands in a string.
    pub doubtful: bool,
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
}

/// All that `body` may name outside of the schemas that PostgreSQL itself fills. Places count from its begin.
///
/// # Errors
/// The first `U&"..."` or `U&'...'`, in whose escapes a name can be hidden.
pub fn names(body: &str) -> Result<Vec<Name>, Range<usize>> {
    let mut found = Vec::new();
    let mut aliases = BTreeSet::new();
    // A string may hold strings.
    let mut texts: Vec<Range<usize>> = std::iter::once(0..body.len()).collect();
    let mut is_string = false;
    while let Some(text) = texts.pop() {
        let tokens = tokens(body, text, &mut texts)?;
        for (at, (token, span)) in tokens.iter().enumerate() {
            let Token::Identifier(schema) = token else { continue };
            let rest = &tokens[at + 1..];
            let [(Token::Symbol('.'), _), rest @ ..] = rest else {
                if !is_string {
                    aliases.insert(schema.clone());
                }
                continue;
            };
            let (object, end) = match rest {
                [(Token::Identifier(object), end), ..] => (object.clone(), end.end),
                _ => operator(rest),
            };
            if !object.is_empty() && !BUILT_IN.contains(&schema.as_str()) {
                found.push(Name { schema: schema.clone(), object, doubtful: is_string, span: span.start..end });
            }
        }
        is_string = true;
    }
    for name in &mut found {
        name.doubtful |= aliases.contains(&name.schema);
    }
    found.sort_by_key(|name| name.span.start);
    Ok(found)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A keyword or a name, as the server has it.
    Identifier(String),
    /// Anything else, by its first character.
    Symbol(char),
}

/// The operator that `tokens` begin with, and its end.
fn operator(tokens: &[(Token, Range<usize>)]) -> (String, usize) {
    let (mut operator, mut end) = (String::new(), 0);
    for (token, span) in tokens {
        match token {
            Token::Symbol(symbol) if OPERATOR.contains(*symbol) => operator.push(*symbol),
            _ => break,
        }
        end = span.end;
    }
    (operator, end)
}

/// What stands in `text` of the body. What its strings hold is added to `strings`.
fn tokens(body: &str, text: Range<usize>, strings: &mut Vec<Range<usize>>) -> Result<Vec<(Token, Range<usize>)>, Range<usize>> {
    let mut tokens = Vec::new();
    let all = &body[..text.end];
    let mut at = text.start;
    while let Some(character) = all[at..].chars().next() {
        let (start, rest) = (at, &all[at..]);
        if character == '"' {
            at += quoted_name(rest);
            tokens.push((Token::Identifier(cut(&unquote(&rest[..at - start]))), start..at));
        } else if let Some(length) = sql::opaque(rest, &all[text.start..at]) {
            at += length.max(1);
            // Else it is a comment.
            if matches!(character, '\'' | '$') {
                strings.push(content(start, &all[start..at]));
                tokens.push((Token::Symbol(character), start..at));
            }
        } else if is_start(character) {
            at += rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
            let word = all[start..at].to_ascii_lowercase();
            if word.ends_with('u') && (all[at..].starts_with("&\"") || all[at..].starts_with("&'")) {
                return Err(at - 1..at + 2);
            }
            tokens.push((Token::Identifier(cut(&word)), start..at));
        } else {
            // A number is as many symbols: before PostgreSQL 15 an identifier may begin right behind it.
            at += character.len_utf8();
            if !character.is_whitespace() {
                tokens.push((Token::Symbol(character), start..at));
            }
        }
    }
    Ok(tokens)
}

/// What is between the marks of `string`, which begins at `start`.
fn content(start: usize, string: &str) -> Range<usize> {
    let mark = string.strip_prefix('$').and_then(|tag| tag.find('$')).map_or(1, |end| end + 2);
    let end = if string.len() >= 2 * mark && string.ends_with(&string[..mark]) { string.len() - mark } else { string.len() };
    start + mark..start + end
}

/// The length of the name in quotes that `rest` begins with. A quote right behind another one is a part of it.
fn quoted_name(rest: &str) -> usize {
    let mut length = 0;
    while rest[length..].starts_with('"') {
        length += sql::quoted(&rest[length..], '"', false);
    }
    length
}

/// What stands between quotes, of which two are one.
fn unquote(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    inner.strip_suffix('"').unwrap_or(inner).replace("\"\"", "\"")
}

/// A name as the server has it, which cuts what is too long.
fn cut(text: &str) -> String {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text[..end.unwrap_or_default()].to_owned()
}

fn is_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn is_part(character: char) -> bool {
    is_start(character) || character.is_ascii_digit() || character == '$'
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
