//! `pgvigil rules`: what it prints is what Prometheus takes, and a reader of one of the documents gets that document's numbers.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;
use yaml_rust2::YamlLoader;

use crate::support::exporter;
use crate::support::judges;
use crate::support::rules::{self, Rule};

const DOCUMENTS: [&str; 5] = ["polyshop", "techcorp", "warehouse", "pivotal-flow", "data-persistence"];

/// What it prints, as a file of its own name.
fn printed(folder: &TempDir, name: &str, arguments: &[&str]) -> PathBuf {
    let output = exporter::run(&[&["rules"], arguments].concat(), folder.path(), &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = folder.path().join(format!("{name}.yml"));
    fs::write(&path, output.stdout).expect("its own folder");
    path
}

#[test]
fn prometheus_takes_what_is_printed() {
    let folder = TempDir::new().expect("a temporary folder");
    let mine = folder.path().join("mine");
    fs::write(&mine, "saturation: { PostgresConnectionsHigh: { warning: 60 %, critical: 70 % } }\naliases: off\n").expect("its own folder");
    let mut files = vec![printed(&folder, "all", &[]), printed(&folder, "with-mine", &["--thresholds", "mine"])];
    files.extend(DOCUMENTS.map(|document| printed(&folder, document, &["--profile", document, "--thresholds", "mine"])));
    judges::rules(&["check", "rules", "--lint=all", "--lint-fatal"], &files);
}

/// The same rules, whoever reads them.
#[test]
fn the_operators_object_holds_the_same_groups() {
    let folder = TempDir::new().expect("a temporary folder");
    let load = |path: PathBuf| YamlLoader::load_from_str(&fs::read_to_string(path).expect("just printed")).expect("YAML").remove(0);
    let file = load(printed(&folder, "file", &[]));
    let object = load(printed(&folder, "object", &["--format", "operator", "--label", "release=it's kube"]));
    assert_eq!(object["apiVersion"].as_str(), Some("monitoring.coreos.com/v1"));
    assert_eq!(object["kind"].as_str(), Some("PrometheusRule"));
    assert_eq!(object["metadata"]["labels"]["release"].as_str(), Some("it's kube"));
    assert!(file["groups"].as_vec().is_some_and(|groups| groups.len() > 10));
    assert_eq!(object["spec"]["groups"], file["groups"]);
}

/// The file that can be copied from says what the rules have.
#[test]
fn what_is_listed_changes_nothing() {
    let folder = TempDir::new().expect("a temporary folder");
    let listed = printed(&folder, "listed", &["--list"]);
    let [plain, again] = [&[][..], &["--thresholds", "listed.yml"]].map(|arguments| rules::of(&printed(&folder, "printed", arguments)));
    assert!(fs::read_to_string(listed).expect("just printed").contains("PostgresConnectionsHigh"));
    let named = |rule: &Rule| (rule.name.clone(), rule.severity().to_owned());
    assert_eq!(plain.iter().map(named).collect::<Vec<_>>(), again.iter().map(named).collect::<Vec<_>>());
    let kept = |rule: &Rule| plain.iter().any(|other| named(other) == named(rule) && other.expression == rule.expression);
    let changed: Vec<&Rule> = again.iter().filter(|rule| !kept(rule)).collect();
    // A product of numbers is printed as what it comes to, and 10e6 as a plain number.
    for rule in changed {
        let was = plain.iter().find(|other| named(other) == named(rule)).expect("the same rules");
        assert!(was.expression.contains(" * ") || was.expression.contains('e'), "{} became {}", was.expression, rule.expression);
    }
}

/// For each document its numbers, as its text has them, and that no other severity of the alert is left.
#[test]
fn a_document_gets_its_own_numbers() {
    let folder = TempDir::new().expect("a temporary folder");
    for (document, alert, ends) in [
        // Lag: 4.3 act over 10 s, 9 escalate over 30 s. Disk free < 10 %. Slow query log of 500 ms. WAL archiving every 5 minutes.
        (
            "polyshop",
            "PostgresReplicaLagHigh",
            &["warning > 10", "critical > 30", "warning > 10 unless on (server) pg_replication_lag_seconds"][..],
        ),
        ("polyshop", "PostgresDiskSpaceLow", &["critical < 0.1"]),
        ("polyshop", "PostgresSlowQueries", &["warning > 0.5"]),
        ("polyshop", "PostgresWalArchiveDelayed", &["warning > 300"]),
        ("polyshop", "PostgresStaleReads", &[]),
        ("polyshop", "PostgresTableLarge", &[]),
        // "Configured Alerts" and "Key Metrics".
        ("techcorp", "PostgresCPUHigh", &["warning > 0.8"]),
        ("techcorp", "PostgresConnectionsHigh", &["warning > 0.8", "warning > 400 unless on (server) pg_connections_used"]),
        ("techcorp", "PostgresReplicaLagHigh", &["warning > 60", "warning > 60 unless on (server) pg_replication_lag_seconds"]),
        ("techcorp", "PostgresDiskSpaceLow", &["warning < 0.2"]),
        ("techcorp", "PostgresDeadlocks", &["warning > 0"]),
        ("techcorp", "PostgresMemoryLow", &["warning < 1000000000 unless on (server) server:memory_total_bytes:max < 8e9"]),
        ("techcorp", "PostgresReadLatencyHigh", &["warning > 0.02"]),
        ("techcorp", "PostgresWriteLatencyHigh", &["warning > 0.05"]),
        ("techcorp", "PostgresTableBloat", &[]),
        // "Alert if > 80% of max connections", queries over 5 minutes, "Alert if table > 10GB", idle for 10 minutes.
        ("warehouse", "PostgresConnectionsHigh", &["warning > 0.8"]),
        ("warehouse", "PostgresLongQueries", &["warning > 300"]),
        ("warehouse", "PostgresTableLarge", &["info > 10000000000 unless on (server) server:watched_primaries:count"]),
        ("warehouse", "PostgresIdleConnections", &["info > 0.5"]),
        ("warehouse", "PostgresReplicaLagHigh", &[]),
        // Queries over 5 seconds are looked at and those over 5 minutes cancelled; daily vacuum, weekly analyze.
        ("pivotal-flow", "PostgresLongQueries", &["info > 5", "warning > 300"]),
        ("pivotal-flow", "PostgresSlowQueries", &["warning > 1"]),
        ("pivotal-flow", "PostgresIdleConnections", &["warning > 0.5"]),
        ("pivotal-flow", "PgBackRestBackupOld", &[]),
        // Lag over 1 s or 10 MB, over 5 s reads are routed; 80 % of connections, pools and disk; queries over 30 s; mean over 1 s; bloat 30 %.
        ("data-persistence", "PostgresReplicaLagHigh", &["warning > 1"]),
        ("data-persistence", "PostgresReplicaLagBytesHigh", &["info > 10000000"]),
        ("data-persistence", "PostgresStaleReads", &["warning > 5"]),
        ("data-persistence", "PostgresConnectionsHigh", &["warning > 0.8"]),
        ("data-persistence", "PostgresLongQueries", &["warning > 30"]),
        ("data-persistence", "PostgresSlowQueries", &["warning > 1"]),
        ("data-persistence", "PostgresDatabaseSizeHigh", &["warning > 0.8"]),
        ("data-persistence", "HikariPoolUsageHigh", &["warning > 0.8"]),
        ("data-persistence", "PostgresReplicaCPUHigh", &["info > 0.7 and on (server) pg_in_recovery == 1"]),
        ("data-persistence", "PostgresDiskAwaitHigh", &["info > 0.02"]),
        ("data-persistence", "PostgresWalArchiveDelayed", &["critical > 900"]),
    ] {
        let printed = rules::of(&printed(&folder, document, &["--profile", document]));
        let said: Vec<String> = printed.iter().filter(|rule| rule.name == alert).map(comparison).collect();
        assert_eq!(said, ends, "{document}: {alert}");
    }
}

/// Rules that are cut off are rules that are missing.
#[test]
fn a_full_disk_is_told() {
    let full = fs::File::create("/dev/full").expect("Linux has it");
    let output = Command::new(env!("CARGO_BIN_EXE_pgvigil")).arg("rules").stdout(full).output().expect("pgvigil runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("No space left on device"), "{said}");
}

/// The severity, and the expression from its last comparison that is not within brackets on.
fn comparison(rule: &Rule) -> String {
    let mut depth = 0;
    let outside = rule.expression.char_indices().filter(|(_, c)| {
        depth += i32::from(*c == '(') - i32::from(*c == ')');
        depth == 0 && (*c == '<' || *c == '>')
    });
    let (start, _) = outside.into_iter().next().expect("a comparison");
    let words: Vec<&str> = rule.expression[start..].split_whitespace().collect();
    format!("{} {}", rule.severity(), words.join(" "))
}
