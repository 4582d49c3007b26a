//! A session holds ACCESS EXCLUSIVE on a table, as each ALTER TABLE does, or waits for it. That is when pgvigil is needed,
//! and when others pile up behind the lock.

use crate::faults::all_go_on;
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually};

on_every_major!(access_exclusive);

fn has(page: &Page, name: &str, relname: &str) -> bool {
    page.all(name, &[("relname", relname)]).next().is_some()
}

fn access_exclusive(major: u32) {
    let server = Server::primary(major);
    server.psql().run(
        "create table altered (id int primary key, t text); insert into altered select g, g from generate_series(1, 99) g;
         create table other (id int primary key); insert into other select generate_series(1, 99); analyze",
    );
    let exporter = Exporter::start(&Config::quick().server("primary", &server), &[&server]);
    exporter.await_all(&["primary"]);
    exporter.await_page(SOON, "both tables are seen", |page| {
        let sizes = ["altered", "other"].map(|table| has(page, "pg_table_size_bytes", table));
        ensure(sizes == [true, true], || format!("{sizes:?}"))
    });

    let mut reader = server.psql().application("reader").session();
    reader.run("begin");
    reader.run("select count(*) from altered");
    let mut altering = server.psql().application("altering").session();
    altering.run("begin");
    altering.start("alter table altered add column n int");
    let waits = |wanted: &str| {
        eventually(SOON, &format!("waiting: {wanted}"), || {
            let waiting = server.psql().run("select count(*) from pg_locks where not granted");
            ensure(waiting == wanted, || waiting)
        });
    };
    waits("1");
    goes_on(&exporter, "while it is waited for");
    let blocked = exporter.page().sum("pg_blocked_backends", &[("server", "primary")]);
    assert_eq!(blocked, Some(1.0), "pgvigil itself is never among those that wait");

    reader.run("commit");
    waits("0");
    goes_on(&exporter, "while it is held");

    altering.run("commit");
    exporter.await_page(SOON, "the size is back", |page| ensure(has(page, "pg_table_size_bytes", "altered"), || "it is not".to_owned()));
    let errors: Vec<_> = exporter.page().all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).cloned().collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Everything is collected all the same, but for the size of that one table.
#[track_caller]
fn goes_on(exporter: &Exporter, when: &str) {
    all_go_on(exporter, &exporter.page(), "primary");
    let page = exporter.page();
    assert!(has(&page, "pg_stat_user_tables_n_live_tup", "altered"), "{when}");
    assert!(has(&page, "pg_stat_user_tables_n_live_tup", "other"), "{when}");
    assert!(has(&page, "pg_table_size_bytes", "other"), "{when}");
    assert!(has(&page, "pg_index_size_bytes", "other"), "{when}");
    assert!(!has(&page, "pg_table_size_bytes", "altered"), "nobody can know that size {when}");
}
