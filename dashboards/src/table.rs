//! What is in a list: its keys and its columns.

use pgvigil::rules::Severity;
use pgvigil::rules::thresholds::Thresholds;
use serde_json::{Value, json};

use crate::link::Link;
use crate::query::{Query, query, reference};
use crate::steps::{Scale, Steps};
use crate::unit::{Unit, Words, mappings};

/// A label that says which row it is.
#[derive(Debug, Clone)]
pub struct Key {
    pub(crate) label: &'static str,
    title: &'static str,
    link: Option<Link>,
    words: Option<Words>,
    width: Option<u16>,
}

/// What one query says of each row.
#[derive(Debug, Clone)]
pub struct Column {
    pub(crate) title: &'static str,
    unit: Unit,
    pub(crate) query: Query,
    steps: Steps,
    words: Option<Words>,
    /// The label that is shown in the place of the value.
    label: Option<&'static str>,
    width: Option<u16>,
}

/// The keys and columns.
#[derive(Debug, Clone)]
pub struct Table {
    pub(crate) keys: Vec<Key>,
    pub(crate) columns: Vec<Column>,
    /// The heading of a column, and whether its highest value comes first.
    pub(crate) sorted_by: Option<(&'static str, bool)>,
}

/// A label that tells rows apart, and its heading.
#[must_use]
pub fn key(label: &'static str, title: &'static str) -> Key {
    Key { label, title, link: None, words: None, width: None }
}

/// A heading, a unit, and an expression that leaves the keys.
pub fn column(title: &'static str, unit: Unit, expression: impl AsRef<str>) -> Column {
    Column { title, unit, query: query(unit.scaled(expression.as_ref()), title), steps: Steps::None, words: None, label: None, width: None }
}

impl Key {
    /// A click leads to another board, which chooses what the keys of the row say.
    #[must_use]
    pub fn leads_to(self, board: &'static str, title: &'static str) -> Self {
        Self { link: Some(Link { board, title }), ..self }
    }

    /// Words in the place of the label's values, with their colours.
    #[must_use]
    pub fn words(self, words: Words) -> Self {
        Self { words: Some(words), ..self }
    }

    /// So many pixels and no more; the others share what is left.
    #[must_use]
    pub fn width(self, width: u16) -> Self {
        Self { width: Some(width), ..self }
    }

    fn properties(&self, labels: &[&str]) -> Vec<Value> {
        let mut properties = vec![property("noValue", "")];
        if let Some(link) = &self.link {
            properties.push(property("links", json!([link.from_row(labels)])));
        }
        if let Some(words) = self.words {
            properties.push(property("mappings", mappings(words)));
            properties.push(property("custom.cellOptions", json!({ "type": "color-text" })));
        }
        properties.extend(self.width.map(|width| property("custom.width", width)));
        properties
    }
}

impl Column {
    /// Coloured by what an alert says: its rule file and name.
    #[must_use]
    pub fn thresholds(self, area: &'static str, alert: &'static str) -> Self {
        Self { steps: Steps::Of(area, alert), ..self }
    }

    /// Coloured as soon as it is not 0.
    #[must_use]
    pub fn any_is(self, severity: Severity) -> Self {
        Self { steps: Steps::Any(severity), ..self }
    }

    /// Words in the place of values.
    #[must_use]
    pub fn words(self, words: Words) -> Self {
        Self { words: Some(words), ..self }
    }

    /// Shows a label of the series and not its value, which is always 1: `version` of `pg_server_info`. The expression leaves it besides
    /// the keys.
    #[must_use]
    pub fn label(self, label: &'static str) -> Self {
        Self { label: Some(label), unit: Unit::Text, ..self }
    }

