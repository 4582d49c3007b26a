//! One panel: what is asked, in which unit, what good looks like and what to do.
//!
//! What shows a number now (stat, gauge, bargauge) asks for this moment alone, so that it never shows what was true an hour ago; a
//! timeseries shows since when.

use pgvigil::rules::Severity;
use pgvigil::rules::thresholds::Thresholds;
use serde_json::{Value, json};

use crate::link::Link;
use crate::query::{Queries, Query, expanded, reference};
use crate::steps::{self, Scale, Steps};
use crate::table::Table;
use crate::unit::{Unit, Words, mappings};

/// What is drawn.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A number, or one for each series.
    Stat,
    /// Lines over time.
    TimeSeries,
    /// A dial, for a share of a limit.
    Gauge,
    /// A bar for each series, the longest first.
    BarGauge,
    /// Rows with columns.
    Table(Table),
}

/// A panel.
#[derive(Debug, Clone)]
pub struct Panel {
    title: &'static str,
    description: &'static str,
    unit: Unit,
    queries: Queries,
    kind: Kind,
    steps: Steps,
    words: Option<Words>,
    empty: &'static str,
    max: Option<f64>,
    signed: bool,
    stacked: bool,
    ranked: bool,
    link: Option<(Link, &'static [&'static str])>,
    every: Option<&'static str>,
    /// Its part of the line that it stands in.
    pub weight: u16,
}

/// One number in large, or one for each series.
pub fn stat(title: &'static str, description: &'static str, unit: Unit, queries: impl Into<Queries>) -> Panel {
    Panel::new(Kind::Stat, title, description, unit, queries.into())
}

/// Lines over time.
pub fn timeseries(title: &'static str, description: &'static str, unit: Unit, queries: impl Into<Queries>) -> Panel {
    Panel::new(Kind::TimeSeries, title, description, unit, queries.into())
}

/// A dial.
pub fn gauge(title: &'static str, description: &'static str, unit: Unit, queries: impl Into<Queries>) -> Panel {
    Panel::new(Kind::Gauge, title, description, unit, queries.into())
}

/// A bar for each series: a list of the largest, which the expression limits (`sort_desc(topk(10, ...))`).
pub fn bargauge(title: &'static str, description: &'static str, unit: Unit, queries: impl Into<Queries>) -> Panel {
    Panel::new(Kind::BarGauge, title, description, unit, queries.into())
}

/// The datasource is always the one that is chosen at the top.
#[must_use]
pub fn datasource() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

impl Panel {
    pub(crate) fn new(kind: Kind, title: &'static str, description: &'static str, unit: Unit, queries: Queries) -> Self {
        Self {
            title,
            description,
            unit,
            queries,
            kind,
            steps: Steps::None,
            words: None,
            empty: "no data",
            max: None,
            signed: false,
            stacked: false,
            ranked: false,
            link: None,
            every: None,
            weight: 1,
        }
    }

    /// Coloured by what an alert says (its rule file and name): as lines in a graph, as the colour of a number.
    #[must_use]
    pub fn thresholds(self, area: &'static str, alert: &'static str) -> Self {
        Self { steps: Steps::Of(area, alert), ..self }
    }

    /// Coloured as soon as it is not 0: what should not be at all.
    #[must_use]
    pub fn any_is(self, severity: Severity) -> Self {
        Self { steps: Steps::Any(severity), ..self }
    }

    /// Words in the place of values.
    #[must_use]
    pub fn words(self, words: Words) -> Self {
        Self { words: Some(words), ..self }
    }

    /// What is said where there is nothing: `nobody waits`.
    #[must_use]
    pub fn empty(self, empty: &'static str) -> Self {
        Self { empty, ..self }
    }

    /// The end of the axis, where there is one: 1 for a share.
    #[must_use]
    pub fn up_to(self, max: f64) -> Self {
        Self { max: Some(max), ..self }
    }

    /// May be below 0; else an axis begins there.
    #[must_use]
    pub fn signed(self) -> Self {
        Self { signed: true, ..self }
    }

