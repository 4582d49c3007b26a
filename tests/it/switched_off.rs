//! What a server does not count is absent and not 0, and the reason is told.

use std::collections::BTreeSet;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually};

on_first_and_last!(nothing_is_counted, one_role_says_nothing);

/// What each setting feeds.
const FED: [(&str, &[&str]); 4] = [
    (
        "track_activities",
        &[
            "pg_stat_activity_max_tx_seconds",
            "pg_stat_activity_max_query_seconds",
            "pg_stat_activity_long_running_count",
            "pg_stat_activity_long_idle_count",
            "pg_stat_progress_count",
            "pg_stat_database_active_time_seconds_total",
            "pg_stat_activity_max_tx_duration",
        ],
    ),
    (
        "track_counts",
        &[
            "pg_stat_database_deadlocks_total",
            "pg_stat_database_blks_hit_total",
            "pg_stat_user_tables_n_live_tup",
            "pg_stat_user_indexes_idx_scan_total",
            "pg_statio_user_tables_heap_blks_hit_total",
            "pg_statio_user_sequences_blks_hit_total",
            "pg_indexes_unused",
            "pg_tables_never_analyzed",
            "pg_partitioned_table_default_rows",
            "pg_table_autovacuum_dead_ratio",
        ],
    ),
    (
        "track_io_timing",
        &[
            "pg_stat_database_blk_read_time_seconds_total",
            "pg_stat_io_read_time_seconds_total",
            "pg_stat_statements_shared_blk_read_time_seconds_total",
        ],
    ),
    ("pg_stat_statements.track_planning", &["pg_stat_statements_plans_total"]),
];

/// The same of settings that came later.
const FED_LATER: [(u32, &str, &[&str]); 2] =
    [(14, "track_wal_io_timing", &["pg_stat_wal_write_time_seconds_total"]), (14, "compute_query_id", &["pg_stat_statements_calls_total"])];

/// What none of them feeds.
const KEPT: [&str; 8] = [
    "pg_stat_database_numbackends",
    "pg_stat_database_xact_commit_total",
    "pg_connections_used",
    "pg_stat_activity_count",
    "pg_locks_count",
    "pg_tables",
    "pg_indexes",
    "pg_settings_track_counts",
];

fn skipped(page: &Page) -> BTreeSet<String> {
    page.all("pgvigil_query_skipped", &[("reason", "setting")]).map(|sample| sample.label("query").to_owned()).collect()
}

