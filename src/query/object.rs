//! What a body uses of an extension, in PostgreSQL's own notation from extension scripts: `@extschema:NAME@.object`. It is read with the
//! arguments of a call, so that what is sent binds to the extension's object of exactly these types and to no overload beside it.

use std::fmt;
use std::ops::Range;

use super::sql;

/// What opens the notation.
const OPENING: &str = "@extschema:";

/// An object of an extension, as far as a body says which.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// The extension.
    pub extension: String,
    /// Its name, as the server has it.
    pub name: String,
    /// With how many arguments it is called; none for a view, a table or a type.
    pub arguments: Option<usize>,
}

/// A place in a body that names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What it names.
    pub object: Object,
    /// From the `@` to the end of the object's name, in bytes of the body.
    pub span: Range<usize>,
    /// The arguments of the call.
    pub arguments: Vec<Range<usize>>,
}

/// A place where the notation does not lead to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Where, in bytes of the body.
    pub span: Range<usize>,
    /// What to write instead.
    pub hint: &'static str,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "extension {}'s ", self.extension)?;
        match self.arguments {
            None => write!(f, "view or type {}", self.name),
            Some(count) => write!(f, "function {} of {count} argument{}", self.name, if count == 1 { "" } else { "s" }),
        }
    }
}

/// All that a body names, in its order. In a string or a comment the notation is a text like any other.
///
/// # Errors
/// The first place that is not `@extschema:NAME@.object`.
pub fn mentions(body: &str) -> Result<Vec<Mention>, Unreadable> {
    let mut found: Vec<Mention> = Vec::new();
    let mut before = String::new();
    for (at, character) in sql::visible(body) {
        let is_within = found.last().is_some_and(|mention| at < mention.span.end);
        if !is_within && body[at..].starts_with(OPENING) {
            found.push(mention(body, at, is_type(&before))?);
        }
        before.push(character);
    }
    Ok(found)
}

fn mention(body: &str, at: usize, is_type: bool) -> Result<Mention, Unreadable> {
    let unreadable = |hint| Unreadable { span: at..at + OPENING.len(), hint };
    let (extension, rest) = body[at + OPENING.len()..]
        .split_once('@')
        .filter(|(extension, _)| !extension.is_empty() && !extension.contains(char::is_whitespace))
        .ok_or_else(|| unreadable("write the extension's name and another `@`, then a dot and the object's name: `@extschema:x@.f(1)`"))?;
    let (name, length) = rest.strip_prefix('.').and_then(identifier).ok_or_else(|| {
        unreadable("a dot and the object's name must follow, as in `@extschema:x@.f(1)`; instead of an operator, call its function")
    })?;
    let end = body.len() - rest.len() + 1 + length;
    let call = if is_type { None } else { arguments(body, end) };
    let object = Object { extension: extension.to_owned(), name, arguments: call.as_ref().map(Vec::len) };
    Ok(Mention { object, span: at..end, arguments: call.unwrap_or_default() })
}

/// The identifier that `text` begins with, as the server has it, and its length as it is written.
fn identifier(text: &str) -> Option<(String, usize)> {
    let mut length = 0;
    while text[length..].starts_with('"') {
        length += sql::quoted(&text[length..], '"', false);
    }
    if length > 0 {
        let name = text[1..length].strip_suffix('"')?.replace("\"\"", "\0").replace('\0', "\"");
        return Some((name, length)).filter(|(name, _)| !name.is_empty());
    }
    let length = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len());
    let name = &text[..length];
    // The server folds other letters than these as its locale has it.
    let is_plain = name.is_ascii() && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    is_plain.then(|| (name.to_ascii_lowercase(), length))
}

/// Whether what follows `before` is a type, whose brackets hold no arguments: `x::TYPE(1)` and `CAST (x AS TYPE(1))`.
fn is_type(before: &str) -> bool {
    let before = before.trim_end();
    let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').next().unwrap_or_default();
    before.ends_with("::") || word.eq_ignore_ascii_case("as")
}

/// The arguments of the call whose bracket opens next behind `at`; none if none does.
fn arguments(body: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let mut rest = sql::visible(body).skip_while(|(place, character)| *place < at || character.is_whitespace());
    let (open, _) = rest.next().filter(|(_, character)| *character == '(')?;
    let mut arguments = Vec::new();
    let mut begin = open + 1;
    let mut depth = 0_usize;
    let mut is_blank = true;
    for (place, character) in rest {
        match character {
            ')' if depth == 0 => {
                if !is_blank {
                    arguments.push(begin..place);
                }
                return Some(arguments);
            }
            ',' if depth == 0 => {
                arguments.push(begin..place);
                begin = place + 1;
            }
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        is_blank &= character.is_whitespace();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each object as it is named, and the arguments as they are written.
    fn read(body: &str) -> Vec<String> {
        let show = |mention: Mention| {
            let arguments: Vec<&str> = mention.arguments.iter().map(|range| &body[range.clone()]).collect();
            let count = mention.object.arguments.map_or(String::new(), |count| format!("/{count}"));
            format!("{}.{}{count}({})", mention.object.extension, mention.object.name, arguments.join("|"))
        };
        mentions(body).unwrap().into_iter().map(show).collect()
    }

    #[test]
    fn reads_calls_views_and_types() {
        assert_eq!(read("SELECT * FROM @extschema:x@.v AS v (a, b)"), ["x.v()"]);
        assert_eq!(
            read("SELECT @extschema:x@.F(a, 'b,)' || g(1, 2), (ARRAY[1, 2])[1] -- )\n)"),
            ["x.f/3(a| 'b,)' || g(1, 2)| (ARRAY[1, 2])[1] -- )\n)"]
        );
        assert_eq!(read("SELECT @extschema:x-y@.f /* ( */ ( /* none */ ), @extschema:x@.f('')"), ["x-y.f/0()", "x.f/1('')"]);
        assert_eq!(read("SELECT @extschema:x@.f(@extschema:y@.g(1))"), ["x.f/1(@extschema:y@.g(1))", "y.g/1(1)"]);
        assert_eq!(read("SELECT a::@extschema:x@.t(1), CAST(b AS -- as\n @extschema:x@.t(2))"), ["x.t()", "x.t()"]);
        assert_eq!(read("SELECT -- as\n @extschema:x@.\"F\"\"g\"(1)"), ["x.F\"g/1(1)"]);
    }

    #[test]
    fn texts_and_comments_name_nothing() {
        assert_eq!(read("SELECT '@extschema:x@.f(1)', \"@extschema:x@\" -- @extschema:x@.v\n, $$@extschema:x@$$"), [""; 0]);
    }

    #[test]
    fn what_names_no_object_is_an_error() {
        for body in [
            "@extschema:x",
            "@extschema:@.f",
            "@extschema:x@",
            "@extschema:x@ .f",
            "a OPERATOR(@extschema:x@.+) b",
            "@extschema:x@.é",
            "@extschema:x@.\"f",
        ] {
            assert!(mentions(body).is_err(), "{body}");
        }
    }
}
