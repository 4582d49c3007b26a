//! Whatever a role without rights plants under a name that the catalogue mentions, none of it runs as pgvigil.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter, catalogue};
use crate::support::page::Page;
use crate::support::project;
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually};

on_first_and_last!(nothing_planted_runs, an_overload_is_not_taken, a_schema_made_again_is_not_used);

/// How long each query may take to be tried once, in databases with thousands of planted things.
const ALL: Duration = Duration::from_mins(3);

/// Tables that the catalogue finds by their name, wherever they are, with the columns that their programs give them.
const SHAPES: [(&str, &str); 2] = [
    (
        "flyway_schema_history",
        "installed_rank integer, version varchar(50), description varchar(200), type varchar(20), script varchar(1000), checksum integer, \
         installed_by varchar(100), installed_on timestamp, execution_time integer, success boolean",
    ),
    (
        "databasechangelog",
        "id varchar(255), author varchar(255), filename varchar(255), dateexecuted timestamp, orderexecuted integer, exectype varchar(10), \
         md5sum varchar(35), description varchar(255), comments varchar(255), tag varchar(255), liquibase varchar(20)",
    ),
];

/// What a table can carry that PostgreSQL runs for who plans on it, reads it or writes to it.
const ON_TABLES: [&str; 7] =
    ["index predicate", "index expression", "statistics", "check", "domain of a column", "generated column", "policy"];

/// The bodies of all queries that are asked of PostgreSQL, without comments.
fn bodies() -> String {
    let text = |name: String| std::fs::read_to_string(project().join(format!("queries/{name}.sql"))).expect("a readable query");
    let bodies = catalogue().into_iter().map(|(name, _)| text(name).split_once("\n-- sql").expect("a body").1.to_owned());
    let code = |body: String| body.lines().filter_map(|line| line.split("--").next().map(|code| format!("{code}\n"))).collect::<String>();
    bodies.map(code).collect()
}

/// Every identifier in them, also those within strings and those that PostgreSQL would take for a keyword.
fn names() -> BTreeSet<String> {
    let text = bodies().to_lowercase();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '$');
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')).map(str::to_owned).collect()
}

/// Every operator in them.
fn operators() -> BTreeSet<String> {
    bodies().split(|c: char| !"+-*/<>=~!@#%^&|`?".contains(c)).filter(|sign| !sign.is_empty()).map(str::to_owned).collect()
}

fn array<'a>(items: impl IntoIterator<Item = &'a String>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("'{item}'")).collect();
    format!("array[{}]::text[]", items.join(","))
}

/// The role that plants: it tells its canary, which would otherwise sing while an index is built.
fn mallory(server: &Server, database: &str) -> Psql {
    server.psql().database(database).user("mallory").application("planting")
}

/// A schema with a canary: a function that says in the server's log as whom and in which carrier it runs, also in a read-only transaction.
fn canary(schema: &str) -> String {
    format!(
        "set search_path = pg_catalog; set check_function_bodies = off; set client_min_messages = error;
         create schema if not exists {schema}; grant usage on schema {schema} to public;
         create function {schema}.canary(carrier text) returns boolean language plpgsql immutable set search_path = pg_catalog as $$ begin
           if current_setting('application_name') <> 'planting' then raise log 'canary: % as %', carrier, current_user; end if;
           return true;
         end $$;
         create domain {schema}.canary_domain as text check ({schema}.canary('domain of a column'));\n"
    )
}

