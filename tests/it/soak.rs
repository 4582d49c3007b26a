//! Hours in minutes: tables, databases and statements come and go, and pgvigil stays as it was. `PGVIGIL_SOAK=20m` makes it long.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support::config::Config;
use crate::support::exporter::Exporter;
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
    /// Ticks of processor time: told and not judged, since it depends on the neighbours how much is done in a time.
    ticks: u64,
    /// Samples on the page, pgvigil's own about every query in every database included: what its work is about.
    samples: usize,
}

impl Footprint {
    fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
        let number = |key: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("every process has it");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = [11, 12].map(|index| fields[index].parse::<u64>().expect("a number")).iter().sum();
        let files = fs::read_dir(format!("/proc/{pid}/fd")).expect("our own child").count();
        Self { resident_kb: number("VmRSS:"), files, threads: number("Threads:"), ticks, samples: 0 }
    }

    /// The most of both, and the time of the later one.
    fn most(self, other: Self) -> Self {
        Self {
            resident_kb: self.resident_kb.max(other.resident_kb),
            files: self.files.max(other.files),
            threads: self.threads.max(other.threads),
            ticks: other.ticks,
            samples: self.samples.max(other.samples),
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

/// Scrapes and looks until the end; the most that was seen.
fn look(exporter: &Exporter, until: Instant) -> Footprint {
    let mut most = Footprint::default();
    while Instant::now() < until {
        assert_eq!(exporter.get("/metrics", &[("Accept-Encoding", "gzip")]).status, 200);
        let samples = exporter.page().samples().count();
        most = most.most(Footprint { samples, ..Footprint::of(exporter.pid()) });
        std::thread::sleep(Duration::from_millis(100));
    }
    most
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
            let mut rounds = 0;
            while !over.load(Ordering::Relaxed) {
                rounds += 1;
                churn(&psql, rounds).unwrap_or_else(|error| panic!("round {rounds}: {error}"));
            }
            rounds
        });
        let start = Instant::now();
        let third = |n: u32| start + time * n / 3;
        // The first third is to warm up: allocators, statistics, and the databases that there are at a time.
        let [warm, middle, last] = [1, 2, 3].map(|n| look(&exporter, third(n)));
        drop(ended);
        let rounds = rounds.join().expect("the churn goes on");
        eprintln!("{rounds} rounds in {time:?}: {warm:?}, then {middle:?}, then {last:?}");
        assert!(rounds > 50, "{rounds} rounds");
        assert!(last.resident_kb < middle.resident_kb * 11 / 10 + 4096, "memory: {middle:?}, then {last:?}");
        assert!(last.files <= middle.files + 2, "open files: {middle:?}, then {last:?}");
        assert!(last.threads <= middle.threads + 2, "threads: {middle:?}, then {last:?}");
        assert!(last.samples <= middle.samples * 5 / 4, "samples: {middle:?}, then {last:?}");
    });
}
