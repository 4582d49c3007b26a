//! Whoever owns a table, a schema or a database has PostgreSQL run functions as the one who reads: none of them runs as pgvigil.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::vigil::steady;
use crate::support::{SOON, ensure, eventually};

on_first_and_last!(histories_run_nothing, operators_queries_run_nothing);

/// What the canary writes to the server's log, and its role.
const SUNG: &str = "LOG:  canary ";

/// The database of `mallory`, whose function sings when it runs in pgvigil's session or in that of its reader.
const TENANT: &str = "
create role mallory login; create role honest;
create database tenant owner mallory;
";

const CANARY: &str = "
create schema app; grant usage on schema app to public;
create function app.sing(carrier text) returns boolean language plpgsql immutable as
$$ begin if session_user ~ 'pgvigil' then raise log 'canary % in %', carrier, session_user; end if; return true; end $$;
create function app.number(carrier text, value integer) returns integer language plpgsql immutable as
$$ begin perform app.sing(carrier); return value; end $$;
create function app.plus(a integer, b integer) returns integer language plpgsql immutable as
$$ begin perform app.sing('plus'); return a; end $$;
";

/// Makes one history of each kind in a schema of the carrier's name, with what makes it sing. `COLUMNS` are those of the table, of which the first is
/// an integer.
const CARRIERS: &[(u32, &str, &str)] = &[
    (13, "index_predicate", "create table T (COLUMNS); create index on T (FIRST) where app.sing('index_predicate')"),
    (13, "index_expression", "create table T (COLUMNS); create index on T (app.number('index_expression', 1), FIRST)"),
    (14, "statistics", "create table T (COLUMNS); create statistics S.s on (app.number('statistics', 1)), FIRST from T; analyze T"),
    (13, "check_constraint", "create table T (COLUMNS, check (app.sing('check_constraint')))"),
    (
        13,
        "policy",
        "create table T (COLUMNS); alter table T enable row level security; \
                    create policy p on T for select using (app.sing('policy'))",
    ),
    (
        18,
        "generated",
        "create table T (COLUMNS); alter table T drop FIRST; alter table T add FIRST integer generated always as (1) virtual",
    ),
    (
        13,
        "view",
        "create table S.base (COLUMNS); insert into S.base values (ROW); create view T as select * from S.base where app.sing('view')",
    ),
    (
        13,
        "partitioned",
        "create table T (COLUMNS) partition by list (FIRST); create table S.part partition of T default; \
                         create index on S.part (FIRST) where app.sing('partitioned')",
    ),
    (
        13,
        "child",
        "create table T (COLUMNS); create table S.child (check (app.sing('child'))) inherits ( T); insert into S.child values (ROW)",
    ),
    (
        13,
        "domain",
        "create domain S.whole as integer check (app.sing('domain')); create table T (COLUMNS); alter table T alter FIRST type S.whole",
    ),
    (
        13,
        "conversion",
        "create type S.whole as enum ('1'); create table T (COLUMNS); alter table T drop FIRST; alter table T add FIRST S.whole; \
                        create function S.f(S.whole) returns integer language plpgsql immutable as $$ begin return app.number('conversion', 1); end $$; \
                        create cast (S.whole as integer) with function S.f(S.whole) as implicit",
    ),
    (13, "rule", "create table T (COLUMNS); insert into T values (ROW); alter table T alter FIRST set default app.number('rule', 1)"),
];

/// The histories, with their columns and a row.
const HISTORIES: &[(&str, &str, &str, &str)] = &[
    ("flyway_schema_history", "installed_rank", "installed_rank integer, success boolean, installed_on timestamp", "1, true, '2026-01-02'"),
    (
        "databasechangelog",
        "orderexecuted",
        "orderexecuted integer, exectype varchar(10), dateexecuted timestamp",
        "1, 'EXECUTED', '2026-01-02'",
    ),
];

fn tenant(server: &Server) -> (Psql, Psql) {
    let psql = server.psql();
    for statement in TENANT.split_inclusive(';') {
        psql.run(statement);
    }
    let superuser = psql.database("tenant");
    let mallory = superuser.user("mallory");
    mallory.run(CANARY);
    mallory.run("alter database tenant set constraint_exclusion = on");
    (superuser, mallory)
}

/// What is said of the canary.
fn sung(server: &Server) -> Vec<String> {
    server.log().lines().filter(|line| line.contains(SUNG)).map(str::to_owned).collect()
}

