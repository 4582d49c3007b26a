//! Where a table is that a body names without its schema.

use super::facts;
use crate::query::need::{quote_identifier, quote_literal};
use crate::query::wrap;
use crate::server::link::Link;
use crate::server::report::fault::{Fate, Fault};

/// What the question is called on the server.
const TAG: &str = "schema of";

/// What to write instead of `name`.
///
/// # Errors
/// What is wrong with the connection.
pub async fn hint(link: &mut Link, name: &str) -> Result<String, Fault> {
    let text = format!(
        "{}select n.nspname::text from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where c.relname = {} and c.relkind in ('r', 'v', 'm', 'f', 'p') and c.relpersistence <> 't' order by n.nspname <> 'public', n.nspname limit 1",
        wrap::prelude(TAG, facts::TIMEOUT),
        quote_literal(name)
    );
    let rows = match link.rows::<1>(&text).await {
        Ok(rows) => Some(rows.into_iter().flatten().flatten().next()),
        Err(fault) if fault.fate == Fate::Usable => None,
        Err(fault) => return Err(fault),
    };
    let shown = |schema: String| {
        let is_plain = schema.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if is_plain { schema } else { quote_identifier(&schema) }
    };
    let sees = "a body sees pg_catalog only (search_path): write";
    Ok(match rows {
        Some(Some(schema)) => format!("{sees} `{}.{name}`", shown(schema)),
        Some(None) => format!("{sees} the schema, as in `public.{name}`; this database has no {name} in any"),
        None => format!("{sees} the schema, as in `public.{name}`"),
    })
}
