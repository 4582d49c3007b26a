//! A catalogue or a function that is revoked from PUBLIC costs what needs it and nothing else; `check --connect` names the GRANT.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, project};

on_first_and_last!(each_costs_itself);

/// What the facts are read from, and what a session begins with. Together those of one kind.
const REVOKED: &[&[&str]] = &[
    &["SELECT ON pg_catalog.pg_database"],
    &["SELECT ON pg_catalog.pg_roles"],
    &["SELECT ON pg_catalog.pg_extension", "SELECT ON pg_catalog.pg_namespace"],
    &["SELECT ON pg_catalog.pg_proc", "SELECT ON pg_catalog.pg_depend", "SELECT ON pg_catalog.pg_type"],
    &["SELECT ON pg_catalog.pg_tablespace", "EXECUTE ON FUNCTION pg_catalog.pg_tablespace_location(oid)"],
    &[
        "EXECUTE ON FUNCTION pg_catalog.pg_postmaster_start_time()",
        "EXECUTE ON FUNCTION pg_catalog.inet_client_port()",
        "EXECUTE ON FUNCTION pg_catalog.has_database_privilege(oid,text)",
        "EXECUTE ON FUNCTION pg_catalog.pg_has_role(oid,text)",
        "EXECUTE ON FUNCTION pg_catalog.pg_has_role(name,text)",
    ],
    &["EXECUTE ON FUNCTION pg_catalog.pg_is_in_recovery()"],
    &["EXECUTE ON FUNCTION pg_catalog.pg_show_all_settings()"],
    &["EXECUTE ON FUNCTION pg_catalog.pg_backend_pid()", "EXECUTE ON FUNCTION pg_catalog.set_config(text,text,boolean)"],
];

fn each_costs_itself(major: u32) {
    let server = Server::primary(major);
    server.psql().run("create database other");
    let folder = TempDir::new().expect("a temporary folder");
    let usual = check(&server, folder.path());
    let all = page(&server, |_| Vec::new());
    let missing = |page: &Page| all.names().difference(&page.names()).map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for group in REVOKED {
        for what in *group {
            server.psql().run(&format!("revoke {what} from public"));
        }
        let left = page(&server, |page| missing(page).into_iter().filter(|name| !is_explained(page, name)).collect());
        assert!(left.names().len() > all.names().len() / 2, "{group:?}: of {} metrics {} are left", all.names().len(), left.names().len());
        let told = check(&server, folder.path());
        for what in *group {
            assert!(told.iter().any(|(_, statement)| *statement == format!("GRANT {what} TO pgvigil;")), "{what}: {told:?}");
        }
        for (database, statement) in told.difference(&usual) {
            server.psql().database(database).run(statement);
        }
        assert_eq!(check(&server, folder.path()), usual, "{group:?}: there is nothing more to grant");
    }
    page(&server, missing);
}

/// Metrics of the only file that has them, which was skipped for want of a privilege or denied.
fn is_explained(page: &Page, metric: &str) -> bool {
    let folder = project().join("queries");
    let files = exporter::files(&folder, "sql").into_iter().filter(|path| exporter::metrics(path).contains_key(metric));
    let names: Vec<String> = files.map(|path| exporter::name(&folder, &path)).collect();
    names.iter().any(|name| {
        let of = [("query", name.as_str())];
        page.all("pgvigil_query_skipped", &of).any(|skip| skip.label("reason") == "privilege")
            || page.all("pgvigil_query_errors_total", &of).any(|error| error.label("kind") == "denied" && error.value > 0.0)
    })
}

/// The page once each query has ended in one way or the other, and nothing is `wrong` with it.
fn page(server: &Server, wrong: impl Fn(&Page) -> Vec<String>) -> Page {
    let exporter = Exporter::start(&Config::once().server("db", server), &[server]);
    let (page, ()) = exporter.await_page(Duration::from_secs(40), "each query is tried", |page| {
        let untried = exporter::catalogue().into_iter().map(|(query, _)| query).filter(|query| !was_tried(page, query));
        let found: Vec<String> = untried.chain(wrong(page)).collect();
        ensure(found.is_empty(), || format!("{found:?}\n{}", exporter.log()))
    });
    let failed: Vec<_> = page.all("pgvigil_query_errors_total", &[]).filter(|it| it.value > 0.0 && it.label("kind") != "denied").collect();
    assert!(failed.is_empty(), "{failed:#?}\n{}", exporter.log());
    assert_eq!(page.value("pg_up", &[]), Some(1.0));
    page
}

