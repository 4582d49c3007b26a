//! The network between pgvigil and a server fails, in the ways that networks do.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tempfile::TempDir;

use crate::faults::{all_go_on, these_go_on};
use crate::support::clients::Clients;
use crate::support::config::Config;
use crate::support::cut;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::proxy::{Proxy, Weather};
use crate::support::server::{NOWHERE, PASSWORD, Server};
use crate::support::vigil::{NOTICED, Vigil, clock, steady, whole};
use crate::support::{SOON, ensure, eventually, not_run, process};
use crate::timeouts::own_query;

const FAR: &[(&str, &str)] = &[("server", "far")];

/// While the weather is bad: every scrape is answered at once, `pg_up` falls, and old values vanish. When it has passed, everything is back.
fn endures(weather: Weather) {
    let server = Server::primary(18);
    let proxy = Proxy::before(server.port);
    let clock = clock();
    let exporter = Exporter::start(&steady().directory(clock.path()).url("far", &proxy.url(), ""), &[&server]);
    let _clients = Clients::watch(&exporter, proxy.port);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    proxy.turn(weather);
    vigil.truth("far", false);
    for (what, gone) in [("pg_up", Some(0.0)), ("pg_settings_max_connections", None)] {
        // For as long as several attempts take.
        eventually(NOTICED + SOON, "pg_up falls, and the old values vanish", || {
            let value = exporter.page().value(what, FAR);
            ensure(value == gone, || format!("{what} is {value:?}"))
        });
    }
    proxy.turn(Weather::Fair);
    vigil.changes("far");
    vigil.notices("far", true);
    vigil.all_back(&before, |_| false);
}

#[test]
fn a_byte_a_second() {
    endures(Weather::Dripping);
}

/// Every connection is reset in the middle of its first rows, which come after some 400 bytes of login.
#[test]
fn reset_in_the_first_answer() {
    endures(Weather::Resetting(900));
}

/// What has come of an answer says nothing as long as not all of it has: each is cut in one of its later rows, by a reset.
#[test]
fn an_answer_is_cut_in_a_row() {
    const ROWS: usize = 50;
    // Rows of 2 KB, all of which say the same of the moment. The limit is one of kilobytes, too, and the labels of a row count twice.
    let own = own_query(
        "wide",
        "-- interval: 4s\n-- timeout: 3s\n-- limit: 250 series\n-- label row: Which, at length.\n-- gauge own_wide: When it was asked.",
        "SELECT pg_catalog.repeat(i::text, 1000) AS row, extract(epoch FROM statement_timestamp()) AS own_wide
         FROM pg_catalog.generate_series(10, 59) AS i",
    );
    let server = Server::primary(18);
    let proxy = Proxy::before(server.port);
    let exporter = Exporter::start(&steady().directory(own.path()).url("far", &proxy.url(), ""), &[&server]);
    let _clients = Clients::watch(&exporter, proxy.port);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    let values = |page: &Page| -> Vec<f64> { page.all("own_wide", &[]).map(|sample| sample.value).collect() };
    assert_eq!(values(&exporter.page()).len(), ROWS);
    let all_of_one_answer = |page: &Page| {
        let values = values(page);
        assert!(values.is_empty() || values.len() == ROWS && values.iter().all(|value| *value == values[0]), "{values:?}");
        values.is_empty()
    };
    proxy.turn(Weather::Cutting { tag: "own/wide", after: 40_000 });
    exporter.await_page(NOTICED + SOON, "the old values vanish", |page| {
        ensure(all_of_one_answer(page) && proxy.cuts().len() >= 2, || format!("{:?}", proxy.cuts()))
    });
    for message in proxy.cuts() {
        assert_eq!(char::from(message), 'D', "cut in the middle of a row");
    }
    exporter.await_log("Connection reset by peer");
    exporter.await_value(SOON, "pg_up", FAR, Some(1.0));
    proxy.turn(Weather::Fair);
    vigil.all_back(&before, |_| false);
    assert!(!all_of_one_answer(&exporter.page()));
}

/// A firewall between the two is restarted and knows no connection any more. The server's processes wait for a client that is lost to them,
/// and would for hours.
#[test]
fn connections_are_forgotten() {
    are_forgotten(&Server::primary(18));
}

/// The same where the server does not say what its sessions do, so that nothing can be concluded from it.
#[test]
fn connections_are_forgotten_and_nobody_says_what_they_did() {
    are_forgotten(&Server::primary_with(18, &[("track_activities", "off")]));
}

