//! Whether vacuum keeps up, what holds it back, what comes to its end, and what is in the way.

mod commands;
mod indexes;
mod upkeep;
mod vacuum;

use commands::{how_many, running};
use indexes::{duplicate, invalid, unused, unused_in_all};
use upkeep::{collations, extensions, integer_keys, lacks, migrations, passwords, prepared, sequences};
use vacuum::{analyze_due, dead_rows, oldest_tables, vacuum_due, vacuums, workers};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-maintenance",
        "Maintenance",
        "Whether vacuum keeps up and what holds it back, which limits of numbers come near, which indexes are of no use, and whether migrations went through.",
    )
    .databases()
    .row("Health", [line(4, numbers()), line(4, counts())])
    .row("Problems", [line(8, [held_back(), wraparound(), multixacts()])])
    .row("Vacuum and statistics", [line(9, [vacuum_due(), analyze_due()]), line(8, [dead_rows(), oldest_tables()]), line(8, [workers(), vacuums()])])
    .row("Long commands", [line(8, [running().wide(3), how_many().wide(2)])])
    .row("Indexes", [line(9, [unused().wide(3), unused_in_all().wide(2)]), line(7, [duplicate().wide(3), invalid().wide(2)])])
    .row("Limits and migrations", [line(8, [sequences(), integer_keys()]), line(8, [migrations().wide(3), prepared().wide(2)])])
    .row("Upkeep", [line(6, [lacks()]), line(7, [collations(), extensions(), passwords()])])
    .row("Settings", [line(7, [settings()])])
}

fn numbers() -> [Panel; 6] {
    [
        stat(
            "Transaction numbers",
            "Age of the oldest row version in parts of all transaction numbers. Good is below 10 %; at 100 % the server refuses to write. Then vacuum that database, and end what holds vacuum back.",
            Unit::Ratio,
            query("max(pg_database_frozen_xid_age_transactions{$database}) / 2147483648", ""),
        )
        .thresholds("maintenance", "PostgresWraparound"),
        stat(
            "Multixacts",
            "The same of the numbers for rows that several transactions lock at once. Good is below 10 %.",
            Unit::Ratio,
            query("max(pg_database_min_multixact_age_multixacts{$database}) / 2147483648", ""),
        )
        .thresholds("maintenance", "PostgresMultixactWraparound"),
        stat(
            "Vacuum held back by",
            "From how many transactions ago somebody still keeps dead rows, in parts of autovacuum_freeze_max_age. Good is near 0. The graph below says what kind of thing it is.",
            Unit::Ratio,
            query(format!("max({HELD_BACK})"), ""),
        )
        .thresholds("maintenance", "PostgresVacuumHeldBack")
        .empty("nobody holds it"),
        stat(
            "Fullest sequence",
            "Share of its values that are taken. Good is below 80 %: at the end every insert fails. Change the column to bigint in time.",
            Unit::Ratio,
            query("max(pg_sequence_used_ratio{$database})", ""),
        )
        .thresholds("saturation", "PostgresSequenceNearEnd")
        .empty("no sequence"),
        stat(
            "Oldest prepared",
            "Age of the oldest prepared transaction. Good is seconds, or none: it holds locks and holds vacuum back without any session. Commit it or roll it back by its name in pg_prepared_xacts.",
            Unit::Seconds,
            query("max(pg_prepared_xacts_max_age_seconds{$database})", ""),
        )
        .thresholds("queries", "PostgresPreparedTransactionsOld"),
        stat(
            "Next password expires",
            "Time until the first password is no longer valid. Good is more than a week. Give the role a new one, and tell those who use it.",
            Unit::Seconds,
            query("min(pg_role_password_expiry_timestamp_seconds{$server} - time() > 0)", ""),
        )
        .thresholds("maintenance", "PostgresPasswordExpiring")
        .empty("none expires"),
    ]
}

