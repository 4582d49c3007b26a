//! A real Prometheus, which scrapes once a second.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tempfile::TempDir;

use super::eventually;
use super::http::Client;
use super::process::{self, User};

pub struct Prometheus {
    process: Child,
    client: Client,
    folder: TempDir,
    /// Its configuration without the jobs.
    global: String,
}

impl Prometheus {
    /// Scrapes the port on 127.0.0.1 as job `pgvigil`.
    pub fn start(program: PathBuf, scraped: u16) -> Self {
        Self::start_with(program, scraped, "")
    }

    /// The same with another line in the job's configuration.
    pub fn start_with(program: PathBuf, scraped: u16, line: &str) -> Self {
        Self::launch(program, scraped, "1s", "", line)
    }

    /// The same with the rules of a folder, which it evaluates `every` so often (as `1s`), and an Alertmanager that it tells.
    pub fn start_with_rules(program: PathBuf, scraped: u16, rules: &Path, every: &str, alertmanager: u16) -> Self {
        let alertmanager = format!("alertmanagers: [{{ static_configs: [{{ targets: ['127.0.0.1:{alertmanager}'] }}] }}]");
        let more = format!("rule_files: ['{}/*.yml']\nalerting: {{ {alertmanager} }}\n", rules.display());
        Self::launch(program, scraped, every, &more, "")
    }

    /// With `more` at the top of the configuration, and a line of the job.
    fn launch(program: PathBuf, scraped: u16, every: &str, more: &str, line: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = process::free_port();
        let global = format!("global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: {every} }}\n{more}");
        let file = folder.path().join("prometheus.yml");
        fs::write(&file, format!("{global}scrape_configs:\n{}", job("pgvigil", scraped, line))).expect("its own folder");
        let log = fs::File::create(folder.path().join("log")).expect("its own folder");

        let mut command = process::command(program, User::Same, "KILL");
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            // To forget, and to take another configuration.
            .args(["--web.enable-admin-api", "--web.enable-lifecycle"])
            // An alert that fires before Alertmanager is found is lost until it is sent again.
            .arg("--rules.alert.resend-delay=5s")
            .stdout(log.try_clone().expect("a file"))
            .stderr(log);
        let prometheus = Self { process: process::spawn(command), client: Client::new(port), folder, global };
        eventually(Duration::from_secs(20), "Prometheus is ready", || match prometheus.client.get("/-/ready", &[]) {
            Ok(response) if response.status == 200 => Ok(()),
            Ok(response) => Err(response.text()),
            Err(error) => Err(format!("{error}: {}", prometheus.log())),
        });
        prometheus
    }

    pub fn url(&self) -> &str {
        self.client.url()
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Scrapes these jobs from now on, each with its port, and a line of its own.
    #[track_caller]
    pub fn scrape(&self, jobs: &[(&str, u16, &str)]) {
        let jobs: String = jobs.iter().map(|(name, port, line)| job(name, *port, line)).collect();
        fs::write(self.folder.path().join("prometheus.yml"), format!("{}scrape_configs:\n{jobs}", self.global)).expect("its own folder");
        let answer = self.client.post("/-/reload").expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Scrapes from now on what pgvigil on this port tells to scrape.
    #[track_caller]
    pub fn discover(&self, port: u16) {
        let job = format!("- job_name: found\n  http_sd_configs: [{{ url: 'http://127.0.0.1:{port}/sd', refresh_interval: 1s }}]\n");
        fs::write(self.folder.path().join("prometheus.yml"), format!("{}scrape_configs:\n{job}", self.global)).expect("its own folder");
        let answer = self.client.post("/-/reload").expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Forgets what these series have been until now: what a window of an hour would do in an hour.
    #[track_caller]
    pub fn forget(&self, series: &str) {
        let answer = self.client.post(&format!("/api/v1/admin/tsdb/delete_series?match[]={}", encoded(series))).expect("an answer");
        assert_eq!(answer.status, 204, "{}", answer.text());
    }

    /// The results of an instant query: each one's labels and value.
    ///
    /// # Errors
    /// When Prometheus does not answer well.
    pub fn query(&self, expression: &str) -> Result<Vec<(Value, f64)>, String> {
        let response = self.client.get(&format!("/api/v1/query?query={}", encoded(expression)), &[])?;
        let answer: Value = serde_json::from_slice(&response.body).map_err(|error| error.to_string())?;
        let results = answer["data"]["result"].as_array().ok_or_else(|| answer.to_string())?;
        let value = |result: &Value| result["value"][1].as_str().and_then(|text| text.parse().ok());
        results.iter().map(|result| Ok((result["metric"].clone(), value(result).ok_or_else(|| result.to_string())?))).collect()
    }

    /// How many lines a graph of the last minute has.
    ///
    /// # Errors
    /// When Prometheus does not answer well.
    pub fn series(&self, expression: &str) -> Result<usize, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?.as_secs();
        let path = format!("/api/v1/query_range?query={}&start={}&end={now}&step=15", encoded(expression), now - 60);
        let answer: Value = serde_json::from_slice(&self.client.get(&path, &[])?.body).map_err(|error| error.to_string())?;
        answer["data"]["result"].as_array().map(Vec::len).ok_or_else(|| answer.to_string())
    }

    /// The value of a query that has one result.
    ///
    /// # Errors
    /// When it has none or several.
    pub fn value(&self, expression: &str) -> Result<f64, String> {
        match self.query(expression)?.as_slice() {
            [(_, value)] => Ok(*value),
            others => Err(format!("{expression}: {others:?}")),
        }
    }
}

/// A job in its configuration.
fn job(name: &str, port: u16, line: &str) -> String {
    format!("  - job_name: {name}\n    honor_labels: true\n    {line}\n    static_configs: [{{ targets: ['127.0.0.1:{port}'] }}]\n")
}

fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"))
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
