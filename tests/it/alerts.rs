//! The rules of `alerts/`: that Prometheus takes them, that each alert is tested, explained and fires on what exists.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::support::promql::{self, Selector};
use crate::support::rules::{self, Rule};
use crate::support::server::Server;
use crate::support::{exporter, judges, project, vocabulary};

on_every_major!(queries_of_the_runbooks_run);

fn alerts() -> impl Iterator<Item = Rule> {
    rules::all().into_iter().filter(|rule| rule.alert.is_some())
}

#[test]
fn prometheus_takes_the_rules() {
    judges::rules(&["check", "rules", "--lint=all", "--lint-fatal"], &rules::files("alerts"));
}

#[test]
fn alerts_fire_and_clear() {
    judges::rules(&["test", "rules"], &rules::files("alerts/tests"));
}

/// For each tier of each alert a unit test in which it is silent, then fires, then is silent again.
#[test]
fn every_alert_is_tested() {
    let tests = rules::unit_tests();
    for rule in alerts() {
        let severity = rule.alert.as_ref().map(|alert| alert.severity.clone()).unwrap_or_default();
        let shown = tests.iter().filter(|test| test.alert == rule.name && test.file == rule.file).any(|test| {
            assert!(test.looks.is_sorted_by_key(|look| look.seconds), "{}: looks are not in the order of time", test.alert);
            let fires: Vec<bool> = test.looks.iter().map(|look| look.severities.contains(&severity)).collect();
            let first = fires.iter().position(|fires| *fires);
            first.is_some_and(|first| first > 0 && fires.last() == Some(&false))
        });
        assert!(shown, "alerts/tests/{}: {} ({severity}) is not seen silent, firing and silent again", rule.file, rule.name);
    }
    for test in &tests {
        assert!(alerts().any(|rule| rule.name == test.alert), "{}: there is no alert {}", test.file, test.alert);
    }
}

#[test]
fn every_alert_explains_itself() {
    for rule in alerts() {
        let Some(alert) = &rule.alert else { continue };
        let what = format!("{} ({})", rule.name, alert.severity);
        assert!(["critical", "warning", "info"].contains(&alert.severity.as_str()), "{what}: the severity is unknown");
        let summary = alert.annotation("summary");
        assert!(summary.ends_with('.') && !summary.contains("{{"), "{what}: the summary is not a static sentence: {summary}");
        // One may end with the `{{ end }}` of a condition.
        assert!(alert.annotation("description").ends_with(['.', '}']), "{what}: the description is not a sentence");
        assert!(alert.annotation("runbook_url").ends_with(&format!("/{}.md", rule.name)), "{what}: another runbook");
        assert!(alert.annotation("dashboard_url").contains("/d/pgvigil-"), "{what}: no dashboard");
        // A window keeps a momentary sign for its length; anything else has to last, or it cries wolf at each blip.
        let momentary = promql::references(&rule.expression).has_range || rule.expression.contains("time()");
        assert!(alert.wait.is_some() || momentary, "{what}: neither a `for` nor a window");
    }
}

#[test]
fn every_alert_has_a_runbook() {
    const HEADINGS: [&str; 5] = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation"];
    let folder = project().join("alerts/runbooks");
    let named: BTreeSet<String> = alerts().map(|rule| format!("{}.md", rule.name)).collect();
    let present: BTreeSet<String> = runbooks().into_keys().collect();
    assert_eq!(named, present, "alerts and their runbooks");
    for (name, text) in runbooks() {
        assert!(text.starts_with(&format!("# {}\n", name.trim_end_matches(".md"))), "{name}: another title");
        let headings: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, HEADINGS, "{name}");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            assert!(folder.join(link).exists(), "{name}: {link} leads nowhere");
        }
    }
}

/// Each alert stands in the table of the thresholds, and the table names no other.
#[test]
fn the_table_of_thresholds_is_whole() {
    let text = fs::read_to_string(project().join("alerts/README.md")).expect("alerts/README.md");
    let linked: BTreeSet<&str> = text.split("](runbooks/").skip(1).filter_map(|rest| rest.split(".md)").next()).collect();
    let named: BTreeSet<String> = alerts().map(|rule| rule.name).collect();
    assert_eq!(linked, named.iter().map(String::as_str).collect(), "the alerts of alerts/README.md");
}

