//! The page as Prometheus itself takes it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::support::config::Config;
use crate::support::exporter::{Exporter, run};
use crate::support::http::{OPENMETRICS, TEXT};
use crate::support::page::{Format, Page};
use crate::support::prometheus::Prometheus;
use crate::support::server::Server;
use crate::support::{ensure, eventually, tool};

#[test]
fn prometheus_of_debian_12_keeps_up_at_one() {
    scraped_by("prometheus");
}

#[test]
fn prometheus_3_keeps_up_at_one() {
    scraped_by("prometheus3");
}

fn scraped_by(program: &str) {
    let Some(path) = tool(program) else { return };
    let primary = Server::primary(18);
    // Names that Prometheus gives to targets and summaries, and that no family of pgvigil's bears.
    let labels = ", labels: { job: x, instance: x, quantile: x, exported_job: x, _: x, X9: \"q\\\" b\\\\ n\\n\" }";
    let exporter = Exporter::start(&Config::quick().url("it's \"one\"", &primary.url(), labels), &[&primary]);
    let page = exporter.await_all(&["it's \"one\""]);
    bears_only_what_is_listed(&page, &["job", "instance", "quantile", "exported_job", "_", "X9"]);
    let prometheus = Prometheus::start(path, exporter.port);
    eventually(Duration::from_secs(20), "ten good scrapes and not a bad one", || {
        let scrapes = prometheus.value("count_over_time(up[1m])")?;
        ensure(scrapes >= 10.0, || format!("{scrapes} scrapes"))?;
        assert_eq!(prometheus.value("min_over_time(up[1m])"), Ok(1.0), "{}", prometheus.log());
        Ok(())
    });
    let samples = exporter.page().samples().count();
    let scraped = prometheus.value("scrape_samples_scraped").expect("an answer");
    // The exporter tells of more about itself as scrapes of other kinds come.
    assert!((scraped - f64::from(u32::try_from(samples).expect("few"))).abs() < 50.0, "{scraped} of {samples}");
    let up = prometheus.query("pg_up").expect("an answer");
    assert_eq!(up.len(), 1);
    assert_eq!((up[0].0["server"].as_str(), up[0].1), (Some("it's \"one\""), 1.0));
    assert!(!prometheus.log().contains("duplicate"), "{}", prometheus.log());
}

/// No sample has a label that `pgvigil queries` does not name, which are those that no configuration may give: then no label is there twice.
fn bears_only_what_is_listed(page: &Page, constant: &[&str]) {
    let listed = run(&["queries"], Path::new("/"), &[]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let labels = listed.lines().filter_map(|line| line.split_once(") {")?.1.strip_suffix('}'));
    let listed: BTreeSet<&str> = labels.flat_map(|labels| labels.split(", ")).chain(constant.iter().copied()).collect();
    for sample in page.samples() {
        let unknown: Vec<&String> = sample.labels.keys().filter(|label| !listed.contains(label.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?} of {sample:?}");
    }
}

/// Whatever a client accepts gets the format it can read.
#[test]
fn formats_by_accept() {
    let primary = Server::primary(18);
    let exporter = Exporter::start(&Config::quick().server("primary", &primary), &[&primary]);
    for (accept, format) in [
        ("", Format::Text),
        ("*/*", Format::Text),
        (TEXT, Format::Text),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format::Text),
        (OPENMETRICS, Format::OpenMetrics),
        // Prometheus 2.42.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            Format::OpenMetrics,
        ),
        // One that likes the old format more.
        ("application/openmetrics-text;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.9", Format::Text),
        ("application/openmetrics-text;q=0,text/plain", Format::Text),
        ("application/json", Format::Text),
    ] {
        let headers: &[(&str, &str)] = if accept.is_empty() { &[] } else { &[("Accept", accept)] };
        let response = exporter.get("/metrics", headers);
        assert_eq!(response.status, 200);
        let expected = match format {
            Format::Text => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        };
        assert_eq!(response.header("content-type"), expected, "Accept: {accept}");
    }
}

/// Packed only for those who can unpack.
#[test]
fn packed_by_accept_encoding() {
    let primary = Server::primary(18);
    let exporter = Exporter::start(&Config::quick().server("primary", &primary), &[&primary]);
    for (accepted, packed) in [("gzip", true), ("gzip, deflate", true), ("br;q=1.0, gzip;q=0.8", true), ("*", true), ("identity", false)]
        .into_iter()
        .chain([("gzip;q=0", false), ("br", false), ("", false)])
    {
        let headers: &[(&str, &str)] = if accepted.is_empty() { &[] } else { &[("Accept-Encoding", accepted)] };
        let response = exporter.get("/metrics", headers);
        assert_eq!(response.header("content-encoding") == "gzip", packed, "Accept-Encoding: {accepted}");
        assert!(response.text().contains("pgvigil_build_info"));
    }
}
