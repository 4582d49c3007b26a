//! What is listed as compatible with `postgres_exporter` is on the page, with that type and those labels; and what the real
//! one exports is listed.

use std::collections::BTreeSet;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::listed::{self, Row, kind};
use crate::support::page::{Format, Page, Sample};
use crate::support::prometheus::Prometheus;
use crate::support::psql::Session;
use crate::support::server::Server;
use crate::support::{MAJORS, SOON, ensure, eventually, judges, scene, tool};

on_every_major!(every_listed_metric_is_served);

const FOLDER: &str = "compat/postgres_exporter";

fn rows() -> Vec<Row> {
    listed::rows(FOLDER)
}

/// The tables say what the files say, and of every file.
#[test]
fn every_metric_is_listed() {
    assert!(rows().len() > 100, "where are the tables?");
    listed::agree(FOLDER, &["settings"]);
}

/// A primary and its standby that have something of everything, and the session that a vacuum runs in.
fn servers(major: u32) -> (Server, Server, Session) {
    let settings = [("archive_mode", "on"), ("archive_command", "true"), ("max_slot_wal_keep_size", "4GB"), ("autovacuum_naptime", "1s")];
    let primary = Server::primary_with(major, &settings);
    let psql = primary.psql();
    psql.run("select pg_stat_reset()");
    scene::set_up(&primary);
    let standby = primary.standby();
    psql.run(
        "create table by_daemon (id int) with (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
             autovacuum_analyze_threshold = 0, autovacuum_analyze_scale_factor = 0);
         insert into by_daemon select generate_series(1, 99); delete from by_daemon where id < 50; select pg_switch_wal();
         create table vacuumed (filler text) with (autovacuum_enabled = off);
         alter table vacuumed alter filler set storage plain;
         insert into vacuumed select repeat('x', 5000) from generate_series(1, 3000)",
    );
    eventually(SOON, "WAL was archived, and the daemon has vacuumed and analyzed", || {
        let done = psql.run(
            "select archived_count > 0 and last_autovacuum > '-infinity' and last_autoanalyze > '-infinity'
             from pg_stat_archiver, pg_stat_user_tables where relname = 'by_daemon'",
        );
        ensure(done == "t", || done)
    });
    let mut vacuum = psql.application("vacuum").session();
    // A nap of 100 ms for each page: it runs for as long as the test.
    vacuum.run("set vacuum_cost_delay = 100");
    vacuum.run("set vacuum_cost_limit = 1");
    vacuum.start("vacuum vacuumed");
    eventually(SOON, "a vacuum runs", || {
        let running = psql.run("select count(*) from pg_stat_progress_vacuum where relid = 'vacuumed'::regclass");
        ensure(running == "1", || running)
    });
    standby.catch_up_with(&primary);
    (primary, standby, vacuum)
}

