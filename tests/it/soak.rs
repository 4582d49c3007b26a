//! Hours in minutes: tables, databases and statements come and go, and pgvigil stays as it was. `PGVIGIL_SOAK=20m` makes it long.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::process;
use crate::support::psql::Psql;
use crate::support::server::Server;

/// Long enough to see what grows with each round of churn, of which there are some each second.
const SHORT: Duration = Duration::from_secs(90);

/// What it holds at a moment.
#[derive(Debug, Clone, Copy, Default)]
struct Footprint {
    resident_kb: u64,
    files: usize,
    threads: u64,
    /// Samples on the page, pgvigil's own about every query in every database included: what its work is about.
    samples: usize,
    /// Statements that are due in a second, by what the page says of each query's interval.
    due: f64,
}

/// What it has done since it began. How much that is in a time depends on the neighbours, so it is judged by what was done for what.
#[derive(Debug, Clone, Copy)]
struct Work {
    at: Instant,
    cpu: Duration,
    scrapes: u32,
    statements: f64,
    rows: f64,
}

impl Work {
    fn of(exporter: &Exporter, server: &Server, scrapes: u32) -> Self {
        // Of its queries; the settings that go before each of them are as many. All entries of pg_stat_statements are read, which are more with each
        // round, up to pg_stat_statements.max.
        const STATEMENTS: &str =
            "select sum(calls), sum(rows) from pg_stat_statements where userid = 'pgvigil'::regrole and query ilike 'select %'
                                  and query !~ 'pg_stat_statements'";
        let counted = server.psql().rows(STATEMENTS).concat();
        let [statements, rows] = [0, 1].map(|column| counted[column].parse().expect("a number"));
        Self { at: Instant::now(), cpu: process::cpu_time(exporter.pid()), scrapes, statements, rows }
    }
}

/// What was done between two moments.
#[derive(Debug, Clone, Copy)]
struct Rate {
    statements_per_second: f64,
    rows_per_statement: f64,
    cpu_per_statement: Duration,
    cpu_per_scrape: Duration,
}

impl Rate {
    fn between(before: Work, after: Work) -> Self {
        let (cpu, statements) = (after.cpu.saturating_sub(before.cpu), after.statements - before.statements);
        Self {
            statements_per_second: statements / (after.at - before.at).as_secs_f64(),
            rows_per_statement: (after.rows - before.rows) / statements,
            cpu_per_statement: cpu.div_f64(statements),
            cpu_per_scrape: cpu / (after.scrapes - before.scrapes),
        }
    }
}

impl Footprint {
    fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("every process has it");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        let files = fs::read_dir(format!("/proc/{pid}/fd")).expect("our own child").count();
        Self { resident_kb: number("VmRSS:"), files, threads: number("Threads:"), samples: 0, due: 0.0 }
    }

    /// The most of both.
    fn most(self, other: Self) -> Self {
        Self {
            resident_kb: self.resident_kb.max(other.resident_kb),
            files: self.files.max(other.files),
            threads: self.threads.max(other.threads),
            samples: self.samples.max(other.samples),
            due: self.due.max(other.due),
        }
    }
}

/// One round: tables, a database, and statements that were never there before.
fn churn(psql: &Psql, round: usize) -> Result<(), String> {
    psql.try_run(&format!(
        "create table churn_{round} (id int primary key, n int); insert into churn_{round} select i, i from generate_series(1, 100) i;
         select count(*) as c{round} from churn_{round} where n > {round};
         drop table if exists churn_{}",
        round.saturating_sub(5)
    ))?;
    if round.is_multiple_of(10) {
        psql.try_run(&format!("drop database if exists churn_{} with (force)", round.saturating_sub(20)))?;
        psql.try_run(&format!("create database churn_{round}"))?;
    }
    Ok(())
}

/// Scrapes and looks until the end; the most that was seen, and how often it was scraped.
fn look(exporter: &Exporter, until: Instant) -> (Footprint, u32) {
    let (mut most, mut scrapes) = (Footprint::default(), 0);
    while Instant::now() < until {
        assert_eq!(exporter.get("/metrics", &[("Accept-Encoding", "gzip")]).status, 200);
        let page = exporter.page();
        scrapes += 2;
        let due = page.all("pgvigil_query_interval_seconds", &[]).map(|sample| 1.0 / sample.value).sum();
        most = most.most(Footprint { samples: page.samples().count(), due, ..Footprint::of(exporter.pid()) });
        std::thread::sleep(Duration::from_millis(100));
    }
    (most, scrapes)
}

/// Says that it is over as soon as it is dropped.
struct Ended<'a>(&'a AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn nothing_grows() {
    let time = std::env::var("PGVIGIL_SOAK").ok().map_or(SHORT, |text| humantime::parse_duration(&text).expect("such as 20m"));
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::quick().server("db", &server), &[&server]);
    exporter.await_all(&["db"]);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Also when a look fails, since the rounds would go on for ever.
        let ended = Ended(&over);
        let rounds = scope.spawn(|| {
            let psql = server.psql();
            // Who waits for pgvigil fails instead of waiting for as long as it is there.
            psql.run("alter role postgres set statement_timeout = '1min'");
            let mut rounds = 0;
            while !over.load(Ordering::Relaxed) {
                rounds += 1;
                churn(&psql, rounds).unwrap_or_else(|error| panic!("round {rounds}: {error}"));
            }
            rounds
        });
        let start = Instant::now();
        let mut scrapes = 0;
        let looks = [1, 2, 3, 4, 5, 6].map(|n| {
            let (most, more) = look(&exporter, start + time * n / 6);
            scrapes += more;
            (most, Work::of(&exporter, &server, scrapes))
        });
        // The first third is to warm up: allocators, statistics, and the databases that there are at a time. What costs more with each round costs
        // three times as much in the last sixth as in the second.
        let [(_, begun), (warm, earlier), (first, _), (second, _), (third, later), (fourth, done)] = looks;
        let [middle, last] = [first.most(second), third.most(fourth)];
        let [then, now] = [Rate::between(begun, earlier), Rate::between(later, done)];
        drop(ended);
        let rounds = rounds.join().expect("the churn goes on");
        eprintln!("{rounds} rounds in {time:?}: {warm:?}, then {middle:?}, then {last:?}; {then:?}, then {now:?}");
        assert!(rounds > 50, "{rounds} rounds");
        assert!(last.resident_kb < middle.resident_kb * 11 / 10 + 4096, "memory: {middle:?}, then {last:?}");
        assert!(last.files <= middle.files + 2, "open files: {middle:?}, then {last:?}");
        assert!(last.threads <= middle.threads + 2, "threads: {middle:?}, then {last:?}");
        assert!(now.statements_per_second < last.due * 1.25, "more than is due: {now:?} of {last:?}");
        assert!(now.rows_per_statement < then.rows_per_statement * 1.25, "rows: {then:?}, then {now:?}");
        // What grows makes both dearer. Neighbours on the machine change how many there are of each, and how well the processor's caches do.
        let dearer = |of: fn(&Rate) -> Duration| of(&now) > of(&then) * 2;
        assert!(!dearer(|rate| rate.cpu_per_statement) || !dearer(|rate| rate.cpu_per_scrape), "processor time: {then:?}, then {now:?}");
        assert!(last.samples <= middle.samples * 5 / 4, "samples: {middle:?}, then {last:?}");
    });
}
