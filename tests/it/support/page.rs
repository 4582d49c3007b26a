//! A page of metrics, read more strictly than Prometheus reads it: it takes duplicate series and split families without
//! a word and loses samples by it.

mod line;
mod rules;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::{self, Display, Formatter};
use std::hash::{DefaultHasher, Hash, Hasher};

use line::Line;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

pub type Labels = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: Labels,
    pub value: f64,
}

#[derive(Clone, Debug, Default)]
pub struct Family {
    pub name: String,
    pub help: Option<String>,
    pub kind: Option<String>,
    pub samples: Vec<Sample>,
}

#[derive(Clone, Debug, Default)]
pub struct Page {
    pub families: Vec<Family>,
}

/// Something wrong with a page, by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub what: String,
}

impl Display for Fault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.what)
    }
}

impl Page {
    /// Reads a page, to the end and with all its faults.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, format: Format) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader { format, page: Self::default(), closed: BTreeSet::new(), faults: Vec::new() };
        reader.read(text);
        if reader.faults.is_empty() { Ok(reader.page) } else { Err(reader.faults) }
    }

    /// Reads another program's page, which need not be as strict.
    #[must_use]
    pub fn lenient(text: &str, format: Format) -> Self {
        let mut reader = Reader { format, page: Self::default(), closed: BTreeSet::new(), faults: Vec::new() };
        reader.read(text);
        reader.page
    }

    /// Reads a page that must be right.
    #[track_caller]
    pub fn strict(text: &str, format: Format) -> Self {
        Self::parse(text, format).unwrap_or_else(|faults| {
            let lines: Vec<&str> = text.lines().collect();
            for fault in faults.iter().take(20) {
                eprintln!("{fault}\n    {}", lines.get(fault.line - 1).unwrap_or(&""));
            }
            panic!("{} faults in a page of {} lines", faults.len(), lines.len());
        })
    }

    pub fn samples(&self) -> impl Iterator<Item = &Sample> {
        self.families.iter().flat_map(|family| &family.samples)
    }

    /// All samples of that name that have these labels, and maybe others.
    pub fn all<'a>(&'a self, name: &'a str, labels: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = &'a Sample> {
        self.samples().filter(move |sample| sample.name == name && sample.has(labels))
    }

    /// The value of the only sample of that name with these labels.
    #[track_caller]
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let found: Vec<&Sample> = self.all(name, labels).collect();
        assert!(found.len() < 2, "more than one {name} with {labels:?}: {found:?}");
        found.first().map(|sample| sample.value)
    }

    /// All samples of that name with these labels added up, if there are any.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let values: Vec<f64> = self.all(name, labels).map(|sample| sample.value).collect();
        (!values.is_empty()).then(|| values.iter().sum())
    }

    pub fn names(&self) -> BTreeSet<&str> {
        self.samples().map(|sample| sample.name.as_str()).collect()
    }

    /// Samples by name and labels, for comparing two pages.
    pub fn by_series(&self) -> BTreeMap<(String, Labels), f64> {
        self.samples().map(|sample| ((sample.name.clone(), sample.labels.clone()), sample.value)).collect()
    }
}

impl Sample {
    pub fn has(&self, labels: &[(&str, &str)]) -> bool {
        labels.iter().all(|(name, value)| self.label(name) == *value)
    }

    /// A label's value; an absent one is empty, as Prometheus has it.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// A number that two series of a page do not share. Their names and labels would do, but a page is read often and has ten thousand.
fn identity(sample: &Sample) -> u64 {
    let mut hasher = DefaultHasher::new();
    sample.name.hash(&mut hasher);
    // To Prometheus an empty label is an absent one.
    sample.labels.iter().filter(|(_, value)| !value.is_empty()).for_each(|label| label.hash(&mut hasher));
    hasher.finish()
}

struct Reader {
    format: Format,
    page: Page,
    /// Families that another one has followed.
    closed: BTreeSet<String>,
    faults: Vec<Fault>,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let mut ended = false;
        let mut series = HashSet::new();
        let mut number = 0;
        for (index, raw) in text.split_terminator('\n').enumerate() {
            number = index + 1;
            if ended {
                self.fault(number, "something after # EOF");
                break;
            }
            match line::parse(raw, self.format) {
                Err(what) => self.fault(number, &what),
                Ok(Line::End) => ended = true,
                Ok(Line::Help(name, help)) => self.describe(number, "HELP", &name, |family| &mut family.help, help),
                Ok(Line::Type(name, kind)) => self.describe(number, "TYPE", &name, |family| &mut family.kind, kind),
                Ok(Line::Sample(sample)) => {
                    if !series.insert(identity(&sample)) {
                        self.fault(number, &format!("a second sample of one series of {}", sample.name));
                    }
                    self.sample(number, sample);
                }
            }
        }
        if !text.ends_with('\n') {
            self.fault(number, "no newline at the end");
        }
        if self.format == Format::OpenMetrics && !ended {
            self.fault(number, "no # EOF");
        }
    }

    fn describe(&mut self, line: usize, what: &str, name: &str, field: fn(&mut Family) -> &mut Option<String>, text: String) {
        if self.page.families.last().is_none_or(|family| family.name != name) {
            self.open(line, name);
        }
        let Some(family) = self.page.families.last_mut() else { return };
        let late = !family.samples.is_empty();
        let twice = field(family).replace(text).is_some();
        if late {
            self.fault(line, &format!("{what} of {name} after its samples"));
        }
        if twice {
            self.fault(line, &format!("a second {what} of {name}"));
        }
    }

    fn open(&mut self, line: usize, name: &str) {
        if let Some(last) = self.page.families.last() {
            self.closed.insert(last.name.clone());
        }
        if self.closed.contains(name) {
            self.fault(line, &format!("family {name} is split"));
        }
        self.page.families.push(Family { name: name.to_owned(), ..Family::default() });
    }

    fn sample(&mut self, line: usize, sample: Sample) {
        let format = self.format;
        let belongs = |family: &Family| rules::belongs(&sample.name, family, format);
        if !self.page.families.last().is_some_and(belongs) {
            let split = self.page.families.iter().any(belongs);
            let what = if split { "a sample away from its family" } else { "a sample without HELP and TYPE" };
            self.fault(line, &format!("{what}: {}", sample.name));
            return;
        }
        let Some(family) = self.page.families.last_mut() else { return };
        let mut wrong = rules::value(&sample, family);
        if family.samples.is_empty() {
            wrong.extend(rules::family(family, format));
        }
        family.samples.push(sample);
        for what in wrong {
            self.fault(line, &what);
        }
    }

    fn fault(&mut self, line: usize, what: &str) {
        self.faults.push(Fault { line, what: what.to_owned() });
    }
}
