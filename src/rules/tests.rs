//! The bundled rules, as they are printed.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::rules::thresholds::Part;

/// The rules with these thresholds of an operator's own, or every error as `line:column message (hint)`.
fn printed(thresholds: &str) -> Result<String, Vec<String>> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mine.yml");
    fs::write(&path, thresholds).unwrap();
    let show = |error: Diagnostic| {
        let place = error.place.map_or(error.path, |place| format!("{}:{}", place.line, place.column));
        error.hint.map_or(format!("{place} {}", error.message), |hint| format!("{place} {} ({hint})", error.message))
    };
    print(&Request { thresholds: Some(path), ..Request::default() }).map_err(|errors| errors.into_iter().map(show).collect())
}

/// The lines in which two prints differ.
fn difference(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
    let only = |of: &str, not: &str| -> Vec<String> {
        let mut rest: Vec<&str> = not.lines().collect();
        let mut only = Vec::new();
        for line in of.lines() {
            match rest.iter().position(|other| *other == line) {
                Some(at) => drop(rest.remove(at)),
                None => only.push(line.trim().to_owned()),
            }
        }
        only
    };
    (only(old, new), only(new, old))
}

fn shipped() -> String {
    print(&Request::default()).unwrap()
}

#[test]
fn every_rule_is_printed_as_it_is_written() {
    let printed = shipped();
    for (area, text) in FILES {
        let (_, groups) = text.split_once("groups:\n").unwrap();
        assert!(printed.contains(groups.trim_end()), "{area}");
        let rules = text.matches("\n      - ").count();
        assert_eq!(RuleFile::read(area, text).rules().count(), rules, "{area}");
    }
}

#[test]
fn every_number_that_can_be_set_stands_in_its_rule() {
    let thresholds = Thresholds::bundled().unwrap();
    let mut seen = 0;
    for ((area, alert), part, threshold) in thresholds.iter() {
        let (_, text) = FILES.iter().find(|(name, _)| name == area).unwrap_or_else(|| panic!("{area}"));
        let mut file = RuleFile::read("", text);
        let mut replaced = 0;
        for rule in file.rules_mut().filter(|rule| rule.alert.as_deref() == Some(alert)) {
            if part == Part::AtLeast || rule.severity.map(Part::Tier) == Some(part) {
                assert!(rule.replace(threshold.value, threshold.value + 1.0), "{area}: {alert}: {part} is not in its expression");
                assert!(!rule.replace(threshold.value, 0.0));
                replaced += 1;
            }
        }
        assert_eq!(replaced, 1, "{area}: {alert}: {part}");
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
}

#[test]
fn what_is_chosen_is_printed() {
    let mine = "saturation:\n  PostgresConnectionsHigh: { warning: 70 %, critical: 85% }\nmaintenance:\n  PostgresTableBloat: { at_least: 1 GiB }\n  \
                PostgresAutovacuumMissing: { warning: 2 days }\nrds: { PostgresConnectionsHigh: { warning: 900 } }\n";
    let (old, new) = difference(&shipped(), &printed(mine).unwrap());
    assert_eq!(
        new,
        [
            "expr: pg_connections_used / pg_connections_max > 0.7",
            "expr: pg_connections_used / pg_connections_max > 0.85",
            "unless on (server, datname, schemaname, relname) time() - pg_stat_user_tables_last_autovacuum_timestamp_seconds < 172800",
            "unless on (server, datname, schemaname, relname) time() - pg_stat_user_tables_last_vacuum_timestamp_seconds < 172800",
            "pg_table_bloat_ratio > 0.3 and pg_table_bloat_bytes > 1073741824",
            "expr: server:rds_connections:max > 900 unless on (server) pg_connections_used",
        ]
    );
    assert_eq!(old.len(), new.len());
}

#[test]
fn what_is_off_is_left_out() {
    let without = printed(
        "aliases: off\nbackup: off\navailability: { PostgresDown: off }\nreplication: { PostgresReplicaLagHigh: { info: off, critical: off } }\n",
    )
    .unwrap();
    for gone in [
        "record: postgresql_up",
        "alert: PgBackRestBackupOld",
        "alert: PostgresDown",
        "lag:seconds > 30",
        "pgvigil-backup",
        "lag:seconds > 1\n",
    ] {
        assert!(!without.contains(gone), "{gone}");
    }
    assert!(without.contains("server:replica_lag:seconds > 10\n") && without.contains("alert: PostgresLoginFailing"));
}

#[test]
fn ones_own_numbers_stand_over_the_profile() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mine.yml");
    fs::write(&path, "backup: { PgBackRestBackupOld: { warning: 40 h } }\nreplication: { PostgresReplicaLagHigh: { warning: 20 s } }\n")
        .unwrap();
    let request = Request { profile: Some(Profile::PivotalFlow), thresholds: Some(path), ..Request::default() };
    let printed = print(&request).unwrap();
    assert!(printed.contains("> 144000") && !printed.contains("> 50 * 3600"), "of an area that is off, what is named comes back");
    assert!(printed.contains("server:replica_lag:seconds > 20\n") && !printed.contains("server:replica_lag:seconds > 30"));
}

