//! pgvigil is a `PostgreSQL` exporter for Prometheus. It polls the statistics views on a schedule of its own, keeps the answers in memory,
//! and serves them from there.
//!
//! # The map
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`cli`] | arguments; hands on to [`app`], [`check`], [`listing`] or [`rules`] |
//! | [`app`] | the running exporter: builds the parts, applies new configurations, drains with a deadline |
//! | [`sources`] | which files that is all read from |
//! | [`check`] | `pgvigil check --connect`: what each server lets be collected; `--uses`: which metrics an operator's rules and dashboards lack |
//! | [`listing`] | `pgvigil queries`: the catalogue as a list |
//! | [`settings`] | the configuration file and the environment over it |
//! | [`document`] | a YAML file of an operator's: its values, where each of them stands, and every error in it |
//! | [`library`] | which query files there are: bundled, an operator's, configured |
//! | [`query`] | a query file: syntax, meaning, all of them together, the SQL they become |
//! | [`server`] | one server: its two connections ([`server::seats`], [`server::connection`]), the work on it ([`server::work`]) and what is said of it ([`server::report`]); one `PgBouncer` ([`server::console`]) |
//! | [`backoff`] | how long to wait after failures in a row |
//! | [`host`] | the machine beside the server: whether it is this one, and what the kernel tells of it |
//! | [`expose`] | rows to increases and samples, to lines, to the page |
//! | [`http`] | what is served: the page, health, discovery, the landing page; how, within which bounds |
//! | [`web`] | TLS, and who may read |
//! | [`wire`] | the socket that is ours, between the driver and a server: framing, limits, TLS, authentication, keepalives, cancel, how a session ended |
//! | [`rules`] | the alerts of `alerts/`, with an operator's thresholds |
//! | [`terminal`] | a password that is typed |
//! | [`process`] | threads, in a runtime for readers and one for the work, and open files |
//! | [`supervise`] | a task that panics is restarted |
//! | [`systemd`] | what the service manager is told |
//! | [`telemetry`] | the log and pgvigil's own metrics |
//! | [`diagnostic`] | an error in a file, with its line and the way out |
//! | [`files`] | how a file is read: a regular one, within a bound |
//! | [`visible`] | text of others, so that it is only read and not obeyed |
//!
//! # The way of an answer
//!
//! 1. [`server::seats`] says what to do over which connection, [`server::work::agenda`] which query is due. [`server::work::facts`] is [read](server::work::reading) on the kept session
//!    every 5 seconds, so that a failover or an upgrade changes the [plan](server::work::plan) at once. The plan gives each query a body or a reason to skip it.
//! 2. [`server::work::run`] sends the [wrapped](query::wrap) body as one simple-query string: an implicit read-only transaction whose settings
//!    leave nothing behind, right through `PgBouncer` in transaction mode too.
//!    What is asked of a `PgBouncer` ([`server::console`]) or of the machine ([`server::machine`]) comes as a [table](expose::answer) with
//!    column names of its own.
//! 3. [`expose::sample`] makes all samples or none, but for rows of the same labels, which cost themselves; their lines become [chunks](expose::chunk) that are compressed once.
//!    Of a ranked query only the members and the remainder are on the page: [`expose::rank`] says who is, and how it adds up; [`server::work::ranks`]
//!    remembers it between the runs.
//! 4. [`expose::store`] puts them in the place of the answer before, and drops what has outlived its freshness.
//! 5. [`expose::page`] joins the chunks family by family when somebody asks and something has changed; scrapes share the bytes.
//!
//! # The invariants
//!
//! 1. **A scrape never touches `PostgreSQL`.** [`http`] reads [`expose::page`] and [`server::report::status`], which are memory.
//! 2. **A bounded footprint.** At most two connections to a server, a seat for each: one is kept, the other one is for short visits. A seat is taken from the first
//!    packet of a login until the backend has exited ([`server::seats`] has the states, and a simulation of them). Never a queue: a query that runs is not due.
//!    Every statement has a timeout on the server and one in the client, and is cancelled on the server when the client gives up. No statement waits longer than
//!    100 ms for a lock. A session of which nothing is heard ends by itself.
//! 3. **The truth or nothing.** NULL is absent. A value older than 3 intervals and the timeout disappears. What is missing says why, as a
//!    metric and on the landing page.
//! 4. **One fault stays one fault.** A query, a database or a server that fails takes nothing else down; it backs off and is retried by
//!    one policy, [`backoff`]. While nobody can log in, one login is tried for all; while statements run out of time, one of
//!    [those](server::work::late). Databases [share](server::work::shares) the time of the second connection. An answer is published whole or not at all, but for
//!    rows that bear the same labels: these cost themselves, counted and named in the log, and neither their neighbours nor the page. Names are
//!    [injective](expose::spelling): no two of them become one label.
//! 5. **Bounded cardinality.** Every query has a series limit; what is over it is dropped, counted and said. So is the text of its samples
//!    [bounded](expose::budget), and that of all samples of a server.
//! 6. **No secret leaves, no stranger's code runs.** [`settings`] wraps what is secret; no type that holds it can be printed. What a query names
//!    is looked up before it is planned on, and must belong to roles that are [trusted](server::work::trust); tables of others are
//!    [copied](server::work::copied), which plans nothing, or read by another login. An
//!    extension's objects are [bound](server::work::members) by identity and exact types, and only where their owners are trusted.
//! 7. **A metric is a file.** Adding one means adding one file under `queries/`.
//! 8. **What adds up, adds up.** Between any two runs the increases of a ranked family, its [remainder](expose::rank) included, equal those of the view.
//! 9. **Every series earns its place.** What no bundled rule, record or board reads is [detail](settings::Detail): exported only where the configuration asks
//!    for it, and not asked of the server until then.

#![allow(rustdoc::private_intra_doc_links, reason = "a map names the private modules, too")]

pub mod app;
pub mod backoff;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub(crate) mod document;
pub mod expose;
pub mod files;
pub mod host;
pub mod http;
pub mod library;
pub mod listing;
pub mod process;
pub mod query;
pub mod rules;
pub mod server;
pub mod settings;
pub mod sources;
pub mod supervise;
pub mod systemd;
pub mod telemetry;
pub mod terminal;
pub mod visible;
pub mod web;
pub mod wire;
