//! The server is gone, or worse: it is there and does not answer. The page stays.

use std::time::{Duration, SystemTime};

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Format;
use crate::support::page::{Page, Sample};
use crate::support::process;
use crate::support::processor::Before;
use crate::support::server::{NOWHERE, Server, Stop};
use crate::support::vigil::{BACK, Vigil, clock, steady, whole};
use crate::support::{SOON, ensure, eventually};

const SERVER: &[(&str, &str)] = &[("server", "primary")];

fn serve(server: &Server) -> Exporter {
    let exporter = Exporter::start(&Config::as_shipped().server("primary", server), &[server]);
    exporter.await_value(SOON, "pg_up", SERVER, Some(1.0));
    exporter
}

/// A hundred scrapes: all are answered, and half of them in less than five milliseconds, but for the time in line for a processor.
#[track_caller]
fn scrapes_are_quick(exporter: &Exporter, when: &str) {
    let mut took: Vec<Duration> = (0..100)
        .map(|_| {
            let before = Before::now(&[exporter.pid()]).and_this_thread();
            let response = exporter.get("/metrics", &[("Accept-Encoding", "gzip")]);
            assert_eq!(response.status, 200, "{when}");
            response.took.saturating_sub(before.since().in_line)
        })
        .collect();
    took.sort();
    assert!(took[50] < Duration::from_millis(5), "median of a scrape {when}: {:?}", took[50]);
}

#[test]
fn stopped_and_started() {
    let mut server = Server::primary(18);
    let exporter = serve(&server);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    for how in [Stop::Fast, Stop::Immediate, Stop::Killed] {
        vigil.changes("primary");
        server.stop(how);
        vigil.notices("primary", false);
        let down = SystemTime::now();
        vigil.changes("primary");
        server.start();
        vigil.notices("primary", true);
        vigil.all_anew(&before, down);
    }
}

