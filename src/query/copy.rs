//! `-- copy TABLE: COLUMN TYPE, ...`: tables of this name, in whatever schema and of whichever owner, that a body may read as rows which were
//! copied before, since `COPY` is the only read of a table that does not plan, and so runs nothing of its owner's.

use super::header::Field;

/// Columns that every copied relation has beside its own, with their types: the schema, how the reading of the table ended, and the number
/// of the row; no number where the line stands for a table without rows.
pub const OWN: [(&str, &str); 3] = [("schemaname", "text"), ("state", "text"), ("line", "int8")];

/// The types that may be copied, as a file writes them, and PostgreSQL's name for them. All are of a bounded length, so that no value is
/// larger than what a row is expected to be; `varchar(N)` is the other one.
const TYPES: [(&str, &str); 10] = [
    ("boolean", "bool"),
    ("smallint", "int2"),
    ("integer", "int4"),
    ("bigint", "int8"),
    ("real", "float4"),
    ("double precision", "float8"),
    ("date", "date"),
    ("timestamp", "timestamp"),
    ("timestamptz", "timestamptz"),
    ("uuid", "uuid"),
];

/// The longest `varchar(N)`.
const LONGEST: u32 = 1000;

/// One `-- copy` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The name of the tables, and of the relation that the body reads.
    pub table: String,
    /// Their columns that are read.
    pub columns: Vec<Column>,
}

/// A column of a copied table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, by the name that `pg_type` has.
    pub typname: &'static str,
    /// The most characters of it, where it is `varchar(N)`.
    pub length: Option<u32>,
}

/// What was read of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Its schema.
    pub schema: String,
    /// How the reading ended.
    pub state: State,
    /// Its rows, each with the text of its columns.
    pub rows: Vec<Vec<Option<String>>>,
}

/// How the reading of a table ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All rows are there.
    Read,
    /// A GRANT is missing.
    Denied,
    /// It is locked, or somebody waits to lock it.
    Locked,
    /// It is too large to be read.
    Large,
    /// The time was over before it was read.
    Late,
    /// It could not be read for another reason, for instance since it has gone or has changed meanwhile.
    Failed,
}

impl State {
    /// As the column `state` has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Denied => "denied",
            Self::Locked => "locked",
            Self::Large => "large",
            Self::Late => "late",
            Self::Failed => "failed",
        }
    }
}

impl Table {
    /// Reads a line.
    ///
    /// # Errors
    /// What is wrong with it, and what to write.
    pub fn parse(field: &Field) -> Result<Self, (String, String)> {
        let example = "write `-- copy some_table: id integer, note varchar(80)`";
        let table = &field.argument.text;
        if !is_name(table) {
            return Err((format!("`{table}` is not a table name of lower case letters, digits and `_`"), example.to_owned()));
        }
        let columns: Result<Vec<Column>, _> = field.value.text.split(',').map(|column| Column::parse(column.trim())).collect();
        let columns = columns?;
        for (at, column) in columns.iter().enumerate() {
            if OWN.iter().any(|(name, _)| *name == column.name) || columns[..at].iter().any(|other| other.name == column.name) {
                return Err((format!("duplicate column `{}`", column.name), "pgvigil adds schemaname, state and line".to_owned()));
            }
        }
        Ok(Self { table: table.clone(), columns })
    }
}

impl Column {
    fn parse(text: &str) -> Result<Self, (String, String)> {
        let known = || TYPES.iter().map(|(written, _)| *written).collect::<Vec<_>>().join(", ");
        let Some((name, written)) = text.split_once(' ').filter(|(name, _)| is_name(name)) else {
            return Err((format!("`{text}` is not a column and its type"), "write `id integer`".to_owned()));
        };
        let written = written.trim();
        let length = written.strip_prefix("varchar(").and_then(|rest| rest.strip_suffix(')')?.parse().ok());
        let typname = match length {
            Some(1..=LONGEST) => Some("varchar"),
            Some(_) => None,
            None => TYPES.iter().find(|(known, _)| *known == written).map(|(_, typname)| *typname),
        };
        let typname = typname.ok_or_else(|| {
            (format!("columns of type `{written}` cannot be copied"), format!("one of {}, varchar(N) up to {LONGEST}", known()))
        })?;
        Ok(Self { name: name.to_owned(), typname, length })
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 63 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// The columns of one line of COPY's text format, without its end.
#[must_use]
pub fn row(line: &[u8]) -> Vec<Option<String>> {
    // A tab within a value is written `\t`.
    line.split(|byte| *byte == b'\t').map(|cell| (cell != b"\\N").then(|| value(cell))).collect()
}

fn value(cell: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(cell.len());
    let mut rest = cell.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.extend(rest.next().map(|escaped| match escaped {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            other => other,
        }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::super::header;
    use super::*;
    use crate::diagnostic::Source;

    fn parse(line: &str) -> Result<Table, String> {
        let (parsed, _) = header::parse(Source { path: "a/b.sql", text: line });
        Table::parse(&parsed.fields[0]).map_err(|(message, _)| message)
    }

    #[test]
    fn reads_a_line() {
        let copy = parse("-- copy t: id integer, at timestamp, note varchar(80), x double precision").unwrap();
        assert_eq!(copy.table, "t");
        let columns: Vec<_> = copy.columns.iter().map(|it| (it.name.as_str(), it.typname, it.length)).collect();
        assert_eq!(columns, [("id", "int4", None), ("at", "timestamp", None), ("note", "varchar", Some(80)), ("x", "float8", None)]);
    }

    #[test]
    fn refuses_what_cannot_be_copied() {
        for (line, message) in [
            ("-- copy T: id integer", "`T` is not a table name of lower case letters, digits and `_`"),
            ("-- copy: id integer", "`` is not a table name of lower case letters, digits and `_`"),
            ("-- copy t: id", "`id` is not a column and its type"),
            ("-- copy t: id text", "columns of type `text` cannot be copied"),
            ("-- copy t: id varchar(0)", "columns of type `varchar(0)` cannot be copied"),
            ("-- copy t: id varchar(99999)", "columns of type `varchar(99999)` cannot be copied"),
            ("-- copy t: state integer", "duplicate column `state`"),
            ("-- copy t: a integer, a integer", "duplicate column `a`"),
        ] {
            assert_eq!(parse(line).unwrap_err(), message, "{line}");
        }
    }

    #[test]
    fn the_text_format_is_undone() {
        assert_eq!(row(b"1\t\\N\ta\\tb\\\\N\\n\t"), [Some("1".into()), None, Some("a\tb\\N\n".into()), Some(String::new())]);
    }
}
