//! By what statements are told apart.

/// What tells the rows of the list apart.
pub const KEYS: &str = "server, datname, usename, queryid";

pub const LEGEND: &str = "{{queryid}} in {{datname}}, {{server}}";

pub const NOT_INSTALLED: &str = "pg_stat_statements is not installed";

/// What each statement did a second.
pub fn each(metric: &str) -> String {
    format!("sum by (server, datname, queryid) (rate(pg_stat_statements_{metric}_total{{$database}}[$__rate_interval]))")
}

/// The text bears one label more than what it is listed by.
pub fn listed_text(time: &str) -> String {
    format!("max by ({KEYS}, query) (pg_stat_statements_query_info{{$database}})\n  and on ({KEYS}) topk(50, {time} > 0)")
}
