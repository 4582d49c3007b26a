//! What a role with `pg_monitor` alone cannot see, `check --connect` names with the statement that mends it.

use std::collections::BTreeSet;
use std::process::Command;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::psql::program;
use crate::support::server::Server;
use crate::support::{SOON, ensure, project, scene};

on_every_major!(all_that_a_superuser_sees);

/// Metric, database, schema, table, index and sequence.
type Seen = BTreeSet<[String; 6]>;

fn all_that_a_superuser_sees(major: u32) {
    let server = Server::primary_with(major, &[("autovacuum", "off")]);
    scene::set_up(&server);
    server.psql().run("create role watcher login");
    // Nobody but the owner may know the statistics of an expression, until pg_read_all_data came.
    let never = |it: &[String; 6]| major < 14 && it[0].starts_with("pg_index_bloat") && it[4] == "bloated_lower";
    let all = seen(&server, "postgres");

    // Without any right it is told to get pg_monitor, and nothing fails meanwhile.
    let first = statements(&server);
    assert!(first.contains(&(None, "GRANT \"pg_monitor\" TO \"watcher\";".to_owned())), "{first:?}");
    server.psql().run("grant pg_monitor to watcher");
    let with_monitor = seen(&server, "watcher");
    assert!(with_monitor.len() > all.len() / 2, "{} of {}", with_monitor.len(), all.len());
    assert!(all.difference(&with_monitor).any(|it| !never(it)), "pg_monitor sees everything: nothing is left to test");

    for (database, statement) in statements(&server) {
        let psql = database.map_or(server.psql(), |database| server.psql().database(&database));
        psql.run(&statement);
    }
    let missing: Vec<_> = all.difference(&seen(&server, "watcher")).filter(|it| !never(it)).cloned().collect();
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(statements(&server), []);
}

/// Others than PUBLIC may be let into a database: then it is missing as a whole.
#[test]
fn a_database_that_it_may_not_enter() {
    let server = Server::primary(18);
    server.psql().run(
        "create role watcher login; grant pg_monitor to watcher; create database \"closed \"\"one\"\"\";
         revoke connect on database \"closed \"\"one\"\"\" from public",
    );
    // Extensions are a matter of choice.
    let statements: Vec<_> = statements(&server).into_iter().filter(|(_, statement)| statement.starts_with("GRANT ")).collect();
    assert_eq!(statements, [(None, "GRANT CONNECT ON DATABASE \"closed \"\"one\"\"\" TO \"watcher\";".to_owned())]);
    server.psql().run(&statements[0].1);
    let of_it = |it: &[String; 6]| it[0] == "pg_tables" && it[1] == "closed \"one\"";
    assert!(seen(&server, "watcher").iter().any(of_it));
}

on_first_and_last!(role_sql_by_an_administrator);

/// As on a managed service: no superuser, without CREATEDB, and a database is not the administrator's. What could not be done is said, and the rest is done.
fn role_sql_by_an_administrator(major: u32) {
    let server = Server::primary(major);
    server.psql().run(
        "drop extension if exists pg_stat_statements; create role admin login createrole; create database theirs; revoke connect on database theirs from public;
         create database mine owner admin; revoke connect on database mine from public",
    );
    let run = |role: &str| {
        let mut command = server.psql().user("admin").command(Command::new(program()));
        command.args(["-v", &format!("role={role}"), "-v", "statements=on", "-f"]).arg(project().join("deploy/sql/role.sql"));
        let output = command.output().expect("psql");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        said
    };
    let said = run("watcher");
    assert!(said.contains("these databases are not yours: theirs"), "{said}");
    assert!(said.contains("pg_stat_statements is not there"), "{said}");
    // From 16 on a right to create roles is none to grant those of others.
    assert_eq!(said.contains("pg_monitor is not granted"), major >= 16, "{said}");
    assert_eq!(server.psql().run("select has_database_privilege('watcher', 'mine', 'CONNECT')"), "t");
    if major >= 16 {
        server.psql().run("grant pg_monitor to admin with admin option");
    }
    let said = run("watcher");
    assert!(!said.contains("pg_monitor is not granted"), "{said}");
    assert_eq!(server.psql().run("select pg_has_role('watcher', 'pg_monitor', 'USAGE')"), "t");
}

on_first_and_last!(a_database_grants_nothing_to_its_owner);

/// The owner of a database can have each session there begin with a role of its own, if pgvigil's is a member of that: until 15 any role can make it one. What
/// is told to be granted is granted to the login role all the same.
fn a_database_grants_nothing_to_its_owner(major: u32) {
    let server = Server::primary(major);
    server
        .psql()
        .run("create role watcher login; grant pg_monitor to watcher; create role mallory login; create database lent owner mallory");
    // Before that: a superuser's session becomes mallory's as well.
    server.psql().database("lent").run("create schema app; create table app.orders (id serial)");
    let mallory = server.psql().user("mallory").database("lent");
    let granter = if major < 16 { server.psql().user("mallory").database("lent") } else { server.psql() };
    granter.run("grant mallory to watcher");
    mallory.run("alter database lent set role = 'mallory'");
    let said = statements(&server);
    let wanted = (Some("lent".to_owned()), "GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO watcher;".to_owned());
    assert!(said.contains(&wanted), "{said:?}");
    assert!(!said.iter().any(|(_, statement)| statement.contains("mallory")), "{said:?}");
}

