//! The operator errs, and what ran goes on.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

use crate::faults::all_go_on;
use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::server::{NOWHERE, PASSWORD, Server, shows_no_secret};
use crate::support::vigil::Vigil;
use crate::support::{SOON, ensure, eventually, process};
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

/// A configuration is broken in one way after the other under a running pgvigil: each reload fails, by HTTP as by the signal, with the reason
/// in the answer and in the log, a metric is 0 until a good one is read, and what ran goes on.
#[test]
fn broken_configurations_at_reload() {
    const REFUSED: &str = "reload failed, keeping the previous configuration";
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::quick().server("primary", &server), &[&server]);
    let page = exporter.await_value(SOON, "pg_up", SERVER, Some(1.0));
    let vigil = Vigil::over(&exporter, &["primary"]);
    let file = exporter.config_file();
    let good = fs::read_to_string(&file).expect("the configuration");
    let broken = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}: {good}");
        good.replace(from, to).into_bytes()
    };
    for (wrong, line, reason) in [
        (broken("queries:", "querys:"), Some(4), "unknown key `querys`"),
        (broken("interval: 1s", "interval: 1 parsec"), Some(6), "expected a duration"),
        (broken("sslmode=disable", "sslmode=perhaps"), Some(3), "unsupported `sslmode`"),
        (broken("servers:", "servers: []\nformer:"), Some(2), "no server is listed"),
        (b"servers: [\n  - name: primary\n".to_vec(), Some(2), "not YAML"),
        (b"# \xff\n".to_vec(), None, "UTF-8"),
        (format!("{good}{BOMB}").into_bytes(), None, "expands to more than"),
        (format!("{good}x: {}{}", "[".repeat(50), "]".repeat(50)).into_bytes(), None, "nested more than"),
        (b"#".repeat(5 << 20), None, "larger than"),
    ] {
        let place = line.map_or_else(|| "pgvigil.yml".to_owned(), |line| format!("pgvigil.yml:{line}:"));
        let refused = || exporter.log().matches(REFUSED).count();
        let says_why = |before: usize| {
            eventually(SOON, "the log says why", || {
                let log = exporter.log();
                let new: Vec<&str> = log.lines().filter(|line| line.contains(REFUSED)).skip(before).collect();
                let place = line.map_or_else(String::new, |line| format!("line={line} "));
                ensure(new.iter().any(|line| line.contains(reason) && line.contains("pgvigil.yml") && line.contains(&place)), || log)
            });
        };
        for by_signal in [false, true] {
            let before = refused();
            fs::write(&file, &wrong).expect("its own folder");
            if by_signal {
                process::signal("HUP", &[exporter.pid()]);
            } else {
                let answer = exporter.client.post("/-/reload").expect("an answer");
                let text = answer.text();
                assert!(answer.status >= 400 && text.contains(reason) && text.contains(&place), "{}: {text}", answer.status);
            }
            says_why(before);
            exporter.await_value(SOON, RELOADED, &[], Some(0.0));
            fs::write(&file, &good).expect("its own folder");
            if by_signal {
                process::signal("HUP", &[exporter.pid()]);
            } else {
                assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
            }
            exporter.await_value(SOON, RELOADED, &[], Some(1.0));
        }
    }
    all_go_on(&exporter, &page, "primary");
    drop(vigil);
}

/// A reload puts another server in the place of one: from its answer on, nothing is said that is true of the one before only. What is no other
/// server keeps what it has told, and since when.
/// Nine values, nine times nine times.
const BOMB: &str = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\n\
                    d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e, *e]\n";

