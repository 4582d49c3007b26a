//! No two rows of a query are one series, whatever a database holds.

use std::process::Stdio;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::process::{self, User};
use crate::support::psql::{Psql, program};
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually};

on_every_major!(every_series_is_there_once);

/// Series that were left out since several rows had their labels.
pub fn duplicates(page: &Page) -> Vec<String> {
    let duplicates = page.all("pgvigil_query_series_duplicate", &[]).filter(|sample| sample.value > 0.0);
    duplicates.map(|sample| format!("{} of {} in {:?}", sample.value, sample.label("query"), sample.label("datname"))).collect()
}

/// An index of a table and one of its TOAST table that REINDEX CONCURRENTLY has built and then not dropped: a session that was in a transaction
/// kept it waiting until it was cancelled.
fn interrupt_a_reindex(psql: &Psql) {
    psql.run("create table reindexed (id int primary key, v text); create index on reindexed (v); insert into reindexed select g, repeat('x', 99) from generate_series(1, 99) g");
    let mut reader = psql.session();
    reader.run("begin");
    reader.run("select count(*) from reindexed");
    let mut reindex = psql.application("reindex").session();
    reindex.start("reindex table concurrently reindexed");
    eventually(SOON, "it waits for the reader", || {
        let pid = psql.run("select pid from pg_stat_activity where application_name = 'reindex' and wait_event_type = 'Lock'");
        let made = psql.run(&format!("select count(*) from pg_index where not indisvalid and indrelid in {OF_IT}"));
        ensure(!pid.is_empty() && made.parse().is_ok_and(|made: u32| made >= 3), || format!("{pid:?}, {made} indexes"))?;
        psql.run(&format!("select pg_cancel_backend({pid})"));
        Ok(())
    });
    eventually(SOON, "it has ended", || {
        let rest = psql.run("select count(*) from pg_stat_activity where application_name = 'reindex' and state = 'active'");
        ensure(rest == "0", || rest)
    });
    reader.run("commit");
    let twins = psql.run(&format!(
        "select count(*) from pg_index i join pg_class c on c.oid = i.indrelid and c.relkind = 't' where i.indrelid in {OF_IT}"
    ));
    assert_eq!(twins, "2", "the TOAST table has a second index");
}

const OF_IT: &str = "(select unnest(array[oid, reltoastrelid]) from pg_class where relname = 'reindexed')";

/// A role and a database that are named as those that were dropped are called.
fn reuse_the_names_of_the_dropped(psql: &Psql) {
    psql.run("create role dropped superuser; grant all on schema public to dropped");
    let oid = psql.run("select oid from pg_roles where rolname = 'dropped'");
    let heavy = "select count(*) from generate_series(1, 200000)";
    psql.run(&format!("set role dropped; {heavy}; reset role; revoke all on schema public from dropped; drop role dropped"));
    let namesake = format!("\"unknown (OID={oid})\"");
    psql.run(&format!("create role {namesake} superuser; set role {namesake}; {heavy}"));
}

fn every_series_is_there_once(major: u32) {
    let server = Server::primary_with(major, &[("autovacuum", "off")]);
    let psql = server.psql();
    interrupt_a_reindex(&psql);
    reuse_the_names_of_the_dropped(&psql);
    // A sender of WAL that holds slots beside the one that it streams from: each temporary one is shown as used by it.
    let mut sender = process::command(program(), User::Same, "KILL");
    sender.args([
        "-XAtq",
        "-h",
        &psql.host,
        "-p",
        &psql.port.to_string(),
        "-U",
        "postgres",
        "replication=true dbname=postgres application_name=holder",
    ]);
    let mut sender = sender.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("psql");
    let mut to = sender.stdin.take().expect("a pipe");
    std::io::Write::write_all(
        &mut to,
        b"CREATE_REPLICATION_SLOT one TEMPORARY PHYSICAL; CREATE_REPLICATION_SLOT two TEMPORARY PHYSICAL;\n",
    )
    .expect("psql reads");
    eventually(SOON, "it holds both", || {
        let held = psql.run("select count(*), count(distinct active_pid) from pg_replication_slots where temporary");
        ensure(held == "2\u{1f}1", || held)
    });

    let exporter = Exporter::start(&Config::once().server("db", &server), &[&server]);
    let page = exporter.await_all(&["db"]);
    assert_eq!(duplicates(&page), [""; 0], "{}", exporter.log());
    let of_table = [("relname", "reindexed")];
    assert_eq!(page.all("pg_statio_user_tables_heap_blks_hit_total", &of_table).count(), 1);
    // Each number is that of the view, of whose rows the indexes of the TOAST table are added up.
    let view = psql.rows("select max(heap_blks_hit), max(idx_blks_hit), max(toast_blks_hit), sum(tidx_blks_hit) from pg_statio_user_tables where relname = 'reindexed'");
    for (column, value) in ["heap", "idx", "toast", "tidx"].iter().zip(&view[0]) {
        let shown = page.value(&format!("pg_statio_user_tables_{column}_blks_hit_total"), &of_table);
        assert!(shown.is_some_and(|shown| shown > 0.0 || *column == "toast" || *column == "tidx"), "{column}: {shown:?}, {value}");
        assert!(shown <= value.parse().ok(), "{column}: {shown:?}, {value}");
    }
    assert_eq!(page.value("pg_indexes_invalid", &[("datname", "postgres")]), Some(2.0));
    let _ = sender.kill();
    let _ = sender.wait();
}
