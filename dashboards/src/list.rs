//! A list as a panel: a row for each combination of its keys, a column for each query.

use crate::panel::{Kind, Panel};
use crate::query::Queries;
use crate::table::{Column, Key, Table};
use crate::unit::Unit;

/// A list. Each column's expression leaves the labels that are keys (`max by (server) (...)`), each of them once for a row.
#[must_use]
pub fn table<const K: usize, const C: usize>(
    title: &'static str,
    description: &'static str,
    keys: [Key; K],
    columns: [Column; C],
) -> Panel {
    const { assert!(K > 0 && C > 0, "a table has a key and a column") }
    let columns: Vec<Column> = columns.into();
    let queries = Queries(columns.iter().map(|column| column.query.clone()).collect());
    Panel::new(Kind::Table(Table { keys: keys.into(), columns, sorted_by: None }), title, description, Unit::Word, queries)
}

impl Panel {
    /// The rows of a table with the highest value of this column first.
    #[must_use]
    pub fn sorted_by(mut self, title: &'static str) -> Self {
        if let Kind::Table(table) = self.kind_mut() {
            table.sorted_by = Some((title, true));
        }
        self
    }

    /// No more rows of a table than this: those with the highest values of this column, which has one for each row.
    #[must_use]
    pub fn at_most(mut self, rows: u32, title: &'static str) -> Self {
        let Kind::Table(table) = self.kind_mut() else { return self };
        let of = table.columns.iter().find(|column| column.title == title).map(|column| column.query.expression.clone());
        self.at_most_by(rows, &of.unwrap_or_default())
    }

    /// The same with those for which an expression is highest that is no column.
    #[must_use]
    pub fn at_most_by(mut self, rows: u32, expression: &str) -> Self {
        let Kind::Table(table) = self.kind_mut() else { return self };
        let keys = table.keys.iter().map(|key| key.label).collect::<Vec<_>>().join(", ");
        for query in self.queries_mut() {
            query.expression = format!("({})\n  and on ({keys}) topk({rows}, {expression})", query.expression);
        }
        self
    }

    /// The rows of a table in the order of this column, the lowest or the first of the alphabet first.
    #[must_use]
    pub fn ordered_by(mut self, title: &'static str) -> Self {
        if let Kind::Table(table) = self.kind_mut() {
            table.sorted_by = Some((title, false));
        }
        self
    }
}
