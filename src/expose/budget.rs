//! How much text the samples of one answer may take. A limit of series alone does not bound it: a server chooses how long labels and numbers are.

/// For each series of a query's limit. A line with a metric, a server, a database, a schema, a table and an index whose names all have 63 bytes is
/// half as long.
const OF_A_SERIES: usize = 1024;

/// Queries of few series may have long ones.
const LEAST: usize = 64 << 10;

/// What is kept of a label set beside its text.
const OVERHEAD: usize = 64;

/// What is left for the rows of an answer.
#[derive(Debug)]
pub struct Budget(usize);

impl Budget {
    /// For a query with this limit of series.
    #[must_use]
    pub const fn of(limit: usize) -> Self {
        let bytes = limit.saturating_mul(OF_A_SERIES);
        Self(if bytes > LEAST { bytes } else { LEAST })
    }

    /// Takes the lines of a row: one for each of its `values`, which have their own length and that of their metric's name, and the labels as they are
    /// kept to find the next row that has them. False if there is not enough.
    pub fn take<'v>(&mut self, labels: &str, values: impl Iterator<Item = (&'v str, &'v [u8])>) -> bool {
        let lines: usize = values.map(|(name, value)| name.len() + labels.len() + value.len() + "{} \n".len()).sum();
        match self.0.checked_sub(lines + labels.len() + OVERHEAD) {
            Some(left) => self.0 = left,
            None => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_its_lines_and_its_labels() {
        let row = |budget: &mut Budget| budget.take(&"l".repeat(900), [("pg_g", &b"1"[..]), ("pg_c_total", b"22")].into_iter());
        // 905 + 4, 912 + 4, 900 + 64: 2,789 bytes a row.
        let taken = |limit| {
            let mut budget = Budget::of(limit);
            (0..10_000).take_while(|_| row(&mut budget)).count()
        };
        assert_eq!((taken(1000), taken(1), taken(0)), (1_024_000 / 2789, 65_536 / 2789, 65_536 / 2789));
    }
}
