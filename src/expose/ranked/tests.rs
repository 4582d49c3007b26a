//! What becomes of the rows of a ranked query.

use std::sync::LazyLock;
use std::time::Duration;

use super::*;
use crate::diagnostic::Source;
use crate::query::version::Version;
use crate::query::{Query, check};

const TYPES: [(u32, &str); 5] = [(25, "TEXT"), (20, "INT8"), (701, "FLOAT8"), (1700, "NUMERIC"), (26, "OID")];

fn query(rank: &str) -> Query {
    let header =
        format!("-- about: A.\n-- interval: 10s\n-- limit: 12 series\n-- rank: {rank}\n-- label l: L.\n-- counter pg_n_total: N.\n");
    let text = format!("{header}-- gauge pg_g: G.\n-- counter pg_s_seconds_total: S.\n-- sql:\nSELECT 1\n");
    check::query("a/b", Source { path: "a/b.sql", text: &text }).unwrap()
}

/// The lines of a poll. A row is the label, the three metrics in their order, and what tells entries apart.
fn poll(query: &Query, memory: &mut RankMemory, after: u64, rows: &[[&str; 5]]) -> Result<Samples, SampleError> {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    let rank = query.rank.as_ref().unwrap();
    let mut gathering = Gathering::new(rank, query.columns(Version::major(17)), "server=\"s\"".into(), query.limit);
    for row in rows {
        if !gathering.has_types() {
            gathering.types(TYPES.into_iter())?;
        }
        gathering.row(&|index| Some(row[index].as_bytes()).filter(|cell| *cell != b"NULL"))?;
    }
    gathering.finish(memory, *BEGAN + Duration::from_secs(after), &HashSet::new())
}

fn lines(samples: &Samples) -> Vec<String> {
    samples.lines.iter().flat_map(|(_, lines)| lines.lines()).map(|line| line.replace("server=\"s\",", "")).collect()
}

#[test]
fn members_and_the_remainder_become_samples() {
    let query = query("1 by pg_s_seconds_total");
    let mut memory = RankMemory::default();
    let rows = [["a", "5", "1.5", "10", ""], ["b", "7", "2.5", "30.25", ""]];
    let first = poll(&query, &mut memory, 0, &rows).unwrap();
    let zeros = ["pg_n_total{l=\"other\"} 0", "pg_n_total{l=\"b\"} 0", "pg_g{l=\"b\"} 2.5"];
    assert_eq!(lines(&first)[..3], zeros);
    let rows = [["a", "6", "1.5", "10.5", ""], ["b", "9", "2.75", "31.5", ""], ["c", "2", "1", "0.5", ""]];
    let second = poll(&query, &mut memory, 30, &rows).unwrap();
    assert_eq!(
        lines(&second),
        [
            "pg_n_total{l=\"other\"} 3",
            "pg_n_total{l=\"b\"} 2",
            "pg_g{l=\"b\"} 2.75",
            "pg_s_seconds_total{l=\"other\"} 1",
            "pg_s_seconds_total{l=\"b\"} 1.25",
        ]
    );
    assert_eq!((second.series, second.dropped), (5, 0));
}

#[test]
fn without_rows_there_is_a_remainder_of_nothing() {
    let samples = poll(&query("1 by pg_n_total"), &mut RankMemory::default(), 0, &[]).unwrap();
    assert_eq!(lines(&samples), ["pg_n_total{l=\"other\"} 0", "pg_s_seconds_total{l=\"other\"} 0"]);
}

#[test]
fn a_column_without_a_value_has_none() {
    let query = query("2 by pg_n_total");
    let samples = poll(&query, &mut RankMemory::default(), 0, &[["a", "5", "NULL", "NULL", ""]]).unwrap();
    assert_eq!(lines(&samples), ["pg_n_total{l=\"other\"} 0", "pg_n_total{l=\"a\"} 0"]);
}

#[test]
fn entries_with_the_same_labels_are_one_series_and_a_rename_moves_nothing() {
    let query = query("2 by pg_n_total of oid");
    let mut memory = RankMemory::default();
    poll(&query, &mut memory, 0, &[["a", "5", "1", "1", "1"], ["a", "9", "2", "1", "2"]]).unwrap();
    let samples = poll(&query, &mut memory, 30, &[["a", "6", "1", "1", "1"], ["a", "11", "2", "1", "2"]]).unwrap();
    assert_eq!(lines(&samples)[..3], ["pg_n_total{l=\"other\"} 0", "pg_n_total{l=\"a\"} 3", "pg_g{l=\"a\"} 1"]);
    // One of them is dropped, and the other has another name.
    let samples = poll(&query, &mut memory, 60, &[["b", "11", "2", "1", "2"]]).unwrap();
    assert_eq!(lines(&samples)[..3], ["pg_n_total{l=\"other\"} 0", "pg_n_total{l=\"b\"} 0", "pg_n_total{l=\"a\"} 3"]);
}

#[test]
fn rows_of_one_entry_cost_themselves_and_not_the_sums() {
    let query = query("3 by pg_n_total");
    let mut memory = RankMemory::default();
    poll(&query, &mut memory, 0, &[["a", "5", "1", "1", ""], ["b", "5", "1", "1", ""]]).unwrap();
    let twice = [["a", "6", "1", "1", ""], ["b", "7", "1", "1", ""], ["b", "9", "1", "1", ""]];
    let samples = poll(&query, &mut memory, 30, &twice).unwrap();
    assert_eq!(samples.duplicates.as_ref().map(|duplicates| duplicates.labels.as_str()), Some("server=\"s\",l=\"b\""));
    assert!(lines(&samples).contains(&"pg_n_total{l=\"a\"} 1".to_owned()), "{:?}", lines(&samples));
    let again = [["a", "6", "1", "1", ""], ["b", "8", "1", "1", ""]];
    assert_eq!(lines(&poll(&query, &mut memory, 60, &again).unwrap())[0], "pg_n_total{l=\"other\"} 3", "since it was last known");
}

#[test]
fn a_lower_limit_leaves_fewer_members_and_drops_nothing() {
    let query = Query { limit: 6, ..query("3 by pg_n_total") };
    let rows = [["a", "5", "1", "1", ""], ["b", "6", "1", "1", ""], ["c", "7", "1", "1", ""]];
    let samples = poll(&query, &mut RankMemory::default(), 0, &rows).unwrap();
    assert_eq!((samples.series, samples.dropped), (5, 0));
    assert!(lines(&samples).contains(&"pg_n_total{l=\"c\"} 0".to_owned()), "the best has the seat: {:?}", lines(&samples));
}

#[test]
fn what_cannot_be_added_up_is_refused() {
    for value in ["-1", "NaN", "Infinity"] {
        let error = poll(&query("3 by pg_n_total"), &mut RankMemory::default(), 0, &[["a", "5", "1", value, ""]]).unwrap_err();
        assert!(error.to_string().contains("is not a"), "{error}");
    }
}

#[test]
fn cells_are_the_same_behind_their_key() {
    for cells in [vec![], vec![b"".as_slice()], vec![b"a\0".as_slice(), b"", b"\xff\x01\0\0\0x"]] {
        let decoded: Vec<Vec<u8>> = decode(&encode(cells.iter().map(|cell| Some(*cell)))).into_iter().flatten().map(Into::into).collect();
        assert_eq!(decoded, cells);
    }
}
