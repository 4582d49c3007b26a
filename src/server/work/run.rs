//! Runs one query once: from its plan to its samples, or to a fault with the place in its file.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Instant;

use super::copied;
use super::facts::Facts;
use super::plan::Plan;
use super::ranks::Ranks;
use super::schemas;
use super::trust;
use crate::diagnostic::{Diagnostic, Source};
use crate::expose::ranked::Gathering;
use crate::expose::sample::{SampleError, Sampler, Samples};
use crate::query::copy::Copied;
use crate::query::object::Mention;
use crate::query::wrap::{self, Statement, Wrapping};
use crate::query::{Body, Query};
use crate::server::link::{self, Link};
use crate::server::report::fault::{self, Fault, FaultKind};
use crate::server::room::Room;
use fail::fail_point;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition, PgRow};
use sqlx::{Column as _, Row as _, TypeInfo as _};

/// Runs `query` as planned. `constant` are the labels of every sample, already written; `ranks` remembers what a ranked query has shown.
///
/// # Errors
/// Why there is no answer to publish.
pub async fn collect(
    link: &mut Link,
    query: &Query,
    plan: Plan<'_>,
    facts: &Facts,
    constant: String,
    ranks: &Ranks,
) -> Result<Samples, Fault> {
    fail_point!(&query.name);
    let copied = copied::read(link, query).await?;
    let statement = statement(query, plan, facts, &copied, Wrapping::Rows);
    let misfit = |error: SampleError| misfit(query, &error);
    let columns = query.columns(plan.version);
    if let Some(rank) = &query.rank {
        let asked = Instant::now();
        let mut rows = Gathering::new(rank, columns, constant, query.limit);
        let mut room = Room::new(link.answer_limit());
        let on_row = |row: &PgRow| {
            if !rows.has_types() {
                rows.types(types(row)).map_err(misfit)?;
            }
            let cells: Vec<_> = (0..row.len()).map(|index| link::cell(row, index)).collect();
            room.take(&cells)?;
            rows.row(&|index| cells[index]).map_err(misfit)
        };
        run(link, query, &statement, on_row).await?;
        let ranked = ranks.samples(query, plan.version, facts, asked, rows).map_err(misfit)?;
        return ranked.ok_or_else(|| Fault::result(Diagnostic::file(&query.path, "a run that was sent later has already been taken in")));
    }
    let mut sampler = Sampler::new(columns, constant, query.limit);
    let on_row = |row: &PgRow| {
        if !sampler.has_types() {
            sampler.types(types(row)).map_err(misfit)?;
        }
        sampler.row(&|index| link::cell(row, index)).map_err(misfit)
    };
    run(link, query, &statement, on_row).await?;
    Ok(Samples { left_out: copied::too_large(query, &copied), ..sampler.finish() })
}

/// Runs the statement of a query. If a relation of its body does not exist, the fault says where the table is.
async fn run(
    link: &mut Link,
    query: &Query,
    statement: &Statement,
    on_row: impl FnMut(&PgRow) -> Result<(), Fault> + Send,
) -> Result<(), Fault> {
    match link.run(&statement.text, on_row).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let missing = undefined(query, statement, &error);
            let mut fault = located(query, statement, error);
            if let (Some(name), Some(diagnostic)) = (missing, &mut fault.diagnostic)
                && diagnostic.hint.is_none()
            {
                diagnostic.hint = Some(schemas::hint(link, &name).await?);
            }
            Err(fault)
        }
    }
}

/// The name of the relation that does not exist for a body, if it is written without a schema.
fn undefined(query: &Query, statement: &Statement, error: &link::Error) -> Option<String> {
    let link::Error::Driver(error) = error else { return None };
    let error = error.as_database_error()?.try_downcast_ref::<PgDatabaseError>()?;
    // undefined_table.
    let Some(PgErrorPosition::Original(position)) = error.position().filter(|_| error.code() == "42P01") else { return None };
    let word = query.text.get(statement.locate(position, &query.text)?)?;
    let is_bare = word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_bare.then(|| word.to_ascii_lowercase())
}

/// Runs `query` only for the types of its columns, which are known even if it returns no rows.
///
/// # Errors
/// What is wrong.
pub async fn probe(link: &mut Link, query: &Query, plan: Plan<'_>, facts: &Facts) -> Result<(), Fault> {
    let copied = copied::read(link, query).await?;
    let statement = statement(query, plan, facts, &copied, Wrapping::Types);
    let mut sampler = Sampler::new(query.columns(plan.version), String::new(), query.limit);
    let on_row = |row: &PgRow| sampler.types(types(row)).map_err(|error| misfit(query, &error));
    link.run(&statement.text, on_row).await.map_err(|error| located(query, &statement, error))
}

/// Asks the server for its plan of `query`, with the time and the buffers of a run.
///
/// # Errors
/// What is wrong.
pub async fn explain(link: &mut Link, query: &Query, plan: Plan<'_>, facts: &Facts) -> Result<Vec<String>, Fault> {
    let copied = copied::read(link, query).await?;
    let statement = statement(query, plan, facts, &copied, Wrapping::Rows);
    let prelude = wrap::prelude(&query.name, query.timeout);
    let select = statement.text.strip_prefix(&prelude).unwrap_or(&statement.text);
    let rows = link.rows::<1>(&format!("{prelude}explain (analyze, buffers) {select}")).await?;
    Ok(rows.into_iter().flatten().flatten().collect())
}