fn nothing_is_counted(major: u32) {
    let later = FED_LATER.iter().filter(|(from, ..)| *from <= major).map(|(_, setting, metrics)| (*setting, *metrics));
    let fed: Vec<(&str, &[&str])> = FED.into_iter().chain(later).collect();
    let off: Vec<(&str, &str)> = fed.iter().map(|(setting, _)| (*setting, "off")).collect();
    let server = Server::primary_with(major, &off);
    server.psql().run(
        "create table held (id int primary key); create index on held (id); create sequence counted;
         create table parted (id int) partition by list (id); create table parted_rest partition of parted default;
         insert into held values (1); select nextval('counted')",
    );
    let mut holder = server.psql().session();
    holder.run("begin");
    holder.run("lock table held");
    let mut waiting = server.psql().session();
    waiting.start("select * from held");
    let config = Config::quick().server("db", &server);
    let exporter = Exporter::start(&config, &[]);
    exporter.await_value(SOON, "pg_locks_count", &[("datname", "postgres"), ("mode", "accesssharelock"), ("granted", "false")], Some(1.0));
    let page = exporter.await_all(&["db"]);
    for (setting, metrics) in &fed {
        for metric in *metrics {
            assert_eq!(page.all(metric, &[]).next().map(|sample| sample.value), None, "{metric} without {setting}");
        }
    }
    let missing: Vec<&str> = KEPT.into_iter().filter(|name| page.all(name, &[]).next().is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // From 14 on a session tells what it waits for whatever the setting.
    let blocked = [("datname", "postgres")];
    assert_eq!(page.value("pg_blocked_backends", &blocked), (major >= 14).then_some(1.0));
    let skipped = skipped(&page);
    let expected = [
        "activity/longest",
        "activity/thresholds",
        "progress/count",
        "tables/stat",
        "database/work",
        "database/io_time",
        "statements/planning",
    ];
    assert!(expected.iter().all(|query| skipped.contains(*query)), "{skipped:?}");
    assert_eq!(skipped.contains("locks/blocked"), major < 14);

    // What `check` says of it mends it, and then everything is there. Of several settings of one query it names the first that is off.
    // compute_query_id = auto would not mend it: where it was off at the start, that takes a restart.
    let mut told = BTreeSet::new();
    loop {
        let (well, said) = check(&config);
        assert!(well, "a setting is a matter of choice: {said}");
        let statements: BTreeSet<String> =
            said.lines().map(|line| line.trim().to_owned()).filter(|line| line.starts_with("ALTER SYSTEM SET ")).collect();
        if statements.is_empty() {
            break;
        }
        for statement in statements {
            for part in statement.split_inclusive(';') {
                server.psql().run(part);
            }
            assert!(told.insert(statement.clone()), "{statement} does not mend it: {said}");
        }
        // The postmaster reads its files a moment after it was told to.
        eventually(SOON, "the settings are on", || {
            let on = |(setting, _): &&(&str, &[&str])| told.iter().any(|it| it.contains(&format!("SET {setting} = ")));
            let off = fed.iter().filter(on).filter(|(setting, _)| server.psql().run(&format!("show {setting}")) == "off");
            let off: Vec<_> = off.collect();
            ensure(off.is_empty(), || format!("{off:?}"))
        });
    }
    assert_eq!(told.len(), fed.len(), "{told:?}");
    holder.run("commit");
    // New sessions of what is to be counted.
    server.psql().run("select * from held; vacuum held; select pg_sleep(1.1)");
    exporter.await_page(SOON * 3, "everything is there", |page| {
        let metrics = fed.iter().flat_map(|(_, metrics)| *metrics);
        let no_view = |name: &str| (major < 14 && name.contains("active_time")) || (major < 16 && name.contains("stat_io_"));
        let missing: Vec<_> = metrics.filter(|name| !no_view(name) && page.all(name, &[]).next().is_none()).collect();
        ensure(missing.is_empty(), || format!("{missing:?}"))
    });
}

fn check(config: &Config) -> (bool, String) {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    std::fs::write(&file, config.yaml(1)).expect("its own folder");
    let output = exporter::run(&["check", "--config", &file.display().to_string(), "--connect"], folder.path(), &[]);
    (output.status.success(), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The sessions of one role do not say what they do: of them nothing is known, and of the others everything.
fn one_role_says_nothing(major: u32) {
    let server = Server::primary(major);
    server.psql().run(
        "create role silent login superuser; alter role silent set track_activities = off; create role open login superuser;
         create database quiet; create database loud; create table held (id int)",
    );
    let session = |user: &str, database: &str| {
        let mut session = server.psql().user(user).database(database).session();
        session.run("begin");
        session.run("select txid_current()");
        session
    };
    let _sessions = [session("silent", "quiet"), session("silent", "loud"), session("open", "loud")];
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    let of = |datname: &'static str, usename: &'static str| [("datname", datname), ("usename", usename)];
    for metric in
        ["pg_stat_activity_max_tx_seconds", "pg_stat_activity_max_query_seconds", "pg_stat_activity_max_idle_in_transaction_seconds"]
    {
        assert_eq!(page.value(metric, &of("quiet", "silent")), None, "{metric}");
        assert_eq!(page.value(metric, &of("loud", "silent")), None, "{metric}");
        assert!(page.value(metric, &of("loud", "open")).is_some(), "{metric}");
    }
    assert!(page.value("pg_stat_activity_max_idle_in_transaction_seconds", &of("loud", "open")) > Some(0.0));
    for (datname, known) in [("quiet", None), ("loud", None), ("template0", None), ("postgres", Some(0.0))] {
        let count = page.value("pg_stat_activity_long_idle_count", &[("datname", datname), ("threshold", "1h")]);
        assert_eq!(count, known, "{datname}");
    }
    let disabled = page.all("pg_stat_activity_max_tx_duration", &[("state", "disabled"), ("usename", "silent")]).next();
    assert!(disabled.is_none(), "{disabled:?}");

    // A lock that it waits for. Before 14 it does not say so.
    let mut holder = server.psql().user("open").session();
    holder.run("begin");
    holder.run("lock table held");
    let mut waiting = server.psql().user("silent").session();
    waiting.start("select * from held");
    exporter.await_value(SOON, "pg_locks_count", &[("datname", "postgres"), ("mode", "accesssharelock"), ("granted", "false")], Some(1.0));
    exporter.await_value(SOON, "pg_blocked_backends", &[("datname", "postgres")], (major >= 14).then_some(1.0));
    assert_eq!(exporter.page().value("pg_blocked_backends", &[("datname", "quiet")]), (major >= 14).then_some(0.0));
    // Another one that says so is counted.
    let mut another = server.psql().user("open").session();
    another.start("select * from held");
    exporter.await_value(SOON, "pg_blocked_backends", &[("datname", "postgres")], Some(if major >= 14 { 2.0 } else { 1.0 }));
    holder.run("commit");
    let errors = exporter.page().all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).count();
    assert_eq!(errors, 0, "{}", exporter.log());
}
