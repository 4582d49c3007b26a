//! What of a body is sent in other words: what it uses of extensions, bound to the extension's own objects, and strings that settings would change.

use std::ops::Range;

use super::Body;
use super::need::quote_identifier;
use super::object::Mention;
use super::sql;

/// What binds a mention to the extension's own object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The schema of it.
    pub schema: &'a str,
    /// The types of the arguments of a call, as SQL.
    pub types: &'a [String],
}

/// Another text in the body; ranges are bytes of it.
pub(super) struct Change {
    pub(super) replaced: Range<usize>,
    pub(super) by: String,
    /// What is shown for it.
    pub(super) place: Range<usize>,
}

/// All changes of a body, in its order.
pub(super) fn changes<'a>(body: &Body, binding: impl Fn(&Mention) -> Option<Binding<'a>>) -> Vec<Change> {
    let mut changes = Vec::new();
    for mention in &body.mentions {
        let Some(Binding { schema, types }) = binding(mention) else { continue };
        let by = format!("{}.{}", quote_identifier(schema), quote_identifier(&mention.object.name));
        changes.push(Change { replaced: mention.span.clone(), by, place: mention.span.clone() });
        for (argument, kind) in mention.arguments.iter().zip(types) {
            let insertion = |at: usize, by: String| Change { replaced: at..at, by, place: argument.clone() };
            changes.push(insertion(argument.start, "(".to_owned()));
            changes.push(insertion(argument.end, format!(")::{kind}")));
        }
    }
    changes.extend(strings(&body.sql));
    // A mention or a string may be the first word of an argument of the one before: the bracket comes first, as it does in this list.
    changes.sort_by_key(|change| change.replaced.start);
    changes
}

/// Strings with a backslash, in the form that `standard_conforming_strings` does not change.
fn strings(sql: &str) -> Vec<Change> {
    let (mut changes, mut at) = (Vec::new(), 0);
    while let Some(rest) = sql.get(at..).filter(|rest| !rest.is_empty()) {
        let before = &sql[..at];
        let Some(length) = sql::opaque(rest, before) else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let text = &rest[..length];
        if text.starts_with('\'') && text.contains('\\') && !before.ends_with(sql::is_word) {
            changes.push(Change { replaced: at..at + length, by: format!("E{}", text.replace('\\', "\\\\")), place: at..at + length });
        }
        at += length;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(sql: &str) -> String {
        let mut text = sql.to_owned();
        for change in strings(sql).into_iter().rev() {
            text.replace_range(change.replaced, &change.by);
        }
        text
    }

    #[test]
    fn a_backslash_means_the_same_whatever_the_settings() {
        for (file, sent) in [
            (r"x ~ '\d+' and y = 'a'", r"x ~ E'\\d+' and y = 'a'"),
            (r"'it''s \'", r"E'it''s \\'"),
            ("'a\\'\n  'b\\'", "E'a\\\\'\n  'b\\\\'"),
            (r"E'\n' || e'\''", r"E'\n' || e'\''"),
            ("\"a\\b\" -- '\\'\n/* '\\' */ $$'\\'$$", "\"a\\b\" -- '\\'\n/* '\\' */ $$'\\'$$"),
            ("1", "1"),
        ] {
            assert_eq!(rewritten(file), sent);
        }
    }
}
