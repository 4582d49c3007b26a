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
    /// The database has this table or view.
    Table(Qualified),
    /// The database has this function, with arguments of these types.
    Function(Qualified, Vec<String>),
}

/// The name of something in a schema.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Qualified {
    /// The schema.
    pub schema: String,
    /// The name in it.
    pub name: String,
}

impl Qualified {
    /// Reads `schema.name`, in quotes where SQL needs them, and gives back what follows.
    fn read(text: &str) -> Option<(Self, &str)> {
        let (schema, rest) = identifier(text)?;
        let (name, rest) = identifier(rest.strip_prefix('.')?)?;
        Some((Self { schema, name }, rest))
    }
}

/// A type as the server spells it.
fn spelled(kind: &str) -> String {
    const ALIASES: [(&str, &str); 14] = [
        ("int", "integer"),
        ("int2", "smallint"),
        ("int4", "integer"),
        ("int8", "bigint"),
        ("bool", "boolean"),
        ("float4", "real"),
        ("float8", "double precision"),
        ("decimal", "numeric"),
        ("varchar", "character varying"),
        ("char", "character"),
        ("timestamp", "timestamp without time zone"),
        ("timestamptz", "timestamp with time zone"),
        ("time", "time without time zone"),
        ("timetz", "time with time zone"),
    ];
    let (name, array) = kind.split_at(kind.trim_end_matches(['[', ']']).len());
    let known = ALIASES.into_iter().find(|(alias, _)| name.eq_ignore_ascii_case(alias));
    known.map_or(name, |(_, spelled)| spelled).to_owned() + array
}

/// An SQL identifier and what follows it.
fn identifier(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$' || !c.is_ascii())).unwrap_or(text.len());
        let is_name = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii());
        return is_name.then(|| (text[..end].to_ascii_lowercase(), &text[end..]));
    };
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (part, after) = rest.split_once('"')?;
        name += part;
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return (!name.is_empty()).then_some((name, after)),
        }
    }
}

impl fmt::Display for Qualified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |name: &str| match identifier(name) {
            Some((same, "")) if same == name => name.to_owned(),
            _ => quote_identifier(name),
        };
        write!(f, "{}.{}", part(&self.schema), part(&self.name))
    }
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
            Self::Table(_) | Self::Function(..) => format!(
                "create it in database {}; a file of `scope: database` can name those that have it: `-- databases: NAME`",
                quote_identifier(database)
            ),
            Self::Superuser => format!("ALTER ROLE {user} SUPERUSER; (not recommended: disable this query with queries.disable instead)"),
        }
    }
}

impl FromStr for Need {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(name) = text.strip_prefix("table ") {
            return match Qualified::read(name.trim_start()) {
                Some((name, "")) => Ok(Self::Table(name)),
                _ => Err("write `table SCHEMA.NAME`"),
            };
        }
        if let Some(name) = text.strip_prefix("function ") {
            let read = Qualified::read(name.trim_start()).and_then(|(name, rest)| {
                let types = rest.trim().strip_prefix('(')?.strip_suffix(')')?.split(',').map(str::trim).filter(|kind| !kind.is_empty());
                Some(Self::Function(name, types.map(spelled).collect()))
            });
            return read.ok_or("write `function SCHEMA.NAME(TYPE, TYPE)`");
        }
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
            _ => Err(
                "write `extension NAME`, `role NAME`, `setting NAME = VALUE`, `table SCHEMA.NAME`, `function SCHEMA.NAME(TYPE)` or `superuser`",
            ),
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
            Self::Table(name) => write!(f, "table {name}"),
            Self::Function(name, types) => write!(f, "function {name}({})", types.join(", ")),
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
        for text in [
            "table public.orders",
            "table \"My App\".\"odd \"\"one\"",
            "function app.price(integer, character varying)",
            "function app.now()",
            "function app.f(text[])",
        ] {
            assert_eq!(text.parse::<Need>().unwrap().to_string(), text);
        }
        assert_eq!("function app.f(int, varchar[])".parse::<Need>().unwrap().to_string(), "function app.f(integer, character varying[])");
        assert_eq!("table Public.Orders".parse::<Need>().unwrap().to_string(), "table public.orders");
        for text in ["extension pg_stat_statements", "role pg_monitor", "setting track_functions = all | pl", "setting a = |b", "superuser"]
        {
            assert_eq!(text.parse::<Need>().unwrap().to_string(), text);
        }
        for text in [
            "extension",
            "setting a",
            "setting a =",
            "setting a = b c",
            "setting a = b |",
            "setting a = | b",
            "table orders",
            "table a.b c",
            "function a.b",
            "function a.b(int",
        ] {
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
