//! A PostgreSQL server of any major, made in a tenth of a second and gone without a trace.

mod clock;
mod far;
mod fate;
mod suspended;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

pub use suspended::{Suspended, was_suspended_within};
use tempfile::TempDir;

use super::certificates::Identity;
use super::process::{self, User};
use super::psql::Psql;
use super::{ensure, eventually, installed, project};

/// How a server ends.
#[derive(Clone, Copy, Debug)]
pub enum Stop {
    /// Sessions are ended, then a checkpoint: as a service stops.
    Fast,
    /// Nothing is saved: as in a crash.
    Immediate,
    /// The postmaster is killed where it stands; its children see that and end.
    Killed,
}

pub struct Server {
    pub major: u32,
    pub port: u16,
    folder: TempDir,
    postmaster: Option<Child>,
    /// Whether it has numbers of its own for its processes, as in a container.
    contained: bool,
    /// Whether it has a small disk of its own.
    small_disk: bool,
    /// Whether it has a clock of its own.
    clock: bool,
    /// The network of its own, if it has one.
    network: Option<far::Network>,
}

/// What later majors have of that, and from which on.
const LATER_SETTINGS: &[(u32, (&str, &str))] = &[(14, ("track_wal_io_timing", "on")), (18, ("track_cost_delay_timing", "on"))];

/// Size of such a disk, in bytes.
pub const SMALL_DISK: u32 = 16 << 20;

/// What all servers of the tests have in common. Small, quick, and everything that pgvigil reads switched on.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("fsync", "off"),
    // Enough for all that a test reads, so that a page stays where it was seen.
    ("shared_buffers", "64MB"),
    ("shared_preload_libraries", "pg_stat_statements"),
    ("wal_level", "logical"),
    // A standby is a copy of the same fresh cluster: all WAL since then must still be there when it connects.
    ("wal_keep_size", "1GB"),
    ("max_prepared_transactions", "5"),
    ("hot_standby_feedback", "off"),
    ("wal_receiver_status_interval", "1s"),
    ("wal_retrieve_retry_interval", "200ms"),
    ("track_io_timing", "on"),
    ("track_functions", "all"),
    ("pg_stat_statements.track_planning", "on"),
    ("log_line_prefix", "%m [%p] %q%a "),
    ("logging_collector", "off"),
    // Whoever waits longer than this for a lock stands in the log, where `watch.rs` looks for pgvigil: hardly more than it may. A server out of
    // breath finds both timers run down, and then ends the statement before it writes.
    ("deadlock_timeout", "110ms"),
    ("log_lock_waits", "on"),
];

/// What no output of pgvigil may ever contain.
pub const PASSWORD: &str = "n3ver-t0-be-seen";

/// A server that is not there.
pub const NOWHERE: &str = "postgres://u:n3ver-t0-be-seen@127.0.0.1:1/postgres";

/// Fails the test if the password or a key is in what somebody has said.
#[track_caller]
pub fn shows_no_secret(said: &[u8], who: &str) {
    let said = String::from_utf8_lossy(said);
    assert!(!said.contains(PASSWORD) && !said.contains("PRIVATE KEY"), "a secret in {who}");
}

/// The standby's name for its primary, and the slot it uses there.
pub const STANDBY: &str = "standby";

impl Server {
    /// A running primary with the role pgvigil and `pg_stat_statements`.
    pub fn primary(major: u32) -> Self {
        Self::primary_with(major, &[])
    }

    /// The same with settings of one's own.
    pub fn primary_with(major: u32, settings: &[(&str, &str)]) -> Self {
        Self::bare(major, settings).into_primary()
    }

    /// The same with a disk of [`SMALL_DISK`] at [`Self::disk`] to put tablespaces on. Only root may mount one; `None` to others.
    pub fn primary_with_small_disk(major: u32) -> Option<Self> {
        process::is_root().then(|| {
            let mut server = Self::bare(major, &[]);
            server.small_disk = true;
            server.into_primary()
        })
    }

    fn into_primary(mut self) -> Self {
        self.start();
        self.furnish();
        self
    }

