//! Where pgvigil is told what to watch.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tempfile::TempDir;

use crate::support::SOON;
use crate::support::certificates::Authority;
use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::process::free_port;
use crate::support::server::{NOWHERE, PASSWORD, Server};

/// One line is enough, of any of these kinds; the first that is there counts.
#[test]
fn without_a_file() {
    let server = Server::primary(18);
    server.psql().run(&format!("set password_encryption = 'scram-sha-256'; alter role pgvigil password '{PASSWORD}'"));
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n");
    let url = server.url();
    let port = server.port.to_string();
    let elsewhere = NOWHERE;
    let pg = [("PGPASSWORD", PASSWORD), ("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGUSER", "pgvigil"), ("PGDATABASE", "postgres")];
    let folder = TempDir::new().expect("a temporary folder");
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).expect("its own folder");
        folder.path().join(name).display().to_string()
    };
    let services = file(
        "services",
        &format!("[other]\nhost=nowhere.invalid\n[db]\nhost=127.0.0.1\nport={port}\nuser=pgvigil\npassword={PASSWORD}\ndbname=postgres\n"),
    );
    let (uri, user) = (format!("127.0.0.1:{port}/postgres?sslmode=disable"), file("user", "pgvigil\n"));
    let password = file("password", &format!("{PASSWORD}\n"));
    let cases: [&[(&str, &str)]; 7] = [
        // As Helm charts and operators configure postgres_exporter.
        &[("DATA_SOURCE_URI", &uri), ("DATA_SOURCE_USER", "pgvigil"), ("DATA_SOURCE_PASS", PASSWORD), ("PGPORT", "1")],
        &[("DATA_SOURCE_URI", &uri), ("DATA_SOURCE_USER_FILE", &user), ("DATA_SOURCE_PASS_FILE", &password)],
        &[("PGSERVICE", "db"), ("PGSERVICEFILE", &services), ("PGPORT", "1")],
        &[("DATABASE_URL", &url), ("DATA_SOURCE_NAME", elsewhere), ("PGPORT", "1")],
        &[("DATA_SOURCE_NAME", &url), ("PGPORT", "1")],
        &pg,
        // A socket's folder is a host, too.
        &[("PGHOST", &server.folder().display().to_string()), ("PGPORT", &port), ("PGUSER", "pgvigil"), ("PGDATABASE", "postgres")],
    ];
    for environment in cases {
        let listen = free_port();
        let address = format!("127.0.0.1:{listen}");
        // The flag counts more than the variable.
        let environment = [environment, &[("PGVIGIL_LISTEN", "127.0.0.1:1")]].concat();
        let exporter = Exporter::start_without_file(listen, &["serve", "--listen", &address], &[&server], &environment);
        let page = exporter.await_value(SOON, "pg_up", &[], Some(1.0));
        let name = page.all("pg_up", &[]).next().map(|sample| sample.label("server").to_owned());
        let name = name.expect("it is there");
        assert!(name.ends_with(&format!(":{}", server.port)), "host:port is the name: {name}");
    }
}

/// libpq's file of passwords is used where no other is given, and only if nobody else may read it. A login without any is not tried with an empty one.
#[test]
fn a_password_from_the_file_of_passwords() {
    let server = Server::primary(18);
    server.psql().run(&format!("set password_encryption = 'scram-sha-256'; alter role pgvigil password '{PASSWORD}'"));
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n");
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgpass");
    let url = format!("postgres://pgvigil@127.0.0.1:{}/postgres", server.port);
    let shown = file.display().to_string();
    let cases = [
        (0o600, format!("127.0.0.1:{}:*:pgvigil:{PASSWORD}\n", server.port), Ok(())),
        (0o644, format!("127.0.0.1:{}:*:pgvigil:{PASSWORD}\n", server.port), Err("chmod 0600")),
        (0o600, "127.0.0.1:1:*:pgvigil:x\n".to_owned(), Err("there is none")),
    ];
    for (mode, text, wanted) in cases {
        fs::write(&file, text).expect("its own folder");
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("its own file");
        let exporter = Exporter::start_with(&Config::quick().url("db", &url, ""), &[&server], &[("PGPASSFILE", &shown)]);
        exporter.await_value(SOON, "pg_up", &[], Some(if wanted.is_ok() { 1.0 } else { 0.0 }));
        if let Err(reason) = wanted {
            let said = exporter.get("/", &[]).text();
            assert!(said.contains(reason) && said.contains(&shown), "{said}");
        }
    }
    assert!(!server.log().contains("password authentication failed"), "{}", server.log());
}

