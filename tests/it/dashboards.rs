//! The dashboards as they are shipped: that Grafana takes them, that Prometheus takes their expressions, that all they name exists, and
//! that they are as one would want to find them. How they look, a picture says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::dashboards::{self, Board, filled, list, text};
use crate::support::promql::{self, References};
use crate::support::{judges, rules, vocabulary};

/// Grafana's ids of the units that are used here (packages/grafana-data/src/valueFormats/categories.ts).
const UNITS: [&str; 10] = ["percentunit", "s", "dateTimeFromNow", "bytes", "binBps", "short", "ops", "rowsps", "iops", "none"];

/// What Grafana's dashboard-linter asks for, and what a file needs so that it can be imported and provisioned as it is.
#[test]
fn grafana_takes_the_boards() {
    for board in dashboards::all() {
        let (name, json) = (&board.name, &board.json);
        assert_eq!(text(&json["uid"]), name, "the uid is the name of the file");
        assert!((39..=41).contains(&json["schemaVersion"].as_u64().expect("a number")), "{name}: another schemaVersion");
        assert_eq!(json["editable"], false, "{name}");
        assert!(json["id"].is_null() && json["__inputs"].is_null(), "{name}: only for the Grafana that it was exported from");
        assert!(list(&json["tags"]).contains(&json!("pgvigil")), "{name}: the links between the boards go by this tag");
        let link = &json["links"][0];
        assert_eq!([&link["tags"], &link["includeVars"], &link["keepTime"]], [&json!(["pgvigil"]), &json!(true), &json!(true)], "{name}");
        for panel in board.panels() {
            let what = format!("{name}: {}", panel["title"]);
            assert!(["stat", "timeseries", "gauge", "bargauge", "table"].contains(&text(&panel["type"])), "{what}: {}", panel["type"]);
            let targets = list(&panel["targets"]);
            assert!(!targets.is_empty(), "{what}: no query");
            for asked in targets.iter().chain([panel]) {
                assert_eq!(asked["datasource"], json!({ "type": "prometheus", "uid": "${datasource}" }), "{what}");
            }
            for unit in units(panel) {
                assert!(UNITS.contains(&unit) || (unit == "string" && panel["type"] == "table"), "{what}: Grafana has no unit {unit}");
            }
            if panel["type"] == "timeseries" {
                assert_eq!(panel["options"]["tooltip"], json!({ "mode": "multi", "sort": "desc" }), "{what}");
            }
        }
    }
}

/// Of a panel, and of its columns.
fn units(panel: &Value) -> Vec<&str> {
    let config = &panel["fieldConfig"];
    let properties = list(&config["overrides"]).iter().flat_map(|field| list(&field["properties"]));
    let of_columns = properties.filter(|property| property["id"] == "unit").map(|property| text(&property["value"]));
    of_columns.chain([text(&config["defaults"]["unit"])]).collect()
}

#[test]
fn what_can_be_chosen_is_the_same_everywhere() {
    for board in dashboards::all() {
        let name = &board.name;
        let names: Vec<&str> = board.variables().map(|variable| text(&variable["name"])).collect();
        assert!(names.starts_with(&["datasource", "job", "cluster", "server"]), "{name}: {names:?}");
        for variable in board.variables() {
            let what = format!("{name}: ${}", text(&variable["name"]));
            if variable["type"] == "datasource" {
                assert_eq!([&variable["label"], &variable["query"]], ["Data source", "prometheus"], "{what}");
                continue;
            }
            // What need not be there is asked for by `.*`, which matches what lacks the label.
            let all = if ["job", "server"].contains(&text(&variable["name"])) { ".+" } else { ".*" };
            assert_eq!(variable["allValue"], all, "{what}");
            assert_eq!(
                [&variable["multi"], &variable["includeAll"], &variable["refresh"]],
                [&json!(true), &json!(true), &json!(2)],
                "{what}"
            );
            assert_eq!(variable["datasource"]["uid"], "${datasource}", "{what}");
        }
    }
}

