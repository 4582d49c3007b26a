//! Whatever happens to the server or a file system, what can be known of the machine is said; and why not, if not.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::Duration;

use super::{SERVER, df, next_page, queries, skipped, successes};
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::mount::{Disk, Mount};
use crate::support::page::Format;
use crate::support::server::{Server, Stop};
use crate::support::vigil::{BACK, Vigil, steady, whole};
use crate::support::{SOON, ensure, process};

/// A tablespace with a disk of its own runs full, which is seen within an interval.
#[test]
fn a_tablespace_that_fills() {
    let Some(disk) = Disk::new(64) else { return };
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::as_shipped().server("primary", &server), &[&server]);
    let point = disk.path().display().to_string();
    server.psql().run(&format!("create tablespace small location '{point}'"));
    let labels = [("mountpoint", point.as_str()), ("fstype", "tmpfs")];
    exporter.await_value(SOON, "pg_host_filesystem_size_bytes", &labels, Some(67_108_864.0));
    let info = [("directory", "tablespace"), ("spcname", "small"), ("mountpoint", point.as_str())];
    exporter.await_value(SOON, "pg_host_directory_info", &info, Some(1.0));

    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let fill = "create table t (x text) tablespace small; insert into t select repeat(md5(i::text), 20) from generate_series(1, 1000000) i";
    let error = server.psql().try_run(fill).expect_err("there is no room");
    assert!(error.contains("No space left"), "{error}");
    let left = df(&disk.path())[4].parse::<f64>().expect("a number");
    assert!(left < 1e6, "{left}");
    // The interval as shipped, and some time on a busy machine.
    exporter.await_value(Duration::from_secs(15 + 3), "pg_host_filesystem_avail_bytes", &labels, Some(left));
    server.psql().run("drop table t");
    vigil.all_back(&before, |_| false);
}

#[test]
fn goes_on_while_the_server_does_not() {
    let mut server = Server::primary(18);
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    vigil.changes("primary");
    let suspended = server.suspend();
    vigil.notices("primary", false);
    let page = next_page(&exporter);
    assert!(page.value("pg_host_process_count", SERVER) > Some(4.0));
    vigil.changes("primary");
    drop(suspended);
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);

    vigil.changes("primary");
    server.stop(Stop::Immediate);
    vigil.notices("primary", false);
    let page = next_page(&exporter);
    assert!(!skipped(&page).contains_key("host/filesystems"), "{:?}", skipped(&page));
    assert_eq!(page.value("pg_host_process_count", SERVER), Some(0.0));
    assert_eq!(page.value("pg_host_process_cpu_seconds_total", SERVER), None);
    assert!(page.all("pg_host_filesystem_avail_bytes", SERVER).count() == 1);

    vigil.changes("primary");
    server.start();
    exporter.await_page(SOON, "the new processes are found", |page| {
        let count = page.value("pg_host_process_count", SERVER);
        ensure(count > Some(4.0), || format!("{count:?}"))
    });
    vigil.notices("primary", true);
    vigil.all_back(&before, |_| false);
}

/// A server in a container looks as if it were near, and is not: nothing is said of the machine, and why.
#[test]
fn a_server_in_a_container_is_remote() {
    if !process::is_root() {
        crate::support::not_run("only root may make a namespace");
        return;
    }
    let server = Server::contained(18);
    let said = check(&server, &[]);
    assert!(said.contains("cannot be collected: host/cpu, host/directories") && said.contains("in a container"), "{said}");
    let exporter = Exporter::start(&Config::quick().server("primary", &server), &[&server]);
    let all_remote: BTreeMap<String, String> = queries().into_iter().map(|name| (name, "remote".to_owned())).collect();
    let (page, ()) = exporter.await_page(SOON, "all are skipped", |page| {
        let skipped = skipped(page);
        ensure(skipped == all_remote, || format!("{skipped:?}"))
    });
    let named: Vec<&str> = page.names().into_iter().filter(|name| name.starts_with("pg_host_")).collect();
    assert!(named.is_empty(), "{named:?}");
    drop(exporter);

    // Who knows where its files are may say so.
    let more = format!(", host: {{ data_directory: {:?} }}", server.data());
    let exporter = Exporter::start(&Config::quick().url("primary", &server.url(), &more), &[&server]);
    let page = next_page(&exporter);
    assert_eq!(page.all("pg_host_filesystem_size_bytes", SERVER).count(), 1);
    let unseen: Vec<String> = skipped(&page).into_keys().filter(|name| name.starts_with("host/process")).collect();
    assert_eq!(unseen, ["host/process_io", "host/processes"]);
}

