//! What fills a disk, on one of the server's own.

use std::fs;

use super::{Chain, set};
use crate::support::config::Config;
use crate::support::server::{Server, Stop};
use crate::support::{Generation, process};

on_first_and_last!(faults_of_a_disk, a_large_table);

/// In MB and files: a fresh server with little WAL takes a fifth of it, and 1,500 files at most.
const DISK: (u32, u32) = (384, 2500);

fn faults_of_a_disk(major: u32) {
    const LITTLE_WAL: &[(&str, &str)] = &[("wal_keep_size", "0"), ("max_wal_size", "32MB"), ("min_wal_size", "32MB")];
    let mut server = Server::primary_with(major, LITTLE_WAL);
    let psql = server.psql();
    // For a standby that is not there.
    psql.run("select pg_drop_replication_slot('standby')");
    server.stop(Stop::Fast);
    let Some(disk) = server.move_to_disk(DISK.0, DISK.1) else { return };
    server.start();
    let chain = Chain::start(&Config::quick().without_detail().server("orders", &server), Generation::beside(major), &["orders"]);

    chain.follow(
        &[
            ("PostgresSlotRetainsWal", "chat", "times max_wal_size from being removed."),
            ("PostgresWalSizeHigh", "chat", "times what max_wal_size and wal_keep_size allow for"),
        ],
        || {
            psql.run("select pg_create_physical_replication_slot('held', true); create table written (i int)");
            psql.run(&"insert into written values (1); select pg_switch_wal();\n".repeat(6));
        },
        |()| {
            chain.is_silent("PostgresSlotLost");
            set(&psql, "max_slot_wal_keep_size = '16MB'");
            chain.letter(("PostgresSlotLost", "chat", "Slot held on orders is unreserved"));
            psql.run("checkpoint");
            chain.letter(("PostgresSlotLost", "database-pager", "Slot held on orders is lost: the WAL that its receiver needs is gone"));
            psql.run("select pg_drop_replication_slot('held')");
            chain.is_silent("PostgresSlotLost");
            psql.run("select pg_switch_wal(); checkpoint");
        },
    );
    chain.follow(
        &[("PostgresInodesLow", "chat", "of the inodes of ")],
        || {
            let folder = server.data().join("left_over");
            fs::create_dir(&folder).expect("as root");
            let full = (0..DISK.1).find(|file| fs::write(folder.join(file.to_string()), "").is_err());
            assert!(full.is_some(), "there was room for all of them");
            folder
        },
        |folder| fs::remove_dir_all(folder).expect("as root"),
    );
    chain.follow(
        &[
            ("PostgresDiskSpaceLow", "database-pager", "of orders is left. A full disk stops the server."),
            ("PostgresDiskFullSoon", "pager", "of orders will be full within hours."),
            ("PostgresDatabaseSizeHigh", "chat", "The databases of orders take 8"),
        ],
        // A row a page.
        || {
            psql.run(
                "create unlogged table filling (filler char(7000)); alter table filling alter filler set storage plain;
                     insert into filling select '' from generate_series(1, 38000)",
            )
        },
        |_| {
            psql.run("drop table filling; checkpoint");
            chain.sees("server_mountpoint:filesystem_avail_bytes:max > 2e8");
            chain.prometheus.forget("server_mountpoint:filesystem_avail_bytes:max");
        },
    );
    server.stop(Stop::Immediate);
    drop(disk);
}

/// Of 10 GB, most of which are holes: to the server they are empty pages.
fn a_large_table(major: u32) {
    const GIGABYTE: u64 = 1 << 30;
    let server = Server::primary(major);
    let psql = server.psql();
    psql.run("create table large as select 1 as i; checkpoint");
    let file = server.data().join(psql.run("select pg_relation_filepath('large')"));
    let chain = Chain::start(&Config::quick().without_detail().server("orders", &server), Generation::beside(major), &["orders"]);
    chain.follow(
        &[("PostgresTableLarge", "nobody", "public.large in postgres on orders takes 10GiB with its indexes.")],
        || {
            let segments = (1..10).map(|number| file.with_extension(number.to_string()));
            for path in [file.clone()].into_iter().chain(segments) {
                let segment = fs::File::options().create(true).append(true).open(&path).expect("as root or the server's user");
                segment.set_len(GIGABYTE).expect("a file with holes");
                if process::is_root() {
                    std::os::unix::fs::chown(&path, Some(process::id("-u postgres")), None).expect("as root");
                }
            }
        },
        |()| drop(psql.run("drop table large")),
    );
}
