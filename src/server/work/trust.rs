//! Whether pgvigil may plan on what a query names, call it and cast to it: all of it must belong to trusted roles. Superusers and the server's
//! `trusted_roles` are trusted.
//!
//! The names are only looked up in the catalogues, so nothing is planned on them. The look follows the dependencies that `PostgreSQL` records: from a
//! view to what it reads and calls, from a table to its children and to the functions in its indexes, statistics, policies, constraints and generated
//! columns, and from a column to its type.
//!
//! Between the look and the run, an untrusted role cannot swap anything: the object and its schema belong to trusted roles. If the name could come to
//! mean another object (an overload of a function, or something that does not exist yet), no untrusted role may create objects in the schema either.
//! Members of a trusted role are as trusted as the role.
//!
//! Not covered:
//!
//! - What a function of a trusted owner does in its body, because `PostgreSQL` records no dependencies of it. A function is as trusted as its owner.
//! - A name that a query assembles from several strings or escapes.
//! - A schema that does not exist, if the name may be a column or is inside a string.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use crate::diagnostic::{Diagnostic, Source};
use crate::query::names::Name;
use crate::query::need::quote_literal;
use crate::query::{Body, Query, wrap};
use crate::server::link::Link;
use crate::server::report::fault::Fault;
use crate::server::report::skip::Untrusted;

/// Something that belongs to an untrusted role, or that such a role could create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is, in one line.
    pub what: String,
    /// Where the query's file names it.
    pub span: Range<usize>,
}

/// What an operator can do about it.
pub const REMEDY: &str = "run the query with `-- as: reader`, or list the owner under `trusted_roles` of the server";

impl Finding {
    /// As the reason to skip the query.
    #[must_use]
    pub fn untrusted(self) -> Untrusted {
        Untrusted { what: self.what, remedy: REMEDY.to_owned() }
    }

    /// As an error in the query's file.
    #[must_use]
    pub fn diagnostic(&self, query: &Query) -> Diagnostic {
        Source { path: &query.path, text: &query.text }.error(self.span.clone(), format!("{}: {}", query.name, self.what)).hint(REMEDY)
    }
}

/// Checks whether `body` of `query` names anything untrusted. This costs nothing for a body without dotted names and for a bundled query.
///
/// # Errors
/// Why that could not be determined.
pub async fn look(link: &mut Link, query: &Query, body: &Body, trusted: &BTreeSet<String>) -> Result<Option<Finding>, Fault> {
    let Some(question) = question(query, body, trusted) else { return Ok(None) };
    let rows = link.rows::<3>(&question).await?;
    Ok(rows.into_iter().find_map(|[at, what, owner]| {
        let name = body.names.get(at?.parse::<usize>().ok()?)?;
        let called = format!("{}.{}", name.schema, name.object);
        let what = match (what?.as_str(), owner) {
            ("object", Some(owner)) => format!("{called} belongs to the role {owner}, which is not trusted"),
            ("schema", Some(owner)) => format!("the schema of {called} belongs to the role {owner}, which is not trusted"),
            ("open", _) => format!("roles that are not trusted may create another {called}: they may create in its schema"),
            ("missing", _) => format!("{called} does not exist, and roles that are not trusted may create it"),
            (reached, owner) => {
                format!("{called} uses {reached} of the role {}, which is not trusted", owner.as_deref().unwrap_or("?"))
            }
        };
        let what: String = what.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
        Some(Finding { what, span: body.span.start + name.span.start..body.span.start + name.span.end })
    }))
}

/// The statement of the look, if there is anything to look up.
pub(super) fn question(query: &Query, body: &Body, trusted: &BTreeSet<String>) -> Option<String> {
    let is_open = !query.reader && !body.names.is_empty();
    is_open.then(|| statement(&query.name, &body.names, trusted, query.timeout))
}

