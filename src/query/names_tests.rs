use super::*;

/// The pairs, with a question mark where it may be a column or a text.
fn found(body: &str) -> Vec<String> {
    let names = names(body).unwrap();
    names
        .iter()
        .map(|name| {
            assert!(body.get(name.span.clone()).is_some(), "{body}");
            format!("{}|{}{}", name.schema, name.object, if name.doubtful { "?" } else { "" })
        })
        .collect()
}

#[test]
fn a_pair_counts_wherever_it_stands() {
    for body in [
        "SELECT 1 FROM x AS values, m.t",
        "SELECT 1 FROM a JOIN b ON (a).limit = 1 JOIN m.t ON true",
        "SELECT 1 FROM a JOIN b ON b[1].limit = 1, m . /* x */ t",
        "SELECT * FROM XMLTABLE('/' PASSING x COLUMNS a m.t PATH 'x')",
        "SELECT * FROM jsonb_to_record('{}') AS j(interval m.t)",
        "SELECT * FROM jsonb_to_record('{}') AS j(partition int, by M.T)",
        "SELECT 1FROM m.t",
        "SELECT 1.FROM m.t",
        "SELECT 0x1FROM\"m\".\"t\"",
        "SELECT 1 -- x\r FROM m.t",
        "SELECT ROW(1)::m.t, $😀$--$😀$",
        "SELECT m.t 'x', date'\\'",
        "SELECT m.t(1) FROM x",
    ] {
        assert_eq!(found(body), ["m|t"], "{body}");
    }
    assert_eq!(found("SELECT 1 FROM db.app.orders"), ["db|app", "app|orders"]);
}

#[test]
fn an_operator_is_found_behind_any_number_of_parts() {
    assert_eq!(found("SELECT 1 OPERATOR(app.+=) 2, 1 OPERATOR(pg_catalog.=) 2"), ["app|+="]);
    assert_eq!(found("SELECT 1 OPERATOR(evil.m.+) 2"), ["evil|m", "m|+"]);
}

#[test]
fn strings_are_read_as_the_rest() {
    for body in [
        "SELECT table_to_xml('m.v'::regclass, true, true, '')",
        "SELECT E'it\\'s m.v'",
        "SELECT $a$ $$ m.v $$ $a$",
        "SELECT 'SELECT ''x'' FROM \"m\".v'",
        "SELECT nextval(n'm.v')",
        "SELECT 'm.v",
    ] {
        assert_eq!(found(body), ["m|v?"], "{body}");
    }
    assert_eq!(found("SELECT 1 FROM v /* m.t ' */ -- m.t\n"), [""; 0]);
}

#[test]
fn what_the_body_calls_something_may_be_a_column() {
    assert_eq!(found("SELECT o.x, orders.y, p.* FROM app.orders, v o, v AS \"p\""), ["o|x?", "orders|y?", "p|*?", "app|orders"]);
    assert_eq!(found("SELECT pg_catalog.max(1) FROM information_schema.tables, @extschema:x@.v"), [""; 0]);
}

#[test]
fn names_are_read_as_postgresql_reads_them() {
    assert_eq!(found("SELECT 1 FROM App.\"Or\"\"ders\n;\""), ["app|Or\"ders\n;"]);
    assert_eq!(found("SELECT 1 FROM \"😀\".x"), ["😀|x"]);
    let long = "x".repeat(70);
    assert_eq!(found(&format!("SELECT 1 FROM a.{long}")), [format!("a|{}", &long[..63])]);
}

#[test]
fn escapes_that_hide_a_name_are_refused() {
    for body in ["SELECT 1 FROM U&\"!006d\" UESCAPE '!'.t", "SELECT m.dom U&'9'", "SELECT 1u&\"m\"", "SELECT 'u&\"m\".t'"] {
        assert!(names(body).is_err(), "{body}");
    }
    assert_eq!(names("SELECT 1 FROM u&\"m\".t"), Err(14..17));
    assert!(names("SELECT u & \"m\"").is_ok());
}

proptest::proptest! {
    #[test]
    fn any_text_is_survived(body in "([a-zEeUü0-9]{0,3}|FROM |JOIN |[.,'\"$()/*\\\\\n:&+ -]|😀){0,30}") {
        for name in names(&body).unwrap_or_default() {
            proptest::prop_assert!(body.get(name.span.clone()).is_some());
        }
    }
}
