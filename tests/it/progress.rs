//! Every command that reports its progress, caught half way and held there, so that the page can be held against the views.

use std::process::{Child, Stdio};

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::process::{self, User};
use crate::support::psql::{self, Psql, Session};
use crate::support::server::{Server, Suspended};
use crate::support::{SOON, ensure, eventually};
use crate::values;

on_every_major!(every_command_under_way);

/// Tables of a thousand rows in some 140 pages. What calls `wait` waits at the row 500 until the gate is opened.
pub const TABLES: &str = "
    create function wait(id int) returns int immutable language plpgsql as
        $$ begin if id = 500 then perform pg_advisory_xact_lock_shared(1); end if; return id; end $$;
    create function wait() returns trigger language plpgsql as $$ begin perform public.wait(new.id); return new; end $$;
    select format('create table %I (id int primary key, filler text); insert into %1$I select g, repeat(''x'', 1000) from generate_series(1, 1000) g', name)
    from unnest('{vacuumed,analyzed,indexed,concurrent,rewritten,clustered}'::text[]) name \\gexec
    delete from vacuumed where id % 2 = 0;
    create index on rewritten (wait(id));
    create index on clustered (wait(id));
    create table loaded (id int);
    create table copied (id int);
    create trigger wait before insert on copied for each row execute function wait()";

/// One page, then 400 ms of sleep: long enough to be caught.
const SLOWLY: &str = "set vacuum_cost_delay = 100; set vacuum_cost_limit = 1; set vacuum_cost_page_hit = 10000;
    set vacuum_cost_page_miss = 10000; set vacuum_cost_page_dirty = 10000";

/// What is under way, as long as this lives.
pub struct UnderWay {
    _sessions: Vec<Session>,
    _suspended: Vec<Suspended>,
    backup: Child,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.backup.kill();
        let _ = self.backup.wait();
    }
}

