//! A disk that is full: writes fail, and the metrics say where the room has gone.

use crate::faults::all_go_on;
use crate::support::exporter::Exporter;
use crate::support::server::{SMALL_DISK, Server};
use crate::support::vigil::{Vigil, steady, whole};

on_first_and_last!(tablespace_is_full);

fn tablespace_is_full(major: u32) {
    let Some(server) = Server::primary_with_small_disk(major) else {
        crate::support::not_run("only root may mount a disk");
        return;
    };
    let psql = server.psql();
    psql.run(&format!("create tablespace small location '{}'", server.disk().display()));
    // PLAIN, since these texts could be compressed to nothing.
    psql.run("create table filling (filler text) tablespace small; alter table filling alter filler set storage plain");
    let exporter = Exporter::start(&steady().server("primary", &server), &[&server]);
    let before = whole(&exporter, &["primary"]);
    let vigil = Vigil::over(&exporter, &["primary"]);
    let page = exporter.page();
    let (tablespace, database) = ([("spcname", "small")], [("datname", "postgres")]);
    assert!(page.value("pg_tablespace_size_bytes", &tablespace).is_some_and(|size| size < 1_000_000.0));
    let rollbacks = page.value("pg_stat_database_xact_rollback_total", &database).expect("a count");

    // Each row takes a page or two, and each statement some of the disk.
    let error = (0..100)
        .find_map(|_| psql.try_run("insert into filling select repeat('x', 7000) || g from generate_series(1, 100) g").err())
        .expect("the disk is full");
    assert!(error.contains("No space left on device"), "{error}");
    // Directories have a size, too, and take no room.
    let full = f64::from(SMALL_DISK) * 0.95..f64::from(SMALL_DISK) * 1.01;
    exporter.shows("pg_tablespace_size_bytes", &tablespace, |bytes| full.contains(&bytes));
    exporter.shows("pg_table_size_bytes", &[("relname", "filling")], |bytes| full.contains(&bytes));
    psql.await_true(&format!("select xact_rollback > {rollbacks} from pg_stat_database where datname = 'postgres'"));
    exporter.shows("pg_stat_database_xact_rollback_total", &database, |count| count > rollbacks);
    all_go_on(&exporter, &exporter.page(), "primary");
    assert_eq!(exporter.page().value("pg_up", &[]), Some(1.0));

    psql.run("drop table filling; create table filling (filler text) tablespace small");
    vigil.ends();
    exporter.shows("pg_tablespace_size_bytes", &tablespace, |bytes| bytes < 1_000_000.0);
    vigil.all_back(&before, |_| false);
}
