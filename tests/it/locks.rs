//! A session holds ACCESS EXCLUSIVE on a table, as each ALTER TABLE does, or waits for it. That is when pgvigil is needed,
//! and when others pile up behind the lock.

use std::fs;
use std::time::{Duration, Instant};

use crate::faults::all_go_on;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::psql::Session;
use crate::support::server::Server;
use crate::support::vigil::{BACK, Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually, process};

/// A fresh login is tried every 30 s, and may take 5 to fail.
const LOGIN_NOTICED: Duration = Duration::from_mins(1);

on_every_major!(access_exclusive);

fn has(page: &Page, name: &str, relname: &str) -> bool {
    page.all(name, &[("relname", relname)]).next().is_some()
}

fn access_exclusive(major: u32) {
    let server = Server::primary(major);
    server.psql().run(
        "create table altered (id int primary key, t text); insert into altered select g, g from generate_series(1, 99) g;
         create table other (id int primary key); insert into other select generate_series(1, 99); analyze",
    );
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let sizes = ["altered", "other"].map(|table| has(&exporter.page(), "pg_table_size_bytes", table));
    assert_eq!(sizes, [true, true], "both tables are seen");
    let vigil = Vigil::over(&exporter, &["primary"]);

    let mut reader = server.psql().application("reader").session();
    reader.run("begin");
    reader.run("select count(*) from altered");
    let mut altering = server.psql().application("altering").session();
    altering.run("begin");
    altering.start("alter table altered add column n int");
    let waits = |wanted: &str| {
        eventually(SOON, &format!("waiting: {wanted}"), || {
            let waiting = server.psql().run("select count(*) from pg_locks where not granted");
            ensure(waiting == wanted, || waiting)
        });
    };
    waits("1");
    goes_on(&exporter, "while it is waited for");
    let blocked = exporter.page().sum("pg_blocked_backends", &[("server", "primary")]);
    assert_eq!(blocked, Some(1.0), "pgvigil itself is never among those that wait");
    vigil.notices("primary", true);

    reader.run("commit");
    waits("0");
    goes_on(&exporter, "while it is held");
    vigil.notices("primary", true);

    altering.run("commit");
    vigil.all_back(&before, |_| false);
    no_errors(&exporter);
}

/// Everything is collected all the same, but for the size of that one table.
#[track_caller]
fn goes_on(exporter: &Exporter, when: &str) {
    all_go_on(exporter, &exporter.page(), "primary");
    let (page, ()) = exporter.await_page(SOON, "nobody can know that size", |page| {
        ensure(!has(page, "pg_table_size_bytes", "altered"), || format!("it is said {when}"))
    });
    assert!(has(&page, "pg_stat_user_tables_n_live_tup", "altered"), "{when}");
    assert!(has(&page, "pg_stat_user_tables_n_live_tup", "other"), "{when}");
    assert!(has(&page, "pg_table_size_bytes", "other"), "{when}");
    assert!(has(&page, "pg_index_size_bytes", "other"), "{when}");
}

/// What excludes everybody waits behind a reader, and whoever comes later would wait behind it.
#[test]
fn waiting_maintenance() {
    let server = Server::primary(18);
    server.psql().run("create table altered (id int primary key); insert into altered select generate_series(1, 9); analyze");
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    for command in ["reindex index altered_pkey", "alter table altered add column n int", "vacuum full altered"] {
        let mut reader = server.psql().application("reader").session();
        reader.run("begin");
        // Which locks the table's index as well.
        reader.run("select count(*) from altered where id = 1");
        let mut maintenance = server.psql().application("maintenance").session();
        maintenance.start(command);
        server.psql().await_true("exists (select from pg_locks where not granted)");
        all_go_on(&exporter, &exporter.page(), "primary");
        let blocked = exporter.page().sum("pg_blocked_backends", &[("server", "primary")]);
        assert_eq!(blocked, Some(1.0), "pgvigil itself is never among those that wait: {command}");
        reader.run("commit");
        maintenance.run("select 1");
        vigil.all_back(&before, |_| false);
    }
    vigil.notices("primary", true);
    no_errors(&exporter);
}

