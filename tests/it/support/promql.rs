//! What an expression of `PromQL` refers to.

use std::collections::BTreeSet;

use promql_parser::label::Labels;
use promql_parser::parser::{self, Expr, VectorSelector};

/// The metrics of an expression and what is said of their labels.
#[derive(Debug, Default)]
pub struct References {
    pub selectors: Vec<Selector>,
    /// Labels by which is joined or summed up.
    pub grouped: BTreeSet<String>,
    /// Labels that `label_replace` makes.
    pub made: BTreeSet<String>,
    /// Looks back over a window, as `rate` and `changes` do.
    pub has_range: bool,
}

#[derive(Debug, PartialEq)]
pub struct Selector {
    pub metric: String,
    /// The labels that it is picked by.
    pub labels: Vec<String>,
    /// The function or aggregation that it stands in, `rate`; nothing where it stands in none.
    pub function: String,
}

/// Reads an expression, which has to be one.
#[track_caller]
pub fn references(expression: &str) -> References {
    let tree = parser::parse(expression).unwrap_or_else(|error| panic!("{expression}\nis no PromQL: {error}"));
    let mut references = References::default();
    references.take(&tree, "");
    references
}

impl References {
    fn take(&mut self, expression: &Expr, function: &str) {
        match expression {
            Expr::VectorSelector(selector) => self.select(selector, function),
            Expr::MatrixSelector(selector) => {
                self.has_range = true;
                self.select(&selector.vs, function);
            }
            Expr::Subquery(subquery) => {
                self.has_range = true;
                self.take(&subquery.expr, function);
            }
            Expr::Aggregate(aggregate) => {
                self.group(aggregate.modifier.as_ref().map(parser::LabelModifier::labels));
                for part in aggregate.param.iter().chain([&aggregate.expr]) {
                    self.take(part, &aggregate.op.to_string());
                }
            }
            Expr::Binary(binary) => {
                if let Some(modifier) = &binary.modifier {
                    self.group(modifier.matching.as_ref().map(parser::LabelModifier::labels));
                    self.group(modifier.card.labels());
                }
                self.take(&binary.lhs, function);
                self.take(&binary.rhs, function);
            }
            Expr::Call(call) => {
                if call.func.name == "label_replace"
                    && let Some(Expr::StringLiteral(made)) = call.args.args.get(1).map(AsRef::as_ref)
                {
                    self.made.insert(made.val.clone());
                }
                for argument in &call.args.args {
                    self.take(argument, call.func.name);
                }
            }
            Expr::Unary(unary) => self.take(&unary.expr, function),
            Expr::Paren(paren) => self.take(&paren.expr, function),
            Expr::NumberLiteral(_) | Expr::StringLiteral(_) => {}
            Expr::Extension(_) => unreachable!("the parser makes none"),
        }
    }

    fn select(&mut self, selector: &VectorSelector, function: &str) {
        assert_eq!(selector.matchers.or_matchers.len(), 0, "{selector}: Prometheus knows no `or` between matchers");
        let (named, others): (Vec<_>, Vec<_>) = selector.matchers.matchers.iter().partition(|matcher| matcher.name == "__name__");
        // One metric, or `{__name__=~"one|another"}`.
        let of_matchers = named.iter().flat_map(|matcher| matcher.value.split('|')).map(str::to_owned);
        let metrics: Vec<String> = selector.name.iter().cloned().chain(of_matchers).collect();
        assert!(!metrics.is_empty(), "{selector}: a selector without a metric");
        let labels: Vec<String> = others.iter().map(|matcher| matcher.name.clone()).collect();
        for metric in metrics {
            self.selectors.push(Selector { metric, labels: labels.clone(), function: function.to_owned() });
        }
    }

    fn group(&mut self, labels: Option<&Labels>) {
        self.grouped.extend(labels.into_iter().flat_map(|labels| &labels.labels).cloned());
    }
}

#[test]
fn names_are_told_apart() {
    let found = references(
        "sum without (a, b) (rate(x_total{c=\"d\", e=~\"f|g\"}[5m])) / on (h) group_left (k) (server:y:sum * 10e6 > 0)
           unless on (i) label_replace(z, \"made\", \"$1\", \"source\", \"(.*)\") == 1",
    );
    let named = |metric: &str, labels: &[&str], function: &str| Selector {
        metric: metric.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        function: function.to_owned(),
    };
    assert_eq!(found.selectors, [named("x_total", &["c", "e"], "rate"), named("server:y:sum", &[], ""), named("z", &[], "label_replace")]);
    assert_eq!(found.grouped.iter().collect::<Vec<_>>(), ["a", "b", "h", "i", "k"]);
    assert_eq!(found.made.iter().collect::<Vec<_>>(), ["made"]);
    assert_eq!(references(r#"max({__name__=~"x|y", c="d"})"#).selectors, [named("x", &["c"], "max"), named("y", &["c"], "max")]);
    assert!(found.has_range && !references("up == 0").has_range);
}
