//! Where a value becomes bad. The numbers are those of the rules, so that a line in a graph is where an alert fires.

use pgvigil::rules::Severity;
use pgvigil::rules::threshold::Bound;
use pgvigil::rules::thresholds::{Part, Thresholds};
use serde_json::{Value, json};

/// The colour of what is well, where that is worth a colour.
pub const GOOD: &str = "green";
/// Neither good nor bad.
pub const NEUTRAL: &str = "text";
/// The same for what has an area: as bright as a text it would outshine all that matters.
pub const BAR: &str = "#6f7a94";
/// Where nothing is drawn.
const NONE: &str = "transparent";

/// The colour of what an alert of this severity would say.
#[must_use]
pub const fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "blue",
        Severity::Warning => "orange",
        Severity::Critical => "red",
    }
}

/// What a panel says of good and bad.
#[derive(Debug, Clone, Copy, Default)]
pub enum Steps {
    /// Nothing.
    #[default]
    None,
    /// What an alert says: its area, which is a rule file, and its name.
    Of(&'static str, &'static str),
    /// Anything but 0 is as bad as this.
    Any(Severity),
}

/// The steps with their numbers.
#[derive(Debug)]
pub struct Scale {
    /// Where each severity begins, in the order of the values.
    marks: Vec<(f64, Severity)>,
    /// Which side of them is bad.
    bound: Bound,
}

impl Steps {
    /// With the numbers of the rules; `None` where there are no steps.
    ///
    /// # Errors
    /// When the alert has no threshold.
    pub fn resolve(self, thresholds: &Thresholds) -> Result<Option<Scale>, String> {
        match self {
            Self::None => Ok(None),
            // Counts are whole numbers: whatever is not 0 is beyond the half.
            Self::Any(severity) => Ok(Some(Scale { marks: vec![(0.5, severity)], bound: Bound::Above })),
            Self::Of(area, alert) => {
                let mut bound = Bound::Above;
                let mut marks = Vec::new();
                for (part, threshold) in thresholds.of(area, alert) {
                    if let Part::Tier(severity) = part {
                        bound = threshold.bound.unwrap_or(bound);
                        // Two tiers may share a number and differ in what they ask: the worse, which comes later, is drawn.
                        marks.retain(|(value, _): &(f64, Severity)| value.to_bits() != threshold.value.to_bits());
                        marks.push((threshold.value, severity));
                    }
                }
                marks.sort_by(|(one, _), (other, _)| one.total_cmp(other));
                if marks.is_empty() { Err(format!("{alert} of {area} has no threshold")) } else { Ok(Some(Scale { marks, bound })) }
            }
        }
    }
}

impl Scale {
    /// Lines in a graph: what is well has no colour, and Grafana then gives each line that of its bad side.
    #[must_use]
    pub fn lines(&self) -> Value {
        self.steps(NONE)
    }

    /// Colours of a value.
    #[must_use]
    pub fn colours(&self) -> Value {
        self.steps(GOOD)
    }

    /// How far an axis should reach at least, so that one sees how far away the first line is.
    #[must_use]
    pub fn first(&self) -> Option<f64> {
        match self.bound {
            Bound::Above => self.marks.first().map(|(value, _)| *value),
            Bound::Below => self.marks.last().map(|(value, _)| *value),
        }
    }

    /// A step gives the colour from its value upwards; the first has no value and begins at the bottom.
    fn steps(&self, good: &str) -> Value {
        let mut values: Vec<Option<f64>> = vec![None];
        values.extend(self.marks.iter().map(|(value, _)| Some(*value)));
        let mut colours: Vec<&str> = self.marks.iter().map(|(_, severity)| colour(*severity)).collect();
        match self.bound {
            Bound::Above => colours.insert(0, good),
            Bound::Below => colours.push(good),
        }
        let steps: Vec<Value> = values.into_iter().zip(colours).map(|(value, color)| json!({ "value": value, "color": color })).collect();
        json!({ "mode": "absolute", "steps": steps })
    }
}

/// Steps for what knows neither good nor bad.
#[must_use]
pub fn neutral(colour: &str) -> Value {
    json!({ "mode": "absolute", "steps": [{ "value": null, "color": colour }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(steps: Steps) -> Vec<(Option<f64>, String)> {
        let scale = steps.resolve(&Thresholds::bundled().unwrap()).unwrap().unwrap();
        let steps = scale.colours()["steps"].as_array().unwrap().clone();
        steps.iter().map(|step| (step["value"].as_f64(), step["color"].as_str().unwrap().to_owned())).collect()
    }

    fn expected<const N: usize>(expected: [(Option<f64>, &str); N]) -> Vec<(Option<f64>, String)> {
        expected.map(|(value, colour)| (value, colour.to_owned())).into()
    }

    /// The numbers of `alerts/thresholds/default.yml` on both sides, and its tiers that share a number.
    #[test]
    fn they_are_those_of_the_rules() {
        let connections = steps(Steps::Of("saturation", "PostgresConnectionsHigh"));
        assert_eq!(connections, expected([(None, "green"), (Some(0.8), "orange"), (Some(0.9), "red")]));
        let disk = steps(Steps::Of("storage", "PostgresDiskSpaceLow"));
        assert_eq!(disk, expected([(None, "red"), (Some(0.1), "orange"), (Some(0.2), "green")]));
        let idle = steps(Steps::Of("saturation", "PostgresIdleConnections"));
        assert_eq!(idle, expected([(None, "green"), (Some(0.5), "orange")]));
        assert_eq!(steps(Steps::Any(Severity::Critical)), expected([(None, "green"), (Some(0.5), "red")]));
    }

    #[test]
    fn an_alert_without_a_number_is_refused() {
        let thresholds = Thresholds::bundled().unwrap();
        assert!(Steps::Of("availability", "PostgresDown").resolve(&thresholds).is_err());
    }
}