#[test]
fn prometheus_takes_the_expressions() {
    let mut file = String::from("groups:\n  - name: dashboards\n    rules:\n");
    for board in dashboards::all() {
        let of_variables = board.variables().filter_map(|variable| variable["definition"].as_str()).map(|definition| {
            let selector = definition.strip_prefix("label_values(").and_then(|rest| rest.rsplit_once(',')).expect("label_values");
            (format!("{}: {definition}", board.name), selector.0)
        });
        for (what, expression) in board.expressions().chain(of_variables) {
            // Where it stands is said by a label, which the complaint of a fault shows.
            let record = json!({ "record": "x:x:x", "expr": filled(expression), "labels": { "at": what } });
            writeln!(file, "      - {record}").expect("a text");
        }
    }
    let folder = TempDir::new().expect("a temporary folder");
    let path = folder.path().join("dashboards.yml");
    fs::write(&path, file).expect("its own folder");
    judges::rules(&["check", "rules", "--lint=none"], &[path]);
}

/// With the right type: what only grows means nothing but by its rate, and a rate of what falls is nonsense.
#[test]
fn every_expression_names_what_exists() {
    let vocabulary = vocabulary::all();
    for board in dashboards::all() {
        for (what, expression) in board.expressions() {
            let References { selectors, grouped, made, .. } = promql::references(&filled(expression));
            assert!(!selectors.is_empty(), "{what}: {expression}");
            let mut known: BTreeSet<&str> = ["job", "instance"].into();
            for selector in &selectors {
                let name = &selector.metric;
                let metric = vocabulary.get(name).unwrap_or_else(|| panic!("{what}: nobody exports {name}"));
                known.extend(metric.labels.iter().map(String::as_str));
                // The operator's own label.
                known.insert("cluster");
                for label in &selector.labels {
                    assert!(metric.labels.contains(label) || ["job", "cluster"].contains(&label.as_str()), "{what}: {name} has no {label}");
                }
                let is_rate = ["rate", "irate", "increase"].contains(&selector.function.as_str());
                assert_eq!(
                    is_rate, metric.is_counter,
                    "{what}: {name} in {:?}: rates are of counters, and counters are in rates",
                    selector.function
                );
                let chosen = |label: &str| selector.labels.iter().any(|by| by == label);
                assert!(chosen("server") || !metric.labels.contains("server"), "{what}: {name} is of all servers, whichever is chosen");
                assert!(
                    chosen("job") || !name.starts_with("pg") || name.starts_with("pgbackrest_"),
                    "{what}: {name} is of all jobs, whichever is chosen"
                );
            }
            for label in grouped.iter().filter(|label| !made.contains(*label)) {
                assert!(known.contains(label.as_str()), "{what}: by {label}, which nothing here has");
            }
            for rate in expression.split("rate(").skip(1) {
                let range = rate.split_once('[').and_then(|(_, rest)| rest.split_once(']')).expect("a range").0;
                assert_eq!(range, "$__rate_interval", "{what}: a rate over another time than Grafana's");
            }
        }
    }
}

/// What a legend says is a label that the expression leaves.
#[test]
fn legends_name_what_is_left() {
    for board in dashboards::all() {
        for panel in board.panels() {
            for target in list(&panel["targets"]) {
                let references = promql::references(&filled(text(&target["expr"])));
                for label in text(&target["legendFormat"]).split("{{").skip(1).filter_map(|rest| rest.split("}}").next()) {
                    let is_left = references.grouped.contains(label) || references.made.contains(label);
                    // Where nothing is summed up, what the metrics have is left.
                    let has = |metric: &String| vocabulary::all().get(metric).is_some_and(|metric| metric.labels.contains(label));
                    let is_had = references.grouped.is_empty() && references.selectors.iter().any(|selector| has(&selector.metric));
                    assert!(is_left || is_had, "{}: {}: no {label} is left", board.name, panel["title"]);
                }
            }
        }
    }
}

