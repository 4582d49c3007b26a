//! Every mistake that an author of a query or a configuration can make has a file here, with what pgvigil says of it.
//! `PGVIGIL_BLESS=1` writes the answers anew; read the difference before you commit it.
//!
//!     tests/broken/queries/<case>/own/*.sql       found by `check`
//!     tests/broken/server/<case>/own/*.sql        found by `check --connect`
//!     tests/broken/config/<case>/pgvigil.yml      found by `check`

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::run;
use crate::support::project;
use crate::support::server::Server;

fn cases(kind: &str) -> Vec<PathBuf> {
    let folder = project().join("tests/broken").join(kind);
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder).expect("the cases").filter_map(|entry| Some(entry.ok()?.path())).collect();
    cases.sort();
    assert!(cases.len() > 3, "where are the cases of {}?", folder.display());
    cases
}

/// What `check` says of a case, with the paths and ports of this run made general.
fn check(config: &Path, case: &Path, more: &[&str], port: u16) -> (bool, String) {
    let file = config.display().to_string();
    let arguments = [&["check", "--config", &file], more].concat();
    let output = run(&arguments, case, &[("NO_COLOR", "1")]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let said = said.replace(&format!("{}/", case.display()), "").replace(&file, "pgvigil.yml").replace(&format!(":{port}"), ":5432");
    (output.status.success(), said)
}

/// Compares all before it fails, so that one run shows everything.
fn judge(kind: &str, said: impl Fn(&Path) -> (bool, String)) {
    let bless = std::env::var_os("PGVIGIL_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in cases(kind) {
        let (passed, said) = said(&case);
        let file = case.join("expected.txt");
        if bless && !passed {
            fs::write(&file, &said).expect("the project is writable");
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if passed || said != expected {
            let name = case.strip_prefix(project()).unwrap_or(&case).display();
            wrong.push(format!("{name}: passed: {passed}\n--- expected\n{expected}--- said\n{said}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn queries() {
    judge("queries", |case| {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("pgvigil.yml");
        let config = Config::default().directory(case).url("db", "postgres://127.0.0.1:1/postgres", "");
        fs::write(&file, config.yaml(9187)).expect("its own folder");
        check(&file, case, &[], 0)
    });
}

#[test]
fn configurations() {
    judge("config", |case| check(&case.join("pgvigil.yml"), case, &[], 0));
}

/// What `check` finds in files stops the start too, with the same words and places.
#[test]
fn nothing_broken_starts() {
    let broken = cases("config").into_iter().map(|case| (case.join("pgvigil.yml"), case));
    let folder = TempDir::new().expect("a temporary folder");
    let of_queries = cases("queries").into_iter().enumerate().map(|(number, case)| {
        let file = folder.path().join(format!("{number}.yml"));
        let config = Config::default().directory(&case).url("db", "postgres://127.0.0.1:1/postgres", "");
        fs::write(&file, config.yaml(9187)).expect("its own folder");
        (file, case)
    });
    for (file, case) in broken.chain(of_queries) {
        let name = case.strip_prefix(project()).unwrap_or(&case).display();
        let path = file.display().to_string();
        let output = run(&["serve", "--config", &path], &case, &[("NO_COLOR", "1")]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        let said = said.replace(&format!("{}/", case.display()), "").replace(&path, "pgvigil.yml");
        assert!(!output.status.success(), "{name}: {said}");
        let expected = fs::read_to_string(case.join("expected.txt")).expect("what `check` says");
        let wanted: Vec<&str> = expected.lines().filter(|line| line.starts_with("error: ") || line.starts_with("  --> ")).collect();
        let missing: Vec<&&str> = wanted.iter().filter(|line| !said.contains(**line)).collect();
        assert!(wanted.len() > 1 && missing.is_empty(), "{name}: the start does not say {missing:?} but {said}");
    }
}

#[test]
fn queries_against_a_server() {
    let server = Server::primary(18);
    judge("server", |case| {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("pgvigil.yml");
        fs::write(&file, Config::default().directory(case).server("db", &server).yaml(9187)).expect("its own folder");
        let (passed, said) = check(&file, case, &["--connect"], server.port);
        // Before the errors it tells how many queries are well, which grows with every new one.
        let errors = said.find("error:").map_or(said.as_str(), |start| &said[start..]);
        (passed, errors.to_owned())
    });
}
