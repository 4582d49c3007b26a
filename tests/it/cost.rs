//! What the queries cost the server: its CPU time for each statement of pgvigil's, as the server itself measures it
//! (`log_statement_stats`), in databases with many tables. Everything runs once and over new connections: the dearest
//! round there is, since no session has anything of the catalogue in its cache yet. It is done three times, and the least of
//! each query counts: what other processes do to the caches of a processor, and a host that takes the processor away, can
//! only add to it. One machine is several times as slow as another, so what is asserted is a ratio: to what it costs in the same round to read
//! PostgreSQL's own views of tables and indexes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::page::Page;
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::{SOON, ensure, eventually, project};

/// What anybody asks who looks after tables and indexes by hand. A row as a whole is counted, so that each of its columns is made.
const VIEWS: &str = "select /* pgvigil views */
       (select count(t) from pg_stat_all_tables t), (select count(t) from pg_statio_all_tables t),
       (select count(i) from pg_stat_all_indexes i), (select count(i) from pg_statio_all_indexes i)";

/// The tag of that.
const REFERENCE: &str = "views";

/// What all queries of each database that are on by default may take together, in readings of these views.
const BUDGET: f64 = 4.5;

/// What the views of a database of 10,000 tables take, in milliseconds, on the machine for which the classes say milliseconds.
const REFERENCE_TAKES: f64 = 265.0;

/// The classes of `cost:` in a query's header, with the milliseconds they allow in a database of 10,000 tables.
const CLASSES: [(&str, f64); 3] = [("low", 25.0), ("medium", 250.0), ("high", f64::INFINITY)];

/// Each query once. The page is kept short, which the server does not notice: what is over a limit is dropped by pgvigil.
const EVERYTHING_ONCE: &str = "override: { \"*\": { interval: 1h, timeout: 30s, limit: 100, enabled: true } }";

const ROUNDS: usize = 3;

/// For one round, on a machine that does much else.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is written down as the size of every tenth table and index, in pages.
const PAGES: u32 = 500;

/// 18 keeps statistics in shared memory: what there is to read grows with the tables of one database.
#[test]
fn one_database_of_10_000_tables_on_18() {
    all_queries_together_cost_little(18, 1, 10_000);
}

/// 13 keeps them in a file for each database, which every session reads anew.
#[test]
fn ten_databases_of_1_000_tables_on_13() {
    all_queries_together_cost_little(13, 10, 1000);
}

fn all_queries_together_cost_little(major: u32, databases: u32, tables: u32) {
    let server = Server::primary_with(major, &[("autovacuum", "off"), ("log_line_prefix", "%p ")]);
    let databases = build(&server.psql(), databases, tables);
    server.psql().run("alter role pgvigil set log_statement_stats = on");
    let (costs, page) = (0..ROUNDS)
        .map(|_| round(&server, &databases))
        .reduce(|(least, _), (costs, page)| (least.least(costs), page))
        .expect("at least one round");
    let title = format!("PostgreSQL {major}, {} x {tables} tables", databases.len());
    let sum = costs.print(&title);
    let ratio = sum / costs.reference();
    assert!(ratio < BUDGET, "{title}: {ratio:.1} times what the views take, and not less than {BUDGET:.1}");
    // With ten, there are not more large tables in each than are measured.
    if databases.len() == 1 {
        sizes_that_are_not_measured_are_the_catalogues(&page);
        costs.are_of_their_classes();
    }
}

/// Lets a new pgvigil collect everything: what that cost, and its page.
fn round(server: &Server, databases: &[Psql]) -> (Costs, Page) {
    let before: Vec<u64> = databases.iter().map(blocks_at_rest).collect();
    let logged = server.log().len();
    for database in databases {
        database.run(&format!("set log_statement_stats = on; {VIEWS}"));
    }
    let mut exporter = Exporter::start(&Config::default().with_detail().line(EVERYTHING_ONCE).server("primary", server), &[]);
    let page = exporter.await_all_within(PATIENCE, &["primary"]);
    let errors: Vec<_> = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert!(exporter.terminate(), "{}", exporter.log());
    for (database, before) in databases.iter().zip(before) {
        nobody_has_read(database, before);
    }
    (Costs::read(&server.log()[logged..]), page)
}

