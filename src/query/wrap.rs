//! The text that a query becomes for one server, and the way back from a position in it to the file.

use std::fmt::Write as _;
use std::ops::Range;
use std::time::Duration;

use super::copy::Copied;
use super::defaults;
use super::object::Mention;
use super::relation::relation;
use super::rewrite::{Binding, Change, changes};
use super::version::Version;
use super::{Body, Label, Metric, Query};

/// No statement of pgvigil's waits longer for a lock. Promise 2; a statistics query that meets a lock is better run again later.
pub const LOCK_TIMEOUT: Duration = Duration::from_millis(100);

/// One simple-query string: the transaction's settings and the wrapped body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What is sent.
    pub text: String,
    pieces: Vec<SentPiece>,
}

/// A stretch of the sent text that comes from the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SentPiece {
    /// Where it stands in what is sent, counted in characters as PostgreSQL counts.
    sent: Range<usize>,
    /// Where it stands in the file, in bytes.
    file: Range<usize>,
    /// Whether the file's text was sent as it is, so that a character within can be found again.
    verbatim: bool,
}

/// The columns that a query has on one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns<'q> {
    /// The labels, first in the answer.
    pub labels: Vec<&'q Label>,
    /// The metrics, behind them.
    pub metrics: Vec<&'q Metric>,
}

/// How a body is put into its sub-select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// Its rows and nothing else.
    Rows,
    /// Always at least one row, of NULLs where the body has none, so that the types of the columns can be seen.
    Types,
    /// The column of remedies alone, which the rows for the page never have.
    Remedies,
}

impl Query {
    /// The columns of this query on `version`, which is counted as the file says, without those that are not exported.
    #[must_use]
    pub fn columns(&self, version: Version) -> Columns<'_> {
        Columns {
            labels: self.labels.iter().filter(|label| label.versions.contains(version)).collect(),
            metrics: self.metrics.iter().filter(|metric| metric.exported && metric.versions.contains(version)).collect(),
        }
    }
}

/// What the transaction of a statement is, whatever the defaults of the role, the database or the server are.
const MODE: &str = "isolation level read committed, read only, not deferrable";

/// The settings that hold for one statement and leave nothing behind: a simple-query string is one implicit transaction. The [defaults] say why each is
/// set.
#[must_use]
pub fn prelude(tag: &str, timeout: Duration) -> String {
    format!("/* pgvigil {tag} */ set transaction {MODE}; {}", local(timeout))
}

fn local(timeout: Duration) -> String {
    format!(
        "set local statement_timeout = {}; set local lock_timeout = {}; {}",
        timeout.as_millis(),
        LOCK_TIMEOUT.as_millis(),
        defaults::transaction()
    )
}

/// After this long without a statement the server ends a session in a [`transaction`]: pgvigil was lost, and its lock would hold others up.
pub const ABANDONED: Duration = Duration::from_secs(5);

/// The settings of [`prelude`] for a transaction that has more than one statement, and dates in the form that every setting can read.
#[must_use]
pub fn transaction(tag: &str, timeout: Duration) -> String {
    format!(
        "/* pgvigil {tag} */ begin {MODE}; {}set local row_security = off; set local datestyle = iso; \
         set local idle_in_transaction_session_timeout = {}; ",
        local(timeout),
        ABANDONED.as_millis()
    )
}

