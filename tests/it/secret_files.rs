//! Files with secrets: a check where they are not, a warning where everybody may read them, and how a person makes the hash of a password.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::http::Client;
use crate::support::process::free_port;
use crate::support::server::Server;
use crate::support::{SOON, eventually, project};

fn check(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let output = exporter::run(&[&["check", "--config", "pgvigil.yml"], arguments].concat(), folder, environment);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// In a CI job there are neither variables nor files with passwords and keys: what is there is checked, and what is not is named.
#[test]
fn a_check_without_the_secrets() {
    let folder = TempDir::new().expect("a temporary folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("its own folder");
    fs::create_dir_all(folder.path().join("queries/own")).expect("its own folder");
    write("queries/own/a.sql", "-- about: A.\n-- interval: 10s\n-- limit: 1 series\n-- gauge own_a: A.\n-- sql:\nSELECT 1 AS own_a\n");
    let config = "web_config_file: web.yml\nservers:\n  - name: a\n    url: postgres://u:${PW}@h/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem\n\
                  \x20 - { name: b, url: \"postgres://u@h\", password_file: /run/secrets/b }\nqueries:\n  directory: queries\n\
                  \x20 override: { \"own/a\": { limit: \"${LIMIT}\" } }\n";
    write("pgvigil.yml", config);
    write("web.yml", "tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n");
    let (good, said) = check(folder.path(), &["--without-secrets"], &[]);
    assert!(good && said.contains("configuration OK"), "{said}");
    let unchecked: Vec<&str> = said.lines().skip_while(|line| !line.starts_with("not checked: ")).collect();
    for (what, place) in [
        ("a variable that is not set", "pgvigil.yml:4:10"),
        ("/nowhere/ca.pem", "pgvigil.yml:4:10"),
        ("cannot read the password file", "pgvigil.yml:5:"),
        ("a variable that is not set", "pgvigil.yml:8:"),
        ("cannot read", "web.yml:1:33"),
        ("cannot read", "web.yml:1:53"),
    ] {
        let is_said = unchecked.chunks(2).any(|pair| pair[0].contains(what) && pair.get(1).is_some_and(|line| line.contains(place)));
        assert!(is_said, "{what} at {place}: {said}");
    }
    let (good, said) = check(folder.path(), &[], &[]);
    assert!(!good && said.contains("that is not set") && said.contains("password file") && !said.contains("not checked"), "{said}");
    // Whatever else is wrong stays an error, also in the line of what is missing.
    for (before, after, error) in [
        ("verify-full", "verify-ful", "unsupported `sslmode`"),
        ("name: b", "name: a", "another server has the name"),
        ("own/a\":", "own/b\":", "no query matches"),
        ("directory: queries", "directory: nothing", "cannot read the query directory"),
    ] {
        write("pgvigil.yml", &config.replace(before, after));
        let (good, said) = check(folder.path(), &["--without-secrets"], &[]);
        assert!(!good && said.contains(error), "{error}: {said}");
    }
    write("pgvigil.yml", config);
    fs::remove_file(folder.path().join("web.yml")).expect("its own file");
    let (good, said) = check(folder.path(), &["--without-secrets"], &[]);
    assert!(good && said.contains("not checked: the web configuration is not on this machine"), "{said}");
    let (good, said) = check(folder.path(), &["--without-secrets", "--connect"], &[]);
    assert!(!good && said.contains("cannot be used with"), "{said}");
    let absent = [("DATA_SOURCE_URI", "h/x"), ("DATA_SOURCE_PASS_FILE", "/run/secrets/x")];
    write("pgvigil.yml", "listen: :1\n");
    let (good, said) = check(folder.path(), &["--without-secrets"], &absent);
    assert!(good && said.contains("--> environment variable DATA_SOURCE_PASS_FILE"), "{said}");
}

/// Every file with a password, a key or a hash that everybody may read is named, by `check` and in the log, with the command that closes it.
#[test]
fn what_everybody_may_read() {
    let folder = TempDir::new().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name);
    let write = |name: &str, text: &str| {
        fs::write(path(name), text).expect("its own folder");
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o644)).expect("its own file");
    };
    for name in ["pw1", "pw2", "pw3"] {
        write(name, "secret\n");
    }
    write("label", "x\n");
    write("pgpass", "h:*:*:u:secret\n");
    write("web.yml", "basic_auth_users: { alice: $2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze }\n");
    write("own.pem", "a key\n");
    let key = path("own.pem").display().to_string();
    let pgpass = path("pgpass").display().to_string();
    let config = format!(
        "web_config_file: web.yml\nservers:\n  - {{ name: a, url: \"postgres://u@127.0.0.1:1/x?sslkey={key}&sslmode=disable\", password_file: pw1, labels: {{ x: \"${{file:label}}\" }} }}\n\
         \x20 - {{ name: b, url: \"postgres://u:${{file:pw3}}@127.0.0.1:1/x\", reader: {{ user: r, password_file: pw2 }} }}\n\
         \x20 - {{ name: c, url: \"postgres://u@127.0.0.1:1/x?passfile={pgpass}\" }}\n"
    );
    write("pgvigil.yml", &config);
    let (good, said) = check(folder.path(), &[], &[]);
    assert!(good, "{said}");
    let is_told = |said: &str, name: &str, command: &str| {
        said.contains(&format!("run `chmod {command} ")) && said.lines().any(|line| line.contains(command) && line.contains(name))
    };
    for name in ["pw1", "pw2", "pw3", "own.pem", "web.yml"] {
        assert!(is_told(&said, name, "o-r"), "{name}: {said}");
    }
    assert!(is_told(&said, "pgpass", "0600") && !is_told(&said, "label", "o-r") && !is_told(&said, "pgvigil.yml", "o-r"), "{said}");
    for name in ["pw1", "pw2", "pw3", "own.pem", "web.yml", "pgpass"] {
        fs::set_permissions(path(name), fs::Permissions::from_mode(0o600)).expect("its own file");
    }
    let (_, said) = check(folder.path(), &[], &[]);
    assert!(!said.contains("chmod"), "{said}");
    // A password in the configuration itself makes that a file with a secret.
    write("pgvigil.yml", "servers: [{ name: a, url: \"postgres://u:x@127.0.0.1:1/x\" }]\n");
    let (_, said) = check(folder.path(), &[], &[]);
    assert!(is_told(&said, "pgvigil.yml", "o-r"), "{said}");
    let exporter = Exporter::start(&Config::once().url("a", "postgres://u:x@127.0.0.1:1/x", ""), &[]);
    exporter.await_log("which has a password, a hash of one or a key: run `chmod o-r");
}

