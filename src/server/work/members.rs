//! The extension objects that queries use: which of them belong to the extension and to trusted roles, so that calling them cannot run a function of
//! another role.
//!
//! An object is bound by schema, name and exact argument types. A role that may create objects in the schema can add overloads, but these are never
//! chosen. The owner of the schema could do more: drop it with the extension in it, and create the same function again between reading the facts and
//! the run. So the owners of the schema, the extension and the object must all be trusted.

use std::collections::BTreeSet;

use super::facts::Facts;
use crate::query::need::{Need, quote_identifier, quote_literal};
use crate::query::object::{Mention, Object};
use crate::query::rewrite::Binding;
use crate::server::report::part::Part;
use crate::server::report::skip::{Skip, Untrusted};

/// The schema into which the remedies put extensions.
const SCHEMA: &str = "pgvigil_extensions";

/// The part of the facts' statement that asks for these objects: for each extension the owners that are not trusted, and for each object that belongs
/// to the extension and a trusted role its argument types. `trusted` are the roles that the configuration trusts besides superusers.
///
/// Functions with pseudo-types are left out, because a cast to one changes no type. A view is found by its row type, which has its name and its owner.
#[must_use]
pub fn question(objects: &BTreeSet<Object>, trusted: &BTreeSet<String>) -> String {
    let list = |items: BTreeSet<&String>| items.into_iter().map(|item| quote_literal(item)).collect::<Vec<_>>().join(",");
    let asked = |object: &Object| {
        let [key, extension, name] = [&object.to_string(), &object.extension, &object.name].map(|text| quote_literal(text));
        let count = object.arguments.map_or("null".to_owned(), |count| count.to_string());
        format!("({key},{extension},{name},{count}::int)")
    };
    format!(
        "(with trusted as materialized (select r.oid from pg_catalog.pg_roles r \
         where r.rolsuper or r.rolname = any (array[{trusted}]::name[])), \
         asked(key, extension, name, arguments) as (values {asked}) \
         select o.kind, e.extname::text, pg_catalog.pg_get_userbyid(o.owner)::text \
         from pg_catalog.pg_extension e join pg_catalog.pg_namespace s on s.oid = e.extnamespace \
         cross join lateral (values ('extension_owner', e.extowner), ('schema_owner', \
         case when s.nspowner = pg_catalog.to_regrole('pg_database_owner')::oid \
         then (select d.datdba from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()) \
         else s.nspowner end)) as o(kind, owner) \
         where e.extname = any (array[{extensions}]::name[]) and (o.owner in (select t.oid from trusted t)) is not true \
         union all select 'member', a.key, pg_catalog.array_to_string(array(\
         select pg_catalog.format_type(i.type, -1) from pg_catalog.unnest(p.proargtypes::oid[]) as i(type)), ',') \
         from asked a join pg_catalog.pg_extension e on e.extname = a.extension::name \
         join pg_catalog.pg_proc p on p.proname = a.name::name and p.pronamespace = e.extnamespace and p.pronargs = a.arguments \
         join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e' \
         and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid \
         where p.proowner in (select t.oid from trusted t) \
         and not exists (select from pg_catalog.pg_type t where t.oid = any (p.proargtypes::oid[]) \
         and (t.typtype = 'p' or t.typnamespace not in ('pg_catalog'::regnamespace, e.extnamespace))) \
         union all select 'member', a.key, null \
         from asked a join pg_catalog.pg_extension e on e.extname = a.extension::name \
         join pg_catalog.pg_type t on t.typname = a.name::name and t.typnamespace = e.extnamespace \
         join pg_catalog.pg_depend d on d.classid = case t.typrelid when 0 then 'pg_catalog.pg_type'::regclass else 'pg_catalog.pg_class'::regclass end \
         and d.objid = case t.typrelid when 0 then t.oid else t.typrelid end and d.deptype = 'e' \
         and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = e.oid \
         where a.arguments is null and t.typowner in (select t.oid from trusted t))",
        trusted = list(trusted.iter().collect()),
        asked = objects.iter().map(asked).collect::<Vec<_>>().join(","),
        extensions = list(objects.iter().map(|object| &object.extension).collect()),
    )
}

