//! `HikariCP`, the pools within applications, by the names that Micrometer gives. Which server a pool belongs to its targets say only where the
//! operator lets them: pools without a label `server` are shown whatever server is chosen.

use crate::prelude::*;
use crate::variable::Variable;

/// The pools of `HikariCP`.
pub fn pool() -> Variable {
    Variable { name: "pool", label: "HikariCP pool", selector: "hikaricp_connections_max".to_owned(), of: "pool", all: ".*" }
}

/// A selector of the pools that are chosen.
fn of(metric: &str) -> String {
    format!(r#"hikaricp_connections_{metric}{{server=~"$server|", pool=~"$pool"}}"#)
}

/// What tells pools apart: those of two instances of an application share all but the instance.
const POOL: &str = "application, instance, pool";
const LEGEND: &str = "{{pool}}, {{application}} {{instance}}";
const NONE: &str = "no HikariCP is scraped";

fn used() -> String {
    format!("max by ({POOL}) ({} / ({} > 0))", of("active"), of("max"))
}

/// The mean of what a timer measures.
fn mean(timer: &str) -> String {
    format!(
        "sum by ({POOL}) (rate({}[$__rate_interval]))\n  / (sum by ({POOL}) (rate({}[$__rate_interval])) > 0)",
        of(&format!("{timer}_seconds_sum")),
        of(&format!("{timer}_seconds_count"))
    )
}

/// The mean and the longest of the last minutes, of the pools where each is most.
fn timer(title: &'static str, description: &'static str, timer: &str) -> Panel {
    timeseries(
        title,
        description,
        Unit::Seconds,
        [
            query(top(3, &mean(timer)), format!("mean, {LEGEND}")),
            query(top(3, &format!("max by ({POOL}) ({})", of(&format!("{timer}_seconds_max")))), format!("longest, {LEGEND}")),
        ],
    )
    .empty(NONE)
}

pub fn health() -> [Panel; 6] {
    [
        stat(
            "Threads pending",
            "Threads of applications that wait for a connection of their HikariCP pool. Good is 0: else requests are late. Look for long queries and for connections that are not given back before you make the pool larger.",
            Unit::Count,
            query(format!("sum({})", of("pending")), ""),
        )
        .any_is(Warning)
        .empty(NONE),
        stat(
            "Fullest HikariCP pool",
            "Connections in use in parts of the pool's maximum. Good is below 80 %.",
            Unit::Ratio,
            query(format!("max({})", used()), ""),
        )
        .thresholds("pools", "HikariPoolUsageHigh")
        .empty(NONE),
        stat(
            "Timeouts in 5 min",
            "Requests that got no connection within connectionTimeout and failed. Good is 0.",
            Unit::Count,
            query(format!("round(sum(increase({}[5m])))", of("timeout_total")), ""),
        )
        .any_is(Warning)
        .empty(NONE),
        stat(
            "Pools without idle",
            "HikariCP pools whose connections are all in use. Good is 0: the next request waits.",
            Unit::Count,
            query(format!("count({} == 0 and {} > 0) or 0 * count({})", of("idle"), of("active"), of("max")), ""),
        )
        .any_is(Info)
        .empty(NONE),
        stat(
            "Longest to acquire",
            "How long the slowest of the last requests waited for its connection. Good is milliseconds.",
            Unit::Seconds,
            query(format!("max({})", of("acquire_seconds_max")), ""),
        )
        .empty(NONE),
        stat(
            "Of max_connections",
            "What all HikariCP pools of a server may take together, in parts of its max_connections, of the server where it is most. Good is below 80 %. Only for targets with a label `server`.",
            Unit::Ratio,
            query(
                r#"max(
  sum by (server) (hikaricp_connections_max{server=~"$server", pool=~"$pool"}) / on (server) max by (server) (pg_connections_max{$server})
)"#,
                "",
            ),
        )
        .thresholds("pools", "HikariPoolsOversized")
        .empty("no label `server`"),
    ]
}

pub fn fullest() -> Panel {
    timeseries(
        "HikariCP pools in use, top 10",
        "Connections in use in parts of the pool's maximum. Good is below the line. At 100 % threads wait: see beside it.",
        Unit::Ratio,
        query(top(10, &used()), LEGEND),
    )
    .up_to(1.0)
    .thresholds("pools", "HikariPoolUsageHigh")
    .ranked()
    .empty(NONE)
}

pub fn pending() -> Panel {
    timeseries(
        "Threads pending, top 10 pools",
        "Threads that wait for a connection. Good is 0. Long queries, a lock or a leak hold the connections: see Connections & Locks of the server.",
        Unit::Count,
        query(worst(10, &format!("max by ({POOL}) ({})", of("pending"))), LEGEND),
    )
    .ranked()
    .empty("no thread has waited")
}

pub fn connections() -> Panel {
    timeseries(
        "Connections of HikariCP by state",
        "All pools together. Good is that some are idle and no thread is pending. The dashed line is what the pools may have.",
        Unit::Count,
        [
            query(format!("sum({})", of("active")), "active"),
            query(format!("sum({})", of("idle")), "idle"),
            query(format!("sum({})", of("pending")), "pending threads"),
            query(format!("sum({})", of("max")), "maximum").limit(),
        ],
    )
    .stacked()
    .empty(NONE)
}

pub fn timeouts() -> Panel {
    timeseries(
        "HikariCP timeouts, top 10 pools",
        "Requests a second that got no connection in time and failed. Good is none: each is an error that a user saw.",
        Unit::PerSecond,
        query(worst(10, &format!("sum by ({POOL}) (rate({}[$__rate_interval]))", of("timeout_total"))), LEGEND),
    )
    .ranked()
    .empty("no request has failed")
}

pub fn acquire() -> Panel {
    timer(
        "Time to get a connection, top 3",
        "Mean and longest wait for a connection of the pool. Good is below a millisecond: more is a pool that is too small for what is asked of it.",
        "acquire",
    )
}

pub fn usage_time() -> Panel {
    timer(
        "Time a connection is kept, top 3",
        "Mean and longest time from getting a connection to giving it back. Good is the time of a transaction. Longer ones call something else meanwhile, or leak.",
        "usage",
    )
}

pub fn creation() -> Panel {
    timer(
        "Time to open a connection, top 3",
        "Mean and longest time of a new connection to the server. Good is tens of milliseconds. Longer ones are a slow login: the network, TLS, or a server without a free processor.",
        "creation",
    )
}
