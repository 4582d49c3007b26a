//! Readers of a page that are not ours: Prometheus' own linter and the parsers of its Python client.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use super::exporter::{Exporter, foreign_counters};
use super::http::{OPENMETRICS, TEXT};
use super::page::{Format, Page};
use super::{SOON, ensure, eventually, installed, project, tool};

/// Holds one exporter's page against everyone: ours, promtool, the strict parsers; both formats, plain and packed.
#[track_caller]
pub fn all_agree(exporter: &Exporter) {
    // Something may be new between two scrapes, such as the first failed login.
    let [text, open] = eventually(SOON, "both formats say the same", || {
        let (text, open) = (exporter.scrape(Format::Text), exporter.scrape(Format::OpenMetrics));
        let (packed_text, packed_open) = (packed(exporter, TEXT), packed(exporter, OPENMETRICS));
        let page = Page::strict(&text, Format::Text);
        same_series(&page, &Page::strict(&open, Format::OpenMetrics))?;
        same_series(&page, &Page::strict(&packed_text, Format::Text))?;
        same_series(&page, &Page::strict(&packed_open, Format::OpenMetrics))?;
        Ok([text, open])
    });
    promtool(&text);
    python("text", &text, &Page::strict(&text, Format::Text));
    python("openmetrics", &open, &Page::strict(&open, Format::OpenMetrics));
}

/// What comes packed in gzip, unpacked.
#[track_caller]
fn packed(exporter: &Exporter, accept: &str) -> String {
    let response = exporter.get("/metrics", &[("Accept", accept), ("Accept-Encoding", "gzip")]);
    assert_eq!(response.header("content-encoding"), "gzip");
    assert!(response.header("vary").to_lowercase().contains("accept"), "Vary: {:?}", response.header("vary"));
    response.text()
}

/// The same series in both, though a value may have changed in between.
fn same_series(one: &Page, other: &Page) -> Result<(), String> {
    let series = |page: &Page| -> BTreeSet<_> { page.by_series().into_keys().collect() };
    let (one, other) = (series(one), series(other));
    let only: Vec<_> = one.symmetric_difference(&other).take(5).collect();
    ensure(only.is_empty(), || format!("only in one of two pages: {only:?}"))
}

/// What `promtool check metrics` says must be nothing, but for names that the world knows.
#[track_caller]
pub fn promtool(text: &str) {
    // `pg_stat_activity_count` and its like are what the world calls these, and rules stand on the names.
    const TOLERATED: &str = "non-histogram and non-summary metrics should not have \"_count\" suffix";
    // A setting of PostgreSQL is called so.
    const SETTING: &str = "pg_settings_wal_summary_keep_time_seconds metric name should not include type 'summary'";
    // Nor can names that are kept from another exporter be mended.
    let is_foreign = |fault: &str| {
        let counter = fault.strip_suffix(" counter metrics should have \"_total\" suffix");
        counter.is_some_and(|name| foreign_counters().contains(name))
    };
    for name in ["promtool", "promtool3"] {
        let Some(promtool) = tool(name) else { continue };
        let mut command = Command::new(promtool);
        command.args(["check", "metrics"]);
        let said = pipe(command, text).err().unwrap_or_default();
        let tolerated = |line: &str| line.ends_with(TOLERATED) || line == SETTING || is_foreign(line);
        let faults: Vec<&str> = said.lines().filter(|line| line.starts_with("pg") && !tolerated(line)).collect();
        assert!(faults.is_empty(), "{name}: {}", faults.join("\n"));
    }
}

/// The Python client reads the same samples as we do.
#[track_caller]
fn python(format: &str, text: &str, ours: &Page) {
    let mut command = Command::new(installed().join("tools/python/bin/python3"));
    command.arg(project().join("tests/it/support/strict.py")).arg(format);
    let said = pipe(command, text).unwrap_or_else(|said| panic!("prometheus_client ({format}): {said}"));
    let theirs: BTreeSet<_> = said
        .lines()
        .map(|line| {
            let (name, labels, value): (String, super::page::Labels, String) = serde_json::from_str(line).expect("a sample as JSON");
            (name, labels, value.parse::<f64>().expect("a number").to_bits())
        })
        .collect();
    // In the text format it gives each counter a `_total`.
    let as_theirs = |name: String| if format == "text" && foreign_counters().contains(&name) { name + "_total" } else { name };
    let ours: BTreeSet<_> =
        ours.by_series().into_iter().map(|((name, labels), value)| (as_theirs(name), labels, value.to_bits())).collect();
    let only: Vec<_> = ours.symmetric_difference(&theirs).take(5).collect();
    assert!(only.is_empty(), "prometheus_client ({format}) reads it otherwise: {only:?}");
}

/// Gives a program its input and takes its output; an error if it fails or has anything to complain of.
fn pipe(mut command: Command, input: &str) -> Result<String, String> {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| error.to_string())?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    let input = input.to_owned();
    let feeder = std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let _ = feeder.join();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() && complaint.is_empty() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("{complaint}{}\n{}", String::from_utf8_lossy(&output.stdout), output.status))
    }
}

/// promtool of each Prometheus, which must find nothing wrong with these files.
#[track_caller]
pub fn rules(arguments: &[&str], files: &[PathBuf]) {
    let judge = |name: &str, promtool: PathBuf| {
        let output = Command::new(promtool).args(arguments).args(files).output().expect("promtool runs");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{name}: {}{}", said(&output.stdout), said(&output.stderr));
    };
    let judge = &judge;
    thread::scope(|scope| {
        for (name, promtool) in ["promtool", "promtool3"].into_iter().filter_map(|name| Some((name, tool(name)?))) {
            scope.spawn(move || judge(name, promtool));
        }
    });
}
