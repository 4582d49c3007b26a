//! Names as people make them: quotes, backslashes, newlines, emoji, 63 bytes.

use std::collections::BTreeSet;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::{Format, Page};
use crate::support::server::Server;
use crate::support::{SOON, ensure, judges};

on_every_major!(odd_names);

/// Each at most 63 bytes.
const ODD: &[&str] = &[
    "quote \" and ' apostrophe",
    "back\\slash \\n \\\\ \\\"",
    "new\nline",
    "carriage\rreturn\tand tab",
    "elephant 🐘 größer",
    "{a=\"b\",c=\"d\"} 1",
    "# EOF",
    "sixty-three bytes 3456789 123456789 123456789 123456789 1234567",
    "elephants to the brim 🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘",
    " spaces at both ends ",
    "a,b}c",
    "$1 %s @extschema:pg_stat_statements@",
    "ends in a backslash\\",
    "<script>alert(1)</script>",
];

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn odd_names(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    // From 19 on a role or a database must not have more than one line in its name.
    let lines = |name: &str| name.contains(['\n', '\r']);
    let global: Vec<&str> = ODD.iter().copied().filter(|name| major < 19 || !lines(name)).collect();
    for name in &global {
        let quoted = quoted(name);
        psql.run(&format!("create role {quoted} login"));
        psql.run(&format!("create database {quoted}"));
    }
    let odd = psql.database(ODD[0]);
    for (name, table) in ODD.iter().zip(ODD.iter().cycle().skip(1)) {
        assert!(name.len() <= 63);
        let (schema, table, index) = (quoted(name), quoted(table), quoted(name));
        odd.run(&format!("create schema {schema}; create table {schema}.{table} (id int); create index {index} on {schema}.{table} (id)"));
    }
    // A session of each user in each database, and a session that calls itself by each name.
    let mut sessions: Vec<_> = global.iter().map(|name| psql.database(name).user(name).application(name).session()).collect();

    let exporter = Exporter::start(&Config::once().server("primary", &server), &[&server]);
    exporter.await_all(&["primary"]);
    let [all, global] = [ODD, &global].map(|names| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>());
    exporter.await_page(SOON, "all names are there", |page| {
        for (metric, label, expected) in [
            ("pg_database_size_bytes", "datname", &global),
            ("pg_stat_user_tables_n_live_tup", "schemaname", &all),
            ("pg_stat_user_tables_n_live_tup", "relname", &all),
            ("pg_stat_user_indexes_idx_scan_total", "indexrelname", &all),
            ("pg_stat_activity_count", "usename", &global),
            ("pg_stat_activity_count", "datname", &global),
        ] {
            let missing: Vec<_> = expected.difference(&values(page, metric, label)).cloned().collect();
            ensure(missing.is_empty(), || format!("{label} of {metric}: {missing:?}"))?;
        }
        // The server itself rewrites what is not ASCII here.
        let shown: BTreeSet<String> =
            psql.rows("select application_name from pg_stat_activity where usename <> 'postgres'").concat().into_iter().collect();
        let missing: Vec<_> = shown
            .difference(&values(page, "pg_stat_activity_count", "application_name"))
            .filter(|name| *name != "pgvigil")
            .cloned()
            .collect();
        ensure(missing.is_empty(), || format!("application_name: {missing:?}"))
    });
    judges::all_agree(&exporter);
    // What people see has a database's name as text, and not as a part of the page.
    let shown = exporter.get("/", &[]).text();
    assert!(shown.contains("&#60;script&#62;alert(1)&#60;/script&#62;"), "{shown}");
    assert!(!shown.to_lowercase().contains("<script>alert"), "{shown}");

    let open = Page::strict(&exporter.scrape(Format::OpenMetrics), Format::OpenMetrics);
    let in_open = values(&open, "pg_stat_user_tables_n_live_tup", "relname");
    assert_eq!(all.difference(&in_open).count(), 0);
    let errors: Vec<_> = open.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).cloned().collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for session in &mut sessions {
        session.run("select 1");
    }
}

fn values(page: &Page, metric: &str, label: &str) -> BTreeSet<String> {
    page.all(metric, &[]).map(|sample| sample.label(label).to_owned()).collect()
}