/// Each alert is made for real by a test that its row names, or the README says that it cannot be.
#[test]
fn every_alert_is_seen_live_or_excused() {
    let text = fs::read_to_string(project().join("alerts/README.md")).expect("alerts/README.md");
    let (before, table) = text.split_once("\n## From the documents to the alerts\n").expect("a table");
    let (_, reasons) = before.split_once("These cannot be made there:").expect("reasons");
    let excused: BTreeSet<&str> = reasons.split([' ', ',', ':', '\n']).collect();
    // Each alert of a row, with each test in its last column.
    let mut named = BTreeSet::new();
    for row in table.lines() {
        let files = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default().split(", ");
        for file in files.filter_map(|file| file.strip_suffix(".rs")) {
            let links = row.split("](runbooks/").skip(1).filter_map(|rest| rest.split(".md)").next());
            named.extend(links.map(|alert| (alert, file)));
        }
    }
    let mut sources = exporter::files(&project().join("tests/it/alerts_live"), "rs");
    sources.push(project().join("tests/it/dashboards_live.rs"));
    for rule in alerts() {
        let quoted = format!("\"{}\"", rule.name);
        let live = sources.iter().filter(|path| fs::read_to_string(path).expect("a test").contains(&quoted));
        let live: Vec<&str> = live.filter_map(|path| path.file_stem()?.to_str()).collect();
        assert_eq!(live.is_empty(), excused.contains(rule.name.as_str()), "{}: live in {live:?}, or else excused", rule.name);
        for test in live {
            assert!(named.contains(&(rule.name.as_str(), test)), "no row of {} names {test}.rs", rule.name);
        }
    }
    for (alert, test) in named {
        assert!(sources.iter().any(|path| path.file_stem().is_some_and(|stem| stem == test)), "{alert}: there is no test {test}.rs");
    }
}

/// What a rule refers to is exported by a query, by pgvigil itself, by a rule, or by an exporter that is known by name.
#[test]
fn every_expression_names_what_exists() {
    let vocabulary = vocabulary::all();
    for rule in rules::all() {
        let what = format!("{}: {}", rule.file, rule.name);
        let references = promql::references(&rule.expression);
        let mut known: BTreeSet<&str> = ["server", "job", "instance"].into();
        known.extend(references.made.iter().map(String::as_str));
        for Selector { metric, labels, .. } in &references.selectors {
            let of_metric = &vocabulary.get(metric).unwrap_or_else(|| panic!("{what}: nobody exports {metric}")).labels;
            for label in labels {
                assert!(of_metric.contains(label) || known.contains(label.as_str()), "{what}: {metric} has no label {label}");
            }
            known.extend(of_metric.iter().map(String::as_str));
        }
        for label in &references.grouped {
            assert!(known.contains(label.as_str()), "{what}: joined or summed up by {label}, which nothing here has");
        }
        for (_, text) in rule.alert.iter().flat_map(|alert| &alert.annotations) {
            for label in text.split("$labels.").skip(1).filter_map(|rest| rest.split([' ', '}']).next()) {
                assert!(known.contains(label), "{what}: an annotation says {label}, which nothing here has");
            }
        }
    }
}

/// The queries that an engineer is told to paste do run, on the versions that they are said to be for.
fn queries_of_the_runbooks_run(major: u32) {
    let server = Server::primary(major);
    let psql = server.psql();
    let mut run = BTreeSet::new();
    for (name, text) in runbooks() {
        for block in text.split("```sql").skip(1) {
            let (from, script) = block.split_once('\n').expect("a block");
            let script = script.split("```").next().expect("an end");
            let from = from.trim().strip_prefix("from ").map_or(13, |from| from.parse().expect("a version"));
            if major >= from && run.insert(script.to_owned()) {
                psql.try_run(script).unwrap_or_else(|error| panic!("{name} on {major}: {error}\n{script}"));
            }
        }
    }
    assert!(run.len() > 20, "only {} queries in the runbooks", run.len());
}

fn runbooks() -> BTreeMap<String, String> {
    fs::read_dir(project().join("alerts/runbooks"))
        .expect("alerts/runbooks")
        .map(|entry| entry.expect("an entry").path())
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read_to_string(&path).expect("a runbook")))
        .collect()
}