/// What takes long and holds a lock that excludes everybody. The index's function waits for the test, so that it lasts as long as is
/// wanted and no longer.
#[test]
fn long_maintenance() {
    let server = Server::primary(18);
    let psql = server.psql();
    psql.run(
        "create table altered (id int primary key); insert into altered select generate_series(1, 9);
         create table other (id int primary key); insert into other select generate_series(1, 99);
         create function wait_for_the_test(int) returns int language plpgsql immutable as
             $$ begin perform pg_catalog.pg_advisory_xact_lock_shared(1); return $1; end $$;
         create index altered_slow on altered (wait_for_the_test(id)); analyze",
    );
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    for (command, unknown, known) in [
        ("vacuum full altered", "pg_table_size_bytes", None),
        ("cluster altered using altered_pkey", "pg_table_size_bytes", None),
        ("reindex index altered_slow", "pg_index_size_bytes", Some("pg_stat_user_indexes_idx_scan_total")),
        ("begin; alter table altered add column n int; drop index altered_slow; create table younger (n int)", "pg_table_size_bytes", None),
    ] {
        let mut test = psql.application("test").session();
        test.run("select pg_advisory_lock(1)");
        let mut maintenance = psql.application("maintenance").session();
        maintenance.start(command);
        eventually(SOON, "it has its lock", || {
            let held = "select count(*) from pg_locks l join pg_class c on c.oid = l.relation
                        where mode = 'AccessExclusiveLock' and granted and c.relname in ('altered', 'altered_slow')";
            let count = psql.run(held);
            ensure(count != "0", || count)
        });
        all_go_on(&exporter, &exporter.page(), "primary");
        exporter.await_page(SOON, command, |page| {
            let left = page.all(unknown, &[]).any(|sample| sample.label("relname") == "altered" && unknown.starts_with("pg_table"))
                || page.all(unknown, &[("indexrelname", "altered_slow")]).next().is_some();
            let others = has(page, "pg_table_size_bytes", "other") && has(page, "pg_stat_user_tables_n_live_tup", "altered");
            let known = known.is_none_or(|name| page.all(name, &[("indexrelname", "altered_slow")]).next().is_some());
            ensure(!left && others && known, || format!("{left} {others} {known}"))
        });
        drop(test);
        maintenance.run("rollback");
        vigil.all_back(&before, |_| false);
    }
    no_errors(&exporter);
}

/// Fifty sessions wait in a tree: each holds a row and waits for its parent's.
#[test]
fn fifty_waiters() {
    const WAITERS: usize = 50;
    let server = Server::primary(18);
    server.psql().run(&format!("create table tree (id int primary key); insert into tree select generate_series(1, {})", WAITERS + 1));
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let mut sessions: Vec<Session> = Vec::new();
    for id in 1..=WAITERS + 1 {
        let mut session = server.psql().application("waiter").session();
        session.run("begin");
        session.run(&format!("select from tree where id = {id} for update"));
        if id > 1 {
            session.start(&format!("select from tree where id = {} for update", id / 2));
        }
        sessions.push(session);
    }
    let blocked = |page: &Page| page.sum("pg_blocked_backends", &[("server", "primary")]);
    #[expect(clippy::cast_precision_loss, reason = "fifty")]
    exporter
        .await_page(SOON, "all of them are seen", |page| ensure(blocked(page) == Some(WAITERS as f64), || format!("{:?}", blocked(page))));
    all_go_on(&exporter, &exporter.page(), "primary");
    drop(sessions);
    vigil.ends();
    exporter.await_page(SOON, "none of them is left", |page| ensure(blocked(page) == Some(0.0), || format!("{:?}", blocked(page))));
    vigil.all_back(&before, |_| false);
    no_errors(&exporter);
}

/// Somebody holds every catalogue of the server. Hardly anything can be read, nobody can log in, and still the server lives: that is what
/// the page says, and each statement ends after its 100 ms. A login that waits there cannot be ended, so there is one and no second one.
#[test]
fn every_catalogue() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let mut holder = hold_every_catalogue(&server);
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", &[("server", "primary")], Some(0.0));
    vigil.lasts("primary", true, Duration::from_secs(20));
    let failed = exporter.page().sum("pgvigil_query_errors_total", &[("kind", "lock")]);
    assert!(failed > Some(50.0), "{failed:?}");
    holder.run("rollback");
    drop(holder);
    vigil.all_back(&before, |_| false);
    exporter.await_value(BACK, "pg_login_up", &[("server", "primary")], Some(1.0));
}

