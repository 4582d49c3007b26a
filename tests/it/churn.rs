//! Databases, extensions and statistics come and go while they are read, and pgvigil is in nobody's way.

use std::time::{Duration, Instant};

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::vigil::{BACK, Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually};
use crate::timeouts::own_query;

const NAMES: &[&str] = &["primary"];
/// How often PostgreSQL itself looks whether the others have left a database that is to be dropped or renamed, and for how long: 50 times.
const LOOK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(5);

fn tables_of(page: &Page, datname: &str) -> usize {
    page.all("pg_stat_user_tables_n_live_tup", &[("datname", datname)]).count()
}

/// Waits until a database's tables are on the page, or no series of it any more.
#[track_caller]
fn await_database(exporter: &Exporter, datname: &str, there: bool) {
    exporter.await_page(BACK, &format!("{datname} is there: {there}"), |page| {
        let right = if there {
            tables_of(page, datname) > 0
        } else {
            page.samples().all(|sample| sample.label("datname") != datname || sample.name.starts_with("pg_stat_statements_"))
        };
        ensure(right, || format!("{} tables", tables_of(page, datname)))
    });
}

/// Waits until pgvigil's own query runs in a database.
#[track_caller]
fn await_visit(psql: &Psql, datname: &str) {
    let visit =
        format!("select count(*) from pg_stat_activity where datname = '{datname}' and state = 'active' and query like '%own/slow%'");
    eventually(BACK, "the query runs", || {
        let running = psql.run(&visit);
        ensure(running == "1", || running)
    });
}

/// Runs what needs a database without sessions while pgvigil reads in it, and says how long that took. It must succeed at the first try.
fn exclusively(psql: &Psql, datname: &str, statement: &str) -> Duration {
    await_visit(psql, datname);
    let begun = Instant::now();
    psql.run(statement);
    begun.elapsed()
}