impl Facts {
    /// Binds `mention`, in a body that is `sql`, to the extension's own object.
    ///
    /// # Errors
    /// Why the object must not be used.
    pub fn bind(&self, mention: &Mention, sql: &str) -> Result<Binding<'_>, Skip> {
        let object = &mention.object;
        self.know(&[Part::Extensions, Part::Members])?;
        let Some(extension) = self.extensions.get(&object.extension) else {
            return Err(Skip::Need(Need::Extension(object.extension.clone())));
        };
        let name = quote_identifier(&object.extension);
        let trust = |owner: &str| format!("or add {owner:?} to trusted_roles of the server, if you trust it with all that pgvigil may do");
        let create = format!("CREATE SCHEMA {SCHEMA}; GRANT USAGE ON SCHEMA {SCHEMA} TO PUBLIC;");
        if let Some(owner) = &extension.untrusted_owner {
            return Err(self.untrusted(
                format!("extension {} is owned by role {owner}, which is not trusted", object.extension),
                &format!("DROP EXTENSION {name}; {create} CREATE EXTENSION {name} SCHEMA {SCHEMA}; (as a superuser, {})", trust(owner)),
            ));
        }
        if let Some(owner) = &extension.untrusted_schema_owner {
            return Err(self.untrusted(
                format!("extension {} is in schema {} of role {owner}, which is not trusted", object.extension, extension.schema),
                &format!("{create} ALTER EXTENSION {name} SET SCHEMA {SCHEMA}; (as a superuser, {})", trust(owner)),
            ));
        }
        let members = self.members.get(&object.to_string()).map_or(&[][..], Vec::as_slice);
        let types = match members {
            [types] => types,
            [] => {
                let remedy =
                    format!("ALTER EXTENSION {name} UPDATE; (if the object came later: \\dx+ {name} in psql lists those that it has)");
                return Err(self.untrusted(format!("no trusted role owns {object}, or it has none"), &remedy));
            }
            several => several.iter().find(|types| is_cast_to(mention, sql, types)).ok_or_else(|| {
                let what = format!("it is not clear which is meant: {object} has overloads");
                let remedy =
                    "cast each argument in the file to a type of one of them, as psql's \\df names it: `f(x::regclass, y::bigint)`";
                Skip::Untrusted(Untrusted { what, remedy: remedy.to_owned() })
            })?,
        };
        Ok(Binding { schema: &extension.schema, types })
    }

    fn untrusted(&self, what: String, statement: &str) -> Skip {
        Skip::Untrusted(Untrusted { what, remedy: format!("in database {}: {statement}", quote_identifier(&self.database)) })
    }
}

/// Whether the body casts each argument to these types, and so selects one of the extension's overloads.
fn is_cast_to(mention: &Mention, sql: &str, types: &[String]) -> bool {
    let is_cast = |argument: &str, kind: &str| {
        let cast = argument.rsplit_once("::").map(|(_, cast)| cast.trim());
        cast.is_some_and(|cast| cast.strip_prefix("pg_catalog.").unwrap_or(cast) == kind)
    };
    mention.arguments.len() == types.len() && mention.arguments.iter().zip(types).all(|(range, kind)| is_cast(&sql[range.clone()], kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::object::mentions;
    use crate::server::work::facts::Extension;

    fn facts(members: &[&str]) -> Facts {
        let extension = Extension { version: "1.9".into(), schema: "s".into(), ..Extension::default() };
        let key = mentions("@extschema:x@.f(1)").unwrap()[0].object.to_string();
        let members = [(key, members.iter().map(|answer| crate::server::work::facts::types(Some(answer))).collect())].into();
        Facts { database: "d".into(), extensions: [("x".to_owned(), extension)].into(), members, ..Facts::default() }
    }

    fn bind(facts: &Facts, body: &str) -> Result<Vec<String>, String> {
        let binding = facts.bind(&mentions(body).unwrap()[0], body);
        binding.map(|binding| binding.types.to_vec()).map_err(|skip| format!("{}: {skip}", skip.reason()))
    }

    #[test]
    fn binds_to_the_one_that_is_meant() {
        let one = facts(&["regclass"]);
        assert_eq!(bind(&one, "@extschema:x@.f(oid)"), Ok(vec!["regclass".into()]));
        assert_eq!(
            bind(&one, "@extschema:x@.g(oid)").unwrap_err(),
            "untrusted: no trusted role owns extension x's function g of 1 argument, or it has none"
        );
        assert_eq!(bind(&one, "@extschema:y@.f(oid)").unwrap_err(), "extension: needs extension y");
        let two = facts(&["text", "regclass"]);
        assert_eq!(bind(&two, "@extschema:x@.f('a::b'::regclass)"), Ok(vec!["regclass".into()]));
        assert!(bind(&two, "@extschema:x@.f(oid)").unwrap_err().contains("has overloads"));
    }

    #[test]
    fn leaves_alone_what_others_can_replace() {
        let with = |change: fn(&mut Extension)| {
            let mut facts = facts(&["regclass"]);
            facts.extensions.values_mut().for_each(change);
            bind(&facts, "@extschema:x@.f(oid)").unwrap_err()
        };
        assert_eq!(
            with(|extension| extension.untrusted_schema_owner = Some("mallory".into())),
            "untrusted: extension x is in schema s of role mallory, which is not trusted"
        );
        assert_eq!(
            with(|extension| extension.untrusted_owner = Some("mallory".into())),
            "untrusted: extension x is owned by role mallory, which is not trusted"
        );
    }
}
