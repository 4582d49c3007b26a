//! The rows of copied tables as a relation in a `WITH` list, and the length of that text. Whoever owns the tables chooses the rows, so the text is bounded
//! before it is written: the server parses all of it, and writes it to its log if the statement fails.
//!
//! The schema and the state are sent once for each table, with the number of its rows; the rows of all tables follow each other in one array for each
//! column.

use std::fmt::Write as _;

use super::copy::{Copied, OWN, Table};
use super::need::{quote_identifier, quote_literal};

/// The relation of what was read, as an element of a `WITH` list. A table without rows is one line without a number.
#[must_use]
pub fn relation(table: &Table, copied: &[Copied]) -> String {
    let mut before = 0;
    let (mut starts, mut counts) = (Vec::new(), Vec::new());
    for copy in copied {
        starts.push(before.to_string());
        counts.push(copy.rows.len().to_string());
        before += copy.rows.len();
    }
    let tables = [
        unnest("text", copied.iter().map(|copy| Some(copy.schema.as_str()))),
        unnest("text", copied.iter().map(|copy| Some(copy.state.as_str()))),
        unnest("int8", starts.iter().map(|start| Some(start.as_str()))),
        unnest("int8", counts.iter().map(|count| Some(count.as_str()))),
    ];
    let rows = || copied.iter().flat_map(|copy| &copy.rows);
    let columns: Vec<String> = (table.columns.iter().enumerate())
        .map(|(index, column)| unnest(column.typname, rows().map(|row| row.get(index)?.as_deref())))
        .collect();
    // A declared name could be one of the names here, so the columns go by number.
    let numbered: Vec<String> = (0..columns.len()).map(|index| format!("c{index}")).collect();
    let names: Vec<String> =
        OWN.iter().map(|(name, _)| *name).chain(table.columns.iter().map(|column| column.name.as_str())).map(quote_identifier).collect();
    format!(
        "{} ({}) as materialized (select t.name, t.state, l.line, r.{} from rows from ({}) as t(name, state, before, lines) \
         left join lateral pg_catalog.generate_series(1::pg_catalog.int8, t.lines) as l(line) on true \
         left join rows from ({}) with ordinality as r({}, place) on r.place = t.before + l.line)",
        quote_identifier(&table.table),
        names.join(", "),
        numbered.join(", r."),
        tables.join(", "),
        columns.join(", "),
        numbered.join(", "),
    )
}

/// At most how many bytes a row takes in the text of the relation.
#[must_use]
pub fn length_of_row(row: &[Option<String>]) -> usize {
    row.iter().map(|cell| cell.as_ref().map_or("NULL,".len(), |text| length(text))).sum()
}

/// A text in quotes with a comma. In the array a backslash and a quote get a backslash, and in the literal each backslash gets another one.
fn length(text: &str) -> usize {
    let escapes: usize = text.bytes().map(|byte| if matches!(byte, b'\\' | b'"' | b'\'') { 3 } else { 0 }).sum();
    "\"\",".len() + text.len() + escapes
}

/// The elements of an array as rows.
fn unnest<'a>(typname: &str, items: impl Iterator<Item = Option<&'a str>>) -> String {
    format!("pg_catalog.unnest({}::pg_catalog.{typname}[])", quote_literal(&array(items)))
}

/// An array in PostgreSQL's text form, each item in quotes.
fn array<'a>(items: impl Iterator<Item = Option<&'a str>>) -> String {
    let mut text = String::from("{");
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        match item {
            None => text.push_str("NULL"),
            Some(item) => {
                let _ = write!(text, "\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\""));
            }
        }
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::super::copy::{Column, State};
    use super::*;

    fn table(columns: usize) -> Table {
        let column = |index| Column { name: format!("c{index}"), typname: "int4", length: None };
        Table { table: "t".into(), columns: (0..columns).map(column).collect() }
    }

    /// What a table takes in the text beside its rows: its schema, its state and two numbers.
    fn length_of_table(schema: &str) -> usize {
        length(schema) + 80
    }

    fn read(schema: &str, rows: Vec<Vec<Option<String>>>) -> Copied {
        Copied { schema: schema.into(), state: State::Read, rows }
    }

    #[test]
    fn a_table_without_rows_is_a_line_too() {
        let tables = [read("a\"\\'", vec![]), read("b", vec![vec![Some("7".into())], vec![None]])];
        assert_eq!(
            relation(&table(1), &tables),
            "\"t\" (\"schemaname\", \"state\", \"line\", \"c0\") as materialized (select t.name, t.state, l.line, r.c0 from rows from (\
             pg_catalog.unnest(E'{\"a\\\\\"\\\\\\\\''\",\"b\"}'::pg_catalog.text[]), \
             pg_catalog.unnest(E'{\"read\",\"read\"}'::pg_catalog.text[]), \
             pg_catalog.unnest(E'{\"0\",\"0\"}'::pg_catalog.int8[]), pg_catalog.unnest(E'{\"0\",\"2\"}'::pg_catalog.int8[])) \
             as t(name, state, before, lines) \
             left join lateral pg_catalog.generate_series(1::pg_catalog.int8, t.lines) as l(line) on true \
             left join rows from (pg_catalog.unnest(E'{\"7\",NULL}'::pg_catalog.int4[])) with ordinality as r(c0, place) \
             on r.place = t.before + l.line)"
        );
    }

    #[test]
    fn a_long_name_is_sent_once_for_each_table() {
        let schema = "\\".repeat(63);
        let rows = |count| vec![vec![None, Some("t".to_owned()), None]; count];
        let grown = relation(&table(3), &[read(&schema, rows(1001))]).len() - relation(&table(3), &[read(&schema, rows(1))]).len();
        assert!(grown < 1000 * 20, "{grown}");
    }

    proptest::proptest! {
        /// Whatever the rows are, the text is no longer than was counted for them.
        #[test]
        fn any_rows_take_no_more_than_is_counted(
            tables in proptest::collection::vec(
                ("[\\\\\"'a-é]{0,9}", proptest::collection::vec(proptest::collection::vec(proptest::option::of("[\\\\\"'\t\n,{}a-é]{0,9}"), 2), 0..5)),
                0..5,
            ),
        ) {
            let counted: usize = tables.iter().map(|(schema, rows)| length_of_table(schema) + rows.iter().map(|row| length_of_row(row)).sum::<usize>()).sum();
            let copied: Vec<Copied> = tables.into_iter().map(|(schema, rows)| read(&schema, rows)).collect();
            let frame = relation(&table(2), &[]).len();
            let text = relation(&table(2), &copied);
            proptest::prop_assert!(text.len() <= frame + counted, "{} > {} + {}: {}", text.len(), frame, counted, text);
        }
    }
}
