//! Alerts on their whole way: a fault in a real server, pgvigil, Prometheus with the rules of `alerts/`, Alertmanager, a mailbox.
//! Of the rules only the durations (`for`) are left out.

use std::fs;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::alertmanager::{Alertmanager, Mail};
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::pgbouncer::PgBouncer;
use crate::support::prometheus::Prometheus;
use crate::support::psql::Psql;
use crate::support::server::{Server, Stop};
use crate::support::{ensure, eventually, rules, tool};

on_first_and_last!(faults_in_a_database, faults_of_a_primary, faults_of_a_standby);

/// A login is tried every 30 s, and the machine is busy.
const SOON: Duration = Duration::from_secs(90);

/// Everything between a fault and a mailbox.
struct Chain {
    exporter: Exporter,
    prometheus: Prometheus,
    alertmanager: Alertmanager,
    _rules: TempDir,
}

impl Chain {
    fn start(config: &Config, watched: &[&Server]) -> Self {
        let rules = hasty_rules();
        let exporter = Exporter::start(config, watched);
        let alertmanager = Alertmanager::start(&tool("alertmanager").expect("Alertmanager is installed"));
        let prometheus = tool("prometheus").expect("Prometheus is installed");
        let prometheus = Prometheus::start_with_rules(prometheus, exporter.port, rules.path(), alertmanager.port);
        Self { exporter, prometheus, alertmanager, _rules: rules }
    }

    fn firing(&self, alert: &str) -> Result<bool, String> {
        let firing = self.prometheus.query(&format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}"))?;
        Ok(!firing.is_empty())
    }

    #[track_caller]
    fn is_silent(&self, alert: &str) {
        eventually(SOON, &format!("{alert} is silent"), || ensure(!self.firing(alert)?, || "it fires".to_owned()));
    }

    #[track_caller]
    fn fires(&self, alert: &str) {
        eventually(SOON, &format!("{alert} fires"), || ensure(self.firing(alert)?, || self.exporter.log()));
    }

    /// The letter that has come to a receiver with this alert.
    #[track_caller]
    fn letter(&self, alert: &str, receiver: &str) -> Mail {
        eventually(SOON, &format!("{alert} comes to {receiver}"), || {
            let mails = self.alertmanager.mails();
            let wanted = |mail: &&Mail| mail.receiver == receiver && mail.alert["labels"]["alertname"] == alert;
            mails.iter().find(wanted).cloned().ok_or_else(|| format!("{} other letters", mails.len()))
        })
    }

    #[track_caller]
    fn is_held_back(&self, alert: &str, severity: &str) {
        eventually(SOON, &format!("{alert} ({severity}) is held back"), || {
            ensure(self.alertmanager.inhibits(alert, severity)?, || "it is told".to_owned())
        });
    }

    /// Silent before the fault, firing during it, told to this receiver with these words, silent after it.
    #[track_caller]
    fn follow<T>(&self, alert: &str, receiver: &str, words: &str, make: impl FnOnce() -> T, mend: impl FnOnce(T)) {
        self.is_silent(alert);
        let fault = make();
        self.fires(alert);
        let annotations = &self.letter(alert, receiver).alert["annotations"];
        let description = annotations["description"].as_str().unwrap_or_default();
        assert!(description.contains(words), "{alert} says: {description}");
        assert!(annotations["summary"].is_string() && annotations["dashboard_url"].is_string(), "{alert}: {annotations}");
        let runbook = annotations["runbook_url"].as_str().unwrap_or_default();
        assert!(runbook.ends_with(&format!("/{alert}.md")), "{alert}: {runbook}");
        mend(fault);
        self.is_silent(alert);
    }
}

/// The rules as they are, but for how long a condition has to last.
fn hasty_rules() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for file in rules::files("alerts") {
        let text = fs::read_to_string(&file).expect("a rule file");
        let hasty: String = text.lines().filter(|line| !line.starts_with("        for: ")).flat_map(|line| [line, "\n"]).collect();
        fs::write(folder.path().join(file.file_name().expect("a name")), hasty).expect("its own folder");
    }
    folder
}

