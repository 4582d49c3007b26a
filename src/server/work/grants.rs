//! Finds the statements that grant what the login role was denied. The server is asked, because the words of an error depend on its language.
//!
//! Every statement of pgvigil names the schema of each relation and function, so the text shows what it may need in `pg_catalog`.

use std::collections::BTreeSet;

use super::facts;
use crate::query::names::Name;
use crate::query::need::quote_literal;
use crate::query::wrap;
use crate::server::link::Link;
use crate::server::report::fault::{Fate, Fault};

/// The name of the statement in the server's log and statistics.
const TAG: &str = "privileges";

/// The most statements that are told, and the longest. A server that made them up could fill the log with them.
const MOST: usize = 100;
const LONGEST: usize = 1000;

/// The statements that grant what `text` needs in `pg_catalog` and the login role lacks, for the database of `link`. Empty if the server does not tell.
///
/// # Errors
/// Why the connection failed.
pub async fn missing(link: &mut Link, text: &str) -> Result<Vec<String>, Fault> {
    let names = names(text);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = BTreeSet::new();
    // Functions are looked up in a catalogue that may itself be denied.
    for question in [relations(&names), functions(&names)] {
        match link.rows::<1>(&format!("{}{question}", wrap::prelude(TAG, facts::TIMEOUT))).await {
            Ok(rows) => found.extend(rows.into_iter().flatten().flatten().filter(|grant| grant.len() <= LONGEST).take(MOST)),
            Err(fault) if fault.fate == Fate::Usable => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(found.into_iter().collect())
}

/// Whether the login role has the privileges of `role`. True if the server does not tell.
///
/// # Errors
/// Why the connection failed.
pub async fn is_member(link: &mut Link, role: &str) -> Result<bool, Fault> {
    let text = format!("{}select pg_catalog.pg_has_role({}, 'USAGE')::text", wrap::prelude(TAG, facts::TIMEOUT), quote_literal(role));
    match link.rows::<1>(&text).await {
        Ok(rows) => Ok(rows.into_iter().flatten().flatten().any(|told| told == "true")),
        Err(fault) if fault.fate == Fate::Usable => Ok(true),
        Err(fault) => Err(fault),
    }
}

/// The statements that grant what a file names and the login role lacks: on schemas, relations and functions of other roles.
///
/// # Errors
/// Why the connection failed.
pub async fn named(link: &mut Link, names: &[Name]) -> Result<Vec<String>, Fault> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let pairs: Vec<String> =
        names.iter().map(|name| format!("({}::name, {}::name)", quote_literal(&name.schema), quote_literal(&name.object))).collect();
    let to = "' TO ' || pg_catalog.quote_ident(current_user) || ';'";
    let text = format!(
        "{}with wanted(schema, name) as (values {}), space as (select n.oid, n.nspname, w.name from wanted w \
         join pg_catalog.pg_namespace n on n.nspname = w.schema and n.nspname <> 'pg_catalog') \
         select 'GRANT USAGE ON SCHEMA ' || pg_catalog.quote_ident(s.nspname) || {to} from space s where not pg_catalog.has_schema_privilege(s.oid, 'USAGE') \
         union select 'GRANT SELECT ON ' || pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(c.relname) || {to} \
         from space s join pg_catalog.pg_class c on c.relnamespace = s.oid and c.relname = s.name and c.relkind in ('r', 'v', 'm', 'f', 'p') \
         where not pg_catalog.has_table_privilege(c.oid, 'SELECT') \
         union select 'GRANT EXECUTE ON FUNCTION ' || pg_catalog.quote_ident(s.nspname) || '.' || pg_catalog.quote_ident(p.proname) \
         || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' || {to} \
         from space s join pg_catalog.pg_proc p on p.pronamespace = s.oid and p.proname = s.name \
         where not pg_catalog.has_function_privilege(p.oid, 'EXECUTE')",
        wrap::prelude(TAG, facts::TIMEOUT),
        pairs.join(",")
    );
    match link.rows::<1>(&text).await {
        Ok(rows) => Ok(rows.into_iter().flatten().flatten().collect()),
        Err(fault) if fault.fate == Fate::Usable => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

/// The names that follow `pg_catalog.` in `text`.
fn names(text: &str) -> BTreeSet<&str> {
    text.split("pg_catalog.")
        .skip(1)
        .map(|rest| &rest[..rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len())])
        .filter(|name| !name.is_empty())
        .collect()
}

fn list(names: &BTreeSet<&str>) -> String {
    names.iter().map(|name| quote_literal(name)).collect::<Vec<_>>().join(",")
}

/// The relations among them that cannot be read although they are public by default. Others hold secrets or are reserved for a role.
fn relations(names: &BTreeSet<&str>) -> String {
    format!(
        "select 'GRANT SELECT ON pg_catalog.' || pg_catalog.quote_ident(a.name) || ' TO ' || pg_catalog.quote_ident(current_user) || ';' from pg_catalog.unnest(array[{}]::text[]) as a(name), \
         pg_catalog.to_regclass('pg_catalog.' || pg_catalog.quote_ident(a.name)) as r(relation) \
         where not pg_catalog.has_table_privilege(r.relation::oid, 'SELECT') and {}",
        list(names),
        is_for_everybody("r.relation::oid", "pg_class", "SELECT")
    )
}

/// Whether PUBLIC had the privilege when the cluster was created.
fn is_for_everybody(oid: &str, catalogue: &str, privilege: &str) -> String {
    format!(
        "exists (select from pg_catalog.pg_init_privs i, pg_catalog.aclexplode(i.initprivs) as x \
         where i.classoid = 'pg_catalog.{catalogue}'::regclass and i.objoid = {oid} and i.objsubid = 0 and x.grantee = 0 and x.privilege_type = '{privilege}')"
    )
}

/// The functions that cannot be called although they are public by default, including those in the views among `names`: a view calls them with the
/// rights of the reader.
fn functions(names: &BTreeSet<&str>) -> String {
    format!(
        "with recursive reached(name) as (select a.name from pg_catalog.unnest(array[{}]::text[]) as a(name) \
         union select w.word[1] from reached r \
         join pg_catalog.pg_class c on c.oid = pg_catalog.to_regclass('pg_catalog.' || pg_catalog.quote_ident(r.name)) and c.relkind = 'v' \
         cross join lateral pg_catalog.regexp_matches(pg_catalog.pg_get_viewdef(c.oid), '[a-z0-9_]+', 'g') as w(word)) \
         select 'GRANT EXECUTE ON FUNCTION pg_catalog.' || p.oid::regprocedure::text || ' TO ' || pg_catalog.quote_ident(current_user) || ';' from pg_catalog.pg_proc p \
         where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in (select r.name::name from reached r) \
         and not pg_catalog.has_function_privilege(p.oid, 'EXECUTE') \
         and (not exists (select from pg_catalog.pg_init_privs i where i.classoid = 'pg_catalog.pg_proc'::regclass and i.objoid = p.oid) or {})",
        list(names),
        is_for_everybody("p.oid", "pg_proc", "EXECUTE")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_a_statement_names() {
        let text =
            "set local search_path = pg_catalog, pg_temp; select pg_catalog.now(), 'pg_catalog.pg_proc'::regclass from pg_catalog.pg_class";
        assert_eq!(names(text).into_iter().collect::<Vec<_>>(), ["now", "pg_class", "pg_proc"]);
    }
}
