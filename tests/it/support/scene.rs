//! What makes the views worth reading: somebody who blocks, somebody who waits, somebody who has been idle for too long.

use std::time::Duration;

use super::psql::Session;
use super::server::Server;
use super::{ensure, eventually, project};

/// The sessions of the scene; they stay as they are until this is dropped.
pub struct Scene {
    _sessions: Vec<Session>,
}

/// The objects of `tests/values/setup.sql` in two databases: tables and databases with odd names, statements, slots.
pub fn set_up(primary: &Server) {
    primary.psql().run(&format!("create database \"{}\"", OTHER.replace('"', "\"\"")));
    let script = format!("\\i '{}'", project().join("tests/values/setup.sql").display());
    let other = primary.psql().database(OTHER);
    other.run(&script);
    // A logical slot waits for every open transaction of the server, so also for one that the script has prepared.
    other.run("select format('rollback prepared %L', gid) from pg_prepared_xacts where database = current_database() \\gexec");
    primary.psql().run(&script);
}

/// A second database, as most servers have several.
const OTHER: &str = "other \"one\"";

/// A tree of three: `root` holds a row, `middle` holds another one and waits for the first, `leaf` waits for the second.
/// Beside them a session that is idle in its transaction, and a prepared transaction that holds a lock, for which two queues wait.
pub fn play(primary: &Server) -> Scene {
    let psql = primary.psql();
    psql.run(
        "create table if not exists scene (id int primary key, n int default 0);
         insert into scene (id) values (1), (2), (3), (4) on conflict do nothing;
         create table if not exists prepared (id int);
         begin; lock table prepared in access exclusive mode; prepare transaction 'scene'",
    );
    let mut root = psql.application("root").session();
    root.run("begin");
    root.run("update scene set n = n + 1 where id = 1");
    let mut middle = psql.application("middle").session();
    middle.run("begin");
    middle.run("update scene set n = n + 1 where id = 2");
    middle.start("update scene set n = n + 1 where id = 1");
    let mut leaf = psql.application("leaf").session();
    leaf.start("update scene set n = n + 1 where id = 2");
    let mut queue: Vec<Session> = (0..3).map(|_| psql.application("waiter").session()).collect();
    queue[0].start("select count(*) from prepared");
    queue[1].start("select count(*) from prepared");
    queue[2].start("begin; lock table prepared in share mode");
    let mut idle = psql.application("idle").session();
    idle.run("begin");
    idle.run("select 1");

    eventually(Duration::from_secs(10), "five sessions wait for locks", || {
        let count = psql.run("select count(*) from pg_stat_activity where wait_event_type = 'Lock'");
        ensure(count == "5", || count)
    });
    queue.extend([root, middle, leaf, idle]);
    Scene { _sessions: queue }
}