    /// A server that numbers its processes for itself, as in a container. It cannot be stopped or suspended, only ended.
    pub fn contained(major: u32) -> Self {
        let mut server = Self::bare(major, &[]);
        server.contained = true;
        server.start();
        server.run_file(&project().join("deploy/sql/role.sql"));
        server
    }

    /// What every primary of the tests has.
    fn furnish(&self) {
        let psql = self.psql();
        psql.run("create extension pg_stat_statements");
        self.run_file(&project().join("deploy/sql/role.sql"));
        psql.run(&format!("select pg_create_physical_replication_slot('{STANDBY}')"));
    }

    /// A standby that streams from this server. It has the same settings as any other.
    pub fn standby(&self) -> Self {
        self.standby_in_slot(STANDBY)
    }

    /// Another one of the same name.
    pub fn standby_in_slot(&self, slot: &str) -> Self {
        let conninfo = conninfo(self);
        let settings = [("primary_conninfo", conninfo.as_str()), ("primary_slot_name", slot)];
        let mut standby = Self::bare(self.major, &settings);
        fs::write(standby.data().join("standby.signal"), "").expect("the data folder is writable");
        standby.own("standby.signal");
        standby.start();
        standby.catch_up_with(self);
        standby
    }

    fn bare(major: u32, settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("pgvigil-").tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its own folder");
        if process::is_root() {
            chown(folder.path(), Some(process::id("-u postgres")), Some(process::id("-g postgres"))).expect("as root");
        }
        let port = process::free_port();
        let server = Self { major, port, folder, postmaster: None, contained: false, small_disk: false, clock: false, network: None };
        server.settle(settings);
        server
    }

