//! Which tables wait for vacuum and analyze, and what autovacuum does.

use crate::prelude::*;

const TABLE: &str = "server, datname, schemaname, relname";

/// What is said of the tables that another expression chooses.
fn of(chosen: &str, expression: &str) -> String {
    format!("max by ({TABLE}) ({expression}) and on ({TABLE}) {chosen}")
}

/// When each of them was last done, by autovacuum or by hand: the later of both.
fn last(chosen: &str, what: &str) -> String {
    let (alone, by_hand) = (
        format!("pg_stat_user_tables_last_auto{what}_timestamp_seconds{{$database}}"),
        format!("pg_stat_user_tables_last_{what}_timestamp_seconds{{$database}}"),
    );
    of(chosen, &format!("{alone} > {by_hand} or {by_hand} or {alone}"))
}

pub fn vacuum_due() -> Panel {
    let most = format!("topk(20, max by ({TABLE}) (pg_table_autovacuum_dead_ratio{{$database}}) > 0)");
    table(
        "Nearest to a vacuum, the 20 with most",
        "Dead rows in parts of those that make a vacuum due, by the table's own settings. Good is little above 100 %. Much more means that autovacuum does not get to it, or that something holds it back.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(105),
            key("datname", "Database").width(75),
            key("schemaname", "Schema").width(70),
            key("relname", "Table"),
        ],
        [
            column("Due", Unit::Ratio, &most).width(85),
            column("Dead rows", Unit::Count, of(&most, "pg_stat_user_tables_n_dead_tup{$database}")).width(85),
            column("Last vacuum", Unit::Timestamp, last(&most, "vacuum")).width(125),
        ],
    )
    .sorted_by("Due")
    .empty("no primary, or no dead row")
}

pub fn analyze_due() -> Panel {
    let most = format!("topk(20, max by ({TABLE}) (pg_table_autovacuum_analyze_ratio{{$database}}) > 0)");
    table(
        "Nearest to an analyze, the 20 with most",
        "Changed rows in parts of those that make an analyze due. Good is little above 100 %: the planner goes by what the last one saw. ANALYZE after a large load, do not wait.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(105),
            key("datname", "Database").width(75),
            key("schemaname", "Schema").width(70),
            key("relname", "Table"),
        ],
        [
            column("Due", Unit::Ratio, &most).width(85),
            column("Changed", Unit::Count, of(&most, "pg_stat_user_tables_n_mod_since_analyze{$database}")).width(85),
            column("Last analyze", Unit::Timestamp, last(&most, "analyze")).width(125),
        ],
    )
    .sorted_by("Due")
    .empty("no primary, or no changed row")
}

pub fn dead_rows() -> Panel {
    timeseries(
        "Dead rows, top 5 tables",
        "Rows that no transaction sees and vacuum has not removed. Good is a saw that vacuum cuts. One that only goes up: see what holds vacuum back.",
        Unit::Count,
        query(
            worst(5, "max by (server, datname, schemaname, relname) (pg_stat_user_tables_n_dead_tup{$database})"),
            "{{schemaname}}.{{relname}}, {{datname}}, {{server}}",
        ),
    )
    .empty("no dead row")
}

pub fn oldest_tables() -> Panel {
    let oldest = format!("topk(20, max by ({TABLE}) (pg_table_frozen_xid_age_transactions{{$database}}) / 2147483648)");
    table(
        "Oldest tables, the 20 oldest",
        "Which tables make the age of their database, and of the server. Good is below 10 %. VACUUM FREEZE the first of the list; a temporary table goes with its session.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(130),
            key("datname", "Database").width(85),
            key("schemaname", "Schema").width(95),
            key("relname", "Table"),
        ],
        [
            column("Numbers", Unit::Ratio, &oldest).thresholds("maintenance", "PostgresWraparound").width(85),
            column("Multixacts", Unit::Ratio, of(&oldest, "pg_table_min_multixact_age_multixacts{$database} / 2147483648"))
                .thresholds("maintenance", "PostgresMultixactWraparound")
                .width(85),
        ],
    )
    .sorted_by("Numbers")
    .empty("no table")
}

pub fn workers() -> Panel {
    timeseries(
        "Autovacuum workers",
        "Workers that run now. Good is below the dashed line most of the time: all of them at work for hours means that tables wait for their turn. Then raise autovacuum_vacuum_cost_limit first.",
        Unit::Count,
        [
            query(r#"sum(pg_workers_running{$server, kind="autovacuum"})"#, "running"),
            query(r#"sum(pg_workers_max{$server, kind="autovacuum"})"#, "autovacuum_max_workers").limit(),
        ],
    )
}

pub fn vacuums() -> Panel {
    timeseries(
        "Vacuums and analyzes within an hour",
        "How many tables were done. Good is what is usual here, most of it by autovacuum. None while rows are written means that autovacuum is stuck.",
        Unit::Number,
        [
            query("sum(increase(pg_stat_user_tables_autovacuum_count_total{$database}[1h]))", "autovacuum"),
            query("sum(increase(pg_stat_user_tables_autoanalyze_count_total{$database}[1h]))", "autoanalyze"),
            query("sum(increase(pg_stat_user_tables_vacuum_count_total{$database}[1h]))", "VACUUM by hand"),
            query("sum(increase(pg_stat_user_tables_analyze_count_total{$database}[1h]))", "ANALYZE by hand"),
        ],
    )
}
