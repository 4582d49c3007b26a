//! Tables that are copied before a body runs, so that they are read without being planned on.
//!
//! To plan a read of a table PostgreSQL evaluates what its owner wrote: predicates and expressions of indexes, expressions of statistics,
//! constraints; with the rights of the reader. `COPY table (columns) TO STDOUT` does not plan. It is an error for views, and with `row_security = off`
//! for tables with policies; the output of the types that a [`Table`] may have is PostgreSQL's own.
//!
//! What a table is can change at any time, so it is looked at under a lock that changes wait for, and which is only taken where nothing is
//! waited for. Whatever is wrong with one table costs that table only.

use std::time::{Duration, Instant};

use tracing::debug;

use crate::expose::spelling::spell;
use crate::query::Query;
use crate::query::copy::{Copied, State, Table, row};
use crate::query::need::{quote_identifier, quote_literal};
use crate::query::wrap;
use crate::server::link::Link;
use crate::server::report::fault::{Fate, Fault, FaultKind};

/// A larger heap is not read. The history of ten thousand migrations with long scripts has 10 MB.
const LARGEST: u64 = 64 << 20;

/// So much is kept of all tables of a query. A hundred thousand short rows.
const KEPT: usize = 4 << 20;

/// So many tables of one name are read in a database.
const TABLES: usize = 1000;

/// Less time than this is none.
const SHORTEST: Duration = Duration::from_millis(10);

/// A table of the wanted name and columns.
struct Found {
    /// As the server has it, in any bytes.
    schema: Vec<u8>,
    readable: bool,
}

/// Reads all that `query` declares, a list for each declaration. It takes half of the query's timeout at most: the rest is the body's.
///
/// # Errors
/// What is wrong with the connection. What is wrong with a table is a [`State`].
pub async fn read(link: &mut Link, query: &Query) -> Result<Vec<Vec<Copied>>, Fault> {
    let until = Instant::now() + query.timeout / 2;
    let mut room = KEPT;
    let mut all = Vec::new();
    for copy in &query.copies {
        let mut copied = Vec::new();
        for Found { schema, readable } in tables(link, query, copy, until).await? {
            let (state, rows) = match std::str::from_utf8(&schema) {
                _ if !readable => (State::Denied, Vec::new()),
                // A statement is UTF-8, and cannot name it.
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

/// The tables of the name. Where there are more than can be read, each owner gets its share.
async fn tables(link: &mut Link, query: &Query, copy: &Table, until: Instant) -> Result<Vec<Found>, Fault> {
    let timeout = remaining(until).unwrap_or(SHORTEST);
    let rows = link.cells::<2>(&question(query, copy, timeout)).await?;
    Ok(rows
        .into_iter()
        .filter_map(|[schema, readable]| Some(Found { schema: schema?, readable: readable.as_deref() == Some(b"true") }))
        .collect())
}

/// The statement that looks for them.
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

/// Whether the table `c` can be copied: it is a table of its own, without policies, and has the columns with exactly these types. No column is
/// generated, which would be computed.
fn is_fit(copy: &Table) -> String {
    let columns = copy.columns.iter().map(|column| {
        // What `varchar(N)` has for a modifier is N and 4.
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

/// The reading of one table.
struct Reading<'a> {
    copy: &'a Table,
    schema: &'a str,
    tag: &'a str,
    until: Instant,
    room: &'a mut usize,
}

impl Reading<'_> {
    /// In a transaction of its own, which ends whatever happens.
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

    /// A statement in the transaction, whose settings it bears as a comment, since people see nothing else of them.
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
        let (mut lines, mut pending, mut fits) = (Vec::new(), Vec::new(), true);
        link.copy(&text, |data| {
            // What is too much is taken off the connection all the same, so that it stays usable.
            fits &= data.len() <= *self.room;
            if fits {
                *self.room -= data.len();
                pending.extend_from_slice(data);
                while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
                    let rest = pending.split_off(end + 1);
                    pending.truncate(end);
                    lines.push(row(&std::mem::replace(&mut pending, rest)));
                }
            }
        })
        .await?;
        Ok(if fits { (State::Read, lines) } else { (State::Large, Vec::new()) })
    }
}
