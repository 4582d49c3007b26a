//! Which cells become samples, and which answers are refused.

use super::*;
use crate::diagnostic::Source;
use crate::query::version::Version;
use crate::query::{Query, check};

const INT8: (u32, &str) = (20, "INT8");
const FLOAT8: (u32, &str) = (701, "FLOAT8");
const NUMERIC: (u32, &str) = (1700, "NUMERIC");
const BOOL: (u32, &str) = (16, "BOOL");
const TEXT: (u32, &str) = (25, "TEXT");

fn query() -> Query {
    let text = "-- about: A.\n-- interval: 10s\n-- limit: 3 series\n-- label l: L.\n-- gauge pg_g: G.\n-- counter pg_c_total: C.\n-- sql:\nSELECT 1\n";
    check::query("a/b", Source { path: "a/b.sql", text }).unwrap()
}

fn sample(types: [(u32, &str); 3], rows: &[[Option<&str>; 3]]) -> Result<Samples, SampleError> {
    let query = query();
    let mut sampler = Sampler::new(query.columns(Version::major(17)), "server=\"s\"".into(), query.limit);
    sampler.types(types.into_iter())?;
    for row in rows {
        sampler.row(&|index| row[index].map(str::as_bytes))?;
    }
    Ok(sampler.finish())
}

fn gauge(type_of: (u32, &str), value: &str) -> Result<String, SampleError> {
    sample([TEXT, type_of, INT8], &[[Some("x"), Some(value), None]]).map(|samples| samples.lines[0].1.clone())
}

#[test]
fn null_is_absent_and_a_null_label_empty() {
    let samples = sample([TEXT, INT8, INT8], &[[None, Some("7"), None], [Some("x"), None, Some("9")]]).unwrap();
    assert_eq!(samples.lines[0].1, "pg_g{server=\"s\",l=\"\"} 7\n");
    assert_eq!(samples.lines[1].1, "pg_c_total{server=\"s\",l=\"x\"} 9\n");
    assert_eq!((samples.series, samples.dropped), (2, 0));
}

#[test]
fn numbers_pass_as_postgresql_wrote_them() {
    for (type_of, value, shown) in [
        (INT8, "9223372036854775807", "9223372036854775807"),
        (INT8, "-1", "-1"),
        (FLOAT8, "1e-05", "1e-05"),
        (FLOAT8, "NaN", "NaN"),
        (FLOAT8, "-Infinity", "-Inf"),
        (NUMERIC, "12345678901234567890.50", "12345678901234567890.50"),
        (BOOL, "t", "1"),
    ] {
        assert_eq!(gauge(type_of, value).unwrap(), format!("pg_g{{server=\"s\",l=\"x\"}} {shown}\n"));
    }
}

#[test]
fn what_a_reader_would_refuse_is_an_error() {
    let huge = format!("1{}", "0".repeat(400));
    assert!(matches!(gauge(NUMERIC, &huge), Err(SampleError::Value { .. })));
    for value in ["-1", "NaN"] {
        let answer = sample([TEXT, INT8, NUMERIC], &[[Some("x"), None, Some(value)]]);
        assert!(matches!(answer, Err(SampleError::Value { wanted: "a counter's value", .. })), "{value}");
    }
}

#[test]
fn a_column_of_the_wrong_type_is_named() {
    let error = sample([TEXT, (1184, "TIMESTAMPTZ"), INT8], &[]).unwrap_err();
    assert_eq!(error.to_string(), "column `pg_g` is of type timestamptz, which is not a number");
    let error = sample([FLOAT8, INT8, INT8], &[]).unwrap_err();
    assert_eq!(error.to_string(), "column `l` is of type float8, which is not a label's text");
}

#[test]
fn rows_of_the_same_labels_cost_themselves() {
    let twins = [[None, Some("1"), None], [Some("x} 1"), Some("2"), Some("2")], [Some(""), Some("2"), Some("3")], [None, None, Some("4")]];
    let samples = sample([TEXT, INT8, INT8], &twins).unwrap();
    assert_eq!(samples.lines[0].1, "pg_g{server=\"s\",l=\"x} 1\"} 2\n");
    assert_eq!(samples.lines[1].1, "pg_c_total{server=\"s\",l=\"x} 1\"} 2\n");
    assert_eq!((samples.series, samples.dropped), (2, 0));
    assert_eq!(samples.duplicates, Some(Duplicates { samples: 4, labels: "server=\"s\",l=\"\"".into() }));
    // Also one that would not have fitted in any more: the other one may be the wrong one.
    let rows = [[Some("a"), Some("1"), Some("1")], [Some("b"), Some("1"), Some("1")], [Some("a"), Some("2"), None]];
    let samples = sample([TEXT, INT8, INT8], &rows).unwrap();
    assert_eq!((samples.series, samples.dropped, samples.duplicates.unwrap().samples), (0, 2, 3));
}

#[test]
fn labels_in_an_error_are_short() {
    let duplicates = Duplicates { samples: 2, labels: "ü".repeat(100_000) };
    assert!(duplicates.shown().chars().count() < 450 && duplicates.shown().ends_with("(100000 characters)"));
}

