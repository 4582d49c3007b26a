//! PgBouncer: its console is read right, and PostgreSQL behind it is too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use pgvigil::wire::Broken;

use crate::support::clients::Clients;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::pgbouncer::PgBouncer;
use crate::support::psql::{Psql, Session};
use crate::support::server::Server;
use crate::support::session::{OwnSession, block_on, plain};
use crate::support::vigil::{Vigil, steady, whole};
use crate::support::{SOON, ensure, eventually, tool};

const POOLER: &[(&str, &str)] = &[("server", "pooler")];
/// From the fault to the page, as promised.
const NOTICED: Duration = Duration::from_secs(15);

pub fn oldest() -> PathBuf {
    tool("pgbouncer").expect("tests/servers/install.sh gets it")
}

/// What the console says, by its own names: the columns of each row.
type Answer = Vec<BTreeMap<String, String>>;

/// Asks as psql does, with the columns' names in the first row.
fn show(console: &Psql, what: &str) -> Answer {
    let rows = console.rows(&format!("\\t off\n\\pset footer off\nshow {what}"));
    let (names, rows) = rows.split_first().expect("the names of the columns");
    rows.iter().map(|row| names.iter().cloned().zip(row.iter().cloned()).collect()).collect()
}

/// The metric that a column of the console has to have by the rules of names, and its value in base units. Written from
/// PgBouncer's manual, not from the query files.
fn rule(what: &str, column: &str, value: &str) -> Option<(String, f64)> {
    let number: f64 = value.parse().ok()?;
    let name = |name: &str| format!("pgbouncer_{what}_{name}");
    match (what, column) {
        // Averages are Prometheus' work, and where a database leads to is a label.
        (_, column) if column.starts_with("avg_") => None,
        (_, "port" | "server_lifetime" | "cl_active_cancel_req" | "sv_active_cancel")
        | ("users", "pool_size" | "reserve_pool_size")
        | ("pools", "maxwait" | "maxwait_us") => None,
        ("databases", "reserve_pool") => Some((name("reserve_pool_size"), number)),
        ("stats", "total_received") => Some((name("received_bytes_total"), number)),
        ("stats", "total_sent") => Some((name("sent_bytes_total"), number)),
        ("stats", column) if column.ends_with("_time") => {
            Some((name(&format!("{}_seconds_total", column.strip_prefix("total_")?)), number / 1e6))
        }
        ("stats", column) => Some((name(&format!("{}_total", column.strip_prefix("total_")?)), number)),
        (_, column) => Some((name(column), number)),
    }
}

/// Everything that the console says and the page does not, and the other way round.
fn differences(page: &Page, console: &Psql) -> Vec<String> {
    let mut wrong = Vec::new();
    for (what, labels) in [
        ("pools", &["database", "user", "pool_mode"][..]),
        ("databases", &["name", "host", "port", "force_user"]),
        ("stats", &["database"]),
        ("users", &["name"]),
    ] {
        let mut expected = 0;
        for row in show(console, what) {
            let labels: Vec<(&str, &str)> = labels.iter().map(|label| (*label, row[*label].as_str())).collect();
            for (name, wanted) in row.iter().filter_map(|(column, value)| rule(what, column, value)) {
                expected += 1;
                let found = page.value(&name, &labels);
                // The console counts and times its own clients, of which there are two now.
                let own = row.values().any(|value| value == "pgbouncer") || row.get("name").is_some_and(|name| name == "pgvigil");
                if found.is_none() || (!own && found != Some(wanted)) {
                    wrong.push(format!("{name}{labels:?} is {found:?}, and the console says {wanted}"));
                }
            }
        }
        let prefix = format!("pgbouncer_{what}_");
        let found = page.samples().filter(|sample| sample.name.starts_with(&prefix) && !sample.name.ends_with("maxwait_seconds")).count();
        if found != expected {
            wrong.push(format!("{found} samples of {prefix}*, and the console says {expected}"));
        }
    }
    let listed = |what: &str, key: &str, value: &str| -> BTreeMap<String, f64> {
        show(console, what).iter().filter_map(|row| Some((row[key].clone(), row[value].parse().ok()?))).collect()
    };
    for (what, all) in [("lists", listed("lists", "list", "items")), ("config", listed("config", "key", "value"))] {
        let prefix = format!("pgbouncer_{what}_");
        let samples: Vec<_> = page.samples().filter(|sample| sample.name.starts_with(&prefix)).collect();
        assert!(samples.len() >= 9, "{samples:?}");
        for sample in samples {
            let key = sample.name.trim_start_matches(&prefix).trim_end_matches("_seconds");
            let moves = ["used_clients", "free_clients", "login_clients"].contains(&key);
            if !all.contains_key(key) || (!moves && all[key] != sample.value) {
                wrong.push(format!("{} is {}, and the console says {:?}", sample.name, sample.value, all.get(key)));
            }
        }
    }
    wrong
}