fn was_tried(page: &Page, query: &str) -> bool {
    let of = [("query", query)];
    let is_there = |name: &str| page.all(name, &of).any(|sample| sample.value > 0.0);
    ["pgvigil_query_skipped", "pgvigil_query_last_success_timestamp_seconds", "pgvigil_query_errors_total"].into_iter().any(is_there)
}

/// What `check --connect` tells to grant, and in which database.
fn check(server: &Server, folder: &Path) -> BTreeSet<(String, String)> {
    let file = folder.join("pgvigil.yml");
    fs::write(&file, Config::once().server("db", server).yaml(1)).expect("its own folder");
    let output = exporter::run(&["check", "--config", &file.display().to_string(), "--connect"], folder, &[]);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!said.lines().any(|line| line.trim().starts_with("error")), "{said}");
    let statement = |line: &str| {
        let (database, statement) = line.trim().strip_prefix("in database \"")?.split_once("\": ")?;
        statement.starts_with("GRANT ").then(|| (database.to_owned(), statement.to_owned()))
    };
    said.lines().filter_map(statement).collect()
}

/// Denied facts are skipped or absent, and are not asked for again and again. A reload asks at once.
#[test]
fn a_refusal_is_remembered_until_a_reload() {
    let server = Server::primary(18);
    let psql = server.psql();
    psql.run("create database other; revoke select on pg_catalog.pg_database, pg_catalog.pg_extension from public");
    let exporter = Exporter::start(&Config::prompt().server("db", &server), &[&server]);
    let skipped = [("query", "statements/top"), ("reason", "privilege")];
    exporter.await_value(SOON, "pgvigil_query_skipped", &skipped, Some(1.0));
    let of = |name: &'static str, datname: &'static str| move |page: &Page| page.all(name, &[("datname", datname)]).next().is_some();
    let await_that = |what: &str, there: &dyn Fn(&Page) -> bool, wanted: bool| {
        exporter.await_page(SOON, what, |page| ensure(there(page) == wanted, String::new)).0
    };
    let page = await_that("its own database is looked into", &of("pg_tables", "postgres"), true);
    assert!(!of("pg_tables", "other")(&page), "nothing is known of others");
    let refusals = || server.log().lines().filter(|line| line.contains("STATEMENT:") && line.contains("/* pgvigil facts */")).count();
    let before = refusals();
    assert!(before > 0, "the server writes down what it refuses");
    readings(&psql, 3);
    assert_eq!(refusals(), before, "{}", server.log());

    psql.run("grant select on pg_catalog.pg_database, pg_catalog.pg_extension to pgvigil");
    readings(&psql, 1);
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    await_that("the other database is looked into", &of("pg_tables", "other"), true);
    exporter.await_value(SOON, "pgvigil_query_skipped", &skipped, None);
}

/// Another database may have other privileges. What is denied there costs nothing elsewhere.
#[test]
fn one_database_denies_it() {
    let server = Server::primary(18);
    server.psql().run("create database other");
    server.psql().database("other").run("revoke select on pg_catalog.pg_extension, pg_catalog.pg_namespace from public");
    let exporter = Exporter::start(&Config::as_shipped().server("db", &server), &[&server]);
    let (page, ()) = exporter.await_page(SOON, "both are looked into", |page| {
        let count = |datname| page.all("pgvigil_query_last_success_timestamp_seconds", &[("datname", datname)]).count();
        ensure(count("postgres") > 10 && count("other") > 0, || format!("{} {}", count("postgres"), count("other")))
    });
    let privilege = |datname| page.all("pgvigil_query_skipped", &[("datname", datname), ("reason", "privilege")]).count();
    assert_eq!(privilege("postgres"), 0);
}

/// A new session asks again, without a reload.
#[test]
fn a_new_session_asks_again() {
    let server = Server::primary(13);
    let psql = server.psql();
    psql.run("revoke select on pg_catalog.pg_extension from public");
    let exporter = Exporter::start(&Config::prompt().server("db", &server), &[&server]);
    let skipped = [("query", "statements/top"), ("reason", "privilege")];
    exporter.await_value(SOON, "pgvigil_query_skipped", &skipped, Some(1.0));
    psql.run("grant select on pg_catalog.pg_extension to public");
    psql.run("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'pgvigil'");
    exporter.await_value(SOON, "pgvigil_query_skipped", &skipped, None);
}

/// Waits until the facts were read so often again.
fn readings(psql: &Psql, wanted: usize) {
    let mut seen = BTreeSet::new();
    eventually(Duration::from_mins(1), "the facts are read", || {
        let at = "select query_start from pg_stat_activity where application_name = 'pgvigil' and query like '/* pgvigil facts */%'";
        seen.extend(psql.rows(at).concat());
        ensure(seen.len() > wanted, || format!("{seen:?}"))
    });
}
