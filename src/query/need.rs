//! What a query needs to find on the server.

use std::fmt;
use std::str::FromStr;

/// One `-- needs:` line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// The extension is installed in the database.
    Extension(String),
    /// The login role has the privileges of this role.
    Role(String),
    /// The setting has this value.
    Setting(String, String),
    /// The login role is a superuser.
    Superuser,
}

impl Need {
    /// What mends it when it is missing, as a statement or a sentence. `user` is the login role.
    #[must_use]
    pub fn remedy(&self, user: &str, database: &str) -> String {
        let user = quote_identifier(user);
        match self {
            Self::Extension(name) if name == "pg_stat_statements" => format!(
                "in database {}: CREATE EXTENSION pg_stat_statements; (shared_preload_libraries must hold pg_stat_statements, which takes a restart)",
                quote_identifier(database)
            ),
            Self::Extension(name) => format!("in database {}: CREATE EXTENSION {};", quote_identifier(database), quote_identifier(name)),
            Self::Role(role) => format!("GRANT {} TO {user};", quote_identifier(role)),
            Self::Setting(name, value) => format!("ALTER SYSTEM SET {name} = {}; SELECT pg_reload_conf();", quote_literal(value)),
            Self::Superuser => format!("ALTER ROLE {user} SUPERUSER; (not advised: rather leave this query out with queries.disable)"),
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
            ["setting", name, "=", value] => Ok(Self::Setting((*name).to_owned(), (*value).to_owned())),
            _ => Err("write `extension NAME`, `role NAME`, `setting NAME = VALUE` or `superuser`"),
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(name) => write!(f, "extension {name}"),
            Self::Role(name) => write!(f, "role {name}"),
            Self::Setting(name, value) => write!(f, "setting {name} = {value}"),
            Self::Superuser => f.write_str("superuser"),
        }
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
        for text in ["extension pg_stat_statements", "role pg_monitor", "setting track_functions = all", "superuser"] {
            assert_eq!(text.parse::<Need>().unwrap().to_string(), text);
        }
        assert!("extension".parse::<Need>().is_err());
        assert!("setting a".parse::<Need>().is_err());
    }

    #[test]
    fn quotes_whatever_the_name() {
        assert_eq!(quote_identifier("a\"b"), "\"a\"\"b\"");
        assert_eq!(quote_literal("a'b\\"), "E'a''b\\\\'");
        assert_eq!(Need::Role("pg_monitor".into()).remedy("o'x", "d"), "GRANT \"pg_monitor\" TO \"o'x\";");
    }
}