/// Starts what occupies a connection until it is dropped.
fn occupy(psql: &Psql, count: usize) -> Vec<Session> {
    let open = |_| {
        let mut session = psql.session();
        session.run("begin");
        session
    };
    (0..count).map(open).collect()
}

fn every_value_is_right(program: &Path) {
    let server = Server::primary(18);
    let settings =
        ["default_pool_size = 3", "reserve_pool_size = 1", "reserve_pool_timeout = 3600", "max_client_conn = 77", "min_pool_size = 0"];
    let bouncer = PgBouncer::start(program, &server, &settings);
    bouncer.psql().run("create table t (n int)");
    let _held = occupy(&bouncer.psql(), 3);
    for _ in 0..2 {
        let psql = bouncer.psql();
        std::thread::spawn(move || drop(psql.try_run("select 1")));
    }
    bouncer.await_waiting("postgres", 2);

    // The names of another exporter begin as these do.
    let config = Config::quick().line("disable: [\"compat/*\"]").pgbouncer("pooler", &bouncer.url());
    let exporter = Exporter::start(&config, &[]);
    let _clients = Clients::watch(&exporter, bouncer.port);
    exporter.await_value(SOON, "pgbouncer_pools_cl_waiting", &[("database", "postgres")], Some(2.0));
    // The page is some second old, and the console counts who asks it: most of it stands still. It is asked by the name of
    // pgvigil, as the newest counts clients by user.
    let console = bouncer.console().user("pgvigil");
    eventually(SOON, "the page says what the console says", || {
        let wrong = differences(&exporter.page(), &console);
        ensure(wrong.is_empty(), || wrong.join("\n"))
    });
    let page = exporter.page();
    assert_eq!(page.value("pgbouncer_up", POOLER), Some(1.0));
    assert_eq!(page.value("pgbouncer_config_max_client_conn", POOLER), Some(77.0));
    assert_eq!(page.value("pgbouncer_databases_pool_size", &[("name", "postgres")]), Some(3.0));
    assert_eq!(page.value("pgbouncer_pools_sv_active", &[("database", "postgres")]), Some(3.0));
    let version = show(&bouncer.console(), "version").remove(0).remove("version").expect("the version");
    assert_eq!(page.value("pgbouncer_info", &[("version", &version)]), Some(1.0));
    // The longest wait grows by the second, and can be neither less than before nor more than the test has run.
    let wait = |page: &Page| page.value("pgbouncer_pools_maxwait_seconds", &[("database", "postgres")]).expect("a wait");
    let before = wait(&page);
    let (_, after) = exporter.await_page(SOON, "the wait grows", |page| {
        let after = wait(page);
        ensure(after > before + 1.0, || format!("{before} and then {after}")).map(|()| after)
    });
    assert!(after < 120.0, "{after}");
    assert_eq!(page.samples().filter(|sample| sample.name.starts_with("pg_")).count(), 0, "nothing of PostgreSQL on its page");
}

#[test]
fn every_value_of_the_oldest_is_right() {
    every_value_is_right(&oldest());
}

#[test]
fn every_value_of_the_newest_is_right() {
    if let Some(program) = tool("pgbouncer_newest") {
        every_value_is_right(&program);
    }
}

