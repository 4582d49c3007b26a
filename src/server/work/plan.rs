//! Plans a query on a server: from its facts follow the body to run, or the reason to skip the query.

use super::facts::Facts;
use crate::query::need::Need;
use crate::query::version::Version;
use crate::query::{Body, Counted, Query, Role};
use crate::server::report::part::Part;
use crate::server::report::skip::Skip;

/// How a query runs on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan<'q> {
    /// The SQL to run.
    pub body: &'q Body,
    /// The version that selected the body and selects the columns too: the server's, or the extension's that the file covers.
    pub version: Version,
}

/// Plans one query.
///
/// # Errors
/// The reason to skip it.
pub fn plan<'q>(query: &'q Query, facts: &Facts) -> Result<Plan<'q>, Skip> {
    runs_on(query, facts)?;
    let known = |part: Part| facts.know(&[part]);
    for needed in query.needs.iter().filter(|needed| needed.versions.contains(facts.server_version())) {
        let need = &needed.need;
        match need {
            Need::Extension(_) => known(Part::Extensions)?,
            Need::Role(_) if !facts.superuser => known(Part::Roles)?,
            Need::Setting(..) => known(Part::Settings)?,
            Need::Table(_) | Need::Function(..) => known(Part::Objects)?,
            Need::Role(_) | Need::Superuser => {}
        }
        let met = match need {
            Need::Extension(name) => facts.extensions.contains_key(name),
            Need::Role(name) => facts.superuser || facts.roles.contains(name),
            Need::Setting(name, values) => facts.settings.get(name).is_some_and(|value| values.contains(value)),
            Need::Superuser => facts.superuser,
            Need::Table(_) | Need::Function(..) => facts.objects.contains(&need.to_string()),
        };
        if !met {
            return Err(Skip::Need(need.clone()));
        }
    }
    let version = match &query.counted {
        Counted::Server => facts.server_version(),
        Counted::Extension(name) => {
            known(Part::Extensions)?;
            let extension = facts.extensions.get(name).and_then(|extension| extension.version.parse().ok());
            extension.ok_or_else(|| Skip::Need(Need::Extension(name.clone())))?
        }
    };
    let body = query.bodies.iter().find(|body| query.covers.contains(version) && body.versions.contains(version));
    let body = body.ok_or(Skip::Version(version))?;
    if query.columns(version).metrics.is_empty() {
        return Err(Skip::Detail);
    }
    for mention in &body.mentions {
        facts.bind(mention, &body.sql)?;
    }
    Ok(Plan { body, version })
}

