//! An answer that comes as a table with names of its own, not as the columns that a file declares: a console's, the machine's.

use std::borrow::Cow;

use super::sample::{SampleError, Sampler, Samples};
use crate::query::Query;
use crate::query::pick::{Pick, Term};
use crate::query::version::Version;

/// A table of text, in the bytes that it came in. NULL is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// What the columns are called.
    pub columns: Vec<Cow<'static, str>>,
    /// The rows; each has a cell for every column.
    pub rows: Vec<Vec<Option<Vec<u8>>>>,
}

impl Answer {
    /// The samples that `query` takes from this answer. `constant` are the labels that every sample bears, already written.
    ///
    /// # Errors
    /// When a column is missing, or a value is none.
    pub fn samples(&self, query: &Query, version: Version, constant: String) -> Result<Samples, SampleError> {
        let columns = query.columns(version);
        let labels = columns.labels.iter().map(|label| (&label.name, &label.pick));
        let picks: Vec<(&String, &Pick)> = labels.chain(columns.metrics.iter().map(|metric| (&metric.name, &metric.pick))).collect();
        // An answer without rows may come without the names of its columns.
        if !self.rows.is_empty() {
            picks.iter().try_for_each(|(name, pick)| self.check(name, pick))?;
        }
        let is_listing = picks.iter().any(|(_, pick)| pick.row.is_some());
        let mut sampler = Sampler::new(columns, constant, query.limit);
        sampler.as_text();
        let mut take = |rows: &[Vec<Option<Vec<u8>>>]| {
            let cells: Vec<Option<Cow<'_, [u8]>>> = picks.iter().map(|(_, pick)| self.cell(pick, rows)).collect();
            sampler.row(&|index| cells.get(index).and_then(Option::as_deref))
        };
        if is_listing {
            take(&self.rows)?;
        } else {
            self.rows.iter().try_for_each(|row| take(std::slice::from_ref(row)))?;
        }
        Ok(sampler.finish())
    }