fn histories_run_nothing(major: u32) {
    let server = Server::primary(major);
    let (superuser, mallory) = tenant(&server);
    let carriers: Vec<_> = CARRIERS.iter().filter(|(from, ..)| *from <= major).collect();
    for (_, carrier, script) in &carriers {
        mallory.run(&format!("create schema {carrier}; grant usage on schema {carrier} to public"));
        for (table, first, columns, row) in HISTORIES {
            let schema = format!("{carrier}{}", if *table == "databasechangelog" { "2" } else { "" });
            mallory.run(&format!("create schema if not exists {schema}; grant usage on schema {schema} to public"));
            let script = script.replace("COLUMNS", columns).replace("FIRST", first).replace("ROW", row);
            let script = script.replace("S.", &format!("{schema}.")).replace(" T", &format!(" {schema}.{table}"));
            mallory.run(&script);
            mallory.run(&format!("create table {schema}.databasechangeloglock (locked boolean, lockgranted timestamp)"));
            mallory.run(&format!("grant select on all tables in schema {schema} to public"));
        }
    }
    // What an honest role has is read, whatever its schema is called.
    superuser.run("create schema \"it's \\ \"\"\u{1F600}\n\tx\" authorization honest; grant usage on schema \"it's \\ \"\"\u{1F600}\n\tx\" to pgvigil");
    superuser.run(
        "set role honest; set search_path = \"it's \\ \"\"\u{1F600}\n\tx\";
         create table flyway_schema_history (installed_rank integer primary key, success boolean, installed_on timestamp, script text);
         insert into flyway_schema_history values (1, true, '2026-01-02 03:04:05', 'x'), (2, true, '0044-03-15 BC', E'\\\\N\\t'), (3, false, null, null);
         create table databasechangelog (orderexecuted integer, exectype varchar(10), dateexecuted timestamp);
         insert into databasechangelog values (7, E'\\t\\n\\\\', 'infinity'), (9, 'FAILED', null), (null, '\u{1F600}', null);
         create table databasechangeloglock (locked boolean, lockgranted timestamp); insert into databasechangeloglock values (true, '2026-01-02');
         grant select on all tables in schema \"it's \\ \"\"\u{1F600}\n\tx\" to pgvigil",
    );

    // The canary sings: to plan on such a table is enough.
    let victim = superuser.user("pgvigil");
    for (_, carrier, _) in carriers.iter().filter(|(_, carrier, _)| !["domain", "rule", "generated", "conversion"].contains(carrier)) {
        let before = sung(&server).len();
        victim.run(&format!("select pg_catalog.count(*) from {carrier}.flyway_schema_history where installed_rank = 1"));
        assert!(sung(&server).len() > before, "{carrier} is no attack");
    }
    let before = sung(&server);

    let exporter = Exporter::start(&Config::once().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(sung(&server)[before.len()..], [""; 0]);
    let own = |name: &str| {
        let named = page.all(name, &[("datname", "tenant")]).find(|sample| sample.label("schemaname").starts_with("it's"));
        named.map(|sample| (sample.label("schemaname").to_owned(), sample.value))
    };
    for (name, value) in [
        ("pg_flyway_history_readable", 1.0),
        ("pg_flyway_installed_rank", 2.0),
        ("pg_flyway_migrations", 2.0),
        ("pg_flyway_failed_migrations", 1.0),
        ("pg_liquibase_order_executed", 9.0),
        ("pg_liquibase_changesets", 3.0),
        ("pg_liquibase_failed_changesets", 1.0),
        ("pg_liquibase_locked", 1.0),
    ] {
        assert_eq!(own(name), Some(("it's \\ \"\u{1F600}\n\tx".to_owned(), value)), "{name}");
    }
    let errors: Vec<_> = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{}", exporter.log());
}

/// A table that is locked, one that has no GRANT and those that are too large cost themselves and none of the others. What is too large is told.
#[test]
fn a_history_that_cannot_be_read_costs_no_other() {
    let server = Server::primary(18);
    let psql = server.psql();
    // Of 63 bytes, each of which takes four in a statement: what is sent once for each row would be a hundred times as long as the rows.
    let long = "\\".repeat(63);
    let quoted = format!("\"{long}\"");
    for schema in ["good", "locked", "denied", "large", "odd", &quoted, "last"] {
        psql.run(&format!(
            "create schema {schema}; grant usage on schema {schema} to pgvigil;
             create table {schema}.flyway_schema_history (installed_rank integer, success boolean, installed_on timestamp);
             insert into {schema}.flyway_schema_history values (1, true, '2026-01-02');
             grant select on {schema}.flyway_schema_history to pgvigil"
        ));
    }
    psql.run(
        "revoke select on denied.flyway_schema_history from pgvigil;
         insert into large.flyway_schema_history select g, true, '2026-01-02 03:04:05.678901' from pg_catalog.generate_series(1, 200000) g;
         alter table odd.flyway_schema_history alter installed_rank type bigint",
    );
    psql.run(&format!("insert into {quoted}.flyway_schema_history select null, true, null from pg_catalog.generate_series(1, 100000)"));
    let mut holder = psql.session();
    holder.run("begin; lock table locked.flyway_schema_history");
    let exporter = Exporter::start(&Config::once().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    let of = |name: &str, schema: &str| page.value(name, &[("schemaname", schema)]);
    for (schema, readable, rank) in [
        ("good", Some(1.0), Some(1.0)),
        ("locked", Some(1.0), None),
        ("denied", Some(0.0), None),
        ("large", Some(1.0), None),
        ("odd", None, None),
        (long.as_str(), Some(1.0), None),
        ("last", Some(1.0), Some(1.0)),
    ] {
        assert_eq!(of("pg_flyway_history_readable", schema), readable, "{schema}");
        assert_eq!(of("pg_flyway_installed_rank", schema), rank, "{schema}");
        assert_eq!(of("pg_flyway_migrations", schema), rank, "{schema}");
    }
    assert_eq!(page.value("pgvigil_query_errors_total", &[("query", "migrations/flyway")]).unwrap_or(0.0), 0.0);
    assert_eq!(page.value("pgvigil_query_skipped", &[("query", "migrations/flyway"), ("reason", "large")]), Some(1.0));
    assert!(exporter.log().contains("(and 1 more) is too large to be copied"), "{}", exporter.log());
}

/// A query file below `own/`.
fn write(folder: &Path, name: &str, header: &str, body: &str) {
    let text = format!(
        "-- about: A.\n-- scope: database\n-- interval: 1h\n-- timeout: 20s\n-- limit: 10 series\n{header}-- gauge own_{name}: A.\n-- sql:\n{body}"
    );
    fs::create_dir_all(folder.join("own")).expect("its own folder");
    fs::write(folder.join(format!("own/{name}.sql")), text).expect("its own folder");
}

/// Queries of an operator: the name, the body, and why it does not run.
const CASES: &[(&str, &str, Option<&str>)] = &[
    ("owned", "SELECT max(o.id) AS own_owned FROM safe.orders AS o", None),
    ("fine", "SELECT max(f.id) AS own_fine FROM safe.fine AS f WHERE f.id > 0", None),
    ("called", "SELECT safe.f() AS own_called", None),
    ("foreign", "SELECT max(o.id) AS own_foreign\nFROM app.orders AS o WHERE o.id = 5", Some("app.orders belongs to the role mallory")),
    ("peek", "SELECT max(p.id) AS own_peek FROM safe.peek AS p", Some("safe.peek uses the relation orders of the role mallory")),
    ("indexed", "SELECT max(p.id) AS own_indexed FROM safe.indexed p", Some("uses the function sing of the role mallory")),
    ("parent", "SELECT max(p.id) AS own_parent FROM safe.parent p", Some("uses the relation kid of the role mallory")),
    ("given", "SELECT max(o.id) AS own_given FROM given.orders o", Some("the schema of given.orders belongs to the role mallory")),
    ("function", "SELECT app.number('x', 1) AS own_function", Some("app.number belongs")),
    ("cast", "SELECT 1::app.whole::int AS own_cast", Some("app.whole belongs")),
    ("listed", "SELECT max(v.id) AS own_listed FROM (SELECT 1) AS values, app.v", Some("app.v belongs")),
    (
        "field",
        "SELECT max(v.id) AS own_field FROM (SELECT 1 AS \"limit\") a JOIN (SELECT 1) b ON (a).limit = 1 JOIN app.v ON true",
        Some("app.v belongs"),
    ),
    ("operator", "SELECT 1 OPERATOR(tenant.app.+) 2 AS own_operator", Some("app.+ belongs")),
    (
        "xml",
        "SELECT count(*) AS own_xml FROM XMLTABLE('/a' PASSING '<a>1</a>'::xml COLUMNS a app.whole PATH '.') x",
        Some("app.whole belongs"),
    ),
    (
        "record",
        "SELECT count(j.interval) AS own_record FROM jsonb_to_record('{\"interval\": 1}') AS j(interval app.whole)",
        Some("app.whole belongs"),
    ),
    ("text", "SELECT table_to_xml('app.v'::regclass, true, true, '')::text IS NOT NULL AS own_text", Some("app.v belongs")),
    ("excluded", "SELECT max(e.id) AS own_excluded FROM safe.excluded e WHERE e.id = 1", Some("of the role mallory")),
    (
        "composite",
        "SELECT (jsonb_populate_record(NULL::safe.comp, '{\"x\": 1}')).x::int AS own_composite",
        Some("safe.comp uses the type whole of the role mallory"),
    ),
    ("missing", "SELECT max(o.id) AS own_missing FROM nowhere.orders o", Some("nowhere.orders does not exist")),
    (
        "quoted",
        "SELECT count(*) AS own_quoted FROM \"o'd \"\"\u{1F600}\n\".\"t\\\"",
        Some("o'd \"\u{1F600}\u{fffd}.t\\ belongs to the role mallory"),
    ),
];

/// What an operator's query names decides whether it runs: by its owner, the owner of its schema, and what it uses in turn.
fn operators_queries_run_nothing(major: u32) {
    let server = Server::primary(major);
    let (superuser, mallory) = tenant(&server);
    server.run_file(&crate::support::project().join("deploy/sql/reader.sql"));
    mallory.run(
        "create table app.orders (id integer); insert into app.orders values (5); create index on app.orders (id) where app.sing('orders');
         create schema \"o'd \"\"\u{1F600}\n\"; grant usage on schema \"o'd \"\"\u{1F600}\n\" to public;
         create table \"o'd \"\"\u{1F600}\n\".\"t\\\" (id integer); grant select on all tables in schema app, \"o'd \"\"\u{1F600}\n\" to public;
         create domain app.whole as integer check (app.sing('whole'));
         create view app.v as select id from app.orders where app.sing('v') and id > 0;
         create operator app.+ (leftarg = integer, rightarg = integer, function = app.plus); grant select on app.v to public",
    );
    superuser.run(
        "create schema safe; grant usage on schema safe to public; create table safe.orders (id integer); insert into safe.orders values (7);
         create table safe.moved (id integer); create schema given authorization mallory; create table given.orders (id integer);
         create view safe.peek as select id from app.orders; create view safe.fine as select id from safe.orders;
         create table safe.indexed (id integer); create index on safe.indexed (id) where app.sing('indexed');
         create table safe.parent (id integer); create table safe.kid () inherits (safe.parent); alter table safe.kid owner to mallory;
         create function safe.f() returns integer language sql as 'select 1'; grant usage on schema given to public;
         create table safe.excluded (id integer, exclude using btree (app.number('excluded', id) with =) where (app.sing('excluded')));
         create type safe.comp as (x app.whole);
         grant select on all tables in schema safe, given to public",
    );
    let folder = TempDir::new().expect("a temporary folder");
    for (name, body, _) in CASES {
        write(folder.path(), name, "", body);
    }
    write(folder.path(), "read", "-- as: reader\n", "SELECT max(o.id) AS own_read FROM app.orders AS o WHERE o.id = 5");
    let config = |more: &str| {
        let more = format!(", databases: {{ include: [tenant] }}{more}");
        Config::as_shipped().directory(folder.path()).url("db", &server.url(), &more)
    };
    let skipped = |page: &Page, name: &str| {
        let of = [("query", format!("own/{name}")), ("datname", "tenant".to_owned())];
        let of: Vec<(&str, &str)> = of.iter().map(|(name, value)| (*name, value.as_str())).collect();
        page.all("pgvigil_query_skipped", &of).next().map(|skip| skip.label("reason").to_owned())
    };

    let reader = ", reader: { user: pgvigil_reader }";
    let exporter = Exporter::start(&config(reader), &[&server]);
    let (page, ()) = exporter.await_page(SOON, "each is run or skipped", |page| {
        let names = CASES.iter().map(|(name, ..)| *name).chain(["read"]);
        let left: Vec<_> =
            names.filter(|name| page.value(&format!("own_{name}"), &[]).is_none() && skipped(page, name).is_none()).collect();
        crate::support::ensure(left.is_empty(), || format!("{left:?}: {}", exporter.log()))
    });
    for (name, _, why) in CASES {
        assert_eq!(skipped(&page, name).as_deref(), why.map(|_| "untrusted"), "{name}");
    }
    assert_eq!((page.value("own_owned", &[]), page.value("own_read", &[])), (Some(7.0), Some(5.0)));
    drop(exporter);
    // The reader may be made to run it. pgvigil is not.
    let heard = sung(&server);
    assert!(heard.iter().all(|line| line.ends_with("in pgvigil_reader")) && !heard.is_empty(), "{heard:?}");

    // `check` says the same, with the place and the way out, and nothing of those that run.
    let said = check(&config(reader), folder.path());
    for (name, _, why) in CASES {
        let place = format!("own/{name}.sql:");
        assert_eq!(said.contains(&place), why.is_some(), "{name}: {said}");
        assert!(why.is_none_or(|why| said.contains(&format!("own/{name}: ")) && said.contains(why)), "{name}: {said}");
    }
    assert!(
        said.contains("own/foreign.sql:9:6") && said.contains("trusted_roles") && said.contains("as: reader") && !said.contains("own/read"),
        "{said}"
    );

    // Without a reader that query is skipped; and whose roles are trusted, their tables are read.
    write(folder.path(), "missing", "", "SELECT 1 AS own_missing");
    let trusted = config(", trusted_roles: [mallory]");
    let said = check(&trusted, folder.path());
    assert!(said.contains("own/read") && said.contains("deploy/sql/reader.sql"), "{said}");
    assert!(CASES.iter().all(|(name, ..)| !said.contains(&format!("own/{name}: "))), "{said}");
    let exporter = Exporter::start(&trusted, &[&server]);
    exporter.await_value(SOON, "own_foreign", &[], Some(5.0));
    let (page, ()) =
        exporter.await_page(SOON, "the reader's is skipped", |page| crate::support::ensure(skipped(page, "read").is_some(), String::new));
    assert_eq!(skipped(&page, "read").as_deref(), Some("reader"));
}

/// A function of a table's owner catches the cancel of the reader's statement: its process is ended, and no other database loses a value.
#[test]
fn a_cancel_that_is_caught() {
    const STUCK: &str = "select count(*) from pg_stat_activity where application_name = 'pgvigil' and query like '/* pgvigil own/stuck%'";
    let server = Server::primary(18);
    let (superuser, mallory) = tenant(&server);
    server.run_file(&crate::support::project().join("deploy/sql/reader.sql"));
    superuser.run("create table public.kept (id int primary key)");
    server.psql().run("create table kept (id int primary key)");
    mallory.run(
        "create function app.stay() returns integer language plpgsql as
         $$ begin loop begin perform pg_catalog.pg_sleep(60); exception when query_canceled then null; end; end loop; end $$;
         create view app.stuck as select app.stay() as id; grant select on app.stuck to public",
    );
    let folder = TempDir::new().expect("a temporary folder");
    write(folder.path(), "stuck", "-- as: reader\n", "SELECT s.id AS own_stuck FROM app.stuck AS s");
    let file = folder.path().join("own/stuck.sql");
    let text = fs::read_to_string(&file).expect("just written");
    fs::write(&file, text.replace("interval: 1h\n-- timeout: 20s", "interval: 20s\n-- timeout: 1s")).expect("its own folder");
    let config = steady().directory(folder.path()).url("db", &server.url(), ", reader: { user: pgvigil_reader }");
    // Its statement outlives its timeout, so the server is not watched.
    let exporter = Exporter::start(&config, &[]);
    let of_postgres = |page: &Page| page.all("pg_stat_user_tables_n_live_tup", &[("datname", "postgres"), ("relname", "kept")]).count();
    exporter.await_page(SOON, "another database is read", |page| ensure(of_postgres(page) == 1, || exporter.log()));
    eventually(SOON, "the statement is at work", || {
        let count = server.psql().run(STUCK);
        ensure(count != "0", || exporter.log())
    });
    let begun = Instant::now();
    let mut ended = 0;
    while begun.elapsed() < Duration::from_mins(1) {
        assert_eq!(of_postgres(&exporter.page()), 1, "after {:?}: {}", begun.elapsed(), exporter.log());
        let old = server.psql().run(&format!("{STUCK} and query_start < now() - interval '16 s'"));
        assert_eq!(old, "0", "after {:?}: {}", begun.elapsed(), exporter.log());
        ended = server.log().matches("terminating connection due to administrator command").count();
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(ended > 0, "{}", server.log());
}

fn check(config: &Config, folder: &Path) -> String {
    let file = folder.join("pgvigil.yml");
    fs::write(&file, config.yaml(1)).expect("its own folder");
    let output = exporter::run(&["check", "--config", &file.display().to_string(), "--connect"], folder, &[("NO_COLOR", "1")]);
    String::from_utf8(output.stdout).expect("UTF-8") + &String::from_utf8_lossy(&output.stderr)
}
