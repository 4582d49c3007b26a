//! What else pgvigil answers over HTTP.

use std::fs;

use serde_json::Value;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::{Format, Page};
use crate::support::server::{NOWHERE, Server};
use crate::support::wire::Wire;
use crate::support::{SOON, ensure, eventually, process};

fn two_servers() -> (Server, Exporter) {
    let server = Server::primary(18);
    let config =
        Config::quick().url("one", &server.url(), ", labels: { cluster: orders, zone: \"a \\\"b\\\"\" }").url("two & <b>", NOWHERE, "");
    let exporter = Exporter::start(&config, &[&server]);
    exporter.await_all(&["one"]);
    (server, exporter)
}

#[test]
fn one_server_or_all() {
    let (_server, exporter) = two_servers();
    let of = |path: &str| {
        let response = exporter.get(path, &[]);
        assert_eq!(response.status, 200, "{path}");
        Page::strict(&response.text(), Format::Text)
    };
    let all = of("/metrics");
    assert!(all.value("pg_up", &[("server", "one")]) == Some(1.0));
    assert!(all.value("pg_up", &[("server", "two & <b>")]) == Some(0.0));
    for path in ["/metrics?server=one", "/probe?target=one"] {
        let page = of(path);
        assert_eq!(page.value("pg_up", &[]), Some(1.0), "{path}");
        assert!(page.all("pgvigil_query_series", &[("server", "two & <b>")]).next().is_none(), "{path}");
        // The labels of the configuration are on everything that is said of this server.
        for sample in page.samples().filter(|sample| sample.name.starts_with("pg_")) {
            assert_eq!((sample.label("server"), sample.label("cluster")), ("one", "orders"), "{sample:?}");
            assert_eq!(sample.label("zone"), "a \"b\"", "{sample:?}");
        }
    }
    assert_eq!(of("/probe?target=two%20%26%20%3Cb%3E").value("pg_up", &[]), Some(0.0));
}

/// A probe is for configured servers: else anybody could make pgvigil connect anywhere, with its passwords.
#[test]
fn only_configured_servers() {
    let (_server, exporter) = two_servers();
    for target in ["three", "", "postgres%3A%2F%2Fu%3Asecret%40127.0.0.1%3A5432%2Fdb", "host%3D127.0.0.1", "%F0%9F%90%98"] {
        for path in [format!("/probe?target={target}"), format!("/metrics?server={target}")] {
            let response = exporter.get(&path, &[]);
            assert!((400..500).contains(&response.status), "{path}: {}", response.status);
            assert!(!response.text().contains("secret"), "{path}: {}", response.text());
        }
    }
    assert_eq!(exporter.get("/probe", &[]).status, 400);
    assert_eq!(exporter.get("/nothing", &[]).status, 404);
    assert!(!exporter.log().contains("secret"));
}

#[test]
fn service_discovery() {
    let (_server, exporter) = two_servers();
    let response = exporter.get("/sd", &[]);
    assert_eq!(response.header("content-type"), "application/json");
    let groups: Value = serde_json::from_slice(&response.body).expect("JSON");
    let groups = groups.as_array().expect("a list of groups");
    assert_eq!(groups.len(), 2, "{groups:?}");
    for (group, name) in groups.iter().zip(["one", "two & <b>"]) {
        // Prometheus scrapes pgvigil for each server, and calls the instance by the server's name.
        assert_eq!(group["targets"][0], format!("127.0.0.1:{}", exporter.port), "{group}");
        let labels = &group["labels"];
        assert!(labels.as_object().is_some_and(|labels| labels.values().all(Value::is_string)), "{group}");
        assert_eq!((&labels["instance"], &labels["__param_target"]), (&name.into(), &name.into()));
        // The Prometheus operator and OpenTelemetry shard by it: the address is the same for all.
        assert_eq!(labels["__tmp_hash"], name);
        let escaped = name.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
        let path = labels["__metrics_path__"].as_str().expect("a path");
        let probe = exporter.get(&format!("{path}?target={escaped}"), &[]);
        assert_eq!(probe.status, 200);
    }
}

/// As a scraper with a limit counts it: uncompressed, of all servers.
#[test]
fn the_size_of_the_page() {
    let (_server, exporter) = two_servers();
    eventually(SOON, "the page says how large the one before was", || {
        let length = f64::from(u32::try_from(exporter.get("/metrics", &[]).body.len()).expect("below 4 GB"));
        assert_eq!(exporter.get("/metrics?server=one", &[]).status, 200);
        let page = exporter.get("/metrics", &[("accept-encoding", "gzip")]);
        assert_eq!(page.status, 200);
        let said = exporter.page().value("pgvigil_page_bytes", &[]);
        ensure(said.is_some_and(|said| (said - length).abs() < 1000.0), || format!("{said:?} of {length}"))
    });
}

#[test]
fn health() {
    let (_server, exporter) = two_servers();
    assert_eq!(exporter.get("/-/healthy", &[]).status, 200);
    eventually(SOON, "it is ready", || {
        let response = exporter.get("/-/ready", &[]);
        ensure(response.status == 200, || response.text())
    });
}

