//! `pgvigil rules`: the bundled rules of Prometheus with thresholds to one's own taste, as a rule file or as an object for the Prometheus
//! operator.
//!
//! The rules stand in `alerts/`, thresholds in plain sight in their expressions. `alerts/thresholds/default.yml` says which of these numbers can be
//! set; the files beside it are profiles, and an operator's own file has the same form.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`file`](mod@file) | a rule file, cut into groups and rules |
//! | [`literal`] | the numbers within an expression |
//! | [`threshold`] | one number as a person writes it |
//! | [`thresholds`](mod@thresholds) | which numbers can be set |
//! | [`choices`] | what an operator wants otherwise |

mod choices;
mod file;
mod literal;
pub mod threshold;
pub mod thresholds;

use std::fmt::Write as _;
use std::path::PathBuf;

use choices::Choices;
use file::RuleFile;
pub use file::Severity;
use thresholds::{DEFAULTS, Thresholds};

use crate::diagnostic::Diagnostic;
use crate::files::{self, Writers};

/// The rule files in the order in which they are read: from whether a server is there to whether pgvigil is.
const FILES: [(&str, &str); 14] = [
    ("records", include_str!("../alerts/records.yml")),
    ("machines", include_str!("../alerts/machines.yml")),
    ("availability", include_str!("../alerts/availability.yml")),
    ("replication", include_str!("../alerts/replication.yml")),
    ("saturation", include_str!("../alerts/saturation.yml")),
    ("queries", include_str!("../alerts/queries.yml")),
    ("storage", include_str!("../alerts/storage.yml")),
    ("maintenance", include_str!("../alerts/maintenance.yml")),
    ("pools", include_str!("../alerts/pools.yml")),
    ("host", include_str!("../alerts/host.yml")),
    ("rds", include_str!("../alerts/rds.yml")),
    ("backup", include_str!("../alerts/backup.yml")),
    ("exporter", include_str!("../alerts/exporter.yml")),
    ("aliases", include_str!("../alerts/aliases.yml")),
];

/// Where the annotations of the bundled rules lead to, for want of an operator's own addresses.
const RUNBOOKS: &str = "https://runbooks.example.com/pgvigil";
const DASHBOARDS: &str = "https://grafana.example.com";

/// The numbers of one of the operations documents, and of no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[expect(clippy::doc_markdown, reason = "clap prints these comments as they are")]
pub enum Profile {
    /// PolyShop: PostgreSQL operations and troubleshooting.
    Polyshop,
    /// TechCorp: the database on RDS.
    Techcorp,
    /// Warehouse: database maintenance.
    Warehouse,
    /// Pivotal Flow: database issues.
    PivotalFlow,
    /// Data Persistence: operations.
    DataPersistence,
}

/// Who is to read the rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
#[expect(clippy::doc_markdown, reason = "clap prints these comments as they are")]
pub enum RuleFormat {
    /// A rule file of Prometheus.
    #[default]
    Prometheus,
    /// An object of kind PrometheusRule, for the Prometheus operator.
    Operator,
}

/// What is asked for. Its comments are the command line's.
#[derive(Debug, Clone, Default, clap::Args)]
#[expect(clippy::doc_markdown, reason = "clap prints these comments as they are")]
pub struct Request {
    /// Your own thresholds (YAML). They stand over those of the profile.
    #[arg(long, value_name = "FILE")]
    pub thresholds: Option<PathBuf>,

    /// Take the numbers of one of the operations documents, and of no other.
    #[arg(long, value_enum, value_name = "DOCUMENT")]
    pub profile: Option<Profile>,

    /// Who is to read the rules.
    #[arg(long, value_enum, default_value_t)]
    pub format: RuleFormat,

    /// A label of the operator's object, by which it is found; may be given several times.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub labels: Vec<(String, String)>,

    /// Where your runbooks are, in the place of https://runbooks.example.com/pgvigil.
    #[arg(long, value_name = "URL")]
    pub runbooks: Option<String>,

    /// Where your Grafana is, in the place of https://grafana.example.com.
    #[arg(long, value_name = "URL")]
    pub dashboards: Option<String>,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Profile {
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Polyshop => ("alerts/thresholds/polyshop.yml", include_str!("../alerts/thresholds/polyshop.yml")),
            Self::Techcorp => ("alerts/thresholds/techcorp.yml", include_str!("../alerts/thresholds/techcorp.yml")),
            Self::Warehouse => ("alerts/thresholds/warehouse.yml", include_str!("../alerts/thresholds/warehouse.yml")),
            Self::PivotalFlow => ("alerts/thresholds/pivotal-flow.yml", include_str!("../alerts/thresholds/pivotal-flow.yml")),
            Self::DataPersistence => ("alerts/thresholds/data-persistence.yml", include_str!("../alerts/thresholds/data-persistence.yml")),
        }
    }
}

/// The rules as they are asked for.
///
/// # Errors
/// Everything that is wrong with the operator's file.
pub fn print(request: &Request) -> Result<String, Vec<Diagnostic>> {
    let mut files: Vec<RuleFile> = FILES.iter().map(|(area, text)| RuleFile::read(area, text)).collect();
    let mut choices = Choices::new(Thresholds::bundled()?, &files);
    if let Some((path, text)) = request.profile.map(Profile::file) {
        choices.read(path, text.to_owned())?;
    }
    if let Some(path) = &request.thresholds {
        let shown = path.display().to_string();
        let text = files::read_text(path, files::CONFIGURATION, Writers::Any)
            .map_err(|error| vec![Diagnostic::file(&shown, format!("cannot be read: {error}"))])?;
        choices.read(&shown, text)?;
    }
    choices.apply(&mut files);
    let groups: Vec<String> = files.iter().map(RuleFile::to_string).collect();
    let groups = groups.join("\n");
    let groups = groups.replace(RUNBOOKS, request.runbooks.as_deref().map_or(RUNBOOKS, trimmed));
    let groups = groups.replace(DASHBOARDS, request.dashboards.as_deref().map_or(DASHBOARDS, trimmed));
    Ok(match request.format {
        RuleFormat::Prometheus => format!("groups:\n{groups}"),
        RuleFormat::Operator => object(&groups, &request.labels),
    })
}

/// The metrics that the bundled rules record.
pub fn records() -> impl Iterator<Item = &'static str> {
    FILES.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| line.trim_start().strip_prefix("- record: ")).map(str::trim)
}

/// The thresholds that are asked for, as they are written: those of a profile, or all that can be set.
#[must_use]
pub fn thresholds(profile: Option<Profile>) -> &'static str {
    profile.map_or(DEFAULTS, |profile| profile.file().1)
}

fn trimmed(url: &str) -> &str {
    url.trim_end_matches('/')
}

fn object(groups: &str, labels: &[(String, String)]) -> String {
    let mut object = String::from("apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: pgvigil\n");
    if !labels.is_empty() {
        object.push_str("  labels:\n");
    }
    for (name, value) in labels {
        let _ = writeln!(object, "    {name}: '{}'", value.replace('\'', "''"));
    }
    object.push_str("spec:\n  groups:\n");
    for line in groups.lines() {
        let _ = if line.is_empty() { writeln!(object) } else { writeln!(object, "  {line}") };
    }
    object
}

#[cfg(test)]
mod tests;
