//! Lines of a body that are for some versions only: such a line ends in `--[RANGE]`.
//!
//! Each version gets the body in which the lines for other versions are blank. So what is left is where it is in the file, and the place of an error stays
//! right.

use std::ops::Range;

use super::version::{Version, VersionError, Versions};

/// The body for a range of versions.
#[derive(Debug, PartialEq, Eq)]
pub struct Edition {
    /// The versions.
    pub versions: Versions,
    /// The SQL, as long as the text in the file.
    pub sql: String,
}

/// What is wrong with a mark, and where it is in the body.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongMark {
    /// The bytes of the mark.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
}

/// The bodies that `sql` stands for within `versions`, oldest first; one if no line is marked.
///
/// # Errors
/// Every mark that is none.
pub fn variants(sql: &str, versions: Versions) -> Result<Vec<Edition>, Vec<WrongMark>> {
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    let mut offset = 0;
    for line in sql.split_inclusive('\n') {
        let mark = mark(line).map(|(span, range)| {
            let parsed = range.parse::<Versions>().map_err(|error: VersionError| error.to_string());
            let parsed = parsed.and_then(|range| {
                if range.overlaps(&versions) { Ok(range) } else { Err(format!("this body is for {versions}, none of which is in {range}")) }
            });
            (span, parsed)
        });
        match mark {
            Some((span, Err(message))) => wrong.push(WrongMark { span: offset + span.start..offset + span.end, message }),
            Some((span, Ok(range))) => lines.push((line, Some((span, range)))),
            None => lines.push((line, None)),
        }
        offset += line.len();
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let marks = lines.iter().filter_map(|(_, mark)| mark.as_ref().map(|(_, range)| *range));
    let mut cuts: Vec<Version> = marks.flat_map(|range| [Some(range.from), range.to]).flatten().collect();
    cuts.retain(|cut| *cut > versions.from && versions.contains(*cut));
    cuts.sort_unstable();
    cuts.dedup();
    let ends = cuts.iter().copied().map(Some).chain([versions.to]);
    let begins = [versions.from].into_iter().chain(cuts.iter().copied());
    let text = |version: Version| -> String {
        lines
            .iter()
            .map(|(line, mark)| match mark {
                None => (*line).to_owned(),
                Some((span, range)) if range.contains(version) => line[..span.start].to_owned() + &blank(&line[span.start..]),
                Some(_) => blank(line),
            })
            .collect()
    };
    Ok(begins.zip(ends).map(|(from, to)| Edition { versions: Versions { from, to }, sql: text(from) }).collect())
}

/// Where a line is marked, and with what.
fn mark(line: &str) -> Option<(Range<usize>, &str)> {
    let line = line.trim_end();
    let start = line.strip_suffix(']')?.rfind("--[")?;
    Some((start..line.len(), &line[start + 3..line.len() - 1]))
}

/// As many bytes, of which nothing is left but the line's end.
fn blank(text: &str) -> String {
    text.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }).collect()
}

/// Whether a body has this name somewhere, comments aside.
#[must_use]
pub fn has_name(sql: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    sql.lines()
        .map(|line| line.find("--").map_or(line, |comment| &line[..comment]))
        .any(|line| line.match_indices(name).any(|(at, _)| !line[..at].ends_with(is_word) && !line[at + name.len()..].starts_with(is_word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "SELECT a,\n  bé, --[16..]\n  c --[..17]\n  d --[17..]\nFROM x";

    #[test]
    fn each_version_has_its_lines_where_they_are_in_the_file() {
        let found = variants(BODY, "13..".parse().unwrap()).unwrap();
        let ranges: Vec<String> = found.iter().map(|variant| variant.versions.to_string()).collect();
        assert_eq!(ranges, ["13..16", "16..17", "17.."]);
        for (variant, words) in found.iter().zip(["SELECT a, c FROM x", "SELECT a, bé, c FROM x", "SELECT a, bé, d FROM x"]) {
            assert_eq!(variant.sql.len(), BODY.len());
            assert_eq!(variant.sql.split_whitespace().collect::<Vec<_>>().join(" "), words);
            for word in ["FROM", "bé", " c", " d"] {
                assert!(variant.sql.find(word).is_none_or(|at| BODY.find(word) == Some(at)), "{word} in {:?}", variant.sql);
            }
        }
        let one = variants("SELECT 1 -- [14..]\n", Versions::ALL).unwrap();
        assert_eq!(one, [Edition { versions: Versions::ALL, sql: "SELECT 1 -- [14..]\n".to_owned() }]);
    }

    #[test]
    fn marks_that_are_none_are_errors() {
        let wrong = variants("a --[x..]\nb --[..13]\n", "14..".parse().unwrap()).unwrap_err();
        assert_eq!(wrong.iter().map(|wrong| wrong.span.clone()).collect::<Vec<_>>(), [2..9, 12..20]);
        assert!(wrong[0].message.contains("`x` is not a version") && wrong[1].message.contains("none of which"), "{wrong:?}");
    }

    #[test]
    fn names_are_whole_words_outside_of_comments() {
        assert!(has_name("SELECT a AS pg_x,", "pg_x") && has_name("s.mode", "mode"));
        assert!(!has_name("SELECT a AS pg_xy -- pg_x", "pg_x"));
    }

    proptest::proptest! {
        /// No version gets anything but the file's own bytes at their places.
        #[test]
        fn any_variant_lies_on_its_text(text in "([a-z é]{0,5}(--\\[[0-9.=]{0,5}\\])?\n){0,6}") {
            for variant in variants(&text, "13..".parse().unwrap()).unwrap_or_default() {
                proptest::prop_assert_eq!(variant.sql.len(), text.len());
                for (own, given) in variant.sql.bytes().zip(text.bytes()) {
                    proptest::prop_assert!(own == given || own == b' ');
                }
            }
        }
    }
}