/// Stopped, started again, and suspended: `pgbouncer_up` follows, and the rest disappears and comes back.
#[test]
fn up_follows() {
    let server = Server::primary(18);
    let mut bouncer = PgBouncer::start(&oldest(), &server, &[]);
    let exporter = Exporter::start(&Config::quick().pgbouncer("pooler", &bouncer.url()), &[]);
    let _clients = Clients::watch(&exporter, bouncer.port);
    exporter.await_value(SOON, "pgbouncer_up", POOLER, Some(1.0));
    exporter.await_page(SOON, "its lists are there", |page| ensure(page.value("pgbouncer_lists_databases", POOLER).is_some(), String::new));
    let _vigil = Vigil::over(&exporter, &[]);
    bouncer.stop();
    exporter.await_value(NOTICED, "pgbouncer_up", POOLER, Some(0.0));
    exporter.await_value(SOON, "pgbouncer_lists_databases", POOLER, None);
    bouncer.launch();
    exporter.await_value(NOTICED, "pgbouncer_up", POOLER, Some(1.0));
    let suspended = bouncer.suspend();
    exporter.await_value(NOTICED, "pgbouncer_up", POOLER, Some(0.0));
    drop(suspended);
    exporter.await_value(NOTICED, "pgbouncer_up", POOLER, Some(1.0));
    exporter.await_page(SOON, "its lists are back", |page| ensure(page.value("pgbouncer_lists_databases", POOLER).is_some(), String::new));
}

/// Twelve clients share two connections with pgvigil, and the rows that it gets are the answers to its own questions.
#[test]
fn through_it_under_load() {
    let server = Server::primary(18);
    // Each database has a pool of its own behind it, whose connections stay a while: more than the role may have on a server.
    server.psql().run("alter role pgvigil connection limit -1");
    server.psql().run("create database other");
    server.psql().run("create table here (n int); insert into here select generate_series(1, 100)");
    server.psql().database("other").run("create table there (n int); insert into there select generate_series(1, 200)");
    let bouncer = PgBouncer::start(&oldest(), &server, &["default_pool_size = 2"]);
    let config = Config::quick().url("through", &bouncer.url_through(), "").server("direct", &server);
    let load = Load::start(&bouncer, 12);
    let exporter = Exporter::start(&config, &[]);
    let _clients = Clients::watch(&exporter, bouncer.port);
    exporter.await_all(&["through", "direct"]);
    let rounds = 8;
    let first = successes(&exporter.page());
    exporter.await_page(SOON * 2, "all is collected again and again", |page| {
        let late: Vec<_> = successes(page).into_iter().filter(|(query, at)| *at < first[query] + f64::from(rounds)).collect();
        ensure(late.is_empty(), || format!("{late:?}"))
    });
    let page = exporter.page();
    load.end();
    let failed: Vec<_> = page.all("pgvigil_query_errors_total", &[("server", "through")]).collect();
    assert!(failed.is_empty(), "{failed:?}\n{}", exporter.log());
    // What stands still under the load is the same with and without the pooler, series by series.
    for name in ["pg_database_size_bytes", "pg_stat_user_tables_n_live_tup", "pg_settings_max_connections", "pg_table_size_bytes"] {
        let series = |server: &str| -> BTreeMap<_, _> {
            let still =
                page.all(name, &[]).filter(|sample| sample.label("server") == server && !sample.label("relname").starts_with("pgbench"));
            still
                .map(|sample| {
                    let labels = sample.labels.iter().filter(|(label, _)| *label != "server");
                    (labels.map(|(label, value)| format!("{label}={value}")).collect::<Vec<_>>(), sample.value)
                })
                .filter(|(labels, _)| name != "pg_database_size_bytes" || labels.iter().any(|label| label == "datname=other"))
                .collect()
        };
        assert!(!series("direct").is_empty(), "{name}");
        assert_eq!(series("through"), series("direct"), "{name}");
    }
    let there = [("server", "through"), ("datname", "other"), ("relname", "there")];
    assert_eq!(page.value("pg_stat_user_tables_n_live_tup", &there), Some(200.0));
    let nowhere = [("server", "through"), ("datname", "postgres"), ("relname", "there")];
    assert_eq!(page.value("pg_stat_user_tables_n_live_tup", &nowhere), None);
}

/// Sessions behind it serve others too: what pgvigil has the server do with its own, it leaves alone there.
#[test]
fn through_it_no_setting_is_left_behind() {
    let server = Server::primary(18);
    for program in ["pgbouncer", "pgbouncer_newest"].iter().filter_map(|name| tool(name)) {
        let bouncer = PgBouncer::start(&program, &server, &["default_pool_size = 1"]);
        let exporter = Exporter::start(&Config::quick().url("through", &bouncer.url_through(), ""), &[]);
        let _clients = Clients::watch(&exporter, bouncer.port);
        exporter.await_value(SOON, "pg_login_up", &[("server", "through")], Some(1.0));
        let said =
            bouncer.psql().user("pgvigil").run("select string_agg(name || '=' || setting, ' ') from pg_settings where source = 'session'");
        assert!(!said.contains("timeout") && !said.contains("search_path") && !said.contains("jit"), "{said}");
    }
}