/// Those that are made and mended by a statement.
fn faults_in_a_database(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    // The scene's own is for a standby that is not there.
    psql.run("select pg_drop_replication_slot('standby')");
    let chain = Chain::start(&Config::quick().server("orders", &server), &[]);
    chain.exporter.await_all(&["orders"]);

    let run = |script: &'static str| {
        let psql = psql.clone();
        move || drop(psql.run(script))
    };
    let undo = |script: &'static str| {
        let psql = psql.clone();
        move |()| drop(psql.run(script))
    };
    chain.follow(
        "PostgresSlotInactive",
        "chat",
        "Slot forgotten on orders has had no receiver",
        run("select pg_create_physical_replication_slot('forgotten', true)"),
        undo("select pg_drop_replication_slot('forgotten')"),
    );
    chain.follow(
        "PostgresAutovacuumOff",
        "chat",
        "does not run on orders",
        || set(&psql, "autovacuum = off"),
        |()| set(&psql, "autovacuum = on"),
    );
    chain.follow(
        "PostgresMigrationFailed",
        "database-mail",
        "in the history of schema public in postgres on orders: 1.",
        run("create table flyway_schema_history (installed_rank int primary key, version text, description text, type text, script text,
                 checksum int, installed_by text, installed_on timestamp default now(), execution_time int, success boolean);
             insert into flyway_schema_history values (1, '1', 'orders', 'SQL', 'V1.sql', 0, 'checkout', default, 1, false);
             grant select on flyway_schema_history to pgvigil"),
        undo("delete from flyway_schema_history"),
    );
    chain.follow(
        "PostgresSequenceNearEnd",
        "pager",
        "has used 97.66% of its values",
        run("create sequence narrow as smallint; grant select on narrow to pgvigil; select setval('narrow', 32000)"),
        undo("select setval('narrow', 1)"),
    );
    chain.follow(
        "PostgresPasswordExpiring",
        "chat",
        "The password of leaving on orders expires in 23h",
        run("do $$ begin execute format('create role leaving login valid until %L', now() + interval '1 day'); end $$"),
        undo("drop role leaving"),
    );
    chain.follow(
        "PostgresIndexInvalid",
        "chat",
        "Indexes of postgres on orders that have been invalid for six hours: 1.",
        || {
            psql.run("create table twice as select 1 as i from generate_series(1, 2)");
            psql.try_run("create unique index concurrently twice_i on twice (i)").expect_err("there are duplicates")
        },
        |_| drop(psql.run("drop index twice_i")),
    );
}

/// Those that take sessions, files or the server itself.
fn faults_of_a_primary(major: u32) {
    const LIMITS: &[(&str, &str)] = &[("max_connections", "20"), ("superuser_reserved_connections", "0")];
    const ARCHIVE: &[(&str, &str)] = &[("archive_mode", "on"), ("archive_command", "true")];
    let mut server = Server::primary_with(major, &[LIMITS, ARCHIVE].concat());
    let psql = server.psql();
    let chain = Chain::start(&Config::quick().server("orders", &server), &[]);
    chain.exporter.await_all(&["orders"]);

    chain.follow(
        "PostgresConnectionLimitNear",
        "chat",
        "Role limited on orders uses 100%",
        || {
            psql.run("create role limited login connection limit 1");
            psql.user("limited").session()
        },
        drop,
    );
    chain.follow(
        "PostgresLockPileup",
        "pager",
        "Sessions that wait for a lock hold 25% of all connections of orders.",
        || {
            psql.run("create table wanted (id int)");
            let mut holder = psql.session();
            holder.run("begin");
            holder.run("lock table wanted");
            let mut waiters: Vec<_> = (0..5).map(|_| psql.session()).collect();
            for waiter in &mut waiters {
                waiter.start("select count(*) from wanted");
            }
            (holder, waiters)
        },
        drop,
    );
    chain.follow("PostgresConnectionsHigh", "pager", "of max_connections", || (0..18).map(|_| psql.session()).collect::<Vec<_>>(), drop);
    chain.follow(
        "PostgresWalArchiveFailing",
        "database-pager",
        "The archiver of orders fails",
        || {
            set(&psql, "archive_command = 'false'");
            psql.run("create table archived (id int); select pg_switch_wal()");
        },
        |()| {
            set(&psql, "archive_command = 'true'");
            psql.run("insert into archived values (1); select pg_switch_wal()");
        },
    );
    chain.follow(
        "PostgresLoginFailing",
        "pager",
        "Fresh logins to orders have failed",
        || server.set_hba("local all all trust\nhost all all all reject\n"),
        |()| server.set_hba("local all all trust\nhost all all all trust\n"),
    );
    chain.follow("PgvigilDown", "pager", "nobody watches its PostgreSQL servers", || chain.exporter.suspend(), drop);
    chain.follow(
        "PostgresDown",
        "pager",
        "pgvigil has had no answer from orders for a minute",
        || {
            server.stop(Stop::Fast);
            &mut server
        },
        Server::start,
    );
}