fn are_forgotten(server: &Server) {
    let proxy = Proxy::before(server.port);
    let exporter = Exporter::start(&steady().url("far", &proxy.url(), ""), &[server]);
    let _clients = Clients::watch(&exporter, proxy.port);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    // What is lost may also be the sign of life, which is no query.
    let noticed = |page: &Page| {
        (page.sum("pgvigil_query_errors_total", &[("kind", "unanswered")]), exporter.log().matches("the server answers").count())
    };
    for _ in 0..2 {
        let so_far = noticed(&exporter.page());
        vigil.changes("far");
        forget_the_kept_one(server, &proxy);
        exporter.await_page(NOTICED, "something gets no answer", |page| ensure(noticed(page) != so_far, || exporter.log()));
        vigil.notices("far", true);
        vigil.all_back(&before, |_| false);
    }
}

/// And no visit that begins just now.
fn forget_the_kept_one(server: &Server, proxy: &Proxy) {
    let begun = eventually(SOON, "no visit is out", || {
        let begun = proxy.begun();
        let count = server.psql().run("select count(*) from pg_stat_activity where application_name = 'pgvigil'");
        if count == "1" { Ok(begun) } else { Err(count) }
    });
    proxy.forget(begun);
}

/// Just as a session begins: a visit of a database, the kept session.
fn forgotten_as_they_begin(major: u32) {
    let server = Server::primary(major);
    let proxy = Proxy::before(server.port);
    let exporter = Exporter::start(&steady().url("far", &proxy.url(), ""), &[&server]);
    let _clients = Clients::watch(&exporter, proxy.port);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    let beginnings = ["visit", "session"].into_iter().flat_map(|tag| [(tag, false), (tag, true)]);
    for (count, (tag, arrives)) in (1..).zip(beginnings) {
        proxy.turn(Weather::Losing { tag, arrives });
        if tag == "session" {
            vigil.changes("far");
            server.psql().run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgvigil'");
        }
        eventually(Duration::from_secs(45), "one is forgotten", || {
            let lost = proxy.lost();
            ensure(lost == count, || lost.to_string())
        });
        proxy.turn(Weather::Fair);
        vigil.ends();
        vigil.notices("far", true);
        vigil.all_back(&before, |_| false);
    }
}

#[test]
fn connections_are_forgotten_as_they_begin() {
    forgotten_as_they_begin(18);
}

/// Where no session ends by itself.
#[test]
fn connections_are_forgotten_as_they_begin_on_13() {
    forgotten_as_they_begin(13);
}

/// A visit is forgotten as it begins, and then the kept session with the answer to what it has asked: the next one comes when the server must
/// have ended that one.
#[test]
fn both_connections_are_forgotten_as_one_begins() {
    let server = Server::primary(18);
    let proxy = Proxy::before(server.port);
    let exporter = Exporter::start(&steady().url("far", &proxy.url(), ""), &[&server]);
    let _clients = Clients::watch(&exporter, proxy.port);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    vigil.changes("far");
    proxy.turn(Weather::Losing { tag: "visit", arrives: false });
    eventually(SOON, "a visit is forgotten", || ensure(proxy.lost() == 1, String::new));
    proxy.turn(Weather::Losing { tag: "facts", arrives: true });
    eventually(SOON, "the kept session is forgotten", || ensure(proxy.lost() == 2, String::new));
    proxy.turn(Weather::Fair);
    vigil.notices("far", true);
    all_go_on(&exporter, &exporter.page(), "far");
    vigil.all_back(&before, |_| false);
}

/// The process of a visit hangs before it has told its number. It is found, and counts.
#[test]
fn who_has_not_told_its_number_hangs() {
    let server = Server::primary(18);
    let proxy = Proxy::before(server.port);
    let exporter = Exporter::start(&steady().url("far", &proxy.url(), ""), &[&server]);
    let _clients = Clients::watch(&exporter, proxy.port);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    proxy.turn(Weather::Withholding("visit"));
    let visitor = eventually(SOON, "a visit has been asked nothing", || {
        let pid =
            server.psql().run("select pid from pg_stat_activity where application_name = 'pgvigil' and query = '' and state = 'idle'");
        pid.parse().map_err(|_| pid)
    });
    let hung = server.suspend_session(visitor);
    proxy.turn(Weather::Fair);
    let page = exporter.page();
    these_go_on(&exporter, &page, "far", |sample| sample.label("datname").is_empty());
    exporter.await_log("a backend is unresponsive");
    vigil.lasts("far", true, Duration::from_secs(10));
    let said = exporter.log();
    assert!(said.contains(&format!("pid={visitor}")) || said.contains(&format!("\"pid\":{visitor}")), "{said}");
    drop(hung);
    vigil.ends();
    all_go_on(&exporter, &page, "far");
    vigil.all_back(&before, |_| false);
}

