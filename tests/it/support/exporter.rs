//! The program itself, as it is shipped: its file, its process, its port.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::clients::Clients;
use super::config::{Config, PROMPT};
use super::http::{Client, OPENMETRICS, Response, TEXT};
use super::page::{Format, Page};
use super::process::{self, User};
use super::server::{Server, Suspended, shows_no_secret};
use super::watch::Watch;
use super::{SOON, ensure, eventually, in_the_end, project};

pub struct Exporter {
    process: Child,
    pub port: u16,
    pub client: Client,
    folder: TempDir,
    /// Whether it was made to panic.
    panics: bool,
    /// Fails the test at the end if pgvigil took more of a server than it may, or left something behind.
    _watches: Vec<Watch>,
    /// The same for its connections, on this side.
    _clients: Vec<Clients>,
}

/// The program and nothing of the caller's environment: neither `PG*` nor `DATABASE_URL`, nor a home with a `.pgpass`.
fn clean(mut command: Command) -> Command {
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// Runs the program to its end, which must come: one that serves although it should not would do so for ever.
pub fn run(arguments: &[&str], folder: &Path, environment: &[(&str, &str)]) -> Output {
    let mut command = clean(Command::new("timeout"));
    command.args(["100", env!("CARGO_BIN_EXE_pgvigil")]).args(arguments);
    let output = command.envs(environment.iter().copied()).current_dir(folder).output().expect("pgvigil starts");
    assert_ne!(output.status.code(), Some(124), "{arguments:?} has no end: {}", String::from_utf8_lossy(&output.stderr));
    for said in [&output.stdout, &output.stderr] {
        shows_no_secret(said, "what it says");
    }
    output
}

impl Exporter {
    /// Serves these servers; the watches see to it that none of them gets more than two connections.
    pub fn start(config: &Config, watched: &[&Server]) -> Self {
        Self::start_with(config, watched, &[])
    }

    pub fn start_with(config: &Config, watched: &[&Server], environment: &[(&str, &str)]) -> Self {
        Self::start_on(process::free_port(), config, watched, environment)
    }

    /// The same on a port that another one had.
    pub fn start_on(port: u16, config: &Config, watched: &[&Server], environment: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("pgvigil.yml");
        fs::write(&file, config.yaml(port)).expect("its own folder");
        let file = file.display().to_string();
        Self::launch(folder, port, &["serve", "--config", &file], watched, environment)
    }

    /// With files of its own in the place of the machine's, which takes root: what it sees, and where.
    pub fn start_with_files(config: &Config, watched: &[&Server], files: &[(&Path, &str)]) -> Self {
        const MOUNT: &str = "while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\" && shift 2 || exit; done; shift; exec \"$@\"";
        let port = process::free_port();
        let folder = TempDir::new().expect("a temporary folder");
        let file = folder.path().join("pgvigil.yml");
        fs::write(&file, config.yaml(port)).expect("its own folder");
        let mut command = clean(process::command("unshare", User::Same, "KILL"));
        command.args(["--mount", "sh", "-c", MOUNT, "sh"]);
        for (own, place) in files {
            command.arg(own).arg(place);
        }
        command.args(["--", env!("CARGO_BIN_EXE_pgvigil"), "serve", "--config"]).arg(file);
        Self::run_in(folder, port, command, watched)
    }

    /// With limits of its own, as `prlimit` takes them.
    pub fn start_limited(config: &Config, limit: &str) -> Self {
        let (port, folder) = (process::free_port(), TempDir::new().expect("a temporary folder"));
        let file = folder.path().join("pgvigil.yml");
        fs::write(&file, config.yaml(port)).expect("its own folder");
        let mut command = clean(process::command("prlimit", User::Same, "KILL"));
        command.args([limit, "--", env!("CARGO_BIN_EXE_pgvigil"), "serve", "--config"]).arg(file);
        Self::run_in(folder, port, command, &[])
    }

    /// As somebody whom the kernel forbids what a file's mode forbids, which root is not.
    pub fn start_forbidden(config: &Config, watched: &[&Server]) -> Self {
        let (port, folder) = (process::free_port(), TempDir::new().expect("a temporary folder"));
        let file = folder.path().join("pgvigil.yml");
        fs::write(&file, config.yaml(port)).expect("its own folder");
        let mut command = clean(process::command(if process::is_root() { "setpriv" } else { "env" }, User::Same, "KILL"));
        if process::is_root() {
            command.args(["--bounding-set", "-dac_override,-dac_read_search"]);
        }
        command.args([env!("CARGO_BIN_EXE_pgvigil"), "serve", "--config"]).arg(file);
        Self::run_in(folder, port, command, watched)
    }

    /// With a log that goes to `log`.
    pub fn start_logging_to(config: &Config, log: impl Into<Stdio>) -> Self {
        let (port, folder) = (process::free_port(), TempDir::new().expect("a temporary folder"));
        let file = folder.path().join("pgvigil.yml");
        fs::write(&file, config.yaml(port)).expect("its own folder");
        let mut command = clean(process::command(env!("CARGO_BIN_EXE_pgvigil"), User::Same, "KILL"));
        command.args(["serve", "--config"]).arg(file).stderr(log);
        Self::await_port(folder, port, command, &[])
    }

    /// Serves what the environment names, without a file.
    pub fn start_without_file(port: u16, arguments: &[&str], watched: &[&Server], environment: &[(&str, &str)]) -> Self {
        Self::launch(TempDir::new().expect("a temporary folder"), port, arguments, watched, environment)
    }

    fn launch(folder: TempDir, port: u16, arguments: &[&str], watched: &[&Server], environment: &[(&str, &str)]) -> Self {
        let mut command = clean(process::command(env!("CARGO_BIN_EXE_pgvigil"), User::Same, "KILL"));
        command.args(arguments).envs(environment.iter().copied());
        Self::run_in(folder, port, command, watched)
    }

    fn run_in(folder: TempDir, port: u16, mut command: Command, watched: &[&Server]) -> Self {
        let log = fs::File::create(folder.path().join("log")).expect("its own folder");
        command.stdout(log.try_clone().expect("a file")).stderr(log);
        Self::await_port(folder, port, command, watched)
    }

    fn await_port(folder: TempDir, port: u16, mut command: Command, watched: &[&Server]) -> Self {
        command.current_dir(folder.path());
        let panics = command.get_envs().any(|(name, _)| name == "FAILPOINTS");
        let counting = watched.iter().map(|server| Watch::new(server)).collect();
        let process = process::spawn(command);
        let clients = watched.iter().map(|server| Clients::of(process.id(), server.port)).collect();
        let mut exporter = Self { process, port, client: Client::new(port), folder, panics, _watches: counting, _clients: clients };
        eventually(Duration::from_secs(10), "pgvigil listens", || {
            if let Ok(Some(status)) = exporter.process.try_wait() {
                panic!("pgvigil ended with {status}: {}", exporter.log());
            }
            // Over TLS or not, to whomever.
            TcpStream::connect(("127.0.0.1", port)).map(drop).map_err(|error| error.to_string())
        });
        exporter
    }

    /// Everything it has written, to standard output and standard error.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits until the log says so, which it does from a thread of its own.
    #[track_caller]
    pub fn await_log(&self, wanted: &str) {
        eventually(SOON, &format!("the log says {wanted:?}"), || ensure(self.log().contains(wanted), || self.log()));
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("pgvigil.yml")
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it without a farewell.
    pub fn kill(&mut self) {
        process::signal("KILL", &[self.pid()]);
        process::wait(&mut self.process, SOON);
    }

    /// Stops it as it stands, with its connections open, until the answer is dropped.
    pub fn suspend(&self) -> Suspended {
        Suspended::new(&[self.pid()])
    }

    #[track_caller]
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.client.get(path, headers).unwrap_or_else(|error| panic!("{path}: {error}: {}", self.log()))
    }

    /// The text of all metrics, which must be there whatever happens.
    #[track_caller]
    pub fn scrape(&self, format: Format) -> String {
        let (accept, kind) = match format {
            Format::Text => (TEXT, "text/plain"),
            Format::OpenMetrics => (OPENMETRICS, "application/openmetrics-text"),
        };
        let response = self.get("/metrics", &[("Accept", accept)]);
        assert_eq!(response.status, 200, "{}", response.text());
        let got = response.header("content-type");
        assert!(got.starts_with(kind), "asked for {accept}, got {got}");
        response.text()
    }

    /// All metrics, which must be a faultless page.
    #[track_caller]
    pub fn page(&self) -> Page {
        Page::strict(&self.scrape(Format::Text), Format::Text)
    }

    /// Waits until a page is as wanted.
    #[track_caller]
    pub fn await_page<T>(&self, within: Duration, what: &str, mut wanted: impl FnMut(&Page) -> Result<T, String>) -> (Page, T) {
        in_the_end(within, what, || {
            let page = self.page();
            wanted(&page).map(|found| (page, found))
        })
    }

    #[track_caller]
    pub fn await_value(&self, within: Duration, name: &str, labels: &[(&str, &str)], wanted: Option<f64>) -> Page {
        let what = format!("{name} {labels:?} becomes {wanted:?}");
        let found = |page: &Page| {
            let value = page.value(name, labels);
            ensure(value == wanted, || format!("it is {value:?}"))
        };
        self.await_page(within, &what, found).0
    }

    /// Waits until the only sample with these labels is as it has to be, no longer than [`Config::prompt`] allows.
    #[track_caller]
    pub fn shows(&self, name: &str, labels: &[(&str, &str)], right: impl Fn(f64) -> bool) -> f64 {
        let found = |page: &Page| {
            let value = page.value(name, labels);
            value.filter(|value| right(*value)).ok_or_else(|| format!("it is {value:?}"))
        };
        self.await_page(PROMPT, &format!("{name} {labels:?} says so"), found).1
    }

    /// Waits until each query was collected from each server, or is skipped there with a reason.
    #[track_caller]
    pub fn await_all(&self, servers: &[&str]) -> Page {
        self.await_all_within(Duration::from_secs(40), servers)
    }

    #[track_caller]
    pub fn await_all_within(&self, within: Duration, servers: &[&str]) -> Page {
        let (page, ()) = self.await_page(within, "each query is collected or skipped", |page| {
            let missing = missing(page, servers);
            ensure(missing.is_empty(), || format!("missing: {missing:?}\n{}", self.log()))
        });
        page
    }

    /// Waits for its end, and says whether it came in time and in good order.
    pub fn ends(&mut self, within: Duration) -> bool {
        process::wait(&mut self.process, within)
            && self.process.try_wait().is_ok_and(|status| status.is_some_and(|status| status.success()))
    }

    /// Ends it as a service manager does, and says whether it ended in good order and in time.
    pub fn terminate(&mut self) -> bool {
        process::signal("TERM", &[self.process.id()]);
        self.ends(Duration::from_secs(10))
    }
}

/// What was neither collected nor skipped yet: server and query, and the database for those that run in each.
fn missing(page: &Page, servers: &[&str]) -> Vec<String> {
    let mut missing = Vec::new();
    for (query, per_database) in catalogue() {
        for server in servers {
            let labels = [("server", *server), ("query", query.as_str())];
            if page.all("pgvigil_query_skipped", &labels).any(|sample| sample.value > 0.0) {
                continue;
            }
            let collected: BTreeSet<&str> =
                page.all("pgvigil_query_last_success_timestamp_seconds", &labels).map(|sample| sample.label("datname")).collect();
            if collected.is_empty() {
                missing.push(format!("{server} {query}"));
            } else if per_database {
                let of_server = [("server", *server)];
                let databases = page.all("pg_database_size_bytes", &of_server);
                let names = databases.map(|sample| sample.label("datname")).filter(|name| !name.starts_with("template"));
                missing.extend(names.filter(|name| !collected.contains(name)).map(|name| format!("{server} {query} in {name}")));
            }
        }
    }
    missing
}

/// The name of every query that is asked of a PostgreSQL server, and whether it runs in each database.
pub fn catalogue() -> Vec<(String, bool)> {
    let folder = project().join("queries");
    let mut queries: Vec<(String, bool)> = files(&folder, "sql")
        .into_iter()
        .filter_map(|path| match scope(&path).as_str() {
            "server" => Some((name(&folder, &path), false)),
            "database" => Some((name(&folder, &path), true)),
            _ => None,
        })
        .collect();
    queries.sort();
    queries
}

/// Where a query file runs.
pub fn scope(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a readable query");
    text.lines().find_map(|line| line.strip_prefix("-- scope:")).unwrap_or("server").trim().to_owned()
}

/// `<area>/<name>` of a file below a folder.
pub fn name(folder: &Path, path: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).with_extension("").to_string_lossy().into_owned()
}

