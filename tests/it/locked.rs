//! A lock in one database keeps every login to it waiting: no other database loses a value for that, and the page says why this one does.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::process::{self, User};
use crate::support::proxy::{Proxy, Weather};
use crate::support::psql::{self, Session};
use crate::support::server::Server;
use crate::support::vigil::{BACK, NOTICED, Vigil, series, steady, whole};
use crate::support::{SOON, ensure, eventually};

const NAMES: &[&str] = &["primary"];
const SERVER: &[(&str, &str)] = &[("server", "primary")];
/// Longer than what a database tells stays on the page by itself: 3 intervals of 4 s and the timeout of 3.
const OUTLASTS: Duration = Duration::from_secs(25);
/// The log line of a database that is left out.
const SKIPPED: &str = "its queries are skipped until it is gone";
/// A fresh login is tried every 30 s, and may take 5 to fail.
const LOGIN_NOTICED: Duration = Duration::from_mins(1);

on_first_and_last!(one_database_blinds_no_other, a_lock_after_the_look);

/// A server with a database of mallory's, and one of somebody else's.
fn shared(major: u32) -> Server {
    let server = Server::primary(major);
    let psql = server.psql();
    psql.run("create role mallory login; create role app login");
    psql.run("create database mallory owner mallory");
    psql.run("create database other");
    for database in ["mallory", "other"] {
        psql.database(database)
            .run(&format!("create table of_{database} (id int primary key); insert into of_{database} values (1); analyze"));
    }
    server
}

/// Somebody reads a catalogue of mallory's database, and VACUUM FULL waits for that: it is all that takes no rights.
fn vacuum_full(server: &Server) -> Vec<Session> {
    let mallory = server.psql().user("mallory").database("mallory");
    let (mut reader, mut vacuum) = (mallory.session(), mallory.session());
    reader.run("begin");
    reader.run("select count(*) from pg_class");
    vacuum.start("vacuum full pg_class");
    server.psql().await_true("exists (select from pg_locks where mode = 'AccessExclusiveLock' and relation = 'pg_class'::regclass)");
    vec![reader, vacuum]
}

fn open_rename(server: &Server) -> Vec<Session> {
    let mut session = server.psql().session();
    session.run("begin");
    session.run("alter database mallory rename to mallory_too");
    vec![session]
}

fn lock_table(server: &Server) -> Vec<Session> {
    let mut session = server.psql().database("mallory").session();
    session.run("begin");
    session.run("lock table pg_attribute in access exclusive mode");
    vec![session]
}

/// What is told of the neighbours' tables and indexes.
fn of_neighbours(page: &Page, databases: &[&str]) -> BTreeSet<String> {
    let of = |name: &str| name.starts_with("pg_stat_user_") || name.starts_with("pg_table_size") || name.starts_with("pg_index_size");
    let wanted: Vec<String> = databases.iter().map(|database| format!("\"datname\": \"{database}\"")).collect();
    series(page).into_iter().filter(|series| of(series) && wanted.iter().any(|wanted| series.contains(wanted))).collect()
}

/// Looks at every page for a while: of these databases nothing vanishes, and there are never more than two connections.
#[track_caller]
fn nothing_vanishes(exporter: &Exporter, before: &Page, databases: &[&str], how_long: Duration) {
    let before = of_neighbours(before, databases);
    assert!(before.len() > 10, "{before:#?}");
    let begun = Instant::now();
    while begun.elapsed() < how_long {
        let page = exporter.page();
        let now = of_neighbours(&page, databases);
        let gone: Vec<_> = before.difference(&now).collect();
        assert!(gone.is_empty(), "after {:?} {} are gone: {:?}\n{}", begun.elapsed(), gone.len(), gone[0], exporter.log());
        let connections = page.value("pgvigil_connections", SERVER);
        assert!(connections <= Some(2.0), "{connections:?}");
        thread::sleep(Duration::from_millis(200));
    }
}

fn tables_of_mallory(page: &Page) -> usize {
    page.all("pg_stat_user_tables_n_live_tup", &[("datname", "mallory")]).count()
}

fn locked(page: &Page) -> BTreeSet<String> {
    page.all("pgvigil_query_skipped", &[("reason", "locked")]).map(|sample| sample.label("datname").to_owned()).collect()
}