fn hold_every_catalogue(server: &Server) -> Session {
    let tables = "select string_agg(format('pg_catalog.%I', relname), ', ') from pg_class
                  where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r'";
    let tables = server.psql().run(tables);
    let mut holder = server.psql().application("holder").session();
    holder.run("begin");
    holder.run(&format!("lock table {tables} in access exclusive mode"));
    holder
}

/// The same, and pgvigil's session is terminated meanwhile: it has to log in and cannot. A login that waits there does not end when its client
/// hangs up, so that one more would be left behind at every try.
#[test]
fn every_catalogue_and_no_session() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let mut holder = hold_every_catalogue(&server);
    vigil.changes("primary");
    holder.run("select pg_terminate_backend(pid) from pg_stat_get_activity(null) where application_name = 'pgvigil'");
    vigil.notices("primary", false);
    // The logins that wait count across a reload: no third is tried.
    for interval in ["5s", "6s"] {
        let other = Config::every(interval, "3s").server("primary", &server);
        fs::write(exporter.config_file(), other.yaml(exporter.port)).expect("its own folder");
        assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
        vigil.notices("primary", false);
        vigil.lasts("primary", false, Duration::from_secs(8));
    }
    vigil.lasts("primary", false, Duration::from_secs(14));
    assert!((1..=2).contains(&logins(&server)), "{}", logins(&server));
    holder.run("rollback");
    drop(holder);
    vigil.changes("primary");
    vigil.all_back(&before, |_| false);
    vigil.notices("primary", true);
}

/// Processes of the server that are at a login of pgvigil's or past it, as they call themselves.
fn logins(server: &Server) -> usize {
    let title = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    process::children(server.pid()).iter().filter(|pid| title(pid).contains(": pgvigil postgres ")).count()
}

/// Somebody reads a catalogue that every session needs, and somebody else waits for the exclusive lock on it: everybody queues behind that one,
/// logins too. Then it is held.
#[test]
fn a_catalogue_waited_for() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let mut reader = server.psql().application("reader").session();
    let mut waiting = server.psql().application("waiting").session();
    reader.run("begin");
    reader.run("lock table pg_class in access share mode");
    waiting.run("begin");
    waiting.start("lock table pg_class in access exclusive mode");
    eventually(SOON, "it is waited for", || {
        // Who has the lock already gets it again. Nobody else could look.
        let count = reader.run("select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'");
        ensure(count == "1", || count)
    });
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", &[("server", "primary")], Some(0.0));
    vigil.lasts("primary", true, Duration::from_secs(10));
    reader.run("commit");
    waiting.run("select 1");
    vigil.lasts("primary", true, Duration::from_secs(10));
    waiting.run("rollback");
    drop(waiting);
    vigil.all_back(&before, |_| false);
    exporter.await_value(BACK, "pg_login_up", &[("server", "primary")], Some(1.0));
}

/// What every session reads first is locked when pgvigil comes. It looks again at its pace, and does not spin meanwhile.
#[test]
fn a_catalogue_from_the_start() {
    let server = Server::primary(18);
    let mut holder = server.psql().application("holder").session();
    holder.run("begin");
    holder.run("lock table pg_extension in access exclusive mode");
    let exporter = Exporter::start(&Config::as_shipped().server("primary", &server), &[&server]);
    exporter.await_value(SOON, "pg_up", &[("server", "primary")], Some(1.0));
    let (begun, before) = (Instant::now(), process::cpu_time(exporter.pid()));
    eventually(SOON, "three looks fail", || {
        let log = server.log();
        ensure(log.matches("ERROR:  canceling statement due to lock timeout").count() >= 3, || log)
    });
    assert_eq!(exporter.log().matches("the server's facts cannot be read").count(), 1, "{}", exporter.log());
    let (used, took) = (process::cpu_time(exporter.pid()).saturating_sub(before), begun.elapsed());
    assert!(used < took / 5, "{used:?} of processor time in {took:?}");
    let vigil = Vigil::over(&exporter, &["primary"]);
    exporter.await_value(SOON, "pg_login_up", &[("server", "primary")], Some(1.0));
    vigil.lasts("primary", true, Duration::from_secs(3));
    holder.run("rollback");
    drop(holder);
    whole(&exporter, &["primary"]);
}

#[track_caller]
fn no_errors(exporter: &Exporter) {
    let errors: Vec<_> = exporter.page().all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).cloned().collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
