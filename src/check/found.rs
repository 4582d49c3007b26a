//! What a check has found on one server, and how it is said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::query::need::quote_identifier;
use crate::server::report::part::Absent;
use crate::server::work::facts::Facts;
use crate::visible::visible;
use crate::wire::Method;

/// What was found on one server.
#[derive(Default)]
pub struct Found {
    pub collected: usize,
    /// Needs that are not met, with the queries that wait for them.
    pub missing: BTreeMap<String, Vec<String>>,
    /// Directories of the server that are left out of what is collected of the machine, and why.
    pub left_out: BTreeSet<String>,
    /// Statements that let the login role see what queries leave out, with these queries.
    pub partial: BTreeMap<String, Vec<String>>,
    /// Whether something else than an extension or a setting is missing: those are a matter of choice.
    pub lacking: bool,
    /// What is wrong whatever is granted, with the databases where it is.
    pub errors: BTreeMap<String, BTreeSet<String>>,
    pub superuser: bool,
    /// How the login was proved.
    pub method: Option<Method>,
    pub summary: String,
}

/// What is said of a server that takes MD5: 13's default, and PgBouncer's.
const MD5: &str = "the server takes the password as an MD5 hash; let it ask for scram-sha-256 (password_encryption = 'scram-sha-256', then set the \
                   password again; in pgbouncer.ini auth_type), and then write require_auth=scram-sha-256 into the URL";

impl Found {
    /// Notes that `what` cannot be collected, and that this is no matter of choice.
    pub fn lack(&mut self, remedy: &str, what: String) {
        self.lacking = true;
        self.missing.entry(remedy.to_owned()).or_default().push(what);
    }

    /// Notes what is wrong, in this database if it is not of the whole server.
    pub fn error(&mut self, what: String, database: Option<&str>) {
        self.errors.entry(what).or_default().extend(database.map(str::to_owned));
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_well(&self) -> bool {
        !self.lacking && self.errors.is_empty()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}", visible(&self.summary))?;
        writeln!(f, "  {} queries can be collected", self.collected)?;
        for (remedy, queries) in &self.missing {
            writeln!(f, "  cannot be collected: {}\n    {remedy}", queries.join(", "))?;
        }
        for why in &self.left_out {
            writeln!(f, "  left out: {}", visible(why))?;
        }
        for (remedy, queries) in &self.partial {
            writeln!(f, "  collected in part: {}\n      {remedy}", queries.join(", "))?;
        }
        if self.superuser {
            writeln!(f, "  warning: the login role is a superuser, which monitoring does not need; see deploy/sql/role.sql")?;
        }
        if self.method == Some(Method::Md5) {
            writeln!(f, "  warning: {MD5}")?;
        }
        for (error, databases) in &self.errors {
            writeln!(f, "{error}")?;
            if !databases.is_empty() {
                let names: Vec<String> = databases.iter().map(|name| format!("{name:?}")).collect();
                writeln!(f, "   = in database {}", names.join(", "))?;
            }
        }
        Ok(())
    }
}

/// Why a part of the facts is not known, and the way out.
pub fn unknown(absent: &Absent, facts: &Facts) -> String {
    lines(&absent.why, &here(&absent.grants, facts))
}

/// Statements that are good for one database.
pub fn here(statements: &[String], facts: &Facts) -> Vec<String> {
    statements.iter().map(|statement| format!("in database {}: {statement}", quote_identifier(&facts.database))).collect()
}

/// A reason, and below it the statements that do away with it.
pub fn lines(why: &str, remedies: &[String]) -> String {
    let remedies = remedies.iter().map(|remedy| format!("\n      {}", visible(remedy)));
    std::iter::once(visible(why).into_owned()).chain(remedies).collect()
}
