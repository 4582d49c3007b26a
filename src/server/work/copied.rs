//! Tables that are copied before a body runs, so that they are read without planning a query on them.
//!
//! To plan a read of a table, `PostgreSQL` evaluates expressions that its owner wrote (index predicates and expressions, statistics expressions,
//! constraints) with the rights of the reader. `COPY table (columns) TO STDOUT` does not plan. It is an error for views, and with `row_security = off`
//! for tables with policies. The output functions of the types that a [`Table`] may have are `PostgreSQL`'s own.
//!
//! A table can change at any time, so it is checked under a lock that blocks changes. The lock is only taken if that needs no wait. A problem with one
//! table affects that table only.
//!
//! What is read is sent back with the body, so the rows are bounded by the length of that text. A table over its limit is left out as a whole and takes
//! nothing from the others.

use std::time::{Duration, Instant};

use tracing::debug;

use crate::expose::spelling::spell;
use crate::query::Query;
use crate::query::collector::Collector;
use crate::query::copy::{Copied, State, Table};
use crate::query::need::{quote_identifier, quote_literal};
use crate::query::wrap;
use crate::server::link::Link;
use crate::server::report::fault::{Fate, Fault, FaultKind};

/// A larger heap is not read. For comparison: the history of ten thousand migrations with long scripts takes 10 MB.
const LARGEST: u64 = 64 << 20;

/// How long the text of one table may be in the statement: ten thousand migrations take about 400 kB.
const TABLE: usize = 512 << 10;

/// The same for all tables of a query together. The server writes this much to its log if the statement fails.
const ALL: usize = 2 << 20;

/// How many tables with one name are read in a database.
const TABLES: usize = 1000;

/// A longer name is none of PostgreSQL's, which has 63 bytes for it unless it was built otherwise.
const NAME: usize = 255;

/// A shorter remaining time counts as none.
const SHORTEST: Duration = Duration::from_millis(10);

/// A table with the wanted name and columns.
struct Found {
    /// The schema's name in bytes of the server, in any encoding.
    schema: Vec<u8>,
    readable: bool,
}

/// Reads all tables that `query` declares, a list for each declaration. This takes at most half of the query's timeout: the rest is for the body.
///
/// # Errors
/// Why the connection failed. A problem with a table is a [`State`].
pub async fn read(link: &mut Link, query: &Query) -> Result<Vec<Vec<Copied>>, Fault> {
    let until = Instant::now() + query.timeout / 2;
    let mut room = ALL;
    let mut all = Vec::new();
    for copy in &query.copies {
        let mut copied = Vec::new();
        for Found { schema, readable } in tables(link, query, copy, until).await? {
            let (state, rows) = match std::str::from_utf8(&schema) {
                _ if !readable => (State::Denied, Vec::new()),
                // A statement is UTF-8 and cannot name this schema.
                Err(_) => (State::Failed, Vec::new()),
                Ok(schema) => {
                    let mut reading = Reading { copy, schema, tag: &query.name, until, room: &mut room };
                    reading.table(link).await?
                }
            };
            let schema = String::from_utf8(schema).unwrap_or_else(|error| spell(error.as_bytes()).into_owned());
            copied.push(Copied { schema, state, rows });
        }
        all.push(copied);
    }
    Ok(all)
}

/// Which tables were too large to be read, and what to do about it. None if there are none.
pub(super) fn too_large(query: &Query, copied: &[Vec<Copied>]) -> Option<String> {
    let tables = query.copies.iter().zip(copied);
    let mut large =
        tables.flat_map(|(copy, copied)| copied.iter().filter(|it| it.state == State::Large).map(move |it| (&it.schema, &copy.table)));
    let (schema, table) = large.next()?;
    let more = match large.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    Some(format!(
        "{}.{}{more} is too large to be copied: at most {} MB on disk, {} kB as text, and {} MB as text for all of them; delete old rows, or leave its \
         database out with `databases` of the query in `override`",
        quote_identifier(schema),
        quote_identifier(table),
        LARGEST >> 20,
        TABLE >> 10,
        ALL >> 20
    ))
}

/// The tables with the name. If there are more than the limit, each owner gets a share.
async fn tables(link: &mut Link, query: &Query, copy: &Table, until: Instant) -> Result<Vec<Found>, Fault> {
    let timeout = remaining(until).unwrap_or(SHORTEST);
    let rows = link.cells::<2>(&question(query, copy, timeout)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|[schema, readable]| Some(Found { schema: schema?, readable: readable.as_deref() == Some(b"true") }))
        .filter(|found| found.schema.len() <= NAME)
        .take(TABLES)
        .collect())
}

/// The statement that finds them.
pub(super) fn question(query: &Query, copy: &Table, timeout: Duration) -> String {
    format!(
        "{}select n.nspname::text, (pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT'))::text \
         from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where c.relname = {} and {} \
         order by pg_catalog.row_number() over (partition by c.relowner order by c.oid) limit {TABLES}",
        wrap::prelude(&query.name, timeout),
        quote_literal(&copy.table),
        is_fit(copy),
    )
}

