//! Pages are whole, alike in all encodings, shared while nothing changes, and never older than their blocks.

use std::io::Read as _;
use std::time::Duration;

use super::*;
use crate::expose::sample::Samples;
use crate::expose::store::Key;
use crate::query::Kind;

struct Fixed;

impl Rest for Fixed {
    fn write(&self, server: Option<&str>, _: Format) -> String {
        format!("# TYPE pgvigil_x gauge\npgvigil_x{{server=\"{}\"}} 1\n", server.unwrap_or("*"))
    }

    fn families(&self) -> Arc<BTreeMap<String, Family>> {
        let family = |kind| Family { kind, help: "H.".into(), stem_is_taken: false };
        Arc::new(BTreeMap::from([("pg_a".into(), family(Kind::Gauge)), ("pg_b_total".into(), family(Kind::Counter))]))
    }
}

struct Fixture {
    store: Arc<Store>,
    pages: Pages,
    now: Instant,
}

fn fixture() -> Fixture {
    let revision = Revision::default();
    let store = Arc::new(Store::new(revision.clone()));
    Fixture { pages: Pages::new(Arc::clone(&store), revision, Box::new(Fixed)), store, now: Instant::now() }
}

impl Fixture {
    fn publish(&self, server: &str, rows: usize, seconds: u64) {
        let line = |name: &str, row: usize| format!("{name}{{server=\"{server}\",row=\"{row}\"}} {row}\n");
        let lines = |name: &str| (0..rows).map(|row| line(name, row)).collect::<Vec<_>>().concat();
        let samples = Samples {
            lines: ["pg_a", "pg_b_total", "pg_gone"].map(|name| (name.to_owned(), lines(name))).into(),
            series: 3 * rows,
            ..Samples::default()
        };
        let block = Block::new(samples, self.now + Duration::from_secs(seconds), &mut Compressor::default());
        let key = Key { server: server.into(), query: "q/q".into(), database: None };
        assert!(self.store.publish(key, block, usize::MAX, self.now));
    }

    fn page(&self, server: Option<&str>, format: Format, gzip: bool, after: u64) -> Page {
        let variant = Variant { server: server.map(Into::into), format, gzip };
        self.pages.get(&variant, self.now + Duration::from_secs(after))
    }

    fn text(&self, server: Option<&str>, format: Format) -> String {
        String::from_utf8(self.page(server, format, false, 0).segments.concat()).unwrap()
    }
}

#[test]
fn families_stand_together() {
    let fixture = fixture();
    fixture.publish("s", 1, 60);
    fixture.publish("t", 1, 60);
    assert_eq!(
        fixture.text(None, Format::OpenMetrics),
        "# HELP pg_a H.\n# TYPE pg_a gauge\npg_a{server=\"s\",row=\"0\"} 0\npg_a{server=\"t\",row=\"0\"} 0\n\
         # HELP pg_b H.\n# TYPE pg_b counter\npg_b_total{server=\"s\",row=\"0\"} 0\npg_b_total{server=\"t\",row=\"0\"} 0\n\
         # TYPE pgvigil_x gauge\npgvigil_x{server=\"*\"} 1\n# EOF\n"
    );
    let one = fixture.text(Some("t"), Format::Text);
    assert!(!one.contains("server=\"s\"") && one.contains("# TYPE pg_b_total counter\n") && one.ends_with("pgvigil_x{server=\"t\"} 1\n"));
}

#[test]
fn gzip_holds_the_plain_page_at_every_size() {
    for rows in [0, 1, 30, 1_000, 20_000] {
        let fixture = fixture();
        fixture.publish("s", rows, 60);
        fixture.publish("t", rows / 7, 60);
        for format in [Format::Text, Format::OpenMetrics] {
            let compressed = fixture.page(None, format, true, 0);
            let bytes = compressed.segments.concat();
            assert_eq!(bytes.len(), compressed.length);
            let mut back = String::new();
            flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut back).unwrap();
            assert_eq!(back, fixture.text(None, format));
        }
    }
}

#[test]
fn an_unchanged_page_is_the_same_bytes() {
    let fixture = fixture();
    fixture.publish("s", 2_000, 60);
    for gzip in [false, true] {
        let first = fixture.page(None, Format::Text, gzip, 0);
        assert!(Arc::ptr_eq(&first.segments, &fixture.page(None, Format::Text, gzip, 1).segments));
        fixture.publish("t", 1, 60);
        assert!(!Arc::ptr_eq(&first.segments, &fixture.page(None, Format::Text, gzip, 1).segments));
    }
}

#[test]
fn long_lines_are_shared_with_the_store() {
    let fixture = fixture();
    fixture.publish("s", 20_000, 60);
    let of = |format| {
        fixture
            .page(None, format, false, 0)
            .segments
            .iter()
            .map(|segment| (segment.as_ptr(), segment.len()))
            .max_by_key(|segment| segment.1)
    };
    assert_eq!(of(Format::Text), of(Format::OpenMetrics));
}

#[test]
fn a_stale_block_leaves_the_page_without_any_change() {
    let fixture = fixture();
    fixture.publish("s", 1, 10);
    fixture.publish("t", 1, 60);
    let shows =
        |after| String::from_utf8(fixture.page(None, Format::Text, false, after).segments.concat()).unwrap().contains("server=\"s\"");
    assert!(shows(9));
    assert!(!shows(10));
}

#[test]
fn what_is_out_of_date_is_let_go() {
    let fixture = fixture();
    fixture.publish("s", 20_000, 60);
    let _ = fixture.page(None, Format::Text, false, 0);
    fixture.pages.sweep(fixture.now);
    assert_eq!(fixture.pages.built.lock().len(), 1, "it is still right");
    fixture.publish("s", 20_000, 60);
    fixture.pages.sweep(fixture.now);
    assert_eq!(fixture.pages.built.lock().len(), 0);
}
