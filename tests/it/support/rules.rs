//! The rule files of Prometheus in `alerts/`, and their tests, as they are written.

use std::fs;
use std::path::{Path, PathBuf};

use yaml_rust2::{Yaml, YamlLoader};

use super::project;

/// An alert or a record.
#[derive(Debug)]
pub struct Rule {
    pub file: String,
    /// Of the alert, or of the metric that is recorded.
    pub name: String,
    pub expression: String,
    /// `None` for a record.
    pub alert: Option<Alert>,
}

#[derive(Debug)]
pub struct Alert {
    pub wait: Option<String>,
    pub severity: String,
    pub annotations: Vec<(String, String)>,
}

impl Rule {
    /// Of the alert; nothing for a record.
    pub fn severity(&self) -> &str {
        self.alert.as_ref().map_or("", |alert| alert.severity.as_str())
    }
}

impl Alert {
    #[track_caller]
    pub fn annotation(&self, name: &str) -> &str {
        self.annotations.iter().find(|(key, _)| key == name).map_or_else(|| panic!("no {name}"), |(_, text)| text)
    }
}

/// One look at an alert in a unit test: when, and with which severities it fires.
#[derive(Debug)]
pub struct Look {
    pub seconds: u64,
    pub severities: Vec<String>,
}

/// What a unit test asks of one alert, in the order of time.
#[derive(Debug)]
pub struct UnitTest {
    pub file: String,
    pub alert: String,
    pub looks: Vec<Look>,
}

/// The `.yml` files right in this folder.
pub fn files(folder: &str) -> Vec<PathBuf> {
    let folder = project().join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no rules in {}", folder.display());
    files
}

/// Every rule of every file.
pub fn all() -> Vec<Rule> {
    files("alerts").iter().flat_map(|file| of(file)).collect()
}

/// The rules of one file.
pub fn of(file: &Path) -> Vec<Rule> {
    let document = load(file);
    let groups = document["groups"].as_vec().expect("groups");
    let rule = |rule: &Yaml| Rule {
        file: name(file),
        name: text(if rule["alert"].is_badvalue() { &rule["record"] } else { &rule["alert"] }),
        expression: text(&rule["expr"]),
        alert: (!rule["alert"].is_badvalue()).then(|| Alert {
            wait: rule["for"].as_str().map(str::to_owned),
            severity: text(&rule["labels"]["severity"]),
            annotations: pairs(&rule["annotations"]),
        }),
    };
    groups.iter().flat_map(|group| group["rules"].as_vec().expect("rules")).map(rule).collect()
}

/// Every unit test that asks for alerts.
pub fn unit_tests() -> Vec<UnitTest> {
    let mut found: Vec<UnitTest> = Vec::new();
    for file in files("alerts/tests") {
        for test in load(&file)["tests"].as_vec().expect("tests") {
            let first = found.len();
            for look in test["alert_rule_test"].as_vec().map_or(&[][..], Vec::as_slice) {
                let alert = text(&look["alertname"]);
                let expected = look["exp_alerts"].as_vec().expect("exp_alerts");
                let severities = expected.iter().map(|expected| text(&expected["exp_labels"]["severity"])).collect();
                let look = Look { seconds: seconds(&text(&look["eval_time"])), severities };
                match found[first..].iter_mut().find(|test| test.alert == alert) {
                    Some(test) => test.looks.push(look),
                    None => found.push(UnitTest { file: name(&file), alert, looks: vec![look] }),
                }
            }
        }
    }
    found
}

/// A time as Prometheus writes it, `1h30m`.
fn seconds(time: &str) -> u64 {
    let mut total = 0;
    let mut number = 0;
    for character in time.chars() {
        match (character.to_digit(10), character) {
            (Some(digit), _) => number = number * 10 + u64::from(digit),
            (None, unit) => {
                total += number * [('s', 1), ('m', 60), ('h', 3600)].iter().find(|(name, _)| *name == unit).expect("a unit").1;
                number = 0;
            }
        }
    }
    total
}

fn load(file: &Path) -> Yaml {
    let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut documents = YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    documents.remove(0)
}

fn name(file: &Path) -> String {
    file.file_name().expect("a name").to_string_lossy().into_owned()
}

#[track_caller]
fn text(yaml: &Yaml) -> String {
    yaml.as_str().unwrap_or_else(|| panic!("not a text: {yaml:?}")).to_owned()
}

fn pairs(yaml: &Yaml) -> Vec<(String, String)> {
    yaml.as_hash().expect("a mapping").iter().map(|(key, value)| (text(key), text(value))).collect()
}
