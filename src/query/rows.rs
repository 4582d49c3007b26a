//! How many rows a query has on an ordinary primary, which says how many series a server will have before there is one. The labels tell it for most: a row a
//! table where there is a `relname`. Where they do not, the file does:
//!
//! ```text
//! -- rows: 8 a server
//! -- rows: 16 a database
//! -- rows: 1 a statement, at most 100
//! -- rows: none
//! ```

use std::str::FromStr;

/// How many rows there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    /// How many for each of these.
    pub count: usize,
    /// What they are for.
    pub per: Per,
    /// How many one run returns at most.
    pub most: Option<usize>,
}

/// What there is a row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// The server.
    Server,
    /// Each database; templates too, where one query reads all of them.
    Database,
    /// Each table.
    Table,
    /// Each index.
    Index,
    /// Each statement of `pg_stat_statements`.
    Statement,
}

/// What a server has, as far as its series depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Databases that are no templates.
    pub databases: usize,
    /// Tables of each database.
    pub tables: usize,
    /// Indexes of each database.
    pub indexes: usize,
    /// Statements of `pg_stat_statements`.
    pub statements: usize,
}

/// `template0` and `template1`.
const TEMPLATES: usize = 2;

impl Rows {
    /// What the labels say: the first of these that there is. A query that runs in each database has a row there.
    #[must_use]
    pub fn of(labels: &[&str], runs_in_each: bool) -> Self {
        let by_label = [("queryid", Per::Statement), ("indexrelname", Per::Index), ("relname", Per::Table), ("datname", Per::Database)];
        let found = by_label.into_iter().find(|(label, _)| labels.contains(label));
        let otherwise = if runs_in_each { Per::Database } else { Per::Server };
        Self { count: 1, per: found.map_or(otherwise, |(_, per)| per), most: None }
    }

    /// How many rows the query has on a server of this size, over all databases.
    #[must_use]
    pub fn on(&self, runs_in_each: bool, size: Size) -> usize {
        // How often it runs, and how many databases it sees at once.
        let (runs, databases) = if runs_in_each { (size.databases, 1) } else { (1, size.databases) };
        let things = match self.per {
            Per::Server => 1,
            Per::Database if runs_in_each => 1,
            Per::Database => size.databases + TEMPLATES,
            Per::Table => size.tables * databases,
            Per::Index => size.indexes * databases,
            Per::Statement => size.statements,
        };
        runs * (self.count * things).min(self.most.unwrap_or(usize::MAX))
    }
}

impl FromStr for Rows {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "write `8 a server`, `16 a database`, `1 a table`, `1 an index`, `1 a statement, at most 100` or `none`";
        let (rows, most) = match text.split_once(", at most ") {
            None => (text, None),
            Some((rows, most)) => (rows, Some(most.trim().parse().map_err(|_| FORM)?)),
        };
        if rows.trim() == "none" {
            return Ok(Self { count: 0, per: Per::Server, most });
        }
        let [count, "a" | "an", per] = rows.split_whitespace().collect::<Vec<_>>()[..] else { return Err(FORM) };
        let per = match per {
            "server" => Per::Server,
            "database" => Per::Database,
            "table" => Per::Table,
            "index" => Per::Index,
            "statement" => Per::Statement,
            _ => return Err(FORM),
        };
        Ok(Self { count: count.parse().map_err(|_| FORM)?, per, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { databases: 2, tables: 100, indexes: 150, statements: 400 };

    #[test]
    fn reads_every_form() {
        let on = |text: &str, runs_in_each: bool| text.parse::<Rows>().map(|rows| rows.on(runs_in_each, SIZE));
        assert_eq!(on("8 a server", false), Ok(8));
        assert_eq!(on("16 a database", false), Ok(64));
        assert_eq!(on("2 a database", true), Ok(4));
        assert_eq!(on("1 a table", true), Ok(200));
        assert_eq!(on("1 a table, at most 50", true), Ok(100));
        assert_eq!(on("1 an index", false), Ok(300));
        assert_eq!(on("1 a statement, at most 100", false), Ok(100));
        assert_eq!(on("none", true), Ok(0));
        let of = |labels: &[&str], runs_in_each: bool| Rows::of(labels, runs_in_each).on(runs_in_each, SIZE);
        assert_eq!([of(&["usename", "queryid", "datname"], false), of(&["datname"], false), of(&[], false)], [400, 4, 1]);
        assert_eq!([of(&["relname", "indexrelname"], true), of(&["relname"], true), of(&["kind"], true)], [300, 200, 2]);
        for text in ["", "8", "8 servers", "a server", "8 a row", "-1 a table", "1 a table, at most x", "none a table"] {
            assert!(text.parse::<Rows>().is_err(), "{text}");
        }
    }
}