/// People see the servers, their state and every query; and a name is not markup.
#[test]
fn landing_page() {
    let (_server, exporter) = two_servers();
    let see = |path: &str, parts: &[&str]| {
        let response = exporter.get(path, &[]);
        assert!(response.header("content-type").starts_with("text/html"));
        let html = response.text();
        assert!(!html.contains("<b>"), "a name is not markup");
        let missing: Vec<_> = parts.iter().filter(|part| !html.contains(**part)).collect();
        assert!(missing.is_empty(), "{path} shows no {missing:?}: {html}");
    };
    see("/", &["one", "two &#38; &#60;b&#62;", "/metrics", "Connection refused"]);
    see("/?server=one", &["one", "activity/count", "statements/top", "replication/receiver"]);
    see("/?server=two%20%26%20%3Cb%3E", &["two &#38; &#60;b&#62;", "Connection refused"]);
}

/// A page of another site can neither have a browser on this machine read the metrics under a name that leads there, nor reload.
#[test]
fn pages_of_other_sites() {
    let (_server, exporter) = two_servers();
    let port = exporter.port;
    let asked = |method: &str, path: &str, headers: &str| {
        let mut wire = Wire::open(port);
        wire.send(format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n").as_bytes());
        let answer = wire.answer().expect("an answer");
        (answer.status, String::from_utf8_lossy(&answer.body).into_owned())
    };
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")] {
        assert_eq!(asked("GET", "/metrics", &format!("Host: {host}\r\n")).0, 200, "{host}");
    }
    for path in ["/", "/metrics", "/sd", "/-/healthy"] {
        let (status, answer) = asked("GET", path, "Host: rebound.evil.example\r\n");
        assert!(status == 421 && answer.contains("allowed_hosts") && !answer.contains("pg_up"), "{path}: {answer}");
    }
    let own = format!("Host: 127.0.0.1:{port}\r\n");
    for headers in ["Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n", "Origin: null\r\n"] {
        let (status, answer) = asked("POST", "/-/reload", &format!("{own}{headers}Content-Length: 0\r\n"));
        assert!(status == 403 && answer.contains("curl"), "{headers}: {answer}");
    }
    assert_eq!(exporter.page().value("pgvigil_reloads_total", &[("result", "success")]), Some(0.0));
    assert_eq!(asked("POST", "/-/reload", &format!("{own}Origin: http://127.0.0.1:{port}\r\nContent-Length: 0\r\n")).0, 200);
    // A name that the configuration lists is right from the next reload on.
    let file = exporter.config_file();
    let text = fs::read_to_string(&file).expect("the configuration");
    fs::write(&file, format!("\u{feff}allowed_hosts: [metrics.example.com]\n{text}").replace('\n', "\r\n")).expect("writable");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200, "{}", exporter.log());
    assert_eq!(asked("GET", "/metrics", "Host: metrics.example.com\r\n").0, 200);
}

/// A good configuration takes effect; a bad one is refused, with its reason, and what ran before goes on.
#[test]
fn reload() {
    let (server, exporter) = two_servers();
    let file = exporter.config_file();
    let good = fs::read_to_string(&file).expect("the configuration");
    assert_eq!(exporter.get("/-/reload", &[]).status, 405, "a browser's prefetch must not reload");

    let reloaded = |wanted| exporter.await_value(SOON, "pgvigil_config_last_reload_successful", &[], Some(wanted));
    fs::write(&file, good.replace("queries:", "querys:")).expect("writable");
    let answer = exporter.client.post("/-/reload").expect("an answer");
    assert!(answer.status >= 400, "{}", answer.status);
    assert!(answer.text().contains("querys"), "{}", answer.text());
    reloaded(0.0);
    assert_eq!(exporter.page().value("pg_up", &[("server", "one")]), Some(1.0));

    fs::write(&file, good.replace("name: \"one\"", "name: \"first\"")).expect("writable");
    let answer = exporter.client.post("/-/reload").expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    reloaded(1.0);
    exporter.await_value(SOON, "pg_up", &[("server", "first")], Some(1.0));
    let page = exporter.await_all(&["first"]);
    assert!(page.all("pg_up", &[("server", "one")]).next().is_none(), "what is configured no more is said no more");

    fs::write(&file, &good).expect("writable");
    process::signal("HUP", &[exporter.pid()]);
    exporter.await_value(SOON, "pg_up", &[("server", "one")], Some(1.0));
    drop(server);
}

/// The second scrape of the same state is the same bytes.
#[test]
fn scrapes_share_one_page() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::once().server("one", &server), &[&server]);
    exporter.await_all(&["one"]);
    let of_the_server = |text: String| {
        let lines: Vec<String> = text.lines().filter(|line| line.starts_with("pg_stat")).map(str::to_owned).collect();
        assert!(lines.len() > 100);
        lines
    };
    assert_eq!(of_the_server(exporter.scrape(Format::Text)), of_the_server(exporter.scrape(Format::Text)));
}
