//! The configuration as a whole: files and environments as people write them.

mod samples;
mod secrets;
mod servers;
mod variables;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

fn environment(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Loads a file of this text, beside which stands a file `password`.
fn load_with(text: &str, pairs: &[(&str, &str)]) -> Result<Settings, Vec<Diagnostic>> {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("pgvigil.yml");
    fs::write(&path, text).unwrap();
    fs::write(directory.path().join("password"), "from file\n").unwrap();
    fs::write(directory.path().join("empty"), "\n").unwrap();
    Settings::load(Some(&path), &environment(pairs))
}

fn load(text: &str) -> Settings {
    load_with(text, &[]).unwrap()
}

/// Every error as `line:column message (hint)`, or with the variable's name in place of the line.
fn errors_with(text: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let show = |error: Diagnostic| {
        let place = error.place.map_or(error.path, |place| format!("{}:{}", place.line, place.column));
        error.hint.map_or(format!("{place} {}", error.message), |hint| format!("{place} {} ({hint})", error.message))
    };
    load_with(text, pairs).unwrap_err().into_iter().map(show).collect()
}

fn errors(text: &str) -> Vec<String> {
    errors_with(text, &[])
}

/// The errors of one server's lines, which begin in line 2 and column 5.
fn server_errors(lines: &str) -> Vec<String> {
    errors(&format!("servers:\n  - name: a\n{lines}"))
}

#[test]
fn a_console_has_an_address_of_its_own() {
    let settings =
        load_with("pgbouncers:\n  - { name: p, url: postgres://me@db1 }\n", &[("PGPORT", "5432"), ("PGDATABASE", "orders")]).unwrap();
    assert_eq!(settings.servers.len(), 1, "who lists a PgBouncer alone is not given a server");
    assert_eq!(settings.servers[0].url.to_string(), "postgres://me@db1:6432/pgbouncer");
}

#[test]
fn an_answer_has_a_limit() {
    let limit = |text: &str| load(&format!("servers: [{{ name: a, url: postgres://h{text} }}]")).servers[0].answer_limit;
    assert_eq!((limit(""), limit(", answer_limit: 2048kB"), limit(", answer_limit: 1GB")), (64 << 20, 2 << 20, 1 << 30));
    for wrong in ["512kB", "2GB", "64", "MB", "64 Mbit", "99999999999999999999GB"] {
        let said = server_errors(&format!("    url: postgres://h\n    answer_limit: \"{wrong}\"\n"));
        assert_eq!(said, ["4:19 expected a size from 1MB to 1GB, such as 64MB"], "{wrong}");
    }
}

#[test]
fn reads_the_documented_example() {
    let example = include_str!("../settings.rs").lines().filter_map(|line| line.strip_prefix("//! "));
    let example: Vec<&str> = example.skip_while(|line| *line != "```yaml").skip(1).take_while(|line| *line != "```").collect();
    let settings = load(&example.join("\n").replace("/run/secrets/pgvigil", "password"));
    assert_eq!(settings.listen.to_string(), "127.0.0.1:9187");
    let server = &settings.servers[0];
    assert_eq!((server.name.as_str(), server.address().as_str()), ("orders-primary", "db1:5432"));
    assert!(server.labels.iter().eq([("cluster", "orders")]));
    assert!(server.databases.admits("orders") && !server.databases.admits("rdsadmin"));
    assert_eq!(server.connect_timeout, Duration::from_secs(5));
    assert!(server.trusted_roles.iter().eq(["app_owner"]));
    let bouncer = &settings.servers[1];
    assert_eq!((bouncer.kind, bouncer.name.as_str()), (ServerKind::PgBouncer, "orders-pool"));
    assert_eq!(bouncer.url.to_string(), "postgres://pgvigil@db1:6432/pgbouncer");
    assert_eq!(settings.queries.directory, Some(PathBuf::from("/etc/pgvigil/queries")));
    assert_eq!(settings.queries.for_query("statements/top").enabled, Some(false));
    let tables = settings.queries.for_query("tables/stat");
    assert_eq!((tables.interval, tables.timeout, tables.limit), (Some(Duration::from_mins(5)), Some(Duration::from_secs(20)), Some(5000)));
    assert_eq!(settings.queries.for_query("wal/position"), Override::default());
}

#[test]
fn defaults_stand_where_a_server_says_nothing() {
    let settings = load(
        "defaults: { labels: { cluster: c, zone: y }, connect_timeout: 3s, trusted_roles: [owner] }\n\
         servers:\n  - { name: a, url: \"postgres://h\" }\n  - { name: b, url: \"postgres://h\", labels: { zone: z } }\n\
         pgbouncers:\n  - { name: p, url: \"postgres://h\" }\n",
    );
    let labels = |index: usize| settings.servers[index].labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    assert_eq!([labels(0), labels(1), labels(2)], [["cluster=c", "zone=y"], ["cluster=c", "zone=z"], ["cluster=c", "zone=y"]]);
    assert!(settings.servers.iter().all(|server| server.connect_timeout == Duration::from_secs(3)));
    assert!(settings.servers[0].trusted_roles.contains("owner"));
    let said =
        errors("defaults:\n  conect_timeout: 3s\nservers: [{ name: a, url: \"postgres://h\" }, { name: b, url: \"postgres://h\" }]\n");
    assert_eq!(said, ["2:3 unknown key `conect_timeout` (did you mean `connect_timeout`?)"]);
}

#[test]
fn all_errors_are_found_at_once() {
    let text = "listen: 9187
server: x
servers:
  - url: postgres://u@db1
    lables: {}
  - { name: a, url: \"host=db2\", databases: { include: ['[a'], exclude: no_list }, connect_timeout: 10 }
  - just-a-name
queries:
  disable: ok
  override:
    tables/*: { interval: 5x, timeout: 0s, limit: 0, enabled: maybe, intervall: 1s }
    \"*\": { interval: 5s, timeout: 10s, limit: -1 }
";
    assert_eq!(
        errors(text),
        [
            "1:9 expected a string, found a whole number (put it in quotes)",
            "2:1 unknown key `server` (did you mean `servers`?)",
            "4:5 `name` is missing (such as `name: db1:5432`)",
            "5:5 unknown key `lables` (did you mean `labels`?)",
            "6:56 bad pattern: unclosed character class; missing ']' (`*`, `?`, `[a-z]` and `{a,b}` are special, `\\` escapes)",
            "6:72 expected a list, found a single value",
            "6:100 expected a duration, such as 500ms, 10s or 1h30m, found a whole number",
            "7:5 expected a mapping, found a single value",
            "9:12 expected a list, found a single value",
            "11:27 expected a duration, such as 500ms, 10s or 1h30m",
            "11:40 must be greater than zero",
            "11:51 must be at least 1",
            "11:63 expected true or false, found a string",
            "11:70 unknown key `intervall` (did you mean `interval`?)",
            "12:35 the timeout must not exceed the interval",
            "12:47 expected a whole number, at least 1",
        ]
    );
}

#[test]
fn an_error_shows_its_line() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("pgvigil.yml");
    fs::write(&path, "servers:\n  - name: a\n    url: \"postgres://u:hunter2@db1:x/orders\"\n").unwrap();
    let error = Settings::load(Some(&path), &HashMap::new()).unwrap_err().remove(0).to_string();
    let expected = "error: the port is not a number from 1 to 65535
  --> pgvigil.yml:3:10
   |
 3 |     url: ***
   |          ^^^
";
    assert_eq!(error.replace(&format!("{}/", directory.path().display()), ""), expected);
}

#[test]
fn names_are_there_and_differ() {
    assert_eq!(
        errors("servers:\n  - name: ''\n    url: host=a\n  - { name: b, url: host=b }\n  - { url: host=c, name: b }\n"),
        ["2:11 must not be empty", "5:26 another server has the name `b`, in line 4 (give each server its own name)"]
    );
    assert_eq!(server_errors("    labels:\n"), ["2:5 `url` is missing (such as postgres://pgvigil@db1:5432/postgres)"]);
}

#[test]
fn labels_are_prometheus_labels() {
    let labels = "    url: host=a\n    labels: { a-b: x, __c: x, 1e: x, ok: y, n: 1.10 }\n";
    assert_eq!(
        server_errors(labels),
        [
            "4:15 `a-b` is not a valid label name (use letters, digits and `_`, and do not begin with a digit)",
            "4:23 `__c` is not a valid label name (names that begin with `__` are reserved for Prometheus)",
            "4:31 `1e` is not a valid label name (use letters, digits and `_`, and do not begin with a digit)",
            "4:48 expected a string, found a decimal number (put it in quotes)",
        ]
    );
    assert_eq!(server_errors("    url: host=a\n    labels:\n      x: a\n      x: b\n"), ["6:7 duplicate key (keep one of the two)"]);
}

#[test]
fn the_password_file_is_read_at_once() {
    let url = "    url: postgres://u@db1\n";
    let missing = server_errors(&format!("{url}    password_file: nowhere\n"));
    assert!(missing[0].starts_with("4:20 cannot read the password file: No such file"), "{missing:?}");
    assert!(server_errors(&format!("{url}    password_file: empty\n"))[0].starts_with("4:20 there is no password in the password file"));
    let both = server_errors("    url: postgres://u:hunter2@db1\n    password_file: password\n");
    assert_eq!(both, ["4:20 the URL has a password as well (keep `password_file`)"]);
    assert!(
        server_errors(&format!("{url}    password: hunter2\n"))[0].starts_with("4:5 unknown key `password` (did you mean `password_file`?")
    );
}

#[test]
fn what_is_no_yaml_or_no_file_is_said() {
    assert_eq!(errors("servers:\n  - name: a\n   url: b\n").len(), 1);
    assert!(errors("servers:\n  - name: a\n   url: b\n")[0].starts_with("3:"), "{:?}", errors("servers:\n  - name: a\n   url: b\n"));
    assert_eq!(errors("listen: :1\nqueries.directory: x\nservers[9999999999].name: x\n").len(), 2);
    let error = Settings::load(Some(Path::new("/nowhere/pgvigil.yml")), &HashMap::new()).unwrap_err();
    assert!(error[0].to_string().starts_with("error: cannot be read: No such file"), "{}", error[0]);
}

#[test]
fn a_pattern_knows_its_line_long_after() {
    let queries = load("queries:\n  disable: [\"statments/*\"]\n  override:\n    \"b*\": { limit: 1 }\n    \"a*\": { limit: 2 }\n").queries;
    let complaint = queries.disable[0].complain("no query is called so");
    assert_eq!(complaint.place.map(|place| (place.line, place.column, place.width)), Some((2, 13, 13)));
    assert_eq!(queries.overrides.iter().map(|(pattern, _)| pattern.as_str()).collect::<Vec<_>>(), ["b*", "a*"], "in the file's order");
    assert_eq!(queries.overrides[1].0.complain("x").place.map(|place| place.line), Some(5));
}

#[test]
fn a_reload_sees_what_changed() {
    let text = "servers: [{ name: a, url: \"postgres://u:one@db1\" }, { name: b, url: host=db2 }]\n";
    assert_eq!(load(text).servers, load(&format!("# moved\n\n{text}")).servers);
    let changed = load(&text.replace("one", "two"));
    assert_ne!(load(text).servers[0], changed.servers[0]);
    assert_eq!(load(text).servers[1], changed.servers[1]);
}

#[test]
fn nothing_prints_a_password() {
    let settings =
        load("servers: [{ name: a, url: \"postgres://u:hunter2@db1/x?sslmode=require\" }, { name: b, url: password=hunter2 }]\n");
    assert!(!format!("{settings:#?} {}", settings.servers[0].url).contains("hunter2"));
}

proptest! {
    /// No text makes the reader panic.
    #[test]
    fn any_file_is_read_or_refused(text in "([a-z:{}\\[\\],\"'&*!|>?#%@ \\-\n\t~0-9.é]|servers:|url: |name: |queries: ){0,60}") {
        let _ = load_with(&text, &[]);
    }

    /// No connection string makes its reader panic.
    #[test]
    fn any_connection_string_is_read_or_refused(text in "(postgres://)?[ -~é]{0,40}") {
        if let Ok(url) = text.parse::<SecretUrl>() {
            let _ = (url.to_string(), url.address());
        }
    }
}

#[test]
fn a_reader_has_a_login_of_its_own() {
    let settings = load("servers: [{ name: a, url: \"postgres://me:x@db1\", reader: { user: r, password_file: password } }]");
    let reader = settings.servers[0].reader.as_ref().unwrap();
    assert!(reader.user == "r" && reader.password_file.as_ref().unwrap().ends_with("password"));
    let wrong = server_errors("    url: postgres://db1\n    reader: { password_file: empty, password: x }\n    trusted_roles: owner\n");
    assert_eq!(wrong.len(), 4, "{wrong:?}");
    for (error, said) in wrong.iter().zip(["`user` is missing", "there is no password in", "unknown key", "expected a list"]) {
        assert!(error.contains(said), "{wrong:?}");
    }
    let of_console = errors("pgbouncers: [{ name: a, url: \"postgres://db1\", trusted_roles: [a], reader: { user: r } }]");
    assert_eq!(of_console.len(), 2, "{of_console:?}");
}
