//! Counters of a ranked query add up: what a reader sees move over all statements and `other` is what `pg_stat_statements` moved, while statements come and
//! go, are dropped and reset, and the server and the configuration begin again.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::{Labels, Page};
use crate::support::psql::Psql;
use crate::support::server::{Server, Stop};
use crate::support::{ensure, eventually, project};

on_first_and_last!(the_page_moves_by_what_the_view_moves);

const QUERIES: [&str; 3] = ["statements/top", "statements/io_time", "statements/planning"];

/// More than the view has room for, all at once, would drop what no poll has seen.
const STEP: usize = 10;

/// A run that gets no answer in time on a busy machine is retried later and later.
const PATIENCE: Duration = Duration::from_mins(1);

/// Totals by metric.
type Sums = BTreeMap<String, f64>;

/// What a reader has seen move since its first page, as Prometheus counts: a series that is new has not moved, one that fell begins at 0.
struct Reader<'a> {
    exporter: &'a Exporter,
    last: BTreeMap<(String, Labels), f64>,
    seen: Sums,
}

impl Reader<'_> {
    fn read(&mut self) {
        let counters = |page: &Page| {
            let is_ours = |name: &str| name.starts_with("pg_stat_statements_") && name.ends_with("_total") && !name.contains("dealloc");
            page.by_series().into_iter().filter(|((name, _), _)| is_ours(name)).collect::<BTreeMap<_, _>>()
        };
        let page = counters(&self.exporter.page());
        for ((name, labels), value) in &page {
            let sum = self.seen.entry(name.clone()).or_default();
            match self.last.get(&(name.clone(), labels.clone())) {
                Some(before) if value >= before => *sum += value - before,
                Some(_) => *sum += value,
                None => {}
            }
        }
        self.last = page;
    }

    /// Reads until it has seen `from` and what moved since then, and no more.
    #[track_caller]
    fn sees(&mut self, from: &Sums, moved: &Sums, what: &str) {
        eventually(PATIENCE, what, || {
            self.read();
            for (metric, moved) in moved {
                let seen = self.seen.get(metric).copied().unwrap_or_default() - from.get(metric).copied().unwrap_or_default();
                ensure((seen - moved).abs() <= moved.abs() * 1e-6 + 1e-9, || format!("{metric}: {seen} instead of {moved}"))?;
            }
            Ok(())
        });
    }
}

/// The entries of the view, each with its totals by metric, as a role reads them that is not counted itself.
struct View {
    psql: Psql,
    metrics: Vec<(String, String)>,
}

impl View {
    fn of(server: &Server, page: &Page) -> Self {
        let declared = QUERIES.iter().flat_map(|query| exporter::metrics(&project().join(format!("queries/{query}.sql"))));
        let there = |name: &str| page.all(name, &[("queryid", "other")]).next().is_some();
        let column = |metric: &str| {
            let column = metric.trim_start_matches("pg_stat_statements_").trim_end_matches("_total").to_owned();
            match column.strip_suffix("_seconds") {
                Some("shared_blk_read_time" | "shared_blk_write_time") if server.major < 17 => {
                    column.trim_start_matches("shared_").replace("_seconds", " / 1000")
                }
                Some(time) if time.contains("blk_") => format!("{time} / 1000"),
                Some(time) => format!("total_{time} / 1000"),
                None => column,
            }
        };
        let counters = declared.filter(|(name, kind)| kind == "counter" && there(name));
        let metrics = counters.map(|(name, _)| (name.clone(), column(&name))).collect();
        Self { psql: server.psql().user("onlooker"), metrics }
    }

    fn entries(&self) -> BTreeMap<String, Vec<f64>> {
        let columns: Vec<String> = self.metrics.iter().map(|(_, column)| format!("({column})::float8")).collect();
        let key = "concat_ws(' ', queryid, userid, dbid, to_jsonb(s)->>'toplevel')";
        let rows = self.psql.rows(&format!("select {key}, {} from pg_stat_statements(false) s", columns.join(", ")));
        let numbers = |row: &[String]| row.iter().map(|cell| cell.parse().expect("a number")).collect();
        rows.into_iter().map(|row| (row[0].clone(), numbers(&row[1..]))).collect()
    }

    /// What moved between two looks, by the definition: an entry that is new or was reset counts from 0.
    fn moved(&self, before: &BTreeMap<String, Vec<f64>>, now: &BTreeMap<String, Vec<f64>>) -> Sums {
        let mut sums: Sums = self.metrics.iter().map(|(metric, _)| (metric.clone(), 0.0)).collect();
        for (key, totals) in now {
            let old = before.get(key).filter(|old| totals.iter().zip(*old).all(|(total, old)| total >= old));
            for (index, (metric, _)) in self.metrics.iter().enumerate() {
                *sums.entry(metric.clone()).or_default() += totals[index] - old.map_or(0.0, |old| old[index]);
            }
        }
        sums
    }
}

/// Statements that were never there before, of all kinds that are counted: with tables, temporary ones, sorts on disk and functions.
fn statements(round: usize) -> String {
    // Names do not tell statements apart, the number of columns does.
    let selects: Vec<String> = (1..STEP - 4).map(|number| format!("select {};", vec!["1"; round * STEP + number].join(", "))).collect();
    let selects = selects.join(" ");
    format!(
        "{selects}
         create table t{round} as select g from generate_series(1, 3000) g;
         update t{round} set g = g + 1 where g < 1000;
         create temporary table u{round} as select g from generate_series(1, 3000) g;
         select count(*) as s{round} from (select g from generate_series(1, 20000) g order by g desc) s;"
    )
}

