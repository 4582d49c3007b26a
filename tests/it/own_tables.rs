//! A query over a table of one's own, as a new user writes it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::vigil::steady;
use crate::support::{SOON, ensure};

on_first_and_last!(orders_by_status, needs_of_a_table_and_a_function);

/// A server with three databases, of which `shop` has a table of orders.
fn shop(major: u32) -> Server {
    let server = Server::primary(major);
    // As from 15 on: else others could make another table of that name.
    for name in ["shop", "stock"] {
        server.psql().run(&format!("create database {name}"));
    }
    server.psql().database("shop").run(
        "create table orders (id int, status text); insert into orders values (1, 'open'), (2, 'open'), (3, 'sent');
         grant select on orders to pgvigil; revoke create on schema public from public",
    );
    server
}

fn write(folder: &Path, name: &str, more: &str, sql: &str) {
    let metric = name.rsplit('/').next().unwrap_or(name);
    let text = format!(
        "-- about: Orders by status.\n-- scope: database\n{more}-- interval: 4s\n-- timeout: 2s\n-- limit: 20 series\n\
         -- label status: Status of the order.\n-- gauge shop_{metric}: Orders with this status.\n-- sql:\n{sql}\n"
    );
    fs::write(folder.join(format!("{name}.sql")), text).expect("its own folder");
}

