//! A database refuses the login, and the server does not: that is one state of this database, attempts become rare, and nothing else is lost.

use std::fs;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{Exporter, run};
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::vigil::{BACK, NOTICED, Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually};

const SHUT: &[(&str, &str)] = &[("server", "primary"), ("datname", "shut"), ("login", "monitor")];

on_first_and_last!(one_database_refuses, check_names_the_way_out);

/// What the owner of a database, an administrator or a provider does, and how it is undone.
fn ways(major: u32) -> Vec<(&'static str, &'static str, &'static str)> {
    let mut ways = vec![
        ("connection limit", "alter database shut connection limit 0", "alter database shut connection limit -1"),
        ("pg_hba.conf", "", ""),
    ];
    if major >= 17 {
        ways.push((
            "login trigger",
            "create function no() returns event_trigger language plpgsql as $$ begin if session_user = 'pgvigil' then raise 'closed today'; end if; end $$;
             create event trigger no on login execute function no();
             alter role pgvigil in database shut set event_triggers = on",
            "alter role pgvigil in database shut reset event_triggers; drop event trigger no; drop function no()",
        ));
    }
    ways
}

fn refused_logins(server: &Server) -> usize {
    let log = server.log();
    log.lines().filter(|line| line.contains("FATAL") && line.contains("shut") || line.contains("closed today")).count()
}

fn one_database_refuses(major: u32) {
    let server = Server::primary(major);
    server.psql().run("create database shut");
    server.psql().database("shut").run("create table of_shut (id int primary key); analyze");
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let hba = server.hba();
    for ((name, refuse, admit), times) in ways(major).into_iter().zip(1..) {
        let within = server.psql().database("shut");
        if refuse.is_empty() {
            server.set_hba(&format!("host shut pgvigil all reject\nlocal shut pgvigil reject\n{hba}"));
        } else {
            within.run(refuse);
        }
        let (page, ()) = exporter.await_page(NOTICED + SOON, name, |page| {
            let refused = page.value("pgvigil_database_refused", SHUT);
            ensure(refused == Some(1.0), || format!("{refused:?}"))
        });
        let said = exporter.log().matches("refuses pgvigil's login").count();
        assert_eq!(said, times, "{name} is told once: {}", exporter.log());
        assert!(skipped(&page) > 10, "{name}: {}", skipped(&page));
        let so_far = refused_logins(&server);
        let begun = Instant::now();
        eventually(Duration::from_mins(1), "some time passes", || ensure(begun.elapsed() > Duration::from_secs(30), String::new));
        let page = exporter.page();
        assert!(refused_logins(&server) - so_far <= 2, "{name}: {}", server.log());
        assert_eq!(exporter.log().matches("refuses pgvigil's login").count(), times, "{}", exporter.log());
        // Nothing else is missing: what is gone is of that database.
        assert_eq!(page.value("pg_login_up", &[("server", "primary")]), Some(1.0));
        assert_eq!(page.value("pg_up", &[("server", "primary")]), Some(1.0));
        let fresh = page.all("pg_stat_user_tables_n_live_tup", &[("datname", "shut")]).count();
        assert_eq!(fresh, 0, "{name}: what is too old has gone");
        let interval = page.all("pgvigil_query_interval_seconds", &[("datname", "shut")]).count();
        assert_eq!(interval, 0, "{name}: no query is expected to bring something there");
        let landing = exporter.get("/?server=primary", &[]).text();
        assert!(landing.contains("the database refuses the login"), "{name}: {landing}");
        if refuse.is_empty() {
            server.set_hba(&hba);
        } else {
            // Whom it refuses is pgvigil alone, or everybody but a superuser.
            within.run(admit);
        }
        assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
        exporter.await_page(BACK, "the reload tries again at once", |page| {
            let refused = page.value("pgvigil_database_refused", SHUT);
            ensure(refused.is_none() && skipped(page) == 0, || format!("{refused:?}, {} skipped", skipped(page)))
        });
        exporter.await_log("the database lets pgvigil in again");
    }
    vigil.all_back(&before, |_| false);
}

/// `check --connect` says how to leave such a database out.
fn check_names_the_way_out(major: u32) {
    let server = Server::primary(major);
    server.psql().run("create database shut connection limit 0");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    fs::write(&file, Config::default().server("db", &server).yaml(1)).expect("its own folder");
    let output = run(&["check", "--config", &file.display().to_string(), "--connect"], folder.path(), &[]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("leave it out: `databases: { exclude: [\"shut\"] }`"), "{said}");
}

fn skipped(page: &Page) -> usize {
    page.all("pgvigil_query_skipped", &[("datname", "shut"), ("reason", "refused")]).count()
}
