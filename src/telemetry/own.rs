//! The exporter's own metrics, in both formats.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family as Labelled;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::foreign::{Foreign, OwnProcess};
use super::targets::Targets;
use crate::expose::page::Rest;
use crate::expose::text::Format;
use crate::query::catalog::Family;
use crate::server::report::status::Board;

/// What the process counts about itself.
#[derive(Debug)]
pub struct Own {
    registry: Registry,
    scrapes: Labelled<ScrapeLabels, Counter>,
    scrape_bytes: Labelled<ScrapeLabels, Counter>,
    scrape_duration: Histogram,
    /// Without a sample before the first scrape.
    page_bytes: Labelled<Vec<(String, String)>, Gauge>,
    reloads: Labelled<ReloadLabels, Counter>,
    reload_successful: Gauge,
    reload_time: Gauge<f64, std::sync::atomic::AtomicU64>,
    web_read: Gauge,
    panics: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ScrapeLabels {
    format: &'static str,
    encoding: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

impl Default for Own {
    fn default() -> Self {
        Self::new(Counter::default())
    }
}

impl Own {
    /// Of a process whose log has lost so many lines.
    #[must_use]
    pub fn new(log_lines_dropped: Counter) -> Self {
        let mut registry = Registry::default();
        // A help gets its full stop from the encoder.
        let build = Labelled::<BuildLabels, Gauge>::default();
        build.get_or_create(&BuildLabels { version: env!("CARGO_PKG_VERSION") }).set(1);
        registry.register("pgvigil_build_info", "1, with the version of pgvigil", build);
        let start = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        start.set(now());
        registry.register("pgvigil_start_time_seconds", "When pgvigil started, in Unix time", start);
        let scrapes = Labelled::default();
        registry.register("pgvigil_scrapes", "Pages served, by format and encoding", Labelled::clone(&scrapes));
        let scrape_bytes = Labelled::default();
        registry.register("pgvigil_scrape_bytes", "Bytes of the pages served, as sent", Labelled::clone(&scrape_bytes));
        // From what a scrape costs when nothing has changed to far more than a page ever took to build.
        let scrape_duration = Histogram::new([0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5]);
        registry.register(
            "pgvigil_scrape_duration_seconds",
            "Time from a scrape's request to its page, without sending it",
            scrape_duration.clone(),
        );
        let page_bytes = Labelled::<Vec<(String, String)>, Gauge>::default();
        registry.register(
            "pgvigil_page_bytes",
            "Size of /metrics at the last scrape of all servers, uncompressed; vmagent refuses more than its -promscrape.maxScrapeSize, 16 MiB",
            page_bytes.clone(),
        );
        let reloads = Labelled::default();
        registry.register("pgvigil_reloads", "Reloads of the configuration, by result: success, failure", Labelled::clone(&reloads));
        for result in ["success", "failure"] {
            let _ = reloads.get_or_create(&ReloadLabels { result });
        }
        let reload_successful = Gauge::default();
        reload_successful.set(1);
        registry.register(
            "pgvigil_config_last_reload_successful",
            "1 if the last reload of the configuration succeeded; otherwise the previous one is in use",
            reload_successful.clone(),
        );
        let reload_time = Gauge::<f64, std::sync::atomic::AtomicU64>::default();
        reload_time.set(now());
        registry.register(
            "pgvigil_config_last_reload_success_timestamp_seconds",
            "When the configuration in use was read, in Unix time",
            reload_time.clone(),
        );
        let web_read = Gauge::default();
        web_read.set(1);
        registry.register(
            "pgvigil_web_config_last_read_successful",
            "1 if the web configuration was last read successfully; otherwise the previous one is in use",
            web_read.clone(),
        );
        let panics = Counter::default();
        registry.register("pgvigil_panics", "Bugs of pgvigil that ended a task, which was started again", panics.clone());
        registry.register(
            "pgvigil_log_lines_dropped",
            "Lines of the log that could not be written: the reader of standard error hangs or is gone, or the disk is full",
            log_lines_dropped,
        );
        registry.register_collector(Box::new(OwnProcess));
        Self { registry, scrapes, scrape_bytes, scrape_duration, page_bytes, reloads, reload_successful, reload_time, web_read, panics }
    }

    /// Counts a page that is served.
    pub fn scraped(&self, format: Format, gzip: bool, bytes: usize, took: Duration) {
        let format = match format {
            Format::Text => "text",
            Format::OpenMetrics => "openmetrics",
        };
        let labels = ScrapeLabels { format, encoding: if gzip { "gzip" } else { "identity" } };
        self.scrapes.get_or_create(&labels).inc();
        self.scrape_bytes.get_or_create(&labels).inc_by(bytes as u64);
        self.scrape_duration.observe(took.as_secs_f64());
    }

    /// Notes how large the page of all servers is.
    pub fn sized(&self, bytes: usize) {
        self.page_bytes.get_or_create(&Vec::new()).set(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// Counts a reload.
    pub fn reloaded(&self, well: bool) {
        self.reloads.get_or_create(&ReloadLabels { result: if well { "success" } else { "failure" } }).inc();
        self.reload_successful.set(i64::from(well));
        if well {
            self.reload_time.set(now());
        }
    }

    /// Says how reading the web configuration file went.
    pub fn web_read(&self, well: bool) {
        self.web_read.set(i64::from(well));
    }

    /// Counts a panic.
    pub fn panicked(&self) {
        self.panics.inc();
    }
}

/// What HELP and TYPE say of a family of the process' own, and its labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its name, as its samples bear it.
    pub name: String,
    /// Its type: gauge, counter or histogram.
    pub kind: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// What it means.
    pub help: String,
}

/// The process' own families, read off a page, so that no list of them has to be kept.
#[must_use]
pub fn described() -> Vec<Described> {
    let own = Own::default();
    // A family has labels only once it has a sample.
    own.scraped(Format::Text, false, 0, Duration::ZERO);
    own.sized(0);
    let mut page = String::new();
    if encode_registry(&mut page, &own.registry).is_err() {
        return Vec::new();
    }
    let mut families: Vec<Described> = Vec::new();
    let mut help = "";
    for line in classic(&page).lines() {
        if let Some(words) = line.strip_prefix("# HELP ") {
            help = words.split_once(' ').map_or("", |(_, help)| help);
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|words| words.split_once(' ')) {
            families.push(Described { name: name.to_owned(), kind: kind.to_owned(), labels: Vec::new(), help: help.to_owned() });
        } else if let Some(family) = families.last_mut()
            && let Some((sample, labels)) = line.split_once('{')
            && sample.starts_with(&family.name)
        {
            // No value of a label of ours has a comma or a quote. The buckets of a histogram have one more than its name says.
            family.labels = labels.split(',').filter_map(|label| Some(label.split_once('=')?.0.to_owned())).collect();
        }
    }
    families
}

/// All families that no query makes.
pub struct OwnFamilies {
    /// The process' own.
    pub own: Arc<Own>,
    /// Those of the work on each server.
    pub board: Arc<Board>,
    /// The catalogue's, which a reload may change.
    pub catalog: Arc<ArcSwap<BTreeMap<String, Family>>>,
}

impl Rest for OwnFamilies {
    fn write(&self, server: Option<&str>, format: Format) -> String {
        let mut of_targets = Registry::default();
        of_targets.register_collector(Box::new(Targets { board: Arc::clone(&self.board), only: server.map(Into::into) }));
        of_targets.register_collector(Box::new(Foreign { board: Arc::clone(&self.board), only: server.map(Into::into) }));
        let mut text = String::new();
        let written = encode_registry(&mut text, &of_targets).and_then(|()| match server {
            None => encode_registry(&mut text, &self.own.registry),
            // The page of one server says nothing of the process, which each of those pages would repeat, unless `Foreign` has it do so.
            Some(_) => Ok(()),
        });
        // Writing into a string cannot fail; if an encoder ever did, a cut page would be worse than none of these families.
        if written.is_err() {
            return String::new();
        }
        match format {
            Format::OpenMetrics => text,
            Format::Text => classic(&text),
        }
    }

    fn families(&self) -> Arc<BTreeMap<String, Family>> {
        self.catalog.load_full()
    }
}

/// OpenMetrics' text as Prometheus text 0.0.4: there a counter's family is called as its samples are, and units have no line.
fn classic(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len() + 256);
    let mut help: Option<&str> = None;
    for line in openmetrics.lines() {
        if line.starts_with("# HELP ") {
            // What the family is called is known only with its type, in the next line.
            help = Some(line);
        } else if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|line| line.split_once(' ')) {
            let suffix = if kind == "counter" { "_total" } else { "" };
            let words = help.take().and_then(|line| line.strip_prefix("# HELP ")?.split_once(' ')).map_or("", |(_, words)| words);
            let _ = writeln!(text, "# HELP {name}{suffix} {words}\n# TYPE {name}{suffix} {kind}");
        } else if !line.starts_with("# ") {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_called_by_its_samples_name_in_the_classic_format() {
        let openmetrics =
            "# HELP a A.\n# TYPE a counter\na_total 1\n# HELP b B.\n# TYPE b gauge\n# UNIT b seconds\nb{x=\"# TYPE\"} 2\n# EOF\n";
        assert_eq!(
            classic(openmetrics),
            "# HELP a_total A.\n# TYPE a_total counter\na_total 1\n# HELP b B.\n# TYPE b gauge\nb{x=\"# TYPE\"} 2\n"
        );
    }
}
