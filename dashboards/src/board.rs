//! A board: rows of lines of panels, on Grafana's grid of 24 columns.

use pgvigil::rules::thresholds::Thresholds;
use serde_json::{Value, json};

use crate::annotation;
use crate::panel::Panel;
use crate::variable::{self, Variable};

/// The columns of Grafana's grid.
const COLUMNS: u16 = 24;
/// How high the heading of a row is.
const HEADING: u16 = 1;
/// Grafana 11 and newer read this version of the format as it is.
const SCHEMA: u16 = 39;
/// By which the boards find each other.
pub const TAG: &str = "pgvigil";

/// A board.
#[derive(Debug)]
pub struct Board {
    /// Its address, `/d/UID`, and the name of its file. It never changes: alerts and bookmarks lead there.
    pub uid: &'static str,
    title: &'static str,
    about: &'static str,
    servers: &'static str,
    variables: Vec<Variable>,
    rows: Vec<Row>,
}

/// Lines under a heading.
#[derive(Debug)]
struct Row {
    title: &'static str,
    lines: Vec<Line>,
}

/// Panels side by side, equally high, over the whole width.
#[derive(Debug)]
pub struct Line {
    height: u16,
    panels: Vec<Panel>,
}

/// Panels side by side. A stat needs a height of 3 or 4, a graph 8, a table 6 and more.
#[must_use]
pub fn line<const N: usize>(height: u16, panels: [Panel; N]) -> Line {
    const { assert!(N > 0, "a line has a panel") }
    Line { height, panels: panels.into() }
}

impl Board {
    /// A board with the variables datasource, job, cluster and server, and what one comes here to learn.
    #[must_use]
    pub fn new(uid: &'static str, title: &'static str, about: &'static str) -> Self {
        Self { uid, title, about, servers: variable::SERVERS, variables: Vec::new(), rows: Vec::new() }
    }

    /// Takes the choice of servers from other series than `pg_up`: those of pools, for instance.
    #[must_use]
    pub fn servers(self, selector: &'static str) -> Self {
        Self { servers: selector, ..self }
    }

    /// With the variable `database`, for `{$database}`.
    #[must_use]
    pub fn databases(self) -> Self {
        self.variable(variable::database())
    }

    /// With a variable of its own.
    #[must_use]
    pub fn variable(mut self, variable: Variable) -> Self {
        self.variables.push(variable);
        self
    }

    /// A heading and the lines under it. The order of rows: health, problems, performance, maintenance, settings.
    #[must_use]
    pub fn row<const N: usize>(mut self, title: &'static str, lines: [Line; N]) -> Self {
        const { assert!(N > 0, "a row has a line") }
        self.rows.push(Row { title, lines: lines.into() });
        self
    }

    /// As Grafana has it.
    ///
    /// # Errors
    /// What a panel refers to and does not exist.
    pub fn json(&self, thresholds: &Thresholds) -> Result<Value, String> {
        let mut variables = vec![variable::datasource()];
        variables.extend(variable::common(self.servers).iter().chain(&self.variables).map(Variable::json));
        self.check_variables()?;
        Ok(json!({
            "uid": self.uid, "title": format!("PostgreSQL / {}", self.title), "description": self.about, "tags": [TAG, "postgresql"],
            "schemaVersion": SCHEMA, "version": 1, "id": null, "editable": false, "graphTooltip": 1, "refresh": "30s", "timezone": "browser",
            "time": { "from": "now-1h", "to": "now" }, "timepicker": {}, "fiscalYearStartMonth": 0, "liveNow": false, "weekStart": "",
            "annotations": { "list": annotation::all() }, "templating": { "list": variables }, "links": [links()],
            "panels": self.panels(thresholds)?,
        }))
    }

    /// A variable that nothing uses, or one that is used and cannot be chosen, is a mistake.
    fn check_variables(&self) -> Result<(), String> {
        let mut panels = self.rows.iter().flat_map(|row| &row.lines).flat_map(|line| &line.panels);
        let uses_database = panels.any(|panel| panel.expressions().any(|expression| expression.contains("{$database")));
        let has_database = self.variables.iter().any(|variable| variable.name == "database");
        match (uses_database, has_database) {
            (true, false) => Err("{$database} is used: say databases()".to_owned()),
            (false, true) => Err("databases() is said and no panel uses {$database}".to_owned()),
            _ => Ok(()),
        }
    }

    fn panels(&self, thresholds: &Thresholds) -> Result<Vec<Value>, String> {
        let mut placed = Placed::default();
        for row in &self.rows {
            placed.put(json!({ "type": "row", "title": row.title, "collapsed": false, "panels": [] }), 0, COLUMNS, HEADING);
            placed.y += HEADING;
            for line in &row.lines {
                let whole: u16 = line.panels.iter().map(|panel| panel.weight).sum();
                let mut before = 0;
                for panel in &line.panels {
                    let (from, to) = (COLUMNS * before / whole, COLUMNS * (before + panel.weight) / whole);
                    placed.put(panel.json(thresholds)?, from, to - from, line.height);
                    before += panel.weight;
                }
                placed.y += line.height;
            }
        }
        Ok(placed.panels)
    }
}

/// The panels that have their place.
#[derive(Default)]
struct Placed {
    panels: Vec<Value>,
    y: u16,
}

impl Placed {
    fn put(&mut self, mut panel: Value, x: u16, width: u16, height: u16) {
        panel["id"] = json!(self.panels.len() + 1);
        panel["gridPos"] = json!({ "x": x, "y": self.y, "w": width, "h": height });
        self.panels.push(panel);
    }
}

/// All boards in a list, with the time and what is chosen.
fn links() -> Value {
    json!({
        "type": "dashboards", "title": "PostgreSQL boards", "tags": [TAG], "asDropdown": true, "includeVars": true, "keepTime": true,
        "icon": "external link", "targetBlank": false, "tooltip": "", "url": "",
    })
}
