//! TLS and users by the web configuration file of Prometheus' exporters.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::ALL_VERSIONS;
use rustls::version::TLS12;
use tempfile::TempDir;

use crate::support::certificates::{Authority, Identity, TlsClient};
use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::process::{cpu_time, free_port};
use crate::support::prometheus::Prometheus;
use crate::support::server::NOWHERE;
use crate::support::wire::{Wire, connect};
use crate::support::{SOON, ensure, eventually, tool};

const TLS: &str = "tls_server_config: { cert_file: server.pem, key_file: server.key }\n";
/// With what every test looks for in what pgvigil says.
const PASSWORD: &str = "n3ver-t0-be-seen: battery";

fn config() -> Config {
    Config::default().url("nobody", NOWHERE, "")
}

/// A folder with a web configuration of this text and a certificate for its server.
fn folder(authority: &Authority, text: &str) -> (TempDir, Identity) {
    let folder = TempDir::new().expect("a temporary folder");
    let server = authority.sign();
    server.write(folder.path(), "server");
    authority.write(folder.path(), "authority");
    fs::write(folder.path().join("web.yml"), text).expect("its own folder");
    (folder, server)
}

fn start(folder: &Path) -> Exporter {
    let file = folder.join("web.yml").display().to_string();
    Exporter::start_with(&config(), &[], &[("PGVIGIL_WEB_CONFIG_FILE", &file)])
}

fn users(cost: u32) -> String {
    users_by(PASSWORD, cost)
}

fn users_by(password: &str, cost: u32) -> String {
    let hash = bcrypt::hash(password, cost).expect("a hash");
    format!("basic_auth_users:\n  prometheus: {hash}\n")
}

fn basic(user: &str, password: &str) -> String {
    format!("Authorization: Basic {}\r\n", STANDARD.encode(format!("{user}:{password}")))
}