/// A panel has its own number and place, the page no holes.
#[test]
fn the_page_is_full() {
    for board in dashboards::all() {
        let panels = list(&board.json["panels"]);
        let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().expect("a number")).collect();
        assert_eq!(ids.len(), panels.len(), "{}: two panels with one id", board.name);
        let mut taken: BTreeMap<(u64, u64), &str> = BTreeMap::new();
        for panel in panels {
            let [x, y, width, height] = ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().expect("a number"));
            for (column, line) in (x..x + width).flat_map(|column| (y..y + height).map(move |line| (column, line))) {
                assert!(column < 24, "{}: {} is beyond the right edge", board.name, panel["title"]);
                let other = taken.insert((line, column), text(&panel["title"]));
                assert!(other.is_none(), "{}: {} lies over {other:?}", board.name, panel["title"]);
            }
        }
        let lines = taken.last_key_value().expect("a panel").0.0 + 1;
        assert_eq!(taken.len() as u64, lines * 24, "{}: nothing is somewhere", board.name);
    }
}

#[test]
fn links_lead_somewhere() {
    let boards = dashboards::all();
    let present: BTreeSet<&str> = boards.iter().map(|board| board.name.as_str()).collect();
    let texts = boards.iter().map(|board| (board.name.clone(), board.json.to_string()));
    let alerts = rules::all().into_iter().filter_map(|rule| Some((rule.name, rule.alert?.annotation("dashboard_url").to_owned())));
    let mut count = 0;
    for (what, text) in texts.chain(alerts) {
        for rest in text.split("/d/").skip(1) {
            let uid = rest.split(['?', '"']).next().unwrap_or_default();
            assert!(present.contains(uid), "{what} leads to {uid}, which is no board");
            count += 1;
        }
    }
    assert!(count > 100, "only {count} links");
}

#[test]
fn every_panel_explains_itself() {
    for board in dashboards::all() {
        assert!(is_sentence(&board.json["description"]), "{}: what is it for?", board.name);
        let mut titles = BTreeSet::new();
        for panel in board.panels() {
            let title = text(&panel["title"]);
            let what = format!("{}: {title}", board.name);
            assert!(titles.insert(title), "{what}: twice");
            assert!(is_sentence(&panel["description"]), "{what}: {}", panel["description"]);
            assert!(!text(&panel["fieldConfig"]["defaults"]["noValue"]).is_empty(), "{what}: what if there is nothing?");
            // A column of the grid has room for five letters of a title at 1460 pixels.
            let room = panel["gridPos"]["w"].as_u64().expect("a number") * 5 + 2;
            assert!(title.len() as u64 <= room, "{what}: the title is cut off");
        }
    }
}

fn is_sentence(value: &Value) -> bool {
    let text = text(value);
    text.starts_with(|first: char| first.is_uppercase()) && text.ends_with('.') && text.len() > 40
}

/// A list of the most of something has an end, however many servers there are.
#[test]
fn what_is_drawn_is_bounded() {
    // Labels with a handful of values, whatever is watched.
    const FEW: [&str; 8] = ["state", "wait_event_type", "mode", "threshold", "kind", "stage", "severity", "backend_type"];
    let is_bounded = |expression: &str| {
        // What is left in the end is what the outermost aggregation leaves.
        let wrapped = ["label_replace(", "round(", "(", "\n", " "];
        let mut inner = expression;
        while let Some(rest) = wrapped.iter().find_map(|wrapping| inner.strip_prefix(wrapping)) {
            inner = rest;
        }
        let aggregated = ["sum", "max", "min", "count"].iter().find_map(|name| inner.strip_prefix(name));
        aggregated.is_some_and(|rest| match rest.strip_prefix(" by (").and_then(|rest| rest.split_once(')')) {
            Some((labels, _)) => labels.split(", ").all(|label| FEW.contains(&label)),
            None => rest.starts_with('('),
        })
    };
    let is_list = |expression: &str| ["topk(", "bottomk("].iter().any(|list| expression.contains(list));
    for (board, panel) in dashboards::all().iter().flat_map(|board: &Board| board.panels().map(move |panel| (&board.name, panel))) {
        for target in list(&panel["targets"]).iter().filter(|_| panel["type"] != "table") {
            let expression = text(&target["expr"]);
            assert!(is_list(expression) || is_bounded(expression), "{board}: {}: a line for each server", panel["title"]);
        }
    }
}