/// Tables of these names that carry this. Those of a system catalogue's name have its columns.
fn tables(schema: &str, names: &BTreeSet<String>, carriers: &[&str]) -> String {
    let mut script = canary(schema);
    let shapes: Vec<String> = SHAPES.iter().map(|(name, columns)| format!("('{name}', '{columns}')")).collect();
    let carriers: Vec<String> = carriers.iter().map(|carrier| format!("'{carrier}'")).collect();
    let _ = write!(
        script,
        "do $do$
         declare it text; shape text; n int := 0; carriers text[] := array[{carriers}];
         begin
           foreach it in array {names} loop
             n := n + 1;
             shape := coalesce((select columns from (values {shapes}) as s(name, columns) where name = it),
                               (select string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' order by attnum) from pg_attribute
                                where attrelid = to_regclass(format('pg_catalog.%I', it)) and attnum > 0 and atttypid <> 'anyarray'::regtype and attname not in ('xmin', 'xmax')),
                               'id integer, name text');
             begin
               execute format('create table {schema}.%I (%s)', it, shape);
               execute format('grant select, insert on {schema}.%I to public', it);
               if 'domain of a column' = any (carriers) then
                 execute format('alter table {schema}.%I add planted_domain {schema}.canary_domain', it);
               end if;
               if 'generated column' = any (carriers) then
                 execute format('alter table {schema}.%I add planted boolean generated always as ({schema}.canary(''generated column'')) stored', it);
               end if;
               execute format('insert into {schema}.%I default values', it);
               if 'index predicate' = any (carriers) then
                 execute format('create index on {schema}.%I ((1)) where {schema}.canary(''index predicate'')', it);
               end if;
               if 'index expression' = any (carriers) then
                 execute format('create index on {schema}.%I (({schema}.canary(''index expression'')))', it);
               end if;
               if 'statistics' = any (carriers) and current_setting('server_version_num')::int >= 140000 then
                 execute format('create statistics {schema}.%I on ({schema}.canary(''statistics'')) from {schema}.%I', 'statistics ' || n, it);
                 execute format('analyze {schema}.%I', it);
               end if;
               if 'check' = any (carriers) then
                 execute format('alter table {schema}.%I add constraint planted check ({schema}.canary(''check''))', it);
               end if;
               if 'policy' = any (carriers) then
                 execute format('create policy planted on {schema}.%I using ({schema}.canary(''policy''))', it);
                 execute format('alter table {schema}.%I enable row level security', it);
               end if;
               execute format('create function {schema}.to_text({schema}.%I) returns text language plpgsql as $$ begin
                                 perform {schema}.canary(''cast''); return ''x''; end $$', it);
               execute format('create cast ({schema}.%1$I as text) with function {schema}.to_text({schema}.%1$I) as implicit', it);
             exception when duplicate_table or duplicate_object or program_limit_exceeded or duplicate_function then null;
             end;
             commit;
           end loop;
         end $do$;\n",
        names = array(names),
        carriers = carriers.join(","),
        shapes = shapes.join(","),
    );
    script
}

/// Views of these names, and in another schema domains.
fn views_and_types(names: &BTreeSet<String>) -> String {
    let mut script = canary("views");
    script.push_str(&canary("types"));
    let shapes: Vec<String> = SHAPES.iter().map(|(name, columns)| format!("('{name}', '{columns}')")).collect();
    let _ = write!(
        script,
        "do $do$
         declare it text; shape text;
         begin
           foreach it in array {names} loop
             shape := coalesce((select string_agg(format('null::%s as %s', split_part(c, ' ', 2), split_part(c, ' ', 1)), ', ')
                                from (values {shapes}) as s(name, columns), regexp_split_to_table(columns, ', ') as c where name = it),
                               (select string_agg(format('null::%s as %I', format_type(atttypid, atttypmod), attname), ', ' order by attnum) from pg_attribute
                                where attrelid = to_regclass(format('pg_catalog.%I', it)) and attnum > 0 and atttypid <> 'anyarray'::regtype and attname not in ('xmin', 'xmax')),
                               'null::text as name');
             begin
               execute format('create view views.%I as select %s where views.canary(''view'')', it, shape);
               execute format('grant select on views.%I to public', it);
             exception when duplicate_table or duplicate_object then null;
             end;
             begin
               execute format('create domain types.%I as %s check (types.canary(''domain''))', it,
                              coalesce((select format('pg_catalog.%I', typname) from pg_type
                                        where typname = it and typnamespace = 'pg_catalog'::regnamespace and typtype = 'b'), 'pg_catalog.text'));
             exception when duplicate_object then null;
             end;
             commit;
           end loop;
         end $do$;\n",
        names = array(names),
        shapes = shapes.join(","),
    );
    script
}

/// Functions of these names: with the arguments of the system's own, and with those that an extension's could be taken for. And operators.
fn functions(schema: &str, names: &BTreeSet<String>) -> String {
    let mut script = canary(schema);
    let _ = write!(
        script,
        "do $do$
         declare it record;
         begin
           for it in
             select n as name, pg_get_function_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result,
                    p.proretset or p.proargmodes is not null as is_bare, 'shadow' as carrier
             from unnest({names}) as n join pg_proc p on p.proname = n and p.prokind = 'f' and p.pronamespace = 'pg_catalog'::regnamespace
             union all
             select p.proname,
                    concat_ws(', ', nullif(a, ''), (select string_agg(format('out %I %s', o.name, format_type(o.type, null)), ', ' order by o.n)
                                                    from unnest(p.proargnames, p.proallargtypes, p.proargmodes) with ordinality as o(name, type, mode, n)
                                                    where o.mode = 'o')),
                    pg_get_function_result(p.oid), p.proretset or p.proargmodes is not null, 'overload'
             from pg_proc p join pg_depend d on d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e',
                  unnest(array['', 'oid', 'text', 'integer', 'bigint', 'boolean', 'name', 'regclass', 'anyelement', 'anyelement, anyelement',
                               'variadic anyarray']) as a
             where p.proname = any ({names})
             union all
             select n, a, 'bigint', false, 'overload' from unnest({names}) as n, unnest(array['', 'oid', 'text', 'anyelement']) as a
           loop
             begin
               execute format('create function {schema}.%I(%s) returns %s language plpgsql as %L', it.name, it.arguments, it.result,
                              format('begin perform {schema}.canary(%L); return %s; end', it.carrier, case when not it.is_bare then 'null' end));
             exception when others then null;
             end;
           end loop;
           for it in
             select o.oid, o.oprname, nullif(o.oprleft, 0)::regtype as l, o.oprright::regtype as r, o.oprresult::regtype as result
             from pg_operator o where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprname = any ({operators})
           loop
             begin
               execute format('create function {schema}.operator_%s(%s) returns %s language plpgsql as $$ begin
                                 perform {schema}.canary(''operator''); return null; end $$', it.oid, concat_ws(', ', it.l, it.r), it.result);
               execute format('create operator {schema}.%s (%s rightarg = %s, function = {schema}.operator_%s)',
                              it.oprname, 'leftarg = ' || it.l || ',', it.r, it.oid);
             exception when others then null;
             end;
           end loop;
         end $do$;\n",
        names = array(names),
        operators = array(&operators()),
    );
    script
}

fn schema_of(carrier: &str) -> String {
    format!("only_{}", carrier.replace(' ', "_"))
}

/// What the canaries said to a session of this name, and as whom.
fn sung(server: &Server, application: &str) -> BTreeSet<String> {
    let mark = format!("] {application} LOG:  canary: ");
    server.log().lines().filter_map(|line| line.split_once(mark.as_str())).map(|(_, said)| said.to_owned()).collect()
}

/// A role that owns one database, and that database, in which a superuser has put extensions into a schema of its.
fn give_mallory_a_database(server: &Server) {
    server.psql().run(
        "create role mallory login; create database mallory owner mallory; create role root superuser login;
         alter role pgvigil connection limit -1; alter role root connection limit -1;
         create extension pgstattuple; create extension pg_buffercache",
    );
    mallory(server, "mallory").run(
        "alter database mallory set constraint_exclusion = on; create schema extensions; grant usage on schema extensions to public;
         -- What is called for each large table has one to be called for.
         create schema large; create table large.large as select repeat('x', 500) from generate_series(1, 5000); vacuum analyze large.large",
    );
    server.psql().database("mallory").run(
        "create extension pg_stat_statements schema extensions; create extension pgstattuple schema extensions;
         create extension pg_buffercache schema extensions",
    );
}

/// Each query was collected, is skipped, or has failed, in each place.
#[track_caller]
fn await_tried(exporter: &Exporter, servers: &[&str], database: &str) -> Page {
    let tried = |page: &Page| {
        let is_tried = |of: &[(&str, &str)]| {
            page.value("pgvigil_query_last_success_timestamp_seconds", of).is_some()
                || ["pgvigil_query_skipped", "pgvigil_query_errors_total"].iter().any(|name| page.all(name, of).any(|it| it.value > 0.0))
        };
        let mut missing = Vec::new();
        for (query, per_database) in catalogue() {
            for server in servers {
                let of = [("server", *server), ("query", query.as_str()), ("datname", if per_database { database } else { "" })];
                // Of a query that cannot run whatever the database, one sample speaks for all.
                let skipped = [("server", *server), ("query", query.as_str()), ("datname", "")];
                if !is_tried(&of) && page.all("pgvigil_query_skipped", &skipped).next().is_none() {
                    missing.push(format!("{server} {query}"));
                }
            }
        }
        ensure(missing.is_empty(), || format!("{missing:?}\n{}", exporter.log()))
    };
    exporter.await_page(ALL, "each query is tried", tried).0
}

fn url(server: &Server, user: &str, database: &str) -> String {
    server.bare_url().replace("pgvigil@", &format!("{user}@")).replace("/postgres?", &format!("/{database}?"))
}

/// Each carrier under each name, in a database of its owner's, in the schemas with the extensions, in one that is called as pgvigil's role, and in the
/// `public` of a database of others where that is allowed. All queries run there, as pgvigil's role and as a superuser.
fn nothing_planted_runs(major: u32) {
    let server = Server::primary_with(major, &[("autovacuum", "off"), ("max_locks_per_transaction", "1000")]);
    give_mallory_a_database(&server);
    let names = names();
    assert!(names.len() > 1000 && operators().len() > 10, "{} names", names.len());
    let shaped: BTreeSet<String> = SHAPES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert!(names.is_superset(&shaped) && names.contains("pgstattuple_approx"), "the catalogue reads other tables now");
    let own = mallory(&server, "mallory");
    own.run(&tables("all_of_them", &names, &ON_TABLES[..5]));
    for carrier in ON_TABLES {
        own.run(&tables(&schema_of(carrier), &shaped, &[carrier]));
    }
    own.run(&views_and_types(&names));
    for schema in ["public", "extensions", "pgvigil"] {
        own.run(&functions(schema, &names));
    }
    if major < 15 {
        let others = mallory(&server, "postgres");
        others.run(&functions("public", &names).replace("create schema if not exists public; grant usage on schema public to public;", ""));
        let more = tables("public", &shaped, &ON_TABLES[..5]);
        others.run(&more[more.find("do $do$").expect("a block")..]);
    }

    // Each of them works.
    let proof = server.psql().database("mallory").user("pgvigil").application("proof");
    let prove = |carrier: &str, statement: &str| {
        proof.run(&format!("set default_transaction_read_only = off; {statement}"));
        let said = format!("{carrier} as pgvigil");
        assert!(sung(&server, "proof").contains(&said), "{carrier}: {:?}", sung(&server, "proof"));
    };
    for carrier in ON_TABLES.iter().filter(|carrier| major >= 14 || **carrier != "statistics") {
        for (name, _) in SHAPES {
            let table = format!("{}.{name}", schema_of(carrier));
            prove(carrier, &format!("insert into {table} default values; select * from {table}"));
        }
    }
    prove("cast", "select f::text from all_of_them.flyway_schema_history f");
    prove("view", "select * from views.pg_class");
    prove("domain", "select 'a'::types.text");
    prove("overload", "select extensions.pgstattuple_approx(1::oid)");
    prove("shadow", "select public.current_setting('a'::text)");
    prove("operator", "select 1 operator(pgvigil.=) 2");

    let more = ", databases: { include: [mallory] }";
    let config = Config::once()
        .url("pgvigil", &url(&server, "pgvigil", "postgres"), "")
        .url("pgvigil-there", &url(&server, "pgvigil", "mallory"), more)
        .url("root", &url(&server, "root", "postgres"), "")
        .url("root-there", &url(&server, "root", "mallory"), more);
    let exporter = Exporter::start(&config, &[]);
    let page = await_tried(&exporter, &["pgvigil", "pgvigil-there", "root", "root-there"], "mallory");
    assert_eq!(sung(&server, "pgvigil"), BTreeSet::new());
    let skipped = page.all("pgvigil_query_skipped", &[("server", "pgvigil-there"), ("reason", "untrusted")]);
    let skipped: BTreeSet<&str> = skipped.map(|sample| sample.label("query")).collect();
    assert!(skipped.is_superset(&BTreeSet::from(["statements/top", "tables/pgstattuple", "buffers/relations"])), "{skipped:?}");
    // In the database of others the extensions are in trusted hands, and no overload is in their way.
    for query in ["statements/top", "statements/texts"] {
        for server in ["pgvigil", "root"] {
            let collected = page.value("pgvigil_query_last_success_timestamp_seconds", &[("server", server), ("query", query)]);
            assert!(collected.is_some(), "{query}: {}", exporter.log());
        }
    }
}

/// The extension's function takes a regclass, and somebody who may make things in its schema makes one that takes an oid.
fn an_overload_is_not_taken(major: u32) {
    let server = Server::primary(major);
    server.psql().run(
        "create role mallory login; create schema shared; grant usage, create on schema shared to public;
         create extension pgstattuple schema shared;
         create table large as select repeat('x', 500) from generate_series(1, 5000); vacuum analyze large",
    );
    mallory(&server, "postgres").run(&format!(
        "{}; create function shared.pgstattuple_approx(oid, out table_len bigint, out scanned_percent float8, out approx_tuple_count bigint,
           out approx_tuple_len bigint, out dead_tuple_count bigint, out dead_tuple_len bigint, out approx_free_space bigint)
         language plpgsql as 'begin perform shared.canary(''overload''); table_len := 42; end'",
        canary("shared").replace("create schema if not exists shared; grant usage on schema shared to public;", ""),
    ));
    server.psql().user("pgvigil").application("proof").run("select * from shared.pgstattuple_approx('public.large'::regclass::oid)");
    assert_eq!(sung(&server, "proof"), BTreeSet::from(["overload as pgvigil".to_owned()]));
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    exporter.await_page(SOON, "the extension's own answer is there", |page| {
        let bytes = page.value("pg_stattuple_approx_table_bytes", &[("relname", "large")]);
        ensure(bytes > Some(1e6), || format!("{bytes:?}: {}", exporter.log()))
    });
    assert_eq!(sung(&server, "pgvigil"), BTreeSet::new());
}

/// The owner of a database drops the schema that a superuser has put extensions in, and makes it and the functions anew, with the same arguments, in one
/// transaction: what pgvigil knows is a few seconds old then.
fn a_schema_made_again_is_not_used(major: u32) {
    let server = Server::primary(major);
    give_mallory_a_database(&server);
    let there = url(&server, "pgvigil", "mallory");
    let calls = |page: &Page| page.all("pg_stat_statements_calls_total", &[]).count();
    let reason = |page: &Page| {
        let skip = page.all("pgvigil_query_skipped", &[("query", "statements/top")]).next();
        skip.map(|skip| skip.label("reason").to_owned())
    };
    // Whoever trusts the owner says so.
    let trusting = Exporter::start(&Config::quick().url("db", &there, ", trusted_roles: [mallory]"), &[]);
    trusting.await_page(SOON, "statements are collected", |page| ensure(calls(page) > 0, || trusting.log()));
    drop(trusting);

    let exporter = Exporter::start(&Config::quick().url("db", &there, ""), &[]);
    exporter.await_page(SOON, "it is skipped", |page| {
        let reason = reason(page);
        ensure(reason.as_deref() == Some("untrusted"), || format!("{reason:?}"))
    });
    let own = mallory(&server, "mallory");
    let arguments = |signature: &str| own.run(&format!("select pg_get_function_arguments('extensions.{signature}'::regprocedure)"));
    own.run(&format!(
        "begin; drop schema extensions cascade; {}
         create function extensions.pg_stat_statements({}) returns setof record language plpgsql as 'begin perform extensions.canary(''made again''); end';
         create function extensions.pgstattuple_approx({}) language plpgsql as 'begin perform extensions.canary(''made again''); end';
         create view extensions.pg_stat_statements_info as
           select 1::bigint as dealloc, now() as stats_reset where extensions.canary('made again');
         grant select on extensions.pg_stat_statements_info to public;
         commit",
        canary("extensions"),
        arguments("pg_stat_statements(boolean)"),
        arguments("pgstattuple_approx(regclass)"),
    ));
    server.psql().database("mallory").user("pgvigil").application("proof").run("select * from extensions.pg_stat_statements(false)");
    assert_eq!(sung(&server, "proof"), BTreeSet::from(["made again as pgvigil".to_owned()]));
    exporter.await_page(SOON, "that the extension is gone is known", |page| {
        let reason = reason(page);
        ensure(reason.as_deref() == Some("extension"), || format!("{reason:?}"))
    });
    assert_eq!(sung(&server, "pgvigil"), BTreeSet::new());
}

/// `check --connect` says what makes it right, and it does.
#[test]
fn check_says_where_to_move_an_extension() {
    let server = Server::primary(18);
    give_mallory_a_database(&server);
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    let there = url(&server, "pgvigil", "mallory");
    let config = Config::once().url("db", &there, ", databases: { include: [mallory] }");
    std::fs::write(&file, config.yaml(1)).expect("its own folder");
    let check = || exporter::run(&["check", "--config", &file.display().to_string(), "--connect"], folder.path(), &[]);
    let output = check();
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(!output.status.success() && said.contains("extension pgstattuple is in schema extensions of role mallory"), "{said}");
    let mut statements: Vec<&str> = said.lines().filter_map(|line| line.trim().strip_prefix("in database \"mallory\": ")).collect();
    statements.retain(|statement| statement.contains("SET SCHEMA"));
    assert_eq!(statements.len(), 3, "{said}");
    for statement in statements {
        let end = statement.rfind(';').expect("a statement");
        // The schema is there from the second on.
        let statement = statement[..end].replace("CREATE SCHEMA ", "CREATE SCHEMA IF NOT EXISTS ");
        server.psql().database("mallory").run(&statement);
    }
    let output = check();
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success() && !said.contains("SET SCHEMA"), "{said}");
    let exporter = Exporter::start(&config, &[]);
    eventually(SOON, "statements are collected", || {
        let calls = exporter.page().all("pg_stat_statements_calls_total", &[]).count();
        ensure(calls > 0, || exporter.log())
    });
}