fn counts() -> [Panel; 6] {
    [
        stat(
            "Autovacuum",
            "Whether it runs on every primary that is chosen. It must: without it tables grow, plans go wrong, and in the end the server stops for want of transaction numbers.",
            Unit::Word,
            query("min(pg_settings_autovacuum{$server} * pg_settings_track_counts{$server} unless on (server) pg_in_recovery{$server} == 1)", ""),
        )
        .words(SHOULD_BE_ON)
        .empty("no primary"),
        stat(
            "Workers busy",
            "Share of autovacuum_max_workers that work now, of the server with most. Good is less than all most of the time: else tables wait for their turn.",
            Unit::Ratio,
            query(r#"max(pg_workers_running{$server, kind="autovacuum"} / (pg_workers_max{$server, kind="autovacuum"} > 0))"#, ""),
        ),
        stat(
            "Tables overdue",
            "Tables with more dead rows than make a vacuum due, and without one for 7 days. Good is 0. The list below says which: look for what holds vacuum back, then vacuum them by hand.",
            Unit::Count,
            query(
                "count(
  pg_table_autovacuum_dead_ratio{$database} > 1
    and on (server, datname, schemaname, relname) pg_stat_user_tables_n_dead_tup{$database}
    unless on (server, datname, schemaname, relname) time() - pg_stat_user_tables_last_autovacuum_timestamp_seconds{$database} < 7 * 86400
    unless on (server, datname, schemaname, relname) time() - pg_stat_user_tables_last_vacuum_timestamp_seconds{$database} < 7 * 86400
) or 0 * count(pg_up{$server})",
                "",
            ),
        )
        .any_is(Warning),
        stat(
            "Invalid indexes",
            "Indexes that no query can use and each write keeps up to date. Good is 0. The list below says which: drop them, or REINDEX INDEX CONCURRENTLY.",
            Unit::Count,
            query("sum(pg_indexes_invalid{$database} unless on (server) server:watched_primaries:count{$server})", ""),
        )
        .any_is(Warning),
        stat(
            "Failed migrations",
            "What stands as failed in the history of Flyway or Liquibase. Good is 0. See whether the schema is half changed before anybody deploys again.",
            Unit::Count,
            query(
                "sum(
  (pg_flyway_failed_migrations{$database} or pg_liquibase_failed_changesets{$database}) unless on (server) server:watched_primaries:count{$server}
) or 0 * count(pg_up{$server})",
                "",
            ),
        )
        .any_is(Warning),
        stat(
            "Sort order changed",
            "Databases and collations whose rules of sorting changed with the operating system. Good is 0: else indexes on text may be wrong until REINDEX.",
            Unit::Count,
            query(
                "sum(pg_database_collation_version_mismatch{$database} or pg_collation_version_mismatch{$database}) or 0 * count(pg_up{$server})",
                "",
            ),
        )
        .any_is(Warning),
    ]
}

/// From how many transactions ago something still keeps dead rows, in parts of the age at which autovacuum is forced.
const HELD_BACK: &str = "max by (server, holder) (
  pg_xmin_holder_age_transactions{$server} / on (server) group_left () pg_settings_autovacuum_freeze_max_age{$server}
)";

fn held_back() -> Panel {
    timeseries(
        "What holds vacuum back, top 5",
        "In parts of autovacuum_freeze_max_age. Good is near 0. `session` is a long transaction, `slot` or `standby` a standby's feedback, `prepared` a forgotten prepared transaction: end it, and vacuum works again.",
        Unit::Ratio,
        query(top(5, HELD_BACK), "{{holder}}, {{server}}"),
    )
    .thresholds("maintenance", "PostgresVacuumHeldBack")
    .empty("nothing holds it back")
    .leads_to("pgvigil-connections", "Connections & Locks", &["server"])
}

fn wraparound() -> Panel {
    timeseries(
        "Transaction numbers used, top 5",
        "Age of the oldest row version by database. Good is a saw below 10 %, which autovacuum_freeze_max_age makes. A line that goes on up is a vacuum that does not get through.",
        Unit::Ratio,
        query(top(5, "max by (server, datname) (pg_database_frozen_xid_age_transactions{$database}) / 2147483648"), "{{datname}}, {{server}}"),
    )
    .up_to(1.0)
    .thresholds("maintenance", "PostgresWraparound")
}

fn multixacts() -> Panel {
    timeseries(
        "Multixacts used, top 5",
        "The same of the numbers for rows that several transactions lock at once, as foreign keys make them. Good is a saw below 20 %.",
        Unit::Ratio,
        query(
            top(5, "max by (server, datname) (pg_database_min_multixact_age_multixacts{$database}) / 2147483648"),
            "{{datname}}, {{server}}",
        ),
    )
    .up_to(1.0)
    .thresholds("maintenance", "PostgresMultixactWraparound")
}

fn settings() -> Panel {
    table(
        "Settings of vacuum and maintenance",
        "What is set: autovacuum, autovacuum_max_workers, autovacuum_naptime, autovacuum_vacuum_scale_factor, autovacuum_analyze_scale_factor, autovacuum_freeze_max_age, maintenance_work_mem. Large tables want a smaller scale factor of their own.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("Autovacuum", Unit::Word, "max by (server) (pg_settings_autovacuum{$server})").words(SHOULD_BE_ON),
            column("Workers", Unit::Count, "max by (server) (pg_settings_autovacuum_max_workers{$server})"),
            column("Naptime", Unit::Seconds, "max by (server) (pg_settings_autovacuum_naptime_seconds{$server})"),
            column("Vacuum at", Unit::Ratio, "max by (server) (pg_settings_autovacuum_vacuum_scale_factor{$server})"),
            column("Analyze at", Unit::Ratio, "max by (server) (pg_settings_autovacuum_analyze_scale_factor{$server})"),
            column("Forced at age", Unit::Count, "max by (server) (pg_settings_autovacuum_freeze_max_age{$server})"),
            column("Memory", Unit::Bytes, "max by (server) (pg_settings_maintenance_work_mem_bytes{$server})"),
        ],
    )
}
