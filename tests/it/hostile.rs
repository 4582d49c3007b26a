//! What a database can hold that is meant to mislead, or that nobody meant to be there.

use std::collections::BTreeSet;

use crate::support::config::Config;
use crate::support::exporter::{Exporter, catalogue};
use crate::support::page::{Format, Page};
use crate::support::pgbouncer::PgBouncer;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, tool};
use crate::timeouts::own_query;

/// Functions, aggregates and relations in `public` that bear the names of the system's own. Whoever gets at one of the functions and aggregates
/// gets an error, and the relations are empty. Pseudo-types and the like cannot be had: how many things there are in the end is counted.
const PLANTS: &str = r#"
create table public.planted (kind text, name text);
do $$
declare it record;
begin
  for it in select p.proname, pg_get_function_identity_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result
            from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
  loop
    begin
      execute format('create function public.%I(%s) returns %s language plpgsql as %L', it.proname, it.arguments, it.result,
                     'begin raise exception ''planted''; end');
      insert into public.planted values ('function', it.proname);
    exception when others then null;
    end;
  end loop;
  for it in select p.oid, p.proname, pg_get_function_identity_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result
            from pg_proc p join pg_aggregate a on a.aggfnoid = p.oid
            where p.pronamespace = 'pg_catalog'::regnamespace and a.aggkind = 'n'
  loop
    begin
      execute format('create function public.planted_%s(%s) returns %s language plpgsql as %L', it.oid,
                     concat_ws(', ', it.result, nullif(it.arguments, '')), it.result, 'begin raise exception ''planted''; end');
      execute format('create aggregate public.%I(%s) (sfunc = public.planted_%s, stype = %s)', it.proname,
                     coalesce(nullif(it.arguments, ''), '*'), it.oid, it.result);
      insert into public.planted values ('aggregate', it.proname);
    exception when others then null;
    end;
  end loop;
  for it in select relname from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v')
  loop
    begin
      execute format('create view public.%I as select * from pg_catalog.%I where false', it.relname, it.relname);
    exception when others then
      execute format('create table public.%I ()', it.relname);  -- columns of pseudo-types
    end;
    insert into public.planted values ('relation', it.relname);
  end loop;
end $$;
-- What takes anything cannot be written in this language but for its end.
create function public.planted_end(bigint) returns bigint language plpgsql as 'begin raise exception ''planted''; end';
create aggregate public.count("any") (sfunc = pg_catalog.int8inc_any, stype = bigint, finalfunc = public.planted_end, initcond = '0');
insert into public.planted values ('aggregate', 'count');
"#;

/// The same of operators and types, which nobody names with their schema.
const PLANTED_SIGNS: &str = r"
do $$
declare it record;
begin
  for it in select o.oprname, nullif(o.oprleft, 0)::regtype as l, o.oprright::regtype as r, o.oprresult::regtype as result, o.oid
            from pg_operator o where o.oprnamespace = 'pg_catalog'::regnamespace
  loop
    begin
      execute format('create function public.planted_%s(%s) returns %s language plpgsql as %L', it.oid, concat_ws(', ', it.l, it.r), it.result,
                     'begin raise exception ''planted''; end');
      execute format('create operator public.%s (%s rightarg = %s, function = public.planted_%s)',
                     it.oprname, 'leftarg = ' || it.l || ',', it.r, it.oid);
      insert into public.planted values ('operator', it.oprname);
    exception when others then null;
    end;
  end loop;
  for it in select typname from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype = 'b' and typelem = 0
  loop
    execute format('create domain public.%I as pg_catalog.%I constraint planted check (value is null)', it.typname, it.typname);
    insert into public.planted values ('type', it.typname);
  end loop;
end $$;
";

