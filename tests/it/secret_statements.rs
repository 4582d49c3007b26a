//! What the texts of statements show: constants, comments and utility commands may have secrets in whatever spelling.

use std::collections::BTreeSet;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::Server;
use crate::support::{SOON, ensure};

on_first_and_last!(no_statement_shows_one);

/// What no page may contain.
const SECRET: &str = "hunter2";

/// Statements with the secret in a constant, a comment or an option, and how each of them is shown.
const STATEMENTS: &[(&str, &str)] = &[
    ("create role leak_a password 'hunter2'", "CREATE ROLE"),
    ("/* hunter2 */ create user leak_b password 'hunter2'", "CREATE USER"),
    ("-- hunter2\n alter /* hunter2 */ role leak_a password 'hunter2'", "ALTER"),
    ("create subscription s connection 'postgresql://u:hunter2@h/db' publication p with (connect = false)", "CREATE SUBSCRIPTION"),
    ("alter subscription s connection 'host=h user=hunter2'", "ALTER SUBSCRIPTION"),
    ("alter system set primary_conninfo = 'host=h password=hunter2'", "ALTER SYSTEM"),
    ("copy (select 1) to program 'cat # curl -u me:hunter2 h'", "COPY"),
    ("create server far foreign data wrapper dblink_fdw options (host 'h')", "CREATE SERVER"),
    ("create user mapping for current_user server far options (user 'u', password 'hunter2')", "CREATE USER MAPPING"),
    ("do $$ begin perform 'hunter2'; end $$", "DO"),
    ("prepare known as select 'hunter2', 2, 3, 4; execute known", "PREPARE"),
    ("explain select 'hunter2'", "EXPLAIN"),
    ("set application_name = 'hunter2'", "SET"),
    ("notify wake, 'hunter2'", "NOTIFY"),
    ("comment on role leak_a is 'hunter2'", "COMMENT"),
    ("create or replace function leak() returns text language sql as $$ select 'hunter2' $$", "CREATE OR REPLACE FUNCTION"),
    ("create table made as select 'hunter2' as a", "CREATE TABLE"),
    ("select dblink_connect_u('host=/nowhere password=hunter2') where false", "select dblink_connect_u($1) where $2"),
    ("select 1 /* hunter2 */ + 1", "select $1 ..."),
    ("(select 'hunter2') union all (values ('b'))", "(select $1) union all (values ($2))"),
    ("with a as (select 'hunter2' as b) select b from a", "with a as (select $1 as b) select b from a"),
    ("select\n  $q$hunter2$q$  as\tquoted, 2", "select $1 as quoted, $2"),
];

fn no_statement_shows_one(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    // Only the 100 that take the most time are shown, and pgvigil's own would be among them.
    psql.run("create extension dblink; alter role pgvigil set pg_stat_statements.track = none; select pg_stat_statements_reset()");
    for (statement, _) in STATEMENTS {
        psql.run(statement);
    }
    // Two in one string, of which each is one by itself.
    psql.run(r"select 'hunter2' as first, 2, 3 \; alter role leak_b password 'hunter2'");
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    exporter.await_page(SOON, "all of them are shown", |page| {
        let shown: BTreeSet<&str> = page.all("pg_stat_statements_query_info", &[]).map(|sample| sample.label("query")).collect();
        let wanted = STATEMENTS.iter().map(|(_, shown)| *shown).chain(["select $1 as first, $2, $3", "ALTER ROLE"]);
        let missing: Vec<&str> = wanted.filter(|wanted| !shown.contains(wanted)).collect();
        ensure(missing.is_empty(), || format!("{missing:?} of {shown:#?}"))
    });
    exporter.await_all(&["db"]);
    let page = exporter.page();
    let leaks: Vec<_> = page
        .samples()
        .filter(|sample| sample.name.starts_with("pg_stat_statements"))
        .filter(|sample| sample.labels.values().any(|value| value.contains(SECRET)))
        .collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}