fn every_listed_metric_is_served(major: u32) {
    let (primary, standby, _vacuum) = servers(major);
    let config = Config::once().server("primary", &primary).server("standby", &standby);
    let exporter = Exporter::start(&config, &[&primary, &standby]);
    let page = exporter.await_all(&["primary", "standby"]);
    let open = Page::strict(&exporter.scrape(Format::OpenMetrics), Format::OpenMetrics);

    let mut wrong: Vec<String> = rows().iter().flat_map(|row| faults(row, major, &page, &open)).collect();
    wrong.extend(settings(&primary, &page));
    judges::all_agree(&exporter);
    let ours = Page::strict(&exporter.get("/metrics?server=primary", &[]).text(), Format::Text);
    drop(exporter);
    if [MAJORS[0], MAJORS[5]].contains(&major) {
        wrong.extend(otherwise_in_the_real_one(&primary, &ours));
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

/// What the page has otherwise than the row says.
fn faults(row: &Row, major: u32, page: &Page, open: &Page) -> Vec<String> {
    let name = row.name.as_str();
    let samples: Vec<_> = page.all(name, &[]).collect();
    let (from, to) = (row.versions.0.parse().unwrap_or(0), row.versions.1.parse().unwrap_or(u32::MAX));
    let served = row.query.is_some() && (from..to).contains(&major);
    if served == samples.is_empty() {
        return vec![format!("{name}: {} samples", samples.len())];
    }
    let mut wrong = Vec::new();
    // Another name that is given as the way out must be there.
    for other in row.difference.split('`').skip(1).step_by(2).filter(|other| other.starts_with("pg")) {
        if page.all(other, &[]).next().is_none() {
            wrong.push(format!("{name}: there is no {other}"));
        }
    }
    if !served {
        return wrong;
    }
    if kind(page, name) != row.kind {
        wrong.push(format!("{name}: it is a {}", kind(page, name)));
    }
    let in_open = match row.kind.as_str() {
        "counter" => "unknown",
        other => other,
    };
    if !name.ends_with("_total") && kind(open, name) != in_open {
        wrong.push(format!("{name}: in OpenMetrics it is {}", kind(open, name)));
    }
    let labels: BTreeSet<String> = samples.iter().flat_map(|sample| sample.labels.keys().cloned()).collect();
    if !row.labels.is_subset(&labels) || !row.missing.is_disjoint(&labels) {
        wrong.push(format!("{name}: the labels are {labels:?}"));
    }
    wrong
}

/// Settings that are not served.
const LEFT_OUT: [&str; 3] = ["extra_float_digits", "transaction_read_only", "transaction_deferrable"];

/// What is wrong with the settings, by `postgres_exporter`'s rule for their names.
fn settings(server: &Server, page: &Page) -> Vec<String> {
    let all = server.psql().rows(
        "select name, name || case when unit ~ 'B$' then '_bytes' when unit <> '' then '_seconds' else '' end from pg_settings
         where vartype in ('bool', 'integer', 'real') and name !~ '[.]'",
    );
    assert!(all.len() > 200, "{} settings", all.len());
    let wrong = |row: &Vec<String>| {
        let name = format!("pg_settings_{}", row[1]);
        let value = page.value(&name, &[("server", "primary")]);
        let exported = value.is_some() && kind(page, &name) == "gauge";
        let bare = page.all(&name, &[]).all(|sample| sample.labels.len() == 1);
        (exported == LEFT_OUT.contains(&row[0].as_str()) || !bare).then(|| format!("{name} is {value:?}"))
    };
    all.iter().filter_map(wrong).collect()
}

/// Each metric of the real one is listed with its type and labels, and what stands still has the same value here.
fn otherwise_in_the_real_one(primary: &Server, ours: &Page) -> Vec<String> {
    let Some(program) = tool("postgres_exporter") else { return Vec::new() };
    let theirs = listed::real_page(&program, &[], &[("DATA_SOURCE_NAME", &primary.url())]);
    let mut wrong = unlisted(&theirs);
    let still: Vec<&Sample> = theirs.samples().filter(|sample| is_still(sample)).collect();
    assert!(still.len() > 250, "{} samples are compared", still.len());
    wrong.extend(still.into_iter().filter_map(|sample| differs(sample, ours)));
    // Locks come and go, but the values of their labels are the same. Predicate locks have no 0 here, nor has a database that nobody may enter.
    let is_here = |sample: &Sample| {
        ours.all("pg_locks_count", &[("datname", sample.label("datname")), ("mode", sample.label("mode"))]).next().is_some()
    };
    let locks: Vec<&Sample> = theirs
        .samples()
        .filter(|sample| sample.name == "pg_locks_count" && sample.label("mode") != "sireadlock" && sample.label("datname") != "template0")
        .collect();
    assert!(locks.len() > 8, "{} modes of locks", locks.len());
    wrong.extend(locks.into_iter().filter(|sample| !is_here(sample)).map(|sample| format!("{sample:?} is not here")));
    wrong.extend(process_otherwise(&theirs, ours));
    wrong
}

/// What a client library tells of the process is told of ours: on the page of a server too, where the names of the other exporter are on.
fn process_otherwise(theirs: &Page, ours: &Page) -> Vec<String> {
    let of_process = |family: &&str| family.starts_with("process_") && !family.starts_with("process_network_");
    let names: Vec<&str> = theirs.families.iter().map(|family| family.name.as_str()).filter(of_process).collect();
    assert!(names.len() >= 6, "{names:?}");
    // Without a limit of memory, theirs is the largest number there is.
    let names = names.into_iter().filter(|name| *name != "process_virtual_memory_max_bytes");
    let is_same = |name: &&str| ours.value(name, &[]).is_some_and(|value| value > 0.0) && kind(ours, name) == kind(theirs, name);
    names.filter(|name| !is_same(name)).map(|name| format!("{name} is {:?}, a {}", ours.value(name, &[]), kind(ours, name))).collect()
}

/// Dashboards of the other exporter tell servers apart by `instance`: so does a Prometheus that finds them by `/sd`.
#[test]
fn servers_by_instance() {
    let (one, two) = (Server::primary(18), Server::primary(13));
    let config = Config::as_shipped().line("override: { \"compat/postgres_exporter/*\": { enabled: true, interval: 1s, timeout: 900ms } }");
    let config = config.server("one", &one).url("two", &two.url(), ", queries: { disable: [\"compat/postgres_exporter/*\"] }");
    let exporter = Exporter::start(&config, &[&one, &two]);
    exporter.await_value(SOON, "pg_exporter_last_scrape_error", &[("server", "one")], Some(0.0));
    let prometheus = Prometheus::start(tool("prometheus").expect("tests/servers/install.sh gets it"), exporter.port);
    prometheus.discover(exporter.port);
    let of_one =
        ["pg_up", "pg_static", "pg_settings_max_connections", "process_resident_memory_bytes", "pg_exporter_last_scrape_duration_seconds"];
    for (name, instance) in of_one.iter().map(|name| (name, "one")).chain([(&"pg_up", "two")]) {
        eventually(SOON, "the server is an instance", || prometheus.value(&format!("{name}{{instance={instance:?}}}")));
    }
    // Who does not ask for the names of another exporter does not get them.
    let of_two = Page::strict(&exporter.get("/probe?target=two", &[]).text(), Format::Text);
    assert!(of_two.value("pg_up", &[]).is_some());
    for name in ["process_resident_memory_bytes", "pg_exporter_last_scrape_error", "pg_static"] {
        assert_eq!(of_two.value(name, &[]), None, "{name}");
    }
    assert!(exporter.page().value("process_cpu_seconds_total", &[]).is_some(), "the process is on the page of all");
    // A query that fails is an error of the last scrape.
    drop(two);
    let mut held = one.psql().session();
    held.run("begin");
    held.run("lock table pg_catalog.pg_authid in access exclusive mode");
    exporter.await_value(SOON, "pg_exporter_last_scrape_error", &[("server", "one")], Some(1.0));
    held.run("rollback");
    exporter.await_value(SOON * 2, "pg_exporter_last_scrape_error", &[("server", "one")], Some(0.0));
}

/// What the real one exports and the tables have otherwise; its runtime and its settings aside.
fn unlisted(theirs: &Page) -> Vec<String> {
    listed::unlisted(&rows(), theirs, &["go_", "process_", "promhttp_", "pg_settings_"])
}

/// What nothing changes between two looks: settings but for those that each connection has its own of, limits, slots, and the
/// one table on which every counter has moved.
fn is_still(sample: &Sample) -> bool {
    const STILL: [&str; 10] = [
        "pg_settings_",
        "pg_static",
        "pg_database_connection_limit",
        "pg_roles_connection_limit",
        "pg_stat_archiver_archived_count",
        "pg_stat_database_conflicts",
        "pg_stat_database_deadlocks",
        "pg_stat_database_stats_reset",
        "pg_stat_database_temp_",
        "pg_replication_slot_slot_is_active",
    ];
    const MOVES: [&str; 3] = ["pg_settings_tcp_", "pg_settings_pg_stat_statements_", "pg_settings_plpgsql_"];
    let name = sample.name.as_str();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let left_out = name.strip_prefix("pg_settings_").is_some_and(|name| LEFT_OUT.contains(&name));
    (begins(&STILL) || sample.label("relname") == "busy") && !begins(&MOVES) && !left_out
}

/// Whether our sample of the same labels has another value. A moment is cut to whole seconds there, and one that never was is 0.
fn differs(theirs: &Sample, ours: &Page) -> Option<String> {
    let labels = theirs.labels.iter().filter(|(label, _)| *label != "server").map(|(label, value)| (label.as_str(), value.as_str()));
    let labels: Vec<_> = labels.chain([("server", "primary")]).collect();
    let value = ours.value(&theirs.name, &labels);
    let is_moment = theirs.value > 1e9;
    let same = value.map_or(theirs.value == 0.0, |value| (value - theirs.value).abs() <= if is_moment { 1.0 } else { 0.0 });
    (!same).then(|| format!("{}{labels:?} is {} there and {value:?} here", theirs.name, theirs.value))
}
