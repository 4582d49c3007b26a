//! What only PostgreSQL 19 has, and only while it lasts.

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, has_server};
use crate::values::held_against;

/// A REPACK that waits for a reader, a VACUUM that waits for a cursor, and a table that is due and cannot be vacuumed.
#[test]
fn what_runs_and_what_is_due() {
    if !has_server(19) {
        return;
    }
    // Autovacuum is on, else nothing were due.
    let server = Server::primary_with(19, &[("autovacuum_naptime", "24d")]);
    let psql = server.psql();
    psql.run(
        "create table repacked (id int primary key); insert into repacked select generate_series(1, 4000);
         create table pinned as select g from generate_series(1, 100) g;
         create table due as select g from generate_series(1, 1000) g; delete from due where g > 300",
    );
    let mut holder = psql.application("holder").session();
    holder.run("begin");
    holder.run("select count(*) from repacked");
    holder.run("lock table due in share update exclusive mode");
    let mut repack = psql.application("repack").session();
    repack.start("repack (concurrently) repacked");
    let waits = |wanted: &str, query: &str| {
        eventually(SOON, wanted, || {
            let answer = psql.run(query);
            ensure(answer == wanted, || answer)
        });
    };
    waits("catch-up relation", "select phase || ' ' || wait_event from pg_stat_progress_repack join pg_stat_activity using (pid)");
    let mut cursor = psql.application("cursor").session();
    cursor.run("begin");
    cursor.run("declare c cursor for select * from pinned");
    cursor.run("fetch c");
    let mut vacuum = psql.application("vacuum").session();
    vacuum.start("vacuum (freeze) pinned");
    waits("aggressive Buffer", "select mode || ' ' || wait_event_type from pg_stat_progress_vacuum join pg_stat_activity using (pid)");

    let exporter = Exporter::start(&Config::once().server("primary", &server), &[&server]);
    let page = exporter.await_all(&["primary"]);
    for query in ["progress/cluster", "progress/count", "progress/repack", "progress/vacuum", "tables/autovacuum_scores"] {
        assert_eq!(held_against(&page, "primary", &server, query).1, Vec::<String>::new());
    }
    for (metric, label, value) in [
        ("pg_stat_progress_cluster_tuples_written", ("command", "REPACK"), 4000.0),
        ("pg_stat_progress_repack_tuples_inserted", ("command", "REPACK"), 4000.0),
        ("pg_stat_progress_vacuum_to_prevent_wraparound", ("mode", "aggressive"), 0.0),
        ("pg_stat_autovacuum_scores_do_vacuum", ("relname", "due"), 1.0),
        ("pg_stat_autovacuum_scores_do_analyze", ("relname", "due"), 1.0),
    ] {
        assert_eq!(page.value(metric, &[label]), Some(value), "{metric}");
    }
}
