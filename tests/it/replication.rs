//! Lag that is right when it is easy to be wrong: on an idle primary, after a cut link, behind a silent sender, in a
//! promotion.

use std::time::Duration;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::server::{STANDBY, Server};
use crate::support::vigil::{BACK, Vigil, steady, whole};
use crate::support::{MAJORS, SOON, ensure, eventually};

const ON_STANDBY: &[(&str, &str)] = &[("server", "standby")];
const BOTH: &[&str] = &["primary", "standby"];

fn pair(major: u32) -> (Server, Server, Exporter) {
    let primary = Server::primary(major);
    let standby = primary.standby();
    let config = steady().server("primary", &primary).server("standby", &standby);
    let exporter = Exporter::start(&config, &[&primary, &standby]);
    exporter.await_value(SOON, "pg_wal_receiver_up", ON_STANDBY, Some(1.0));
    (primary, standby, exporter)
}

fn lag_over(page: &Page, seconds: f64) -> Result<(), String> {
    let lag = page.value("pg_replication_lag_seconds", ON_STANDBY);
    ensure(lag.is_some_and(|lag| lag > seconds), || format!("lag {lag:?}"))
}

on_every_major!(idle_then_cut);

fn idle_then_cut(major: u32) {
    let (primary, standby, exporter) = pair(major);
    primary.psql().run("create table written (n int); insert into written values (1)");
    standby.catch_up_with(&primary);
    let before = whole(&exporter, BOTH);
    let vigil = Vigil::over(&exporter, BOTH);
    // Nothing is written for longer than the lag that a simple difference of times would show.
    let idle = "select coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0) > 4";
    eventually(SOON, "the primary is idle", || {
        let answer = standby.psql().run(idle);
        ensure(answer == "t", || answer)
    });
    exporter.await_value(SOON, "pg_replication_lag_seconds", ON_STANDBY, Some(0.0));
    exporter.await_value(SOON, "pg_replication_lag_bytes", ON_STANDBY, Some(0.0));

    standby.psql().run("alter system set primary_conninfo = ''");
    standby.psql().run("select pg_reload_conf()");
    exporter.await_value(SOON, "pg_wal_receiver_up", ON_STANDBY, Some(0.0));
    primary.psql().run("insert into written values (2)");
    exporter.await_page(SOON, "the lag grows", |page| lag_over(page, 5.0));

    standby.psql().run("alter system reset primary_conninfo");
    standby.psql().run("select pg_reload_conf()");
    vigil.all_back(&before, |_| false);
    exporter.await_value(SOON, "pg_wal_receiver_up", ON_STANDBY, Some(1.0));
    standby.catch_up_with(&primary);
    exporter.await_value(SOON, "pg_replication_lag_bytes", ON_STANDBY, Some(0.0));
    for server in BOTH {
        vigil.notices(server, true);
    }
}

/// Replay is paused: the standby has the bytes and does not show them. Both servers say so, by stage.
#[test]
fn replay_paused() {
    for major in [MAJORS[0], MAJORS[5]] {
        let (primary, standby, exporter) = pair(major);
        let before = whole(&exporter, BOTH);
        let vigil = Vigil::over(&exporter, BOTH);
        primary.psql().run("create table written (n int)");
        standby.catch_up_with(&primary);
        standby.psql().run("select pg_wal_replay_pause()");
        primary.psql().run("insert into written select generate_series(1, 10000)");
        exporter.await_page(SOON, "the lag is seen on both", |page| {
            lag_over(page, 1.0)?;
            let here = page.value("pg_replication_lag_bytes", ON_STANDBY);
            let lag = |stage| {
                let labels = [("server", "primary"), ("application_name", STANDBY), ("stage", stage)];
                page.value("pg_stat_replication_lag_bytes", &labels)
            };
            let (flush, replay) = (lag("flush"), lag("replay"));
            let right = here > Some(100_000.0) && replay > Some(100_000.0) && flush == Some(0.0);
            ensure(right, || format!("on the standby {here:?}, flush {flush:?}, replay {replay:?}"))
        });
        standby.psql().run("select pg_wal_replay_resume()");
        vigil.all_back(&before, |_| false);
        exporter.await_value(SOON, "pg_replication_lag_bytes", ON_STANDBY, Some(0.0));
    }
}

/// The sender is frozen: the receiver says `streaming` and hears nothing. That is no lag of 0.
#[test]
fn silent_sender() {
    for major in [MAJORS[0], MAJORS[5]] {
        let (primary, standby, exporter) = pair(major);
        standby.psql().run("alter system set wal_receiver_timeout = '4s'");
        standby.psql().run("select pg_reload_conf()");
        exporter.await_value(SOON, "pg_replication_lag_seconds", ON_STANDBY, Some(0.0));
        let before = whole(&exporter, BOTH);
        let vigil = Vigil::over(&exporter, BOTH);
        let silent = primary.suspend_only("walsender");
        exporter.await_page(SOON, "the lag is not 0", |page| lag_over(page, 3.0));
        drop(silent);
        vigil.all_back(&before, |_| false);
        exporter.await_value(BACK, "pg_wal_receiver_up", ON_STANDBY, Some(1.0));
        exporter.await_value(BACK, "pg_replication_lag_seconds", ON_STANDBY, Some(0.0));
    }
}

#[test]
fn promotion() {
    for major in [MAJORS[0], MAJORS[5]] {
        let (_primary, standby, exporter) = pair(major);
        exporter.await_value(SOON, "pg_in_recovery", ON_STANDBY, Some(1.0));
        whole(&exporter, BOTH);
        let _vigil = Vigil::over(&exporter, BOTH);
        standby.promote();
        exporter.await_value(SOON, "pg_in_recovery", ON_STANDBY, Some(0.0));
        exporter.await_value(SOON, "pg_replication_is_replica", ON_STANDBY, Some(0.0));
        exporter.await_value(SOON, "pg_timeline_id", ON_STANDBY, Some(2.0));
        exporter.await_page(SOON, "it is a primary in every respect", |page| {
            let left: Vec<&str> = ["pg_wal_receiver_up", "pg_replication_lag_bytes"]
                .into_iter()
                .filter(|name| page.value(name, ON_STANDBY).is_some())
                .collect();
            ensure(left.is_empty(), || format!("still there: {left:?}"))?;
            let written = page.value("pg_wal_written_bytes_total", ON_STANDBY);
            ensure(written.is_some(), || "no pg_wal_written_bytes_total".to_owned())
        });
        assert!(exporter.page().all("pgvigil_query_errors_total", &[]).all(|sample| sample.value == 0.0));
    }
}

/// Two standbys of one name at one address are not two rows of one series.
#[test]
fn twins() {
    let primary = Server::primary(18);
    let first = primary.standby();
    primary.psql().run("select pg_create_physical_replication_slot('twin')");
    let second = primary.standby_in_slot("twin");
    let exporter = Exporter::start(&Config::quick().server("primary", &primary), &[&primary]);
    exporter.await_all(&["primary"]);
    let (page, ()) = exporter.await_page(Duration::from_secs(10), "the twins are seen", |page| {
        let some = page.all("pg_stat_replication_lag_bytes", &[("application_name", STANDBY)]).next().is_some();
        ensure(some, || "no row".to_owned())
    });
    assert!(page.all("pgvigil_query_errors_total", &[]).all(|sample| sample.value == 0.0));
    drop((first, second));
}
