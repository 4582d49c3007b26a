//! The numbers within an expression of `PromQL`: where they stand, and what they come to.

use std::ops::Range;

/// Puts `new` in the place of every number of the expression that is `old`. A product of numbers, as in `7 * 86400`, is one number.
/// Returns `None` when `old` does not occur.
#[must_use]
pub fn replace(expression: &str, old: f64, new: f64) -> Option<String> {
    let mut result = String::new();
    let mut copied = 0;
    for (span, _) in numbers(expression).into_iter().filter(|(_, value)| value.total_cmp(&old).is_eq()) {
        result.push_str(&expression[copied..span.start]);
        result.push_str(&new.to_string());
        copied = span.end;
    }
    (copied > 0).then(|| result + &expression[copied..])
}

/// Every number with its place. Digits of names, texts, label values and windows (`[5m]`) are none.
fn numbers(expression: &str) -> Vec<(Range<usize>, f64)> {
    let mut numbers: Vec<(Range<usize>, f64)> = Vec::new();
    let mut at = 0;
    while let Some(first) = expression[at..].chars().next() {
        let rest = &expression[at..];
        let length = match first {
            '"' | '\'' => rest[1..].find(first).map(|end| end + 2),
            '{' => rest.find('}').map(|end| end + 1),
            '[' => rest.find(']').map(|end| end + 1),
            _ if is_of_word(first) => rest.find(|c: char| !is_of_word(c)),
            _ => Some(first.len_utf8()),
        };
        let length = length.unwrap_or(rest.len());
        if first.is_ascii_digit()
            && let Ok(value) = rest[..length].parse::<f64>()
        {
            match numbers.last_mut().filter(|(last, _)| expression[last.end..at].trim() == "*") {
                Some((span, product)) => {
                    span.end = at + length;
                    *product *= value;
                }
                None => numbers.push((at..at + length, value)),
            }
        }
        at += length;
    }
    numbers
}

/// A colon is part of the name of a record, a point of a number.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_:.".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_numbers_and_nothing_else() {
        let expression = "rate(a1_total{b=\"80\", c=\"0.8\"}[5m]) / (x > 0) > 0.8 and y5:z < 7 * 86400 or up == 10e6";
        let found: Vec<(&str, f64)> = numbers(expression).into_iter().map(|(span, value)| (&expression[span], value)).collect();
        assert_eq!(found, [("0", 0.0), ("0.8", 0.8), ("7 * 86400", 604_800.0), ("10e6", 1e7)]);
    }

    #[test]
    fn replaces_each_place() {
        assert_eq!(replace("a > 0.8 or b > 0.8", 0.8, 0.725).as_deref(), Some("a > 0.725 or b > 0.725"));
        assert_eq!(replace("time() - a > 26 * 3600", 93_600.0, 7200.0).as_deref(), Some("time() - a > 7200"));
        assert_eq!(replace("a > 10e6", 1e7, 1e9).as_deref(), Some("a > 1000000000"));
        assert_eq!(replace("a{b=\"5\"}[5m] > 1", 5.0, 6.0), None);
        assert_eq!(replace("\"open", 5.0, 6.0), None);
    }
}
