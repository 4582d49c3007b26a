//! The server answers, but too late: statements run into their timeouts. That is no hour to try harder, nor are their values to be missed for
//! longer than it lasts.

use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::faults::these_go_on;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::vigil::{BACK, Vigil, steady, whole};
use crate::support::{SOON, ensure};
use crate::timeouts::own_query;

/// So long that a wait which doubles with each failure has grown beyond the 30 seconds within which all are back.
const LONG: Duration = Duration::from_secs(90);
const QUERIES: u32 = 24;

on_first_and_last!(every_statement, many_queries);

/// All processes of the server get a few hundredths of their time, as on a machine that is worn down by others. Most statements take longer
/// than they may, some do not, and the server lives. So few queries that each is late several times.
fn every_statement(major: u32) {
    const SOME: &str = "override: { \"*\": { enabled: false }, \"[ilt]*/*\": { interval: 4s, timeout: 300ms, enabled: true } }";
    const STILL: Duration = Duration::from_millis(350);
    const AT_WORK: Duration = Duration::from_millis(5);
    let server = Server::primary(major);
    let exporter = Exporter::start(&Config::as_shipped().line(SOME).server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let begun = Instant::now();
    let vigil = Vigil::over(&exporter, &["primary"]);
    while begun.elapsed() < LONG {
        let suspended = server.suspend();
        std::thread::sleep(STILL);
        drop(suspended);
        std::thread::sleep(AT_WORK);
    }
    let late = exporter.page().sum("pgvigil_query_errors_total", &[("kind", "timeout")]);
    assert!(late > Some(15.0), "{late:?}");
    vigil.all_back(&before, |_| false);
}

/// Queries in their dozens are late, on both connections. One on each is tried for all while that lasts.
fn many_queries(major: u32) {
    const PAUSE: Duration = Duration::from_secs(15);
    let server = Server::primary(major);
    let own = queries();
    let exporter = Exporter::start(&steady().directory(own.path()).server("primary", &server), &[&server]);
    exporter.await_page(SOON, "all are collected", |page| {
        let collected = values(page);
        ensure(collected == QUERIES as usize, || collected.to_string())
    });
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    server.psql().run("create role slow");
    // Each has its first failure, which is three seconds for each of them, on two connections.
    exporter.await_page(LONG, "all are late", |page| {
        let (late, collected) = (tries(page), values(page));
        ensure(late >= f64::from(QUERIES) && collected == 0, || format!("{late} late, {collected} collected"))
    });
    let (page, begun) = (exporter.page(), Instant::now());
    vigil.lasts("primary", true, LONG);
    let (tried, rounds) = (tries(&exporter.page()) - tries(&page), begun.elapsed().div_duration_f64(PAUSE).ceil());
    assert!(tried >= 2.0 && tried <= 2.0 * rounds, "{tried} tries in {:?}", begun.elapsed());
    these_go_on(&exporter, &exporter.page(), "primary", |sample| !sample.label("query").starts_with("own/"));
    server.psql().run("drop role slow");
    vigil.all_back(&before, |_| false);
}

/// A server short of something is no fault of the query: it is told apart, and the query is back soon after there is enough.
#[test]
fn short_of_room_to_sort() {
    let server = Server::primary_with(18, &[("work_mem", "64kB"), ("temp_file_limit", "64kB")]);
    let own = own_query(
        "sorted",
        "-- interval: 4s\n-- timeout: 3s\n-- limit: 1 series\n-- gauge own_sorted: The last of many.",
        "SELECT max(n) AS own_sorted FROM (SELECT n FROM pg_catalog.generate_series(1, 50000) AS n ORDER BY -n OFFSET 1) AS sorted",
    );
    let exporter = Exporter::start(&steady().directory(own.path()).server("primary", &server), &[&server]);
    let labels = [("query", "own/sorted"), ("kind", "server")];
    let vigil = Vigil::over(&exporter, &["primary"]);
    exporter.await_page(LONG, "it is tried again", |page| {
        let failures = page.value("pgvigil_query_errors_total", &labels);
        ensure(failures > Some(1.0), || format!("{failures:?}: {}", exporter.log()))
    });
    server.psql().run("alter system set temp_file_limit = -1");
    server.psql().run("select pg_reload_conf()");
    exporter.await_value(BACK, "own_sorted", &[], Some(49999.0));
    drop(vigil);
}

/// As many queries, which a role `slow` makes slow: most of the server, some of each database. They read a catalogue, so that those of the server are for the
/// kept session.
fn queries() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir(folder.path().join("own")).expect("its own folder");
    for n in 0..QUERIES {
        let mut text = String::from("-- about: For a test.\n-- interval: 4s\n-- timeout: 1s\n-- limit: 1 series\n");
        let scope = if n % 4 == 0 { "database" } else { "server" };
        let _ = write!(
            text,
            "-- scope: {scope}\n-- gauge own_{n}: One.\n-- sql:\nSELECT 1 AS own_{n} FROM pg_catalog.pg_sleep(\
             (SELECT 3600 * pg_catalog.count(*) FROM pg_catalog.pg_roles WHERE rolname = 'slow'))\n"
        );
        fs::write(folder.path().join(format!("own/q{n}.sql")), text).expect("its own folder");
    }
    folder
}

fn values(page: &Page) -> usize {
    page.samples().filter(|sample| sample.name.starts_with("own_")).count()
}

/// How often they have failed.
fn tries(page: &Page) -> f64 {
    let failures =
        page.all("pgvigil_query_errors_total", &[("kind", "timeout")]).filter(|sample| sample.label("query").starts_with("own/"));
    failures.map(|sample| sample.value).sum()
}