    /// Gives it the data of a fresh cluster and its settings.
    fn settle(&self, settings: &[(&str, &str)]) {
        fate::copy_folder(&installed().join("data").join(self.major.to_string()), &self.data());
        let (port, socket) = (self.port.to_string(), self.folder().display().to_string());
        let own = [("port", port.as_str()), ("unix_socket_directories", &socket)];
        let later = LATER_SETTINGS.iter().filter(|(major, _)| *major <= self.major).map(|(_, setting)| setting);
        for (name, value) in SETTINGS.iter().chain(later).chain(settings).chain(&own) {
            self.set(name, value);
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The number of its first process.
    pub fn pid(&self) -> u32 {
        self.postmaster.as_ref().expect("it runs").id()
    }

    /// Where its small disk is, if it has one: only the server itself sees what is on it.
    pub fn disk(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The superuser, in database `postgres`.
    pub fn psql(&self) -> Psql {
        Psql {
            host: self.folder().display().to_string(),
            port: self.port,
            user: "postgres".to_owned(),
            database: "postgres".to_owned(),
            application: "tests".to_owned(),
        }
    }

    /// How pgvigil is told to connect. The server does not ask for the password; that it is never seen is looked after in every test.
    pub fn url(&self) -> String {
        format!("postgres://pgvigil:{PASSWORD}@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// The same without a password.
    pub fn bare_url(&self) -> String {
        self.url().replace(&format!(":{PASSWORD}"), "")
    }

    /// Runs a psql script by its name, so that it may include others beside it.
    #[track_caller]
    pub fn run_file(&self, path: &Path) {
        self.psql().run(&format!("\\i '{}'", path.display()));
    }

    pub fn start(&mut self) {
        self.start_until("ready");
    }

    /// Starts it until its own file says that it is this far.
    pub fn start_until(&mut self, wanted: &str) {
        assert!(self.postmaster.is_none(), "it runs already");
        let _ = fs::remove_file(self.data().join("postmaster.pid"));
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder().join("log")).expect("its folder");
        // SIGQUIT is the immediate shutdown, which also frees the shared memory.
        let program = installed().join(format!("{}/bin/postgres", self.major));
        let mut command = if self.contained {
            let mut command = process::command("unshare", User::Same, "QUIT");
            command.args(["--pid", "--fork", "--kill-child=QUIT", "setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]);
            command.arg(program);
            command
        } else if self.clock {
            self.with_clock(&program)
        } else if let Some(network) = &self.network {
            let mut command = network.command();
            command.arg(program);
            command
        } else {
            process::command(program, User::Postgres, "QUIT")
        };
        command.arg("-D").arg(self.data());
        if self.small_disk {
            command = process::with_disk(&command, &self.disk(), SMALL_DISK);
        }
        command.current_dir(self.folder());
        command.stdout(log.try_clone().expect("a file")).stderr(log);
        let mut postmaster = process::spawn(command);
        eventually(Duration::from_secs(30), &format!("PostgreSQL {} is {wanted}", self.major), || {
            let ended = postmaster.try_wait().expect("its own child");
            assert!(ended.is_none(), "PostgreSQL {} does not start: {}", self.major, self.log());
            let status = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
            ensure(status.lines().nth(7).is_some_and(|line| line.trim() == wanted), || self.log())
        });
        self.postmaster = Some(postmaster);
    }

    pub fn stop(&mut self, how: Stop) {
        let Some(mut postmaster) = self.postmaster.take() else { return };
        let signal = match how {
            Stop::Fast => "INT",
            Stop::Immediate => "QUIT",
            Stop::Killed => "KILL",
        };
        let orphans = process::children(postmaster.id());
        process::signal(signal, &[postmaster.id()]);
        if !process::wait(&mut postmaster, Duration::from_secs(20)) {
            process::signal("KILL", &family(postmaster.id()));
            let _ = postmaster.wait();
            panic!("PostgreSQL {} did not stop ({how:?}): {}", self.major, self.log());
        }
        eventually(Duration::from_secs(20), "its children have ended", || {
            let alive = orphans.iter().filter(|pid| Path::new("/proc").join(pid.to_string()).exists()).count();
            ensure(alive == 0, || alive.to_string())
        });
    }

    /// Makes a standby a primary.
    pub fn promote(&self) {
        self.psql().run("select pg_promote(wait_seconds => 30)");
    }

    /// Waits until everything the primary has written is replayed here.
    pub fn catch_up_with(&self, primary: &Self) {
        let end = primary.psql().run("select pg_current_wal_lsn()");
        let replayed = format!("select coalesce(pg_last_wal_replay_lsn() >= '{end}', false)");
        eventually(Duration::from_secs(30), "the standby catches up", || ensure(self.psql().try_run(&replayed)? == "t", || self.log()));
    }

    /// The rules of who may log in.
    pub fn hba(&self) -> String {
        fs::read_to_string(self.data().join("pg_hba.conf")).expect("the data folder is readable")
    }

    /// Replaces them.
    pub fn set_hba(&self, rules: &str) {
        fs::write(self.data().join("pg_hba.conf"), rules).expect("the data folder is writable");
        self.psql().run("select pg_reload_conf()");
    }

    /// Has it take encrypted connections beside others, and show this certificate to those who come from now on.
    pub fn show(&self, identity: &Identity) {
        for (file, text) in [("server.key", &identity.key), ("server.crt", &identity.certificate)] {
            fs::write(self.data().join(file), text).expect("the data folder is writable");
            fs::set_permissions(self.data().join(file), fs::Permissions::from_mode(0o600)).expect("just written");
            self.own(file);
        }
        self.psql().run("alter system set ssl = on; select pg_reload_conf()");
        self.psql().await_true("current_setting('ssl') = 'on'");
    }

    fn own(&self, file: &str) {
        if process::is_root() {
            chown(self.data().join(file), Some(process::id("-u postgres")), None).expect("as root");
        }
    }
}

/// How a standby reaches its primary.
fn conninfo(primary: &Server) -> String {
    format!("host=127.0.0.1 port={} user=postgres application_name={STANDBY}", primary.port)
}

/// A process and its children.
fn family(parent: u32) -> Vec<u32> {
    let mut all = vec![parent];
    all.extend(process::children(parent));
    all
}

impl Drop for Server {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("the end of the log of PostgreSQL {}:", self.major);
            last.iter().rev().for_each(|line| eprintln!("    {line}"));
        }
        if let Some(mut postmaster) = self.postmaster.take() {
            process::signal("QUIT", &[postmaster.id()]);
            if !process::wait(&mut postmaster, Duration::from_secs(10)) {
                process::signal("KILL", &family(postmaster.id()));
                let _ = postmaster.wait();
            }
        }
        if !std::thread::panicking() {
            shows_no_secret(self.log().as_bytes(), "the log of PostgreSQL");
        }
    }
}