    /// So many pixels and no more; the others share what is left.
    #[must_use]
    pub fn width(self, width: u16) -> Self {
        Self { width: Some(width), ..self }
    }
}

impl Table {
    pub(crate) fn options(&self) -> Value {
        let sort: Vec<Value> = self.sorted_by.iter().map(|(title, desc)| json!({ "displayName": title, "desc": desc })).collect();
        json!({ "cellHeight": "sm", "showHeader": true, "footer": { "show": false, "reducer": ["sum"], "fields": "" }, "sortBy": sort })
    }

    /// Takes the keys and values out of what each query gave, joins them by the keys and gives them their order and headings.
    pub(crate) fn transformations(&self) -> Value {
        let fields: Vec<(String, &str)> = self.fields().collect();
        let names: Vec<&String> = fields.iter().map(|(field, _)| field).collect();
        let order: Value =
            fields.iter().enumerate().map(|(index, (field, _))| (field.clone(), json!(index))).collect::<serde_json::Map<_, _>>().into();
        let headings: Value = fields.iter().map(|(field, title)| (field.clone(), json!(title))).collect::<serde_json::Map<_, _>>().into();
        json!([
            { "id": "filterFieldsByName", "options": { "include": { "names": names } } },
            { "id": "merge", "options": {} },
            { "id": "organize", "options": { "excludeByName": {}, "indexByName": order, "renameByName": headings } },
        ])
    }

    /// The fields of the answers in the order of the columns, with their headings.
    fn fields(&self) -> impl Iterator<Item = (String, &'static str)> {
        let value = |index: usize| if self.columns.len() == 1 { "Value".to_owned() } else { format!("Value #{}", reference(index)) };
        let keys = self.keys.iter().map(|key| (key.label.to_owned(), key.title));
        keys.chain(
            self.columns
                .iter()
                .enumerate()
                .map(move |(index, column)| (column.label.map_or_else(|| value(index), str::to_owned), column.title)),
        )
    }

    pub(crate) fn field_config(&self, thresholds: &Thresholds, empty: &str) -> Result<Value, String> {
        let mut overrides = Vec::new();
        let labels: Vec<&str> = self.keys.iter().map(|key| key.label).collect();
        for key in &self.keys {
            overrides.push(of_column(key.title, key.properties(&labels)));
        }
        for column in &self.columns {
            overrides.push(of_column(column.title, column.properties(thresholds)?));
        }
        let defaults = json!({
            "unit": Unit::Text.id(), "noValue": empty, "mappings": [], "links": [], "thresholds": crate::steps::neutral(crate::steps::NEUTRAL),
            "color": { "mode": "thresholds" },
            "custom": { "align": "auto", "cellOptions": { "type": "auto" }, "filterable": true, "inspect": false },
        });
        Ok(json!({ "defaults": defaults, "overrides": overrides }))
    }
}

impl Column {
    fn properties(&self, thresholds: &Thresholds) -> Result<Vec<Value>, String> {
        // What is said of an empty table must not stand in each cell that is empty.
        let mut properties = vec![property("noValue", ""), property("unit", self.unit.id())];
        if let Some(decimals) = self.unit.decimals() {
            properties.push(property("decimals", decimals));
        }
        if let Some(words) = self.words {
            properties.push(property("mappings", mappings(words)));
        }
        let scale = self.steps.resolve(thresholds).map_err(|fault| format!("{}: {fault}", self.title))?;
        if let Some(scale) = scale.as_ref().map(Scale::colours) {
            properties.push(property("thresholds", scale));
        }
        if scale.is_some() || self.words.is_some() {
            properties.push(property("custom.cellOptions", json!({ "type": "color-text" })));
        }
        properties.extend(self.width.map(|width| property("custom.width", width)));
        Ok(properties)
    }
}

fn of_column(title: &str, properties: impl Into<Value>) -> Value {
    let properties = properties.into();
    json!({ "matcher": { "id": "byName", "options": title }, "properties": properties })
}

fn property(id: &str, value: impl Into<Value>) -> Value {
    let value = value.into();
    json!({ "id": id, "value": value })
}
