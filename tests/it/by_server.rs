//! Queries and databases by server: what is said of one server counts on it and on no other.

use std::collections::BTreeSet;
use std::fs;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::{SOON, ensure};

#[test]
fn queries_run_as_their_server_has_them() {
    let server = Server::primary(18);
    // It is there under two names.
    server.psql().run("alter role pgvigil connection limit -1");
    for name in ["orders", "stock", "stock_old"] {
        server.psql().run(&format!("create database {name}"));
        server.psql().database(name).run("create table t (id int)");
    }
    let _sessions = ["a", "b", "c", "d", "e"].map(|name| server.psql().application(name).session());
    let url = server.url();
    let config = Config::as_shipped()
        .line("disable: [\"wal/*\"]")
        .line("override: { \"*\": { interval: 1s, timeout: 900ms } }")
        .url(
            "one",
            &url,
            ", queries: { disable: [\"locks/*\"], override: { \"activity/count\": { limit: 3 }, \"wal/position\": { enabled: true } } }",
        )
        .url("two", &format!("{url}&application_name=x"), ", databases: { include: [\"s*\"] }")
        .top("defaults: { databases: { exclude: [\"*_old\"] }, queries: { disable: [\"database/size\"] } }");
    let exporter = Exporter::start(&config, &[]);
    let skipped = |server: &'static str, query: &'static str| [("server", server), ("query", query), ("reason", "disabled")];
    let databases = |page: &Page, server: &str| {
        let runs: Vec<_> = page.all("pgvigil_query_duration_seconds", &[("query", "tables/stat")]).collect();
        let of_server = runs.into_iter().filter(|sample| sample.label("server") == server);
        of_server.map(|sample| sample.label("datname").to_owned()).collect::<BTreeSet<_>>()
    };
    let (page, ()) = exporter.await_page(SOON, "both are collected", |page| {
        let is_there = |name: &str, server: &str| page.all(name, &[("server", server)]).next().is_some();
        let names = [("pg_locks_count", "two"), ("pg_stat_activity_count", "two"), ("pg_stat_activity_count", "one")];
        let missing: Vec<_> = names.iter().filter(|(name, server)| !is_there(name, server)).collect();
        let limited = page.value("pgvigil_query_series", &[("server", "one"), ("query", "activity/count")]);
        let visited = ["one", "two"].map(|server| databases(page, server));
        ensure(missing.is_empty() && limited == Some(3.0) && visited[0].len() >= 3 && !visited[1].is_empty(), || {
            format!("{missing:?}, {limited:?}, {visited:?}")
        })
    });
    for (server, query) in [("one", "locks/count"), ("one", "database/size"), ("two", "database/size"), ("two", "wal/position")] {
        assert_eq!(page.value("pgvigil_query_skipped", &skipped(server, query)), Some(1.0), "{query} of {server}");
    }
    for (server, query) in [("two", "locks/count"), ("one", "wal/position")] {
        assert_eq!(page.value("pgvigil_query_skipped", &skipped(server, query)), None, "{query} of {server}");
    }
    assert!(page.value("pgvigil_query_series", &[("server", "two"), ("query", "activity/count")]) > Some(3.0));
    let is = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(databases(&page, "one"), is(&["orders", "postgres", "stock"]), "what is excluded everywhere is not there");
    assert_eq!(databases(&page, "two"), is(&["stock"]), "what is included there and excluded everywhere");

    // A reload takes a change of one server's queries to that server.
    let file = exporter.config_file();
    let text = fs::read_to_string(&file).expect("the configuration");
    fs::write(&file, text.replace("disable: [\"locks/*\"], ", "")).expect("its own folder");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    exporter.await_page(SOON, "locks are collected there too", |page| {
        let is_there = page.all("pg_locks_count", &[("server", "one")]).next().is_some();
        ensure(is_there && page.value("pgvigil_query_skipped", &skipped("one", "locks/count")).is_none(), || "not yet".to_owned())
    });
}
