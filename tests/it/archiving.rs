//! WAL that cannot be archived fills the disk, and what is not archived cannot be restored.

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::Server;

on_first_and_last!(archive_command_fails);

fn archive_command_fails(major: u32) {
    let server = Server::primary_with(major, &[("archive_mode", "on"), ("archive_command", "true")]);
    let psql = server.psql();
    psql.run("create table written (id int); select pg_switch_wal()");
    psql.await_true("select archived_count > 0 and failed_count = 0 from pg_stat_archiver");
    let exporter = Exporter::start(&Config::prompt().server("primary", &server), &[&server]);
    let page = exporter.await_all(&["primary"]);
    assert_eq!(page.value("pg_stat_archiver_failed_total", &[]), Some(0.0));
    assert_eq!(page.value("pg_wal_archive_pending_segments", &[]), Some(0.0));
    assert_eq!(page.value("pg_wal_archive_oldest_pending_timestamp_seconds", &[]), None);
    let wal = page.value("pg_wal_size_bytes", &[]).expect("a size");

    psql.run("alter system set archive_command = 'false'; select pg_reload_conf()");
    psql.await_true("current_setting('archive_command') = 'false'");
    // Three files wait: the archiver tries the first one of them again and again.
    let since = psql.run("select extract(epoch from clock_timestamp())").parse().expect("seconds");
    for _ in 0..3 {
        psql.run("insert into written values (1); select pg_switch_wal()");
    }
    psql.await_true("(select count(*) = 3 from pg_ls_archive_statusdir() where name like '%.ready')");
    exporter.shows("pg_wal_archive_pending_segments", &[], |count| count == 3.0);
    exporter.shows("pg_wal_archive_oldest_pending_timestamp_seconds", &[], |oldest| oldest >= f64::floor(since));
    exporter.shows("pg_wal_size_bytes", &[], |size| size > wal);
    psql.await_true("select failed_count > 0 from pg_stat_archiver");
    exporter.shows("pg_stat_archiver_failed_total", &[], |count| count > 0.0);
    let failed = exporter.shows("pg_stat_archiver_last_failed_timestamp_seconds", &[], |failed| failed > since);
    exporter.shows("pg_stat_archiver_last_archived_timestamp_seconds", &[], |archived| archived < failed);

    // Once it is mended, nothing waits any more. The next file wakes the archiver, which else would rest for a minute.
    psql.run("alter system reset archive_command; select pg_reload_conf(); insert into written values (1); select pg_switch_wal()");
    psql.await_true("not exists (select from pg_ls_archive_statusdir() where name like '%.ready')");
    exporter.shows("pg_wal_archive_pending_segments", &[], |count| count == 0.0);
}
