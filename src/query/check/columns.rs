//! The declared columns of a query file: names, ranges of versions, and what a console's columns are made of.

use std::ops::Range;

use super::super::header::{Field, Parsed, Spanned};
use super::super::naming::{self, Naming};
use super::super::pick::Pick;
use super::super::version::Versions;
use super::super::{Kind, Label, Metric, Query};
use super::FileReader;

/// What stands between the key of a declared column and the colon.
struct Declared {
    name: Spanned,
    versions: Versions,
    /// Where the word `detail` stands.
    detail: Option<Range<usize>>,
    /// What it is made of, where the scope is not SQL.
    pick: Pick,
}

impl FileReader<'_> {
    /// Reads the declarations of labels and metrics.
    pub(super) fn columns(&mut self, parsed: &Parsed, query: &mut Query) {
        let naming = self.choice(parsed, "naming", Naming::Own, &[("own", Naming::Own), ("foreign", Naming::Foreign)]);
        let all_detail = self.choice(parsed, "detail", false, &[("yes", true), ("no", false)]);
        for field in &parsed.fields {
            let kind = match field.key.text.as_str() {
                "label" => None,
                "gauge" => Some(Kind::Gauge),
                "counter" => Some(Kind::Counter),
                _ => continue,
            };
            let Declared { name, versions, detail, pick } = self.column(field, query);
            if let Some(span) = detail.clone() {
                match kind {
                    None => self.error(span, "a label is not detail", "only metrics are; remove the word"),
                    Some(_) if all_detail => self.error(span, "the whole file is detail", "remove the word, or the line `detail: yes`"),
                    Some(_) => {}
                }
            }
            if field.value.text.is_empty() {
                self.error(
                    field.argument.span.clone(),
                    format!("`{}` has no help", name.text),
                    "after the colon, describe its meaning, unit and source",
                );
            }
            if !versions.overlaps(&query.covers) {
                let message = format!("`{}` is for {versions}, none of which the file covers", name.text);
                self.error(name.span.clone(), message, format!("the file covers {}; remove the column, or fix its range", query.covers));
            }
            let before = query.labels.iter().map(|label| &label.name).chain(query.metrics.iter().map(|metric| &metric.name));
            if before.into_iter().any(|other| *other == name.text) {
                self.error(
                    name.span.clone(),
                    format!("`{}` is declared twice", name.text),
                    "declare each column once; if only newer versions have it, give it a range of versions",
                );
            }
            let objections = match kind {
                None => naming::label(&name.text, query.scope),
                Some(kind) => naming::metric(&name.text, kind, naming),
            };
            for (message, hint) in objections {
                self.error(name.span.clone(), message, hint);
            }
            let help = field.value.text.clone();
            match kind {
                None => query.labels.push(Label { name: name.text, help, pick, versions, span: name.span }),
                Some(kind) => {
                    let detail = all_detail || detail.is_some();
                    let (name, span) = (name.text, name.span);
                    query.metrics.push(Metric { name, kind, help, pick, versions, detail, exported: !detail, span });
                }
            }
        }
        self.listing(query);
        let is_ours = |metric: &Metric| naming::metric(&metric.name, metric.kind, Naming::Own).is_empty();
        if naming == Naming::Foreign && query.metrics.iter().all(is_ours) {
            let place = self.single(parsed, "naming").map_or(0..0, |field| field.value.span.clone());
            self.error(place, "no name here needs `naming: foreign`", "remove the line, so that a mistake in a name is found");
        }
        if query.metrics.is_empty() {
            let error = self.source.whole("the file declares no metric");
            self.errors.push(error.hint("add a line such as `-- gauge pg_orders_backlog: Orders that wait.`"));
        }
    }

    /// A listing of keys and values is one row for the page, and cannot be an answer of many rows as well.
    fn listing(&mut self, query: &Query) {
        let is_listing = query.metrics.iter().any(|metric| metric.pick.row.is_some());
        if !is_listing {
            return;
        }
        let hint = "if one metric picks its row by `where`, all must, and there are no labels; put the others into a separate file";
        for metric in query.metrics.iter().filter(|metric| metric.pick.row.is_none()) {
            self.error(metric.span.clone(), format!("`{}` does not pick a row", metric.name), hint);
        }
        for label in &query.labels {
            self.error(label.span.clone(), format!("`{}` is a label, but a row picked by `where` has none", label.name), hint);
        }
    }

    /// `NAME`, `NAME [RANGE]`, either of them before `detail`, and where the scope is not SQL any of them before `= COLUMN`.
    fn column(&mut self, field: &Field, query: &Query) -> Declared {
        let (declared, pick) = match field.argument.text.split_once(" = ") {
            None => (field.argument.text.as_str(), None),
            Some((declared, pick)) => (declared, Some(pick)),
        };
        let start = field.argument.span.start;
        let (declared, detail) = match declared.trim_end().strip_suffix(" detail") {
            None => (declared, None),
            Some(before) => (before, Some(start + before.len() + 1..start + declared.trim_end().len())),
        };
        let (name, versions) = self.name(declared, start, query);
        let Some(text) = pick else {
            let pick = Pick::column(&name.text);
            return Declared { name, versions, detail, pick };
        };
        let span = field.argument.span.end - text.trim_start().len()..field.argument.span.end;
        if query.scope.is_sql() {
            let hint = format!("name it in the SQL: `{text} AS {}`", name.text);
            self.error(span.clone(), "in SQL, use the column's alias as its name", hint);
        }
        let pick = text.parse().unwrap_or_else(|error: String| {
            let hint = "write a column's name, `new | old`, `newer?`, `a + b / 1000000`, `value where key = max_client_conn`, or a number";
            self.error(span, error, hint);
            Pick::column(&name.text)
        });
        Declared { name, versions, detail, pick }
    }

    /// `NAME` or `NAME [RANGE]`, which begins at `start` in the file.
    fn name(&mut self, declared: &str, start: usize, query: &Query) -> (Spanned, Versions) {
        let spanned = |name: &str| Spanned { text: name.trim().to_owned(), span: start..start + name.trim().len() };
        let Some((name, range)) = declared.split_once('[') else {
            return (spanned(declared), query.covers);
        };
        let (name, end) = (spanned(name), start + declared.trim_end().len());
        let range_start = start + declared.len() - range.len();
        let Some(range) = range.trim_end().strip_suffix(']') else {
            self.error(start..end, "the version range is not closed", "close it with `]`, as in `[14..]`");
            return (name, query.covers);
        };
        (name, self.versions(range, range_start..end.saturating_sub(1).max(range_start), query.covers))
    }
}
