//! PostgreSQL's own client: what the tests believe.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use super::process::{self, User};
use super::{SOON, ensure, eventually};

/// Where and as whom to connect.
#[derive(Clone)]
pub struct Psql {
    pub host: String,
    pub port: u16,
    pub user: String,
    pub database: String,
    /// The name that the session shows in `pg_stat_activity`.
    pub application: String,
}

/// Debian's `psql` is a script that looks for one of these, and takes several times as long for that as psql for a query.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let programs = versions.map(|version| version.path().join("bin/psql")).filter(|program| program.exists());
    let version = |program: &PathBuf| program.iter().nth(4).and_then(|version| version.to_str()?.parse::<f32>().ok());
    programs
        .max_by(|one, other| version(one).partial_cmp(&version(other)).expect("no version is NaN"))
        .unwrap_or_else(|| PathBuf::from("psql"))
});

/// Between columns and between rows: the names in these tests contain everything else.
const COLUMN: &str = "\u{1f}";
const ROW: &str = "\u{1e}";

pub fn program() -> &'static Path {
    &PROGRAM
}

impl Psql {
    pub fn database(&self, name: &str) -> Self {
        Self { database: name.to_owned(), ..self.clone() }
    }

    pub fn user(&self, name: &str) -> Self {
        Self { user: name.to_owned(), ..self.clone() }
    }

    pub fn application(&self, name: &str) -> Self {
        Self { application: name.to_owned(), ..self.clone() }
    }

    /// psql with everything but what to do.
    pub fn command(&self, mut command: Command) -> Command {
        command
            .args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-F", COLUMN, "-R", ROW, "-h", &self.host])
            .args(["-p", &self.port.to_string(), "-U", &self.user])
            // Not on the command line, where a database's name may also be a connection string.
            .env("PGDATABASE", &self.database)
            .env("PGAPPNAME", &self.application)
            .env("PGCONNECT_TIMEOUT", "5")
            .env("PGCLIENTENCODING", "UTF8")
            .env_remove("PGPASSWORD")
            .env_remove("PGOPTIONS");
        command
    }

    /// Runs a script in any number of statements.
    ///
    /// # Errors
    /// What psql says on its standard error.
    pub fn try_run(&self, script: &str) -> Result<String, String> {
        let mut psql = self
            .command(Command::new(program()))
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("psql starts");
        let mut input = psql.stdin.take().expect("piped");
        let script = script.to_owned();
        let feeder = std::thread::spawn(move || drop(input.write_all(script.as_bytes())));
        let output = psql.wait_with_output().expect("psql ends");
        let _ = feeder.join();
        if output.status.success() {
            let mut text = String::from_utf8(output.stdout).expect("UTF-8 from psql");
            if text.ends_with('\n') {
                text.pop();
            }
            Ok(text)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
        }
    }

    /// Runs a script that must succeed; the text that it prints.
    #[track_caller]
    pub fn run(&self, script: &str) -> String {
        self.try_run(script).unwrap_or_else(|error| panic!("{error}\n{script}"))
    }

    /// The rows of one query.
    #[track_caller]
    pub fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let text = self.run(query);
        if text.is_empty() {
            return Vec::new();
        }
        text.split(ROW).map(|row| row.split(COLUMN).map(str::to_owned).collect()).collect()
    }

    /// Waits until a condition of SQL holds.
    #[track_caller]
    pub fn await_true(&self, condition: &str) {
        eventually(SOON, condition, || {
            let answer = self.run(&format!("select ({condition}) is true"));
            ensure(answer == "t", || answer)
        });
    }

    /// A connection that stays open.
    #[track_caller]
    pub fn session(&self) -> Session {
        self.try_session().expect("a session")
    }

    /// The same; none if the server lets nobody in.
    pub fn try_session(&self) -> Option<Session> {
        Session::open(self)
    }
}

/// A connection that stays open, to hold locks and transactions with. Dropping it ends it.
pub struct Session {
    psql: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

const MARK: &str = "<that was all> ";

impl Session {
    fn open(psql: &Psql) -> Option<Self> {
        let mut command = psql.command(process::command(program(), User::Same, "KILL"));
        command.args(["-v", "ON_ERROR_STOP=0", "-f", "-"]);
        // That a session which waits is ended with its server is no news.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut psql = process::spawn(command);
        let input = psql.stdin.take().expect("piped");
        let output = BufReader::new(psql.stdout.take().expect("piped"));
        let mut session = Self { psql, input, output };
        let greeted =
            writeln!(session.input, "select 1;").is_ok() && session.output.read_line(&mut String::new()).is_ok_and(|read| read > 0);
        greeted.then_some(session)
    }

    /// Runs a statement and waits for it.
    #[track_caller]
    pub fn run(&mut self, statement: &str) -> String {
        // A select, since psql hands out what it has printed only after one.
        self.start(&format!("{statement};\nselect '{MARK}' || :'SQLSTATE'"));
        self.finish(statement)
    }

    /// Starts a statement that is going to wait for something.
    #[track_caller]
    pub fn start(&mut self, statement: &str) {
        writeln!(self.input, "{statement};").expect("the session lives");
        self.input.flush().expect("the session lives");
    }

    /// Hands in lines as they are, such as the rows of a COPY, of which more may come.
    #[track_caller]
    pub fn feed(&mut self, lines: &str) {
        self.input.write_all(lines.as_bytes()).expect("the session lives");
        self.input.flush().expect("the session lives");
    }

    #[track_caller]
    fn finish(&mut self, statement: &str) -> String {
        let mut text = String::new();
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).expect("UTF-8 from psql");
            assert!(read > 0, "the session ended: {statement}");
            if let Some(state) = line.trim_end().strip_prefix(MARK) {
                assert_eq!(state, "00000", "{statement}");
                return text.trim_end().to_owned();
            }
            text.push_str(&line);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.psql.kill();
        let _ = self.psql.wait();
    }
}
