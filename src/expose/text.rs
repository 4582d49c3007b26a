//! The text of samples. Prometheus text 0.0.4 and OpenMetrics 1.0 share it; they differ only in what stands around a family.

use std::fmt::Write as _;

use crate::query::Kind;
use crate::query::catalog::Family;

/// The two formats that a scraper can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Prometheus text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// The value of `Content-Type`.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }

    /// What stands at the end of the page.
    #[must_use]
    pub const fn end(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::OpenMetrics => "# EOF\n",
        }
    }
}

/// The HELP and TYPE lines of a family.
pub fn write_family(out: &mut String, format: Format, name: &str, family: &Family) {
    // Only OpenMetrics takes `_total` for a suffix of the sample and not a part of the family's name. It has no counter without that, nor
    // two families of one name: what would be so is of unknown type there.
    let (name, kind) = match (format, family.kind, name.strip_suffix("_total")) {
        (Format::OpenMetrics, Kind::Counter, Some(stem)) if !family.stem_is_taken => (stem, "counter"),
        (Format::OpenMetrics, Kind::Counter, _) => (name, "unknown"),
        (_, kind, _) => (name, kind.as_str()),
    };
    let _ = write!(out, "# HELP {name} ");
    for character in family.help.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            // Text 0.0.4 leaves quotes in HELP alone; OpenMetrics escapes them.
            '"' if format == Format::OpenMetrics => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    let _ = writeln!(out, "\n# TYPE {name} {kind}");
}

/// Appends `name="value"`, with a comma before it when it is not the first.
pub fn write_label(out: &mut String, name: &str, value: &str) {
    if !out.is_empty() {
        out.push(',');
    }
    out.push_str(name);
    out.push_str("=\"");
    write_escaped(out, value);
    out.push('"');
}

fn write_escaped(out: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '"', '\n']) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

/// Appends one sample's line. `labels` are already written.
pub fn write_sample(out: &mut String, name: &str, labels: &str, value: &str) {
    out.reserve(name.len() + labels.len() + value.len() + 4);
    out.push_str(name);
    if !labels.is_empty() {
        out.push('{');
        out.push_str(labels);
        out.push('}');
    }
    out.push(' ');
    out.push_str(value);
    out.push('\n');
}

/// The labels of a sample's line, as they are written there.
#[must_use]
pub fn labels(line: &str) -> &str {
    // A value has neither a blank nor a brace.
    line.rsplit_once("} ").and_then(|(before, _)| before.split_once('{')).map_or("", |(_, labels)| labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_labels() {
        let mut out = String::new();
        write_label(&mut out, "a", "q\" b\\ n\n 🐘");
        write_label(&mut out, "b", "");
        assert_eq!(out, "a=\"q\\\" b\\\\ n\\n 🐘\",b=\"\"");
    }

    #[test]
    fn writes_the_family_as_each_format_has_it() {
        let family = |format, kind, name| {
            let mut out = String::new();
            write_family(&mut out, format, name, &Family { kind, help: "A \"b\" \\ c\n".into(), stem_is_taken: false });
            out
        };
        assert_eq!(family(Format::Text, Kind::Counter, "x_total"), "# HELP x_total A \"b\" \\\\ c\\n\n# TYPE x_total counter\n");
        assert_eq!(family(Format::OpenMetrics, Kind::Counter, "x_total"), "# HELP x A \\\"b\\\" \\\\ c\\n\n# TYPE x counter\n");
        assert_eq!(family(Format::OpenMetrics, Kind::Gauge, "x"), "# HELP x A \\\"b\\\" \\\\ c\\n\n# TYPE x gauge\n");
    }

    #[test]
    fn openmetrics_knows_not_what_has_no_place_among_its_counters() {
        let family = |format, name, stem_is_taken| {
            let mut out = String::new();
            write_family(&mut out, format, name, &Family { kind: Kind::Counter, help: "H.".into(), stem_is_taken });
            out
        };
        assert_eq!(family(Format::Text, "x", false), "# HELP x H.\n# TYPE x counter\n");
        assert_eq!(family(Format::OpenMetrics, "x", false), "# HELP x H.\n# TYPE x unknown\n");
        assert_eq!(family(Format::Text, "x_total", true), "# HELP x_total H.\n# TYPE x_total counter\n");
        assert_eq!(family(Format::OpenMetrics, "x_total", true), "# HELP x_total H.\n# TYPE x_total unknown\n");
    }

    /// Reads one label as the formats define it: the first quote that no backslash precedes ends the value.
    fn read_label(text: &str) -> Option<(String, &str)> {
        let rest = text.strip_prefix("a=\"")?;
        let (mut value, mut characters) = (String::new(), rest.char_indices());
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => return Some((value, &rest[at + 1..])),
                '\n' => return None,
                '\\' => value.push(match characters.next()?.1 {
                    'n' => '\n',
                    escaped @ ('\\' | '"') => escaped,
                    _ => return None,
                }),
                other => value.push(other),
            }
        }
        None
    }

    /// Reads the text behind `# HELP name `, in which only these characters are escaped.
    fn read_help(text: &str, escaped: &[char]) -> Option<String> {
        let (mut help, mut characters) = (String::new(), text.chars());
        while let Some(character) = characters.next() {
            match character {
                '\\' => help.push(match characters.next()? {
                    'n' => '\n',
                    character if escaped.contains(&character) => character,
                    _ => return None,
                }),
                unescaped if escaped.contains(&unescaped) => return None,
                other => help.push(other),
            }
        }
        Some(help)
    }

    proptest::proptest! {
        /// Whatever a metric is said to mean, its head is two lines, of the same name, and what it means is read back.
        #[test]
        fn any_help_is_read_back(
            help in "(?s)[\\PC\n\r\t\"\\\\#]{0,40}|.{0,20}",
            stem in "[a-z_]{1,9}",
            suffix in proptest::sample::select(vec!["", "_total"]),
            kind in proptest::sample::select(vec![Kind::Counter, Kind::Gauge]),
            stem_is_taken in proptest::bool::ANY,
        ) {
            for (format, escaped) in [(Format::Text, &['\\'][..]), (Format::OpenMetrics, &['\\', '"'])] {
                let mut head = String::new();
                let family = Family { kind, help: help.clone(), stem_is_taken };
                write_family(&mut head, format, &format!("{stem}{suffix}"), &family);
                proptest::prop_assert_eq!(head.matches('\n').count(), 2);
                let (name, read) = head.strip_prefix("# HELP ").and_then(|rest| rest.split_once(' ')).unwrap_or_default();
                let (read, kind) = read.split_once('\n').unwrap_or_default();
                proptest::prop_assert_eq!(read_help(read, escaped), Some(help.clone()));
                let kind = kind.strip_prefix("# TYPE ").and_then(|rest| rest.strip_prefix(name)).map(str::trim);
                proptest::prop_assert!(matches!(kind, Some("counter" | "gauge" | "unknown")), "{}", head);
                proptest::prop_assert!(name.starts_with(&stem), "{}", head);
            }
        }

        #[test]
        fn any_value_is_read_back(value in "(?s)[\\PC\n\r\t\"\\\\{},=]{0,40}|.{0,20}") {
            let mut labels = String::new();
            write_label(&mut labels, "a", &value);
            proptest::prop_assert_eq!(read_label(&labels), Some((value, "")));
            let mut line = String::new();
            write_sample(&mut line, "x", &labels, "1");
            proptest::prop_assert_eq!(line.matches('\n').count(), 1);
        }
    }
}
