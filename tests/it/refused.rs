//! What a server refuses to tell costs what needs it, and nothing beside it.

use std::collections::BTreeSet;
use std::fs;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::server::{Server, Stop};
use crate::support::{SOON, ensure, project};
use crate::timeouts::own_query;

on_first_and_last!(a_managed_service, a_setting_that_is_no_number);

/// As some managed services have it: these functions are there and refuse to work. The built-in ones are found by their OIDs, so each is renamed and
/// another one has its name.
const REFUSING: &str = "
    set allow_system_table_mods = on;
    create function pg_catalog.refused(name text) returns boolean language plpgsql as $$ begin
      raise exception 'Function %() is currently not supported here', name using errcode = '0A000', hint = 'Ask for something else.'; end $$;
    alter function pg_catalog.pg_current_wal_lsn() rename to kept_pg_current_wal_lsn;
    create function pg_catalog.pg_current_wal_lsn() returns pg_lsn language plpgsql as $$ begin
      perform pg_catalog.refused('pg_current_wal_lsn'); return null; end $$;
    alter function pg_catalog.pg_control_checkpoint() rename to kept_pg_control_checkpoint;
    create function pg_catalog.pg_control_checkpoint(out redo_lsn pg_lsn, out timeline_id integer, out checkpoint_time timestamptz) language plpgsql as $$ begin
      perform pg_catalog.refused('pg_control_checkpoint'); end $$";

const REFUSING_FROM_14: &str = "
    set allow_system_table_mods = on;
    create or replace view pg_catalog.pg_stat_wal as select w.* from pg_catalog.pg_stat_get_wal() as w where pg_catalog.refused('pg_stat_get_wal')";

/// What they refuse, as query files name it.
const REFUSED: [&str; 3] = ["pg_catalog.pg_current_wal_lsn(", "pg_catalog.pg_control_checkpoint(", "pg_catalog.pg_stat_wal\n"];

/// What must be there all the same: it says whether the server is well.
const KEPT: [&str; 9] = [
    "pg_in_recovery",
    "pg_replication_is_replica",
    "pg_postmaster_start_time_seconds",
    "pg_replication_slots_active",
    "pg_replication_slots_safe_wal_size_bytes",
    "pg_settings_max_connections",
    "pg_server_info",
    "pg_wal_size_bytes",
    "pg_stat_activity_max_tx_seconds",
];

fn of_reason(page: &Page, reason: &str) -> BTreeSet<String> {
    page.all("pgvigil_query_skipped", &[("reason", reason)]).map(|sample| sample.label("query").to_owned()).collect()
}

fn failed(page: &Page) -> Vec<String> {
    page.all("pgvigil_query_errors_total", &[]).map(|sample| format!("{sample:?}")).collect()
}

