//! What a statement makes and mends.

use super::Chain;
use crate::support::Generation;
use crate::support::config::Config;
use crate::support::server::Server;

on_first_and_last!(faults_in_a_database);

struct Fault {
    alert: &'static str,
    receiver: &'static str,
    words: &'static str,
    make: &'static str,
    mend: &'static str,
}

const FAULTS: &[Fault] = &[
    Fault {
        alert: "PostgresSlotInactive",
        receiver: "chat",
        words: "Slot forgotten on orders has had no receiver",
        make: "select pg_create_physical_replication_slot('forgotten', true)",
        mend: "select pg_drop_replication_slot('forgotten')",
    },
    Fault {
        alert: "PostgresMigrationFailed",
        receiver: "database-mail",
        words: "in the history of schema public in postgres on orders: 1.",
        make: "create table flyway_schema_history (installed_rank int primary key, version text, description text, type text, script text,
                   checksum int, installed_by text, installed_on timestamp default now(), execution_time int, success boolean);
               insert into flyway_schema_history values (1, '1', 'orders', 'SQL', 'V1.sql', 0, 'checkout', default, 1, false);
               grant select on flyway_schema_history to pgvigil",
        mend: "delete from flyway_schema_history",
    },
    Fault {
        alert: "PostgresMigrationLockStuck",
        receiver: "chat",
        words: "in schema public of postgres on orders was taken 2h 0m",
        make: "create table databasechangelog (id varchar(255) not null, author varchar(255) not null, filename varchar(255) not null,
                   dateexecuted timestamp not null, orderexecuted int not null, exectype varchar(10) not null);
               create table databasechangeloglock (id int primary key, locked boolean not null, lockgranted timestamp, lockedby varchar(255));
               insert into databasechangeloglock values (1, true, now() - interval '2 hours', 'orders-7f (10.0.0.7)');
               grant select on databasechangelog, databasechangeloglock to pgvigil",
        mend: "update databasechangeloglock set locked = false, lockgranted = null, lockedby = null",
    },
    Fault {
        alert: "PostgresSequenceNearEnd",
        receiver: "pager",
        words: "Sequence public.narrow in postgres on orders has used 97.66% of its values",
        make: "create sequence narrow as smallint; grant select on narrow to pgvigil; select setval('narrow', 32000)",
        mend: "select setval('narrow', 1)",
    },
    Fault {
        alert: "PostgresPasswordExpiring",
        receiver: "chat",
        words: "The password of leaving on orders expires in 23h",
        make: "do $$ begin execute format('create role leaving login valid until %L', now() + interval '1 day'); end $$",
        mend: "drop role leaving",
    },
    Fault {
        alert: "PostgresIndexInvalid",
        receiver: "chat",
        words: "Indexes of postgres on orders that have been invalid for six hours: 1.",
        make: "create table twice as select 1 as i from generate_series(1, 2);
               \\set ON_ERROR_STOP off
               create unique index concurrently twice_i on twice (i);
               \\set ON_ERROR_STOP on",
        mend: "drop table twice",
    },
    // One that is not vacuumed and not analyzed, though both are due.
    Fault {
        alert: "PostgresAutovacuumOff",
        receiver: "chat",
        words: "Autovacuum does not run on orders",
        make: "alter system set autovacuum = off; select pg_reload_conf()",
        mend: "alter system set autovacuum = on; select pg_reload_conf()",
    },
    Fault {
        alert: "PostgresAutovacuumMissing",
        receiver: "chat",
        words: "public.churned in postgres on orders has 20 times the dead rows that make a vacuum due",
        make: "create table churned as select generate_series(1, 1000) as i; delete from churned",
        mend: "vacuum churned",
    },
    Fault {
        alert: "PostgresStatisticsStale",
        receiver: "nobody",
        words: "public.written in postgres on orders has 20 times the changes that make an analyze due",
        make: "create table written as select generate_series(1, 1000) as i",
        mend: "analyze",
    },
    // An entry of an index is as wide as its row.
    Fault {
        alert: "PostgresTableBloat",
        receiver: "chat",
        words: "of public.emptied in postgres on orders is empty.",
        make: "create unlogged table emptied as select lpad(i::text, 400, '0') as t from generate_series(1, 300000) as i;
               create index emptied_t on emptied (t);
               delete from emptied where t < lpad('290000', 400, '0');
               grant select on emptied to pgvigil; vacuum analyze emptied",
        mend: "vacuum full emptied; analyze emptied",
    },
    Fault {
        alert: "PostgresIndexBloat",
        receiver: "nobody",
        words: "of index public.emptied_t in postgres on orders is empty.",
        make: "",
        mend: "",
    },
    // What pg_database says is the truth for the server; it is mended as in earnest.
    Fault {
        alert: "PostgresWraparound",
        receiver: "pager",
        words: "Database postgres on orders has used 79.16% of its transaction numbers",
        make: "update pg_database set datfrozenxid = ((txid_current() - 1700000000) & 4294967295)::text::xid where datname = 'postgres'",
        mend: "vacuum",
    },
    Fault {
        alert: "PostgresMultixactWraparound",
        receiver: "pager",
        words: "Database postgres on orders has used 79.16% of its multixacts",
        make: "update pg_database set datminmxid = ((1 - 1700000000::bigint) & 4294967295)::text::xid where datname = 'postgres'",
        mend: "vacuum",
    },
];

/// A statement that makes the transactions that freezing is due after half of.
const MANY_TRANSACTIONS: &str = "do $$ begin for i in 1..52000 loop perform txid_current(); commit; end loop; end $$";

const HELD_BACK: Fault = Fault {
    alert: "PostgresVacuumHeldBack",
    receiver: "chat",
    words: "Dead rows on orders cannot be removed since something of kind prepared may still need them",
    make: "create table held (i int); begin; insert into held values (1); prepare transaction 'held'",
    mend: "rollback prepared 'held'",
};

/// Of 15 and later.
const COLLATION: Fault = Fault {
    alert: "PostgresCollationMismatch",
    receiver: "chat",
    words: "Database sorted on orders was made with another version of the collation",
    make: "create database sorted template template0 locale_provider icu icu_locale 'en';
           update pg_database set datcollversion = '1' where datname = 'sorted'",
    mend: "alter database sorted refresh collation version",
};

fn faults_in_a_database(major: u32) {
    // The least that there is.
    let server = Server::primary_with(major, &[("autovacuum_freeze_max_age", "100000")]);
    let psql = server.psql();
    // For a standby that is not there.
    psql.run("select pg_drop_replication_slot('standby')");
    let chain = Chain::start(&Config::quick().without_detail().server("orders", &server), Generation::beside(major), &["orders"]);

    let collation = (major >= 15).then_some(&COLLATION);
    let faults: Vec<&Fault> = FAULTS.iter().chain([&HELD_BACK]).chain(collation).collect();
    let signs: Vec<_> = faults.iter().map(|fault| (fault.alert, fault.receiver, fault.words)).collect();
    let run = |scripts: &[&str]| {
        for script in scripts {
            psql.run(script);
        }
    };
    let makes: Vec<_> = faults.iter().map(|fault| fault.make).chain([MANY_TRANSACTIONS]).collect();
    let mends: Vec<_> = faults.iter().rev().map(|fault| fault.mend).collect();
    chain.follow(&signs, || run(&makes), |()| run(&mends));
}