/// Databases of many tables: each with a key, another index, a TOAST table, and statistics of its columns. Beside them 5,000 statements.
fn build(psql: &Psql, databases: u32, tables: u32) -> Vec<Psql> {
    psql.run("create database cost_1");
    let first = psql.database("cost_1");
    // A commit now and then, because each lock takes room until then.
    first.run(&format!(
        "do $$ begin
             for number in 1..{tables} loop
                 execute format('create table %1$I (id int primary key, amount numeric not null, note text);
                                 insert into %1$I select n, n, ''note '' || n from generate_series(1, 20) n;
                                 create index on %1$I (amount, note)', 'table_' || number);
                 if number % 500 = 0 then commit; end if;
             end loop;
         end $$"
    ));
    let copies = (2..=databases).map(|number| format!("cost_{number}"));
    let all: Vec<Psql> = std::iter::once("cost_1".to_owned()).chain(copies).map(|name| psql.database(&name)).collect();
    for database in &all[1..] {
        psql.run(&format!("create database {} template cost_1", database.database));
    }
    for database in &all {
        // By the catalogue every tenth is large, so that estimates of bloat do not pass over it; and pgvigil may see what they need.
        database.run(&format!(
            "analyze;
             grant select on all tables in schema public to pgvigil;
             update pg_class set relpages = {PAGES}, reltuples = 50000 where relname ~ '^table_[0-9]*0(_|$)'"
        ));
    }
    first.run(
        "select format('select %s from table_%s where id = 7 limit 5', columns, number)
         from generate_series(1, 1000) number, unnest(array['id', 'amount', 'note', 'id, amount', 'note, id']) columns \\gexec",
    );
    all
}

/// More tables and indexes are large than are measured, and the sizes of the others are what the catalogue says.
fn sizes_that_are_not_measured_are_the_catalogues(page: &Page) {
    let block = 8192.0;
    let toast_index = 1.0;
    for (metric, pages) in [("pg_table_size_bytes", f64::from(PAGES) + toast_index), ("pg_index_size_bytes", f64::from(PAGES))] {
        let found = page.all(metric, &[("datname", "cost_1")]).filter(|sample| sample.value == pages * block).count();
        assert!(found > 0, "{metric}: {:?}", page.all(metric, &[]).next());
    }
}

/// Blocks of users' tables, of their indexes and of their TOAST tables that anybody has asked for.
fn blocks(database: &Psql) -> u64 {
    let sum = "select sum(heap_blks_read + heap_blks_hit + coalesce(idx_blks_read + idx_blks_hit, 0)
                          + coalesce(toast_blks_read + toast_blks_hit, 0) + coalesce(tidx_blks_read + tidx_blks_hit, 0))
               from pg_statio_user_tables";
    database.run(sum).parse().expect("a number")
}

/// The same once all sessions have handed in what they counted.
fn blocks_at_rest(database: &Psql) -> u64 {
    let mut last = (0, Instant::now());
    eventually(SOON, "the counters stand still", || {
        let now = blocks(database);
        if now != last.0 {
            last = (now, Instant::now());
        }
        // 13 writes its file twice a second.
        ensure(last.1.elapsed() > Duration::from_secs(1), || "they change".to_owned())
    });
    last.0
}

/// No block was asked for since there were `before`. What is read here shows, and so must what pgvigil has read, since that was
/// handed in earlier.
fn nobody_has_read(database: &Psql, before: u64) {
    // One page of the table, and for the plan the first page of each of its two indexes.
    database.run("set enable_indexscan = off; set enable_bitmapscan = off; select count(note) from table_1");
    eventually(SOON, "three pages are read", || {
        let now = blocks(database);
        ensure(now == before + 3, || format!("{} blocks were read", now - before))
    });
}

/// Milliseconds of the server's CPU.
#[derive(Default)]
struct Costs {
    queries: BTreeMap<String, f64>,
    /// Until a session could run its first statement, of all of them.
    connections: f64,
}

