//! What a query needs to find on the server.

use std::fmt;
use std::str::FromStr;

use super::version::Versions;

/// One `-- needs:` line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The extension is installed in the database.
    Extension(String),
    /// The login role has the privileges of this role.
    Role(String),
    /// The setting has one of these values. What is known of it is what pgvigil's own session sees: a value given to another role or
    /// database alone does not show.
    Setting(String, Vec<String>),
    /// The login role is a superuser.
    Superuser,
}

/// A need and the versions of the server that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// What has to be there.
    pub need: Need,
    /// On which majors.
    pub versions: Versions,
}

impl Need {
    /// What mends it when it is missing, as a statement or a sentence. `user` is the login role.
    #[must_use]
    pub fn remedy(&self, user: &str, database: &str) -> String {
        let user = quote_identifier(user);
        match self {
            Self::Extension(name) if name == "pg_stat_statements" => format!(
                "in database {}: CREATE EXTENSION pg_stat_statements; (shared_preload_libraries must contain pg_stat_statements, which requires a restart)",
                quote_identifier(database)
            ),
            Self::Extension(name) => format!("in database {}: CREATE EXTENSION {};", quote_identifier(database), quote_identifier(name)),
            Self::Role(role) => format!("GRANT {} TO {user};", quote_identifier(role)),
            Self::Setting(name, values) => {
                let first = values.first().map_or("", String::as_str);
                format!("ALTER SYSTEM SET {name} = {}; SELECT pg_reload_conf();", quote_literal(first))
            }
            Self::Superuser => format!("ALTER ROLE {user} SUPERUSER; (not recommended: disable this query with queries.disable instead)"),
        }
    }
}

impl FromStr for Need {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["extension", name] => Ok(Self::Extension((*name).to_owned())),
            ["role", name] => Ok(Self::Role((*name).to_owned())),
            ["superuser"] => Ok(Self::Superuser),
            // VALUE, or VALUE | VALUE and so on.
            ["setting", name, "=", values @ ..]
                if values.len() % 2 == 1 && values.iter().enumerate().all(|(index, word)| (index % 2 == 1) == (*word == "|")) =>
            {
                Ok(Self::Setting((*name).to_owned(), values.iter().step_by(2).map(|value| (*value).to_owned()).collect()))
            }
            _ => Err("write `extension NAME`, `role NAME`, `setting NAME = VALUE` or `superuser`"),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(name) => write!(f, "extension {name}"),
            Self::Role(name) => write!(f, "role {name}"),
            Self::Setting(name, values) => write!(f, "setting {name} = {}", values.join(" | ")),
            Self::Superuser => f.write_str("superuser"),
        }
    }
}

impl fmt::Display for Needed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.need.fmt(f)?;
        if self.versions == Versions::ALL { Ok(()) } else { write!(f, " on {}", self.versions) }
    }
}

/// An SQL identifier, always in quotes.
#[must_use]
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// An SQL string. The `E` form is the one whose meaning no setting changes.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('\'', "''");
    format!("E'{text}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["extension pg_stat_statements", "role pg_monitor", "setting track_functions = all | pl", "setting a = |b", "superuser"]
        {
            assert_eq!(text.parse::<Need>().unwrap().to_string(), text);
        }
        for text in ["extension", "setting a", "setting a =", "setting a = b c", "setting a = b |", "setting a = | b"] {
            assert!(text.parse::<Need>().is_err(), "{text}");
        }
    }

    #[test]
    fn quotes_whatever_the_name() {
        assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(quote_literal("a'b\\"), "E'a''b\\\\'");
        assert_eq!(Need::Role("pg_monitor".into()).remedy("o'x", "d"), "GRANT \"pg_monitor\" TO \"o'x\";");
        let setting = "setting compute_query_id = auto | on".parse::<Need>().unwrap();
        assert_eq!(setting.remedy("u", "d"), "ALTER SYSTEM SET compute_query_id = E'auto'; SELECT pg_reload_conf();");
    }
}