/// What can be decided before there is a connection to the query's own database.
///
/// # Errors
/// The reason to skip it.
pub fn runs_on(query: &Query, facts: &Facts) -> Result<(), Skip> {
    if let Some(choice) = Skip::by_choice(query) {
        return Err(choice);
    }
    if query.role != Role::Any {
        facts.know(&[Part::Recovery])?;
        let role = if facts.in_recovery { Role::Standby } else { Role::Primary };
        if !query.role.meets(role) {
            return Err(Skip::Role(query.role));
        }
    }
    let version = facts.server_version();
    if query.counted == Counted::Server && !query.covers.contains(version) {
        return Err(Skip::Version(version));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;
    use crate::query::check;
    use crate::server::report::part::Absent;
    use crate::server::work::facts::Extension;

    fn query(header: &str) -> Query {
        let text = format!("-- about: A.\n-- interval: 10s\n-- limit: 5 series\n-- gauge pg_x: X.\n{header}");
        check::query("a/b", Source { path: "a/b.sql", text: &text }).unwrap()
    }

    fn facts() -> Facts {
        let extension = Extension { version: "1.9".into(), schema: "public".into(), ..Extension::default() };
        Facts { version_num: 150_003, extensions: [("x".to_owned(), extension)].into(), ..Facts::default() }
    }

    fn sql(header: &str, facts: &Facts) -> Result<String, String> {
        plan(&query(header), facts).map(|plan| plan.body.sql.trim().to_owned()).map_err(|skip| format!("{}: {skip}", skip.reason()))
    }

    #[test]
    fn takes_the_body_of_the_version() {
        assert_eq!(sql("-- sql ..15:\nSELECT 1\n-- sql 15..:\nSELECT 2", &facts()).as_deref(), Ok("SELECT 2"));
        let counted = "-- covers: extension x 1.8..: Why.\n-- sql ..1.9:\nSELECT 1\n-- sql 1.9..:\nSELECT 2";
        assert_eq!(sql(counted, &facts()).as_deref(), Ok("SELECT 2"));
    }

    #[test]
    fn says_why_not() {
        let reason = |header: &str| sql(&format!("{header}\n-- sql:\nSELECT 1"), &facts()).unwrap_err();
        assert_eq!(reason("-- role: standby"), "role: only on a standby");
        assert_eq!(reason("-- covers: 16..: Why."), "version: not for version 15.3");
        assert_eq!(reason("-- covers: extension x 1.10..: Why."), "version: not for version 1.9");
        assert_eq!(reason("-- needs: extension y"), "extension: needs extension y");
        assert_eq!(reason("-- needs: role pg_monitor"), "privilege: needs role pg_monitor");
        assert_eq!(reason("-- needs: setting a = b"), "setting: needs setting a = b");
        assert_eq!(reason("-- needs 15..: setting a = b | c"), "setting: needs setting a = b | c");
        assert_eq!(reason("-- needs: superuser"), "privilege: needs superuser");
        let skip = plan(&query("-- sql:\nSELECT @extschema:x@.f(1)"), &facts()).unwrap_err();
        assert_eq!(skip.reason(), "untrusted");
    }

    #[test]
    fn what_is_all_detail_does_not_run() {
        let reason = |header: &str, major: u32| {
            let facts = Facts { version_num: major * 10_000, ..facts() };
            let text = format!("-- about: A.\n-- interval: 10s\n-- limit: 5 series\n{header}\n-- sql:\nSELECT 1");
            let query = check::query("a/b", Source { path: "a/b.sql", text: &text }).unwrap();
            plan(&query, &facts).map(|plan| query.columns(plan.version).metrics.len()).map_err(|skip| skip.reason())
        };
        assert_eq!(reason("-- gauge pg_x detail: X.", 15), Err("detail"));
        assert_eq!(reason("-- detail: yes\n-- gauge pg_x: X.\n-- gauge pg_y: Y.", 15), Err("detail"));
        assert_eq!(reason("-- enabled: no\n-- detail: yes\n-- gauge pg_x: X.", 15), Err("disabled"));
        assert_eq!(reason("-- gauge pg_x detail: X.\n-- gauge pg_y: Y.", 15), Ok(1));
        // What is left on a version counts.
        let newer = "-- gauge pg_x detail: X.\n-- gauge pg_y [16..]: Y.";
        assert_eq!([reason(newer, 15), reason(newer, 16)], [Err("detail"), Ok(1)]);
    }

    #[test]
    fn a_need_of_other_majors_is_none_here() {
        let settings = [("a".to_owned(), "c".to_owned())].into();
        let facts = Facts { settings, ..facts() };
        assert!(sql("-- needs ..15: setting x = b\n-- needs: setting a = b | c\n-- sql:\nSELECT 1", &facts).is_ok());
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let without = |part: Part, is_denied: bool| {
            let absent = Absent { part, is_denied, why: "no".into(), grants: vec!["GRANT x;".into()] };
            facts().without(&[absent], None)
        };
        let reason = |header: &str, part: Part| sql(&format!("{header}\n-- sql:\nSELECT 1"), &without(part, true));
        for (header, part, text) in [
            ("-- needs: extension x", Part::Extensions, "the extensions of the database"),
            ("-- covers: extension x 1.8..: Why.", Part::Extensions, "the extensions of the database"),
            ("-- needs: role pg_monitor", Part::Roles, "the roles of the login role"),
            ("-- needs: setting a = b", Part::Settings, "the settings that queries need"),
            ("-- role: primary", Part::Recovery, "whether the server is a standby"),
            ("-- role: standby", Part::Recovery, "whether the server is a standby"),
        ] {
            assert_eq!(reason(header, part).unwrap_err(), format!("privilege: {text} cannot be read: no; GRANT x;"));
            assert_eq!(reason("", part).as_deref(), Ok("SELECT 1"), "{text} has nothing to do with others");
        }
        let mention = query("-- sql:\nSELECT @extschema:x@.f(1)");
        for part in [Part::Extensions, Part::Members] {
            assert_eq!(plan(&mention, &without(part, false)).unwrap_err().reason(), "facts", "{part:?}");
        }
        let superuser = Facts { superuser: true, ..without(Part::Roles, true) };
        assert!(sql("-- needs: role pg_monitor\n-- sql:\nSELECT 1", &superuser).is_ok(), "it has every role");
    }

    #[test]
    fn a_superuser_has_every_role() {
        let facts = Facts { superuser: true, ..facts() };
        assert!(sql("-- needs: role pg_monitor\n-- needs: superuser\n-- sql:\nSELECT 1", &facts).is_ok());
    }
}
