//! Long commands that run, and how far they are.

use crate::prelude::*;

/// What tells commands apart. What has no table has no `relid`, and a vacuum and an analyze say what they are only here.
const COMMAND: &str = "server, datname, command, relid, phase";

/// One row for each command that runs, of whatever kind.
fn of_all(measure: &str) -> String {
    let of = |view: &str| format!("pg_stat_progress_{view}_{measure}{{$database}}");
    let named = |series: &str, command: &str| format!(r#"label_replace({series}, "command", "{command}", "", "")"#);
    let all = [
        named(&of("vacuum"), "VACUUM"),
        named(&of("analyze"), "ANALYZE"),
        of("create_index"),
        of("cluster"),
        of("copy"),
        // It is of no database.
        named(&format!("pg_stat_progress_basebackup_{measure}{{$server}}"), "BASE BACKUP"),
    ];
    format!("topk(50, max by ({COMMAND}) (\n  {}\n))", all.join("\n    or "))
}

pub fn running() -> Panel {
    table(
        "Commands that run",
        "VACUUM, ANALYZE, CREATE INDEX, CLUSTER, COPY and base backups, and how much of their phase is done. `SELECT oid::regclass` in the database names the table. One that waits for transactions goes on when they end.",
        [
            key("server", "Server").width(130),
            key("datname", "Database").width(85),
            key("command", "Command").width(120),
            key("relid", "Table (OID)").width(95),
            key("phase", "Phase"),
        ],
        [
            column("For", Unit::Seconds, of_all("duration_seconds")).width(85),
            column("Done", Unit::Ratio, of_all("ratio")).width(75),
            column("Waits for", Unit::Count, format!("max by ({COMMAND}) (pg_stat_progress_create_index_lockers{{$database}} > 0)")).any_is(Info).width(85),
        ],
    )
    .sorted_by("For")
    .empty("none runs")
}

pub fn how_many() -> Panel {
    timeseries(
        "Commands that run, by kind",
        "How many run at a time. Good is what was planned: a CREATE INDEX, a COPY or a base backup that nobody knows of explains a busy disk.",
        Unit::Count,
        query(worst(10, "sum by (command) (pg_stat_progress_count{$server})"), "{{command}}"),
    )
    .empty("none has run")
}
