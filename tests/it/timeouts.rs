//! A query that takes too long is ended, on both sides, and takes nothing else with it.

use std::fs;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::faults::{all_go_on, these_go_on};
use crate::support::config::Config;
use crate::support::cut;
use crate::support::exporter::Exporter;
use crate::support::proxy::{Proxy, Weather};
use crate::support::server::{Server, Stop, Suspended};
use crate::support::vigil::{Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually};

/// An operator's directory with one query in it.
pub fn own_query(name: &str, header: &str, body: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir(folder.path().join("own")).expect("its own folder");
    let text = format!("-- about: For a test.\n{header}\n-- sql:\n{body}\n");
    fs::write(folder.path().join(format!("own/{name}.sql")), text).expect("its own folder");
    folder
}

fn errors(exporter: &Exporter, query: &str) -> f64 {
    exporter.page().all("pgvigil_query_errors_total", &[("query", query)]).map(|sample| sample.value).sum()
}

#[test]
fn slow_query() {
    let server = Server::primary(18);
    let own = own_query(
        "slow",
        "-- interval: 2s\n-- timeout: 1s\n-- limit: 1 series\n-- gauge own_slow: Never there.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(3600)",
    );
    let config = Config::as_shipped()
        .directory(own.path())
        .line("override: { \"[!o]*/*\": { interval: 1s, timeout: 900ms } }")
        .server("primary", &server);
    let exporter = Exporter::start(&config, &[&server]);
    let _vigil = Vigil::over(&exporter, &["primary"]);
    eventually(SOON, "the query fails", || {
        let errors = errors(&exporter, "own/slow");
        ensure(errors > 0.0, || errors.to_string())
    });
    // All share one connection, and so wait for the slow one for the second that it may take.
    let page = exporter.page();
    all_go_on(&exporter, &page, "primary");
    assert_eq!(exporter.page().value("own_slow", &[]), None);
    eventually(Duration::from_secs(5), "the server is not left to sleep", || {
        let sleeping = "select count(*) from pg_stat_activity where application_name = 'pgvigil' \
                        and state = 'active' and now() - query_start > interval '2 s'";
        let count = server.psql().run(sleeping);
        ensure(count == "0", || count)
    });
}

/// The server does not end the statement itself, since its process hangs: pgvigil gives up all the same. The process still is one of
/// the two connections that it may have, so the databases wait until it is gone.
#[test]
fn hung_backend() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let page = exporter.page();
    let kept = "select pid from pg_stat_activity where application_name = 'pgvigil' order by backend_start limit 1";
    let pid = server.psql().run(kept).parse().expect("a pid");
    let hung = server.suspend_session(pid);
    these_go_on(&exporter, &page, "primary", |sample| sample.label("datname").is_empty());
    assert_eq!(exporter.page().value("pg_up", &[("server", "primary")]), Some(1.0));
    // What the databases wait for.
    exporter.await_log("a backend is unresponsive");
    drop(hung);
    vigil.all_back(&before, |_| false);
}

