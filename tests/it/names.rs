//! Names as people make them: quotes, backslashes, newlines, emoji, 63 bytes.

use std::collections::BTreeSet;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::{Format, Page};
use crate::support::server::Server;
use crate::support::{SOON, ensure, judges};
use crate::timeouts::own_query;

on_every_major!(odd_names);
on_first_and_last!(no_session_hides_by_its_name);

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
        // The server itself rewrites what is not ASCII here, from 16 on as `\xff`, which is text that looks like a byte.
        let shown = psql.rows("select application_name from pg_stat_activity where usename <> 'postgres'").concat();
        let shown: BTreeSet<String> = shown.into_iter().map(|name| name.replace("\\x", "\\x5cx")).collect();
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

/// Rows that bear the same labels cost themselves, and `check` says where.
#[test]
fn rows_of_the_same_labels_cost_themselves() {
    let server = Server::primary(18);
    let own = own_query(
        "twins",
        "-- interval: 1s\n-- timeout: 900ms\n-- limit: 100 series\n-- label which: Which.\n-- gauge own_twin: A number.",
        "SELECT v.which, v.own_twin FROM (VALUES ('a', 1), ('b', 2), ('a', 3), (NULL, 4), ('', 5), ('c', 6)) AS v (which, own_twin)",
    );
    let exporter = Exporter::start(&Config::as_shipped().directory(own.path()).server("db", &server), &[&server]);
    let page = exporter.await_value(SOON, "pgvigil_query_series_duplicate", &[("query", "own/twins")], Some(4.0));
    assert_eq!(values(&page, "own_twin", "which"), BTreeSet::from(["b".to_owned(), "c".to_owned()]));
    assert_eq!(page.value("pgvigil_query_series", &[("query", "own/twins")]), Some(2.0));
    assert_eq!(page.all("pgvigil_query_errors_total", &[("query", "own/twins")]).count(), 0);
    exporter.await_log("rows with the same labels were left out");
    assert_eq!(exporter.log().matches("rows with the same labels").count(), 1, "said once");
    assert!(exporter.get("/", &[]).text().contains("several rows have the same labels"));
}

/// What a server says may hold what a terminal obeys: neither the log nor the page for people does as it is told there.
#[test]
fn nothing_that_a_server_says_is_obeyed() {
    let server = Server::primary(18);
    let own = own_query(
        "evil",
        "-- interval: 1s\n-- timeout: 900ms\n-- limit: 100 series\n-- gauge own_evil: A number.",
        "SELECT (E'\\u001b[2J\\u202egnp\\rfake WARN \\u009b31m')::integer AS own_evil",
    );
    let config = Config::as_shipped().directory(own.path()).server("db", &server);
    for (format, shown) in [("text", r"\u{1b}[2J\u{202e}gnp\rfake WARN \u{9b}31m"), ("json", r"\u001b[2J\u202egnp\rfake WARN \u009b31m")] {
        let exporter = Exporter::start_with(&config, &[&server], &[("PGVIGIL_LOG_FORMAT", format)]);
        exporter.await_log("the query failed");
        exporter.await_log(shown);
        assert!(!exporter.log().contains(['\u{1b}', '\u{202e}', '\u{9b}', '\r']), "{:?}", exporter.log());
        let shown = exporter.get("/", &[]).text();
        assert!(shown.contains(r"\u{1b}[2J\u{202e}gnp"), "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\r']), "{shown:?}");
    }
}

/// Any client may call itself pgvigil: it is left out of nothing for that, nor for what the owner of its database says of that.
fn no_session_hides_by_its_name(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    psql.run("create role mallory login connection limit 9; create database hers owner mallory; create table public.own (n int)");
    psql.run("grant select, insert, update on public.own to mallory; insert into public.own values (1)");
    let mallory = psql.user("mallory").application("pgvigil");
    let mut hidden = mallory.session();
    hidden.run("begin");
    hidden.run("lock table public.own in row exclusive mode");
    hidden.run("update public.own set n = n");
    let mut waiting = mallory.session();
    waiting.start("update public.own set n = n");
    let mut closed = mallory.database("hers").session();
    closed.run("begin");
    closed.run("select 1");
    mallory.run("alter database hers allow_connections false");
    let exporter = Exporter::start(&Config::every("1s", "900ms").server("db", &server), &[]);
    let at_least = |page: &Page, metric: &str, labels: &[(&str, &str)], least: f64| {
        let value = page.value(metric, labels);
        ensure(value >= Some(least), || format!("{metric} {labels:?} is {value:?}"))
    };
    exporter.await_page(SOON * 2, "each of them is seen", |page| {
        let [hers, theirs] = [[("datname", "hers"), ("usename", "mallory")], [("datname", "postgres"), ("usename", "mallory")]];
        at_least(page, "pg_stat_activity_max_tx_seconds", &theirs, 1.0)?;
        at_least(page, "pg_stat_activity_max_query_seconds", &theirs, 1.0)?;
        at_least(page, "pg_stat_activity_max_idle_in_transaction_seconds", &theirs, 1.0)?;
        at_least(page, "pg_stat_activity_max_tx_seconds", &hers, 1.0)?;
        at_least(page, "pg_stat_activity_long_running_count", &[("datname", "postgres"), ("threshold", "5s")], 1.0)?;
        at_least(page, "pg_stat_activity_wait_count", &[("datname", "postgres"), ("wait_event_type", "Lock")], 1.0)?;
        at_least(page, "pg_locks_count", &[("datname", "postgres"), ("mode", "rowexclusivelock"), ("granted", "true")], 2.0)?;
        let seen = page.all("pg_stat_activity_max_tx_duration", &[("usename", "mallory"), ("application_name", "pgvigil")]);
        ensure(seen.count() == 3, || "each of the three sessions is in a transaction".to_owned())?;
        // Its own ones are left out.
        let own = page.all("pg_stat_activity_max_tx_seconds", &[("usename", "pgvigil")]).count();
        ensure(own == 0, || format!("{own} of its own"))
    });
}

fn values(page: &Page, metric: &str, label: &str) -> BTreeSet<String> {
    page.all(metric, &[]).map(|sample| sample.label(label).to_owned()).collect()
}