/// Both are lost at the same moment, each of the ways in which pgvigil can hear of that: through somebody who confirms what never arrives, where it
/// may be the network or two processes that hang; and by the kernel, which gets no confirmation. The next one comes when the server must have
/// ended those that are lost.
fn both_are_lost(address: impl Fn(&Server) -> (String, u16), happens: impl Fn(&Exporter, &Server) -> bool) {
    let server = Server::primary(18);
    let (url, port) = address(&server);
    let own = own_query(
        "slow",
        "-- scope: database\n-- interval: 4s\n-- timeout: 3s\n-- limit: 10 series\n-- gauge own_slow: Takes its time.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(2)",
    );
    let exporter = Exporter::start(&steady().directory(own.path()).url("far", &url, ""), &[&server]);
    let _clients = Clients::watch(&exporter, port);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    let ours = "from pg_stat_activity where application_name = 'pgvigil'";
    eventually(SOON, "a visit is out", || {
        let slow = server.psql().run(&format!("select count(*) {ours} and state = 'active' and query like '%own/slow%'"));
        ensure(slow == "1", || slow)
    });
    vigil.changes("far");
    if !happens(&exporter, &server) {
        return;
    }
    let now = server.psql().run("select clock_timestamp()");
    let begun = Instant::now();
    let count = |condition: &str| -> u32 { server.psql().run(&format!("select count(*) {ours} {condition}")).parse().expect("a number") };
    let old = format!("and backend_start < '{now}'");
    assert_eq!(count(&old), 2);
    eventually(NOTICED, "the lost ones are ended, and there is a new one", || {
        let (lost, all) = (count(&old), count(""));
        ensure(lost == 0 && all > 0, || format!("{lost} of {all} are lost: {}", exporter.log()))
    });
    exporter.await_value(NOTICED.saturating_sub(begun.elapsed()), "pg_up", FAR, Some(1.0));
    vigil.notices("far", true);
    vigil.all_back(&before, |_| false);
}

#[test]
fn both_connections_are_forgotten() {
    let proxy = OnceLock::new();
    both_are_lost(
        |server| {
            let proxy = proxy.get_or_init(|| Proxy::before(server.port));
            (proxy.url(), proxy.port)
        },
        |_, _| {
            let proxy = proxy.get().expect("made with the URL");
            proxy.forget(proxy.begun());
            true
        },
    );
}

#[test]
fn both_connections_are_cut() {
    both_are_lost(|server| (server.url(), server.port), |exporter, server| cut::both(exporter, server.port));
}

/// The machine that pgvigil was on is gone, and nobody tells the server. Whoever takes its place finds both connections free soon.
#[test]
fn pgvigil_is_gone_with_its_machine() {
    let server = Server::primary(18);
    let proxy = Proxy::before(server.port);
    let mut exporter = Exporter::start(&steady().url("far", &proxy.url(), ""), &[&server]);
    // It may be killed before anybody has looked.
    let _clients = Clients::of(exporter.pid(), proxy.port);
    exporter.await_value(SOON, "pg_up", FAR, Some(1.0));
    forget_the_kept_one(&server, &proxy);
    exporter.kill();
    assert_ne!(server.psql().run("select count(*) from pg_stat_activity where application_name = 'pgvigil'"), "0");
    server.psql().await_true("not exists (select from pg_stat_activity where application_name = 'pgvigil')");
}

/// pgvigil stood still for longer than the server keeps its sessions. It goes on as if nothing had been, and says nothing of the server.
#[test]
fn pgvigil_stood_still() {
    let server = Server::primary(18);
    let socket = format!("host={} port={} user=pgvigil dbname=postgres", server.folder().display(), server.port);
    for url in [server.url(), socket] {
        let exporter = Exporter::start(&steady().url("far", &url, ""), &[&server]);
        let before = whole(&exporter, &["far"]);
        let suspended = exporter.suspend();
        server.psql().await_true("not exists (select from pg_stat_activity where application_name = 'pgvigil')");
        drop(suspended);
        let vigil = Vigil::over(&exporter, &["far"]);
        vigil.lasts("far", true, Duration::from_secs(3));
        vigil.all_back(&before, |_| false);
        assert!(!exporter.log().contains("does not answer"), "{}", exporter.log());
    }
}

/// Somebody listens at the address and never says a word.
#[test]
fn a_silent_peer() {
    let listener = TcpListener::bind(("127.0.0.1", process::free_port())).expect("a free port");
    nobody_answers(listener.local_addr().expect("bound").port());
}