/// Databases are made, renamed and dropped while pgvigil reads in them. PostgreSQL does neither while somebody is connected: it lets nobody
/// new in, waits up to five seconds for those who are there to leave, and refuses if one stays. So each of these statements begins while a
/// visit is out, here one of a second and more, and succeeds because pgvigil leaves.
#[test]
fn databases_come_and_go() {
    let server = Server::primary(18);
    let own = own_query(
        "slow",
        "-- scope: database\n-- interval: 4s\n-- timeout: 3s\n-- limit: 1 series\n-- gauge own_slow: Takes its time.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(1.5) WHERE pg_catalog.current_database() IN ('first', 'second')",
    );
    let exporter = Exporter::start(&steady().directory(own.path()).server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let psql = server.psql();
    let mut slowest = Duration::ZERO;
    for round in 0..3 {
        psql.run("create database first");
        psql.database("first").run("create table t (n int)");
        await_database(&exporter, "first", true);
        slowest = slowest.max(exclusively(&psql, "first", "alter database first rename to second"));
        if round == 0 {
            await_database(&exporter, "first", false);
            await_database(&exporter, "second", true);
        }
        slowest = slowest.max(exclusively(&psql, "second", "drop database second"));
        await_database(&exporter, "second", false);
    }
    assert!(slowest < PATIENCE, "the slowest of them took {slowest:?}");
    assert!(slowest > LOOK, "none of them had to wait for pgvigil: {slowest:?}");
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// A database is dropped by force while a query runs in it: that query fails and nothing else does.
#[test]
fn database_dropped_under_a_query() {
    let server = Server::primary(18);
    let own = own_query(
        "slow",
        "-- scope: database\n-- interval: 4s\n-- timeout: 3s\n-- limit: 1 series\n-- gauge own_slow: Never there.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(60) WHERE pg_catalog.current_database() = 'doomed'",
    );
    let config = Config::as_shipped()
        .directory(own.path())
        .line("override: { \"[!o]*/*\": { interval: 4s, timeout: 3s } }")
        .server("primary", &server);
    let exporter = Exporter::start(&config, &[&server]);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let psql = server.psql();
    psql.run("create database doomed");
    await_visit(&psql, "doomed");
    psql.run("drop database doomed with (force)");
    vigil.ends();
    await_database(&exporter, "doomed", false);
    crate::faults::all_go_on(&exporter, &exporter.page(), "primary");
    vigil.notices("primary", true);
    let page = vigil.all_back(&before, |_| false);
    let failed = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0 && sample.label("query") != "own/slow");
    assert_eq!(failed.count(), 0, "{}", exporter.log());
}

/// A statement runs out of time just as a database is dropped, on a machine so busy that its process gets to hear of both at once. PostgreSQL throws the
/// error first and forgets the rest, and whoever drops the database waits for a session that never lets go of it.
#[test]
fn database_dropped_as_a_statement_runs_out_of_time() {
    let server = Server::primary(18);
    let own = own_query(
        "slow",
        "-- interval: 4s\n-- timeout: 3s\n-- limit: 1 series\n-- gauge own_slow: Never there.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(60)",
    );
    let exporter = Exporter::start(&steady().directory(own.path()).server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let psql = server.psql();
    // Else the test would wait for it for ever.
    psql.run("alter role postgres set statement_timeout = '60s'");
    let slow = "from pg_stat_activity where query like '%own/slow%' and wait_event = 'PgSleep' and application_name = 'pgvigil'";
    let drops = || {
        let pid = eventually(BACK, "the query runs", || {
            let pid = psql.run(&format!("select min(pid) {slow} and clock_timestamp() - query_start < '1 s'"));
            pid.parse().map_err(|_| pid)
        });
        psql.run("create database doomed");
        let suspended = server.suspend_session(pid);
        std::thread::scope(|scope| {
            let dropped = scope.spawn(|| server.psql().try_run("drop database doomed"));
            psql.await_true("exists (select from pg_stat_activity where wait_event = 'ProcSignalBarrier')");
            psql.await_true(&format!("exists (select {slow} and clock_timestamp() - query_start > '3.1 s')"));
            drop(suspended);
            let dropped = dropped.join().expect("psql runs");
            assert!(dropped.is_ok(), "{dropped:?}");
        });
        pid
    };
    // A session that got to run a second too late was given up, and lets go of everything as it ends.
    let lives_on = |pid: u32| {
        let then = psql.run("select clock_timestamp()");
        eventually(BACK, "it does the next thing, or is gone", || {
            let later = psql.run(&format!("select query_start > '{then}' from pg_stat_get_activity({pid})"));
            match later.as_str() {
                "t" => Ok(true),
                "" => Ok(false),
                _ => Err(later),
            }
        })
    };
    assert!((0..5).any(|_| lives_on(drops())), "{}", exporter.log());
    vigil.ends();
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// The extension goes: its queries are skipped and say so. It comes back, in another schema.
#[test]
fn extension_dropped_and_created() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let calls = |page: &Page| page.all("pg_stat_statements_calls_total", &[]).count();
    server.psql().run("drop extension pg_stat_statements");
    exporter.await_page(BACK, "the statements vanish, with the reason", |page| {
        let skipped = page.all("pgvigil_query_skipped", &[("reason", "extension"), ("query", "statements/top")]).count();
        ensure(calls(page) == 0 && skipped == 1, || format!("{} statements, {skipped} skipped", calls(page)))
    });
    server.psql().run("create schema ext; grant usage on schema ext to public; create extension pg_stat_statements schema ext");
    vigil.ends();
    exporter.await_page(BACK, "the statements are back", |page| ensure(calls(page) > 0, || exporter.log()));
    // pgvigil's calls of the functions were counted by their schema.
    let page = vigil.all_back(&before, |series| series.starts_with("pg_stat_user_functions_"));
    let errors = page.sum("pgvigil_query_errors_total", &[("query", "statements/top")]);
    assert!(errors <= Some(1.0), "at most the one run that met the change: {errors:?}");
    vigil.notices("primary", true);
}

/// Statistics are reset: counters fall to what PostgreSQL counts from then on, and nothing is lost.
#[test]
fn statistics_reset() {
    let server = Server::primary(18);
    server
        .psql()
        .run("create table counted (n int); insert into counted select generate_series(1, 1000); select pg_stat_force_next_flush()");
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let counters = |page: &Page| {
        let of_table = page.value("pg_stat_user_tables_n_tup_ins_total", &[("relname", "counted")]);
        let of_database = page.value("pg_stat_database_tup_inserted_total", &[("datname", "postgres")]);
        (of_table, of_database)
    };
    exporter.await_page(SOON, "the rows are counted", |page| {
        let (of_table, of_database) = counters(page);
        ensure(of_table == Some(1000.0) && of_database >= Some(1000.0), || format!("{of_table:?}, {of_database:?}"))
    });
    server.psql().run(
        "select pg_stat_reset(); select pg_stat_reset_shared('wal'); select pg_stat_reset_shared('bgwriter'); select pg_stat_reset_shared('io');
         select pg_stat_reset_slru(null); select pg_stat_statements_reset()",
    );
    vigil.ends();
    exporter.await_page(BACK, "the counters fall", |page| {
        let (of_table, of_database) = counters(page);
        ensure(of_table == Some(0.0) && of_database < Some(1000.0), || format!("{of_table:?}, {of_database:?}"))
    });
    vigil.all_back(&before, |_| false);
}