/// What people bring from `postgres_exporter` and cannot be taken is refused with the way out.
#[test]
fn what_postgres_exporter_has_and_pgvigil_does_not() {
    let folder = TempDir::new().expect("a temporary folder");
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output = exporter::run(arguments, folder.path(), environment);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    for flag in ["--collector.stat_statements", "--extend.query-path=x", "--log.level=debug", "--auto-discover-databases"] {
        let (works, said) = run(&["serve", flag], &[]);
        assert!(!works && said.contains("a flag of postgres_exporter") && said.contains("--listen"), "{said}");
    }
    let (works, said) = run(&["check"], &[("DATA_SOURCE_NAME", NOWHERE), ("PG_EXPORTER_CONSTANT_LABELS", "a=b")]);
    assert!(!works && said.contains("PG_EXPORTER_CONSTANT_LABELS") && said.contains("`labels`"), "{said}");
    let yaml = folder.path().join("queries.yaml");
    fs::write(&yaml, "pg_orders:\n  query: \"SELECT 1 AS n\"\n  metrics:\n    - n: { usage: GAUGE }\n").expect("its own folder");
    let directory = [("DATABASE_URL", NOWHERE), ("PGVIGIL_QUERIES__DIRECTORY", &*folder.path().display().to_string())];
    let (works, said) = run(&["check"], &directory);
    assert!(!works && said.contains("queries.yaml") && said.contains("as a .sql file"), "{said}");
    fs::write(&yaml, "listen: :9187\n").expect("its own folder");
    assert!(run(&["check"], &directory).0, "another YAML file is nobody's queries");
}

/// Only the queries of such names, and an error for a name that none has.
#[test]
fn queries_of_a_glob() {
    let folder = TempDir::new().expect("a temporary folder");
    let list = |glob: &str| {
        let output = exporter::run(&["queries", glob], folder.path(), &[]);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    let (works, said) = list("locks/*");
    assert!(
        works && said.contains("pg_locks_count") && !said.contains("pg_stat_user_tables") && !said.contains("pgvigil_query_skipped"),
        "{said}"
    );
    let (works, said) = list("lock/*");
    assert!(!works && said.contains("no query has such a name"), "{said}");
}

/// libpq's files in the home directory are used where no others are named: an authority that has not signed the server's certificate refuses it.
#[test]
fn the_files_of_the_home_directory() {
    let server = Server::primary(18);
    let (ours, others) = (Authority::new(), Authority::new());
    server.show(&ours.sign());
    let url = format!("postgres://pgvigil:{PASSWORD}@127.0.0.1:{}/postgres?sslmode=require", server.port);
    for (authority, up) in [(Some(&ours), 1.0), (Some(&others), 0.0), (None, 1.0)] {
        let home = TempDir::new().expect("a temporary folder");
        fs::create_dir(home.path().join(".postgresql")).expect("its own folder");
        if let Some(authority) = authority {
            authority.write(home.path(), "root");
            fs::rename(home.path().join("root.pem"), home.path().join(".postgresql/root.crt")).expect("its own folder");
        }
        let environment = [("HOME", &*home.path().display().to_string())];
        let exporter = Exporter::start_with(&Config::once().url("db", &url, ""), &[&server], &environment);
        exporter.await_value(SOON, "pg_up", &[], Some(up));
    }
}

/// What a reader such as `head` leaves unread is no error.
#[test]
fn a_reader_that_closes_the_pipe() {
    let program = env!("CARGO_BIN_EXE_pgvigil");
    for command in ["check", "check --connect", "queries", "queries --markdown", "rules"] {
        let line = format!("{program} {command} | head -n 0");
        let output = Command::new("sh").args(["-c", &line]).env("DATABASE_URL", NOWHERE).env("RUST_BACKTRACE", "0").output().expect("sh");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{command}: {said}");
    }
}

/// Only the databases that were asked for.
#[test]
fn chosen_databases() {
    let server = Server::primary(18);
    for name in ["orders", "orders_old", "stock"] {
        server.psql().run(&format!("create database {name}"));
        server.psql().database(name).run("create table t (id int)");
    }
    let more = ", databases: { include: [\"o*\", \"stock\"], exclude: [\"*_old\"] }";
    let exporter = Exporter::start(&Config::quick().url("db", &server.url(), more), &[&server]);
    let wanted = ["orders", "stock"];
    let (page, ()) = exporter.await_page(SOON, "the tables of both are there", |page| {
        let missing: Vec<_> =
            wanted.iter().filter(|name| page.all("pg_stat_user_tables_n_live_tup", &[("datname", name)]).next().is_none()).collect();
        crate::support::ensure(missing.is_empty(), || format!("{missing:?}"))
    });
    for sample in page.all("pg_stat_user_tables_n_live_tup", &[]) {
        assert!(wanted.contains(&sample.label("datname")), "{sample:?}");
    }
}

/// A database made or dropped while pgvigil runs is found or forgotten, and is not an error for long.
#[test]
fn databases_come_and_go() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    exporter.await_all(&["db"]);
    server.psql().run("create database later");
    server.psql().database("later").run("create table t (id int)");
    let present = |wanted: bool| {
        exporter.await_page(std::time::Duration::from_secs(90), &format!("later is there: {wanted}"), |page| {
            let there = page.all("pg_stat_user_tables_n_live_tup", &[("datname", "later")]).next().is_some();
            crate::support::ensure(there == wanted, || there.to_string())
        });
    };
    present(true);
    server.psql().run("drop database later with (force)");
    present(false);
}

