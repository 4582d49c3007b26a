//! A password gets in on four ways and out on none.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::http::{OPENMETRICS, TEXT};
use crate::support::process::free_port;
use crate::support::server::{Server, Stop};
use crate::support::{SOON, ensure, eventually};

/// With everything that a URL, YAML, SQL or HTML could trip over.
const PASSWORD: &str = "s3cr3t:/?#[]@ '\"\\%41&<ü>";
const IN_URL: &str = "s3cr3t%3A%2F%3F%23%5B%5D%40%20%27%22%5C%2541%26%3C%C3%BC%3E";
/// What no output may contain: the beginning, that any way of writing it shares.
const SECRET: &str = "s3cr3t";

/// A server that asks pgvigil for its password.
fn guarded() -> Server {
    let server = Server::primary(18);
    let password = PASSWORD.replace('\'', "''").replace('\\', "\\\\");
    server.psql().run(&format!("alter role pgvigil password E'{password}'"));
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\n");
    server
}

fn url(server: &Server, password: Option<&str>) -> String {
    let password = password.map_or(String::new(), |password| format!(":{password}"));
    format!("postgres://pgvigil{password}@127.0.0.1:{}/postgres?sslmode=disable", server.port)
}

fn shows_no_secret(text: &str, where_: &str) {
    let line = text.lines().find(|line| line.to_lowercase().contains(SECRET));
    assert_eq!(line, None, "{where_}");
}

fn output_shows_none(output: &Output, what: &str) {
    shows_no_secret(&String::from_utf8_lossy(&output.stdout), what);
    shows_no_secret(&String::from_utf8_lossy(&output.stderr), what);
}

/// Files with the password in a broken URL, which a reload refuses and says why. Where the environment is all there is, there is none to break.
fn refused_files_keep_it(exporter: &Exporter) {
    let file = exporter.config_file();
    let Ok(good) = fs::read_to_string(&file) else { return };
    let told = good.replace("pgvigil@", &format!("pgvigil:{IN_URL}@"));
    assert!(told.contains(IN_URL), "{good}");
    for (part, broken) in
        [("sslmode", "sslmod"), ("@127.0.0.1", "@[::1"), ("@127.0.0.1", "127.0.0.1"), ("url:", "urls:"), ("postgres://", "postgress://")]
    {
        fs::write(&file, told.replace(part, broken)).expect("its own folder");
        let answer = exporter.client.post("/-/reload").expect("an answer");
        assert!(answer.status >= 400, "{broken}: {}", answer.text());
        shows_no_secret(&answer.text(), broken);
    }
    fs::write(&file, good).expect("its own folder");
    exporter.await_log("keeping the previous configuration");
}

/// Everything a running pgvigil says, with its log at its most talkative, in good days and bad.
fn keeps_it(exporter: &Exporter, server: &mut Server) {
    exporter.await_value(SOON, "pg_login_up", &[], Some(1.0));
    let look = || {
        for path in [
            "/",
            "/?server=db",
            "/metrics",
            "/metrics?server=db",
            "/probe?target=db",
            "/sd",
            "/-/ready",
            "/-/healthy",
            "/nothing",
            "/config",
        ] {
            for accept in [TEXT, OPENMETRICS] {
                shows_no_secret(&exporter.get(path, &[("Accept", accept)]).text(), path);
            }
        }
        shows_no_secret(&exporter.log(), "the log");
    };
    look();
    refused_files_keep_it(exporter);
    look();
    server.stop(Stop::Immediate);
    exporter.await_value(SOON, "pg_up", &[], Some(0.0));
    look();
    server.start();
    server.psql().run("alter role pgvigil password 'another one'");
    eventually(SOON, "the refused login is seen", || {
        let page = exporter.get("/", &[]).text();
        ensure(page.contains("password authentication failed"), || page)
    });
    look();
}

const TALKATIVE: (&str, &str) = ("PGVIGIL_LOG", "trace");

fn secret_file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    fs::write(&path, text).expect("its own folder");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its own file");
    path.display().to_string()
}

#[test]
fn in_the_url() {
    let mut server = guarded();
    let config = Config::quick().url("db", &url(&server, Some(IN_URL)), "");
    let exporter = Exporter::start_with(&config, &[&server], &[TALKATIVE]);
    keeps_it(&exporter, &mut server);
}

