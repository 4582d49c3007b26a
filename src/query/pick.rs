//! What a column of a console query is made of: the answer's columns are the console's, so that a declaration says which to take.
//!
//! ```text
//! -- gauge pgbouncer_pools_cl_active = cl_active: …
//! -- gauge pgbouncer_pools_maxwait_seconds = maxwait + maxwait_us / 1000000: …
//! -- gauge pgbouncer_lists_used_clients = items where list = used_clients: …
//! -- gauge pgbouncer_databases_reserve_pool_size = reserve_pool_size | reserve_pool: …        (what it is called now, and was before)
//! -- counter pgbouncer_stats_bind_count_total = total_bind_count?: …                          (only where there is such a column)
//! -- gauge pgbouncer_info = 1: …
//! ```

use std::str::FromStr;

/// A sum of terms, of every row or of the one row where a column has a certain value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// What is added up.
    pub terms: Vec<Term>,
    /// The row: this column has this value.
    pub row: Option<(String, String)>,
}

/// One term of a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// A column of the answer, divided by a number that is 1 for most.
    Column {
        /// What the console calls it; it is the first of these names that it knows.
        names: Vec<String>,
        /// Whether there is no value where there is no such column, instead of an error.
        optional: bool,
        /// What it is divided by, to come to base units; above zero.
        divisor: u32,
    },
    /// A number, such as the 1 of an info metric.
    Number(u32),
}

impl Pick {
    /// The column of this name, of every row.
    #[must_use]
    pub fn column(name: &str) -> Self {
        Self { terms: vec![Term::Column { names: vec![name.to_owned()], optional: false, divisor: 1 }], row: None }
    }
}

impl FromStr for Pick {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (sum, row) = match text.split_once(" where ") {
            None => (text, None),
            Some((sum, condition)) => {
                let (column, value) = condition.split_once('=').ok_or("`where` has no `=`; write `where key = max_client_conn`")?;
                (sum, Some((word(column)?, word(value)?)))
            }
        };
        let terms = sum.split('+').map(term).collect::<Result<_, _>>()?;
        Ok(Self { terms, row })
    }
}

fn term(text: &str) -> Result<Term, String> {
    if let Some(number) = number(text) {
        return Ok(Term::Number(number));
    }
    let (column, divisor) = match text.split_once('/') {
        None => (text, 1),
        Some((column, divisor)) => {
            (column, number(divisor).ok_or_else(|| format!("`{}` is not a whole number above zero", divisor.trim()))?)
        }
    };
    let (names, optional) = match column.trim().strip_suffix('?') {
        None => (column, false),
        Some(names) => (names, true),
    };
    Ok(Term::Column { names: names.split('|').map(word).collect::<Result<_, _>>()?, optional, divisor })
}

fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|number| *number > 0)
}

fn word(text: &str) -> Result<String, String> {
    let text = text.trim();
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { Ok(text.to_owned()) } else { Err(format!("`{text}` is not a column's name or value")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let column = |name: &str, divisor| Term::Column { names: vec![name.to_owned()], optional: false, divisor };
        assert_eq!("cl_active".parse(), Ok(Pick::column("cl_active")));
        let sum = Pick { terms: vec![column("maxwait", 1), column("maxwait_us", 1_000_000)], row: None };
        assert_eq!("maxwait + maxwait_us / 1000000".parse(), Ok(sum));
        let row = Pick { row: Some(("list".into(), "used_clients".into())), ..Pick::column("items") };
        assert_eq!("items where list = used_clients".parse(), Ok(row));
        let terms = vec![Term::Column { names: vec!["new".into(), "old".into()], optional: true, divisor: 10 }];
        assert_eq!("new | old? / 10".parse(), Ok(Pick { terms, row: None }));
        assert_eq!("1".parse(), Ok(Pick { terms: vec![Term::Number(1)], row: None }));
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "a +", "a / 0", "a / b", "a where b", "a where b = ", "a * 2", "(a)", "a b", "-1", "a | ", "?"] {
            assert!(text.parse::<Pick>().is_err(), "{text}");
        }
    }
}