/// Wraps `body` of `query`, with the relations of the tables that were `copied` for it. `binding` tells how an extension's object is written: with its
/// schema, and with each argument cast to the type that the object has, since an overload of these types would be taken before it. A mention that it does
/// not know stays as it is and is an error on the server, at its place in the file.
#[must_use]
pub fn statement<'a>(
    query: &Query,
    body: &Body,
    version: Version,
    timeout: Duration,
    binding: impl Fn(&Mention) -> Option<Binding<'a>>,
    copied: &[Vec<Copied>],
    wrapping: Wrapping,
) -> Statement {
    let mut writer = Writer::default();
    writer.raw(&prelude(&query.name, timeout));
    for (index, (copy, copied)) in query.copies.iter().zip(copied).enumerate() {
        writer.raw(if index == 0 { "with " } else { ", " });
        writer.raw(&relation(copy, copied));
    }
    if !copied.is_empty() {
        writer.raw(" ");
    }
    writer.raw("select ");
    let columns = query.columns(version);
    let names: Vec<(&String, &Range<usize>)> = match wrapping {
        Wrapping::Remedies => query.remedy.iter().map(|remedy| (&remedy.column, &remedy.span)).collect(),
        Wrapping::Rows | Wrapping::Types => {
            let labels = columns.labels.iter().map(|label| (&label.name, &label.span));
            let metrics = columns.metrics.iter().map(|metric| (&metric.name, &metric.span));
            // What tells the entries of a ranking apart is last, and on no page.
            let apart = query.rank.iter().flat_map(|rank| rank.of.iter().map(|column| (column, &rank.span)));
            labels.chain(metrics).chain(apart).collect()
        }
    };
    for (index, (name, span)) in names.into_iter().enumerate() {
        if index > 0 {
            writer.raw(", ");
        }
        // A declared name has only letters, digits and `_`.
        writer.piece(&format!("q.\"{name}\""), span.clone(), false);
    }
    writer.raw(match wrapping {
        Wrapping::Rows | Wrapping::Remedies => " from (\n",
        Wrapping::Types => " from (select 1) as one left join (\n",
    });
    let in_file = |range: Range<usize>| body.span.start + range.start..body.span.start + range.end;
    let mut at = 0;
    for Change { replaced, by, place } in changes(body, binding) {
        writer.piece(&body.sql[at..replaced.start], in_file(at..replaced.start), true);
        writer.piece(&by, in_file(place), false);
        at = replaced.end;
    }
    writer.piece(&body.sql[at..], in_file(at..body.sql.len()), true);
    // The line end keeps a comment in the body's last line from swallowing the bracket.
    writer.raw(match wrapping {
        Wrapping::Rows | Wrapping::Remedies => "\n) as q",
        Wrapping::Types => "\n) as q on true limit 1",
    });
    Statement { text: writer.text, pieces: writer.pieces }
}

impl Statement {
    /// The bytes of the file that a position in the sent text (from 1, in characters) comes from. `file` is the file's text.
    #[must_use]
    pub fn locate(&self, position: usize, file: &str) -> Option<Range<usize>> {
        let at = position.checked_sub(1)?;
        // An error at the end of the input points one past the last character, so take the last piece that begins before.
        let piece = self.pieces.iter().rev().find(|piece| piece.sent.start <= at)?;
        if !piece.verbatim {
            return Some(piece.file.clone());
        }
        let within = file.get(piece.file.clone())?;
        // Counted in what was sent, which has as many bytes: a line for other versions is blank there.
        let byte = |characters: usize| self.text.char_indices().nth(characters).map_or(self.text.len(), |(byte, _)| byte);
        let start = within.floor_char_boundary((byte(at) - byte(piece.sent.start)).min(within.len()));
        let word = within[start..].find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(within.len() - start);
        Some(piece.file.start + start..piece.file.start + start + word.max(1))
    }
}

/// Builds the text and keeps count of its characters.
#[derive(Default)]
struct Writer {
    text: String,
    characters: usize,
    pieces: Vec<SentPiece>,
}

impl Writer {
    fn raw(&mut self, text: &str) {
        let _ = self.text.write_str(text);
        self.characters += text.chars().count();
    }

