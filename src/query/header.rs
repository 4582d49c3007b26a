//! The syntax of a query file: `-- key argument: value` lines, then bodies that each begin with `-- sql RANGE:`.
//!
//! Nothing here knows what a key means; [`super::check`] does.

use std::ops::Range;

use crate::diagnostic::{Diagnostic, Source};

/// A piece of the file's text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned {
    /// The text, trimmed; continuation lines are joined by one space.
    pub text: String,
    /// The bytes it comes from.
    pub span: Range<usize>,
}

/// One header line: `-- key: value` or `-- key argument: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The first word.
    pub key: Spanned,
    /// What stands between the key and the colon; often nothing.
    pub argument: Spanned,
    /// What stands behind the colon.
    pub value: Spanned,
}

/// One SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawBody {
    /// The `-- sql RANGE:` line that begins it; its argument is the range.
    pub head: Field,
    /// The SQL and where it stands; never trimmed in front, so that offsets hold.
    pub sql: Spanned,
}

/// A query file, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The header lines in their order.
    pub fields: Vec<Field>,
    /// The bodies in their order.
    pub bodies: Vec<RawBody>,
}

/// Takes a query file apart. What could be read is returned beside all that could not.
#[must_use]
pub fn parse(source: Source<'_>) -> (Parsed, Vec<Diagnostic>) {
    let mut parsed = Parsed::default();
    let mut errors = Vec::new();
    let mut offset = 0;
    for line in source.text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let content = line.trim_end();
        let span = start..start + content.len();

        if let Some(head) = field(content, start).filter(|field| field.key.text == "sql") {
            parsed.bodies.push(RawBody { head, sql: Spanned { text: String::new(), span: offset..offset } });
        } else if let Some(body) = parsed.bodies.last_mut() {
            body.sql.text.push_str(line);
            body.sql.span.end = offset;
        } else if content.is_empty() || content == "--" {
        } else if let Some(more) = continuation(content) {
            match parsed.fields.last_mut() {
                Some(field) => {
                    field.value.text.push(' ');
                    field.value.text.push_str(more);
                }
                None => errors.push(source.error(span, "a continuation line without a line before it")),
            }
        } else if let Some(field) = field(content, start) {
            parsed.fields.push(field);
        } else if content.starts_with("--") {
            errors.push(
                source
                    .error(span, "this header line has no `key: value`")
                    .hint("write `-- key: value`; to continue the line before, begin with `--` and at least four spaces"),
            );
        } else {
            errors.push(
                source
                    .error(span, "SQL before the first `-- sql:` line")
                    .hint("begin the body with `-- sql:`, or `-- sql 14..:` for version 14 and newer"),
            );
            return (parsed, errors);
        }
    }
    (parsed, errors)
}

/// `-- key argument: value`, when the line has that form.
fn field(line: &str, start: usize) -> Option<Field> {
    let text = line.strip_prefix("-- ")?;
    let (name, value) = text.split_once(':')?;
    let key = name.trim_start().split(' ').next()?;
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return None;
    }
    let spanned = |part: &str| {
        // `part` is a slice of `line`, so the distance of their addresses is its offset.
        let offset = start + (part.trim_start().as_ptr() as usize - line.as_ptr() as usize);
        Spanned { text: part.trim().to_owned(), span: offset..offset + part.trim().len() }
    };
    let argument = name.trim_start().get(key.len()..)?;
    Some(Field { key: spanned(key), argument: spanned(argument), value: spanned(value) })
}

/// The text of `--    more of the line before`.
fn continuation(line: &str) -> Option<&str> {
    line.strip_prefix("--    ").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Parsed, Vec<String>) {
        let (parsed, errors) = parse(Source { path: "a.sql", text });
        (parsed, errors.iter().map(|error| error.message.clone()).collect())
    }

    #[test]
    fn takes_a_file_apart() {
        let text = "-- about: One\n--    and two.\n\n--\n-- gauge pg_x [14..]: Help: with colon.\n-- sql ..14:\nSELECT 1 -- note: kept\n-- sql 14..:\nSELECT 2\n";
        let (parsed, errors) = read(text);
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(parsed.fields[0].value.text, "One and two.");
        assert_eq!(parsed.fields[1].argument.text, "pg_x [14..]");
        assert_eq!(&text[parsed.fields[1].argument.span.clone()], "pg_x [14..]");
        assert_eq!(parsed.fields[1].value.text, "Help: with colon.");
        assert_eq!(parsed.bodies.len(), 2);
        assert_eq!(parsed.bodies[0].sql.text, "SELECT 1 -- note: kept\n");
        assert_eq!(&text[parsed.bodies[1].sql.span.clone()], "SELECT 2\n");
    }

    #[test]
    fn names_every_line_it_cannot_read() {
        let (_, errors) = read("--    more\n-- no colon\n-- sql:\nSELECT 1\n");
        assert_eq!(errors, ["a continuation line without a line before it", "this header line has no `key: value`"]);
        let (_, errors) = read("SELECT 1\n");
        assert_eq!(errors, ["SQL before the first `-- sql:` line"]);
    }

    /// What was read stands where its spans say, and so do the errors.
    fn lies_on_its_text(text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
        let (parsed, errors) = parse(Source { path: "a.sql", text });
        for field in parsed.fields.iter().chain(parsed.bodies.iter().map(|body| &body.head)) {
            proptest::prop_assert_eq!(text.get(field.key.span.clone()), Some(field.key.text.as_str()));
            proptest::prop_assert_eq!(text.get(field.argument.span.clone()), Some(field.argument.text.as_str()));
            // More lines may continue it, which its span leaves out.
            proptest::prop_assert!(text.get(field.value.span.clone()).is_some_and(|value| field.value.text.starts_with(value)));
        }
        for body in parsed.bodies {
            proptest::prop_assert_eq!(text.get(body.sql.span.clone()), Some(body.sql.text.as_str()));
        }
        for error in errors {
            let place = error.place.clone().ok_or_else(|| proptest::test_runner::TestCaseError::fail("an error without a place"))?;
            let line = text.split('\n').nth(place.line - 1).map(str::trim_end);
            proptest::prop_assert_eq!(line, Some(place.source.as_str()));
            let width = place.source.chars().count();
            proptest::prop_assert!(place.column + place.width <= width.max(1) + 1, "{}", error);
            proptest::prop_assert!(!error.to_string().is_empty());
        }
        Ok(())
    }

    proptest::proptest! {
        #[test]
        fn any_header_lies_on_its_text(text in "(-- (sql|gauge|about)? ?[a-z .\\[\\]ü]{0,8}:? ?[a-zü:]{0,6}\n|--    x\n|SELECT é\n){0,8}") {
            lies_on_its_text(&text)?;
        }

        /// Of which nothing is a header but by chance: any character there is, controls and all that Unicode takes for space among them.
        #[test]
        fn any_text_at_all_lies_on_its_text(text in "(?s)(.{0,6}|-- |--    |sql|:|\\s|\r?\n){0,20}") {
            lies_on_its_text(&text)?;
        }
    }
}
