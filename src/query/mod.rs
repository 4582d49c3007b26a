//! A query file: its syntax ([`header`]), its meaning ([`check`]), all files together ([`catalog`]), and the statement that
//! a file becomes for one server ([`wrap`]).
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`header`] | the lines before a body |
//! | [`scope`] | where a query runs, on which role of a server, and at what cost |
//! | [`version`] | versions and their ranges |
//! | [`glob`] | names of databases and queries, with `*` |
//! | [`need`] | what a query needs to find on the server |
//! | [`naming`] | names of metrics and labels |
//! | [`pick`] | a column of a console query |
//! | [`rank`] | which rows have series of their own |
//! | [`copy`] | tables that are copied before they are read |
//! | [`collector`] | the rows of one of them, within a limit |
//! | [`relation`] | the copied rows as a relation, and how long its text is |
//! | [`object`] | what a body uses of an extension |
//! | [`sql`] | strings, names, comments and brackets of a body |
//! | [`names`] | what a body names |
//! | [`variants`] | lines of a body that are for some versions only |
//! | [`check`] | from syntax to meaning |
//! | [`catalog`] | all files together |
//! | [`rewrite`] | what of a body is sent in other words |
//! | [`rows`] | how many rows there will be |
//! | [`defaults`] | which settings of a role or a database would change a statement, and where they are set |
//! | [`wrap`] | what is sent to a server, and back to the file's line |

pub mod catalog;
pub mod check;
pub mod collector;
pub mod copy;
pub mod defaults;
pub mod glob;
pub mod header;
pub mod names;
pub mod naming;
pub mod need;
pub mod object;
pub mod pick;
pub mod rank;
pub mod relation;
pub mod rewrite;
pub mod rows;
pub mod scope;
pub mod sql;
pub mod variants;
pub mod version;
pub mod wrap;

use std::ops::Range;
use std::time::Duration;

use copy::Table;
use glob::Glob;
use names::Name;
use need::Needed;
use object::Mention;
use pick::Pick;
use rank::{Rank, RankBy};
use rows::Rows;
pub use scope::{Cost, Counted, Role, Scope};
use version::Versions;

/// One query file, read and found right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// `area/name` or `area/group/name`, the file's path below its directory without `.sql`.
    pub name: String,
    /// Where a person finds the file.
    pub path: String,
    /// The file's text, kept for errors that only the server can find.
    pub text: String,
    /// What it is, in a sentence.
    pub about: String,
    /// Where it runs.
    pub scope: Scope,
    /// On which role it runs.
    pub role: Role,
    /// Whether it runs as the server's reader, a login role that has nothing but a few SELECTs, instead of pgvigil's own.
    pub reader: bool,
    /// What it asks of the server.
    pub cost: Cost,
    /// How often it runs.
    pub interval: Duration,
    /// After how long the server ends it.
    pub timeout: Duration,
    /// How many series it may have for each server, or each database where its scope is that.
    pub limit: usize,
    /// Whether it runs: the file says so, and the configuration may say otherwise.
    pub enabled: bool,
    /// What must be there for it to run.
    pub needs: Vec<Needed>,
    /// What all version ranges in this file count.
    pub counted: Counted,
    /// The versions it runs on.
    pub covers: Versions,
    /// The label columns in their order.
    pub labels: Vec<Label>,
    /// The metric columns in their order.
    pub metrics: Vec<Metric>,
    /// How many rows it has on an ordinary primary.
    pub rows: Rows,
    /// The tables that are copied for its bodies.
    pub copies: Vec<Table>,
    /// The text column whose statements let the login role see what the query leaves out; no metric.
    pub remedy: Option<Remedy>,
    /// Which of its rows have series of their own; all if it is not ranked.
    pub rank: Option<Rank>,
    /// The databases that it is for, where its scope is that; all if none is named. In others it does not exist.
    pub databases: Option<Vec<Glob>>,
    /// The SQL by version; the ranges never overlap and leave no gap in `covers`.
    pub bodies: Vec<Body>,
}

impl Query {
    /// Whether it exists in this database.
    #[must_use]
    pub fn is_for(&self, database: &str) -> bool {
        self.databases.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob.matches(database)))
    }

    /// The query whose ranking this one takes over.
    #[must_use]
    pub fn leader(&self) -> Option<&str> {
        match &self.rank.as_ref()?.by {
            RankBy::Query(leader) => Some(leader),
            RankBy::Counter { .. } => None,
        }
    }

    /// The same with the detail that is wanted, by the name of the metric.
    #[must_use]
    pub fn with_detail(mut self, is_wanted: impl Fn(&str) -> bool) -> Self {
        for metric in &mut self.metrics {
            metric.exported = !metric.detail || is_wanted(&metric.name);
        }
        self
    }

    /// Whether it runs where it can: it is on, and something of it is exported.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.enabled && self.metrics.iter().any(|metric| metric.exported)
    }
}

/// A label column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The column's alias and the label's name.
    pub name: String,
    /// What its values are.
    pub help: String,
    /// What it is made of, where the scope is not SQL.
    pub pick: Pick,
    /// The versions whose body has the column.
    pub versions: Versions,
    /// Its declaration in the file.
    pub span: Range<usize>,
}

/// A metric column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// The column's alias and the metric's name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// What it means, with unit and source.
    pub help: String,
    /// What it is made of, where the scope is not SQL.
    pub pick: Pick,
    /// The versions whose body has the column.
    pub versions: Versions,
    /// Whether the file has it as detail, which is exported only where the configuration asks for it.
    pub detail: bool,
    /// Whether it is exported: it is no detail, or the configuration asks for it.
    pub exported: bool,
    /// Its declaration in the file.
    pub span: Range<usize>,
}

/// The column of statements that mend what the login role may not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The column's alias.
    pub column: String,
    /// Its declaration in the file.
    pub span: Range<usize>,
}

/// The type of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Goes up and down.
    Gauge,
    /// Goes up, and falls only when its source is reset.
    Counter,
}

/// The SQL, or the console's command, for a range of versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The versions it is for.
    pub versions: Versions,
    /// One SELECT, or `SHOW NAME`.
    pub sql: String,
    /// Where the SQL stands in the file.
    pub span: Range<usize>,
    /// What it may name that is not PostgreSQL's own or an extension's.
    pub names: Vec<Name>,
    /// The objects of extensions that it names.
    pub mentions: Vec<Mention>,
}

impl Kind {
    /// As HELP and TYPE lines and the header of a file write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::Counter => "counter",
        }
    }
}
