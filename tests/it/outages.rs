//! The server dies, comes back, or becomes another one. pgvigil runs on.

use std::fs;

use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::server::{Server, Stop};
use crate::support::vigil::{BACK, NOTICED, Vigil, steady, whole};
use crate::support::{SOON, ensure, not_run, process};

const SERVER: &[(&str, &str)] = &[("server", "primary")];
const NAMES: &[&str] = &["primary"];

fn serve(server: &Server) -> Exporter {
    Exporter::start(&steady().server("primary", server), &[server])
}

/// The kernel ends a process of pgvigil's for want of memory, then one of somebody else's: each time PostgreSQL ends all of them.
#[test]
fn backend_killed() {
    let server = Server::primary(18);
    let exporter = serve(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    for application in ["pgvigil", "other"] {
        let _other = server.psql().application("other").session();
        let pid = format!("select pid from pg_stat_activity where application_name = '{application}' order by backend_start limit 1");
        let started = exporter.page().value("pg_postmaster_start_time_seconds", SERVER);
        let since =
            exporter.page().value("pgvigil_query_last_success_timestamp_seconds", &[("server", "primary"), ("query", "server/state")]);
        process::signal("KILL", &[server.psql().run(&pid).parse().expect("a pid")]);
        vigil.ends();
        exporter.await_page(BACK, "the next session reads again", |page| {
            let success = page.value("pgvigil_query_last_success_timestamp_seconds", &[("server", "primary"), ("query", "server/state")]);
            ensure(success > since, || format!("{success:?}"))
        });
        let page = vigil.all_back(&before, |_| false);
        assert_eq!(page.value("pg_postmaster_start_time_seconds", SERVER), started, "the postmaster has lived on");
        vigil.notices("primary", true);
    }
}

/// It crashes as soon as it is up, five times, and once takes its time to come back.
#[test]
fn restart_loop() {
    let mut server = Server::primary(18);
    let exporter = serve(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    for round in 0..5 {
        vigil.changes("primary");
        server.stop(if round % 2 == 0 { Stop::Immediate } else { Stop::Fast });
        if round == 2 {
            vigil.notices("primary", false);
            vigil.lasts("primary", false, NOTICED);
            vigil.changes("primary");
        }
        server.start();
        if round == 3 {
            vigil.notices("primary", true);
        }
    }
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// The data directory is put back to what it was: what had been counted since is gone, and pgvigil says so and nothing else.
#[test]
fn restored_from_an_older_copy() {
    let mut server = Server::primary(18);
    server.psql().run("create table counted (n int); insert into counted values (1)");
    server.stop(Stop::Fast);
    let copy = server.copy_data();
    server.start();
    let exporter = serve(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let inserted = |page: &Page| page.value("pg_stat_user_tables_n_tup_ins_total", &[("relname", "counted")]);
    server.psql().run("insert into counted select generate_series(1, 1000); create table younger (n int)");
    exporter.await_page(SOON, "the rows are counted", |page| ensure(inserted(page) == Some(1001.0), || format!("{:?}", inserted(page))));
    vigil.changes("primary");
    server.stop(Stop::Fast);
    server.restore_data(copy);
    server.start();
    vigil.notices("primary", true);
    exporter.await_page(BACK, "the counter falls as PostgreSQL's does", |page| {
        let younger = page.all("pg_stat_user_tables_n_tup_ins_total", &[("relname", "younger")]).count();
        ensure(inserted(page) == Some(1.0) && younger == 0, || format!("{:?}, {younger} of the younger table", inserted(page)))
    });
    vigil.all_back(&before, |_| false);
}

/// The next major takes over the address. Its views have other columns, and some are new.
#[test]
fn upgraded() {
    let mut server = Server::primary(17);
    let exporter = serve(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    vigil.changes("primary");
    server.stop(Stop::Fast);
    vigil.notices("primary", false);
    vigil.changes("primary");
    server.upgrade(18);
    vigil.notices("primary", true);
    exporter.await_page(BACK, "it is the new version", |page| {
        let version: Vec<&str> = page.all("pg_server_info", SERVER).map(|sample| sample.label("version")).collect();
        let [new] = version[..] else { return Err(format!("{version:?}")) };
        ensure(new.starts_with("18."), || new.to_owned())?;
        // What only this major has.
        let new = [("query", "replication/subscription_conflicts"), ("reason", "version")];
        ensure(page.value("pgvigil_query_skipped", &new).is_none(), || "its new view is not read".to_owned())
    });
    // The names of the version, and a setting that was a switch up to 17.
    let old = ["pg_server_info", "extversion", "\"version\"", "pg_settings_log_connections"];
    let of_the_major = |series: &str| old.iter().any(|old| series.contains(old));
    let page = vigil.all_back(&before, of_the_major);
    let errors = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.label("kind") != "connection").count();
    assert_eq!(errors, 0, "{}", exporter.log());
}

/// A standby that may not be read says that it is starting up to whoever knocks.
#[test]
fn in_recovery_and_not_to_be_read() {
    let primary = Server::primary(18);
    let mut standby = primary.standby();
    let exporter = Exporter::start(&steady().server("primary", &standby), &[&standby]);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    vigil.changes("primary");
    standby.stop(Stop::Fast);
    standby.set("hot_standby", "off");
    standby.start_until("standby");
    let page = vigil.notices("primary", false);
    assert_eq!(page.value("pg_login_up", SERVER), Some(0.0));
    exporter.await_log("not accepting connections");
    vigil.changes("primary");
    standby.stop(Stop::Fast);
    standby.set("hot_standby", "on");
    standby.start();
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// The disk with all that the server has is full of WAL. It panics, and cannot recover either until somebody makes room.
#[test]
fn own_disk_full() {
    let mut server = Server::primary(18);
    server.stop(Stop::Fast);
    let Some(_disk) = server.move_to_disk(192, 2500) else { return };
    // What a careful operator keeps there, so that there is something to remove.
    let ballast = server.data().join("ballast");
    fs::write(&ballast, vec![0; 48 << 20]).expect("as root");
    server.start();
    let exporter = serve(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    vigil.changes("primary");
    let wal = "select count(pg_logical_emit_message(false, 'filling', repeat('x', 8000))) from generate_series(1, 100000)";
    assert!(server.psql().try_run(wal).is_err(), "there was room for all of it");
    assert!(server.log().contains("No space left on device"), "{}", server.log());
    server.ends_by_itself();
    vigil.notices("primary", false);
    vigil.changes("primary");
    fs::remove_file(ballast).expect("as root");
    server.start();
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// A disk is full: whoever writes there gets an error, and everybody else goes on.
#[test]
fn disk_full() {
    let Some(server) = Server::primary_with_small_disk(18) else {
        not_run("only root may mount");
        return;
    };
    let exporter = serve(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let psql = server.psql();
    psql.run(&format!("create tablespace small location '{}'", server.disk().display()));
    psql.run("create table filling (t text) tablespace small; alter table filling alter t set storage external");
    let full = psql.try_run("insert into filling select repeat('x', 8000) from generate_series(1, 10000)");
    assert!(full.as_ref().is_err_and(|error| error.contains("No space left on device")), "{full:?}");
    let page = exporter.page();
    crate::faults::all_go_on(&exporter, &page, "primary");
    vigil.notices("primary", true);
    psql.run("drop table filling; drop tablespace small");
    let page = vigil.all_back(&before, |_| false);
    let errors: Vec<_> = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}
