//! pgvigil's configuration file, written for a test.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use super::server::Server;

/// Everything is polled this often, unless a test says otherwise: quick, and still above the default of no timeout.
const INTERVAL: &str = "1s";
const TIMEOUT: &str = "900ms";

/// The longest that a page may take to show what a view shows, with [`Config::prompt`]: the interval and the timeout.
pub const PROMPT: Duration = Duration::from_secs(4 + 3);

#[derive(Clone, Default)]
pub struct Config {
    servers: String,
    pgbouncers: String,
    queries: String,
    top: String,
}

impl Config {
    /// Every query is due every second.
    pub fn quick() -> Self {
        Self::every(INTERVAL, TIMEOUT)
    }

    /// Every query is due this often with all its metrics, also what is off by default.
    pub fn every(interval: &str, timeout: &str) -> Self {
        Self::default().with_detail().line(&format!("override: {{ \"*\": {{ interval: {interval}, timeout: {timeout}, enabled: true }} }}"))
    }

    /// With every metric of the queries that run, also what is detail.
    pub fn with_detail(self) -> Self {
        self.line("detail: true")
    }

    /// Without detail, as shipped.
    pub fn without_detail(mut self) -> Self {
        self.queries = self.queries.replace("  detail: true\n", "");
        self
    }

    /// Every query is due seldom enough that it keeps its interval on a busy machine too: what is new in a view is on the page
    /// within [`PROMPT`].
    pub fn prompt() -> Self {
        Self::every("4s", "3s")
    }

    /// Every query is collected once, and then there is silence.
    pub fn once() -> Self {
        Self::every("1h", "30s")
    }

    /// Intervals and timeouts as the files have them.
    pub fn as_shipped() -> Self {
        Self::default()
    }

    /// An operator's own directory of queries.
    pub fn directory(self, path: &Path) -> Self {
        self.line(&format!("directory: \"{}\"", path.display()))
    }

    /// A line under `queries`.
    pub fn line(mut self, line: &str) -> Self {
        let _ = writeln!(self.queries, "  {line}");
        self
    }

    /// A line at the top.
    pub fn top(mut self, line: &str) -> Self {
        let _ = writeln!(self.top, "{line}");
        self
    }

    pub fn server(self, name: &str, server: &Server) -> Self {
        self.url(name, &server.url(), "")
    }

    /// A server by its URL, with more lines in YAML's flow style: `, labels: { a: b }`.
    pub fn url(mut self, name: &str, url: &str, more: &str) -> Self {
        let _ = writeln!(self.servers, "  - {{ name: {name:?}, url: {url:?}{more} }}");
        self
    }

    /// A PgBouncer by the URL of its console.
    pub fn pgbouncer(mut self, name: &str, url: &str) -> Self {
        let _ = writeln!(self.pgbouncers, "  - {{ name: {name:?}, url: {url:?} }}");
        self
    }

    pub fn yaml(&self, port: u16) -> String {
        let mut yaml = format!("listen: 127.0.0.1:{port}\n{}", self.top);
        for (key, lines) in [("servers", &self.servers), ("pgbouncers", &self.pgbouncers), ("queries", &self.queries)] {
            if !lines.is_empty() {
                let _ = write!(yaml, "{key}:\n{lines}");
            }
        }
        yaml
    }
}
