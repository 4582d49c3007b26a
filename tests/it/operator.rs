//! The operator errs, and what ran goes on.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

use crate::faults::all_go_on;
use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::server::{PASSWORD, Server, shows_no_secret};
use crate::support::vigil::Vigil;
use crate::support::{SOON, ensure};
use crate::timeouts::own_query;

const SERVER: &[(&str, &str)] = &[("server", "primary")];
const RELOADED: &str = "pgvigil_config_last_reload_successful";

/// Somebody else has the port: the second one says so and ends, and the first one serves.
#[test]
fn a_port_in_use() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::quick().server("primary", &server), &[&server]);
    let file = exporter.config_file().display().to_string();
    let output = exporter::run(&["serve", "--config", &file], &std::env::temp_dir(), &[]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains(&format!("cannot listen on 127.0.0.1:{}", exporter.port)), "{said}");
    exporter.await_value(SOON, "pg_up", SERVER, Some(1.0));
}

/// A query file is broken under a running pgvigil: the reload fails, with its place in the answer, the log and a metric, and the file that
/// was read before still runs. Then it is mended.
#[test]
fn a_broken_file_at_reload() {
    let server = Server::primary(18);
    let header = "-- interval: 1s\n-- timeout: 900ms\n-- limit: 10 series\n-- gauge own_answer: A number.";
    let own = own_query("answer", header, "SELECT 42 AS own_answer");
    let file = own.path().join("own/answer.sql");
    let exporter = Exporter::start(&Config::quick().directory(own.path()).server("primary", &server), &[&server]);
    let page = exporter.await_value(SOON, "own_answer", &[], Some(42.0));

    let good = fs::read_to_string(&file).expect("just written");
    fs::write(&file, good.replace("-- gauge", "-- gage")).expect("its own folder");
    let answer = exporter.client.post("/-/reload").expect("an answer");
    let text = answer.text();
    assert!(answer.status >= 400 && text.contains("own/answer.sql:5:4") && text.contains("did you mean `gauge`"), "{text}");
    exporter.await_log("own/answer.sql");
    exporter.await_value(SOON, RELOADED, &[], Some(0.0));
    all_go_on(&exporter, &page, "primary");
    assert_eq!(exporter.page().value("own_answer", &[]), Some(42.0));

    fs::write(&file, good.replace("42", "43")).expect("its own folder");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    exporter.await_value(SOON, "own_answer", &[], Some(43.0));
    exporter.await_value(SOON, RELOADED, &[], Some(1.0));
}

/// A reload puts another server in the place of one: from its answer on, nothing is said that is true of the one before only. What is no other
/// server keeps what it has told, and since when.
#[test]
fn another_server_under_the_same_name() {
    const CONNECTIONS: &str = "pg_settings_max_connections";
    let (old, new, neighbour) = (Server::primary(18), Server::primary_with(17, &[("max_connections", "77")]), Server::primary(16));
    let config = |server: &Server| Config::as_shipped().server("primary", server).server("neighbour", &neighbour);
    let exporter = Exporter::start(&config(&old), &[&old, &new, &neighbour]);
    exporter.await_value(SOON, CONNECTIONS, SERVER, Some(100.0));
    exporter.await_value(SOON, CONNECTIONS, &[("server", "neighbour")], Some(100.0));
    let more = config(&new).line("override: { server/info: { interval: 7s } }");
    fs::write(exporter.config_file(), more.yaml(exporter.port)).expect("its own folder");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    let page = exporter.page();
    assert_ne!(page.value(CONNECTIONS, SERVER), Some(100.0));
    let told = [("server", "neighbour"), ("query", "server/settings")];
    assert_eq!(page.value(CONNECTIONS, &told[..1]), Some(100.0));
    assert!(page.value("pgvigil_query_last_success_timestamp_seconds", &told).is_some());
    exporter.await_value(SOON, CONNECTIONS, SERVER, Some(77.0));
}

