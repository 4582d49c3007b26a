//! A chain on which each thing that a board can show is there once: waits and locks, commands under way, slots, a failing archive, a subscription
//! with conflicts, statements that read, sort and write, settings that want a look.

use std::fs;
use std::process::Command;

use crate::alerts_live::sessions;
use crate::progress::{self, UnderWay};
use crate::support::mount::Disk;
use crate::support::psql::{Psql, Session};
use crate::support::scene::{self, Scene};
use crate::support::server::{Server, Stop};

/// Little memory, so that there are reads, and limits that are reached soon.
const SETTINGS: &[(&str, &str)] = &[
    ("autovacuum", "off"),
    ("shared_buffers", "2MB"),
    ("archive_mode", "on"),
    ("archive_command", "true"),
    ("full_page_writes", "off"),
    ("max_slot_wal_keep_size", "1GB"),
    ("log_min_duration_statement", "1min"),
    ("pg_stat_statements.max", "100"),
];

/// Statements that are tracked although the scene has left new sessions without, and that need more than they may have.
const WORK: &str = "
    set pg_stat_statements.track = 'all'; set work_mem = '64kB';
    set min_parallel_table_scan_size = 0; set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set max_parallel_workers_per_gather = 20;
    select count(*) from big where filler < 'y'; select count(*) from (select filler from big order by filler, id offset 1) sorted;
    insert into written select generate_series(1, 1000); select pg_logical_emit_message(true, 'tests', 'x')";

pub struct Everything {
    pub primary: Server,
    pub standby: Server,
    pub subscriber: Server,
    _scene: Scene,
    _under_way: UnderWay,
    _sessions: Vec<Session>,
    /// A disk that fills up, where somebody may mount one; else it is up to the machine whether one does.
    pub disk: Option<Disk>,
}

impl Everything {
    /// What lasts.
    pub fn stand(major: u32) -> Self {
        let primary = Server::primary_with(major, SETTINGS);
        let psql = primary.psql();
        psql.run(
            "create table big as select id, repeat('x', 100) filler from generate_series(1, 60000) id; create table written (id int);
             create table followed (id int primary key); create publication followed for table followed;
             create role limited connection limit 1;
             alter table big add constraint positive check (id > 0) not valid;
             alter table big set (parallel_workers = 20)",
        );
        psql.run("select pg_create_logical_replication_slot('spilling', 'pgoutput')");
        // Before there are transactions that stay open, for which a logical slot would wait.
        let mut subscriber = Server::primary_with(major, &[("autovacuum_naptime", "1s")]);
        damage(&mut subscriber);
        let disk = Disk::new(64);
        let space = disk.as_ref().map_or_else(|| subscriber.folder().join("space"), Disk::path).display().to_string();
        subscriber.psql().run(&format!("copy (select) to program 'mkdir -p {space}'"));
        subscriber.psql().run(&format!("create tablespace space location '{space}'"));
        subscriber.psql().run("create table filling (filler text) tablespace space");
        changed_since_its_analyze(&subscriber.psql());
        subscriber.psql().run("create table followed (id int primary key)");
        let create = "create subscription followed connection 'host=127.0.0.1 port={} user=postgres dbname=postgres' publication followed";
        subscriber.psql().run(&create.replace("{}", &primary.port.to_string()));
        subscriber.psql().await_true("select bool_and(srsubstate = 'r') from pg_subscription_rel");
        psql.run("select pg_switch_wal()");
        psql.await_true("(select archived_count > 0 from pg_stat_archiver)");
        set(&psql, "archive_command = 'false'");
        set(&psql, "max_connections = 1000");
        scene::set_up(&primary);
        let standby = primary.standby();
        set(&standby.psql(), "hot_standby_feedback = on");
        let scene = scene::play(&primary);
        psql.run(progress::TABLES);
        let under_way = progress::begin(&primary);
        let mut sorting = psql.session();
        sorting.run("begin");
        sorting.run("set local work_mem = '64kB'");
        sorting.run("declare sorted cursor for select * from big order by filler, id");
        sorting.run("fetch 1 from sorted");
        let mut parallel = psql.session();
        parallel.run("set parallel_setup_cost = 0");
        parallel.run("set parallel_tuple_cost = 0");
        parallel.run("set max_parallel_workers_per_gather = 2");
        parallel.start("select count(*) from big where pg_sleep(1) is not null");
        psql.run("select pg_switch_wal()");
        Self { primary, standby, subscriber, _scene: scene, _under_way: under_way, _sessions: vec![sorting, parallel], disk }
    }

