//! The rows of one copied table, collected from the data of a `COPY` as far as their text in a statement stays within a limit.

use super::copy::row;
use super::relation::length_of_row;

/// Collects the rows of a table.
#[derive(Debug)]
pub struct Collector {
    columns: usize,
    /// The limit for the text of all rows, in bytes.
    limit: usize,
    /// How much of it is taken.
    taken: usize,
    /// The beginning of a row whose end has not come yet.
    pending: Vec<u8>,
    rows: Vec<Vec<Option<String>>>,
    is_over: bool,
}

impl Collector {
    /// For rows of this many columns, with a text of at most `limit` bytes.
    #[must_use]
    pub const fn new(columns: usize, limit: usize) -> Self {
        Self { columns, limit, taken: 0, pending: Vec::new(), rows: Vec::new(), is_over: false }
    }

    /// Takes data as it comes. Over the limit nothing is kept, and nothing more is taken.
    pub fn take(&mut self, data: &[u8]) {
        for piece in data.split_inclusive(|byte| *byte == b'\n') {
            if self.is_over {
                return;
            }
            if self.pending.len() + piece.len() > self.limit {
                self.give_up();
                return;
            }
            self.pending.extend_from_slice(piece);
            if self.pending.last() == Some(&b'\n') {
                self.pending.pop();
                self.end_of_row();
            }
        }
    }

    fn end_of_row(&mut self) {
        let mut cells = row(&self.pending);
        self.pending.clear();
        cells.resize(self.columns, None);
        self.taken += length_of_row(&cells);
        if self.taken > self.limit {
            self.give_up();
        } else {
            self.rows.push(cells);
        }
    }

    fn give_up(&mut self) {
        self.is_over = true;
        (self.pending, self.rows) = (Vec::new(), Vec::new());
    }

    /// The rows and the length of their text; none if that is over the limit.
    #[must_use]
    pub fn finish(self) -> Option<(Vec<Vec<Option<String>>>, usize)> {
        (!self.is_over).then_some((self.rows, self.taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(limit: usize, data: &[&[u8]]) -> Option<(Vec<Vec<Option<String>>>, usize)> {
        let mut collector = Collector::new(2, limit);
        for data in data {
            collector.take(data);
        }
        collector.finish()
    }

    #[test]
    fn rows_end_where_their_lines_end() {
        let rows = |rows: &[[Option<&str>; 2]]| rows.iter().map(|row| row.map(|cell| cell.map(str::to_owned)).to_vec()).collect::<Vec<_>>();
        let wanted = rows(&[[Some("1"), None], [Some("22"), Some("b")], [Some("3"), None]]);
        let whole = collected(1000, &[b"1\t\\N\n22\tb\n3\n"]).unwrap();
        assert_eq!(whole.0, wanted);
        assert_eq!(collected(1000, &[b"1\t", b"\\N", b"\n2", b"2\tb\n3", b"\n"]).unwrap(), whole);
        assert_eq!(collected(1000, &[]), Some((Vec::new(), 0)));
    }

    #[test]
    fn what_is_counted_is_the_text_that_is_sent() {
        // NULL costs 5 bytes, a text 3 more than it has, and a backslash 4.
        let (_, length) = collected(1000, &[b"\\N\ta\\\\\n"]).unwrap();
        assert_eq!(length, 5 + 3 + 1 + 4);
        let nulls = b"\\N\t\\N\n".repeat(100);
        assert_eq!(collected(1000, &[&nulls]).map(|(rows, length)| (rows.len(), length)), Some((100, 1000)));
        assert_eq!(collected(999, &[&nulls]), None);
    }

    #[test]
    fn a_row_without_end_is_over_the_limit() {
        assert_eq!(collected(1000, &[b"x".repeat(600).as_slice(), b"x".repeat(600).as_slice(), b"\n1\t2\n"]), None);
    }

    /// Each row is handled once, however many of them come at once.
    #[test]
    fn many_rows_at_once_take_time_for_each_alone() {
        let data = b"\n".repeat(300_000);
        let (rows, length) = collected(10 << 20, &[&data]).unwrap();
        assert_eq!((rows.len(), length), (300_000, 300_000 * (3 + 5)));
    }
}