/// The page by a real Prometheus that knows the authority and the password.
#[test]
fn prometheus_scrapes_over_tls_as_a_user() {
    let Some(program) = tool("prometheus") else {
        eprintln!("NOT RUN: prometheus is not installed");
        return;
    };
    let authority = Authority::new();
    let (folder, _) = folder(&authority, &format!("{TLS}{}", users(10)));
    let exporter = start(folder.path());
    exporter.await_log("https://127.0.0.1:");
    let ca = folder.path().join("authority.pem");
    let of = |password: &str| {
        format!(
            "scheme: https\n    tls_config: {{ ca_file: '{}' }}\n    basic_auth: {{ username: prometheus, password: '{password}' }}",
            ca.display()
        )
    };
    let discovered = {
        let mut wire = Wire::over(
            TlsClient { authority: &authority, identity: None, versions: ALL_VERSIONS }.connect(exporter.port).expect("agreement"),
        );
        String::from_utf8_lossy(&wire.get("/sd", &basic("prometheus", PASSWORD)).body).into_owned()
    };
    assert!(discovered.contains(r#""__scheme__":"https""#), "{discovered}");
    let right = Prometheus::start_with(program.clone(), exporter.port, &of(PASSWORD));
    let wrong = Prometheus::start_with(program, exporter.port, &of("wrong"));
    eventually(SOON, "the one is let in and the other is not", || {
        let (right, wrong) = (right.value("up")?, wrong.value("up")?);
        ensure((right, wrong) == (1.0, 0.0), || format!("up is {right} and {wrong}"))
    });
    assert_eq!(right.value("pg_up"), Ok(0.0));
}

/// Without its user's password, nobody learns of any path whether it is there.
#[test]
fn all_paths_are_for_users() {
    let authority = Authority::new();
    let (folder, _) = folder(&authority, &users(4));
    let exporter = start(folder.path());
    for path in ["/", "/metrics", "/probe?target=nobody", "/sd", "/-/healthy", "/-/ready", "/-/reload", "/nothing"] {
        for authorization in
            [String::new(), basic("prometheus", "wrong"), basic("nobody", PASSWORD), "Authorization: Bearer x\r\n".to_owned()]
        {
            let answer = Wire::open(exporter.port).get(path, &authorization);
            assert_eq!(answer.status, 401, "{path} {authorization}");
            assert!(answer.header("www-authenticate").starts_with("Basic realm="), "{}", answer.head);
        }
    }
    let reload = |authorization: &str| {
        let mut wire = Wire::open(exporter.port);
        wire.send(format!("POST /-/reload HTTP/1.1\r\nHost: localhost\r\n{authorization}Connection: close\r\n\r\n").as_bytes());
        wire.answer().expect("an answer").status
    };
    assert_eq!(reload(""), 401);
    assert!(!exporter.log().contains("reloaded"), "{}", exporter.log());
    let right = basic("prometheus", PASSWORD);
    assert_eq!(reload(&right), 200);
    for (path, status) in [("/", 200), ("/metrics", 200), ("/-/healthy", 200), ("/nothing", 404)] {
        assert_eq!(Wire::open(exporter.port).get(path, &right).status, status, "{path}");
    }
    let log = exporter.log();
    assert!(!log.contains(PASSWORD) && !log.contains("$2"), "{log}");
}

/// A flood of wrong passwords takes one processor at most, and whoever was let in before does not notice.
#[test]
fn a_flood_of_wrong_passwords() {
    let authority = Authority::new();
    let (folder, _) = folder(&authority, &users(12));
    let exporter = start(folder.path());
    let right = basic("prometheus", PASSWORD);
    assert_eq!(Wire::open(exporter.port).get("/-/healthy", &right).status, 200);
    let flood: Vec<_> = (0..200)
        .map(|number| {
            let mut stream = connect(exporter.port, SOON);
            let request = format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{}\r\n", basic("prometheus", &number.to_string()));
            Wire::over(&mut stream).send(request.as_bytes());
            stream
        })
        .collect();
    let (begun, before) = (Instant::now(), cpu_time(exporter.pid()));
    let mut slowest = Duration::ZERO;
    // Until it has computed for a while, whatever else the machine has to do.
    while cpu_time(exporter.pid()) < before + Duration::from_secs(2) {
        let begun = Instant::now();
        assert_eq!(Wire::open(exporter.port).get("/-/healthy", &right).status, 200);
        slowest = slowest.max(begun.elapsed());
        assert!(flood.len() == 200, "they wait");
        // What is measured is the flood, not the answers to this loop.
        std::thread::sleep(Duration::from_millis(50));
    }
    let (took, used) = (begun.elapsed(), cpu_time(exporter.pid()).saturating_sub(before));
    assert!(used.as_secs_f64() < took.as_secs_f64() * 1.3, "{used:?} of processors in {took:?}");
    // In line with the others it would be a minute.
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
}

/// A certificate is renewed, broken, and mended; users change: all without a restart, and what is broken changes nothing.
#[test]
fn changes_are_followed() {
    let authority = Authority::new();
    let (folder, first) = folder(&authority, TLS);
    let exporter = start(folder.path());
    let client = TlsClient { authority: &authority, identity: None, versions: ALL_VERSIONS };
    assert!(first.is_of(&client.connect(exporter.port).expect("agreement")));

    let second = authority.sign();
    second.write(folder.path(), "server");
    eventually(SOON, "the new certificate is shown", || {
        ensure(second.is_of(&client.connect(exporter.port)?), || "it is the old one".to_owned())
    });

    fs::write(folder.path().join("server.key"), "rubbish").expect("its own folder");
    exporter.await_log("there is no private key");
    assert!(second.is_of(&client.connect(exporter.port).expect("agreement")), "the last good one is in force");
    let told = |value: &str| {
        let mut wire = Wire::over(client.connect(exporter.port)?);
        let page = String::from_utf8_lossy(&wire.get("/metrics", "").body).into_owned();
        let line = page.lines().find(|line| line.starts_with("pgvigil_web_config_last_read_successful")).unwrap_or("nothing");
        ensure(line.ends_with(value), || line.to_owned())
    };
    eventually(SOON, "a metric tells of it", || told(" 0"));

    second.write(folder.path(), "server");
    eventually(SOON, "the metric tells that it is mended", || told(" 1"));

    fs::write(folder.path().join("web.yml"), format!("{TLS}{}", users(4))).expect("its own folder");
    eventually(SOON, "users are asked for", || {
        let status = client.get(exporter.port, "/metrics", "")?;
        ensure(status == 401, || status.to_string())
    });
    assert_eq!(client.get(exporter.port, "/metrics", &basic("prometheus", PASSWORD)), Ok(200));

    // A reload does not wait for the next look.
    fs::write(folder.path().join("web.yml"), TLS).expect("its own folder");
    let mut wire = Wire::over(client.connect(exporter.port).expect("agreement"));
    wire.send(
        format!("POST /-/reload HTTP/1.1\r\nHost: localhost\r\n{}Connection: close\r\n\r\n", basic("prometheus", PASSWORD)).as_bytes(),
    );
    assert_eq!(wire.answer().expect("an answer").status, 200);
    assert_eq!(client.get(exporter.port, "/metrics", ""), Ok(200));
}

/// A user gets another password. That the old one was right before is not remembered longer than it holds.
#[test]
fn another_password() {
    const OTHER: &str = "n3ver-t0-be-seen either";
    let authority = Authority::new();
    let (folder, _) = folder(&authority, &users(4));
    let exporter = start(folder.path());
    let status = |password: &str| Wire::open(exporter.port).get("/metrics", &basic("prometheus", password)).status;
    assert_eq!((status(PASSWORD), status(OTHER), status(PASSWORD)), (200, 401, 200));
    fs::write(folder.path().join("web.yml"), users_by(OTHER, 4)).expect("its own folder");
    eventually(SOON, "the new password is the right one", || {
        let status = status(OTHER);
        ensure(status == 200, || status.to_string())
    });
    assert_eq!((status(PASSWORD), status(OTHER), status(PASSWORD)), (401, 200, 401));
}

/// The authority of the clients is another one: who has a certificate of the one before stays outside.
#[test]
fn another_authority_of_clients() {
    let (authority, other) = (Authority::new(), Authority::new());
    let text = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  \
                client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.pem\n";
    let (folder, _) = folder(&authority, text);
    let exporter = start(folder.path());
    let (before, after) = (authority.sign(), other.sign());
    let get =
        |identity| TlsClient { authority: &authority, identity: Some(identity), versions: ALL_VERSIONS }.get(exporter.port, "/metrics", "");
    assert_eq!(get(&before), Ok(200));
    assert!(get(&after).is_err());
    other.write(folder.path(), "authority");
    eventually(SOON, "the new authority's client is let in", || {
        get(&after).and_then(|status| ensure(status == 200, || status.to_string()))
    });
    assert!(get(&before).is_err());
}

/// Only clients with a certificate of the authority, and only by versions that the file allows.
#[test]
fn certificates_of_clients() {
    let (authority, other) = (Authority::new(), Authority::new());
    let text = "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  min_version: TLS13\n  \
                client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.pem\n";
    let (folder, _) = folder(&authority, text);
    let exporter = start(folder.path());
    let (good, bad) = (authority.sign(), other.sign());
    let get = |identity, versions| TlsClient { authority: &authority, identity, versions }.get(exporter.port, "/metrics", "");
    assert_eq!(get(Some(&good), ALL_VERSIONS), Ok(200));
    for (identity, versions) in [(None, ALL_VERSIONS), (Some(&bad), ALL_VERSIONS), (Some(&good), &[&TLS12][..])] {
        assert!(get(identity, versions).is_err());
    }
    let mut plain = Wire::open(exporter.port);
    plain.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(plain.answer().is_err(), "nothing in the clear");
}

/// Who connects and says nothing of TLS is given up.
#[test]
fn a_handshake_does_not_last_for_ever() {
    let authority = Authority::new();
    let (folder, _) = folder(&authority, TLS);
    let exporter = start(folder.path());
    let mut silent = Wire::open(exporter.port);
    eventually(SOON, "it is closed", || ensure(silent.is_closed(), || "it is open".to_owned()));
    let client = TlsClient { authority: &authority, identity: None, versions: ALL_VERSIONS };
    assert_eq!(client.get(exporter.port, "/-/healthy", ""), Ok(200));
}

/// By the command line, as the exporters have it, over what the configuration says; headers are on every answer.
#[test]
fn the_option_of_the_exporters() {
    let folder = TempDir::new().expect("a temporary folder");
    let port = free_port();
    let file = folder.path().join("pgvigil.yml");
    fs::write(&file, format!("web_config_file: nowhere.yml\n{}", config().yaml(port))).expect("its own folder");
    let web = folder.path().join("web.yml");
    fs::write(&web, "http_server_config: { headers: { X-Frame-Options: deny } }\n").expect("its own folder");
    let arguments = ["serve", "--config", &file.display().to_string(), "--web.config.file", &web.display().to_string()];
    let exporter = Exporter::start_without_file(port, &arguments, &[], &[]);
    for path in ["/metrics", "/nothing"] {
        assert_eq!(Wire::open(exporter.port).get(path, "").header("x-frame-options"), "deny", "{path}");
    }
}

/// `check` reads the file too, wherever it is named, and a wrong one stops the start.
#[test]
fn a_wrong_file_is_found_before_the_start() {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("web.yml"), "basic_auth_users:\n  alice: s3cr3t\n").expect("its own folder");
    fs::write(folder.path().join("pgvigil.yml"), format!("web_config_file: web.yml\n{}", config().yaml(1))).expect("its own folder");
    fs::write(folder.path().join("other.yml"), config().yaml(1)).expect("its own folder");
    for arguments in [
        ["check", "--config", "pgvigil.yml"].as_slice(),
        &["check", "--config", "other.yml", "--web.config.file", "web.yml"],
        &["serve", "--config", "pgvigil.yml"],
    ] {
        let output = exporter::run(arguments, folder.path(), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains("the password of `alice` is not a bcrypt hash") && said.contains("web.yml:2:3"), "{said}");
        assert!(!said.contains("s3cr3t"), "{said}");
    }
}
