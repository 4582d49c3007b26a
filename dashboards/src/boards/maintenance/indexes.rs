//! Indexes that cost and do not help.

use crate::prelude::*;

const INDEX: &str = "server, datname, schemaname, relname, indexrelname";

pub fn unused() -> Panel {
    let rare = format!(
        "topk(20, max by ({INDEX}) (
  pg_index_size_bytes{{$database}}
    and on (server, datname, schemaname, indexrelname) increase(pg_stat_user_indexes_idx_scan_total{{$database}}[1d]) < 10
    unless on (server, datname, schemaname, indexrelname) pg_index_unique{{$database}} == 1
))"
    );
    let of_rare = |expression: &str| format!("max by ({INDEX}) ({expression}) and on ({INDEX}) {rare}");
    table(
        "Hardly used indexes, the 20 largest",
        "Scanned less than ten times within a day, and enforcing nothing. Those of more than 100 MB are worth a question: ask the standbys and wait for the end of the month, then drop them.",
        [
            key("server", "Server").leads_to("pgvigil-storage", "Storage").width(95),
            key("datname", "Database").width(70),
            key("schemaname", "Schema").width(65),
            key("relname", "Table").width(110),
            key("indexrelname", "Index"),
        ],
        [
            column("Size", Unit::Bytes, &rare).width(70),
            column("Scans", Unit::Count, of_rare("round(increase(pg_stat_user_indexes_idx_scan_total{$database}[1d]))")).width(60),
            column("Last scan", Unit::Timestamp, of_rare("pg_stat_user_indexes_last_idx_scan_timestamp_seconds{$database}")).width(90),
        ],
    )
    .sorted_by("Size")
    .empty("all are used")
}

pub fn unused_in_all() -> Panel {
    const DATABASE: &str = "server, datname";
    let most = format!("topk(20, max by ({DATABASE}) (pg_indexes_unused_bytes{{$database}}) > 0)");
    let of_most = |expression: &str| format!("max by ({DATABASE}) ({expression}) and on ({DATABASE}) {most}");
    table(
        "Never scanned, the 20 databases with most",
        "Indexes without a scan since the statistics began, which enforce nothing, and what they take. Good is little: each makes every write slower.",
        [key("server", "Server").width(130), key("datname", "Database")],
        [
            column("Never scanned", Unit::Count, of_most("pg_indexes_unused{$database}")).width(105),
            column("Of", Unit::Count, of_most("pg_indexes{$database}")).width(65),
            column("Size", Unit::Bytes, &most).width(85),
        ],
    )
    .sorted_by("Size")
    .empty("all are used")
}

pub fn duplicate() -> Panel {
    table(
        "Duplicate indexes, the 20 largest",
        "Indexes of which the table has another one that is the same. Good is none: drop the one in the first column.",
        [
            key("server", "Server").width(95),
            key("datname", "Database").width(70),
            key("schemaname", "Schema").width(65),
            key("relname", "Table").width(110),
            key("indexrelname", "Index"),
            key("duplicate_of", "The same as"),
        ],
        [column(
            "Size",
            Unit::Bytes,
            "topk(20, max by (server, datname, schemaname, relname, indexrelname, duplicate_of) (pg_index_duplicate_bytes{$database}))",
        )
        .width(70)],
    )
    .sorted_by("Size")
    .empty("there is none")
}

pub fn invalid() -> Panel {
    table(
        "Invalid indexes, the 20 largest",
        "No query uses them, and each write keeps them up to date. Good is none but those being built now. Drop them, or REINDEX INDEX CONCURRENTLY.",
        [
            key("server", "Server").width(130),
            key("datname", "Database").width(85),
            key("schemaname", "Schema").width(80),
            key("indexrelname", "Index"),
        ],
        [
            column(
                "Size",
                Unit::Bytes,
                "topk(20, max by (server, datname, schemaname, indexrelname) (
  pg_index_size_bytes{$database} and on (server, datname, schemaname, indexrelname) pg_index_valid{$database} == 0
))",
            )
            .width(85),
        ],
    )
    .sorted_by("Size")
    .empty("all are valid")
}
