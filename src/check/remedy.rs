//! The statement that gives a query what it lacks on a server, as that server needs it.

use crate::query::need::{Need, quote_identifier, quote_literal};
use crate::query::{Counted, Query, wrap};
use crate::server::link::Link;
use crate::server::report::fault::{Fate, Fault};
use crate::server::work::facts::{self, Facts};
use crate::server::work::plan;
use crate::server::work::watched::Watched;
use crate::server::work::{grants, run};
use crate::visible::visible;

use super::found::here;

const MONITOR: &str = "pg_monitor";

/// What the question is called on the server.
const TAG: &str = "remedy";

/// What fulfils a need.
pub fn need(need: &Need, facts: &Facts) -> String {
    match need {
        Need::Role(role) => self::role(role, facts),
        _ => need.remedy(&facts.user, &facts.database),
    }
}

/// What gives the login role the privileges of another one: to a member that does not inherit them, another GRANT alone would give nothing.
fn role(role: &str, facts: &Facts) -> String {
    let grant = Need::Role(role.to_owned()).remedy(&facts.user, &facts.database);
    let user = quote_identifier(&facts.user);
    match (facts.dormant_roles.contains(role), facts.version_num) {
        (false, _) => grant,
        (true, ..160_000) => format!("ALTER ROLE {user} INHERIT; {grant}"),
        (true, _) => format!("GRANT {} TO {user} WITH INHERIT TRUE;", quote_identifier(role)),
    }
}

/// What lets a query run that was denied something: a privilege on what the file names, the role of all monitoring, or what was revoked from PUBLIC.
pub async fn denied(link: &mut Link, watched: &Watched, query: &Query, facts: &Facts) -> Result<Vec<String>, Fault> {
    let Ok(plan) = plan::plan(query, facts) else { return Ok(Vec::new()) };
    let named = grants::named(link, &plan.body.names).await?;
    if !named.is_empty() {
        return Ok(here(&named, facts));
    }
    if !grants::is_member(link, MONITOR).await? {
        return Ok(vec![role(MONITOR, facts)]);
    }
    let text = run::text(query, plan, facts, &watched.server.trusted_roles);
    Ok(here(&grants::missing(link, &text).await?, facts))
}

/// What brings an extension to a version that a query covers: nothing where the server has no such version.
pub async fn update(link: &mut Link, query: &Query, facts: &Facts) -> Result<Option<(String, String)>, Fault> {
    let Counted::Extension(name) = &query.counted else { return Ok(None) };
    let Some(installed) = facts.extensions.get(name).map(|extension| &extension.version) else { return Ok(None) };
    let question = format!(
        "{}select e.default_version from pg_catalog.pg_available_extensions() e where e.name = {}",
        wrap::prelude(TAG, facts::TIMEOUT),
        quote_literal(name)
    );
    let rows = match link.rows::<1>(&question).await {
        Ok(rows) => rows,
        Err(fault) if fault.fate == Fate::Usable => return Ok(None),
        Err(fault) => return Err(fault),
    };
    let available = rows.into_iter().flatten().flatten().next();
    let covered = available.and_then(|version| version.parse().ok()).is_some_and(|version| query.covers.contains(version));
    Ok(covered.then(|| {
        let what = format!("extension {name} {} was not updated after pg_upgrade", visible(installed));
        let statement = format!("in database {}: ALTER EXTENSION {} UPDATE;", quote_identifier(&facts.database), quote_identifier(name));
        (what, statement)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_that_does_not_inherit_is_told_to() {
        let facts =
            |version_num| Facts { version_num, user: "w".to_owned(), dormant_roles: ["asleep".to_owned()].into(), ..Facts::default() };
        let said = |name: &str, version| need(&Need::Role(name.to_owned()), &facts(version));
        assert_eq!(said("pg_monitor", 180_000), "GRANT \"pg_monitor\" TO \"w\";");
        assert_eq!(said("asleep", 150_000), "ALTER ROLE \"w\" INHERIT; GRANT \"asleep\" TO \"w\";");
        assert_eq!(said("asleep", 160_000), "GRANT \"asleep\" TO \"w\" WITH INHERIT TRUE;");
    }
}
