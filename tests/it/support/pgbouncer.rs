//! A real PgBouncer in front of a server of the tests.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use tempfile::TempDir;

use super::process::{self, User};
use super::psql::Psql;
use super::server::{PASSWORD, Server, Suspended, shows_no_secret};
use super::{ensure, eventually};

pub struct PgBouncer {
    pub port: u16,
    program: PathBuf,
    folder: TempDir,
    process: Option<Child>,
}

impl PgBouncer {
    /// In transaction mode, for every database of the server, with more settings such as `default_pool_size = 2`. Users need no
    /// password; `postgres` may do everything on the console and `pgvigil` may look.
    pub fn start(program: &Path, server: &Server, settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("pgvigil-").tempdir().expect("a temporary folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("its own folder");
        if process::is_root() {
            chown(folder.path(), Some(process::id("-u postgres")), Some(process::id("-g postgres"))).expect("as root");
        }
        let port = process::free_port();
        let path = folder.path().display();
        let ini = format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {path}/users\npool_mode = transaction\nadmin_users = postgres\nstats_users = pgvigil\n{}\n",
            server.port,
            settings.join("\n")
        );
        fs::write(folder.path().join("pgbouncer.ini"), ini).expect("its own folder");
        fs::write(folder.path().join("users"), "\"postgres\" \"\"\n\"pgvigil\" \"\"\n").expect("its own folder");
        let mut bouncer = Self { port, program: program.to_owned(), folder, process: None };
        bouncer.launch();
        bouncer
    }

    pub fn launch(&mut self) {
        assert!(self.process.is_none(), "it runs already");
        let log = fs::OpenOptions::new().create(true).append(true).open(self.folder.path().join("log")).expect("its own folder");
        // SIGTERM ends it at once.
        let mut command = process::command(&self.program, User::Postgres, "TERM");
        command.arg(self.folder.path().join("pgbouncer.ini")).stdout(log.try_clone().expect("a file")).stderr(log);
        self.process = Some(process::spawn(command));
        eventually(Duration::from_secs(10), "PgBouncer answers", || {
            self.console().try_run("show version").map_err(|error| format!("{error}: {}", self.log()))
        });
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The superuser behind it, in database `postgres`.
    pub fn psql(&self) -> Psql {
        Psql {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            user: "postgres".to_owned(),
            database: "postgres".to_owned(),
            application: "tests".to_owned(),
        }
    }

    /// Its console, as one who may do everything.
    pub fn console(&self) -> Psql {
        self.psql().database("pgbouncer")
    }

    /// How pgvigil is told to connect to its console.
    pub fn url(&self) -> String {
        format!("postgres://pgvigil:{PASSWORD}@127.0.0.1:{}/pgbouncer?sslmode=disable", self.port)
    }

    /// How pgvigil is told to connect through it.
    pub fn url_through(&self) -> String {
        format!("postgres://pgvigil:{PASSWORD}@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// Stops it as it stands: the kernel still takes connections, and nobody answers.
    pub fn suspend(&self) -> Suspended {
        Suspended::new(&[self.process.as_ref().expect("it runs").id()])
    }

    pub fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        process::signal("TERM", &[process.id()]);
        if !process::wait(&mut process, Duration::from_secs(10)) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// A file of this text beside its own.
    pub fn script(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("script.sql");
        fs::write(&path, text).expect("its own folder");
        path
    }

    /// Waits until this many clients of a database wait for a server connection.
    pub fn await_waiting(&self, database: &str, wanted: usize) {
        eventually(Duration::from_secs(10), "clients wait", || {
            let pools = self.console().rows("show pools");
            let waiting = pools.iter().find(|row| row[0] == database).map_or("none", |row| row[3].as_str());
            ensure(waiting == wanted.to_string(), || format!("{waiting} of {pools:?}"))
        });
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let last: Vec<&str> = log.lines().rev().take(20).collect();
            eprintln!("the end of PgBouncer's log:");
            last.iter().rev().for_each(|line| eprintln!("    {line}"));
        }
        self.stop();
        if !std::thread::panicking() {
            shows_no_secret(self.log().as_bytes(), "PgBouncer's log");
        }
    }
}