impl Costs {
    /// Reads the entries of the log, one a statement: `PID LOG:  QUERY STATISTICS`, the CPU time of the statement, that of its
    /// process so far in brackets, and the text with pgvigil's tag.
    fn read(log: &str) -> Self {
        let mut costs = Self::default();
        let mut seen = BTreeSet::new();
        let parts: Vec<&str> = log.split(" LOG:  QUERY STATISTICS\n").collect();
        for pair in parts.windows(2) {
            let pid = pair[0].rsplit('\n').next().expect("a line");
            let entry = pair[1];
            let (Some(own), Some(process)) = (cpu(entry, "!\t"), cpu(entry, "!\t[")) else { panic!("{entry}") };
            let tag = entry.split("/* pgvigil ").nth(1).and_then(|rest| rest.split(" */").next());
            if seen.insert(pid) && tag != Some(REFERENCE) {
                costs.connections += process - own;
            }
            if let Some(tag) = tag {
                *costs.queries.entry(tag.to_owned()).or_default() += own;
            }
        }
        costs
    }

    /// What the views took in all databases.
    fn reference(&self) -> f64 {
        self.queries[REFERENCE]
    }

    /// The cheaper of both, query by query.
    fn least(mut self, other: Self) -> Self {
        for (name, cost) in other.queries {
            self.queries.entry(name).and_modify(|least| *least = least.min(cost)).or_insert(cost);
        }
        self.connections = self.connections.min(other.connections);
        self
    }

    /// Prints a table past the harness, which keeps to itself what a test that passes has said. Gives the sum of what the budget is for.
    fn print(&self, title: &str) -> f64 {
        let mut sum = 0.0;
        let mut table = format!("{title}: milliseconds of the server's CPU\n");
        for (name, per_database) in exporter::catalogue() {
            let Some(cost) = self.queries.get(&name) else { continue };
            let note = match (header(&name, "enabled").as_deref(), per_database) {
                (Some("no"), _) => "off by default",
                (_, false) => "once a server",
                (_, true) => {
                    sum += cost;
                    ""
                }
            };
            let _ = writeln!(table, "{cost:9.1}  {name:45} {note}");
        }
        let _ = writeln!(table, "{:9.1}  connections", self.connections);
        let views = self.reference();
        let _ = writeln!(table, "{views:9.1}  PostgreSQL's own views of tables and indexes");
        let _ = writeln!(table, "{sum:9.1}  all of each database that are on by default: {:.1} times that", sum / views);
        let _ = std::io::stderr().write_all(table.as_bytes());
        sum
    }

    fn are_of_their_classes(&self) {
        let speed = REFERENCE_TAKES / self.reference();
        for (name, cost) in self.queries.iter().filter(|(name, _)| name.contains('/')) {
            let cost = cost * speed;
            let class = header(name, "cost").unwrap_or_else(|| "low".to_owned());
            let (_, bound) = CLASSES.into_iter().find(|(name, _)| *name == class).expect("a class");
            assert!(cost < bound, "{name} takes {cost:.1} ms, and its cost is said to be {class}: less than {bound} ms");
        }
    }
}

/// What a query's header says for a key.
fn header(query: &str, key: &str) -> Option<String> {
    let text = fs::read_to_string(project().join(format!("queries/{query}.sql"))).expect("a readable query");
    text.lines().find_map(|line| Some(line.strip_prefix("-- ")?.strip_prefix(key)?.strip_prefix(": ")?.to_owned()))
}

/// `MARK0.001234 s user, 0.000123 s system, ...` in milliseconds.
fn cpu(entry: &str, mark: &str) -> Option<f64> {
    let line =
        entry.lines().find_map(|line| line.split_once(mark).map(|(_, rest)| rest).filter(|rest| rest.starts_with(char::is_numeric)))?;
    let seconds: f64 = line.split(',').take(2).filter_map(|part| part.split_whitespace().next()?.parse::<f64>().ok()).sum();
    Some(seconds * 1000.0)
}
