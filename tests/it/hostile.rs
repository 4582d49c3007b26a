//! What a database can hold that is meant to mislead, or that nobody meant to be there.

use std::collections::BTreeSet;

use crate::support::config::Config;
use crate::support::exporter::{Exporter, catalogue};
use crate::support::page::{Format, Page};
use crate::support::pgbouncer::PgBouncer;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, tool};
use crate::timeouts::own_query;

/// Functions, operators and relations in `public` that bear the names of the system's own. Whoever gets at one of the functions and
/// operators gets an error, and the relations are empty.
const PLANTS: &str = r"
do $$
declare it record;
begin
  for it in select p.proname, pg_get_function_identity_arguments(p.oid) as arguments, pg_get_function_result(p.oid) as result
            from pg_proc p where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
  loop
    begin
      execute format('create function public.%I(%s) returns %s language plpgsql as %L', it.proname, it.arguments, it.result,
                     'begin raise exception ''planted''; end');
    exception when others then null;  -- pseudo-types and the like
    end;
  end loop;
  for it in select o.oprname, o.oprleft::regtype as l, o.oprright::regtype as r, o.oprresult::regtype as result, o.oid
            from pg_operator o where o.oprnamespace = 'pg_catalog'::regnamespace and o.oprleft <> 0
  loop
    begin
      execute format('create function public.planted_%s(%s, %s) returns %s language plpgsql as %L', it.oid, it.l, it.r, it.result,
                     'begin raise exception ''planted''; end');
      execute format('create operator public.%s (leftarg = %s, rightarg = %s, function = public.planted_%s)',
                     it.oprname, it.l, it.r, it.oid);
    exception when others then null;
    end;
  end loop;
  for it in select relname from pg_class where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v')
  loop
    begin
      execute format('create view public.%I as select * from pg_catalog.%I where false', it.relname, it.relname);
    exception when others then null;  -- columns of pseudo-types
    end;
  end loop;
end $$;
grant select on all tables in schema public to pgvigil;
alter role pgvigil set search_path = public, pg_catalog;
";

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
    server.psql().run(PLANTS);
    let victim = server.psql().user("pgvigil");
    for trap in ["select now()", "select 1 where 'a'::text = 'b'::text"] {
        let error = victim.try_run(trap).expect_err("the trap works");
        assert!(error.contains("planted"), "{trap}: {error}");
    }
    assert_eq!(victim.run("select count(*) from pg_class").as_str(), "0", "the trap works");
    let exporter = Exporter::start(&Config::once().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(errors(&page), [""; 0], "{}", exporter.log());
    let names = page.names();
    // Whether anybody waits for anything is another question in each moment.
    let missing: Vec<&String> =
        before.iter().filter(|name| !names.contains(name.as_str()) && *name != "pg_stat_activity_wait_count").collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The same by one who shares the server's session behind a pool, where a temporary table is found before all others.
#[test]
fn planted_temporary_tables() {
    let server = Server::primary(18);
    server.psql().run("alter role pgvigil connection limit -1; grant temporary on database postgres to pgvigil");
    let bouncer = PgBouncer::start(&tool("pgbouncer").expect("installed"), &server, &["default_pool_size = 1"]);
    let neighbour = bouncer.psql().user("pgvigil");
    neighbour.run(
        "set default_transaction_read_only = off;
         create temporary table pg_class (relname name); create temporary table pg_stat_activity (pid int);
         create temporary table pg_database (datname name); create temporary table pg_settings (name text, setting text);
         set search_path = pg_temp, pg_catalog; set statement_timeout = 1; set statement_timeout = 0",
    );
    assert_eq!(neighbour.run("select count(*) from pg_database").as_str(), "0", "the trap works, in the one session of the pool");
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
           end $$",
    );
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(errors(&page), [""; 0], "{}", exporter.log());
    let tables = page.all("pg_stat_user_tables_n_live_tup", &[("datname", "bytes")]);
    let names: BTreeSet<&str> = tables.map(|sample| sample.label("relname")).collect();
    assert_eq!(names, BTreeSet::from([r"or\xff", r"or\xfe"]));
    assert_eq!(page.value("pg_role_connections_max", &[("usename", r"or\xff")]), Some(7.0));
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
          select format('create database %I', convert_from('\x6f72fe'::bytea, 'SQL_ASCII')) \gexec",
    );
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    let sizes = |page: &Page| -> BTreeSet<String> {
        page.all("pg_database_size_bytes", &[]).map(|sample| sample.label("datname").to_owned()).collect()
    };
    exporter.await_page(SOON, "both are there", |page| {
        let names = sizes(page);
        ensure([r"or\xff", r"or\xfe", "postgres", "bytes"].iter().all(|name| names.contains(*name)), || format!("{names:?}"))
    });
    for datname in ["postgres", "bytes"] {
        exporter.await_page(SOON, "the others are visited", |page| {
            let visited = page.value("pgvigil_query_last_success_timestamp_seconds", &[("query", "tables/stat"), ("datname", datname)]);
            ensure(visited.is_some(), || exporter.log())
        });
    }
    exporter.await_value(SOON, "pg_login_up", &[], Some(1.0));
    let page = exporter.page();
    assert_eq!(page.value("pg_up", &[]), Some(1.0));
    let failed: Vec<_> = page
        .all("pgvigil_query_errors_total", &[])
        .filter(|sample| (sample.label("datname"), sample.label("kind")) != ("or\u{fffd}", "connection"))
        .collect();
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
    let exporter = Exporter::start(&Config::as_shipped().directory(own.path()).server("db", &server), &[&server]);
    exporter.await_value(SOON * 2, "pgvigil_query_series_dropped", &[("query", "own/million")], Some(999_900.0));
    let status = std::fs::read_to_string(format!("/proc/{}/status", exporter.pid())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak").trim().trim_end_matches(" kB");
    let peak: u64 = peak.parse().expect("a number");
    assert!(peak < 100_000, "{peak} kB for a result of 100 MB");
}