/// A file that has no end, or for which somebody else would have to do something first, is refused at once, whichever of the files it is.
#[test]
fn files_without_end_at_reload() {
    let server = Server::primary(18);
    let folder = TempDir::new().expect("a temporary folder");
    let queries = folder.path().join("queries/own");
    fs::create_dir_all(&queries).expect("its own folder");
    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let exporter = Exporter::start(&Config::quick().server("primary", &server), &[&server]);
    exporter.await_value(SOON, "pg_up", SERVER, Some(1.0));
    let file = exporter.config_file();
    let good = fs::read_to_string(&file).expect("the configuration");
    let refused = |what: &str, reason: &str| {
        let answer = exporter.client.post("/-/reload").expect("an answer");
        let (status, took, text) = (answer.status, answer.took, answer.text());
        assert!(status == 422 && text.contains(reason), "{what}: {status}: {text}");
        assert!(took < Duration::from_secs(5), "{what} took {took:?}");
        assert_eq!(exporter.page().value("pg_up", SERVER), Some(1.0), "{what}");
    };
    for (endless, reason) in [("/dev/zero", "a device"), (pipe.to_str().expect("UTF-8"), "a named pipe")] {
        let with = |line: String| fs::write(&file, format!("{line}\n{good}")).expect("its own folder");
        with(format!("web_config_file: {endless}"));
        refused("the web configuration", reason);
        let _ = fs::remove_file(queries.join("own.sql"));
        std::os::unix::fs::symlink(endless, queries.join("own.sql")).expect("its own folder");
        fs::write(&file, good.replace("queries:\n", &format!("queries:\n  directory: {}\n", folder.path().join("queries").display())))
            .expect("its own folder");
        refused("a query", reason);
        fs::write(&file, good.replace(" }\n", &format!(", password_file: {endless} }}\n"))).expect("its own folder");
        refused("a password", reason);
        fs::remove_file(&file).expect("it is there");
        std::os::unix::fs::symlink(endless, &file).expect("its own folder");
        refused("the configuration", reason);
        fs::remove_file(&file).expect("it is there");
    }
    // What says who gets in must not be everybody's to write; of the rest that is a warning.
    let web = folder.path().join("web.yml");
    fs::write(&web, "# nothing\n").expect("its own folder");
    fs::set_permissions(&web, fs::Permissions::from_mode(0o666)).expect("its own file");
    fs::write(&file, format!("web_config_file: {}\n{good}", web.display())).expect("its own folder");
    refused("what everybody may write", "chmod o-w");
    fs::write(&file, &good).expect("its own folder");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).expect("its own file");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    exporter.await_log("chmod o-w");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
}

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

/// The file with the password disappears, a folder comes in its place, it may not be read: the session stays, a reload is refused, the next
/// login says which file it wants and why it has none, and works when the file is back.
#[test]
fn the_password_file_cannot_be_read() {
    const LOGIN_NOTICED: Duration = Duration::from_mins(1);
    let server = Server::primary(18);
    server.psql().run(&format!("alter role pgvigil password '{PASSWORD}-known'"));
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\n");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("password");
    let path = file.display().to_string();
    fs::write(&file, format!("{PASSWORD}-known\n")).expect("its own folder");
    let config = Config::quick().url("primary", &server.bare_url(), &format!(", password_file: {path:?}"));
    let exporter = Exporter::start_forbidden(&config, &[&server]);
    let page = exporter.await_value(SOON, "pg_login_up", SERVER, Some(1.0));
    for reason in ["No such file or directory", "Is a directory", "Permission denied"] {
        match reason {
            "Permission denied" => fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("its own file"),
            _ => fs::remove_file(&file).expect("just written"),
        }
        if reason == "Is a directory" {
            fs::create_dir(&file).expect("its own folder");
        }
        let said = format!("cannot read {path}, the password file: {reason}");
        let answer = exporter.client.post("/-/reload").expect("an answer");
        let text = answer.text();
        // The line of the configuration beside it names the file.
        let shown = format!("cannot read the password file: {reason}");
        assert!(answer.status >= 400 && text.contains(&shown) && text.contains("pgvigil.yml:3:"), "{}: {text}", answer.status);
        exporter.await_log(&said);
        exporter.await_value(SOON, RELOADED, &[], Some(0.0));
        exporter.await_value(LOGIN_NOTICED, "pg_login_up", SERVER, Some(0.0));
        assert_eq!(exporter.page().value("pg_up", SERVER), Some(1.0), "the kept session is as good as it was");
        exporter.await_page(SOON, "the page for people names the file", |_| {
            // What a path holds is none of what HTML escapes.
            let shown = exporter.get("/", &[]).text();
            ensure(shown.contains(&said), || shown)
        });
        match reason {
            "Permission denied" => fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its own file"),
            "Is a directory" => fs::remove_dir(&file).expect("it is empty"),
            _ => {}
        }
        fs::write(&file, format!("{PASSWORD}-known\n")).expect("its own folder");
        exporter.await_value(LOGIN_NOTICED, "pg_login_up", SERVER, Some(1.0));
        assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
        exporter.await_value(SOON, RELOADED, &[], Some(1.0));
    }
    all_go_on(&exporter, &page, "primary");
}

