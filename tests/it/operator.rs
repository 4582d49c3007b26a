//! The operator errs, and what ran goes on.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;

use crate::faults::all_go_on;
use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::server::Server;
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
    assert!(exporter.log().contains("own/answer.sql"), "{}", exporter.log());
    exporter.await_value(SOON, RELOADED, &[], Some(0.0));
    all_go_on(&exporter, &page, "primary");
    assert_eq!(exporter.page().value("own_answer", &[]), Some(42.0));

    fs::write(&file, good.replace("42", "43")).expect("its own folder");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    exporter.await_value(SOON, "own_answer", &[], Some(43.0));
    exporter.await_value(SOON, RELOADED, &[], Some(1.0));
}

/// The file with the password disappears: the session stays, the next login says which file it wants, and works when it is back.
#[test]
fn the_password_file_disappears() {
    const LOGIN_NOTICED: Duration = Duration::from_mins(1);
    let server = Server::primary(18);
    server.psql().run("alter role pgvigil password 'known'");
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\n");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("password");
    fs::write(&file, "known\n").expect("its own folder");
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
    fs::write(&file, "known\n").expect("its own folder");
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", SERVER, Some(1.0));
}