on_first_and_last!(each_remedy_fixes_what_it_stands_under);

/// One way after the other in which a role lacks a right: what `check --connect` tells is run, and then nothing is missing any more.
fn each_remedy_fixes_what_it_stands_under(major: u32) {
    let server = Server::primary(major);
    server.psql().run(
        "create schema app; create table app.orders (id int); create table app.\"odd \"\"one\" (id int);
         create function app.price(int, text) returns int language sql as 'select 1';
         revoke execute on function app.price(int, text) from public",
    );
    let own = TempDir::new().expect("a temporary folder");
    std::fs::create_dir(own.path().join("own")).expect("its own folder");
    let query = |name: &str, sql: &str| {
        let text = format!(
            "-- about: For a test.\n-- interval: 1h\n-- timeout: 5s\n-- limit: 9 series\n-- gauge own_{name}: One.\n-- sql:\nSELECT {sql} AS own_{name}\n"
        );
        std::fs::write(own.path().join(format!("own/{name}.sql")), text).expect("its own folder");
    };
    query("table", "(SELECT count(*) FROM app.orders)");
    query("odd", "(SELECT count(*) FROM app.\"odd \"\"one\")");
    query("function", "app.price(1, 'x')");
    // Beside the rights on tables: a member that does not inherit, and no member at all.
    let members: &[&str] = if major >= 16 {
        &["create role watcher login", "create role watcher login; grant pg_monitor to watcher with inherit false"]
    } else {
        &["create role watcher login", "create role watcher login noinherit; grant pg_monitor to watcher"]
    };
    for member in members {
        server.psql().run(member);
        let config = Config::once().directory(own.path());
        let before = statements_with(&server, config.clone());
        assert!(before.iter().any(|(_, statement)| statement.contains("app.orders")), "{before:?}");
        // One right leads to the next, as that of a schema to that of its tables.
        for _ in 0..3 {
            for (database, statement) in statements_with(&server, config.clone()) {
                let psql = database.map_or(server.psql(), |database| server.psql().database(&database));
                psql.run(&statement);
            }
        }
        assert_eq!(statements_with(&server, config.clone()), [], "after {before:?}");
        let exporter = Exporter::start(&config.url("watched", &url(&server, "watcher"), ""), &[]);
        for name in ["own_table", "own_odd", "own_function"] {
            exporter.await_page(SOON, name, |page| ensure(page.value(name, &[]).is_some(), || exporter.log()));
        }
        drop(exporter);
        server.psql().run("drop owned by watcher; drop role watcher");
    }
}

fn url(server: &Server, user: &str) -> String {
    server.bare_url().replace("pgvigil@", &format!("{user}@"))
}

/// What this role gets to see.
fn seen(server: &Server, user: &str) -> Seen {
    let exporter = Exporter::start(&Config::once().url(user, &url(server, user), ""), &[server]);
    let page = exporter.await_all(&[user]);
    let labels = ["datname", "schemaname", "relname", "indexrelname", "sequencename"];
    // Those that come and go by the moment: when a table was last read, and what some session just waits for.
    let passing =
        |name: &str| name.contains("_last_") || name == "pg_stat_activity_wait_count" || name.starts_with("pg_buffercache_relation_");
    let series = page.samples().filter(|sample| sample.name.starts_with("pg_") && !passing(&sample.name));
    series
        .map(|sample| {
            let [datname, schemaname, relname, indexrelname, sequencename] = labels.map(|label| sample.label(label).to_owned());
            [sample.name.clone(), datname, schemaname, relname, indexrelname, sequencename]
        })
        .collect()
}

/// The statements that `check --connect` tells to run, with the database where it names one.
fn statements(server: &Server) -> Vec<(Option<String>, String)> {
    statements_with(server, Config::once())
}

fn statements_with(server: &Server, config: Config) -> Vec<(Option<String>, String)> {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    std::fs::write(&file, config.url("watched", &url(server, "watcher"), "").yaml(1)).expect("its own folder");
    let output = exporter::run(&["check", "--config", &file.display().to_string(), "--connect"], folder.path(), &[]);
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!said.contains("error"), "{said}");
    said.lines().filter_map(|line| statement(line.trim())).collect()
}

/// `in database "NAME": STATEMENT;` or the statement alone.
fn statement(line: &str) -> Option<(Option<String>, String)> {
    let (database, statement) = match line.strip_prefix("in database \"").and_then(|rest| rest.split_once("\": ")) {
        Some((database, statement)) => (Some(database.replace("\"\"", "\"")), statement),
        None => (None, line),
    };
    let is_statement = ["GRANT ", "ALTER ", "CREATE "].iter().any(|word| statement.starts_with(word));
    let end = statement.rfind(';').filter(|_| is_statement)?;
    Some((database, statement[..=end].to_owned()))
}