    /// What is seen as a change only: to be called when the counters are known.
    pub fn happen(&self) {
        let psql = self.primary.psql();
        sessions::deadlock(&psql);
        self.subscriber.psql().run("insert into followed values (1)");
        self.subscriber.psql().try_run("select * from damaged").expect_err("the checksum is wrong");
        psql.run("insert into followed values (1)");
        // Each is another statement, and there is room for a hundred.
        psql.run(
            "set pg_stat_statements.track = 'all';
             do $$ begin for i in 1..150 loop execute 'select ' || repeat('1, ', i) || '1'; end loop; end $$",
        );
        // More subtransactions than there are buffers for, and somebody who asks which of them is whose; where nobody has to decode them.
        let subscriber = self.subscriber.psql();
        subscriber.run("create table nested (id int)");
        let mut nesting = subscriber.session();
        nesting.run("begin");
        nesting.run("do $$ begin for i in 1..150000 loop begin insert into nested values (i); exception when others then null; end; end loop; end $$");
        subscriber.run("select count(*) from nested");
        nesting.run("rollback");
        let options = "'proto_version', '1', 'publication_names', 'followed'";
        psql.run("insert into followed select generate_series(1000, 30000)");
        psql.run(&format!("set logical_decoding_work_mem = '64kB'; select count(*) from pg_logical_slot_get_binary_changes('spilling', null, null, {options})"));
    }

    /// What goes on.
    pub fn work(&self) {
        let psql = self.primary.psql();
        psql.run(WORK);
        // Slowly: the disk is full in an hour or so.
        self.subscriber.psql().run("insert into filling select repeat('x', 100) from generate_series(1, 200)");
        // Past the memory of the system, so that the disk has something to do.
        let file = self.primary.data().join(psql.run("select pg_relation_filepath('big')"));
        let read = Command::new("dd")
            .arg(format!("if={}", file.display()))
            .args(["of=/dev/null", "bs=8k", "iflag=direct", "status=none"])
            .status();
        assert!(read.is_ok_and(|status| status.success()), "dd reads {}", file.display());
    }
}

/// A bit of the table `damaged` is wrong on the disk, which nobody notices until it is read.
fn damage(server: &mut Server) {
    let psql = server.psql();
    psql.run("create table damaged as select 1 as i");
    let path = server.data().join(psql.run("select pg_relation_filepath('damaged')"));
    server.stop(Stop::Fast);
    let mut page = fs::read(&path).expect("a table of one page");
    page[8191] ^= 1;
    fs::write(&path, page).expect("as root or the server's user");
    server.start();
}

/// A table that has been analyzed by autovacuum, and has changed more than any other since.
fn changed_since_its_analyze(psql: &Psql) {
    psql.run("create table changed as select generate_series(1, 10000) id");
    psql.await_true("exists (select from pg_stat_user_tables where relname = 'changed' and last_autoanalyze is not null)");
    set(psql, "autovacuum = off");
    psql.await_true("current_setting('autovacuum') = 'off'");
    psql.run("insert into changed select generate_series(1, 500000)");
}

fn set(psql: &Psql, setting: &str) {
    psql.run(&format!("alter system set {setting}"));
    psql.run("select pg_reload_conf()");
}
