//! What comes to its end, what somebody began and did not finish, and what a schema lacks.

use crate::prelude::*;

pub fn sequences() -> Panel {
    table(
        "Sequences, the 20 nearest their end",
        "Share of the values that are taken, up to what the column can hold. Good is below 80 %: at the end every insert fails. Change the column to bigint while there is time.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(100),
            key("datname", "Database").width(70),
            key("schemaname", "Schema").width(65),
            key("sequencename", "Sequence"),
            key("relname", "Table"),
            key("attname", "Column").width(75),
        ],
        [
            column(
                "Used",
                Unit::Ratio,
                "topk(20, max by (server, datname, schemaname, sequencename, relname, attname) (pg_sequence_used_ratio{$database}))",
            )
            .thresholds("saturation", "PostgresSequenceNearEnd")
            .width(65),
        ],
    )
    .sorted_by("Used")
    .empty("no sequence, or none that pgvigil may read")
}

pub fn integer_keys() -> Panel {
    table(
        "Integer keys, the 20 nearest their end",
        "Keys of type integer whose values come from elsewhere, such as one that refers to a bigint, as the last ANALYZE saw them. Good is below 80 %: beyond the end inserts fail.",
        [
            key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(130),
            key("datname", "Database").width(85),
            key("schemaname", "Schema").width(80),
            key("relname", "Table"),
            key("attname", "Column"),
        ],
        [
            column("Used", Unit::Ratio, "topk(20, max by (server, datname, schemaname, relname, attname) (pg_integer_key_used_ratio{$database}))")
                .thresholds("saturation", "PostgresSequenceNearEnd")
                .width(75),
        ],
    )
    .sorted_by("Used")
    .empty("none that pgvigil may read")
}

pub fn migrations() -> Panel {
    const SCHEMA: &str = "server, datname, schemaname";
    let either = |flyway: &str, liquibase: &str| {
        format!("max by ({SCHEMA}) (pg_flyway_{flyway}{{$database}} or pg_liquibase_{liquibase}{{$database}})")
    };
    table(
        "Migrations of Flyway and Liquibase",
        "The history of each schema. Good is the same number on all stages, nothing failed, and a lock only for moments: one that stays was left by a process that died.",
        [
            key("server", "Server").width(130),
            key("datname", "Database").width(85),
            key("schemaname", "Schema"),
        ],
        [
            column("Done", Unit::Count, either("migrations", "changesets")).width(65),
            column("Failed", Unit::Count, either("failed_migrations", "failed_changesets")).any_is(Warning).width(65),
            column("Last", Unit::Timestamp, either("last_success_timestamp_seconds", "last_executed_timestamp_seconds")).width(110),
            column("Locked for", Unit::Seconds, format!("max by ({SCHEMA}) (time() - pg_liquibase_lock_granted_timestamp_seconds{{$database}})"))
                .thresholds("maintenance", "PostgresMigrationLockStuck")
                .width(95),
            column("Readable", Unit::Word, either("history_readable", "history_readable")).words(READABLE).width(110),
        ],
    )
    .at_most(50, "Failed")
    .sorted_by("Failed")
    .empty("no history of either")
}

const READABLE: Words = &[("0", "GRANT missing", Some(Info)), ("1", "yes", None)];

pub fn prepared() -> Panel {
    timeseries(
        "Prepared transactions, the 5 oldest",
        "Age of the oldest of each database. Good is seconds: it holds its locks and holds vacuum back, with no session that could be ended. COMMIT or ROLLBACK PREPARED by its name.",
        Unit::Seconds,
        query(worst(5, "max by (server, datname) (pg_prepared_xacts_max_age_seconds{$database})"), "{{datname}}, {{server}}"),
    )
    .thresholds("queries", "PostgresPreparedTransactionsOld")
    .empty("there has been none")
}

pub fn lacks() -> Panel {
    let of = |metric: &str| format!("topk(50, max by (server, datname) ({metric}{{$database}}) > 0)");
    table(
        "What databases lack, the 50 with most",
        "Good is an empty list. A foreign key without an index makes every delete read the whole table; a table without a key cannot be replicated logically; a table that was never analyzed makes the planner guess.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview").width(150), key("datname", "Database")],
        [
            column("Without a key", Unit::Count, of("pg_tables_without_primary_key")),
            column("Foreign key without index", Unit::Count, of("pg_foreign_keys_without_index")).any_is(Info),
            column("Never analyzed", Unit::Count, of("pg_tables_never_analyzed")).any_is(Info),
            column("Autovacuum off", Unit::Count, of("pg_tables_autovacuum_disabled")).any_is(Info),
            column("Unlogged", Unit::Count, of("pg_tables_unlogged")),
            column("Not validated", Unit::Count, of("pg_constraints_not_validated")),
            column("Sequences unreadable", Unit::Count, of("pg_sequences_unreadable")),
        ],
    )
    .sorted_by("Foreign key without index")
    .empty("nothing is missing")
}

pub fn collations() -> Panel {
    table(
        "Changed sort orders, the 50 with most",
        "Collations whose rules changed since the indexes were made, mostly by an upgrade of the operating system. Good is none: REINDEX, then REFRESH VERSION. The default of a database is known from 15 on.",
        [key("server", "Server").width(110), key("datname", "Database").width(85), key("collname", "Collation")],
        [
            column(
                "Indexes",
                Unit::Count,
                r#"topk(50, max by (server, datname, collname) (
  pg_collation_indexes{$database} and on (server, datname, schemaname, collname) pg_collation_version_mismatch{$database} == 1
    or label_replace(pg_database_collation_version_mismatch{$database} == 1, "collname", "default", "", "")
))"#,
            )
            .width(75),
        ],
    )
    .empty("none has changed")
}

pub fn extensions() -> Panel {
    table(
        "Extensions to update, the 50 first",
        "The server's files are newer than what the database has. Good is an empty list: ALTER EXTENSION ... UPDATE after each upgrade.",
        [
            key("server", "Server").width(110),
            key("datname", "Database").width(80),
            key("extname", "Extension"),
            key("extversion", "Has").width(50),
        ],
        [column(
            "Newest",
            Unit::Word,
            "topk(50, max by (server, datname, extname, extversion, default_version) (pg_extension_update_available{$database} == 1))",
        )
        .label("default_version")
        .width(85)],
    )
    .empty("all are up to date")
}

pub fn passwords() -> Panel {
    table(
        "Passwords that expire, the 20 next",
        "Roles whose password has an end, quarterly for instance. Good is more than a week. What is below 0 has expired: who uses it can no longer log in.",
        [key("server", "Server").width(130), key("usename", "Role")],
        [
            column("In", Unit::Seconds, "bottomk(20, min by (server, usename) (pg_role_password_expiry_timestamp_seconds{$server} - time()))")
                .thresholds("maintenance", "PostgresPasswordExpiring")
                .width(110),
        ],
    )
    .ordered_by("In")
    .empty("no password expires")
}