/// Not even the kernel answers there, as where a firewall drops what it does not know: the queue of who listens is full.
#[test]
fn a_handshake_that_is_not_answered() {
    let address = SocketAddr::from(([127, 0, 0, 1], process::free_port()));
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    listener.bind(&address.into()).expect("a free port");
    listener.listen(0).expect("bound");
    let queued: Vec<TcpStream> =
        std::iter::from_fn(|| TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok()).take(100).collect();
    assert!(queued.len() < 100, "the queue has no end");
    nobody_answers(address.port());
}

fn nobody_answers(port: u16) {
    let config =
        Config::quick().url("mute", &format!("postgres://u:{PASSWORD}@127.0.0.1:{port}/postgres?sslmode=disable"), ", connect_timeout: 2s");
    let exporter = Exporter::start(&config, &[]);
    let vigil = Vigil::over(&exporter, &[]);
    let page = vigil.notices("mute", false);
    assert_eq!(page.value("pg_login_up", &[("server", "mute")]), Some(0.0));
    let said = exporter.get("/", &[]).text();
    assert!(said.contains("no login within 2s"), "{said}");
}

/// Somebody answers who is no PostgreSQL server.
#[test]
fn another_protocol() {
    let neighbour = Exporter::start(&Config::quick().url("x", NOWHERE, ""), &[]);
    let url = format!("postgres://u:{PASSWORD}@127.0.0.1:{}/postgres?sslmode=disable", neighbour.port);
    let exporter = Exporter::start(&Config::quick().url("http", &url, ""), &[]);
    let vigil = Vigil::over(&exporter, &[]);
    vigil.notices("http", false);
}

/// The name of the server is unknown, then known. It is looked up anew for each connection.
#[test]
fn a_name_that_becomes_known() {
    comes_to_be_known(&[]);
}

/// The same where nobody says that it is unknown: the machine's name server is silent, and whoever asks it stands still for ten seconds.
#[test]
fn a_name_server_that_does_not_answer() {
    const ADDRESS: &str = "127.0.0.87";
    // Below 1024, so that only root gets it.
    let silent = match UdpSocket::bind((ADDRESS, 53)) {
        Ok(socket) => socket,
        Err(error) => return not_run(&format!("no name server can be put at {ADDRESS}: {error}")),
    };
    let folder = TempDir::new().expect("a temporary folder");
    let resolver = folder.path().join("resolv.conf");
    fs::write(&resolver, format!("nameserver {ADDRESS}\n")).expect("its own folder");
    comes_to_be_known(&[(&resolver, "/etc/resolv.conf")]);
    silent.set_read_timeout(Some(SOON)).expect("a socket");
    assert!(silent.recv(&mut [0; 512]).is_ok(), "nobody has asked it");
}

/// With these files beside the hosts that are known.
fn comes_to_be_known(files: &[(&Path, &str)]) {
    /// As many as may be under way at once: each ends after ten seconds, and the next one begins after `connect_timeout` and a pause.
    const LOOKUPS: usize = 4;
    if !process::is_root() {
        not_run("only root can give a process an /etc/hosts of its own");
        return;
    }
    let server = Server::primary(18);
    let folder = TempDir::new().expect("a temporary folder");
    let hosts = folder.path().join("hosts");
    let knows = |known: &str| fs::write(&hosts, format!("127.0.0.1 localhost\n{known}\n")).expect("its own folder");
    knows("");
    let url = format!("postgres://pgvigil:{PASSWORD}@pgvigil-test-db:{}/postgres?sslmode=disable", server.port);
    let files = [&[(hosts.as_path(), "/etc/hosts")], files].concat();
    let exporter = Exporter::start_with_files(&Config::quick().url("named", &url, ""), &[&server], &files);
    let vigil = Vigil::over(&exporter, &[]);
    vigil.notices("named", false);
    vigil.changes("named");
    knows("127.0.0.1 pgvigil-test-db");
    vigil.notices("named", true);
    // Nothing was there before, so what is there now has come since.
    let before = whole(&exporter, &["named"]);
    let threads = process::threads(exporter.pid());
    // And unknown again, under a session that is good for as long as it lasts.
    knows("");
    exporter.await_value(Duration::from_mins(1), "pg_login_up", &[("server", "named")], Some(0.0));
    assert_eq!(exporter.page().value("pg_up", &[("server", "named")]), Some(1.0));
    // Whoever looks up a name cannot be stopped, and holds a thread.
    assert!(process::threads(exporter.pid()) <= threads + LOOKUPS, "{} threads, {threads} before", process::threads(exporter.pid()));
    knows("127.0.0.1 pgvigil-test-db");
    vigil.ends();
    vigil.all_back(&before, |_| false);
}