/// The same before the start, which names the configuration's line too.
#[test]
fn a_start_without_its_password_file() {
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir(folder.path().join("password")).expect("its own folder");
    let config = Config::default().url("one", NOWHERE, ", password_file: password");
    fs::write(folder.path().join("pgvigil.yml"), config.yaml(process::free_port())).expect("its own folder");
    for command in ["serve", "check"] {
        let output = exporter::run(&[command, "--config", "pgvigil.yml"], folder.path(), &[]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{command}: {said}");
        assert!(said.contains("the password file: Is a directory") && said.contains("--> pgvigil.yml:3:"), "{command}: {said}");
    }
}

/// A login role that is a superuser may do what monitoring must not: `check`, the log and the page for people say so, from the start as
/// when it becomes one later, and no more once it is none.
#[test]
fn a_superuser() {
    const WARNING: &str = "the login role is a superuser, which monitoring does not need";
    let server = Server::primary(18);
    let config = Config::quick().server("primary", &server);
    let rank = |rank: &str| {
        server
            .psql()
            .run(&format!("alter role pgvigil {rank}; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pgvigil'"))
    };
    let check = || {
        let folder = TempDir::new().expect("a temporary folder");
        fs::write(folder.path().join("pgvigil.yml"), config.yaml(process::free_port())).expect("its own folder");
        let output = exporter::run(&["check", "--config", "pgvigil.yml", "--connect"], folder.path(), &[]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        said.contains(WARNING)
    };
    let shows = |exporter: &Exporter, wanted: bool| {
        eventually(SOON, "the page for people says what the role is", || {
            let shown = exporter.get("/", &[]).text();
            ensure(shown.contains(WARNING) == wanted, || shown)
        });
    };
    assert!(!check());
    let exporter = Exporter::start(&config, &[&server]);
    exporter.await_value(SOON, "pg_up", SERVER, Some(1.0));
    shows(&exporter, false);
    assert!(!exporter.log().contains(WARNING), "{}", exporter.log());
    rank("superuser");
    shows(&exporter, true);
    exporter.await_log(WARNING);
    rank("nosuperuser");
    shows(&exporter, false);
    drop(exporter);

    rank("superuser");
    assert!(check());
    let exporter = Exporter::start(&config, &[&server]);
    exporter.await_log(WARNING);
    shows(&exporter, true);
    exporter.await_value(SOON, "pg_up", SERVER, Some(1.0));
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
        let exporter = Exporter::start_logging_to(&Config::default().url("one", NOWHERE, ""), log);
        let (page, ()) = exporter.await_page(SOON, "lines are lost", |page| {
            let lost = page.value("pgvigil_log_lines_dropped_total", &[]);
            ensure(lost > Some(0.0), || format!("{lost:?}"))
        });
        assert_eq!(page.value("pgvigil_panics_total", &[]), Some(0.0));
        exporter.await_value(SOON, "pg_up", &[("server", "one")], Some(0.0));
    }
}
