//! What is said of rules and dashboards.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::library;
use crate::settings::Settings;

/// What is said of these files with these settings of queries, and whether all is well.
fn said(files: &[(&str, &str)], queries: &str) -> (String, bool) {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("pgvigil.yml");
    fs::write(&config, format!("servers:\n  - {{ name: a, url: postgres://h }}\nqueries: {{ {queries} }}\n")).unwrap();
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| folder.path().join(name)).collect();
    for (path, (_, text)) in paths.iter().zip(files) {
        fs::write(path, text).unwrap();
    }
    let settings = Settings::load(Some(&config), &HashMap::new()).unwrap();
    let catalog = library::catalog(&settings).unwrap();
    let (text, is_well) = uses(&paths, &settings, &catalog).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(|error| format!("{}\n", error.message)).collect();
        (errors.concat(), false)
    });
    (text.replace(&format!("{}/", folder.path().display()), ""), is_well)
}

const RULES: &str = "groups:
  - name: own
    rules:
      - alert: SequentialScans
        expr: rate(pg_stat_user_tables_seq_scan_total[5m]) > 10 and on (server) pg_up == 1
      - record: pg_own_sum
        expr: sum(pg_stat_user_tables_n_dead_tup)
      - alert: Typo
        expr: pg_own_sum > 5 or pg_stat_user_tables_n_daed_tup > 5 or node_load1 > 5 or pg_own:sum > 1
      - alert: Old
        expr: pg_stat_activity_max_tx_duration > 600
";

const BOARD: &str = r#"{"dashboard": {"title": "Own", "panels": [{"title": "Rows", "panels": [{"title": "Scans",
    "targets": [{"expr": "sum(rate(pg_stat_user_tables_seq_scan_total{server=~\"$server\"}[$__rate_interval]))"},
                {"expr": "{__name__=~\"pg_stat_user_tables_.*_total\"}"}]}]}],
    "templating": {"list": [{"name": "server", "definition": "label_values(pg_nothing_at_all, server)",
                             "query": {"query": "label_values(pg_nothing_at_all, server)"}}]}}}"#;

#[test]
fn says_what_is_missing_and_how_to_get_it() {
    let (text, is_well) = said(&[("rules.yml", RULES), ("board.json", BOARD)], "");
    assert!(!is_well);
    let total = pgvigil_total(&text);
    assert_eq!(
        text,
        format!(
            "8 names of pgvigil's metrics in 2 files: 4 exported, 1 need detail, 1 need a query that is off, 2 do not exist

does not exist: pg_nothing_at_all
    board.json: server

off: pg_stat_activity_max_tx_duration (compat/postgres_exporter/stat_activity)
    rules.yml: Old

note: pg_stat_user_tables_*_total: {total} metrics that it matches are exported
    board.json: Scans

does not exist: pg_stat_user_tables_n_daed_tup; did you mean pg_stat_user_tables_n_dead_tup?
    rules.yml: Typo

needs detail: pg_stat_user_tables_seq_scan_total (tables/stat)
    board.json: Scans
    rules.yml: SequentialScans

The configuration that exports them:

queries:
  detail: [pg_stat_user_tables_seq_scan_total]
  override:
    \"compat/postgres_exporter/stat_activity\": {{ enabled: true }}
"
        )
    );
}

/// `4 of the 20`, which changes with the catalogue.
fn pgvigil_total(text: &str) -> &str {
    text.split_once("_total: ").and_then(|(_, rest)| rest.split_once(" metrics")).map_or("", |(count, _)| count)
}

#[test]
fn what_the_configuration_brings_back_is_well() {
    let rules = "groups:\n- rules:\n  - alert: A\n    expr: pg_stat_user_tables_seq_scan_total + pg_stat_activity_max_tx_duration\n";
    let (text, is_well) = said(&[("a.yml", rules)], "detail: [tables/stat], override: { \"compat/*\": { enabled: true } }");
    assert!(is_well, "{text}");
    assert!(!said(&[("a.yml", rules)], "detail: true").1);
    let (text, _) = said(&[("a.yml", rules)], "disable: [\"compat/*\"], detail: [io/stat]");
    assert!(text.contains("  detail: [\"io/stat\", pg_stat_user_tables_seq_scan_total]\n"), "{text}");
    assert!(text.contains("# remove the glob of `disable` that matches compat/postgres_exporter/stat_activity"), "{text}");
}

