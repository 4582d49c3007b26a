//! What other exporters say of themselves under names that dashboards ask for: the process as every client library has it, and `postgres_exporter`'s last
//! scrape, for servers whose queries of its names run.

use std::fmt;
use std::sync::Arc;

use procfs::process::{LimitValue, Process};
use procfs::{FromReadSI as _, KernelStats, ProcResult, current_system_info, page_size, ticks_per_second};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::query::Kind;
use crate::server::report::status::{Board, ServerStatus};

/// What the queries of `postgres_exporter`'s names are called.
pub const QUERIES: &str = "compat/postgres_exporter/";

/// The name, type and meaning of each metric of the process, in the order of [`read`].
const OF_PROCESS: [(&str, Kind, &str); 7] = [
    ("process_cpu_seconds_total", Kind::Counter, "CPU time of pgvigil, user and system"),
    ("process_open_fds", Kind::Gauge, "Open file descriptors of pgvigil"),
    ("process_max_fds", Kind::Gauge, "The limit of open file descriptors"),
    ("process_virtual_memory_bytes", Kind::Gauge, "Virtual memory of pgvigil"),
    ("process_virtual_memory_max_bytes", Kind::Gauge, "The limit of virtual memory; absent without one"),
    ("process_resident_memory_bytes", Kind::Gauge, "Resident memory of pgvigil"),
    ("process_start_time_seconds", Kind::Gauge, "When pgvigil started, in Unix time, by the kernel's clock"),
];

/// A metric of a server: its name, its meaning, and its value.
pub type OfServer = (&'static str, &'static str, fn(&ServerStatus) -> f64);

/// The metrics of a server's last scrape: pgvigil has none that asks the server, so each query's last run counts.
pub const OF_SERVERS: [OfServer; 2] = [
    (
        "pg_exporter_last_scrape_duration_seconds",
        "How long the last runs of all queries took together; only where queries of postgres_exporter's names run",
        |server| server.queries.values().filter_map(|query| query.duration).fold(0.0, |sum, duration| sum + duration.as_secs_f64()),
    ),
    (
        "pg_exporter_last_scrape_error",
        "Whether the server does not answer or the last run of a query failed; only where queries of postgres_exporter's names run",
        |server| {
            let is_wrong = server.up == Some(false) || server.queries.values().any(|query| query.fault.is_some());
            f64::from(u8::from(is_wrong))
        },
    ),
];

/// Whether a server's queries of `postgres_exporter`'s names run, or one of them.
fn is_asked(server: &ServerStatus) -> bool {
    server.queries.iter().any(|((name, _), query)| name.starts_with(QUERIES) && query.query.runs())
}

/// Writes [`OF_PROCESS`].
#[derive(Debug)]
pub struct OwnProcess;

/// Writes [`OF_SERVERS`], and on the page of one server the process too: a dashboard finds both by the same `instance`.
#[derive(Debug)]
pub struct Foreign {
    /// The board.
    pub board: Arc<Board>,
    /// Only this server.
    pub only: Option<Box<str>>,
}

impl Collector for OwnProcess {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // What the kernel does not tell is absent.
        let values = read().unwrap_or_default();
        for ((name, kind, help), value) in OF_PROCESS.iter().zip(values) {
            let metric_type = if *kind == Kind::Counter { MetricType::Counter } else { MetricType::Gauge };
            let family = encoder.encode_descriptor(name.trim_end_matches("_total"), help, None, metric_type)?;
            match (kind, value) {
                (_, None) => {}
                (Kind::Gauge, Some(value)) => ConstGauge::new(value).encode(family)?,
                (Kind::Counter, Some(value)) => ConstCounter::new(value).encode(family)?,
            }
        }
        Ok(())
    }
}

impl Collector for Foreign {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut is_any = false;
        self.board.read(|servers| -> fmt::Result {
            let wanted = servers.iter().filter(|(name, _)| self.only.as_deref().is_none_or(|only| only == &***name));
            let asked: Vec<_> = wanted.filter(|(_, server)| is_asked(server)).collect();
            is_any = !asked.is_empty();
            for (name, help, value) in OF_SERVERS.iter().filter(|_| is_any) {
                let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                for (server, status) in &asked {
                    let constant = status.labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                    let labels: Vec<(&str, &str)> = std::iter::once(("server", &***server)).chain(constant).collect();
                    ConstGauge::new(value(status)).encode(family.encode_family(&labels)?)?;
                }
            }
            Ok(())
        })?;
        if is_any && self.only.is_some() { OwnProcess.encode(encoder) } else { Ok(()) }
    }
}

/// What the kernel says of this process.
#[expect(clippy::cast_precision_loss, reason = "below 2^52 for centuries and petabytes")]
fn read() -> ProcResult<[Option<f64>; 7]> {
    let process = Process::myself()?;
    let (stat, limits) = (process.stat()?, process.limits()?);
    let seconds = |ticks: u64| ticks as f64 / ticks_per_second() as f64;
    let limit = |limit| match limit {
        LimitValue::Value(value) => Some(value as f64),
        LimitValue::Unlimited => None,
    };
    let booted = KernelStats::from_file("/proc/stat", current_system_info()).ok().map(|kernel| kernel.btime as f64);
    Ok([
        Some(seconds(stat.utime + stat.stime)),
        process.fd_count().ok().map(|count| count as f64),
        limit(limits.max_open_files.soft_limit),
        Some(stat.vsize as f64),
        limit(limits.max_address_space.soft_limit),
        Some((stat.rss * page_size()) as f64),
        booted.map(|booted| booted + seconds(stat.starttime)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_of_this_process() {
        let [cpu, open, most, virtual_bytes, _, resident, start] = read().unwrap();
        assert!(cpu >= Some(0.0) && open >= Some(3.0) && most > open, "{cpu:?} {open:?} {most:?}");
        assert!(resident > Some(1e5) && virtual_bytes > resident, "{virtual_bytes:?} {resident:?}");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(start.is_some_and(|start| start < now + 1.0 && start > now - 86_400.0), "{start:?}");
    }
}