/// Globs switch queries off and change how they run.
#[test]
fn disabled_and_overridden() {
    let server = Server::primary(18);
    let config = Config::as_shipped()
        .line("disable: [\"statements/*\", \"tables/size\"]")
        .line("override: { \"database/*\": { enabled: false }, \"activity/count\": { limit: 3 } }")
        .server("db", &server);
    let _sessions = ["a", "b", "c", "d", "e"].map(|name| server.psql().application(name).session());
    let exporter = Exporter::start(&config, &[&server]);
    let labels = [("server", "db"), ("query", "activity/count")];
    let page = exporter.await_value(SOON, "pgvigil_query_series", &labels, Some(3.0));
    assert!(page.value("pgvigil_query_series_dropped", &labels).is_some_and(|dropped| dropped >= 2.0));
    exporter.await_page(SOON, "tables/stat", |page| {
        let there = page.all("pgvigil_query_series", &[("query", "tables/stat")]).next().is_some();
        crate::support::ensure(there, || "not yet".to_owned())
    });
    let page = exporter.page();
    for name in ["pg_stat_statements_calls_total", "pg_table_size_bytes", "pg_stat_database_deadlocks_total"] {
        assert!(page.all(name, &[]).next().is_none(), "{name}");
    }
}

/// Environment variables stand over the file.
#[test]
fn environment_over_file() {
    let server = Server::primary(18);
    let port = free_port();
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    std::fs::write(&file, Config::quick().server("db", &server).yaml(1)).expect("its own folder");
    let listen = format!("127.0.0.1:{port}");
    let arguments = ["serve", "--config", &file.display().to_string()];
    let exporter = Exporter::start_without_file(port, &arguments, &[&server], &[("PGVIGIL_LISTEN", &listen)]);
    exporter.await_value(SOON, "pg_up", &[("server", "db")], Some(1.0));
}

/// With `--connect` each server is asked, and what stands in the way is said with the very statement that mends it.
#[test]
fn check_names_the_remedy() {
    let server = Server::primary(18);
    let psql = server.psql();
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    std::fs::write(&file, Config::default().server("db", &server).yaml(1)).expect("its own folder");
    let file = file.display().to_string();
    let check = || {
        let output = exporter::run(&["check", "--config", &file, "--connect"], folder.path(), &[]);
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.success(), said)
    };
    let (good, said) = check();
    assert!(good, "{said}");

    psql.run("revoke pg_monitor from pgvigil");
    let (_, said) = check();
    assert!(said.contains("GRANT \"pg_monitor\" TO \"pgvigil\";"), "{said}");
    psql.run("grant pg_monitor to pgvigil");

    psql.run("drop extension pg_stat_statements");
    let (_, said) = check();
    assert!(said.to_uppercase().contains("CREATE EXTENSION"), "{said}");
}