    /// The lines are parts of a whole.
    #[must_use]
    pub fn stacked(self) -> Self {
        Self { stacked: true, ..self }
    }

    /// With a legend at the right that says the last and the highest value of each: for ten lines with short names, in a panel of half the width.
    #[must_use]
    pub fn ranked(self) -> Self {
        Self { ranked: true, ..self }
    }

    /// A click on a line or a number leads to another board, which chooses what these labels say.
    #[must_use]
    pub fn leads_to(self, board: &'static str, title: &'static str, labels: &'static [&'static str]) -> Self {
        Self { link: Some((Link { board, title }, labels)), ..self }
    }

    /// Read so seldom (`30s`, the interval of its query): a rate over less would see one reading or two, and jump between the two.
    #[must_use]
    pub fn every(self, interval: &'static str) -> Self {
        Self { every: Some(interval), ..self }
    }

    /// So many times as wide as a panel of the same line with 1.
    #[must_use]
    pub fn wide(self, weight: u16) -> Self {
        Self { weight, ..self }
    }

    pub(crate) const fn kind_mut(&mut self) -> &mut Kind {
        &mut self.kind
    }

    pub(crate) fn queries_mut(&mut self) -> &mut [Query] {
        &mut self.queries.0
    }

    /// Every expression, as it is written.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &str> {
        self.queries.0.iter().map(|query| query.expression.as_str())
    }

    /// As Grafana has it, but for its place and number.
    ///
    /// # Errors
    /// When it names thresholds that there are none of.
    pub fn json(&self, thresholds: &Thresholds) -> Result<Value, String> {
        let fault = |fault| format!("{}: {fault}", self.title);
        let scale = self.steps.resolve(thresholds).map_err(fault)?;
        let (name, field_config, options, transformations) = match &self.kind {
            Kind::Stat => ("stat", self.number(scale.as_ref()), self.stat_options(), json!([])),
            Kind::Gauge => ("gauge", self.number(scale.as_ref()), gauge_options(), json!([])),
            Kind::BarGauge => ("bargauge", self.number(scale.as_ref()), bargauge_options(), json!([])),
            Kind::TimeSeries => ("timeseries", self.graph(scale.as_ref()), self.graph_options(), json!([])),
            Kind::Table(table) => {
                let field_config = table.field_config(thresholds, self.empty).map_err(fault)?;
                ("table", field_config, table.options(), table.transformations())
            }
        };
        Ok(json!({
            "title": self.title, "description": self.description, "type": name, "datasource": datasource(), "fieldConfig": field_config,
            "options": options, "transformations": transformations, "targets": self.targets(),
        }))
    }

    fn targets(&self) -> Value {
        let target = |(index, query): (usize, &Query)| {
            let is_table = matches!(self.kind, Kind::Table(_));
            let is_range = matches!(self.kind, Kind::TimeSeries);
            let mut target = json!({
                "refId": reference(index), "datasource": datasource(), "editorMode": "code", "expr": expanded(&self.unit.scaled(&query.expression)),
                "legendFormat": if query.legend.is_empty() { self.title } else { &query.legend },
                "instant": !is_range, "range": is_range, "format": if is_table { "table" } else { "time_series" },
            });
            // By this and not by that of the data source Grafana reckons `$__rate_interval`.
            if let Some(interval) = self.every {
                target["interval"] = json!(interval);
            }
            target
        };
        self.queries.0.iter().enumerate().map(target).collect()
    }

    fn number(&self, scale: Option<&Scale>) -> Value {
        let neutral = if matches!(self.kind, Kind::BarGauge) { steps::BAR } else { steps::NEUTRAL };
        let steps = scale.map_or_else(|| steps::neutral(neutral), Scale::colours);
        let mut defaults = self.defaults(&steps);
        defaults["color"] = json!({ "mode": "thresholds" });
        json!({ "defaults": defaults, "overrides": [] })
    }

    fn graph(&self, scale: Option<&Scale>) -> Value {
        let mut defaults = self.defaults(&scale.map_or_else(|| steps::neutral(steps::NEUTRAL), Scale::lines));
        defaults["color"] = json!({ "mode": "palette-classic" });
        defaults["custom"] = json!({
            "drawStyle": "line", "lineWidth": 1, "lineInterpolation": "linear", "fillOpacity": if self.stacked { 40 } else { 0 },
            "showPoints": "auto", "spanNulls": false, "axisPlacement": "auto",
            "stacking": { "mode": if self.stacked { "normal" } else { "none" }, "group": "A" },
            "thresholdsStyle": { "mode": if scale.is_some() { "dashed" } else { "off" } },
        });
        // A flat line at the bottom, far from what would be bad, says more than the same line blown up.
        if let Some(first) = scale.and_then(Scale::first).filter(|_| self.max.is_none()) {
            defaults["custom"]["axisSoftMax"] = json!(first * 1.1);
        }
        let limits = self.queries.0.iter().enumerate().filter(|(_, query)| query.is_limit);
        let overrides: Vec<Value> = limits.map(|(index, _)| limit(&reference(index))).collect();
        json!({ "defaults": defaults, "overrides": overrides })
    }

    fn defaults(&self, steps: &Value) -> Value {
        let mut defaults = json!({ "unit": self.unit.id(), "noValue": self.empty, "thresholds": steps, "mappings": [], "links": [] });
        if let Some(decimals) = self.unit.decimals() {
            defaults["decimals"] = json!(decimals);
        }
        if !self.signed && self.unit != Unit::Timestamp {
            defaults["min"] = json!(0);
        }
        if let Some(max) = self.max {
            defaults["max"] = json!(max);
        }
        if let Some(words) = self.words {
            defaults["mappings"] = mappings(words);
        }
        if let Some((link, labels)) = &self.link {
            defaults["links"] = json!([link.from_series(labels)]);
        }
        defaults
    }

    fn graph_options(&self) -> Value {
        let is_alone = matches!(self.queries.0.as_slice(), [query] if query.legend.is_empty());
        let (mode, placement) = if self.ranked { ("table", "right") } else { ("list", "bottom") };
        json!({
            "legend": {
                "showLegend": !is_alone, "displayMode": mode, "placement": placement,
                "calcs": if self.ranked { json!(["lastNotNull", "max"]) } else { json!([]) },
            },
            "tooltip": { "mode": "multi", "sort": "desc" },
        })
    }

    fn stat_options(&self) -> Value {
        let is_coloured = self.words.is_some() || !matches!(self.steps, Steps::None);
        json!({
            "reduceOptions": last(), "colorMode": if is_coloured { "value" } else { "none" }, "graphMode": "none", "justifyMode": "center",
            "orientation": "auto", "textMode": "auto", "wideLayout": true,
        })
    }
}

fn limit(reference: &str) -> Value {
    json!({
        "matcher": { "id": "byFrameRefID", "options": reference },
        "properties": [
            { "id": "color", "value": { "mode": "fixed", "fixedColor": steps::NEUTRAL } },
            { "id": "custom.lineStyle", "value": { "fill": "dash", "dash": [8, 8] } },
            { "id": "custom.fillOpacity", "value": 0 },
            { "id": "custom.stacking", "value": { "mode": "none", "group": "B" } },
        ],
    })
}

fn last() -> Value {
    json!({ "calcs": ["lastNotNull"], "fields": "", "values": false })
}

fn gauge_options() -> Value {
    json!({ "reduceOptions": last(), "orientation": "auto", "showThresholdLabels": false, "showThresholdMarkers": true })
}

fn bargauge_options() -> Value {
    json!({
        "reduceOptions": last(), "orientation": "horizontal", "displayMode": "basic", "valueMode": "color", "namePlacement": "top",
        "text": { "titleSize": 12, "valueSize": 14 }, "showUnfilled": true, "sizing": "auto", "minVizHeight": 32, "minVizWidth": 8,
        "maxVizHeight": 40,
    })
}