/// A file system that does not answer costs what is on it, and nothing else.
#[test]
fn a_file_system_that_hangs() {
    let server = Server::primary(18);
    let place = server.folder().join("hung");
    fs::create_dir(&place).expect("its own folder");
    let more = format!(", host: {{ data_directory: {:?}, wal_directory: {place:?} }}", server.data());
    let mut exporter = Exporter::start(&steady().url("primary", &server.url(), &more), &[&server]);
    let whole = whole(&exporter, &["primary"]);
    let Some(mount) = Mount::hung(&place) else { return };
    let vigil = Vigil::over(&exporter, &["primary"]);
    let labels = [("query", "host/filesystems"), ("kind", "timeout")];
    // One of the three tables that look at it is tried for all, 15 s after the one before has failed, and this one may be the last.
    exporter.await_page(Duration::from_secs(90), "the read fails", |page| {
        let errors = page.value("pgvigil_query_errors_total", &labels);
        ensure(errors >= Some(2.0), || format!("{errors:?}"))
    });
    let before = successes(&exporter.page());
    exporter.await_page(SOON, "the others go on", |page| {
        let now = successes(page);
        let others = ["host/cpu", "host/memory", "host/processes", "host/process_io"];
        ensure(others.iter().all(|name| now[*name] > before[*name]), || format!("{now:?}"))
    });
    let page = exporter.page();
    assert_eq!(page.value("pg_up", SERVER), Some(1.0));
    assert_eq!(page.value("pg_host_filesystem_size_bytes", SERVER), None, "what is too old is no longer said");
    exporter.await_log("the read before still hangs");
    // One for each table that looks at the file system, however often it was due.
    let reading = reading_threads(exporter.pid());
    assert!(reading.len() <= 3 && reading.contains(&"host/filesystem".to_owned()), "{reading:?}");
    exporter.scrape(Format::Text);

    drop(mount);
    vigil.ends();
    exporter.await_page(BACK, "it recovers", |page| {
        let there = page.all("pg_host_filesystem_size_bytes", SERVER).count();
        ensure(there == 1, || there.to_string())
    });
    vigil.all_back(&whole, |_| false);
    drop(vigil);
    let Some(_mount) = Mount::hung(&place) else { return };
    let errors = exporter.page().value("pgvigil_query_errors_total", &labels);
    exporter.await_page(SOON, "it hangs again", |page| {
        let now = page.value("pgvigil_query_errors_total", &labels);
        ensure(now > errors, || format!("{now:?}"))
    });
    assert!(exporter.terminate(), "{}", exporter.log());
}

/// The threads of pgvigil that read a table right now, by name, of which the kernel keeps 15 letters.
fn reading_threads(pid: u32) -> Vec<String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).expect("it runs").filter_map(Result::ok);
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names
        .map(|name| name.trim().to_owned())
        .filter(|name| ["host/directories", "host/disks", "host/filesystems"].iter().any(|query| query.starts_with(name.as_str())))
        .collect()
}

/// Another user than the server's sees all but what only that one may.
#[test]
fn another_user_is_told_what_it_may_not_see() {
    if !process::is_root() {
        crate::support::not_run("only root may become another user");
        return;
    }
    let server = Server::primary(18);
    let said = check(&server, &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
    assert!(
        said.contains("cannot be collected: host/process_io\n    for pgvigil's user on this machine, not its database role: /proc/PID/io"),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "left out: for pgvigil's user on this machine, not its database role: {}/pg_wal cannot be seen",
            server.data().display()
        )),
        "{said}"
    );
}

/// What `check --connect` says when it is run by `before`.
fn check(server: &Server, before: &[&str]) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its own folder");
    // Where others can execute it, wherever the project is.
    let program = folder.path().join("pgvigil");
    // By another process: what a test starts just now would have the copy open to write, and then nobody may run it.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_pgvigil")).arg(&program).status();
    assert!(copied.is_ok_and(|copied| copied.success()), "no room for it");
    let mut command = Command::new("env");
    command.args(before).arg(program).args(["check", "--connect"]).env("DATABASE_URL", server.url());
    let output = command.output().expect("it runs");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