#[test]
fn objects_of_the_operator_are_read() {
    let object = "---\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n  - rules:\n    - alert: One\n      expr: pg_nothing\n\
                  ---\nspec: { groups: [{ rules: [{ alert: Two, expr: pg_nothing }] }] }\n";
    let (text, _) = said(&[("a.yml", object)], "");
    assert!(text.contains("does not exist: pg_nothing\n    a.yml: One\n    a.yml: Two\n"), "{text}");
}

#[test]
fn what_is_no_such_file_is_an_error() {
    assert_eq!(said(&[("a.yml", "listen: :1\n")], "").0, "no expression is in this file\n");
    assert!(said(&[("a.json", "{\"a\": ")], "").0.starts_with("not JSON: "));
    assert!(said(&[("a.yml", "a: [\n")], "").0.starts_with("not YAML: "));
    let settings = Settings::load(None, &HashMap::new()).unwrap();
    let catalog = library::catalog(&settings).unwrap();
    let errors = uses(&[PathBuf::from("/nowhere/a.yml")], &settings, &catalog).unwrap_err();
    assert!(errors[0].message.starts_with("cannot be read"));
}

/// No bundled rule and no bundled board reads what is not on the default page. (What is on it for none of them, another test says.)
#[test]
fn bundled_rules_and_boards_need_no_detail() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["alerts", "dashboards"].iter().flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    let is_read = |path: &PathBuf| path.extension().is_some_and(|it| it == "yml" || it == "json");
    let files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).filter(is_read).collect();
    assert!(files.len() > 20);
    let settings = Settings::load(None, &HashMap::new()).unwrap();
    let (text, _) = uses(&files, &settings, &library::catalog(&settings).unwrap()).unwrap();
    // Panels of queries that are off as shipped say so themselves.
    assert!(text.contains(" 0 need detail, ") && text.contains(" 0 do not exist\n"), "{text}");
}

/// What is said of the rules above with this configuration of servers.
fn said_of(config: &str, rules: &str) -> (String, bool) {
    let folder = TempDir::new().unwrap();
    let (file, path) = (folder.path().join("pgvigil.yml"), folder.path().join("rules.yml"));
    fs::write(&file, config).unwrap();
    fs::write(&path, format!("groups: [{{ name: own, rules: [{{ alert: A, expr: \"{rules}\" }}] }}]\n")).unwrap();
    let settings = Settings::load(Some(&file), &HashMap::new()).unwrap();
    uses(&[path], &settings, &library::catalog(&settings).unwrap()).unwrap_or_else(|errors| panic!("{errors:?}"))
}

#[test]
fn what_servers_have_otherwise_counts() {
    let two = |queries: &str| {
        format!("servers:\n  - {{ name: a, url: postgres://h }}\n  - {{ name: b, url: postgres://h, queries: {{ {queries} }} }}\n")
    };
    let scans = "pg_stat_user_tables_seq_scan_total > 1";
    let (text, is_well) = said_of(&two("detail: true"), scans);
    assert!(is_well && text.contains("note: pg_stat_user_tables_seq_scan_total is not exported by a\n"), "{text}");
    let (text, is_well) = said_of(&two("disable: [\"tables/*\"]"), "pg_stat_user_tables_n_dead_tup > 1");
    assert!(is_well && text.contains("is not exported by b\n"), "{text}");
    // What `defaults` says replaces the global list, so that the remedy has to stand there.
    let defaults = "servers: [{ name: a, url: postgres://h }]\ndefaults: { queries: { detail: [\"io/slru\"], disable: [\"wal/*\"] } }\n";
    let (text, _) = said_of(defaults, &format!("{scans} or pg_wal_size_bytes > 1"));
    assert!(text.contains("\ndefaults:\n  queries:\n    detail: [\"io/slru\", pg_stat_user_tables_seq_scan_total]\n"), "{text}");
    assert!(text.contains("    # remove the glob of `disable` that matches wal/directory\n"), "{text}");
}

#[test]
fn a_query_that_is_off_may_need_detail_too_and_another_exporters_scrape_is_off() {
    let config = "servers: [{ name: a, url: postgres://h }]\nqueries: { disable: [\"tables/stat\"] }\n";
    let (text, _) = said_of(config, "pg_stat_user_tables_seq_scan_total > 1");
    assert!(text.contains("off: pg_stat_user_tables_seq_scan_total (tables/stat)\n"), "{text}");
    assert!(text.contains("  detail: [pg_stat_user_tables_seq_scan_total]\n  # remove the glob"), "{text}");
    let (text, is_well) = said_of("servers: [{ name: a, url: postgres://h }]\n", "pg_exporter_last_scrape_error > 0");
    assert!(!is_well && text.contains("    \"compat/postgres_exporter/*\": { enabled: true }\n"), "{text}");
}