fn a_managed_service(major: u32) {
    let server = Server::primary_with(major, &[("max_slot_wal_keep_size", "2GB")]);
    server.psql().run("select pg_create_physical_replication_slot('kept', true)");
    server.psql().run(REFUSING);
    if major >= 14 {
        server.psql().run(REFUSING_FROM_14);
    }
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(failed(&page), [""; 0], "{}", exporter.log());
    let missing: Vec<&str> = KEPT.into_iter().filter(|name| page.all(name, &[]).next().is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");

    let unsupported = of_reason(&page, "unsupported");
    let text = |query: &str| fs::read_to_string(project().join(format!("queries/{query}.sql"))).expect("a readable query");
    let names_it = |query: &str| REFUSED.iter().any(|name| text(query).contains(name));
    let others: Vec<&String> = unsupported.iter().filter(|query| !names_it(query)).collect();
    assert!(others.is_empty() && unsupported.contains("server/timeline"), "{unsupported:?}");
    // Nobody waits for what a service will never tell; it is said what it says, and what to do.
    let said =
        "the server does not support it: Function pg_current_wal_lsn() is currently not supported here (hint: Ask for something else.)";
    assert!(exporter.get("/", &[]).text().contains(said), "{}", exporter.get("/", &[]).text());
    exporter.await_log("Ask for something else.");
    let (well, output) = check(&Config::quick().server("db", &server));
    assert!(well && output.contains(said), "{output}");

    server.psql().run(
        "drop function pg_catalog.pg_current_wal_lsn(); alter function pg_catalog.kept_pg_current_wal_lsn() rename to pg_current_wal_lsn;
         drop function pg_catalog.pg_control_checkpoint(); alter function pg_catalog.kept_pg_control_checkpoint() rename to pg_control_checkpoint",
    );
    // It is asked again later and later: within a minute, after the few tries of this test.
    exporter.await_value(SOON * 4, "pg_timeline_id", &[], Some(1.0));
}

/// Whether `check --connect` finds nothing to mend, and what it says.
fn check(config: &Config) -> (bool, String) {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    fs::write(&file, config.yaml(1)).expect("its own folder");
    let output = exporter::run(&["check", "--config", &file.display().to_string(), "--connect"], folder.path(), &[]);
    (output.status.success(), String::from_utf8(output.stdout).expect("UTF-8"))
}

/// An extension may show a number as it likes, such as -1:100.
fn a_setting_that_is_no_number(major: u32) {
    let server = Server::primary(major);
    server.psql().run(
        "set allow_system_table_mods = on;
         do $$ begin execute format('create or replace view pg_catalog.pg_settings as select %s from pg_catalog.pg_show_all_settings() as s',
           (select string_agg(case attname when 'setting' then 'case name when ''vacuum_cost_limit'' then ''-1:100'' when ''bgwriter_delay'' then ''1e999'' else setting end as setting'
                                           else attname::text end, ', ' order by attnum)
            from pg_attribute where attrelid = 'pg_catalog.pg_settings'::regclass and attnum > 0)); end $$",
    );
    let page = Exporter::start(&Config::once().server("db", &server), &[]).await_all(&["db"]);
    assert_eq!(failed(&page), [""; 0]);
    assert_eq!(page.value("pg_settings_max_connections", &[]), Some(100.0));
    assert_eq!(page.value("pg_settings_deadlock_timeout_seconds", &[]), Some(0.11));
    assert_eq!(page.value("pg_settings_random_page_cost", &[]), Some(4.0));
    for absent in ["pg_settings_vacuum_cost_limit", "pg_settings_bgwriter_delay_seconds"] {
        assert_eq!(page.value(absent, &[]), None, "{absent}");
    }
}

/// An extension whose library is not loaded says so, until it is.
#[test]
fn a_library_that_is_not_loaded() {
    let mut server = Server::primary(18);
    server.set("shared_preload_libraries", "");
    server.set("pg_stat_statements.track_planning", "on");
    server.stop(Stop::Fast);
    server.start();
    let exporter = Exporter::start(&Config::as_shipped().server("db", &server), &[]);
    let (page, ()) = exporter.await_page(SOON, "it is skipped", |page| {
        let unsupported = of_reason(page, "unsupported");
        ensure(unsupported.contains("statements/top"), || format!("{unsupported:?}"))
    });
    assert_eq!(failed(&page), [""; 0], "{}", exporter.log());
    server.set("shared_preload_libraries", "pg_stat_statements");
    server.stop(Stop::Fast);
    server.start();
    // Long before it would be asked again: what a restart may have mended is asked at once.
    exporter.await_page(SOON * 2, "it is collected", |page| {
        ensure(page.all("pg_stat_statements_calls_total", &[]).next().is_some(), || exporter.log())
    });
}

/// HINT is told wherever an error is, and DETAIL where it is not data. What the parser does not support is a fault of the file's.
#[test]
fn hints_and_details() {
    let server = Server::primary(18);
    server.psql().run(
        "create schema teller; grant usage on schema teller to pgvigil;
         create function teller.tell(code text) returns integer language plpgsql as $$ begin
           raise exception 'no %', code using errcode = code, detail = 'detail of ' || code, hint = 'hint of ' || code; end $$",
    );
    let header = "-- interval: 1s\n-- timeout: 900ms\n-- limit: 100 series\n-- gauge own_told: A number.";
    for (code, kind, detail) in [("42501", "denied", true), ("22P02", "sql", false), ("53400", "server", true), ("P0001", "sql", false)] {
        let own = own_query("told", header, &format!("SELECT teller.tell('{code}') AS own_told"));
        let config = Config::as_shipped().directory(own.path()).server("db", &server);
        let exporter = Exporter::start(&config, &[]);
        exporter.await_page(SOON, "it has failed", |page| {
            let errors = page.value("pgvigil_query_errors_total", &[("query", "own/told"), ("kind", kind)]);
            ensure(errors > Some(0.0), || format!("{code}: {errors:?}"))
        });
        exporter.await_log(&format!("hint of {code}"));
        let (_, checked) = check(&config);
        for said in [exporter.log(), exporter.get("/", &[]).text(), checked] {
            assert!(said.contains(&format!("no {code}")) && said.contains(&format!("hint of {code}")), "{said}");
            assert_eq!(said.contains(&format!("detail of {code}")), detail, "{said}");
        }
    }
    let own = own_query("told", header, "SELECT CASE WHEN true THEN pg_catalog.generate_series(1, 2) END AS own_told");
    let config = Config::as_shipped().directory(own.path()).server("db", &server);
    let exporter = Exporter::start(&config, &[]);
    exporter.await_page(SOON, "it has failed", |page| {
        let errors = page.value("pgvigil_query_errors_total", &[("query", "own/told"), ("kind", "sql")]);
        ensure(errors > Some(0.0), || format!("{errors:?}"))
    });
    let (well, checked) = check(&config);
    assert!(!well && checked.contains("own/told.sql:7:"), "{checked}");
}