/// Whether the table `c` can be copied: it is an ordinary table without policies and has the columns with exactly these types. No column is generated,
/// because a generated one would be computed.
fn is_fit(copy: &Table) -> String {
    let columns = copy.columns.iter().map(|column| {
        // The type modifier of `varchar(N)` is N + 4.
        let bound = column.length.map_or_else(String::new, |length| format!(" and a.atttypmod between 5 and {}", length + 4));
        format!("a.attname = {} and a.atttypid = 'pg_catalog.{}'::pg_catalog.regtype{bound}", quote_literal(&column.name), column.typname)
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "c.relkind = 'r' and c.relpersistence = 'p' and not c.relrowsecurity and {} = (select pg_catalog.count(*) from pg_catalog.pg_attribute a \
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and ({}))",
        columns.len(),
        columns.join(" or ")
    )
}

fn remaining(until: Instant) -> Option<Duration> {
    Some(until.saturating_duration_since(Instant::now())).filter(|left| *left >= SHORTEST)
}

/// A read of one table.
struct Reading<'a> {
    copy: &'a Table,
    schema: &'a str,
    tag: &'a str,
    until: Instant,
    room: &'a mut usize,
}

impl Reading<'_> {
    /// Reads in a transaction of its own, which is ended whatever happens.
    async fn table(&mut self, link: &mut Link) -> Result<(State, Vec<Vec<Option<String>>>), Fault> {
        let Some(timeout) = remaining(self.until) else { return Ok((State::Late, Vec::new())) };
        let read = self.read(link, timeout).await;
        if read.as_ref().is_err_and(|fault| fault.fate != Fate::Usable) {
            return read;
        }
        link.send(&self.statement("rollback", timeout), |_| Ok(())).await?;
        read.or_else(|fault| {
            debug!(query = self.tag, schema = self.schema, table = self.copy.table, %fault, "a table could not be copied");
            let state = match fault.kind {
                FaultKind::Denied => State::Denied,
                FaultKind::Lock => State::Locked,
                FaultKind::Timeout => State::Late,
                _ => State::Failed,
            };
            Ok((state, Vec::new()))
        })
    }

    /// A statement inside the transaction. It repeats the timeout as a comment, because the statement itself does not show it.
    fn statement(&self, text: &str, timeout: Duration) -> String {
        format!("/* pgvigil {} */ /* statement_timeout = {} */ {text}", self.tag, timeout.as_millis())
    }

    async fn read(&mut self, link: &mut Link, timeout: Duration) -> Result<(State, Vec<Vec<Option<String>>>), Fault> {
        let name = format!("{}.{}", quote_identifier(self.schema), quote_identifier(&self.copy.table));
        let look = format!(
            "{}lock table only {name} in access share mode nowait; \
             select pg_catalog.pg_relation_size(c.oid)::text from pg_catalog.pg_class c where c.oid = {}::pg_catalog.regclass and {}",
            wrap::transaction(self.tag, timeout),
            quote_literal(&name),
            is_fit(self.copy)
        );
        let size = link.rows::<1>(&look).await?;
        let Some(size) = size.into_iter().flatten().flatten().next().and_then(|size| size.parse::<u64>().ok()) else {
            return Ok((State::Failed, Vec::new()));
        };
        if size > LARGEST {
            return Ok((State::Large, Vec::new()));
        }
        let columns: Vec<String> = self.copy.columns.iter().map(|column| quote_identifier(&column.name)).collect();
        let text = self.statement(&format!("copy {name} ({}) to stdout", columns.join(", ")), timeout);
        let mut collector = Collector::new(columns.len(), TABLE.min(*self.room));
        // Data over the limit is still read from the connection, so that it stays usable.
        link.copy(&text, |data| collector.take(data)).await?;
        let Some((rows, length)) = collector.finish() else { return Ok((State::Large, Vec::new())) };
        *self.room -= length;
        Ok((State::Read, rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;
    use crate::query::check;

    #[test]
    fn what_is_too_large_is_named_with_the_way_out() {
        let text = "-- about: A.\n-- scope: database\n-- interval: 1m\n-- limit: 5 series\n-- gauge pg_x: X.\n-- copy t: id integer\n-- copy u: id integer\n\
                    -- sql:\nSELECT 1 AS pg_x FROM t, u\n";
        let query = check::query("a/b", Source { path: "a/b.sql", text }).unwrap();
        let table = |schema: &str, state| Copied { schema: schema.into(), state, rows: Vec::new() };
        let read = [vec![table("a", State::Read), table("b", State::Denied)], vec![table("a", State::Read)]];
        assert_eq!(too_large(&query, &read), None);
        let large = [vec![table("a", State::Read), table("A b", State::Large)], vec![table("c", State::Large)]];
        let told = too_large(&query, &large).unwrap();
        assert!(
            told.starts_with("\"A b\".\"t\" (and 1 more) is too large to be copied: at most 64 MB on disk, 512 kB as text, and 2 MB"),
            "{told}"
        );
        assert!(told.contains("override"), "{told}");
    }
}
