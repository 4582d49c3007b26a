//! The threads and open files of pgvigil's process: bounded on every machine, and readers have threads of their own.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::life::Manager;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::http::Client;
use crate::support::server::{NOWHERE, Server};
use crate::support::{not_run, process};

/// What the systemd unit allows.
fn tasks_max() -> usize {
    let unit = fs::read_to_string(crate::support::project().join("deploy/systemd/pgvigil.service")).expect("the unit");
    let allowed = unit.lines().find_map(|line| line.strip_prefix("TasksMax="));
    allowed.and_then(|number| number.parse().ok()).expect("a number of tasks")
}

/// The runtime takes one thread a processor by default. This variable is how it can be told of processors that the machine does not have.
#[test]
fn a_large_machine() {
    let server = Server::primary(18);
    let exporter = Exporter::start_with(&Config::quick().server("primary", &server), &[&server], &[("TOKIO_WORKER_THREADS", "62")]);
    exporter.await_all(&["primary"]);
    let threads = || fs::read_dir(format!("/proc/{}/task", exporter.pid())).map_or(0, Iterator::count);
    let begun = Instant::now();
    let mut most = 0;
    while begun.elapsed() < Duration::from_secs(3) {
        most = most.max(threads());
        exporter.get("/metrics", &[]);
    }
    assert!((3..=tasks_max()).contains(&most), "{most} threads");
}

/// Whatever number of threads there are enough of to begin with, a start that fails ends with 1, says why, and does not hang.
#[test]
fn too_few_threads() {
    if !process::is_root() {
        return not_run("it takes root to be a user that runs nothing else");
    }
    // The shell is the first of them.
    let ends = (2..=6).map(|threads| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=61234", "--regid=61234", "--clear-groups", "prlimit", &format!("--nproc={threads}"), "timeout", "20"]);
        command.args([env!("CARGO_BIN_EXE_pgvigil"), "serve"]).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let output = command.env("DATABASE_URL", NOWHERE).env("PGVIGIL_LISTEN", "127.0.0.1:0").output().expect("setpriv");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    });
    for (code, said) in ends {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("error: "), "{said}");
    }
}

/// Each thread that works on servers is kept busy by a query that never ends. Pages are answered as ever, while the service manager hears
/// nothing more and would restart pgvigil.
#[test]
fn all_work_is_stuck() {
    let server = Server::primary(18);
    let config = ["one", "two", "three", "four", "five"].iter().fold(Config::quick(), |config, name| config.server(name, &server));
    let manager = Manager::new();
    let exporter = manager.start_on(&config, "server/state=sleep(60000)");
    manager.hears_nothing();
    let impatient = Client::patient(exporter.port, Duration::from_secs(1));
    for path in ["/metrics", "/", "/-/healthy", "/sd"] {
        assert_eq!(impatient.get(path, &[]).map(|answer| answer.status), Ok(200), "{path}");
    }
    manager.hears_nothing();
}

/// The limit of open files is raised as far as it may be; where that is not enough for what is configured, the log says so.
#[test]
fn open_files() {
    let limits = |soft: u32, hard: u32| {
        let exporter = Exporter::start_limited(&Config::quick().url("nowhere", NOWHERE, ""), &format!("--nofile={soft}:{hard}"));
        let now = fs::read_to_string(format!("/proc/{}/limits", exporter.pid())).expect("its limits");
        let now = now.lines().find_map(|line| line.strip_prefix("Max open files")).expect("a limit").split_whitespace().next();
        (now.map(ToOwned::to_owned), exporter)
    };
    let (raised, exporter) = limits(256, 2000);
    assert_eq!(raised.as_deref(), Some("2000"));
    assert!(!exporter.log().contains("open files"), "{}", exporter.log());
    let (raised, exporter) = limits(256, 300);
    assert_eq!(raised.as_deref(), Some("300"));
    exporter.await_log("the limit of open files is too low");
}
