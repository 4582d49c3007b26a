//! What happened, drawn over every graph: what a change of a line may come from.

use serde_json::{Value, json};

use crate::panel::datasource;
use crate::query::expanded;

/// Events of the servers that are chosen.
#[must_use]
pub fn all() -> Vec<Value> {
    vec![
        at_value("Restarts", "The server started.", "purple", "1000 * pg_postmaster_start_time_seconds{$server} > $__from"),
        // What a start reads does not count: it is a restart.
        at_value(
            "Settings",
            "The configuration was loaded.",
            "yellow",
            "1000 * (pg_conf_load_time_seconds{$server} > pg_postmaster_start_time_seconds{$server} + 1) > $__from",
        ),
        // From standby to primary, which 1 to 0 is.
        json!({
            "name": "Failovers", "enable": true, "hide": false, "iconColor": "red", "datasource": datasource(),
            "expr": expanded("resets(pg_in_recovery{$server}[$__rate_interval]) > 0"),
            "step": "15s", "titleFormat": "{{server}}", "textFormat": "The standby was promoted.", "tagKeys": "",
        }),
        json!({
            "name": "Firing alerts", "enable": true, "hide": false, "iconColor": "orange", "datasource": datasource(),
            "expr": expanded(r#"max by (server, alertname, severity) (ALERTS{$foreign, alertstate="firing", severity=~"critical|warning"})"#),
            "step": "15s", "titleFormat": "{{alertname}}", "textFormat": "{{server}}", "tagKeys": "severity",
        }),
    ]
}

/// An event whose time is the value itself, so that none falls between two points, however far apart these are.
fn at_value(name: &str, text: &str, colour: &str, expression: &str) -> Value {
    json!({
        "name": name, "enable": true, "hide": false, "iconColor": colour, "datasource": datasource(), "expr": expanded(expression),
        "useValueForTime": "on", "step": "15s", "titleFormat": "{{server}}", "textFormat": text, "tagKeys": "",
    })
}