fn the_page_moves_by_what_the_view_moves(major: u32) {
    let settings = [("pg_stat_statements.max", "100"), ("pg_stat_statements.track", "all"), ("work_mem", "64kB"), ("autovacuum", "off")];
    let mut server = Server::primary_with(major, &settings);
    // What the test itself and pgvigil ask does not count.
    server.psql().run(
        "create role worker superuser login; create role onlooker superuser login;
         alter role onlooker set pg_stat_statements.track = 'none'; alter role pgvigil set pg_stat_statements.track = 'none';
         alter role postgres set pg_stat_statements.track = 'none'; select pg_stat_statements_reset()",
    );
    let psql = server.psql().user("worker");
    (0..3).for_each(|round| drop(psql.run(&statements(round))));

    let quick = "override: { \"statements/{top,io_time,planning}\": { interval: 2s, timeout: 1900ms } }";
    let exporter = Exporter::start(&Config::as_shipped().with_detail().line(quick).server("db", &server), &[&server]);
    let (page, ()) = exporter.await_page(PATIENCE, "all three were collected", |page| {
        let is_there = |query: &str| page.value("pgvigil_query_series", &[("query", query)]).is_some_and(|series| series > 0.0);
        ensure(QUERIES.iter().all(|query| is_there(query)), || exporter.log())
    });
    let view = View::of(&server, &page);
    assert!(view.metrics.len() >= 20, "{:?}", view.metrics);
    let mut reader = Reader { exporter: &exporter, last: BTreeMap::new(), seen: Sums::new() };
    reader.read();
    let is_zero = reader.last.values().all(|value| *value == 0.0);
    assert!(is_zero, "a reader has seen nothing before: {:?}", reader.last);

    // What is known moves, and what is new.
    let mut before = view.entries();
    for round in 3..6 {
        let from = reader.seen.clone();
        psql.run(&statements(round));
        psql.run("select 1 as known; select 1 as known");
        let now = view.entries();
        reader.sees(&from, &view.moved(&before, &now), "what was run is on the page");
        before = now;
    }
    for metric in ["calls", "rows", "exec_time_seconds", "shared_blks_hit", "local_blks_written", "temp_blks_written", "wal_bytes", "plans"]
    {
        let seen = reader.seen[&format!("pg_stat_statements_{metric}_total")];
        assert!(seen > 0.0, "{metric} has moved by {seen}");
    }

    all_have_the_same_members(&exporter);
    drops(&mut reader, &view, &psql);
    a_reset_and_a_reload(&mut reader, &view, &psql);
    another_start(&mut reader, &view, &psql, &mut server);
}

fn all_have_the_same_members(exporter: &Exporter) {
    eventually(PATIENCE, "all queries have the same members", || {
        let page = exporter.page();
        let of = |metric| {
            let mut members: Vec<&str> = page.all(metric, &[]).map(|sample| sample.label("queryid")).collect();
            members.sort_unstable();
            members
        };
        let [top, plans] = ["pg_stat_statements_calls_total", "pg_stat_statements_plans_total"].map(of);
        ensure(top.len() > 5 && top.contains(&"other") && top == plans, || format!("{top:?}, {plans:?}"))
    });
}

/// The view is full: entries are dropped, and come again.
fn drops(reader: &mut Reader<'_>, view: &View, psql: &Psql) {
    for round in 6..20 {
        let (from, before) = (reader.seen.clone(), view.entries());
        psql.run(&statements(round));
        let now = view.entries();
        // An entry may come and go before the view is looked at.
        let metric = "pg_stat_statements_calls_total";
        let least = Sums::from([(metric.to_owned(), view.moved(&before, &now)[metric])]);
        eventually(PATIENCE, "no less than that is on the page", || {
            reader.read();
            let seen = reader.seen[metric] - from[metric];
            ensure(seen >= least[metric], || format!("{seen} instead of {least:?}"))?;
            assert!(seen <= 40.0, "{seen} of {STEP} statements, in round {round}");
            Ok(())
        });
    }
}

/// A reset, and a reload at the same time.
fn a_reset_and_a_reload(reader: &mut Reader<'_>, view: &View, psql: &Psql) {
    let from = reader.seen.clone();
    view.psql.run("select pg_stat_statements_reset()");
    assert_eq!(reader.exporter.client.post("/-/reload").expect("an answer").status, 200);
    psql.run(&statements(20));
    let after = view.entries();
    reader.sees(&from, &view.moved(&BTreeMap::new(), &after), "what was run since the reset is on the page");
}

/// Another start: what the server remembers of the one before is no movement.
fn another_start(reader: &mut Reader<'_>, view: &View, psql: &Psql, server: &mut Server) {
    let from = reader.seen.clone();
    server.stop(Stop::Fast);
    server.start();
    let starts = "pg_postmaster_start_time_seconds";
    let started: f64 = view.psql.run("select extract(epoch from pg_postmaster_start_time())").parse().expect("a time");
    eventually(PATIENCE, "the new start is known, and was polled", || {
        reader.read();
        let page = reader.exporter.page();
        let known = page.value(starts, &[]).is_some_and(|known| (known - started).abs() < 1.0);
        let fresh = QUERIES.iter().all(|query| {
            page.value("pgvigil_query_last_success_timestamp_seconds", &[("query", query)]).is_some_and(|at| at > started + 2.0)
        });
        ensure(known && fresh, || reader.exporter.log())
    });
    reader.sees(&from, &view.metrics.iter().map(|(metric, _)| (metric.clone(), 0.0)).collect(), "nothing has moved");
    let before = view.entries();
    psql.run(&statements(21));
    reader.sees(&from, &view.moved(&before, &view.entries()), "what was run since then is on the page");
}