fn one_database_blinds_no_other(major: u32) {
    let server = shared(major);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let page = exporter.page();
    let vigil = Vigil::over(&exporter, NAMES);
    for (attack, times) in [vacuum_full as fn(&Server) -> Vec<Session>, open_rename, lock_table].into_iter().zip(1..) {
        let mut sessions = attack(&server);
        exporter.await_page(NOTICED, "it is said that it is locked", |page| {
            let locked = locked(page);
            ensure(locked == ["mallory".to_owned()].into(), || format!("{locked:?}"))
        });
        nothing_vanishes(&exporter, &page, &["postgres", "other"], OUTLASTS);
        assert_eq!(exporter.page().value("pg_login_up", SERVER), Some(1.0), "pgvigil's own database lets logins in");
        assert_eq!(tables_of_mallory(&exporter.page()), 0, "what is too old has gone");
        let landing = exporter.get("/?server=primary", &[]).text();
        assert!(landing.contains("a lock on the catalogues of this database is held or awaited"), "{landing}");
        assert_eq!(exporter.log().matches(SKIPPED).count(), times, "once for each time: {}", exporter.log());
        sessions[0].run("rollback");
        drop(sessions);
        vigil.ends();
        vigil.all_back(&before, |_| false);
        exporter.await_page(BACK, "nothing is locked", |page| ensure(locked(page).is_empty(), || exporter.log()));
    }
    assert_eq!(exporter.log().matches("a login hangs").count(), 0, "{}", exporter.log());
    vigil.notices("primary", true);
}

/// Processes of the server that are at a login of pgvigil's to mallory's database, as they call themselves.
fn logins(server: &Server) -> usize {
    let title = |pid: &u32| fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    process::children(server.pid()).iter().filter(|pid| title(pid).contains(": pgvigil mallory ")).count()
}

/// Has a login of pgvigil's hang: it is on its way when the lock comes.
fn hang(server: &Server, proxy: &Proxy) -> Vec<Session> {
    let withheld = proxy.withheld();
    proxy.turn(Weather::WithholdingLogins("mallory"));
    eventually(BACK, "a login is on its way", || ensure(proxy.withheld() > withheld, || "none".to_owned()));
    let sessions = vacuum_full(server);
    proxy.turn(Weather::Fair);
    eventually(SOON, "the login waits", || ensure(logins(server) == 1, || logins(server).to_string()));
    sessions
}