/// A reload begins the work on the server anew. What hangs counts for that one too.
#[test]
fn hung_backend_at_a_reload() {
    let server = Server::primary(18);
    let config = steady().server("primary", &server);
    let exporter = Exporter::start(&config, &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let kept = "select pid from pg_stat_activity where application_name = 'pgvigil' order by backend_start limit 1";
    let hung = server.suspend_session(server.psql().run(kept).parse().expect("a pid"));
    exporter.await_log("a backend is unresponsive");
    let other = Config::every("5s", "3s").server("primary", &server);
    fs::write(exporter.config_file(), other.yaml(exporter.port)).expect("its own folder");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    let page = exporter.await_value(SOON, "pg_up", &[("server", "primary")], Some(1.0));
    these_go_on(&exporter, &page, "primary", |sample| sample.label("datname").is_empty());
    drop(hung);
    vigil.all_back(&before, |_| false);
}

/// The same where a login hangs, at a catalogue of its database: its process is on no list of sessions.
#[test]
fn hung_login_at_a_reload() {
    let server = Server::primary(13);
    server.psql().run("create database other");
    // One that may cancel the logins of all does not know its own there.
    server.psql().run("grant pg_signal_backend to pgvigil");
    let proxy = Proxy::before(server.port);
    let more = ", connect_timeout: 1s";
    let exporter = Exporter::start(&steady().url("primary", &proxy.url(), more), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let mut holder = server.psql().database("other").session();
    let withheld = proxy.withheld();
    proxy.turn(Weather::WithholdingLogins("other"));
    eventually(SOON, "a login is on its way", || ensure(proxy.withheld() > withheld, || exporter.log()));
    holder.run("begin; lock table pg_class in access exclusive mode");
    proxy.turn(Weather::Fair);
    eventually(SOON, "a login hangs", || {
        let page = exporter.page();
        let failed = page.sum("pgvigil_query_errors_total", &[("datname", "other"), ("kind", "connection")]);
        ensure(failed > Some(0.0), || format!("{failed:?}"))
    });
    let other = Config::every("5s", "3s").url("primary", &proxy.url(), more);
    fs::write(exporter.config_file(), other.yaml(exporter.port)).expect("its own folder");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    let page = exporter.await_value(SOON, "pg_up", &[("server", "primary")], Some(1.0));
    these_go_on(&exporter, &page, "primary", |sample| sample.label("datname").is_empty());
    vigil.lasts("primary", true, Duration::from_secs(10));
    drop(holder);
    vigil.ends();
    vigil.all_back(&before, |series| series.contains("\"datname\": \"other\""));
}

/// Suspends the process of the kept session, and of the one after it once that has found out that the first one hangs.
fn two_hang(server: &Server, exporter: &Exporter) -> Vec<Suspended> {
    let mut hung: Vec<(u32, Suspended)> = Vec::new();
    while hung.len() < 2 {
        let pid = eventually(SOON, "a process serves pgvigil's kept session", || {
            let others: Vec<String> = hung.iter().map(|(pid, _)| pid.to_string()).collect();
            let kept = format!(
                "select coalesce(min(pid), 0) from pg_stat_activity where application_name = 'pgvigil' and pid <> all ('{{{}}}')
                 and backend_start < now() - interval '4 s'",
                others.join(",")
            );
            server.psql().run(&kept).parse().ok().filter(|pid| *pid > 0).ok_or_else(|| exporter.log())
        });
        hung.push((pid, server.suspend_session(pid)));
    }
    hung.into_iter().map(|(_, suspended)| suspended).collect()
}

/// The next one hangs as well, as where the storage of what they read does not answer. Two are as many as there may be: while they hang, nobody
/// comes as the third.
#[test]
fn two_hung_backends() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    vigil.changes("primary");
    let hung = two_hang(&server, &exporter);
    vigil.notices("primary", false);
    let count = || server.psql().run("select count(*) from pg_stat_activity where application_name = 'pgvigil'");
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(30) {
        assert_eq!(count(), "2", "{}", exporter.log());
    }
    exporter.await_log("both of pgvigil's backends are unresponsive");
    drop(hung);
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// Then the server goes, and with it the two: whoever starts it again need not wait for pgvigil. Before that something happens to their connections,
/// which says whether it could.
fn goes_with_two_that_hang(before_it_goes: impl Fn(&Exporter, &Server) -> bool) {
    let mut server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    vigil.changes("primary");
    let hung = two_hang(&server, &exporter);
    vigil.notices("primary", false);
    exporter.await_log("both of pgvigil's backends are unresponsive");
    if !before_it_goes(&exporter, &server) {
        return;
    }
    server.stop(Stop::Immediate);
    vigil.changes("primary");
    server.start();
    vigil.notices("primary", true);
    drop(hung);
    vigil.all_back(&before, |_| false);
}

#[test]
fn two_hung_backends_of_a_server_that_goes() {
    goes_with_two_that_hang(|_, _| true);
}

/// The same where the machine goes without a word, and another one has its address: that it confirms nothing any more is noticed.
#[test]
fn two_hung_backends_of_a_machine_that_goes() {
    goes_with_two_that_hang(|exporter, server| cut::both(exporter, server.port));
}

/// Both hang at the same moment, and new sessions are answered. That the network has not lost them shows in that the server's kernel has confirmed
/// what they were asked, so nobody comes as the third to find that out.
#[test]
fn both_hang_at_once() {
    const OURS: &str = "from pg_stat_activity where application_name = 'pgvigil'";
    let server = Server::primary(18);
    let own = own_query(
        "slow",
        "-- scope: database\n-- interval: 4s\n-- timeout: 3s\n-- limit: 10 series\n-- gauge own_slow: Takes its time.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(2)",
    );
    let exporter = Exporter::start(&steady().directory(own.path()).server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    vigil.changes("primary");
    let hung = eventually(SOON, "both are suspended while a visit is out", || {
        let rows = server.psql().rows(&format!("select pid, query like '%own/slow%' {OURS}"));
        ensure(rows.len() == 2 && rows.iter().any(|row| row[1] == "t"), || format!("{rows:?}"))?;
        let both: Vec<u32> = rows.iter().map(|row| row[0].parse().expect("a number")).collect();
        let hung = server.try_suspend_sessions(&both)?;
        let sleeps = server.psql().run(&format!("select count(*) {OURS} and wait_event = 'PgSleep'"));
        ensure(sleeps == "1", || sleeps)?;
        Ok(hung)
    });
    vigil.truth("primary", false);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(45) {
        assert_eq!(server.psql().run(&format!("select count(*) {OURS}")), "2", "{}", exporter.log());
    }
    vigil.changes("primary");
    drop(hung);
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// What is over the limit is dropped in the order of the SQL, and counted.
#[test]
fn too_many_rows() {
    let server = Server::primary(18);
    let own = own_query(
        "many",
        "-- interval: 4s\n-- timeout: 3s\n-- limit: 10 series\n-- label n: Which.\n-- gauge own_many: A number.",
        "SELECT i::text AS n, i AS own_many FROM pg_catalog.generate_series(1, 25) AS i ORDER BY i",
    );
    let config = Config::as_shipped().directory(own.path()).server("primary", &server);
    let exporter = Exporter::start(&config, &[&server]);
    let labels = [("query", "own/many")];
    let page = exporter.await_value(SOON, "pgvigil_query_series_dropped", &labels, Some(15.0));
    assert_eq!(page.value("pgvigil_query_series", &labels), Some(10.0));
    let kept: Vec<f64> = page.all("own_many", &[]).map(|sample| sample.value).collect();
    assert_eq!(kept.len(), 10);
    assert!(kept.iter().all(|value| *value <= 10.0), "{kept:?}");
}