#[test]
fn suspended() {
    let server = Server::primary(18);
    let clock = clock();
    let exporter = Exporter::start(&Config::as_shipped().directory(clock.path()).server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let suspended = server.suspend();
    vigil.notices("primary", false);
    // Long enough for several attempts, each of which the kernel takes in the server's name: when it goes on, these are
    // not to become connections all at once.
    vigil.lasts("primary", false, Duration::from_secs(45));
    drop(suspended);
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

#[test]
fn never_there() {
    let config = Config::quick().url("nowhere", NOWHERE, "");
    let exporter = Exporter::start(&config, &[]);
    let vigil = Vigil::over(&exporter, &[]);
    vigil.notices("nowhere", false);
    exporter.await_page(SOON, "it is ready, as each server was tried", |_| {
        let status = exporter.get("/-/ready", &[]).status;
        ensure(status == 200, || status.to_string())
    });
    scrapes_are_quick(&exporter, "of no server");
}

/// One server that hangs takes nothing from another.
#[test]
fn a_neighbour_hangs() {
    let (well, hung) = (Server::primary(18), Server::primary(13));
    let config = steady().server("well", &well).server("hung", &hung);
    let exporter = Exporter::start(&config, &[&well, &hung]);
    let before = whole(&exporter, &["well", "hung"]);
    let vigil = Vigil::over(&exporter, &["well", "hung"]);
    vigil.changes("hung");
    let suspended = hung.suspend();
    let page = vigil.notices("hung", false);
    all_go_on(&exporter, &page, "well");
    assert_eq!(exporter.page().value("pg_up", &[("server", "well")]), Some(1.0));
    vigil.changes("hung");
    drop(suspended);
    vigil.notices("hung", true);
    vigil.all_back(&before, |_| false);
}

/// Each query of the server succeeds again, later than on this page.
#[track_caller]
pub fn all_go_on(exporter: &Exporter, page: &Page, server: &str) {
    these_go_on(exporter, page, server, |_| true);
}

/// The same of those queries that are meant.
#[track_caller]
pub fn these_go_on(exporter: &Exporter, page: &Page, server: &str, meant: impl Fn(&Sample) -> bool) {
    const SUCCESS: &str = "pgvigil_query_last_success_timestamp_seconds";
    let before = page.by_series();
    exporter.await_page(BACK, "all queries go on", |page| {
        let late: Vec<_> = page
            .all(SUCCESS, &[("server", server)])
            .filter(|sample| meant(sample))
            .filter(|sample| {
                let before = before.get(&(sample.name.clone(), sample.labels.clone()));
                before.is_some_and(|before| sample.value < before + 2.0)
            })
            .map(|sample| format!("{} {}", sample.label("query"), sample.label("datname")))
            .collect();
        ensure(late.is_empty(), || format!("{late:?}"))
    });
}

/// What is known no more is said no more; and that the server is gone is said.
#[test]
fn old_values_vanish() {
    let mut server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    vigil.changes("primary");
    server.stop(Stop::Fast);
    vigil.truth("primary", false);
    // Three intervals of four seconds, a timeout of three, and some time to notice.
    let (page, ()) = exporter.await_page(SOON, "the values vanish", |page| {
        let left: Vec<&str> = page.names().into_iter().filter(|name| is_of_a_query(name)).collect();
        ensure(left.is_empty(), || format!("{left:?}"))
    });
    assert_eq!(page.value("pg_up", SERVER), Some(0.0));
    let successes = page.all("pgvigil_query_last_success_timestamp_seconds", SERVER).count();
    assert!(successes > 5, "the last success of each query stays: {successes}");
    vigil.changes("primary");
    server.start();
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// Of the machine is told what it tells, whether or not the server runs on it.
fn is_of_a_query(name: &str) -> bool {
    name.starts_with("pg_")
        && !name.starts_with("pg_host_")
        && !name.starts_with("pg_exporter_")
        && !["pg_up", "pg_login_up", "pg_login_duration_seconds"].contains(&name)
}

/// Somebody terminates pgvigil's session: it comes back.
#[test]
fn terminated() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    for _ in 0..5 {
        vigil.changes("primary");
        let ended = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'pgvigil'";
        eventually(BACK, "it is there again", || {
            let count = server.psql().run(ended);
            ensure(count != "0", || count)
        });
        vigil.notices("primary", true);
    }
    let page = exporter.page();
    all_go_on(&exporter, &page, "primary");
    vigil.all_back(&before, |_| false);
}

/// A service manager ends it at any time, also while the server hangs, and it leaves in good order.
#[test]
fn ends_in_time() {
    let server = Server::primary(18);
    let mut exporter = serve(&server);
    assert!(exporter.terminate(), "{}", exporter.log());
    server_is_left_alone(&server);

    let mut exporter = serve(&server);
    let suspended = server.suspend();
    exporter.scrape(Format::Text);
    assert!(exporter.terminate(), "{}", exporter.log());
    drop(suspended);
    server_is_left_alone(&server);
}

#[track_caller]
fn server_is_left_alone(server: &Server) {
    eventually(SOON, "no connection is left", || {
        let count = "select count(*) from pg_stat_activity where application_name = 'pgvigil'";
        let left = server.psql().try_run(count)?;
        ensure(left == "0", || left)
    });
}

/// A scrape costs the server nothing at all.
#[test]
fn scrapes_do_not_reach_the_server() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::once().server("primary", &server), &[&server]);
    exporter.await_all(&["primary"]);
    let count = "select coalesce(sum(calls), 0) from pg_stat_statements s join pg_roles r on r.oid = s.userid \
                 where rolname = 'pgvigil' and query ilike '%pg_stat_%'";
    let before = server.psql().run(count);
    scrapes_are_quick(&exporter, "with nothing to do");
    assert_eq!(server.psql().run(count), before);
    assert_eq!(process::children(exporter.pid()).len(), 0);
}