/// Relations and types in the schema of temporary things, which is searched before all others unless it is named. PostgreSQL finds no function and
/// no operator there without that name; some that are called often are there all the same.
const TEMPORARY_PLANTS: &str = r"
set default_transaction_read_only = off;
begin;
set local search_path = pg_catalog, pg_temp;
do $$
declare it record;
begin
  for it in select relname from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v')
  loop
    begin
      execute format('create temporary view %I as select * from pg_catalog.%I where false', it.relname, it.relname);
    exception when others then
      execute format('create temporary table %I ()', it.relname);  -- columns of pseudo-types
    end;
  end loop;
  for it in select typname from pg_type where typnamespace = 'pg_catalog'::regnamespace and typtype = 'b' and typelem = 0
  loop
    execute format('create domain pg_temp.%I as pg_catalog.%I constraint planted check (value is null)', it.typname, it.typname);
  end loop;
  for it in select unnest(array['now()', 'clock_timestamp()', 'pg_backend_pid()', 'current_database()', 'txid_current()']) as signature
  loop
    execute format('create function pg_temp.%s returns pg_catalog.int4 language plpgsql as %L', it.signature, 'begin raise exception ''planted''; end');
  end loop;
  for it in select o.oprname, o.oprleft::regtype as l, o.oprright::regtype as r, o.oid from pg_operator o
            where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprname in ('=', '<', '-', '||', '~') and o.oprleft <> 0
              and o.oprleft in ('int4'::regtype, 'int8'::regtype, 'text'::regtype, 'name'::regtype, 'oid'::regtype, 'timestamptz'::regtype)
  loop
    execute format('create function pg_temp.planted_%s(%s, %s) returns bool language plpgsql as %L', it.oid, it.l, it.r,
                   'begin raise exception ''planted''; end');
    execute format('create operator pg_temp.%s (leftarg = %s, rightarg = %s, function = pg_temp.planted_%s)', it.oprname, it.l, it.r, it.oid);
  end loop;
end $$;
commit;
set search_path = pg_temp, pg_catalog;
set statement_timeout = 1; set statement_timeout = 0;
";

/// The path that statements set.
const PINNED: &str = "search_path = pg_catalog, pg_temp";

on_first_and_last!(every_name_is_qualified);

fn errors(page: &Page) -> Vec<String> {
    page.all("pgvigil_query_errors_total", &[]).map(|sample| format!("{sample:?}")).collect()
}

