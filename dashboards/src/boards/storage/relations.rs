//! The largest tables and indexes: how they grow, and how much of them is empty.

use crate::prelude::*;

const TABLE: &str = "server, datname, schemaname, relname";
const INDEX: &str = "server, datname, schemaname, indexrelname";

pub fn tables() -> Panel {
    let largest = format!("topk(20, max by ({TABLE}) (pg_table_total_size_bytes{{$database}}))");
    let of_largest = |expression: &str| format!("max by ({TABLE}) ({expression}) and on ({TABLE}) {largest}");
    table(
        "Tables, the 20 largest",
        "With indexes and TOAST data. Good is that one knows why. A table of more than 10 GB wants a plan: partitions, an archive, or the time that its vacuum needs.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(130),
            key("datname", "Database").width(90),
            key("schemaname", "Schema").width(80),
            key("relname", "Table"),
        ],
        [
            column("Size", Unit::Bytes, &largest).thresholds("storage", "PostgresTableLarge").width(85),
            column("Indexes", Unit::Bytes, of_largest("pg_table_indexes_size_bytes{$database}")).width(85),
            column("TOAST", Unit::Bytes, of_largest("pg_table_toast_size_bytes{$database}")).width(85),
            column("In a day", Unit::Bytes, of_largest("delta(pg_table_total_size_bytes{$database}[1d])")).width(85),
        ],
    )
    .sorted_by("Size")
    .empty("no table")
}

pub fn table_growth() -> Panel {
    timeseries(
        "Growth in a day, top 5 tables",
        "By how much a table has become larger within the 24 hours before, with its indexes. If it holds logs or events, make partitions and drop the old ones.",
        Unit::Bytes,
        query(
            top(5, "max by (server, datname, schemaname, relname) (delta(pg_table_total_size_bytes{$database}[1d]))"),
            "{{schemaname}}.{{relname}}, {{datname}}, {{server}}",
        ),
    )
    .signed()
}

pub fn indexes() -> Panel {
    let largest = format!("topk(20, max by ({INDEX}) (pg_index_size_bytes{{$database}}))");
    table(
        "Indexes, the 20 largest",
        "Good is that each is used: the board Maintenance says which are not. An index larger than its table mostly is bloated or has too many columns.",
        [
            key("server", "Server").leads_to("pgvigil-maintenance", "Maintenance").width(130),
            key("datname", "Database").width(90),
            key("schemaname", "Schema").width(80),
            key("indexrelname", "Index"),
        ],
        [
            column("Size", Unit::Bytes, &largest).width(85),
            column("In a day", Unit::Bytes, format!("max by ({INDEX}) (delta(pg_index_size_bytes{{$database}}[1d])) and on ({INDEX}) {largest}")).width(85),
        ],
    )
    .sorted_by("Size")
    .empty("no index")
}

pub fn table_bloat() -> Panel {
    let most = format!("topk(20, max by ({TABLE}) (pg_table_bloat_bytes{{$database}}))");
    table(
        "Bloated tables, the 20 with most",
        "An estimate of what is empty, from 1 MB on. Good is below 30 %: new rows use it up. Else see Maintenance for why vacuum came late, then pg_repack or VACUUM FULL, which keeps everybody out.",
        [
            key("server", "Server").leads_to("pgvigil-maintenance", "Maintenance").width(130),
            key("datname", "Database").width(90),
            key("schemaname", "Schema").width(80),
            key("relname", "Table"),
        ],
        [
            column("Bytes", Unit::Bytes, &most).width(85),
            column("Empty", Unit::Ratio, format!("max by ({TABLE}) (pg_table_bloat_ratio{{$database}}) and on ({TABLE}) {most}"))
                .thresholds("maintenance", "PostgresTableBloat")
                .width(80),
        ],
    )
    .sorted_by("Bytes")
    .empty("no table of 1 MB whose rows pgvigil may measure")
}

pub fn index_bloat() -> Panel {
    let most = format!("topk(20, max by ({INDEX}) (pg_index_bloat_bytes{{$database}}))");
    table(
        "Bloated indexes, the 20 with most",
        "An estimate of what REINDEX would give back, from 1 MB on. Good is below 30 %. REINDEX INDEX CONCURRENTLY lets others go on meanwhile.",
        [
            key("server", "Server").leads_to("pgvigil-maintenance", "Maintenance").width(130),
            key("datname", "Database").width(90),
            key("schemaname", "Schema").width(80),
            key("indexrelname", "Index"),
        ],
        [
            column("Bytes", Unit::Bytes, &most).width(85),
            column("Empty", Unit::Ratio, format!("max by ({INDEX}) (pg_index_bloat_ratio{{$database}}) and on ({INDEX}) {most}"))
                .thresholds("maintenance", "PostgresIndexBloat")
                .width(80),
        ],
    )
    .sorted_by("Bytes")
    .empty("no index of 1 MB whose columns pgvigil may measure")
}

pub fn unmeasured() -> Panel {
    table(
        "Without an estimate of bloat",
        "Large tables and indexes of which pgvigil cannot tell how much is empty. Good is 0: ANALYZE them, and let pgvigil know the widths of columns (from 14 on: GRANT pg_read_all_data).",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview"), key("datname", "Database")],
        [
            column("Tables", Unit::Count, "topk(50, max by (server, datname) (pg_table_bloat_unknown_tables{$database}) > 0)"),
            column("Indexes", Unit::Count, "topk(50, max by (server, datname) (pg_index_bloat_unknown_indexes{$database}) > 0)"),
        ],
    )
    .sorted_by("Tables")
    .empty("all have one")
}