/// When others have taken every connection behind it, pgvigil has none either: it says so, and is back when there is one again.
#[test]
fn through_it_with_an_exhausted_pool() {
    let server = Server::primary(18);
    let bouncer = PgBouncer::start(&oldest(), &server, &["default_pool_size = 2"]);
    // A pool is a user's, so others can only take pgvigil's where they come as the same user.
    let others = bouncer.psql().user("pgvigil");
    let exporter = Exporter::start(&steady().url("through", &bouncer.url_through(), ""), &[]);
    let _clients = Clients::watch(&exporter, bouncer.port);
    let before = whole(&exporter, &["through"]);
    let vigil = Vigil::over(&exporter, &["through"]);
    vigil.changes("through");
    let held = occupy(&others, 2);
    vigil.notices("through", false);
    vigil.changes("through");
    drop(held);
    vigil.notices("through", true);
    vigil.all_back(&before, |_| false);
}

fn successes(page: &Page) -> BTreeMap<(String, String), f64> {
    let collected = page.all("pgvigil_query_last_success_timestamp_seconds", &[("server", "through")]);
    collected.map(|sample| ((sample.label("query").to_owned(), sample.label("datname").to_owned()), sample.value)).collect()
}

/// pgbench behind the pooler, as the user that pgvigil is too.
struct Load {
    pgbench: std::process::Child,
}

impl Load {
    fn start(bouncer: &PgBouncer, clients: usize) -> Self {
        use crate::support::process::{self, User};
        let own = crate::support::installed().join("tools/bin/pgbench");
        let pgbench = if own.exists() { own } else { "pgbench".into() };
        let script = bouncer.script("select 'a', 'b', 1, 2 from generate_series(1, 20);\n");
        let mut command = process::command(pgbench, User::Same, "KILL");
        command
            .args(["-n", "-T", "600", "-c", &clients.to_string(), "-M", "simple", "-h", "127.0.0.1", "-U", "pgvigil"])
            .args(["-p", &bouncer.port.to_string(), "-f", &script.display().to_string(), "postgres"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        Self { pgbench: process::spawn(command) }
    }

    /// Ends it; it must have worked until now.
    fn end(mut self) {
        let ended = self.pgbench.try_wait().expect("its own child");
        assert!(ended.is_none(), "the load ended before the test: {ended:?}");
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.pgbench.kill();
        let _ = self.pgbench.wait();
    }
}

/// The login asks nothing of the server's kernel, which a pooler would refuse, and a pooler's key cancels.
fn keepalives_are_not_asked_of(program: &Path) {
    let server = Server::primary(18);
    let bouncer = PgBouncer::start(program, &server, &["default_pool_size = 1"]);
    block_on(async {
        let route = plain("127.0.0.1", bouncer.port);
        for _ in 0..3 {
            let mut session = OwnSession::open(&route).await.expect("a session");
            assert_eq!(session.ask("show tcp_user_timeout").await.expect("an answer"), "0");
            assert_ne!(session.ask("show tcp_keepalives_idle").await.expect("an answer"), "2");
            let cancel = session.wire.cancel().expect("its key");
            let cancelling = async {
                let running = "exists (select from pg_stat_activity where usename = 'pgvigil' and state = 'active')";
                let psql = server.psql();
                tokio::task::spawn_blocking(move || psql.await_true(running)).await.expect("it runs");
                cancel.send(SOON).await
            };
            let (ended, sent) = tokio::join!(session.ask("select pg_sleep(60)::text"), cancelling);
            sent.expect("it is taken");
            assert!(ended.expect_err("it is cancelled").to_string().contains("cancel"), "the pooler's key leads to the server");
            assert_eq!(session.close().await, Broken::Closed);
        }
    });
    assert!(!bouncer.log().contains("unsupported startup parameter"), "{}", bouncer.log());
}

#[test]
fn the_oldest_pgbouncer_is_not_asked_for_keepalives() {
    keepalives_are_not_asked_of(&oldest());
}

#[test]
fn the_newest_pgbouncer_is_not_asked_for_keepalives() {
    if let Some(program) = tool("pgbouncer_newest") {
        keepalives_are_not_asked_of(&program);
    }
}
