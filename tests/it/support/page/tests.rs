//! Each fault is found: a checker that passes everything is worse than none.

use super::{Format, Page};

const GOOD: &str = r#"# HELP pg_up Whether it answers.
# TYPE pg_up gauge
pg_up{server="a"} 1
pg_up{server="b",name="quote \" backslash \\ newline \n emoji 🐘"} NaN
# HELP x_total Some.
# TYPE x_total counter
x_total 1.5e3
# HELP h_seconds Time.
# TYPE h_seconds histogram
h_seconds_bucket{le="0.1"} 1
h_seconds_bucket{le="+Inf"} 2
h_seconds_sum 0.7
h_seconds_count 2
"#;

fn open_metrics(text: &str) -> String {
    text.replace("HELP x_total", "HELP x").replace("TYPE x_total", "TYPE x") + "# EOF\n"
}

#[track_caller]
fn finds(text: &str, format: Format, part: &str) {
    let faults = Page::parse(text, format).expect_err("a fault");
    assert!(faults.iter().any(|fault| fault.what.contains(part)), "{faults:?}");
}

/// Puts something wrong into a good page of either format.
#[track_caller]
fn finds_in_both(from: &str, to: &str, part: &str) {
    assert!(GOOD.contains(from), "{from}");
    let bad = GOOD.replacen(from, to, 1);
    finds(&bad, Format::Text, part);
    finds(&open_metrics(&bad), Format::OpenMetrics, part);
}

#[test]
fn a_good_page_is_good() {
    let text = Page::parse(GOOD, Format::Text).expect("no fault");
    let open = Page::parse(&open_metrics(GOOD), Format::OpenMetrics).expect("no fault");
    assert_eq!(text.names(), open.names());
    assert_eq!(text.value("x_total", &[]), Some(1500.0));
    let odd = text.all("pg_up", &[("server", "b")]).next().expect("a sample");
    assert_eq!(odd.label("name"), "quote \" backslash \\ newline \n emoji 🐘");
    assert!(odd.value.is_nan());
}

#[test]
fn duplicates_and_order() {
    finds_in_both("pg_up{server=\"a\"} 1\n", "pg_up{server=\"a\"} 1\npg_up{server=\"a\"} 2\n", "a second sample");
    finds_in_both("pg_up{server=\"a\"}", "pg_up{server=\"a\",x=\"\"} 1\npg_up{server=\"a\"}", "a second sample");
    finds_in_both("x_total 1.5e3\n", "x_total 1.5e3\npg_up{server=\"c\"} 1\n", "away from its family");
    finds_in_both("# HELP h", "# HELP pg_up Again.\n# TYPE pg_up gauge\npg_up 1\n# HELP h", "is split");
    finds_in_both("# TYPE pg_up gauge\n", "# TYPE pg_up gauge\n# TYPE pg_up gauge\n", "a second TYPE");
    finds_in_both("# HELP x", "# HELP pg_up Late.\n# HELP x", "after its samples");
    finds_in_both("# HELP x", "lonely 1\n# HELP x", "without HELP and TYPE");
    finds_in_both("# HELP pg_up Whether it answers.\n", "", "has no HELP");
    finds_in_both("# TYPE pg_up gauge\n", "", "has no TYPE");
}

#[test]
fn labels_and_names() {
    finds_in_both("\\n", "\\t", "unknown escape");
    finds_in_both("\\n", "\n", "without its closing quote");
    finds_in_both("server=\"a\"", "server=\"a\",server=\"b\"", "twice");
    finds_in_both("server=\"a\"", "ser-ver=\"a\"", "a bad name");
    finds_in_both("server=\"a\"", "__name=\"a\"", "Prometheus' own");
    finds_in_both("server=\"a\"", "server=\"a\",", "comma after the last");
    finds_in_both("server=\"a\"", "server=\"a\" ", "neither , nor }");
    finds_in_both("server=\"a\"", "server='a'", "without =\"");
}

#[test]
fn values_and_types() {
    finds_in_both("} 1\n", "} one\n", "not a number");
    finds_in_both("} 1\n", "} inf\n", "not a number");
    finds_in_both("} 1\n", "}\n", "no space before");
    finds_in_both("} 1\n", "} 1 1700000000\n", "more than a value");
    finds_in_both("x_total 1.5e3", "x_total -1", "has the value -1");
    finds_in_both("x_total 1.5e3", "x_total NaN", "has the value NaN");
    finds_in_both("pg_up gauge", "pg_up meter", "unknown type");
    finds_in_both("# TYPE x", "# what TYPE x", "neither HELP nor TYPE");
    finds(&GOOD.replace("x_total", "x"), Format::Text, "without _total");
    finds(&GOOD.replace("pg_up", "pg_total"), Format::Text, "with _total");
}

#[test]
fn ends() {
    finds(GOOD, Format::OpenMetrics, "no # EOF");
    finds(&open_metrics(GOOD), Format::Text, "neither HELP nor TYPE");
    finds(&(open_metrics(GOOD) + "pg_up 1\n"), Format::OpenMetrics, "after # EOF");
    finds(GOOD.trim_end(), Format::Text, "no newline");
    finds(&(GOOD.to_owned() + "# EOF\n"), Format::OpenMetrics, "without HELP and TYPE");
    finds(&open_metrics(GOOD).replacen("Some.", "Some \"thing\".", 1), Format::OpenMetrics, "not escaped");
}