    /// Whether every column that `pick` has to have is there.
    fn check(&self, name: &str, pick: &Pick) -> Result<(), SampleError> {
        let of_terms = pick.terms.iter().filter_map(|term| match term {
            Term::Column { names, optional: false, .. } => Some(names.as_slice()),
            _ => None,
        });
        let of_row = pick.row.iter().map(|(column, _)| std::slice::from_ref(column));
        match of_terms.chain(of_row).find(|names| self.index(names).is_none()) {
            None => Ok(()),
            Some(names) => Err(SampleError::Missing {
                column: name.to_owned(),
                missing: names.join("` or `"),
                present: self.columns.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    fn index(&self, names: &[String]) -> Option<usize> {
        names.iter().find_map(|name| self.columns.iter().position(|column| column == name))
    }

    /// The value of `pick` in the first of `rows` that it is for.
    fn cell<'a>(&self, pick: &Pick, rows: &'a [Vec<Option<Vec<u8>>>]) -> Option<Cow<'a, [u8]>> {
        let at = |row: &'a [Option<Vec<u8>>], names: &[String]| row.get(self.index(names)?)?.as_deref();
        let row = match &pick.row {
            None => rows.first()?,
            Some((column, value)) => rows.iter().find(|row| at(row, std::slice::from_ref(column)) == Some(value.as_bytes()))?,
        };
        // A text, or a number as the console writes it: what needs no arithmetic stays as it is.
        if let [Term::Column { names, divisor: 1, .. }] = pick.terms.as_slice() {
            return at(row, names).map(Cow::Borrowed);
        }
        let mut sum = 0.0;
        for term in &pick.terms {
            sum += match term {
                Term::Number(number) => f64::from(*number),
                Term::Column { names, divisor, .. } => {
                    let text = at(row, names)?;
                    match std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok()) {
                        Some(value) => value / f64::from(*divisor),
                        // The sampler refuses it, and says so with the column and the value.
                        None => return Some(Cow::Borrowed(text)),
                    }
                }
            };
        }
        Some(Cow::Owned(sum.to_string().into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Source;
    use crate::query::check;

    fn query(declarations: &str) -> Query {
        let header = "-- about: A.\n-- scope: pgbouncer\n-- interval: 10s\n-- limit: 9 series\n";
        let text = format!("{header}{declarations}-- sql:\nSHOW X\n");
        check::query("a/b", Source { path: "a/b.sql", text: &text }).unwrap()
    }

    fn answer(columns: &[&'static str], rows: &[&[&str]]) -> Answer {
        let cell = |text: &&str| (*text != "NULL").then(|| (*text).into());
        Answer {
            columns: columns.iter().map(|name| (*name).into()).collect(),
            rows: rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        }
    }

    fn lines(declarations: &str, answer: &Answer) -> Result<String, SampleError> {
        let samples = answer.samples(&query(declarations), Version { major: 1, minor: 20 }, String::new())?;
        Ok(samples.lines.into_iter().map(|(_, lines)| lines).collect())
    }

    #[test]
    fn takes_columns_by_name_and_adds_them_up() {
        let pools = answer(&["database", "maxwait", "maxwait_us", "new"], &[&["a", "2", "500000", "1"], &["b", "0", "NULL", "2"]]);
        let declarations = "-- label database: D.\n-- gauge p_wait_seconds = maxwait + maxwait_us / 1000000: W.\n\
                            -- gauge p_new [1.19..] = new: N.\n-- gauge p_gone [..1.19] = gone: G.\n\
                            -- gauge p_later = later?: L.\n-- gauge p_renamed = latest | new: R.\n";
        assert_eq!(
            lines(declarations, &pools).unwrap(),
            "p_wait_seconds{database=\"a\"} 2.5\np_new{database=\"a\"} 1\np_new{database=\"b\"} 2\n\
             p_renamed{database=\"a\"} 1\np_renamed{database=\"b\"} 2\n"
        );
    }

    #[test]
    fn a_listing_is_one_row() {
        let list = answer(&["list", "items"], &[&["databases", "3"], &["users", "5"]]);
        let declarations = "-- gauge p_databases = items where list = databases: D.\n-- gauge p_users = items where list = users: U.\n\
                            -- gauge p_other = items where list = other: O.\n";
        assert_eq!(lines(declarations, &list).unwrap(), "p_databases 3\np_users 5\n");
        let declarations = "-- label version: V.\n-- gauge p_info = 1: I.\n";
        assert_eq!(lines(declarations, &answer(&["version"], &[&["1.18"]])).unwrap(), "p_info{version=\"1.18\"} 1\n");
    }

    #[test]
    fn two_names_are_two_labels_whatever_their_bytes() {
        let mut pools = answer(&["database", "n"], &[&["\\xff", "1"], &["x", "2"]]);
        pools.rows[1][0] = Some(b"\xff".to_vec());
        let declarations = "-- label database: D.\n-- gauge p_n = n: N.\n";
        assert_eq!(lines(declarations, &pools).unwrap(), "p_n{database=\"\\\\x5cxff\"} 1\np_n{database=\"\\\\xff\"} 2\n");
    }

    #[test]
    fn says_what_is_missing_or_no_number() {
        let pools = answer(&["a", "b"], &[&["x", "1"]]);
        let error = |declarations: &str| lines(declarations, &pools).unwrap_err().to_string();
        assert_eq!(error("-- gauge p_x = b + c: X.\n"), "there is no column `c`; there are a, b");
        assert_eq!(error("-- gauge p_x = b where c = 1: X.\n"), "there is no column `c`; there are a, b");
        assert_eq!(error("-- gauge p_x = c | d: X.\n"), "there is no column `c` or `d`; there are a, b");
        assert_eq!(error("-- gauge p_x = a / 1000: X.\n"), "column `p_x` is x, which is not a number");
    }
}