/// Runs the remedy of `query`: the statements that let the login role see what it leaves out. Empty if everything is visible.
///
/// # Errors
/// What is wrong.
pub async fn remedies(link: &mut Link, query: &Query, plan: Plan<'_>, facts: &Facts) -> Result<BTreeSet<String>, Fault> {
    let mut remedies = BTreeSet::new();
    if query.remedy.is_some() {
        let copied = copied::read(link, query).await?;
        let statement = statement(query, plan, facts, &copied, Wrapping::Remedies);
        let on_row = |row: &PgRow| {
            // A name that is not UTF-8 cannot be in a statement that is to be copied.
            remedies.extend(link::cell(row, 0).and_then(|text| std::str::from_utf8(text).ok()).map(str::to_owned));
            Ok(())
        };
        let ended = link.run(&statement.text, on_row).await;
        ended.map_err(|error| located(query, &statement, error))?;
    }
    Ok(remedies)
}

/// Everything that is sent for `query`, so that `check` finds the privileges it needs. `trusted` are the roles that are trusted besides superusers.
#[must_use]
pub fn text(query: &Query, plan: Plan<'_>, facts: &Facts, trusted: &BTreeSet<String>) -> String {
    let copies = query.copies.iter().map(|copy| copied::question(query, copy, query.timeout));
    let look = trust::question(query, plan.body, trusted);
    copies.chain(look).chain([statement(query, plan, facts, &[], Wrapping::Rows).text]).collect()
}

fn statement(query: &Query, plan: Plan<'_>, facts: &Facts, copied: &[Vec<Copied>], wrapping: Wrapping) -> Statement {
    let binding = |mention: &Mention| facts.bind(mention, &plan.body.sql).ok();
    wrap::statement(query, plan.body, plan.version, query.timeout, binding, copied, wrapping)
}

fn types(row: &PgRow) -> impl Iterator<Item = (u32, &str)> {
    row.columns().iter().map(|column| (column.type_info().oid().map_or(0, |oid| oid.0), column.type_info().name()))
}

/// The fault for an answer that does not match the file.
pub(crate) fn misfit(query: &Query, error: &SampleError) -> Fault {
    let source = Source { path: &query.path, text: &query.text };
    let diagnostic = match error {
        SampleError::Type { column, wanted, .. } => at_column(query, source, column, error).hint(if *wanted == "a number" {
            "cast it, or take times and intervals as `extract(epoch from …)`"
        } else {
            "cast it to text"
        }),
        SampleError::Missing { column, .. } => {
            at_column(query, source, column, error).hint("mend its name, or put a `?` behind it where it need not be there")
        }
        SampleError::Value { column, .. } => at_column(query, source, column, error)
            .hint("leave such a value out as NULL, or bring it into range; what may be negative is a gauge"),
    };
    Fault::result(diagnostic)
}

/// The fault for a file in which several rows were the same series, although that costs no other rows. None if there are none.
pub(crate) fn duplicates(query: &Query, body: &Body, samples: &Samples) -> Option<Fault> {
    let labels = samples.duplicates.as_ref()?.shown();
    let source = Source { path: &query.path, text: &query.text };
    let diagnostic = source
        .error(first_line(body), format!("two rows have the same labels {{{labels}}}"))
        .hint("group by the label columns, or add the column that tells the rows apart as a label");
    Some(Fault::result(diagnostic))
}

/// The first line of a body.
pub(crate) fn first_line(body: &Body) -> Range<usize> {
    let blank = body.sql.len() - body.sql.trim_start().len();
    let line = body.sql.trim_start().lines().next().unwrap_or_default();
    body.span.start + blank..body.span.start + blank + line.trim_end().len()
}

fn at_column(query: &Query, source: Source<'_>, column: &str, error: &SampleError) -> Diagnostic {
    let labels = query.labels.iter().map(|label| (&label.name, &label.span));
    let spans = labels.chain(query.metrics.iter().map(|metric| (&metric.name, &metric.span)));
    let span = spans.into_iter().find(|(name, _)| *name == column).map_or(0..0, |(_, span)| span.clone());
    source.error(span, error.to_string())
}

/// The fault for a failed statement, with the place in the file if the server reports a position.
fn located(query: &Query, statement: &Statement, error: link::Error) -> Fault {
    let link::Error::Driver(error) = error else { return error.into() };
    let diagnostic = error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>()).and_then(|error| {
        let Some(PgErrorPosition::Original(position)) = error.position() else { return None };
        let source = Source { path: &query.path, text: &query.text };
        let span = statement.locate(position, &query.text)?;
        let declared = query.labels.iter().map(|label| &label.span).chain(query.metrics.iter().map(|metric| &metric.span));
        let declared = declared.chain(query.remedy.iter().map(|remedy| &remedy.span)).chain(query.rank.iter().map(|rank| &rank.span));
        let is_declaration = declared.into_iter().any(|declared| *declared == span);
        let diagnostic = source.error(span, fault::told(error));
        Some(match (error.code(), error.hint()) {
            // `undefined_column` at a declared column that is missing in the body.
            ("42703", _) if is_declaration => {
                diagnostic.hint("the body has no column of this name; name it with AS, or take its declaration away")
            }
            (_, Some(hint)) => diagnostic.hint(hint),
            (_, None) => diagnostic,
        })
    });
    let fault = Fault::from(error);
    match diagnostic.filter(|_| fault.kind == FaultKind::Sql) {
        // The diagnostic has the hint beside the message.
        Some(diagnostic) => Fault { message: diagnostic.message.clone(), diagnostic: Some(Box::new(diagnostic)), ..fault },
        None => fault,
    }
}