/// The line that `hash-password` prints lets the user in, wherever the password came from.
#[test]
fn a_hash_of_a_password() {
    const TYPED: &str = "pass:wörd";
    let folder = TempDir::new().expect("a temporary folder");
    let program = env!("CARGO_BIN_EXE_pgvigil");
    let piped = |input: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.arg("hash-password").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("pgvigil starts");
        // It may have ended at its arguments.
        let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
        let output = child.wait_with_output().expect("it ends");
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let typed = |answers: &[&str]| {
        let script = project().join("tests/it/support/typed.py");
        let output =
            Command::new("python3").arg(script).args(answers).args(["--", program, "hash-password", "bob"]).output().expect("python3");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (good, line, said) = piped(&format!("{TYPED}\n"), &["alice"]);
    assert!(good && line.starts_with("  \"alice\": $2") && line.contains("$10$") && said.is_empty(), "{line}{said}");
    let (good, seen) = typed(&[&format!("{TYPED}\n"), &format!("{TYPED}\n")]);
    let second = seen.lines().last().expect("a line");
    assert!(good && second.starts_with("  \"bob\": $2") && !seen.contains("pass"), "{seen}");
    let (good, seen) = typed(&["one\n", "two\n"]);
    assert!(!good && seen.contains("the two passwords differ") && !seen.contains("one"), "{seen}");
    let (good, seen) = typed(&["one\u{3}"]);
    assert!(!good && seen.contains("interrupted"), "{seen}");
    let long = "x".repeat(80);
    for (input, arguments, wrong) in [
        ("\n", &["alice"][..], "the password is empty"),
        ("x\n", &["a:b"][..], "a colon"),
        ("x\n", &["--cost", "17"][..], "10..=16"),
        (long.as_str(), &[][..], "80 bytes"),
    ] {
        let (good, line, said) = piped(input, arguments);
        assert!(!good && line.is_empty() && said.contains(wrong), "{line}{said}");
    }

    let server = Server::primary(18);
    let web = folder.path().join("web.yml");
    fs::write(&web, format!("basic_auth_users:\n{line}{second}\n")).expect("its own folder");
    let file = folder.path().join("pgvigil.yml");
    let port = free_port();
    fs::write(&file, Config::quick().server("db", &server).yaml(port)).expect("its own folder");
    let arguments = ["serve", "--config", &file.display().to_string(), "--web.config.file", &web.display().to_string()];
    let _exporter = Exporter::start_without_file(port, &arguments, &[&server], &[]);
    let client = Client::new(port);
    let status = |user: &str, password: &str| {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        eventually(SOON, "an answer", || client.get("/metrics", &[("Authorization", &format!("Basic {encoded}"))])).status
    };
    assert_eq!([status("alice", TYPED), status("bob", TYPED), status("bob", "x")], [200, 200, 401]);
}
