//! The machine of a server, where `node_exporter` tells of it and not pgvigil.

use super::{Chain, SOON};
use crate::support::config::Config;
use crate::support::process::{self, User};
use crate::support::server::Server;
use crate::support::{Generation, ensure, eventually, tool};

/// The rules of the machine stand on these.
const RECORDS: &[&str] = &[
    "server:cpu_used:ratio5m >= 0 < 1.01",
    "server:memory_available_bytes:max > 1e6",
    "server:memory_total_bytes:max > 1e6",
    "server_mountpoint:filesystem_avail_bytes:max > 0",
    "server_mountpoint:filesystem_size_bytes:max > 0",
];

#[test]
fn the_oldest_prometheus_reads_node_exporter() {
    reads_node_exporter(Generation::Oldest);
}

#[test]
fn the_newest_prometheus_reads_node_exporter() {
    reads_node_exporter(Generation::Newest);
}

fn reads_node_exporter(generation: Generation) {
    let server = Server::primary(18);
    let port = process::free_port();
    let mut command = process::command(tool("node_exporter").expect("node_exporter is installed"), User::Same, "KILL");
    let quiet = std::process::Stdio::null;
    command.arg(format!("--web.listen-address=127.0.0.1:{port}")).stdout(quiet()).stderr(quiet());
    let mut node = process::spawn(command);
    // pgvigil is elsewhere.
    let config = Config::quick().without_detail().line("disable: [\"host/*\"]").server("orders", &server);
    let chain = Chain::start(&config, generation, &["orders"]);
    for record in RECORDS {
        let found = chain.prometheus.query(record);
        assert!(found.as_ref().is_ok_and(Vec::is_empty), "{record}: {found:?}");
    }

    let of_server = "relabel_configs: [{ target_label: server, replacement: orders }]";
    chain.prometheus.scrape(&[("pgvigil", chain.exporter.port, ""), ("node", port, of_server)]);
    for record in RECORDS {
        let of_orders = format!("count({record}) == count(({record}) and on (server) pg_up{{server=\"orders\"}})");
        chain.sees(&of_orders);
    }
    // One alert, whoever tells of the disk.
    eventually(SOON, "no two of one name", || {
        let found = chain.prometheus.query("count by (server, mountpoint) (server_mountpoint:filesystem_size_bytes:max) > 1")?;
        ensure(found.is_empty(), || format!("{found:?}"))
    });
    let _ = node.kill();
    let _ = node.wait();
}
