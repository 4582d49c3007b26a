//! What names, types and values must be to each other.

use super::{Family, Format, Sample};
use crate::support::exporter::foreign_counters;

/// The suffixes that a family's samples may have.
fn suffixes(kind: &str, format: Format) -> &'static [&'static str] {
    match (kind, format) {
        ("counter", Format::OpenMetrics) => &["_total", "_created"],
        ("info", Format::OpenMetrics) => &["_info"],
        ("histogram", Format::OpenMetrics) => &["_bucket", "_sum", "_count", "_created"],
        ("histogram", Format::Text) => &["_bucket", "_sum", "_count"],
        ("summary", _) => &["", "_sum", "_count"],
        _ => &[""],
    }
}

pub fn belongs(name: &str, family: &Family, format: Format) -> bool {
    let kind = family.kind.as_deref().unwrap_or("");
    suffixes(kind, format).iter().any(|suffix| name.strip_suffix(suffix) == Some(&family.name))
}

/// What is wrong with a family, asked at its first sample.
pub fn family(family: &Family, format: Format) -> Vec<String> {
    let name = &family.name;
    let mut wrong = Vec::new();
    if family.help.as_deref().is_none_or(str::is_empty) {
        wrong.push(format!("{name} has no HELP"));
    }
    let ends_in_total = name.ends_with("_total");
    let is_foreign = foreign_counters().contains(name);
    let stem_is_foreign = name.strip_suffix("_total").is_some_and(|stem| foreign_counters().contains(stem));
    match (family.kind.as_deref(), format) {
        (None, _) => wrong.push(format!("{name} has no TYPE")),
        (Some("unknown"), Format::OpenMetrics) if is_foreign || stem_is_foreign => {}
        (Some("counter"), Format::Text) if !ends_in_total && !is_foreign => wrong.push(format!("counter {name} without _total")),
        (Some("counter"), Format::OpenMetrics) if ends_in_total => {
            wrong.push(format!("the family of a counter is named without _total: {name}"));
        }
        (Some("gauge"), _) if ends_in_total => wrong.push(format!("gauge {name} with _total")),
        (Some("gauge" | "counter" | "histogram" | "summary"), _) | (Some("info"), Format::OpenMetrics) => {}
        (Some(kind), _) => wrong.push(format!("{name} has the unknown type {kind}")),
    }
    wrong
}

/// What is wrong with a value.
pub fn value(sample: &Sample, family: &Family) -> Vec<String> {
    let counts = matches!(family.kind.as_deref(), Some("counter" | "histogram"));
    let mut wrong = Vec::new();
    if counts && (sample.value < 0.0 || sample.value.is_nan()) {
        wrong.push(format!("counter {} has the value {}", sample.name, sample.value));
    }
    if family.kind.as_deref() == Some("info") && sample.value != 1.0 {
        wrong.push(format!("info {} is not 1", sample.name));
    }
    wrong
}
