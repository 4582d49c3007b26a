//! The bodies of a query file, and which versions have which column.

use super::super::header::{Parsed, RawBody};
use super::super::names;
use super::super::object;
use super::super::sql::{self, Escape};
use super::super::variants::{self, Edition};
use super::super::version::Versions;
use super::super::{Body, Query};
use super::FileReader;

impl FileReader<'_> {
    /// Reads the bodies, one for each range of versions.
    pub(super) fn bodies(&mut self, parsed: &Parsed, query: &mut Query) {
        // Which of the bodies in the file each one is an edition of.
        let mut sources = Vec::new();
        for (source, raw) in parsed.bodies.iter().enumerate() {
            let argument = &raw.head.argument;
            let versions = self.versions(&argument.text, argument.span.clone(), query.covers);
            if let Some(other) = query.bodies.iter().find(|other| other.versions.overlaps(&versions)) {
                let message = format!("the ranges {} and {versions} overlap", other.versions);
                self.error(
                    argument.span.start..argument.span.end.max(argument.span.start + 1),
                    message,
                    "each version has one body; without `=`, the end is not part of the range",
                );
            }
            let start = raw.sql.span.start;
            let variants = variants::variants(raw.sql.text.trim_end(), versions).unwrap_or_else(|wrong| {
                for mark in wrong {
                    let hint = "a line that is for some versions only ends in `--[16..]`";
                    self.error(start + mark.span.start..start + mark.span.end, mark.message, hint);
                }
                Vec::new()
            });
            for variant in variants {
                let body = self.body(raw, variant, query.scope.is_sql());
                query.bodies.push(body);
                sources.push(source);
            }
        }
        let ranges: Vec<Versions> = query.bodies.iter().map(|body| body.versions).collect();
        if parsed.bodies.is_empty() {
            let error = self.source.whole("the file has no body");
            self.errors.push(error.hint("add a line `-- sql:` and one SELECT below it"));
        } else if let Some(gap) = query.covers.first_gap(&ranges).filter(|_| !ranges.is_empty()) {
            let place = parsed.bodies.last().map_or(0..0, |body| body.head.key.span.clone());
            self.error(
                place,
                format!("no body for version {gap}"),
                format!("add one, or give the reason: `-- covers: RANGE: reason` (it now covers {})", query.covers),
            );
        } else {
            self.columns_of_lines(query, &sources);
        }
    }

    fn body(&mut self, raw: &RawBody, Edition { versions, sql }: Edition, is_sql: bool) -> Body {
        let start = raw.sql.span.start;
        // As it is pasted from psql: a semicolon at the very end.
        let sql = match sql::escape(&sql) {
            Some((at, Escape::Semicolon)) if is_sql && sql::visible(&sql[at + 1..]).all(|(_, c)| c.is_whitespace()) => sql[..at].trim_end(),
            _ => sql.trim_end(),
        };
        if sql.trim().is_empty() {
            self.error_once(raw.head.key.span.clone(), "the body has no SQL", "write one SELECT below this line");
        } else if !is_sql {
            self.console_body(sql, start);
        } else if let Some((at, escape)) = sql::escape(sql) {
            let (message, hint) = match escape {
                Escape::Semicolon => {
                    ("a semicolon in a body", "a body is one SELECT that is wrapped in a sub-select: remove the semicolon")
                }
                Escape::Bracket => ("unmatched closing bracket", "a body is wrapped in a sub-select and must not close it"),
            };
            self.error_once(start + at..start + at + 1, message, hint);
        }
        let names = if is_sql { names::names(sql) } else { Ok(Vec::new()) }.unwrap_or_else(|escape| {
            let span = start + escape.start..start + escape.end;
            self.error_once(span, "Unicode escapes in a body", "write the name in plain quotes, or the text without escapes");
            Vec::new()
        });
        let mentions = if is_sql { object::mentions(sql) } else { Ok(Vec::new()) }.unwrap_or_else(|unreadable| {
            let span = start + unreadable.span.start..start + unreadable.span.end;
            self.error_once(span, "this is not an object of an extension", unreadable.hint);
            Vec::new()
        });
        Body { versions, sql: sql.to_owned(), span: start..start + sql.len(), names, mentions }
    }

    /// A console takes commands that stop it, too: only those that show something are sent.
    fn console_body(&mut self, sql: &str, start: usize) {
        let words: Vec<&str> = sql.split_whitespace().collect();
        let shows = matches!(words.as_slice(), [show, name] if show.eq_ignore_ascii_case("show")
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        if !shows {
            let blank = sql.len() - sql.trim_start().len();
            let span = start + blank..start + sql.len();
            self.error_once(
                span,
                "the body is not a `SHOW NAME` command",
                "a query of this scope is one command such as `SHOW POOLS`, without a semicolon",
            );
        }
    }

    /// A column whose line is for some versions only is a column of those. What a whole body lacks is a mistake, unless the file says for which versions
    /// the column is.
    fn columns_of_lines(&mut self, query: &mut Query, sources: &[usize]) {
        if !query.scope.is_sql() {
            return;
        }
        let (covers, bodies) = (query.covers, &query.bodies);
        let labels = query.labels.iter_mut().map(|label| (&label.name, &label.span, &mut label.versions));
        let metrics = query.metrics.iter_mut().map(|metric| (&metric.name, &metric.span, &mut metric.versions));
        for (name, span, versions) in labels.chain(metrics).filter(|(_, _, versions)| **versions == covers) {
            let given: Vec<bool> = bodies.iter().map(|body| variants::has_name(&body.sql, name)).collect();
            let is_in = |source: &usize| sources.iter().zip(&given).any(|(other, given)| other == source && *given);
            let has = sources.iter().zip(&given).map(|(source, given)| *given || !is_in(source));
            let mut ranges: Vec<Versions> = bodies.iter().zip(has).filter(|(_, has)| *has).map(|(body, _)| body.versions).collect();
            ranges.sort_by_key(|range| range.from);
            let (Some(first), Some(last)) = (ranges.first(), ranges.last()) else { continue };
            let whole = Versions { from: first.from, to: last.to };
            if let Some(gap) = whole.first_gap(&ranges) {
                let message = format!("`{name}` is for versions before and after {gap}, and not for that one");
                self.errors.push(self.source.error(span.clone(), message).hint("declare two columns, or give it for all versions between"));
            } else if ranges.len() < bodies.len() {
                *versions = whole;
            }
        }
    }
}