/// The lock comes when pgvigil has looked and before it is in. The login that hangs there is cancelled, and takes its place no longer than it may take.
fn a_lock_after_the_look(major: u32) {
    let server = shared(major);
    // Until 15 a role could do so by itself: that pgvigil may cancel the logins of others must not keep it from its own.
    if major < 16 { server.psql().user("mallory").database("mallory") } else { server.psql() }.run("grant mallory to pgvigil");
    let proxy = Proxy::before(server.port);
    let exporter = Exporter::start(&steady().url("primary", &proxy.url(), ""), &[&server]);
    let before = whole(&exporter, NAMES);
    let page = exporter.page();
    let vigil = Vigil::over(&exporter, NAMES);
    let mut sessions = hang(&server, &proxy);
    // Neither do those of others that wait there suffer.
    let app = server.psql().user("app").database("mallory");
    let mut app = app.command(process::command(psql::program(), User::Same, "KILL"));
    app.env("PGCONNECT_TIMEOUT", "0").args(["-c", "select 1"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut app = process::spawn(app);
    nothing_vanishes(&exporter, &page, &["postgres", "other"], OUTLASTS);
    assert_eq!(logins(&server), 0, "{}", exporter.log());
    assert!(app.try_wait().is_ok_and(|ended| ended.is_none()), "the login of another role is left alone");
    exporter.await_log("a login hangs; it is cancelled if it waits for a lock");
    let log = exporter.log();
    assert!(log.contains("mallory") && !log.contains("cannot be cancelled"), "{log}");
    assert_eq!(locked(&exporter.page()), ["mallory".to_owned()].into());
    assert_eq!(exporter.page().value("pg_login_up", SERVER), Some(1.0));
    sessions[0].run("rollback");
    drop(sessions);
    vigil.ends();
    let _ = app.wait();
    vigil.all_back(&before, |_| false);
    vigil.notices("primary", true);
}

/// pgvigil's own database is locked: nobody can log in there, which is said, and the others have all their values.
#[test]
fn its_own_database() {
    let server = shared(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let page = exporter.page();
    let vigil = Vigil::over(&exporter, NAMES);
    let mut holder = server.psql().session();
    holder.run("begin; lock table pg_attribute in access exclusive mode");
    let begun = Instant::now();
    while exporter.page().value("pg_login_up", SERVER) != Some(0.0) {
        nothing_vanishes(&exporter, &page, &["mallory", "other"], Duration::from_secs(1));
        assert!(begun.elapsed() < LOGIN_NOTICED, "{}", exporter.log());
    }
    nothing_vanishes(&exporter, &page, &["mallory", "other"], OUTLASTS);
    vigil.notices("primary", true);
    holder.run("rollback");
    drop(holder);
    vigil.ends();
    vigil.all_back(&before, |_| false);
}

/// Where pgvigil may cancel the logins of all and the server does not tell since when they wait, it does not know its own, and cancels none. What takes the
/// connection slot is said. The other databases are read in turns, as soon as it is seen that others get in.
#[test]
fn a_login_that_cannot_be_cancelled() {
    let server = shared(13);
    server.psql().run("grant pg_signal_backend to pgvigil");
    let proxy = Proxy::before(server.port);
    // In turns a database is read each 15 seconds: what comes every 10 does not get too old.
    let exporter = Exporter::start(&Config::every("10s", "3s").url("primary", &proxy.url(), ""), &[&server]);
    let before = whole(&exporter, NAMES);
    let page = exporter.page();
    let vigil = Vigil::over(&exporter, NAMES);
    let mut sessions = hang(&server, &proxy);
    // A session of others that has begun since, and stays.
    let _other = server.psql().database("other").session();
    let holder = [("server", "primary"), ("purpose", "queries"), ("datname", "mallory")];
    let (_, first) = exporter.await_page(SOON, "what takes the place is a metric", |page| {
        page.value("pgvigil_connection_hung_seconds", &holder).ok_or_else(|| exporter.log())
    });
    exporter.await_log("a login hangs and cannot be cancelled");
    let landing = exporter.get("/", &[]).text();
    assert!(landing.contains("takes a connection slot") && landing.contains("mallory"), "{landing}");
    nothing_vanishes(&exporter, &page, &["postgres", "other"], Duration::from_mins(2));
    assert_eq!(exporter.page().value("pg_login_up", SERVER), Some(1.0), "others log in, and so does pgvigil");
    let later = exporter.page().value("pgvigil_connection_hung_seconds", &holder);
    assert!(later > Some(first), "{later:?} after {first}");
    vigil.notices("primary", true);
    sessions[0].run("rollback");
    drop(sessions);
    vigil.ends();
    vigil.all_back(&before, |series| series.contains("\"datname\": \"mallory\""));
    exporter.await_log("its database is left alone for a while");
    exporter.await_page(SOON, "nothing takes the place", |page| {
        let hung = page.all("pgvigil_connection_hung_seconds", &[]).count();
        ensure(hung == 0, || hung.to_string())
    });
    exporter.await_log("the login that hung has ended");
}

/// Has a role that does not own this database drop it again and again: each time it locks the database, and is refused then.
fn refused_drops(server: &Server, database: &str) -> Child {
    let mallory = server.psql().user("mallory").database("mallory");
    let mut command = mallory.command(process::command(psql::program(), User::Same, "KILL"));
    command.args(["-v", "ON_ERROR_STOP=0", "-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut psql = process::spawn(command);
    let mut input = psql.stdin.take().expect("piped");
    let drops = format!("drop database {database};\n").repeat(100);
    // It ends with its psql.
    thread::spawn(move || while input.write_all(drops.as_bytes()).is_ok() {});
    psql
}

/// Each look shows an exclusive lock on other databases and on pgvigil's own, and none of them lasts. Logins get in, and that is what is said.
#[test]
fn locks_that_do_not_last() {
    let server = shared(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let page = exporter.page();
    let vigil = Vigil::over(&exporter, NAMES);
    let mut drops: Vec<Child> = ["other", "postgres"].repeat(2).into_iter().map(|database| refused_drops(&server, database)).collect();
    server.psql().await_true("exists (select from pg_locks where locktype = 'object' and classid = 1262 and mode = 'AccessExclusiveLock')");
    let begun = Instant::now();
    while begun.elapsed() < LOGIN_NOTICED {
        nothing_vanishes(&exporter, &page, &["postgres", "other", "mallory"], Duration::from_secs(1));
        let page = exporter.page();
        assert_eq!(page.value("pg_login_up", SERVER), Some(1.0), "{}", exporter.log());
        assert_eq!(locked(&page), BTreeSet::new(), "{}", exporter.log());
    }
    for psql in &mut drops {
        assert!(psql.try_wait().is_ok_and(|ended| ended.is_none()), "it goes on to the end");
        let _ = psql.kill();
        let _ = psql.wait();
    }
    vigil.ends();
    vigil.all_back(&before, |_| false);
    assert_eq!(exporter.log().matches(SKIPPED).count(), 0, "{}", exporter.log());
}

/// A lock on a shared catalogue that no login waits for. In older minor releases any role can take and keep it, by DROP SUBSCRIPTION IF EXISTS.
#[test]
fn a_lock_that_no_login_waits_for() {
    let server = shared(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, NAMES);
    let page = exporter.page();
    let vigil = Vigil::over(&exporter, NAMES);
    let mut holder = server.psql().session();
    holder.run("begin");
    holder.run("lock table pg_subscription in access exclusive mode");
    nothing_vanishes(&exporter, &page, &["postgres", "other", "mallory"], OUTLASTS);
    assert_eq!(locked(&exporter.page()), BTreeSet::new(), "{}", exporter.log());
    holder.run("rollback");
    vigil.ends();
    vigil.all_back(&before, |_| false);
    assert_eq!(exporter.log().matches(SKIPPED).count(), 0, "{}", exporter.log());
}