/// Who puts things of the system's names where a careless search path finds them first changes nothing.
#[test]
fn planted_names() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::once().server("db", &server), &[&server]);
    let before: BTreeSet<String> = exporter.await_all(&["db"]).names().into_iter().map(str::to_owned).collect();
    drop(exporter);
    server.psql().run(&format!("{PLANTS}{PLANTED_SIGNS}"));
    server.psql().run("grant select on all tables in schema public to pgvigil; alter role pgvigil set search_path = public, pg_catalog");
    let victim = server.psql().user("pgvigil");
    let planted = |kind: &str| -> usize {
        server.psql().run(&format!("select pg_catalog.count(*) from public.planted where kind = '{kind}'")).parse().expect("a number")
    };
    for (kind, least) in [("function", 2400), ("aggregate", 100), ("operator", 700), ("relation", 130), ("type", 50)] {
        assert!(planted(kind) > least, "{} of kind {kind}", planted(kind));
    }
    for trap in [
        "select now()",
        "select pg_catalog.pg_backend_pid() where 'a'::pg_catalog.text = 'b'::pg_catalog.text",
        "select sum(v.n), max(v.n), min(v.n) from (values (1), (2)) as v(n)",
        "select count(*) from (values (1), (2)) as v(n)",
        "select count(v.n) from (values (1), (2)) as v(n)",
        "select bool_and(v.n) from (values (true)) as v(n)",
        "select string_agg(v.n, v.n) from (values ('a'::pg_catalog.text)) as v(n)",
        "select -n from (values (1)) as v(n)",
        "select 'a'::text",
    ] {
        let error = victim.try_run(trap).expect_err("the trap works");
        assert!(error.contains("planted"), "{trap}: {error}");
    }
    assert_eq!(victim.run("select pg_catalog.count(*) from pg_class").as_str(), "0", "the trap works");
    let exporter = Exporter::start(&Config::once().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(errors(&page), [""; 0], "{}", exporter.log());
    let names = page.names();
    // Whether anybody waits for anything is another question in each moment.
    let missing: Vec<&String> =
        before.iter().filter(|name| !names.contains(name.as_str()) && *name != "pg_stat_activity_wait_count").collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The search path alone does not keep pgvigil from what is planted: each statement names the schema of each relation and function. Each is run
/// again with the path that it sets turned round, by one who may not read the planted relations.
fn every_name_is_qualified(major: u32) {
    let server = Server::primary(major);
    server.psql().run("alter role pgvigil set log_statement = 'all'");
    let exporter = Exporter::start(&Config::once().server("db", &server), &[&server]);
    exporter.await_all(&["db"]);
    drop(exporter);
    server.psql().run(&format!("alter role pgvigil reset log_statement; {PLANTS}"));
    let victim = server.psql().user("pgvigil").application("victim");
    for (trap, told) in
        [("select now()", "planted"), ("select max(v.n) from (values (1)) as v(n)", "planted"), ("table pg_database", "denied")]
    {
        let error = victim.try_run(&format!("set search_path = public, pg_catalog; {trap}")).expect_err("the trap works");
        assert!(error.contains(told), "{trap}: {error}");
    }
    // What goes on in another line begins there with a tab.
    let log = server.log().replace("\n\t", "\u{1f}");
    let statements: BTreeSet<&str> = log
        .lines()
        .filter_map(|entry| entry.split_once("] pgvigil LOG:  statement: "))
        .map(|(_, statement)| statement)
        .filter(|statement| statement.contains(PINNED))
        .collect();
    assert!(statements.len() > 50, "{} statements", statements.len());
    for statement in statements {
        let careless = statement.replace(PINNED, "search_path = public, pg_catalog").replace('\u{1f}', "\n");
        victim.try_run(&format!("begin; {careless}; rollback")).unwrap_or_else(|error| panic!("{error}\n{careless}"));
    }
}

/// The same by one who shares the server's session behind a pool, where what is temporary is found before all others.
#[test]
fn planted_temporary_tables() {
    let server = Server::primary(18);
    server.psql().run("alter role pgvigil connection limit -1; grant temporary on database postgres to pgvigil");
    let bouncer = PgBouncer::start(&tool("pgbouncer").expect("installed"), &server, &["default_pool_size = 1"]);
    let neighbour = bouncer.psql().user("pgvigil");
    neighbour.run(TEMPORARY_PLANTS);
    let planted = |query: &str| -> usize { neighbour.run(query).parse().expect("a number") };
    let relations = "select count(*) from pg_catalog.pg_class where relnamespace = pg_my_temp_schema() and relkind in ('r', 'v')";
    let types = "select count(*) from pg_catalog.pg_type where typnamespace = pg_my_temp_schema() and typtype = 'd'";
    let operators = "select count(*) from pg_catalog.pg_operator where oprnamespace = pg_my_temp_schema()";
    assert!(planted(relations) > 130 && planted(types) > 50, "{} and {}", planted(relations), planted(types));
    assert!(planted(operators) > 20, "{}", planted(operators));
    assert_eq!(neighbour.run("select count(*) from pg_database").as_str(), "0", "the trap works, in the one session of the pool");
    let error = neighbour.try_run("select 'a'::text").expect_err("the trap works");
    assert!(error.contains("planted"), "{error}");
    let exporter = Exporter::start(&Config::once().url("db", &bouncer.url_through(), ""), &[]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(errors(&page), [""; 0], "{}", exporter.log());
    assert!(page.value("pg_database_size_bytes", &[("datname", "postgres")]).is_some());
    assert_eq!(neighbour.run("select count(*) from pg_database").as_str(), "0", "and it was there all the time");
}

/// Names that are no text in any encoding: a database of encoding `SQL_ASCII` takes every byte.
#[test]
fn names_that_are_no_text() {
    let server = Server::primary(18);
    server.psql().run("create database bytes template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'");
    server.psql().database("bytes").run(
        r"set client_encoding = 'SQL_ASCII';
           do $$ begin
             execute format('create table %I (n int)', convert_from('\x6f72ff'::bytea, 'SQL_ASCII'));
             execute format('create table %I (n int)', convert_from('\x6f72fe'::bytea, 'SQL_ASCII'));
             execute format('create role %I login connection limit 7', convert_from('\x6f72ff'::bytea, 'SQL_ASCII'));
             execute format('create role %I login connection limit 8', convert_from('\x6f725c786666'::bytea, 'SQL_ASCII'));
             execute format('create table %I (n int)', convert_from('\x6f725c786666'::bytea, 'SQL_ASCII'));
           end $$",
    );
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(errors(&page), [""; 0], "{}", exporter.log());
    let tables = page.all("pg_stat_user_tables_n_live_tup", &[("datname", "bytes")]);
    let names: BTreeSet<&str> = tables.map(|sample| sample.label("relname")).collect();
    assert_eq!(names, BTreeSet::from([r"or\xff", r"or\xfe", r"or\x5cxff"]), "the last one is called or\\xff");
    assert_eq!(page.value("pg_role_connections_max", &[("usename", r"or\xff")]), Some(7.0));
    assert_eq!(page.value("pg_role_connections_max", &[("usename", r"or\x5cxff")]), Some(8.0));
    let duplicates = page.all("pgvigil_query_series_duplicate", &[]).filter(|sample| sample.value > 0.0).count();
    assert_eq!(duplicates, 0, "{}", exporter.log());
    Page::strict(&exporter.scrape(Format::OpenMetrics), Format::OpenMetrics);
}

/// A database whose own name is no text: nobody can say in UTF-8 that it is meant. What is known of it from outside is there, and all others
/// are visited.
#[test]
fn a_database_whose_name_is_no_text() {
    let server = Server::primary(18);
    server.psql().run("create database bytes template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'");
    server.psql().database("bytes").run(
        r"set client_encoding = 'SQL_ASCII';
          -- Else the texts are another story.
          set pg_stat_statements.track = 'none';
          select format('create database %I', convert_from('\x6f72ff'::bytea, 'SQL_ASCII')) \gexec
          select format('create database %I', convert_from('\x6f72fe'::bytea, 'SQL_ASCII')) \gexec
          select format('create database %I', convert_from('\x6f725c786666'::bytea, 'SQL_ASCII')) \gexec",
    );
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    let sizes = |page: &Page| -> BTreeSet<String> {
        page.all("pg_database_size_bytes", &[]).map(|sample| sample.label("datname").to_owned()).collect()
    };
    exporter.await_page(SOON, "both are there", |page| {
        let names = sizes(page);
        ensure([r"or\xff", r"or\xfe", r"or\x5cxff", "postgres", "bytes"].iter().all(|name| names.contains(*name)), || format!("{names:?}"))
    });
    // What looks like another one is visited as itself.
    for datname in ["postgres", "bytes", r"or\x5cxff"] {
        exporter.await_page(SOON, "the others are visited", |page| {
            let visited = page.value("pgvigil_query_last_success_timestamp_seconds", &[("query", "tables/stat"), ("datname", datname)]);
            ensure(visited.is_some(), || exporter.log())
        });
    }
    exporter.await_value(SOON, "pg_login_up", &[], Some(1.0));
    let page = exporter.page();
    assert_eq!(page.value("pg_up", &[]), Some(1.0));
    for datname in [r"or\xff", r"or\xfe"] {
        let skipped = page.value("pgvigil_query_skipped", &[("query", "tables/stat"), ("datname", datname), ("reason", "name")]);
        assert_eq!(skipped, Some(1.0), "{datname}");
    }
    let failed: Vec<_> = page.all("pgvigil_query_errors_total", &[]).collect();
    assert!(failed.is_empty(), "{failed:#?}\n{}", exporter.log());
    Page::strict(&exporter.scrape(Format::OpenMetrics), Format::OpenMetrics);
}

/// The text of a statement from a database of encoding `SQL_ASCII`. There it is shown with its bytes as `\xff`. From a database with an encoding
/// the extension itself refuses to show the texts, which is an error of the query that reads them and of no other.
#[test]
fn a_statement_that_is_no_text() {
    let server = Server::primary(18);
    server.psql().run("create database bytes template template0 encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C'");
    server.psql().database("bytes").run(
        r"set client_encoding = 'SQL_ASCII';
          create extension pg_stat_statements;
          select format('select pg_sleep(0.2) as %I', convert_from('\x6f72ff'::bytea, 'SQL_ASCII')) \gexec",
    );
    let within = Config::quick().url("db", &server.url().replace("/postgres?", "/bytes?"), "");
    let exporter = Exporter::start(&within, &[&server]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(errors(&page), [""; 0], "{}", exporter.log());
    let texts: Vec<&str> = page.all("pg_stat_statements_query_info", &[]).map(|sample| sample.label("query")).collect();
    assert!(texts.contains(&r#"select pg_sleep($1) as "or\xff""#), "{texts:#?}");
    Page::strict(&exporter.scrape(Format::OpenMetrics), Format::OpenMetrics);
    drop(exporter);

    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    exporter.await_log("invalid byte sequence for encoding");
    for (query, _) in catalogue().into_iter().filter(|(query, _)| query != "statements/texts") {
        exporter.await_page(SOON * 2, "every other query is collected or skipped", |page| {
            let of = |name: &str| page.all(name, &[("query", query.as_str())]).any(|sample| sample.value > 0.0);
            ensure(of("pgvigil_query_last_success_timestamp_seconds") || of("pgvigil_query_skipped"), || query.clone())
        });
    }
    let page = exporter.page();
    let failed: BTreeSet<(&str, &str)> =
        page.all("pgvigil_query_errors_total", &[]).map(|sample| (sample.label("query"), sample.label("kind"))).collect();
    assert_eq!(failed, BTreeSet::from([("statements/texts", "sql")]), "{}", exporter.log());
    assert!(page.value("pg_stat_statements_query_info", &[]).is_none());
    assert!(page.all("pg_stat_statements_calls_total", &[("datname", "bytes")]).next().is_some());
}

/// Every number and none that a query may answer with.
#[test]
fn odd_values() {
    let server = Server::primary(18);
    let values = own_query(
        "values",
        "-- interval: 1s\n-- timeout: 900ms\n-- limit: 100 series\n-- label which: Which.\n-- gauge own_value: A number.",
        "SELECT v.which, v.own_value FROM (VALUES ('nan', 'NaN'::float8), ('inf', 'Infinity'), ('minus_inf', '-Infinity'),
            ('least', 4.9e-324), ('most', 1.7976931348623157e308), (NULL, 1), ('null', NULL)) AS v (which, own_value)",
    );
    let more = |name: &str, kind: &str, body: &str| {
        let header = format!("-- interval: 1s\n-- timeout: 900ms\n-- limit: 2000 series\n{kind} own_{name}: A number.");
        std::fs::write(values.path().join(format!("own/{name}.sql")), format!("-- about: For a test.\n{header}\n-- sql:\n{body}\n"))
            .expect("its own folder");
    };
    more("exact", "-- gauge", "SELECT 9223372036854775807 AS own_exact");
    more("exact_beyond", "-- gauge", "SELECT 9223372036854775808::numeric AS own_exact_beyond");
    more("beyond", "-- gauge", "SELECT 10::numeric ^ 400 AS own_beyond");
    more("falling_total", "-- counter", "SELECT -1 AS own_falling_total");
    more("nan_total", "-- counter", "SELECT 'NaN'::float8 AS own_nan_total");
    let columns: Vec<usize> = (0..1000).collect();
    let declared: Vec<String> = columns.iter().map(|n| format!("-- gauge own_wide_{n}: A number.\n")).collect();
    let selected: Vec<String> = columns.iter().map(|n| format!("{n} AS own_wide_{n}")).collect();
    more("wide", &format!("{}-- gauge", declared.concat()), &format!("SELECT {}, 1 AS own_wide", selected.join(", ")));

    let config = Config::as_shipped().directory(values.path()).server("db", &server);
    let exporter = Exporter::start(&config, &[&server]);
    exporter.await_value(SOON, "own_wide_999", &[], Some(999.0));
    let page = exporter.await_value(SOON, "own_value", &[("which", "most")], Some(f64::MAX));
    let value = |which: &str| page.value("own_value", &[("which", which)]);
    assert!(value("nan").is_some_and(f64::is_nan));
    assert_eq!((value("inf"), value("minus_inf")), (Some(f64::INFINITY), Some(f64::NEG_INFINITY)));
    assert_eq!(value("least"), Some(4.9e-324));
    assert_eq!(value("null"), None);
    assert_eq!(page.all("own_value", &[]).filter(|sample| sample.label("which").is_empty()).count(), 1, "NULL is no label");
    eventually(SOON, "digits are as PostgreSQL gave them, within 64 bits and beyond", || {
        let text = exporter.scrape(Format::Text);
        let exact = ["own_exact{server=\"db\"} 9223372036854775807\n", "own_exact_beyond{server=\"db\"} 9223372036854775808\n"];
        ensure(exact.iter().all(|line| text.contains(line)), || exporter.log())
    });
    for query in ["own/beyond", "own/falling_total", "own/nan_total"] {
        eventually(SOON, "what would break a reader is an error of its query", || {
            let errors = exporter.page().value("pgvigil_query_errors_total", &[("query", query), ("kind", "result")]);
            ensure(errors > Some(0.0), || format!("{query}: {errors:?}"))
        });
    }
    Page::strict(&exporter.scrape(Format::OpenMetrics), Format::OpenMetrics);
}

/// A query that answers with a million rows costs neither memory nor the other queries.
#[test]
fn a_million_rows() {
    let server = Server::primary(18);
    let own = own_query(
        "million",
        "-- interval: 10s\n-- timeout: 9s\n-- limit: 100 series\n-- label n: Which.\n-- gauge own_million: A number.",
        "SELECT pg_catalog.concat(i, pg_catalog.repeat('x', 100)) AS n, i AS own_million FROM pg_catalog.generate_series(1, 1000000) AS i",
    );
    let config = Config::as_shipped().directory(own.path()).url("db", &server.url(), ", answer_limit: 200MB");
    let exporter = Exporter::start(&config, &[&server]);
    exporter.await_value(SOON * 2, "pgvigil_query_series_dropped", &[("query", "own/million")], Some(999_900.0));
    let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak").trim().trim_end_matches(" kB");
    let peak: u64 = peak.parse().expect("a number");
    assert!(peak < 100_000, "{peak} kB for a result of 100 MB");
}

/// What is larger than a server may answer costs the query, and the session that it was asked over, and nothing else.
#[test]
fn an_answer_over_the_limit() {
    let server = Server::primary(18);
    let own = own_query(
        "large",
        "-- interval: 2s\n-- timeout: 1s\n-- limit: 9 series\n-- label n: Which.\n-- gauge own_large: A number.",
        "SELECT pg_catalog.repeat('x', 2000000) AS n, 1 AS own_large",
    );
    let config = Config::prompt().directory(own.path()).url("db", &server.url(), ", answer_limit: 1MB");
    let exporter = Exporter::start(&config, &[&server]);
    let labels = [("query", "own/large"), ("kind", "result")];
    exporter.await_page(SOON, "it fails", |page| {
        let errors = page.value("pgvigil_query_errors_total", &labels);
        ensure(errors > Some(1.0), || format!("{errors:?}"))
    });
    let page = exporter.get("/?server=db", &[]).text();
    assert!(page.contains("larger than 1 MB"), "{page}");
    let failed: Vec<String> = errors(&exporter.page()).into_iter().filter(|error| !error.contains("own/large")).collect();
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(exporter.page().value("pg_up", &[]), Some(1.0));
}
