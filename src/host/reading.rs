//! A table as it was read, and its cells.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;

use super::error::HostError;
use crate::expose::answer::Answer;

/// What a read has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The table.
    pub answer: Answer,
    /// Directories that are not in it, and why.
    pub left_out: Vec<HostError>,
}

/// A table whose rows have as many cells as it has columns.
pub(super) fn answer<const N: usize, C: Into<Vec<u8>>>(
    columns: [&'static str; N],
    rows: impl IntoIterator<Item = [Option<C>; N]>,
) -> Reading {
    let columns = columns.into_iter().map(Into::into).collect();
    let rows = rows.into_iter().map(|row| row.into_iter().map(|cell| cell.map(Into::into)).collect()).collect();
    Reading { answer: Answer { columns, rows }, left_out: Vec::new() }
}

/// A path or a name as the kernel has it, which need not be UTF-8.
#[expect(clippy::unnecessary_wraps, reason = "a cell of a table, as the others are")]
pub(super) fn raw(name: impl Into<OsString>) -> Option<Vec<u8>> {
    Some(name.into().into_vec())
}

/// A count of parts of a second as seconds, without the detour over a fraction that cannot hold it.
pub(super) fn seconds(count: u64, per_second: u64) -> String {
    let per_second = per_second.max(1);
    let micros = u128::from(count % per_second) * 1_000_000 / u128::from(per_second);
    format!("{}.{micros:06}", count / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_exact() {
        assert_eq!(seconds(0, 100), "0.000000");
        assert_eq!(seconds(12_345, 100), "123.450000");
        assert_eq!(seconds(u64::MAX, 1_000_000), "18446744073709.551615");
    }
}
