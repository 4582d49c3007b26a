//! Nobody can log in, or pgvigil cannot, or may no longer see what it saw.

use std::fs;
use std::time::Duration;

use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::psql::Session;
use crate::support::server::{PASSWORD, Server};
use crate::support::vigil::{NOTICED, Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually};

/// A fresh login is tried every 30 s.
const LOGIN_NOTICED: Duration = Duration::from_mins(1);
const SERVER: &[(&str, &str)] = &[("server", "primary")];
const NAMES: &[&str] = &["primary"];
const EVERYBODY: &str = "local all all trust\nhost all all 127.0.0.1/32 trust\n";

fn quick(server: &Server) -> Exporter {
    Exporter::start(&steady().server("primary", server), &[server])
}

const REFUSED: &str = "local all all trust\nhost all pgvigil 127.0.0.1/32 reject\n";

/// A server that lets pgvigil no longer in: the kept session reports on, and what needs a login vanishes until there is one again.
#[test]
fn login_refused() {
    let server = Server::primary(18);
    let exporter = quick(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    server.set_hba(REFUSED);
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", SERVER, Some(0.0));
    let (page, ()) = exporter.await_page(SOON, "what is in a database vanishes", |page| {
        let left = page.all("pg_stat_user_tables_n_live_tup", &[]).chain(page.all("pg_stat_user_indexes_idx_scan_total", &[])).count();
        ensure(left == 0, || left.to_string())
    });
    assert_eq!(page.value("pg_up", SERVER), Some(1.0), "the kept connection still works");
    crate::faults::these_go_on(&exporter, &page, "primary", |sample| sample.label("datname").is_empty());
    let tries = server.log().matches("pg_hba.conf rejects connection").count();
    assert!(tries <= 12, "two at the first refusal and then one in 10 s, but there were {tries}");
    server.set_hba(EVERYBODY);
    vigil.all_back(&before, |_| false);
    vigil.notices("primary", true);
}

/// The same, and the kept session is terminated: nothing is known of the server but why.
#[test]
fn login_refused_and_no_session() {
    let server = Server::primary(18);
    let exporter = quick(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    vigil.changes("primary");
    server.set_hba(REFUSED);
    // Not before the server has heard of it, and until the last one that it let in is gone.
    eventually(SOON, "pgvigil has no session", || {
        let count = server.psql().run("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'pgvigil'");
        let refused = server.log().contains("pg_hba.conf rejects connection");
        ensure(count == "0" && refused, || format!("{count}, refused: {refused}"))
    });
    let page = vigil.notices("primary", false);
    assert_eq!(page.value("pg_login_up", SERVER), Some(0.0));
    let said = exporter.get("/", &[]).text();
    assert!(said.contains("pg_hba.conf rejects connection"), "{said}");
    vigil.lasts("primary", false, Duration::from_secs(10));
    vigil.changes("primary");
    server.set_hba(EVERYBODY);
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// The roles that fill a small server up: one that may not use the reserved connections, and one that may use those that are not only for
/// superusers.
fn crowded(reserved: &str) -> Server {
    let server =
        Server::primary_with(18, &[("max_connections", "14"), ("superuser_reserved_connections", "5"), ("reserved_connections", reserved)]);
    server.psql().run("create role app login; create role preferred login in role pg_use_reserved_connections");
    server
}

/// Takes every connection that there is for this role.
fn crowd(server: &Server, role: &str, sessions: &mut Vec<Session>) {
    let app = server.psql().user(role);
    sessions.extend(std::iter::from_fn(|| app.try_session()));
}

/// All connections are taken while pgvigil is connected: the kept one goes on, and new logins are said to fail.
#[test]
fn no_connection_left() {
    let server = crowded("0");
    let exporter = quick(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let mut sessions = Vec::new();
    exporter.await_page(LOGIN_NOTICED, "a login fails", |page| {
        crowd(&server, "app", &mut sessions);
        let up = page.value("pg_login_up", SERVER);
        ensure(up == Some(0.0), || format!("{up:?}"))
    });
    let page = vigil.notices("primary", true);
    crate::faults::these_go_on(&exporter, &page, "primary", |sample| sample.label("datname").is_empty());
    drop(sessions);
    vigil.all_back(&before, |_| false);
}

/// The same where pgvigil may use reserved connections, and somebody has taken these too.
#[test]
fn no_reserved_connection_left() {
    let server = crowded("3");
    server.psql().run("grant pg_use_reserved_connections to pgvigil");
    let exporter = quick(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    let mut sessions = Vec::new();
    crowd(&server, "app", &mut sessions);
    let page = exporter.page();
    crate::faults::all_go_on(&exporter, &page, "primary");
    exporter.await_page(LOGIN_NOTICED, "a login fails", |page| {
        crowd(&server, "preferred", &mut sessions);
        let up = page.value("pg_login_up", SERVER);
        ensure(up == Some(0.0), || format!("{up:?}"))
    });
    let page = vigil.notices("primary", true);
    crate::faults::these_go_on(&exporter, &page, "primary", |sample| sample.label("datname").is_empty());
    drop(sessions);
    vigil.all_back(&before, |_| false);
}

/// They are taken before pgvigil comes: it is not in, says why, and gets in when there is room. Where it may use reserved connections, it
/// is in all along.
#[test]
fn no_connection_from_the_start() {
    let server = crowded("0");
    let mut sessions = Vec::new();
    crowd(&server, "app", &mut sessions);
    let exporter = quick(&server);
    let page = exporter.await_value(NOTICED, "pg_up", SERVER, Some(0.0));
    assert_eq!(page.value("pg_login_up", SERVER), Some(0.0));
    let vigil = Vigil::over(&exporter, &[]);
    vigil.notices("primary", false);
    exporter.await_log("remaining connection slots are reserved");

    vigil.changes("primary");
    server.psql().run("alter role pgvigil superuser");
    let page = vigil.notices("primary", true);
    assert_eq!(page.value("pg_login_up", SERVER), Some(1.0), "the reserved connections let it in");
    let before = whole(&exporter, NAMES);
    server.psql().run("alter role pgvigil nosuperuser");

    vigil.changes("primary");
    server.psql().run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pgvigil'");
    crowd(&server, "app", &mut sessions);
    vigil.notices("primary", false);
    vigil.changes("primary");
    drop(sessions);
    vigil.notices("primary", true);
    // It is one no longer.
    vigil.all_back(&before, |series| series.starts_with("pg_superuser_sessions") && series.contains(r#""usename": "pgvigil""#));
}

/// The same where pgvigil may use reserved connections, and these are taken before it comes, too.
#[test]
fn no_reserved_connection_from_the_start() {
    let server = crowded("3");
    server.psql().run("grant pg_use_reserved_connections to pgvigil");
    let mut sessions = Vec::new();
    crowd(&server, "app", &mut sessions);
    let exporter = quick(&server);
    let before = whole(&exporter, NAMES);
    drop(exporter);

    crowd(&server, "preferred", &mut sessions);
    let exporter = quick(&server);
    let vigil = Vigil::over(&exporter, &[]);
    vigil.notices("primary", false);
    exporter.await_log("remaining connection slots are reserved for roles with the SUPERUSER attribute");
    vigil.changes("primary");
    drop(sessions);
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// The password changes while pgvigil runs: the session that it has stays, and the next login takes the file as it is then.
#[test]
fn password_changed() {
    let server = Server::primary(18);
    server.psql().run(&format!("alter role pgvigil password '{PASSWORD}-first'"));
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\n");
    let file = server.folder().join("password");
    fs::write(&file, format!("{PASSWORD}-first\n")).expect("its own folder");
    let config = steady().url("primary", &server.bare_url(), &format!(", password_file: {:?}", file.display().to_string()));
    let exporter = Exporter::start(&config, &[&server]);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    server.psql().run(&format!("alter role pgvigil password '{PASSWORD}-second'"));
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", SERVER, Some(0.0));
    assert_eq!(exporter.page().value("pg_up", SERVER), Some(1.0), "the kept connection still works");
    fs::write(&file, format!("{PASSWORD}-second\n")).expect("its own folder");
    vigil.all_back(&before, |_| false);
    server.psql().run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgvigil'");
    vigil.all_back(&before, |_| false);
}

/// `pg_monitor` is taken from the role and given back: what it may not see any more leaves the page and says why.
#[test]
fn rights_revoked() {
    let server = Server::primary(18);
    let exporter = quick(&server);
    let before = whole(&exporter, NAMES);
    let vigil = Vigil::over(&exporter, NAMES);
    server.psql().run("revoke pg_monitor from pgvigil");
    let privilege = |page: &Page| page.all("pgvigil_query_skipped", &[("reason", "privilege")]).count();
    let (page, ()) = exporter.await_page(NOTICED, "queries are skipped for want of a privilege", |page| {
        let left: Vec<&str> =
            ["pg_wal_size_bytes", "pg_stat_statements_calls_total"].into_iter().filter(|name| page.names().contains(name)).collect();
        ensure(privilege(page) > 5 && left.is_empty(), || format!("{} skipped, {left:?} left", privilege(page)))
    });
    assert_eq!(page.value("pg_up", SERVER), Some(1.0));
    server.psql().run("grant pg_monitor to pgvigil");
    vigil.all_back(&before, |_| false);
}