/// The statement of the look. Its rows have the index of a name, what is wrong with it, and the owner. One row is enough.
///
/// Objects that came with `PostgreSQL` have oids below 16384 (`FirstNormalObjectId`) and belong to the first superuser.
fn statement(tag: &str, names: &[Name], trusted: &BTreeSet<String>, timeout: Duration) -> String {
    let roles: Vec<String> = trusted.iter().map(|role| quote_literal(role)).collect();
    let names: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let (schema, object) = (quote_literal(&name.schema), quote_literal(&name.object));
            format!("({at}, {}, {schema}::pg_catalog.name, {object}::pg_catalog.name)", name.doubtful)
        })
        .collect();
    format!(
        "{prelude}with recursive \
         role as materialized (select r.oid, r.rolname, r.rolsuper or r.rolname = any (array[{roles}]::pg_catalog.name[]) as listed from pg_catalog.pg_roles r), \
         here as materialized (select d.datdba, d.datacl from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()), \
         trusted as materialized (select r.oid from role r where r.listed or (r.rolname = 'pg_database_owner' \
         and exists (select from here h join role o on o.oid = h.datdba where o.listed))), \
         wanted(at, doubtful, schema, name) as materialized (values {names}), \
         space as materialized (select n.oid, n.nspname, n.nspowner, exists (select from pg_catalog.aclexplode(coalesce(n.nspacl, \
         pg_catalog.acldefault('n', n.nspowner))) a where a.privilege_type = 'CREATE' and a.grantee not in (select t.oid from trusted t)) as open \
         from pg_catalog.pg_namespace n where n.nspname in (select w.schema from wanted w)), \
         named as materialized (\
         select w.at, 'pg_catalog.pg_class'::pg_catalog.regclass::oid as classid, c.oid as objid from wanted w \
         join space s on s.nspname = w.schema join pg_catalog.pg_class c on c.relnamespace = s.oid and c.relname = w.name \
         union all select w.at, 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid from wanted w \
         join space s on s.nspname = w.schema join pg_catalog.pg_proc p on p.pronamespace = s.oid and p.proname = w.name \
         union all select w.at, 'pg_catalog.pg_type'::pg_catalog.regclass, y.oid from wanted w \
         join space s on s.nspname = w.schema join pg_catalog.pg_type y on y.typnamespace = s.oid and y.typname = w.name \
         union all select w.at, 'pg_catalog.pg_operator'::pg_catalog.regclass, o.oid from wanted w \
         join space s on s.nspname = w.schema join pg_catalog.pg_operator o on o.oprnamespace = s.oid and o.oprname = w.name), \
         reach(at, classid, objid, named) as (select n.at, n.classid, n.objid, true from named n union select r.at, x.classid, x.objid, false \
         from reach r cross join lateral (\
         select d.refclassid, d.refobjid from pg_catalog.pg_depend d where d.classid = r.classid and d.objid = r.objid and d.deptype in ('n', 'i') \
         and d.refclassid in ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass, \
         'pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass) \
         union all select d.classid, d.objid from pg_catalog.pg_depend d \
         left join pg_catalog.pg_class i on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and i.oid = d.objid \
         left join pg_catalog.pg_constraint k on d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass and k.oid = d.objid \
         left join pg_catalog.pg_attribute a on d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass and a.attrelid = d.refobjid \
         and a.attnum = d.refobjsubid \
         where d.refclassid = r.classid and d.refobjid = r.objid and d.deptype in ('a', 'i', 'S') \
         and r.classid in ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_type'::pg_catalog.regclass, \
         'pg_catalog.pg_constraint'::pg_catalog.regclass) \
         and (d.classid in ('pg_catalog.pg_rewrite'::pg_catalog.regclass, 'pg_catalog.pg_policy'::pg_catalog.regclass, \
         'pg_catalog.pg_statistic_ext'::pg_catalog.regclass) or i.relkind in ('i', 'I') or k.contype in ('c', 'n', 'x') or a.attgenerated <> '') \
         union all select r.classid, h.inhrelid from pg_catalog.pg_inherits h \
         where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and h.inhparent = r.objid \
         union all select 'pg_catalog.pg_type'::pg_catalog.regclass, a.atttypid from pg_catalog.pg_attribute a \
         where r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and a.attrelid = r.objid and a.attnum > 0 and not a.attisdropped \
         union all select 'pg_catalog.pg_class'::pg_catalog.regclass, y.typrelid from pg_catalog.pg_type y \
         where r.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and y.oid = r.objid and y.typrelid <> 0\
         ) as x(classid, objid) where x.objid >= 16384), \
         owned as (select r.at, r.named, case when c.oid is not null then 'the relation ' || c.relname when p.oid is not null then 'the function ' || p.proname \
         when y.oid is not null then 'the type ' || y.typname else 'the operator ' || o.oprname end as called, \
         coalesce(c.relowner, p.proowner, y.typowner, o.oprowner) as owner from reach r \
         left join pg_catalog.pg_class c on r.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = r.objid \
         left join pg_catalog.pg_proc p on r.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and p.oid = r.objid \
         left join pg_catalog.pg_type y on r.classid = 'pg_catalog.pg_type'::pg_catalog.regclass and y.oid = r.objid \
         left join pg_catalog.pg_operator o on r.classid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = r.objid) \
         select f.at::text, f.what, coalesce(r.rolname::text, f.owner::text) from (\
         select w.at, 1 as rank, 'schema' as what, s.nspowner as owner from wanted w join space s on s.nspname = w.schema \
         where s.nspowner not in (select t.oid from trusted t) \
         union all select o.at, case when o.named then 0 else 4 end, case when o.named then 'object' else o.called end, o.owner from owned o \
         where o.owner not in (select t.oid from trusted t) \
         union all select w.at, 2, 'open', null from wanted w join space s on s.nspname = w.schema \
         where s.open and w.at in (select n.at from named n where n.classid in ('pg_catalog.pg_proc'::pg_catalog.regclass, \
         'pg_catalog.pg_operator'::pg_catalog.regclass)) \
         union all select w.at, 3, 'missing', null from wanted w left join space s on s.nspname = w.schema \
         where w.at not in (select n.at from named n) and case when s.oid is not null then s.open else not w.doubtful and exists (select from here h \
         cross join lateral pg_catalog.aclexplode(coalesce(h.datacl, pg_catalog.acldefault('d', h.datdba))) a \
         where a.privilege_type = 'CREATE' and a.grantee not in (select t.oid from trusted t)) end\
         ) as f left join role r on r.oid = f.owner order by f.rank, f.at limit 1",
        prelude = wrap::prelude(tag, timeout),
        roles = roles.join(", "),
        names = names.join(", "),
    )
}
