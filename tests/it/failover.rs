//! Two servers change places, and so do their metrics.

use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::server::{STANDBY, Server, Stop};
use crate::support::vigil::{BACK, NOTICED, Vigil, steady, whole};
use crate::support::{SOON, ensure};

const NAMES: &[&str] = &["a", "b"];

/// What only a primary with a standby shows, and only its standby.
const OF_THE_PRIMARY: &[&str] = &["pg_stat_replication_lag_bytes", "pg_wal_written_bytes_total"];
const OF_THE_STANDBY: &[&str] = &["pg_wal_receiver_up", "pg_replication_lag_bytes", "pg_replication_lag_seconds"];

/// Whether each metric stands on the server that should have it, and on no other.
fn roles(page: &Page, primary: &str, standby: &str) -> Result<(), String> {
    let there = |name: &&&str, server: &str| page.all(name, &[("server", server)]).next().is_some();
    let wrong = |names: &[&'static str], has: &str, has_not: &str| -> Vec<String> {
        let wrong = names.iter().filter(|name| !there(name, has) || there(name, has_not));
        wrong.map(|name| format!("{name}: on {has} {}, on {has_not} {}", there(&name, has), there(&name, has_not))).collect()
    };
    let wrong = [wrong(OF_THE_PRIMARY, primary, standby), wrong(OF_THE_STANDBY, standby, primary)].concat();
    ensure(wrong.is_empty(), || format!("{wrong:?}"))?;
    let replica = [primary, standby].map(|server| page.value("pg_replication_is_replica", &[("server", server)]));
    ensure(replica == [Some(0.0), Some(1.0)], || format!("is replica: {replica:?}"))
}

/// The series that the other server is to have.
fn in_the_other_place(series: &str) -> String {
    let [a, b] = [r#""server": "a""#, r#""server": "b""#];
    if series.contains(a) { series.replace(a, b) } else { series.replace(b, a) }
}

/// The primary dies, its standby is promoted, and the old primary comes back as the standby of the new one, at its old address.
#[test]
fn the_servers_change_places() {
    let mut first = Server::primary(18);
    let second = first.standby();
    let exporter = Exporter::start(&steady().server("a", &first).server("b", &second), &[&first, &second]);
    let before = whole(&exporter, NAMES);
    exporter.await_page(SOON, "each has its role", |page| roles(page, "a", "b"));
    let vigil = Vigil::over(&exporter, NAMES);

    vigil.changes("a");
    first.stop(Stop::Killed);
    second.promote();
    exporter.await_page(NOTICED, "nobody streams from the new primary, and it is no standby", |page| {
        let left = OF_THE_STANDBY.iter().filter(|name| page.all(name, &[("server", "b")]).next().is_some()).count();
        let streams = page.all("pg_stat_replication_lag_bytes", &[]).count();
        let timeline = page.value("pg_timeline_id", &[("server", "b")]);
        ensure(left == 0 && streams == 0 && timeline == Some(2.0), || {
            format!("{left} of a standby, {streams} streams, timeline {timeline:?}")
        })
    });
    vigil.notices("a", false);

    vigil.changes("a");
    first.follow(&second);
    vigil.notices("a", true);
    let (page, ()) = exporter.await_page(BACK, "each has the other's role", |page| roles(page, "b", "a"));
    let standby = page.all("pg_stat_replication_lag_bytes", &[("server", "b"), ("application_name", STANDBY)]).count();
    assert!(standby > 0, "the new primary shows its standby");
    assert_eq!(page.value("pg_timeline_id", &[("server", "a")]), Some(2.0));
    // When it last replayed something is only known once it has.
    second.psql().run("create table written (n int)");
    // What names an address or a folder stays where it is.
    let placed = ["pg_host_directory_info", "pg_wal_receiver_info", "pg_changed_settings_info{\"name\": \"port\""];
    let before = before.iter().map(|series| in_the_other_place(series)).collect();
    vigil.all_back(&before, |series| placed.iter().any(|name| series.starts_with(name)));
    assert!(page.all("pgvigil_query_errors_total", &[("server", "b")]).all(|sample| sample.value == 0.0), "{}", exporter.log());
}