fn every_command_under_way(major: u32) {
    let server = Server::primary_with(major, &[("autovacuum", "off")]);
    let psql = server.psql();
    psql.run(TABLES);
    let _under_way = begin(&server);
    let commands = if major < 14 { "" } else { "union all select 'copy', to_jsonb(p) from pg_stat_progress_copy p" };
    let all = format!(
        "select 'vacuum' command, to_jsonb(p) - 'delay_time' progress from pg_stat_progress_vacuum p
         union all select 'analyze', to_jsonb(p) - 'delay_time' from pg_stat_progress_analyze p
         union all select 'create_index', to_jsonb(p) from pg_stat_progress_create_index p
         union all select 'cluster', to_jsonb(p) from pg_stat_progress_cluster p
         union all select 'basebackup', to_jsonb(p) from pg_stat_progress_basebackup p {commands}"
    );
    stand_still(&psql, &all);

    let exporter = Exporter::start(&Config::once().server("primary", &server), &[&server]);
    let page = exporter.await_all(&["primary"]);
    let mut wrong = Vec::new();
    for query in ["vacuum", "analyze", "create_index", "cluster", "basebackup", "copy", "count", "delay"] {
        if (query == "copy" && major < 14) || (query == "delay" && major < 18) {
            continue;
        }
        let (rows, faults) = values::held_against(&page, "primary", &server, &format!("progress/{query}"));
        assert!(rows > 1, "{query} is not under way");
        wrong.extend(faults);
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Half way, each in its own terms.
    let within = |name: &str, labels: &[(&str, &str)]| {
        let value = page.value(name, labels);
        assert!(value.is_some_and(|ratio| ratio > 0.0 && ratio < 1.0), "{name} {labels:?} {value:?}");
    };
    within("pg_stat_progress_vacuum_ratio", &[("phase", "scanning heap")]);
    within("pg_stat_progress_analyze_ratio", &[("phase", "acquiring sample rows")]);
    within("pg_stat_progress_create_index_ratio", &[("command", "CREATE INDEX")]);
    within("pg_stat_progress_basebackup_ratio", &[("phase", "streaming database files")]);
    assert_eq!(page.value("pg_stat_progress_create_index_lockers", &[("command", "CREATE INDEX CONCURRENTLY")]), Some(1.0));
    for command in ["VACUUM FULL", "CLUSTER"] {
        assert_eq!(page.value("pg_stat_progress_cluster_tuples_written", &[("command", command)]), Some(1000.0));
        assert_eq!(page.value("pg_stat_progress_cluster_index_rebuild_count", &[("command", command)]), Some(1.0));
    }
    if major >= 14 {
        within("pg_stat_progress_copy_ratio", &[("type", "FILE")]);
        assert!(page.value("pg_stat_progress_copy_tuples_processed", &[("type", "PIPE")]).is_some_and(|rows| rows > 0.0));
    }
    if major >= 18 {
        assert!(page.value("pg_stat_progress_vacuum_delay_seconds", &[]).is_some_and(|seconds| seconds > 0.0));
    }
}

/// Starts everything, each in a session of its own, and waits until it is where it is to be held.
pub fn begin(server: &Server) -> UnderWay {
    let psql = server.psql();
    let mut sessions = Vec::new();
    let mut in_session = |before: &str, statement: &str| {
        let mut session = psql.session();
        session.run(before);
        session.start(statement);
        sessions.push(session);
    };
    let file = server.folder().join("rows");
    psql.run(&format!("copy (select generate_series(1, 20000)) to '{}'", file.display()));
    in_session("select pg_advisory_lock(1)", "select 'the gate is shut'");
    in_session("begin", "update concurrent set id = id where id = 1");
    psql.await_true("exists (select from pg_locks where locktype = 'advisory' and granted)");
    psql.await_true("exists (select from pg_locks where relation = 'concurrent'::regclass and mode = 'RowExclusiveLock')");
    in_session(SLOWLY, "vacuum vacuumed");
    in_session(SLOWLY, "analyze analyzed");
    in_session("select 1", "create index on indexed (wait(id))");
    in_session("select 1", "create index concurrently on concurrent (filler)");
    in_session("select 1", "vacuum full rewritten");
    in_session("select 1", "cluster clustered using clustered_pkey");
    in_session("select 1", &format!("copy copied from '{}'", file.display()));
    let mut pipe = psql.session();
    pipe.feed("copy loaded from stdin;\n");
    pipe.feed(&"12345678\n".repeat(5000));
    sessions.push(pipe);
    let backup = back_up(server);

    psql.await_true("select heap_blks_scanned between 3 and 100 and phase = 'scanning heap' from pg_stat_progress_vacuum");
    psql.await_true("select sample_blks_scanned between 3 and 100 and phase = 'acquiring sample rows' from pg_stat_progress_analyze");
    let sleepers = psql.rows("select pid from pg_stat_progress_vacuum union all select pid from pg_stat_progress_analyze").concat();
    let sleepers: Vec<u32> = sleepers.iter().map(|pid| pid.parse().expect("a pid")).collect();
    psql.await_true("select count(*) = 4 from pg_stat_activity where wait_event = 'advisory'");
    psql.await_true("exists (select from pg_stat_progress_create_index where lockers_total = 1)");
    psql.await_true("exists (select from pg_stat_progress_basebackup where phase = 'streaming database files')");
    UnderWay { _sessions: sessions, _suspended: vec![Suspended::new(&sleepers)], backup }
}

/// A base backup that nobody reads: it stands still once the pipe is full.
fn back_up(server: &Server) -> Child {
    let options = if server.major < 15 { "PROGRESS FAST" } else { "(PROGRESS, CHECKPOINT 'fast')" };
    let mut command = server.psql().application("backup").command(process::command(psql::program(), User::Same, "KILL"));
    command.args(["-d", "replication=1", "-c", &format!("BASE_BACKUP {options}")]).stdout(Stdio::piped());
    process::spawn(command)
}

fn stand_still(psql: &Psql, all: &str) {
    let digest = format!("select string_agg(command || progress, ' ' order by command || progress) from ({all}) progress");
    let mut last = (String::new(), 0);
    eventually(SOON, "all stand still", || {
        let now = psql.run(&digest);
        last = if now == last.0 { (now, last.1 + 1) } else { (now, 0) };
        ensure(last.1 > 10, || last.0.clone())
    });
}
