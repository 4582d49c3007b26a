//! What an expression of `PromQL` refers to. promtool says whether it is one; which of its words are metrics and which are labels can
//! then be told from the words around them.

use std::collections::BTreeSet;

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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name, a keyword, a number or a duration.
    Word(String),
    Text(String),
    Sign(char),
}

const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "atan2"];
const GROUPINGS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Reads an expression.
pub fn references(expression: &str) -> References {
    let tokens = tokens(expression);
    let mut references = References::default();
    let mut texts = Vec::new();
    // What each open parenthesis belongs to, and what the next one will.
    let (mut open, mut function) = (Vec::new(), String::new());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1);
        at += 1;
        match token {
            Token::Word(word) if GROUPINGS.contains(&word.as_str()) => {
                if next == Some(&Token::Sign('(')) {
                    let (labels, end) = words_up_to(&tokens, at, ')');
                    references.grouped.extend(labels);
                    at = end;
                }
            }
            Token::Word(word) if OPERATORS.contains(&word.as_str()) || !word.starts_with(|first: char| first.is_ascii_alphabetic()) => {}
            // A function or an aggregation, maybe with its grouping first.
            Token::Word(word)
                if next == Some(&Token::Sign('(')) || matches!(next, Some(Token::Word(word)) if word == "by" || word == "without") =>
            {
                function.clone_from(word);
            }
            Token::Word(metric) => {
                let function = open.last().cloned().unwrap_or_default();
                references.selectors.push(Selector { metric: metric.clone(), labels: Vec::new(), function });
            }
            Token::Sign('(') => open.push(std::mem::take(&mut function)),
            Token::Sign(')') => drop(open.pop()),
            // Between the braces of a selector names are labels and texts are what they are compared with.
            Token::Sign('{') => {
                let (labels, end) = words_up_to(&tokens, at, '}');
                references.selectors.last_mut().expect("a metric before its braces").labels.extend(labels);
                at = end;
            }
            Token::Sign('[') => {
                references.has_range = true;
                at = words_up_to(&tokens, at, ']').1;
            }
            Token::Text(text) => texts.push(text.clone()),
            Token::Sign(_) => {}
        }
    }
    // Only `label_replace` takes texts here: the label it makes, then three more.
    assert_eq!(texts.len() % 4, 0, "{expression}: texts that are not label_replace's: {texts:?}");
    references.made.extend(texts.into_iter().step_by(4));
    references
}

/// The words from here to the sign, and the place behind it.
fn words_up_to(tokens: &[Token], from: usize, end: char) -> (Vec<String>, usize) {
    let length = tokens[from..].iter().position(|token| *token == Token::Sign(end)).expect("an end");
    let words = tokens[from..from + length].iter().filter_map(|token| match token {
        Token::Word(word) => Some(word.clone()),
        _ => None,
    });
    (words.collect(), from + length + 1)
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => {
                let length = rest[1..].find(first).expect("the end of a text");
                tokens.push(Token::Text(rest[1..=length].to_owned()));
                length + 2
            }
            first if is_of_word(first) => {
                let length = rest.find(|character| !is_of_word(character)).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
            sign => {
                if !sign.is_whitespace() {
                    tokens.push(Token::Sign(sign));
                }
                sign.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// A colon is part of the name of a record, a point of a number.
fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_:.".contains(character)
}

#[test]
fn names_are_told_apart() {
    let found = references(
        "sum without (a, b) (rate(x_total{c=\"d\", e=~\"f|g\"}[5m])) / on (h) group_left () (server:y:sum * 10e6 > 0)
           unless on (i) label_replace(z, \"made\", \"$1\", \"source\", \"(.*)\") == 1",
    );
    let named = |metric: &str, labels: &[&str], function: &str| Selector {
        metric: metric.to_owned(),
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        function: function.to_owned(),
    };
    assert_eq!(found.selectors, [named("x_total", &["c", "e"], "rate"), named("server:y:sum", &[], ""), named("z", &[], "label_replace")]);
    assert_eq!(found.grouped.iter().collect::<Vec<_>>(), ["a", "b", "h", "i"]);
    assert_eq!(found.made.iter().collect::<Vec<_>>(), ["made"]);
    assert!(found.has_range && !references("up == 0").has_range);
}
