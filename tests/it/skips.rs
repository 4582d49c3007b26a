//! On every major, primary and standby, each query is collected, or is skipped for a reason that is true.

use std::fs;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::project;
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::unique;

on_every_major!(collected_or_rightly_skipped);

/// With the queries that are off as shipped and with all, with extensions in one database and without any in another.
fn collected_or_rightly_skipped(major: u32) {
    let primary = Server::primary(major);
    let psql = primary.psql();
    psql.run("create database plain");
    psql.run("create extension pgstattuple; create extension pg_buffercache");
    let standby = primary.standby();
    let servers = [("primary", &primary), ("standby", &standby)];
    for config in [Config::as_shipped(), Config::once()] {
        let exporter = Exporter::start(&config.server("primary", &primary).server("standby", &standby), &[&primary, &standby]);
        rightly(&exporter.await_all(&["primary", "standby"]), &servers);
    }
    psql.run("drop extension pg_stat_statements, pg_buffercache, pgstattuple");
    standby.catch_up_with(&primary);
    let exporter = Exporter::start(&Config::once().server("primary", &primary).server("standby", &standby), &[&primary, &standby]);
    let page = exporter.await_all(&["primary", "standby"]);
    rightly(&page, &servers);
    for query in ["statements/top", "tables/pgstattuple", "buffers/summary"] {
        let of = [("query", query), ("server", "primary")];
        let reason = page.all("pgvigil_query_skipped", &of).next().map(|skip| skip.label("reason"));
        assert_eq!(reason, Some("extension"), "{query}");
    }
}

/// No query has failed, and each one on each server was either collected or skipped for a reason that the server confirms.
pub fn rightly(page: &Page, servers: &[(&str, &Server)]) {
    let errors: Vec<_> = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(unique::duplicates(page), [""; 0]);
    let mut wrong = Vec::new();
    for (name, per_database) in exporter::catalogue() {
        let header = fs::read_to_string(project().join(format!("queries/{name}.sql"))).expect("a readable query");
        for (label, server) in servers {
            let databases = if per_database { databases(&server.psql()) } else { vec![String::new()] };
            for database in databases {
                // Of a query that cannot run whatever the database, one sample speaks for all.
                let of_query = [("server", *label), ("query", name.as_str())];
                let of = [("server", *label), ("query", name.as_str()), ("datname", database.as_str())];
                let skips = || page.all("pgvigil_query_skipped", &of_query).filter(|skip| ["", &database].contains(&skip.label("datname")));
                let collected = page.value("pgvigil_query_last_success_timestamp_seconds", &of).is_some();
                let psql = if database.is_empty() { server.psql() } else { server.psql().database(&database) };
                match skips().collect::<Vec<_>>().as_slice() {
                    [] if collected => {}
                    [skip] if !collected && skip.value == 1.0 && is_true(skip.label("reason"), &header, &psql) => {}
                    skips => wrong.push(format!("{of:?}: collected: {collected}, skipped: {skips:?}")),
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn databases(psql: &Psql) -> Vec<String> {
    psql.rows("select datname from pg_database where datallowconn and not datistemplate order by 1").concat()
}

/// What the file says is needed, and what the server says of that.
fn is_true(reason: &str, header: &str, psql: &Psql) -> bool {
    let values = |key: &str| -> Vec<&str> { header.lines().filter_map(|line| line.strip_prefix(key)).collect() };
    let holds = |condition: String| psql.run(&format!("select ({condition}) is true")) == "t";
    let covers: Vec<&str> = values("-- covers: ").iter().filter_map(|line| line.split_once(':')).map(|(range, _)| range).collect();
    let from = |range: &str| range.trim_end_matches("..").to_owned();
    match reason {
        "disabled" => header.contains("-- enabled: no\n"),
        "detail" => header.contains("-- detail: yes\n"),
        "role" => values("-- role: ").iter().any(|role| match *role {
            "primary" => holds("pg_is_in_recovery()".to_owned()),
            "standby" => holds("not pg_is_in_recovery()".to_owned()),
            _ => false,
        }),
        "version" => covers.iter().any(|range| match range.split(' ').collect::<Vec<_>>().as_slice() {
            ["extension", name, range] => {
                holds(format!("select string_to_array(extversion, '.')::int[] < string_to_array('{}', '.')::int[] from pg_extension where extname = '{name}'", from(range)))
            }
            [range] => holds(format!("current_setting('server_version_num')::int / 10000 < {}", from(range))),
            _ => false,
        }),
        "extension" => {
            let needed = values("-- needs: extension ").into_iter().chain(covers.iter().filter_map(|it| it.strip_prefix("extension ")));
            needed
                .filter_map(|name| name.split(' ').next())
                .any(|name| holds(format!("not exists (select from pg_extension where extname = '{name}')")))
        }
        "setting" => {
            let needed = header.lines().filter(|line| line.starts_with("-- needs")).filter_map(|line| line.split_once(": setting "));
            needed.filter_map(|(_, setting)| setting.split_once(" = ")).any(|(name, values)| {
                let values: Vec<String> = values.split(" | ").map(|value| format!("'{value}'")).collect();
                holds(format!("coalesce(current_setting('{name}', true), '') not in ({})", values.join(", ")))
            })
        }
        "privilege" => values("-- needs: role ").iter().any(|role| holds(format!("not pg_has_role('pgvigil', '{role}', 'usage')"))),
        _ => false,
    }
}
