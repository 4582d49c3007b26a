//! An expression of `PromQL` and what its series are called.
//!
//! What is chosen at the top of a board is written in the braces of a selector, before whatever else stands there:
//!
//! | written | for |
//! | --- | --- |
//! | `{$server}` | what pgvigil says of a server |
//! | `{$database}` | the same with a label `datname` |
//! | `{$foreign}` | what may come from another job: records of the machine, pools of applications, `ALERTS` |
//! | `{$job}` | what pgvigil says of its own process |

/// What stands in a board's file, and what Grafana gets. `cluster` is the operator's own label, and `{$foreign}` may lack it and bears
/// another `job`: what is not there must not be asked for.
const PLACEHOLDERS: [(&str, &str); 4] = [
    ("{$server", r#"{job=~"$job", cluster=~"$cluster", server=~"$server""#),
    ("{$database", r#"{job=~"$job", cluster=~"$cluster", server=~"$server", datname=~"$database""#),
    ("{$foreign", r#"{server=~"$server""#),
    ("{$job", r#"{job=~"$job""#),
];

/// One expression of a panel.
#[derive(Debug, Clone)]
pub struct Query {
    /// With its placeholders.
    pub expression: String,
    /// Name of each series, `{{server}}`; empty where the panel's title says it.
    pub legend: String,
    /// Whether it is what the others are held against, such as a limit.
    pub is_limit: bool,
}

/// An expression, and the legend of its series: `{{label}}` stands for a label's value.
pub fn query(expression: impl Into<String>, legend: impl Into<String>) -> Query {
    Query { expression: expression.into(), legend: legend.into(), is_limit: false }
}

impl Query {
    /// Drawn as a dashed line, apart from any stack: `max_connections` behind the connections.
    #[must_use]
    pub fn limit(self) -> Self {
        Self { is_limit: true, ..self }
    }
}

/// The series that were highest at any time of what is shown. They are the same over the whole graph, and so never more than that many,
/// while `topk` alone chooses anew at each point.
#[must_use]
pub fn top(count: u32, expression: &str) -> String {
    chosen(expression, &format!("topk({count}, max_over_time(({expression})[$__range:$__interval] @ end()))"))
}

/// The same without those that were 0 all the time: of what should not be at all, an empty panel says so better than lines on the floor.
#[must_use]
pub fn worst(count: u32, expression: &str) -> String {
    chosen(expression, &format!("topk({count}, max_over_time(({expression})[$__range:$__interval] @ end()) > 0)"))
}

/// The series that were lowest at any time of what is shown.
#[must_use]
pub fn bottom(count: u32, expression: &str) -> String {
    chosen(expression, &format!("bottomk({count}, min_over_time(({expression})[$__range:$__interval] @ end()))"))
}

fn chosen(expression: &str, choice: &str) -> String {
    format!("({expression})\n  and {choice}")
}

/// As Grafana gets it.
#[must_use]
pub fn expanded(expression: &str) -> String {
    PLACEHOLDERS.iter().fold(expression.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

/// The queries of a panel: one or more.
#[derive(Debug, Clone)]
pub struct Queries(pub Vec<Query>);

impl From<Query> for Queries {
    fn from(query: Query) -> Self {
        Self(vec![query])
    }
}

impl<const N: usize> From<[Query; N]> for Queries {
    fn from(queries: [Query; N]) -> Self {
        const { assert!(N > 0, "a panel has at least one query") }
        Self(queries.into())
    }
}

/// The letters by which Grafana numbers the queries of a panel; after Z comes AA.
#[must_use]
pub fn reference(index: usize) -> String {
    let letter = |index: usize| char::from(b'A' + u8::try_from(index % 26).unwrap_or_default());
    if index < 26 { letter(index).to_string() } else { format!("{}{}", letter(index / 26 - 1), letter(index)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_become_matchers() {
        assert_eq!(
            expanded(r#"a{$server} / b{$database, mode="x"} * c{$foreign} + d{$job} - e{$server}"#),
            r#"a{job=~"$job", cluster=~"$cluster", server=~"$server"} / b{job=~"$job", cluster=~"$cluster", server=~"$server", datname=~"$database", mode="x"} * c{server=~"$server"} + d{job=~"$job"} - e{job=~"$job", cluster=~"$cluster", server=~"$server"}"#
        );
    }
}
