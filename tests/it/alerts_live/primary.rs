//! What happens to a server as a whole.

use std::fs;
use std::time::{Duration, SystemTime};

use super::{Chain, SOON, set};
use crate::support::config::Config;
use crate::support::server::{Server, Stop};
use crate::support::{Generation, eventually};

on_first_and_last!(faults_of_a_primary);

fn faults_of_a_primary(major: u32) {
    let mut server = Server::primary_with(major, &[("archive_mode", "on"), ("archive_command", "true")]);
    let psql = server.psql();
    let chain = Chain::start(&Config::quick().without_detail().server("orders", &server), Generation::beside(major), &["orders"]);

    chain.follow(
        &[
            ("PostgresWalArchiveFailing", "database-pager", "The archiver of orders fails"),
            ("PostgresWalArchiveDelayed", "database-pager", "that is not archived has been waiting for 20m"),
            ("PostgresLoginFailing", "pager", "Fresh logins to orders have failed"),
        ],
        || {
            set(&psql, "archive_command = 'false'");
            psql.run("create table archived (id int); select pg_switch_wal()");
            has_waited_for_20_minutes(&server);
            server.set_hba("local all all trust\nhost all all all reject\n");
        },
        |()| {
            server.set_hba("local all all trust\nhost all all all trust\n");
            set(&psql, "archive_command = 'true'");
            psql.run("insert into archived values (1); select pg_switch_wal()");
        },
    );
    psql.run("create table damaged as select 1 as i; checkpoint");
    let damaged = server.data().join(psql.run("select pg_relation_filepath('damaged')"));
    chain.follow(
        &[
            ("PostgresRestarted", "chat", "Restarts of orders lately: 3."),
            ("PostgresChecksumFailures", "database-pager", "ago in database postgres of orders. Fail over to a standby"),
        ],
        || {
            chain.follow(
                &[("PostgresDown", "pager", "pgvigil has had no answer from orders for a minute")],
                || {
                    server.stop(Stop::Fast);
                    // A bit on the disk, which nobody notices until the page is read.
                    let mut page = fs::read(&damaged).expect("a table of one page");
                    page[8191] ^= 1;
                    fs::write(&damaged, page).expect("as root or the server's user");
                    &mut server
                },
                Server::start,
            );
            // The one before has to be seen, or two of them look like one.
            for restarts in 1..=2 {
                chain.sees(&format!("changes(pg_postmaster_start_time_seconds[15m]) == {restarts}"));
                server.stop(Stop::Fast);
                server.start();
            }
            psql.try_run("select * from damaged").expect_err("the checksum is wrong")
        },
        |_| {
            psql.run("drop table damaged; select pg_stat_reset()");
            chain.prometheus.forget("pg_postmaster_start_time_seconds");
        },
    );
}

/// The file that tells of a WAL file that waits for the archiver is as old as if it had waited for so long.
fn has_waited_for_20_minutes(server: &Server) {
    let folder = server.data().join("pg_wal/archive_status");
    let ready = eventually(SOON, "a file waits", || {
        let mut files = fs::read_dir(&folder).expect("its folder").filter_map(|entry| Some(entry.ok()?.path()));
        files.find(|path| path.extension().is_some_and(|extension| extension == "ready")).ok_or_else(|| "none".to_owned())
    });
    let file = fs::File::options().write(true).open(ready).expect("as root or the server's user");
    file.set_modified(SystemTime::now() - Duration::from_mins(20)).expect("its own file");
}