/// A query that is asked elsewhere from a reload on has told nothing yet.
#[test]
fn another_scope_at_reload() {
    let server = Server::primary(18);
    let header =
        |scope: &str| format!("-- scope: {scope}\n-- interval: 1s\n-- timeout: 900ms\n-- limit: 10 series\n-- gauge own_answer: A number.");
    let own = own_query("answer", &header("server"), "SELECT 42 AS own_answer");
    let exporter = Exporter::start(&Config::quick().directory(own.path()).server("primary", &server), &[&server]);
    exporter.await_value(SOON, "own_answer", &[], Some(42.0));
    let again = own_query("answer", &header("database"), "SELECT 43 AS own_answer");
    fs::copy(again.path().join("own/answer.sql"), own.path().join("own/answer.sql")).expect("their own folders");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    exporter.await_value(SOON, "own_answer", &[("datname", "postgres")], Some(43.0));
    let page = exporter.page();
    let told = page.all("pgvigil_query_last_success_timestamp_seconds", &[("query", "own/answer")]);
    assert!(told.map(|sample| sample.label("datname")).all(|datname| !datname.is_empty()));
    assert!(page.all("own_answer", &[]).all(|sample| sample.value == 43.0));
}

/// The file with the password disappears: the session stays, the next login says which file it wants, and works when it is back.
#[test]
fn the_password_file_disappears() {
    const LOGIN_NOTICED: Duration = Duration::from_mins(1);
    let server = Server::primary(18);
    server.psql().run(&format!("alter role pgvigil password '{PASSWORD}-known'"));
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\n");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("password");
    fs::write(&file, format!("{PASSWORD}-known\n")).expect("its own folder");
    let more = format!(", password_file: {:?}", file.display().to_string());
    let exporter = Exporter::start(&Config::quick().url("primary", &server.bare_url(), &more), &[&server]);
    exporter.await_value(SOON, "pg_login_up", SERVER, Some(1.0));
    fs::remove_file(&file).expect("just written");
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", SERVER, Some(0.0));
    assert_eq!(exporter.page().value("pg_up", SERVER), Some(1.0), "the kept session is as good as it was");
    exporter.await_page(SOON, "the page for people names the file", |_| {
        let said = exporter.get("/", &[]).text();
        ensure(said.contains(&file.display().to_string()), || said)
    });
    fs::write(&file, format!("{PASSWORD}-known\n")).expect("its own folder");
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", SERVER, Some(1.0));
}

/// A configuration with more mistakes than lines of log fit into a pipe and into memory.
fn many_mistakes(exporter: &Exporter) -> String {
    let good = fs::read_to_string(exporter.config_file()).expect("a configuration");
    (0..2_500).fold(good, |text, number| format!("{text}unknown_{number}: 1\n"))
}

/// Whoever takes the log in has stopped to do so, as a hung journald: lines are lost and counted, and nothing else waits.
#[test]
fn nobody_takes_the_log_in() {
    let (mut reader, log) = std::io::pipe().expect("a pipe");
    let url = format!("postgres://u:{PASSWORD}@127.0.0.1:1/postgres");
    let mut exporter = Exporter::start_logging_to(&Config::default().url("one", &url, ""), log);
    let vigil = Vigil::over(&exporter, &[]);
    fs::write(exporter.config_file(), many_mistakes(&exporter)).expect("its own folder");
    let (page, lost) = exporter.await_page(SOON, "lines are lost", |page| {
        let answer = exporter.client.post("/-/reload").expect("an answer");
        assert!(answer.status >= 400, "{}", answer.status);
        let lost = page.value("pgvigil_log_lines_dropped_total", &[]);
        ensure(lost > Some(0.0), || format!("{lost:?}"))
    });
    assert_eq!(page.value("pgvigil_panics_total", &[]), Some(0.0), "{lost:?}");
    drop(vigil);
    let ended = exporter.terminate();
    drop(exporter);
    let mut said = String::new();
    reader.read_to_string(&mut said).expect("UTF-8");
    assert!(ended && said.contains("serving"), "{said}");
    shows_no_secret(said.as_bytes(), "the log");
}

/// Whoever takes the log in has gone, or the disk that it is written to is full.
#[test]
fn the_log_cannot_be_written() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("a device of Linux");
    let (reader, gone) = std::io::pipe().expect("a pipe");
    drop(reader);
    for log in [Stdio::from(full), Stdio::from(gone)] {
        let exporter = Exporter::start_logging_to(&Config::default().url("one", "postgres://u@127.0.0.1:1/postgres", ""), log);
        let (page, ()) = exporter.await_page(SOON, "lines are lost", |page| {
            let lost = page.value("pgvigil_log_lines_dropped_total", &[]);
            ensure(lost > Some(0.0), || format!("{lost:?}"))
        });
        assert_eq!(page.value("pgvigil_panics_total", &[]), Some(0.0));
        exporter.await_value(SOON, "pg_up", &[("server", "one")], Some(0.0));
    }
}