#[test]
fn profiles_are_well() {
    for profile in <Profile as clap::ValueEnum>::value_variants() {
        let printed = print(&Request { profile: Some(*profile), ..Request::default() });
        assert!(printed.as_ref().is_ok_and(|printed| printed.contains("alert: PostgresDown")), "{printed:?}");
    }
}

#[test]
fn addresses_are_ones_own() {
    let request = Request { runbooks: Some("https://wiki/pg/".to_owned()), dashboards: Some("https://g".to_owned()), ..Request::default() };
    let printed = print(&request).unwrap();
    assert!(printed.contains("runbook_url: https://wiki/pg/PostgresDown.md\n"));
    assert!(printed.contains("dashboard_url: https://g/d/pgvigil-overview?var-server="));
    assert!(!printed.contains("example.com"));
}

#[test]
fn says_what_is_wrong_and_where() {
    for (text, said) in [
        ("saturatoin: off\n", "1:1 there is no area `saturatoin` (did you mean `saturation`?)"),
        (
            "saturation: { PostgresConectionsHigh: off }\n",
            "1:15 there is no alert `PostgresConectionsHigh` in the area `saturation` (did you mean `PostgresConnectionsHigh`?)",
        ),
        (
            "saturation: { PostgresDown: off }\n",
            "1:15 there is no alert `PostgresDown` in the area `saturation` (it stands in `availability`)",
        ),
        (
            "saturation: { PostgresConnectionsHigh: { info: 70 % } }\n",
            "1:42 PostgresConnectionsHigh has no `info` (known are warning, critical)",
        ),
        (
            "saturation: { PostgresConnectionsHigh: { warning: 70 s } }\n",
            "1:51 PostgresConnectionsHigh is not measured so (write a share, such as 80 %)",
        ),
        (
            "saturation: { PostgresConnectionsHigh: { warning: 400 } }\n",
            "1:51 PostgresConnectionsHigh is not measured so (write a share, such as 80 %)",
        ),
        ("saturation: { PostgresConnectionsHigh: { warning: 140 % } }\n", "1:51 a share is from 0 to 100 %"),
        (
            "saturation: { PostgresConnectionsHigh: { warning: 95 % } }\n",
            "1:51 `warning` of PostgresConnectionsHigh would speak later than `critical` (set both, or leave one out: `warning: off`)",
        ),
        (
            "storage: { PostgresDiskSpaceLow: { critical: 30 % } }\n",
            "1:46 `warning` of PostgresDiskSpaceLow would speak later than `critical` (set both, or leave one out: `warning: off`)",
        ),
        (
            "storage: { PostgresDiskSpaceLow: { critical: \"> 5 %\" } }\n",
            "1:46 PostgresDiskSpaceLow speaks on the other side of its number (write the number alone)",
        ),
        ("availability: { PostgresDown: { critical: 5 } }\n", "1:43 PostgresDown has no number for `critical` (it can be `off`)"),
        ("availability: { PostgresDown: 5 }\n", "1:31 expected `off`, or a value for each severity (known are critical)"),
        (
            "maintenance: { PostgresTableBloat: { at_least: off } }\n",
            "1:48 not a threshold (write a share, such as 80 %; a time, such as 500 ms, 30 s, 10 min or 7 days; a size, such as 10 MB or 1 GiB; a number, such as 400, or `off`)",
        ),
        ("records: off\n", "1:10 the rules of other areas stand on `records` (leave those out that you do not want)"),
        ("rds: 5\n", "1:6 expected alerts with their thresholds, or `off`"),
        ("rds: [off]\n", "1:6 expected a string, found a list"),
    ] {
        assert_eq!(printed(text).unwrap_err(), [said], "{text}");
    }
    assert_eq!(printed("rds: 5\nhost: 6\n").unwrap_err().len(), 2, "all errors are said at once");
    assert!(printed("").is_ok(), "nothing is chosen");
    assert!(printed("saturation: { PostgresIdleConnections: { info: 60 %, warning: 40 % } }\n").is_ok(), "these are of different times");
}
