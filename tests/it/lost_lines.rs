//! The network between pgvigil and a server becomes a black hole. The kernels of both ends find that out by themselves, and give the connections up.

use std::time::{Duration, Instant};

use pgvigil::wire::{Broken, Failure};
use tokio::time::timeout;

use crate::support::clients::connections;
use crate::support::exporter::Exporter;
use crate::support::server::Server;
use crate::support::session::{OwnSession, block_on, plain};
use crate::support::vigil::{NOTICED, Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually};
use crate::timeouts::own_query;

const FAR: &[(&str, &str)] = &[("server", "far")];

/// How soon both ends have given up.
const GIVEN_UP: Duration = Duration::from_secs(10);

/// Of one that is idle, and of one whose statement has 2 s to go when the network is lost.
fn own_sessions_break(major: u32) {
    let Some(server) = Server::far_primary(major) else { return };
    let route = plain(server.network().address(), server.port);
    block_on(async {
        let mut idle = OwnSession::open(&route).await.expect("a session");
        let mut busy = OwnSession::open(&route).await.expect("a session");
        idle.keep_alive().await.expect("an answer");
        busy.keep_alive().await.expect("an answer");
        let cutting = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            server.network().cut();
            Instant::now()
        };
        let idling = async { (timeout(SOON, idle.wire.idle()).await.expect("it breaks"), Instant::now()) };
        let asking = async { (timeout(SOON, busy.ask("select pg_sleep(3)::text")).await.expect("it breaks"), Instant::now()) };
        let count = || server.psql().run("select count(*) from pg_stat_activity where application_name = 'own'");
        assert_eq!(count(), "2");
        let (start, (idle, idle_end), (busy, busy_end)) = tokio::join!(cutting, idling, asking);
        assert!(matches!(idle, Broken::Lost(_)), "{idle:?}");
        assert!(matches!(busy, Err(Failure::Broken(Broken::Lost(_)))), "{busy:?}");
        assert!(idle_end - start < GIVEN_UP && busy_end - start < GIVEN_UP, "{:?}, {:?}", idle_end - start, busy_end - start);
        eventually(GIVEN_UP.saturating_sub(start.elapsed()), "no backend is left", || ensure(count() == "0", count));
    });
}

/// The sessions of pgvigil itself. It opens no third one, then or later.
fn sessions_break(major: u32) {
    let Some(server) = Server::far_primary(major) else { return };
    let own = own_query(
        "slow",
        "-- scope: database\n-- interval: 4s\n-- timeout: 3s\n-- limit: 10 series\n-- gauge own_slow: Takes its time.",
        "SELECT 1 AS own_slow FROM pg_catalog.pg_sleep(2)",
    );
    let exporter = Exporter::start(&steady().directory(own.path()).url("far", &server.far_url(), ""), &[&server]);
    whole(&exporter, &["far"]);
    let ours = "from pg_stat_activity where application_name = 'pgvigil'";
    eventually(SOON, "one is idle and one runs a statement", || {
        let slow = server.psql().run(&format!("select count(*) {ours} and state = 'active' and query like '%own/slow%'"));
        let all = server.psql().run(&format!("select count(*) {ours}"));
        ensure((slow.as_str(), all.as_str()) == ("1", "2"), || format!("{slow} of {all}"))
    });
    let now = server.psql().run("select clock_timestamp()");
    let lines = connections(exporter.pid().cast_signed(), server.port);
    server.network().cut();
    let start = Instant::now();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let left = || {
        let old = server.psql().run(&format!("select count(*) {ours} and backend_start < '{now}'"));
        let open: Vec<String> =
            connections(exporter.pid().cast_signed(), server.port).into_iter().filter(|line| lines.contains(line)).collect();
        ensure(old == "0" && open.is_empty(), || format!("{old} backends, {open:?}"))
    };
    eventually(GIVEN_UP.saturating_sub(start.elapsed()), "both ends have given both up", left);
    server.network().mend();
    exporter.await_value(NOTICED, "pg_up", FAR, Some(1.0));
}

/// For longer than logins and their retries take: every scrape is answered, `pg_up` falls, and old values vanish. When it has passed, everything is back.
fn a_black_hole(major: u32) {
    let Some(server) = Server::far_primary(major) else { return };
    let exporter = Exporter::start(&steady().url("far", &server.far_url(), ""), &[&server]);
    let before = whole(&exporter, &["far"]);
    let vigil = Vigil::over(&exporter, &["far"]);
    server.network().cut();
    let page = vigil.notices("far", false);
    assert_eq!(page.value("pgvigil_connections", FAR).filter(|count| *count > 2.0), None);
    vigil.lasts("far", false, Duration::from_secs(20));
    assert_eq!(exporter.page().value("pg_settings_max_connections", FAR), None);
    server.network().mend();
    vigil.changes("far");
    vigil.notices("far", true);
    vigil.all_back(&before, |_| false);
}

on_first_and_last!(own_sessions_break, sessions_break, a_black_hole);