/// The metrics that a query file declares, with their types.
pub fn metrics(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).expect("a readable query");
    let metric = |line: &str| {
        let (kind, rest) = line.strip_prefix("-- ")?.split_once(' ')?;
        let name = rest.split([':', ' ']).next()?;
        ["gauge", "counter"].contains(&kind).then(|| (name.to_owned(), kind.to_owned()))
    };
    text.lines().filter_map(metric).collect()
}

/// The counters without `_total`: those of files that keep names given elsewhere.
pub fn foreign_counters() -> &'static BTreeSet<String> {
    static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut paths = files(&project().join("queries"), "sql");
        paths.retain(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("\n-- naming: foreign\n")));
        let counters = paths.iter().flat_map(|path| metrics(path)).filter(|(_, kind)| kind == "counter");
        counters.map(|(name, _)| name).filter(|name| !name.ends_with("_total")).collect()
    })
}

/// All files with this extension under a folder, in order.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

impl Exporter {
    /// On the page for people, which tells the most of what has happened: if it still answers, and everybody, and without TLS.
    fn look_for_secrets(&mut self) {
        let answers = self.process.try_wait().is_ok_and(|status| status.is_none()) && !process::is_suspended(self.pid());
        if answers && !thread::panicking() {
            let _ = Client::patient(self.port, Duration::from_secs(2)).get("/", &[]).map(|response| response.text());
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        self.look_for_secrets();
        // It ends as a service does, so that the watches see what it leaves behind.
        let ended = thread::panicking() || self.process.try_wait().is_ok_and(|status| status.is_some()) || self.terminate();
        let _ = self.process.kill();
        let _ = self.process.wait();
        let log = self.log();
        assert!(ended, "pgvigil did not end in good order: {log}");
        assert!(thread::panicking() || self.panics || !log.contains("panicked"), "{log}");
        if thread::panicking() {
            let last: Vec<&str> = log.lines().rev().take(30).collect();
            eprintln!("the end of pgvigil's log:");
            last.iter().rev().for_each(|line| eprintln!("    {line}"));
        } else {
            shows_no_secret(log.as_bytes(), "the log");
        }
    }
}