#[test]
fn what_is_over_the_limit_is_counted() {
    let rows = [[Some("a"), Some("1"), Some("1")], [Some("b"), Some("1"), Some("1")], [Some("c"), Some("1"), None]];
    let samples = sample([TEXT, INT8, INT8], &rows).unwrap();
    assert_eq!((samples.series, samples.dropped), (2, 3));
}

#[test]
fn labels_are_utf8_whatever_the_database_holds() {
    let query = query();
    let mut sampler = Sampler::new(query.columns(Version::major(17)), String::new(), 3);
    sampler.types([TEXT, INT8, INT8].into_iter()).unwrap();
    sampler.row(&|index| [Some(&b"\xff\""[..]), Some(b"1"), None][index]).unwrap();
    sampler.row(&|index| [Some(&b"\xfe\xc3"[..]), Some(b"1"), None][index]).unwrap();
    assert_eq!(sampler.finish().lines[0].1, "pg_g{l=\"\\\\xff\\\"\"} 1\npg_g{l=\"\\\\xfe\\\\xc3\"} 1\n");
}

/// The samples of rows with these labels and one value each, and how many labels were kept meanwhile.
fn with_labels(limit: usize, labels: impl Iterator<Item = Vec<u8>>, value: Option<&str>) -> (Samples, usize) {
    let query = query();
    let mut sampler = Sampler::new(query.columns(Version::major(17)), String::new(), limit);
    sampler.types([TEXT, NUMERIC, INT8].into_iter()).unwrap();
    for label in labels {
        sampler.row(&|index| [Some(label.as_slice()), value.map(str::as_bytes), None][index]).unwrap();
    }
    let kept = sampler.seen.len();
    (sampler.finish(), kept)
}

#[test]
fn a_label_of_megabytes_costs_no_more_than_its_bound() {
    let (samples, _) = with_labels(3, [vec![0xff; 8 << 20], vec![b'\\'; 8 << 20]].into_iter(), Some("1"));
    assert_eq!((samples.series, samples.dropped), (2, 0));
    assert!(samples.lines[0].1.len() < 10_000, "{}", samples.lines[0].1.len());
}

#[test]
fn long_labels_and_numbers_count_against_the_limit() {
    let label = |number: u32| format!("{number}{}", "x".repeat(2000)).into_bytes();
    let (samples, _) = with_labels(1000, (0..1000).map(label), Some("1"));
    let size = samples.lines[0].1.len();
    assert!(size < 1000 << 10 && samples.series + samples.dropped == 1000 && samples.series > 200, "{size} {}", samples.series);
    // A numeric has as many digits as the server likes.
    let number = format!("1.{}", "0".repeat(10_000));
    let (samples, _) = with_labels(1000, (0..1000_u32).map(|number| number.to_string().into_bytes()), Some(&number));
    assert!(samples.lines[0].1.len() < 1000 << 10 && samples.dropped > 800, "{}", samples.dropped);
}

/// A row without values is no series: nothing of it is kept, and it is no other row's double.
#[test]
fn rows_without_values_cost_nothing() {
    let (samples, kept) = with_labels(3, (0..100_000_u32).map(|number| number.to_string().into_bytes()), None);
    assert_eq!((samples.series, samples.dropped, kept), (0, 0, 0));
    let samples = sample([TEXT, INT8, INT8], &[[Some("a"), None, None], [Some("a"), Some("1"), None], [Some("a"), None, None]]).unwrap();
    assert_eq!((samples.series, samples.duplicates), (1, None));
}

proptest::proptest! {
    /// However often names are told apart by little or by nothing: each that is there once is on the page, and no other.
    #[test]
    fn any_names_cost_each_other_nothing(names in proptest::collection::vec(proptest::collection::vec(proptest::sample::select(b"\\xf\xff\" }{,\n".to_vec()), 0..4), 0..12)) {
        let query = query();
        let mut sampler = Sampler::new(query.columns(Version::major(17)), String::new(), 1000);
        sampler.types([TEXT, INT8, INT8].into_iter()).unwrap();
        for name in &names {
            sampler.row(&|index| [Some(name.as_slice()), Some(b"1"), None][index]).unwrap();
        }
        let single = names.iter().filter(|name| names.iter().filter(|other| other == name).count() == 1).count();
        let samples = sampler.finish();
        let left_out = samples.duplicates.as_ref().map_or(0, |duplicates| duplicates.samples);
        proptest::prop_assert_eq!((samples.series, left_out), (single, names.len() - single));
        let lines: std::collections::HashSet<&str> = samples.lines[0].1.lines().collect();
        proptest::prop_assert_eq!(lines.len(), single);
        proptest::prop_assert_eq!(samples.lines[0].1.lines().count(), single);
    }


    /// Whatever the bytes are: what is taken for a number is one to every reader.
    #[test]
    fn any_bytes_are_a_number_or_none(bytes in "[0-9eE+.naifINyt-]{0,12}|(?s).{0,12}", raw in proptest::collection::vec(proptest::num::u8::ANY, 0..12)) {
        for bytes in [bytes.as_bytes(), &raw] {
            for reading in [Reading::Boolean, Reading::Integer, Reading::Number] {
                if let Some(text) = value(bytes, reading) {
                    proptest::prop_assert!(text.parse::<f64>().is_ok() && text.is_ascii(), "{:?} of {:?}", text, bytes);
                }
            }
        }
    }
}