#[test]
fn in_a_file() {
    let mut server = guarded();
    let folder = TempDir::new().expect("a temporary folder");
    // A newline at the end is the editor's, not the password's.
    let file = secret_file(folder.path(), "password", &format!("{PASSWORD}\n"));
    let config = Config::quick().url("db", &url(&server, None), &format!(", password_file: {file:?}"));
    let exporter = Exporter::start_with(&config, &[&server], &[TALKATIVE]);
    keeps_it(&exporter, &mut server);
}

#[test]
fn in_pgpassword() {
    let mut server = guarded();
    let config = Config::quick().url("db", &url(&server, None), "");
    let exporter = Exporter::start_with(&config, &[&server], &[TALKATIVE, ("PGPASSWORD", PASSWORD)]);
    keeps_it(&exporter, &mut server);
}

#[test]
fn in_pgpass() {
    let mut server = guarded();
    let home = TempDir::new().expect("a temporary folder");
    let escaped = PASSWORD.replace('\\', "\\\\").replace(':', "\\:");
    let line = format!("# a comment\nother:*:*:*:no\n127.0.0.1:{}:*:pgvigil:{escaped}\n", server.port);
    secret_file(home.path(), ".pgpass", &line);
    let home = home.path().display().to_string();
    let config = Config::quick().url("db", &url(&server, None), "");
    let exporter = Exporter::start_with(&config, &[&server], &[TALKATIVE, ("HOME", &home)]);
    keeps_it(&exporter, &mut server);
}

#[test]
fn in_the_environment_without_a_file() {
    let mut server = guarded();
    let port = free_port();
    let listen = format!("127.0.0.1:{port}");
    let url = url(&server, Some(IN_URL));
    let environment = [TALKATIVE, ("DATABASE_URL", url.as_str()), ("PGVIGIL_LISTEN", &listen)];
    let exporter = Exporter::start_without_file(port, &["serve"], &[&server], &environment);
    keeps_it(&exporter, &mut server);
}

/// Nor does the command that tells what is wrong, whatever is.
#[test]
fn not_in_what_check_says() {
    let server = guarded();
    let folder = TempDir::new().expect("a temporary folder");
    let check = |config: &Config, what: &str| {
        let file = secret_file(folder.path(), "pgvigil.yml", &config.yaml(free_port()));
        for more in [&[][..], &["--connect"]] {
            let arguments = [&["check", "--config", &file], more].concat();
            output_shows_none(&exporter::run(&arguments, folder.path(), &[TALKATIVE]), what);
        }
    };
    let good = url(&server, Some(IN_URL));
    check(&Config::default().url("db", &good, ""), "a good configuration");
    check(&Config::default().url("db", &good.replace("/postgres?", "/none?"), ""), "no such database");
    check(&Config::default().url("db", &good.replace("pgvigil:", "nobody:"), ""), "no such user");
    check(&Config::default().url("db", &good.replace("s3cr3t", "s3cr3t2"), ""), "a wrong password");
    check(&Config::default().url("db", &good.replace("127.0.0.1", "[::1"), ""), "a URL that cannot be read");
    check(&Config::default().url("db", &good.replace("sslmode", "sslmod"), ""), "an unknown parameter");
    check(&Config::default().url("db", &good.replace("disable", "perhaps"), ""), "a bad parameter");
    check(&Config::default().url("db", &good.replace("postgres://", "postgress://"), ""), "a bad scheme");
    check(&Config::default().url("db", &good.replace("@127", "127"), ""), "no host");
    check(&Config::default().url("db", &good, ", port: 5432"), "an unknown key beside it");
    check(&Config::default().url("db", &good, "").url("db", &good, ""), "two of one name");
    let bare = exporter::run(&["check"], folder.path(), &[("DATABASE_URL", &good.replace("127", ":127"))]);
    output_shows_none(&bare, "a bad URL in the environment");
    let help = exporter::run(&["serve", "--help"], folder.path(), &[("DATABASE_URL", &good), ("PGPASSWORD", SECRET)]);
    output_shows_none(&help, "--help");
}
