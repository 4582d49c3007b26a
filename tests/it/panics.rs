//! Bugs of pgvigil: it is made to panic at one place after the other, and each time no more is lost than what that place was about.

use std::time::Duration;

use crate::faults::{all_go_on, these_go_on};
use crate::life::Manager;
use crate::pgbouncer::oldest;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::http::Client;
use crate::support::page::{Format, Page};
use crate::support::pgbouncer::PgBouncer;
use crate::support::server::{NOWHERE, Server};
use crate::support::vigil::{BACK, Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually};
use crate::timeouts::own_query;

const PANICS: &str = "pgvigil_panics_total";

fn at_work(config: &Config, watched: &[&Server], panic: &str) -> Exporter {
    Exporter::start_with(config, watched, &[("FAILPOINTS", panic)])
}

fn errors(page: &Page) -> Vec<String> {
    let failed = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0);
    let mut failed: Vec<String> =
        failed.map(|sample| format!("{} {} {}", sample.label("query"), sample.label("kind"), sample.value)).collect();
    failed.sort();
    failed
}

/// At one answer of each kind of query: that query fails once, and says so, and nothing else does.
#[test]
fn at_an_answer() {
    let server = Server::primary(18);
    let pooler = PgBouncer::start(&oldest(), &server, &[]);
    let config = steady().server("primary", &server).pgbouncer("pooler", &pooler.url());
    let once = ["host/memory", "pgbouncer/pools", "server/settings", "tables/stat"];
    let panic = once.map(|query| format!("{query}=2*off->1*panic->off")).join(";");
    let exporter = at_work(&config, &[&server], &panic);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let (page, ()) = exporter.await_page(BACK, "each has panicked", |page| {
        let panics = page.value(PANICS, &[]);
        ensure(panics == Some(4.0), || format!("{panics:?}"))
    });
    for up in ["pg_up", "pgbouncer_up"] {
        assert_eq!(page.all(up, &[]).map(|sample| sample.value).collect::<Vec<_>>(), [1.0], "{up}: {}", exporter.log());
    }
    let page = vigil.all_back(&before, |_| false);
    assert_eq!(errors(&page), once.map(|query| format!("{query} panic 1")).as_slice(), "{}", exporter.log());
    exporter.await_log("this is a bug in pgvigil");
}

/// At each answer of some queries: those never succeed again, and all others do as if nothing was.
#[test]
fn at_every_answer() {
    let server = Server::primary(18);
    let pooler = PgBouncer::start(&oldest(), &server, &[]);
    let config = steady().server("primary", &server).pgbouncer("pooler", &pooler.url());
    let always = ["pgbouncer/lists", "server/settings", "tables/stat"];
    let panic = always.map(|query| format!("{query}=2*off->panic")).join(";");
    let exporter = at_work(&config, &[&server], &panic);
    whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    exporter.await_page(BACK, "each has panicked", |page| {
        let failed = errors(page);
        ensure(failed.len() == always.len(), || format!("{failed:?}"))
    });
    let page = exporter.page();
    for server in ["primary", "pooler"] {
        these_go_on(&exporter, &page, server, |sample| !always.contains(&sample.label("query")));
    }
    let page = vigil.notices("primary", true);
    assert_eq!(page.value("pgbouncer_up", &[]), Some(1.0));
    let failed = errors(&page);
    assert!(failed.iter().all(|failed| always.iter().any(|query| failed.starts_with(&format!("{query} panic")))), "{failed:?}");
}

/// Beside the queries: on the kept connection while the second one is at work, at a visit and a login, and at a reload. What panicked is
/// started anew, and at no time the server has a third process to bear.
#[test]
fn elsewhere() {
    let server = Server::primary(18);
    // With two databases there is always a visit out, and nearly always for longer than pgvigil waits for it.
    server.psql().run("create database second");
    let own = own_query(
        "slow",
        "-- scope: database\n-- interval: 9s\n-- timeout: 8s\n-- limit: 10 series\n-- gauge own_slow: Takes its time.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(7)",
    );
    // With such a time-out the kept connection only reads the facts, every five seconds.
    let panic = "session=5*off->1*panic->off;visit=6*off->1*panic->off;login=1*off->1*panic->off;load=1*panic->off";
    let config = Config::every("9s", "8s").directory(own.path());
    let config = config.url("primary", &server.url(), ", databases: { include: [postgres, second] }");
    let exporter = at_work(&config, &[&server], panic);
    let before = whole(&exporter, &["primary"]);
    let answer = exporter.client.post("/-/reload").expect("an answer");
    assert_eq!((answer.status, answer.text().contains("panicked while it read")), (422, true));
    let vigil = Vigil::over(&exporter, &["primary"]);
    let (page, ()) = exporter.await_page(Duration::from_mins(2), "all have panicked", |page| {
        let panics = page.value(PANICS, &[]);
        ensure(panics == Some(4.0), || format!("{panics:?}"))
    });
    vigil.notices("primary", true);
    all_go_on(&exporter, &page, "primary");
    vigil.all_back(&before, |_| false);
    exporter.await_log("a task panicked and is restarted");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
}

/// One page is not there, and says so by its status; the next one is.
#[test]
fn at_a_page() {
    let exporter = at_work(&Config::default().url("one", NOWHERE, ""), &[], "page=1*off->1*panic->off");
    let statuses = [(); 4].map(|()| exporter.get("/metrics", &[]).status);
    assert_eq!(statuses, [200, 500, 200, 200]);
    exporter.await_value(SOON, PANICS, &[], Some(1.0));
}

/// In what serves everybody: who takes connections, reads the web configuration again, lets go of old pages, tells the watchdog and writes the
/// log. Each panics twice, which takes that it was started anew after the first time, and goes on after the second.
#[test]
fn in_what_serves_all() {
    const TASKS: [&str; 5] = ["http", "web", "sweep", "watchdog", "log"];
    let manager = Manager::new();
    let panics = TASKS.map(|task| format!("{task}=2*off->2*panic->off")).join(";");
    let exporter = manager.start(&panics);
    // Each look has a connection of its own, so that there is something to take.
    let look = || Client::new(exporter.port).get("/metrics", &[]).expect("an answer");
    eventually(BACK, "each has panicked twice", || {
        let answer = look();
        assert_eq!(answer.status, 200);
        let panics = Page::strict(&answer.text(), Format::Text).value(PANICS, &[]);
        ensure(panics == Some(10.0), || format!("{panics:?}: {}", exporter.log()))
    });
    exporter.await_log("a task panicked and is restarted");
    manager.hears("WATCHDOG=1");
    assert_eq!(look().status, 200);
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    exporter.await_log("the configuration was reloaded");
}
