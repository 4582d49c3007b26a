//! A real Prometheus, which scrapes once a second.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::eventually;
use super::http::Client;
use super::process::{self, User};

pub struct Prometheus {
    process: Child,
    client: Client,
    folder: TempDir,
}

impl Prometheus {
    /// Scrapes the port on 127.0.0.1 as job `pgvigil`.
    pub fn start(program: PathBuf, scraped: u16) -> Self {
        Self::start_with(program, scraped, "")
    }

    /// The same with another line in the job's configuration.
    pub fn start_with(program: PathBuf, scraped: u16, line: &str) -> Self {
        Self::launch(program, scraped, "", line)
    }

    /// The same with the rules of a folder, which it evaluates once a second, and an Alertmanager that it tells.
    pub fn start_with_rules(program: PathBuf, scraped: u16, rules: &Path, alertmanager: u16) -> Self {
        let more = format!(
            "rule_files: ['{}/*.yml']
\
             alerting: {{ alertmanagers: [{{ static_configs: [{{ targets: ['127.0.0.1:{alertmanager}'] }}] }}] }}
",
            rules.display()
        );
        Self::launch(program, scraped, &more, "")
    }

    /// With `more` at the top of the configuration, and a line of the job.
    fn launch(program: PathBuf, scraped: u16, more: &str, line: &str) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = process::free_port();
        let config = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\n{more}\
             scrape_configs:\n  \
               - job_name: pgvigil\n    \
                 honor_labels: true\n    \
                 {line}\n    \
                 static_configs: [{{ targets: ['127.0.0.1:{scraped}'] }}]\n"
        );
        let file = folder.path().join("prometheus.yml");
        fs::write(&file, config).expect("its own folder");
        let log = fs::File::create(folder.path().join("log")).expect("its own folder");

        let mut command = process::command(program, User::Same, "KILL");
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            // An alert that fires before Alertmanager is found is lost until it is sent again.
            .arg("--rules.alert.resend-delay=5s")
            .stdout(log.try_clone().expect("a file"))
            .stderr(log);
        let prometheus = Self { process: process::spawn(command), client: Client::new(port), folder };
        eventually(Duration::from_secs(20), "Prometheus is ready", || match prometheus.client.get("/-/ready", &[]) {
            Ok(response) if response.status == 200 => Ok(()),
            Ok(response) => Err(response.text()),
            Err(error) => Err(format!("{error}: {}", prometheus.log())),
        });
        prometheus
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The results of an instant query: each one's labels and value.
    ///
    /// # Errors
    /// When Prometheus does not answer well.
    pub fn query(&self, expression: &str) -> Result<Vec<(Value, f64)>, String> {
        let encoded = expression.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
        let response = self.client.get(&format!("/api/v1/query?query={encoded}"), &[])?;
        let answer: Value = serde_json::from_slice(&response.body).map_err(|error| error.to_string())?;
        let results = answer["data"]["result"].as_array().ok_or_else(|| answer.to_string())?;
        let value = |result: &Value| result["value"][1].as_str().and_then(|text| text.parse().ok());
        results.iter().map(|result| Ok((result["metric"].clone(), value(result).ok_or_else(|| result.to_string())?))).collect()
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

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
