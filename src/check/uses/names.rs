//! The names of metrics in an expression of `PromQL` as rules and dashboards have it: with Grafana's variables, and in the functions of its templates.
//!
//! It is no parser: it takes every word that is neither a label nor a function. So it reads what one could not, such as `rate($metric[5m])`, and dialects. Of
//! a name that only a variable or a regular expression completes, that part is `*`.

/// Behind these is a list of labels.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

/// Every name, in the order of the text; what has a `*` is a glob.
#[must_use]
pub fn names(expression: &str) -> Vec<String> {
    let mut scanner = Scanner { text: expression.chars().collect(), at: 0, found: Vec::new() };
    scanner.run();
    scanner.found
}

struct Scanner {
    text: Vec<char>,
    at: usize,
    found: Vec<String>,
}

impl Scanner {
    fn run(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                '#' => self.skip_to('\n'),
                '"' | '\'' | '`' => _ = self.string(),
                '{' => self.matchers(),
                '[' if self.text.get(self.at + 1) != Some(&'[') => self.skip_to(']'),
                _ if is_word(c) || self.is_variable() => self.word(),
                _ => self.at += 1,
            }
        }
    }

    /// A metric, a function, a keyword, or a number with its unit.
    fn word(&mut self) {
        let word = self.token();
        self.skip_blanks();
        if self.peek() != Some('(') {
            self.found.extend(Some(word).filter(|word| !word.starts_with(|c: char| c.is_ascii_digit())));
        } else if BEFORE_LABELS.contains(&word.to_lowercase().as_str()) {
            self.skip_to(')');
        }
    }

    /// `{label="x", __name__=~"a|b", "a metric"}`
    fn matchers(&mut self) {
        self.at += 1;
        let mut label = String::new();
        let mut operator = String::new();
        while let Some(c) = self.peek() {
            match c {
                '}' => {
                    self.at += 1;
                    return;
                }
                ',' => {
                    label.clear();
                    operator.clear();
                    self.at += 1;
                }
                '"' | '\'' | '`' => {
                    let text = self.string();
                    self.skip_blanks();
                    match (label.as_str(), operator.as_str()) {
                        ("__name__", "=~") => self.found.extend(alternatives(&text)),
                        // A label may be quoted, and a metric that is alone is.
                        ("", "") if matches!(self.peek(), Some('=' | '!')) => label = text,
                        ("__name__", "=") | ("", "") => self.found.push(text),
                        _ => {}
                    }
                }
                '=' | '!' | '~' => {
                    operator.push(c);
                    self.at += 1;
                }
                _ if is_word(c) || self.is_variable() => label = self.token(),
                _ => self.at += 1,
            }
        }
    }

    /// Letters, digits, `_` and `:`, and `*` for each variable: `$x`, `${x:csv}`, `[[x]]`.
    fn token(&mut self) -> String {
        let mut token = String::new();
        while let Some(c) = self.peek() {
            if is_word(c) {
                token.push(c);
                self.at += 1;
            } else if self.is_variable() {
                token.push('*');
                match (c, self.text.get(self.at + 1)) {
                    ('[', _) => {
                        self.skip_to(']');
                        self.at += 1;
                    }
                    ('$', Some('{')) => self.skip_to('}'),
                    _ => {
                        self.at += 1;
                        // A letter more than a name has is taken for the variable's, as Grafana does.
                        while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                            self.at += 1;
                        }
                    }
                }
            } else {
                break;
            }
        }
        token
    }

    fn is_variable(&self) -> bool {
        let next = self.text.get(self.at + 1);
        match self.peek() {
            Some('$') => next.is_some_and(|c| *c == '{' || *c == '_' || c.is_alphanumeric()),
            Some('[') => next == Some(&'['),
            _ => false,
        }
    }

    fn string(&mut self) -> String {
        let quote = self.peek();
        self.at += 1;
        let mut text = String::new();
        while let Some(c) = self.peek() {
            self.at += 1;
            if Some(c) == quote {
                break;
            }
            if c == '\\' && quote != Some('`') {
                text.extend(self.peek());
                self.at += 1;
            } else {
                text.push(c);
            }
        }
        text
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Behind the next one of these.
    fn skip_to(&mut self, end: char) {
        while self.peek().is_some_and(|c| c != end) {
            self.at += 1;
        }
        self.at += 1;
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

/// The names that a regular expression stands for, where it is one of several names; of anything else in it, a glob that matches at least as much.
fn alternatives(regex: &str) -> Vec<String> {
    let whole = regex.trim_start_matches('^').trim_end_matches('$');
    let inner = whole.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(whole);
    let inner = inner.strip_prefix("?:").unwrap_or(inner);
    let has_groups = inner.contains(['(', ')']);
    let parts = if has_groups { vec![inner] } else { inner.split('|').collect() };
    let glob = |part: &str| {
        let glob = part.replace(".*", "*").replace(".+", "*");
        match glob.find(|c: char| !is_word(c) && c != '*') {
            None => glob,
            Some(0) => "*".to_owned(),
            Some(at) => format!("{}*", glob[..at].trim_end_matches('*')),
        }
    };
    parts.into_iter().map(glob).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those with the prefix of ours.
    fn ours(expression: &str) -> Vec<String> {
        names(expression).into_iter().filter(|name| name.starts_with("pg_")).collect()
    }

    #[test]
    fn metrics_are_told_from_all_else() {
        let text =
            "sum without (pg_a, b) (rate(pg_x_total{pg_c=\"pg_d\", e=~\"pg_f|g\"}[5m])) / on (pg_h) group_left (k) pg_y > 10e6 # pg_z\n
            unless label_replace(pg_w, \"pg_made\", \"$1\", \"source\", \"(.*)\") offset 1d or up{job=\"pg_j\"}";
        assert_eq!(ours(text), ["pg_x_total", "pg_y", "pg_w"]);
        assert_eq!(ours("sum(pg_x) by (pg_a, pg_b)"), ["pg_x"]);
    }

    #[test]
    fn variables_of_grafana_are_read() {
        assert_eq!(ours("rate(pg_x{server=~\"$server\"}[$__rate_interval])"), ["pg_x"]);
        assert_eq!(ours("pg_stat_${kind:raw}_total + pg_x_[[mode]]"), ["pg_stat_*_total", "pg_x_*"]);
        assert_eq!(ours("topk($n, pg_x) and $metric and pg_$y"), ["pg_x", "pg_*"]);
        assert_eq!(ours("label_values(pg_x{job=~\"$job\"}, pg_label)").first().map(String::as_str), Some("pg_x"));
        assert_eq!(ours("query_result(max(pg_x))"), ["pg_x"]);
    }

    #[test]
    fn names_in_quotes_are_read() {
        assert_eq!(ours("{__name__=\"pg_x\", a=\"pg_b\"}"), ["pg_x"]);
        assert_eq!(ours("{\"pg_x\", \"pg_label\"=\"pg_b\"}"), ["pg_x"]);
        assert_eq!(ours("count({__name__=~\"pg_a|pg_b_.*_total\"})"), ["pg_a", "pg_b_*_total"]);
        assert_eq!(ours("{__name__=~\"^(pg_a|pg_b)$\"}"), ["pg_a", "pg_b"]);
        assert_eq!(ours("{__name__=~\"pg_(a|b)_x\"}"), ["pg_*"]);
        assert_eq!(ours("{__name__!~\"pg_a\", b!=\"pg_c\"}"), [""; 0]);
    }

    proptest::proptest! {
        #[test]
        fn any_expression_is_survived(text in "(pg_x|by|\\(|\\)|\\{|\\}|\\[|\\]|\\[\\[|\\$|\\$\\{|\"|'|`|\\\\|=|~|!|,|#|\n|é| ){0,40}") {
            let _ = names(&text);
        }
    }
}
