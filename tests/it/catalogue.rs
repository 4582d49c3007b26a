//! What `pgvigil queries` says of the metrics is what a server gets.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::project;
use crate::support::server::Server;

fn say(arguments: &[&str]) -> String {
    let output = exporter::run(arguments, Path::new("/"), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn every_metric_is_in_the_catalogue() {
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::quick().server("primary", &server), &[&server]);
    let page = exporter.await_all(&["primary"]);
    for listing in [say(&["queries"]), say(&["queries", "--markdown"])] {
        let missing: BTreeSet<&str> =
            page.names().into_iter().filter(|name| !name.starts_with("pgvigil_") && !listing.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        for (query, _) in exporter::catalogue() {
            assert!(listing.contains(&query), "{query}");
        }
    }
}

/// A value test for each query file, and none that tests nothing.
#[test]
fn every_query_has_its_values_tested() {
    let folder = project().join("tests/values");
    let mut tests: BTreeSet<String> = exporter::files(&folder, "sql").iter().map(|path| exporter::name(&folder, path)).collect();
    // What stands at the top is shared by them.
    tests.retain(|name| name.contains('/'));
    // A console's and the machine's values have tests of their own.
    let queries: BTreeSet<String> = exporter::catalogue().into_iter().map(|(name, _)| name).collect();
    assert_eq!(queries, tests);
}
