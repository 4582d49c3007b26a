//! `pgvigil queries --count`: how many series a server will have, by its databases, tables, indexes and statements.

use std::fmt::Write as _;

use crate::query::catalog::Catalog;
use crate::query::need::Need;
use crate::query::rows::Size;
use crate::query::version::{Version, Versions};
use crate::query::{Counted, Query, Role, Scope};
use crate::telemetry::{own, targets};

/// The newest major that is released.
const MAJOR: Version = Version::major(18);

/// Servers that are shown: databases, tables and indexes of each, statements.
const SIZES: [Size; 5] = [
    Size { databases: 1, tables: 10, indexes: 10, statements: 50 },
    Size { databases: 2, tables: 100, indexes: 100, statements: 400 },
    Size { databases: 2, tables: 1_000, indexes: 2_000, statements: 1_000 },
    Size { databases: 10, tables: 100, indexes: 200, statements: 5_000 },
    Size { databases: 10, tables: 1_000, indexes: 2_000, statements: 5_000 },
];

const HEAD: &str =
    "Series of one PostgreSQL 18 primary at most, the machine's and pgvigil's own included; a value that is unknown has none.
Not in it: what an ordinary server has nothing of, such as standbys, slots and subscriptions; of queries that are off, only why they are
skipped; and what `queries` of a single server say.
";

/// For a document: Markdown, as a terminal can show it, too.
#[must_use]
pub fn count(catalog: &Catalog) -> String {
    let all = catalog.map(|query| Some(query.clone().with_detail(|_| true)));
    let mut out = format!("{HEAD}\n| Each | As configured | With all detail |\n| --- | ---: | ---: |\n");
    let none = Size { databases: 1, tables: 0, indexes: 0, statements: 0 };
    let of = |size: Size| [series(catalog, size), series(&all, size)];
    let more = |size: Size, before: Size| {
        let (size, before) = (of(size), of(before));
        [size[0] - before[0], size[1] - before[1]]
    };
    let rows = [
        ("server with one empty database", of(none)),
        ("further database", more(Size { databases: 2, ..none }, none)),
        ("table", more(Size { tables: 1, ..none }, none)),
        ("index", more(Size { indexes: 1, ..none }, none)),
        ("statement, of the first 100", more(Size { statements: 1, ..none }, none)),
    ];
    for (what, [configured, all]) in rows {
        let _ = writeln!(out, "| {what} | {} | {} |", grouped(configured), grouped(all));
    }
    let _ = writeln!(
        out,
        "\n| Databases | Tables in each | Indexes in each | Statements | As configured | With all detail |\n| ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for size in SIZES {
        let [configured, all] = of(size);
        let numbers = [size.databases, size.tables, size.indexes, size.statements, configured, all].map(grouped);
        let _ = writeln!(out, "| {} |", numbers.join(" | "));
    }
    out
}

/// What a server of this size has.
fn series(catalog: &Catalog, size: Size) -> usize {
    let of_query = targets::METRICS.iter().filter(|metric| metric.is_of_run()).count();
    let of_server = targets::METRICS.len() - of_query + own::described().len();
    let of = |query: &Query| {
        let runs_in_each = query.scope == Scope::Database;
        let runs = if runs_in_each { size.databases } else { 1 };
        let metrics = exported(query);
        // One that is skipped says why.
        if metrics == 0 { runs } else { of_query * runs + (metrics * query.rows.on(runs_in_each, size)).min(query.limit * runs) }
    };
    let queries = catalog.queries().filter(|query| query.scope != Scope::PgBouncer);
    of_server + queries.map(|query| of(query)).sum::<usize>()
}

/// How many metrics a query has on an ordinary primary; none if it does not run there.
fn exported(query: &Query) -> usize {
    let is_usual = |need: &Need| !matches!(need, Need::Extension(name) if name != "pg_stat_statements");
    let runs = query.runs()
        && query.role != Role::Standby
        && (query.counted != Counted::Server || query.scope == Scope::Host || query.covers.contains(MAJOR))
        && query.needs.iter().all(|needed| is_usual(&needed.need));
    // Of an extension the newest version.
    let is_there = |versions: &Versions| match query.counted {
        Counted::Server if query.scope.is_sql() => versions.contains(MAJOR),
        _ => versions.to.is_none(),
    };
    if runs { query.metrics.iter().filter(|metric| metric.exported && is_there(&metric.versions)).count() } else { 0 }
}

/// With a comma at the thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::library;
    use crate::settings::Settings;

    #[test]
    fn the_readme_is_current() {
        let catalog = library::catalog(&Settings::load(None, &HashMap::new()).unwrap()).unwrap();
        let counted = count(&catalog);
        let tables = counted.split_once("\n| Each").unwrap().1;
        let same = include_str!("../../README.md").contains(tables.trim());
        assert!(same, "renew the tables of README.md with `cargo run -- queries --count`:\n{counted}");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
