//! What to ask a server to learn its [facts](super::facts), and the statement that asks.

use std::collections::BTreeSet;

use super::members;
use crate::query::Query;
use crate::query::need::{Need, quote_literal};
use crate::query::object::Object;
use crate::server::report::part::Part;

/// What is asked because some query needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    roles: BTreeSet<String>,
    settings: BTreeSet<String>,
    objects: BTreeSet<Object>,
    needed: BTreeSet<Need>,
    trusted_roles: BTreeSet<String>,
}

impl Questions {
    /// What `queries` need to know. `trusted_roles` are trusted besides superusers.
    pub fn of<'q>(queries: impl Iterator<Item = &'q Query>, trusted_roles: &BTreeSet<String>) -> Self {
        let mut questions = Self { trusted_roles: trusted_roles.clone(), ..Self::default() };
        for query in queries {
            for needed in &query.needs {
                match &needed.need {
                    Need::Role(role) => {
                        questions.roles.insert(role.clone());
                    }
                    Need::Setting(name, _) => {
                        questions.settings.insert(name.clone());
                    }
                    Need::Table(_) | Need::Function(..) => {
                        questions.needed.insert(needed.need.clone());
                    }
                    Need::Extension(_) | Need::Superuser => {}
                }
            }
            if query.runs() {
                let mentions = query.bodies.iter().flat_map(|body| &body.mentions);
                questions.objects.extend(mentions.map(|mention| mention.object.clone()));
            }
        }
        questions
    }

    /// The SELECT that asks for `parts`: rows of (kind, name, value).
    ///
    /// All parts together read small catalogues, shared memory, a link for each tablespace, and a few rows of large catalogues by index: about 1 ms on
    /// a server with ten databases.
    #[must_use]
    pub fn select(&self, parts: impl IntoIterator<Item = Part>) -> String {
        parts.into_iter().filter_map(|part| self.part(part)).collect::<Vec<_>>().join(" union all ")
    }

    /// The parts that have something to ask.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        Part::ALL.into_iter().filter(|part| self.part(*part).is_some())
    }

    /// None if there is nothing to ask.
    fn part(&self, part: Part) -> Option<String> {
        let list = |items: &BTreeSet<String>| items.iter().map(|item| quote_literal(item)).collect::<Vec<_>>().join(",");
        Some(match part {
            Part::Identity => "select k, null::text, v from (values \
                 ('version_num', pg_catalog.current_setting('server_version_num')), \
                 ('version', pg_catalog.current_setting('server_version')), \
                 ('superuser', pg_catalog.current_setting('is_superuser')), \
                 ('user', current_user::text), \
                 ('database', pg_catalog.current_database()::text), \
                 ('encoding', pg_catalog.current_setting('server_encoding'))) as identity(k, v)"
                .to_owned(),
            Part::Recovery => "select 'in_recovery', null::text, pg_catalog.pg_is_in_recovery()::text".to_owned(),
            // As a number, because the text form depends on settings.
            Part::Start => "select 'started', null::text, extract(epoch from pg_catalog.pg_postmaster_start_time())::text".to_owned(),
            Part::Process => "select 'pid', null::text, pg_catalog.pg_backend_pid()::text".to_owned(),
            Part::Client => "select 'client_port', null::text, pg_catalog.inet_client_port()::text".to_owned(),
            Part::Directory => "select 'data_directory', null::text, case when pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') \
                 then pg_catalog.current_setting('data_directory') end"
                .to_owned(),
            Part::Tablespaces => "select 'tablespace', t.spcname::text, pg_catalog.pg_tablespace_location(t.oid) \
                 from pg_catalog.pg_tablespace t where t.spcname not in ('pg_default', 'pg_global')"
                .to_owned(),
            Part::Roles if self.roles.is_empty() => return None,
            Part::Roles => format!(
                "select 'role', r.rolname::text, case when pg_catalog.pg_has_role(r.oid, 'USAGE') then 'on' else 'member' end \
                 from pg_catalog.pg_roles r where r.rolname = any (array[{}]::name[]) and pg_catalog.pg_has_role(r.oid, 'MEMBER')",
                list(&self.roles)
            ),
            Part::Settings if self.settings.is_empty() => return None,
            Part::Settings => format!(
                "select 'setting', s, pg_catalog.current_setting(s, true) from pg_catalog.unnest(array[{}]::text[]) s",
                list(&self.settings)
            ),
            Part::Extensions => "select x.k, e.extname::text, x.v from pg_catalog.pg_extension e \
                 join pg_catalog.pg_namespace s on s.oid = e.extnamespace \
                 cross join lateral (values ('extension', e.extversion), ('schema', s.nspname::text)) as x(k, v)"
                .to_owned(),
            Part::Members if self.objects.is_empty() => return None,
            Part::Members => members::question(&self.objects, &self.trusted_roles),
            Part::Objects if self.needed.is_empty() => return None,
            Part::Objects => objects(&self.needed),
            Part::Databases => {
                "select case when pg_catalog.has_database_privilege(d.oid, 'CONNECT') then 'connectable' else 'closed' end, \
                 d.datname::text, d.oid::text from pg_catalog.pg_database d \
                 where d.datallowconn and not d.datistemplate and d.datconnlimit <> -2"
                    .to_owned()
            }
        })
    }
}

/// Which of the needed tables and functions this database has. By the catalogues, since `to_regclass` is an error where the schema may not be used, and by the
/// server's spelling of types, since `to_regtype` is one where a type is none.
fn objects(needed: &BTreeSet<Need>) -> String {
    let rows = needed.iter().filter_map(|need| {
        let (name, types) = match need {
            Need::Table(name) => (name, "null::text[]".to_owned()),
            Need::Function(name, types) => {
                (name, format!("array[{}]::text[]", types.iter().map(|kind| quote_literal(kind)).collect::<Vec<_>>().join(",")))
            }
            _ => return None,
        };
        let [key, schema, object] = [&need.to_string(), &name.schema, &name.name].map(|text| quote_literal(text));
        Some(format!("({key}, {schema}::name, {object}::name, {types})"))
    });
    format!(
        "select 'object', w.key, 'on' from (values {}) as w(key, schema, name, types) join pg_catalog.pg_namespace n on n.nspname = w.schema \
         where case when w.types is null then exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = w.name \
         and c.relkind in ('r', 'v', 'm', 'f', 'p')) \
         else exists (select from pg_catalog.pg_proc p where p.pronamespace = n.oid and p.proname = w.name \
         and array(select pg_catalog.format_type(a.type, null) from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality as a(type, place) \
         order by a.place) = w.types) end",
        rows.collect::<Vec<_>>().join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_asked_of_what_no_query_needs() {
        let questions = Questions::default();
        let asked: Vec<Part> = questions.parts().collect();
        assert!(asked.contains(&Part::Databases));
        for part in [Part::Roles, Part::Settings, Part::Members, Part::Objects] {
            assert!(!asked.contains(&part) && questions.select([part]).is_empty(), "{part:?}");
        }
        assert_eq!(questions.select([Part::Roles, Part::Process]), questions.select([Part::Process]));
    }
}