fn faults_of_a_standby(major: u32) {
    let mut primary = Server::primary(major);
    let mut standby = primary.standby();
    let (on_primary, on_standby) = (primary.psql(), standby.psql());
    let config = Config::quick().server("orders", &primary).server("orders-b", &standby);
    let chain = Chain::start(&config, &[]);
    chain.exporter.await_all(&["orders", "orders-b"]);

    on_primary.run("create table written (id int)");
    chain.follow(
        "PostgresReplayPaused",
        "chat",
        "Replay on orders-b was paused",
        || drop(on_standby.run("select pg_wal_replay_pause()")),
        |()| drop(on_standby.run("select pg_wal_replay_resume()")),
    );
    chain.follow(
        "PostgresReplicaLagHigh",
        "database-pager",
        "orders-b shows a state of 3",
        || {
            on_standby.run("select pg_wal_replay_pause()");
            on_primary.run("insert into written values (1)");
        },
        |()| {
            // Another action, so it is told beside the lag; the lag itself only once.
            chain.letter("PostgresStaleReads", "chat");
            chain.is_held_back("PostgresReplicaLagHigh", "warning");
            chain.is_held_back("PostgresReplicaLagHigh", "info");
            on_standby.run("select pg_wal_replay_resume()");
        },
    );
    chain.follow(
        "PostgresReplicationLinkDown",
        "chat",
        "orders-b has no WAL receiver",
        || set(&on_standby, "primary_conninfo = 'host=127.0.0.1 port=1'"),
        |()| {
            on_standby.run("alter system reset primary_conninfo");
            on_standby.run("select pg_reload_conf()");
        },
    );
    chain.follow(
        "PostgresSynchronousStandbyMissing",
        "pager",
        "orders has fewer synchronous standbys",
        || set(&on_primary, "synchronous_standby_names = 'nobody'"),
        |()| set(&on_primary, "synchronous_standby_names = ''"),
    );
    chain.follow(
        "PostgresTwoPrimaries",
        "database-mail",
        "2 servers accept writes and have the same system identifier",
        || standby.promote(),
        |()| primary.stop(Stop::Fast),
    );
    chain.letter("PostgresFailover", "chat");
    // A server that is down has nothing else to say.
    standby.stop(Stop::Fast);
    chain.is_held_back("PostgresFailover", "warning");
}

#[test]
fn faults_of_a_pgbouncer() {
    let program = tool("pgbouncer").expect("PgBouncer is installed");
    let server = Server::primary(18);
    let bouncer = PgBouncer::start(&program, &server, &["default_pool_size = 1"]);
    let chain = Chain::start(&Config::quick().pgbouncer("bouncer", &bouncer.url()), &[]);

    let (console, client) = (bouncer.console(), bouncer.psql());
    chain.follow(
        "PgBouncerClientsWaiting",
        "chat",
        "The oldest client of pool postgres/postgres in bouncer has been waiting for",
        || {
            let (mut holder, mut waiter) = (client.session(), client.session());
            holder.run("begin");
            waiter.start("select 1");
            (holder, waiter)
        },
        drop,
    );
    chain.follow(
        "PgBouncerPaused",
        "chat",
        "Database postgres of bouncer has been paused or disabled",
        || drop(console.run("disable postgres")),
        |()| drop(console.run("enable postgres")),
    );
    chain.follow("PgBouncerDown", "pager", "no answer from the console of bouncer", || bouncer.suspend(), drop);
}

fn set(psql: &Psql, setting: &str) {
    psql.run(&format!("alter system set {setting}"));
    psql.run("select pg_reload_conf()");
}