fn check(config: &Config) -> String {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    fs::write(&file, config.yaml(1)).expect("its own folder");
    let output = exporter::run(&["check", "--config", &file.display().to_string(), "--connect"], folder.path(), &[]);
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// As the grammar shows it: one file at the top of the directory, with the semicolon that psql wants. It is there in that database and nowhere else.
fn orders_by_status(major: u32) {
    let server = shop(major);
    let folder = TempDir::new().expect("a temporary folder");
    let sql = "SELECT o.status, count(*) AS shop_orders FROM public.orders AS o GROUP BY o.status;  -- as pasted";
    write(folder.path(), "orders", "-- databases: shop, other_*\n", sql);
    let config = steady().directory(folder.path()).server("primary", &server);
    // Beside it `check` asks the same server, so the watch on two connections is left out.
    let exporter = Exporter::start(&config, &[]);
    let labels = [("datname", "shop"), ("status", "open")];
    let page = exporter.await_value(SOON, "shop_orders", &labels, Some(2.0));
    assert_eq!(page.all("shop_orders", &[]).count(), 2);
    let page = exporter.await_all(&["primary"]);
    for name in ["pgvigil_query_skipped", "pgvigil_query_errors_total"] {
        let wrong: Vec<_> = page.all(name, &[("query", "own/orders")]).filter(|sample| sample.value > 0.0).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
    let places: Vec<_> =
        page.all("pgvigil_query_last_success_timestamp_seconds", &[("query", "own/orders")]).map(|it| it.label("datname")).collect();
    assert_eq!(places, ["shop"]);
    let said = check(&config);
    assert!(!said.contains("own/orders"), "{said}");

    // Bound to another database, it leaves this one.
    let more = "override: { \"*\": { interval: 4s, timeout: 3s, enabled: true }, \"own/orders\": { databases: [stock] } }";
    let config = Config::default().line(more).directory(folder.path()).server("primary", &server);
    fs::write(exporter.config_file(), config.yaml(exporter.port)).expect("writable");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    exporter.await_page(SOON, "it is gone", |page| ensure(page.all("shop_orders", &[]).next().is_none(), || exporter.log()));
}

fn skipped(page: &Page, query: &str) -> Option<String> {
    let labels = [("query", query), ("datname", "shop")];
    let mut found = page.all("pgvigil_query_skipped", &labels).filter(|sample| sample.value == 1.0);
    found.next().map(|sample| sample.label("reason").to_owned())
}

/// Where it is not, the query is skipped with that reason; as soon as it is made, it is collected.
fn needs_of_a_table_and_a_function(major: u32) {
    let server = shop(major);
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir(folder.path().join("own")).expect("its own folder");
    let sql = |name: &str, from: &str| format!("SELECT o.status, count(*) AS shop_{name} FROM {from} AS o GROUP BY o.status");
    write(
        folder.path(),
        "own/table",
        "-- databases: shop\n-- needs: table public.\"Odd \"\"one\"\n",
        &sql("table", "public.\"Odd \"\"one\""),
    );
    write(
        folder.path(),
        "own/function",
        "-- databases: shop\n-- needs: function public.orders_of(int, character varying)\n",
        &sql("function", "public.orders_of(1, 'x')"),
    );
    let exporter = Exporter::start(&steady().directory(folder.path()).server("primary", &server), &[&server]);
    exporter.await_page(SOON, "both are skipped", |page| {
        let reasons = ["own/table", "own/function"].map(|query| skipped(page, query));
        ensure(reasons == [Some("relation".to_owned()), Some("function".to_owned())], || format!("{reasons:?}"))
    });
    server.psql().database("shop").run(
        "create table \"Odd \"\"one\" as select * from orders; grant select on \"Odd \"\"one\" to pgvigil;
         create function orders_of(text, int) returns setof orders language sql as 'select * from public.orders'",
    );
    let (page, ()) = exporter.await_page(SOON, "the table is read", |page| {
        let value = page.value("shop_table", &[("status", "open")]);
        ensure(value == Some(2.0), || format!("{value:?}"))
    });
    assert_eq!(skipped(&page, "own/function").as_deref(), Some("function"), "another one of that name is not it");
    server
        .psql()
        .database("shop")
        .run("create function orders_of(int, varchar) returns setof orders language sql as 'select * from public.orders'");
    exporter.await_value(SOON, "shop_function", &[("status", "open")], Some(2.0));
}

/// A body sees nothing but `pg_catalog`: the error says so, and where the table is.
#[test]
fn a_table_without_its_schema() {
    let server = shop(18);
    let folder = TempDir::new().expect("a temporary folder");
    write(folder.path(), "orders", "", "SELECT o.status, count(*) AS shop_orders\nFROM orders AS o GROUP BY o.status");
    let said = check(&steady().directory(folder.path()).server("primary", &server));
    assert!(said.contains("write `public.orders`") && said.contains("orders.sql:10:6"), "{said}");
    // The other two databases have none, and are told of together.
    assert!(said.contains("in database \"postgres\", \"stock\""), "{said}");
}

/// What a file would export, without a place for it in the configuration.
#[test]
fn one_file_is_tried() {
    let server = shop(18);
    let folder = TempDir::new().expect("a temporary folder");
    let url = [("DATABASE_URL", server.url())];
    let url: Vec<(&str, &str)> = url.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let file = folder.path().join("orders.sql").display().to_string();
    let try_it = |more: &[&str]| {
        let output = exporter::run(&[&["try", &file, "--database", "shop"], more].concat(), folder.path(), &url);
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
    };
    write(folder.path(), "orders", "", "SELECT o.status, count(*) AS shop_orders FROM public.orders AS o GROUP BY o.status;");
    let (works, said) = try_it(&["--explain"]);
    assert!(works && said.contains("status=\"open\"} 2") && said.contains("2 series") && said.contains("Buffers"), "{said}");
    write(
        folder.path(),
        "orders",
        "-- needs: table public.none\n",
        "SELECT o.status, count(*) AS shop_orders FROM public.none AS o GROUP BY 1",
    );
    let (works, said) = try_it(&[]);
    assert!(works && said.contains("skipped (relation)"), "{said}");
    write(folder.path(), "orders", "", "SELECT o.status, count(*) AS shop_order FROM public.orders AS o GROUP BY 1");
    let (works, said) = try_it(&[]);
    assert!(!works && said.contains("orders.sql:7:10") && said.contains("name it with AS"), "{said}");
    write(folder.path(), "orders", "", "SELECT 'x' AS status, now() AS shop_orders");
    let (works, said) = try_it(&[]);
    assert!(!works && said.contains("extract(epoch"), "{said}");
}