    fn piece(&mut self, text: &str, file: Range<usize>, verbatim: bool) {
        let start = self.characters;
        self.raw(text);
        self.pieces.push(SentPiece { sent: start..self.characters, file, verbatim });
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::diagnostic::Source;

    const TEXT: &str = "-- about: ü\n-- interval: 10s\n-- limit: 5 series\n-- label l: L.\n-- gauge pg_x: X.\n-- gauge pg_y [14..]: Y.\n\
                        -- sql:\nSELECT 'é' AS l, wrong AS pg_x FROM @extschema:some@.view, @extschema:some@.f(@extschema:some@.g(), 1) -- end";

    fn wrapped(version: u32) -> (Query, Statement) {
        let query = check::query("a/b", Source { path: "a/b.sql", text: TEXT }).unwrap();
        let types = ["pg_catalog.regclass", "pg_catalog.int4"].map(str::to_owned);
        let binding = |mention: &Mention| (mention.object.extension == "some").then_some(Binding { schema: "my \"schema", types: &types });
        let timeout = Duration::from_secs(2);
        let statement = statement(&query, &query.bodies[0], Version::major(version), timeout, binding, &[], Wrapping::Rows);
        (query, statement)
    }

    fn found(statement: &Statement, needle: &str) -> String {
        let byte = statement.text.find(needle).unwrap();
        let position = statement.text[..byte].chars().count() + 1;
        TEXT[statement.locate(position, TEXT).unwrap()].to_owned()
    }

    #[test]
    fn wraps_with_local_settings_and_only_this_versions_columns() {
        let (_, statement) = wrapped(13);
        assert_eq!(
            statement.text,
            "/* pgvigil a/b */ set transaction isolation level read committed, read only, not deferrable; set local statement_timeout = 2000; \
             set local lock_timeout = 100; set local role = none; set local search_path = pg_catalog, pg_temp; set local jit = off; \
             set local max_parallel_workers_per_gather = 0; set local extra_float_digits = 1; set local intervalstyle = postgres; \
             set local bytea_output = hex; set local quote_all_identifiers = off; select q.\"l\", q.\"pg_x\" from (\nSELECT 'é' AS l, wrong AS pg_x FROM \
             \"my \"\"schema\".\"view\", \"my \"\"schema\".\"f\"((\"my \"\"schema\".\"g\"())::pg_catalog.regclass,( 1)::pg_catalog.int4) -- end\n) as q"
        );
        assert!(wrapped(14).1.text.contains("q.\"pg_y\""));
    }

    #[test]
    fn finds_the_way_back_to_the_file() {
        let (_, statement) = wrapped(14);
        assert_eq!(found(&statement, "wrong"), "wrong");
        assert_eq!(found(&statement, "q.\"pg_y\""), "pg_y");
        assert_eq!(found(&statement, "\"my"), "@extschema:some@.view");
        assert_eq!(found(&statement, "::pg_catalog.regclass"), "@extschema:some@.g()");
        assert_eq!(found(&statement, "-- end"), "-");
        assert_eq!(statement.locate(1, TEXT), None);
        assert!(statement.locate(statement.text.chars().count() + 1, TEXT).is_some());
    }

    proptest::proptest! {
        /// Whatever the body, what is sent ends its sub-select, and every position in it leads to a place in the file or to none; of what is sent as it
        /// stands in the file, to the very character.
        #[test]
        fn any_position_leads_into_the_file(known in proptest::bool::ANY, body in "[a-zéE'\"$()@: \n-]{1,40}|SELECT @extschema:[a-z]{0,3}@?.x[a-z é@(),]{0,9}") {
            let text = format!("-- about: A.\n-- interval: 10s\n-- limit: 5 series\n-- gauge pg_x: X.\n-- sql:\n{body}");
            if let Ok(query) = check::query("a/b", Source { path: "a/b.sql", text: &text }) {
                let timeout = Duration::from_secs(2);
                let types = ["é".to_owned(), "t".to_owned()];
                let binding = |_: &Mention| known.then_some(Binding { schema: "a \"schema\"; é", types: &types });
                let statement = statement(&query, &query.bodies[0], Version::major(17), timeout, binding, &[], Wrapping::Rows);
                let inside = statement.text.split_once(" from (\n").and_then(|(_, rest)| rest.strip_suffix("\n) as q"));
                proptest::prop_assert!(inside.is_some_and(|inside| super::super::sql::escape(inside).is_none()), "{}", statement.text);
                for position in 0..statement.text.chars().count() + 2 {
                    if let Some(span) = statement.locate(position, &text) {
                        proptest::prop_assert!(text.is_char_boundary(span.start) && span.start <= text.len(), "{}", position);
                        let at = position - 1;
                        if statement.pieces.iter().any(|piece| piece.verbatim && piece.sent.contains(&at)) {
                            proptest::prop_assert_eq!(text[span.start..].chars().next(), statement.text.chars().nth(at), "{}", position);
                        }
                    }
                }
            }
        }
    }
}
