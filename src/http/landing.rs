//! `/`: the page for people. Every server and its state; every query with its freshness, cost, and why it is missing.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use askama::Template;
use askama::filters::{Escaper, Html as Markup};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::shared::Shared;
use crate::query::Role;
use crate::server::report::skip::Skip;
use crate::server::report::status::{QueryStatus, ServerStatus};
use crate::settings::ServerKind;
use crate::visible;

/// How the page writes what others have written: neither as markup nor as marks that a browser obeys.
#[derive(Debug, Clone, Copy, Default)]
pub struct Visible;

impl Escaper for Visible {
    fn write_escaped_str<W: fmt::Write>(&self, to: W, text: &str) -> fmt::Result {
        Markup.write_escaped_str(to, &visible::lines(text))
    }
}

/// `/?server=NAME`
#[derive(Debug, Default, Deserialize)]
pub struct LandingQuery {
    server: Option<String>,
}

#[derive(Template)]
#[template(path = "landing.html", config = "src/http/askama.toml")]
struct Landing {
    version: &'static str,
    only: Option<String>,
    servers: Vec<ServerView>,
}

struct ServerView {
    name: String,
    address: String,
    labels: String,
    state: Mark,
    role: &'static str,
    version: String,
    login: String,
    connections: usize,
    databases_dropped: usize,
    series: usize,
    failing: usize,
    note: String,
    holders: Vec<String>,
    queries: Vec<QueryView>,
    hidden: usize,
}

struct QueryView {
    name: String,
    about: String,
    database: String,
    interval: String,
    last_success: String,
    duration: String,
    series: usize,
    dropped: usize,
    duplicates: usize,
    limit: usize,
    state: Mark,
    note: String,
}

/// A state, with the word that says it and the class that colours it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    word: &'static str,
    class: &'static str,
}

const WELL: Mark = Mark { word: "ok", class: "well" };
const SKIPPED: Mark = Mark { word: "skipped", class: "calm" };
const LOCKED: Mark = Mark { word: "locked", class: "warn" };
const CROWDED: Mark = Mark { word: "crowded", class: "warn" };
const WAITING: Mark = Mark { word: "waiting", class: "calm" };
const FAILING: Mark = Mark { word: "failing", class: "bad" };
const LATE: Mark = Mark { word: "late", class: "warn" };
const CUT: Mark = Mark { word: "cut", class: "warn" };

/// Shows all servers, or one with all of its queries.
pub async fn landing(State(shared): State<Shared>, Query(query): Query<LandingQuery>) -> Response {
    let now = Instant::now();
    let servers: Vec<ServerView> = shared.board.read(|servers| {
        // With many servers the page shows of each only what is not well; the whole is one link away.
        let whole = servers.len() == 1 || query.server.is_some();
        let wanted = servers.iter().filter(|(name, _)| query.server.as_deref().is_none_or(|only| only == name.as_ref()));
        wanted.map(|(name, status)| server_view(name, status, whole, now)).collect()
    });
    let status = if servers.is_empty() && query.server.is_some() { StatusCode::NOT_FOUND } else { StatusCode::OK };
    let landing = Landing { version: env!("CARGO_PKG_VERSION"), only: query.server, servers };
    match landing.render() {
        Ok(page) => (status, Html(page)).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn server_view(name: &str, status: &ServerStatus, whole: bool, now: Instant) -> ServerView {
    // What nobody wants stands at the end, out of the way.
    let (off, on): (Vec<_>, Vec<_>) = status.queries.iter().partition(|(_, query)| query.skip.as_ref().is_some_and(Skip::is_choice));
    let queries: Vec<QueryView> =
        on.into_iter().chain(off).map(|((name, database), query)| query_view(name, database.as_deref(), query, now)).collect();
    let failing = queries.iter().filter(|query| query.state == FAILING || query.state == LATE).count();
    let all = queries.len();
    let shown: Vec<QueryView> = queries.into_iter().filter(|query| whole || (query.state != WELL && query.state.class != "calm")).collect();
    ServerView {
        name: name.to_owned(),
        address: status.address.clone(),
        labels: status.labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" "),
        state: match status.up {
            None => Mark { word: "not tried yet", class: "calm" },
            Some(true) => Mark { word: "up", class: "well" },
            Some(false) => Mark { word: "down", class: "bad" },
        },
        role: match (status.kind, status.role) {
            (ServerKind::PgBouncer, _) => "pooler",
            (ServerKind::Postgres, role) => role.map_or("", Role::as_str),
        },
        version: status.version.clone(),
        login: status
            .login
            .filter(|login| login.counts(now))
            .map_or_else(String::new, |login| format!("{} {}", if login.well { "works," } else { "fails after" }, span(login.duration))),
        connections: status.open(),
        databases_dropped: status.databases_dropped,
        series: status.queries.values().filter(|query| query.is_fresh(now)).map(|query| query.series).sum(),
        failing,
        note: match &status.fault {
            Some(fault) => fault.to_string(),
            None if status.superuser => "the login role is a superuser, which monitoring does not need: see deploy/sql/role.sql".to_owned(),
            None => String::new(),
        },
        holders: status
            .holders()
            .iter()
            .map(|holder| format!("for {}: {holder} takes a connection slot", span(now.saturating_duration_since(holder.since))))
            .collect(),
        hidden: all - shown.len(),
        queries: shown,
    }
}

fn query_view(name: &str, database: Option<&str>, status: &QueryStatus, now: Instant) -> QueryView {
    let (state, note) = match (&status.skip, &status.fault, status.last_success) {
        (Some(skip @ Skip::Locked), _, _) => (LOCKED, skip.to_string()),
        (Some(skip @ Skip::Crowded), _, _) => (CROWDED, skip.to_string()),
        (Some(skip @ Skip::Large(_)), None, _) if status.is_fresh(now) => (CUT, skip.to_string()),
        (Some(skip), _, _) => (SKIPPED, skip.to_string()),
        (None, Some(fault), _) => (FAILING, fault.diagnostic.as_ref().map_or_else(|| fault.to_string(), ToString::to_string)),
        (None, None, None) => (WAITING, String::new()),
        (None, None, Some(_)) if !status.is_fresh(now) => (LATE, "its last answer is too old and is no longer exported".to_owned()),
        (None, None, Some(_)) if status.dropped > 0 => (CUT, "over its series limit; raise it with queries.override".to_owned()),
        (None, None, Some(_)) => match &status.duplicates {
            Some(duplicates) => (CUT, format!("several rows have the same labels {{{}}}", duplicates.shown())),
            None => (WELL, String::new()),
        },
    };
    QueryView {
        name: name.to_owned(),
        about: status.query.about.clone(),
        database: database.unwrap_or_default().to_owned(),
        interval: humantime::format_duration(status.query.interval).to_string(),
        last_success: status.last_success.map_or_else(|| "never".to_owned(), ago),
        duration: status.duration.map(span).unwrap_or_default(),
        series: if status.is_fresh(now) { status.series } else { 0 },
        dropped: status.dropped,
        duplicates: status.duplicates.as_ref().map_or(0, |duplicates| duplicates.samples),
        limit: status.query.limit,
        state,
        note,
    }
}

/// A duration in the unit that fits it.
fn span(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1000.0),
        seconds => format!("{seconds:.1} s"),
    }
}

fn ago(time: SystemTime) -> String {
    let seconds = SystemTime::now().duration_since(time).unwrap_or_default().as_secs();
    format!("{} ago", humantime::format_duration(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::report::fault::Fault;

    #[test]
    fn escapes_whatever_a_server_says() {
        let hostile = "\"'><script>alert(1)</script>&\u{202e}\u{1b}[2J";
        let status = ServerStatus {
            address: hostile.to_owned(),
            labels: vec![(hostile.to_owned(), hostile.to_owned())],
            up: Some(false),
            fault: Some(Fault::connection(hostile)),
            version: hostile.to_owned(),
            ..ServerStatus::default()
        };
        let mut view = server_view(hostile, &status, true, Instant::now());
        view.queries.push(QueryView {
            name: hostile.to_owned(),
            about: hostile.to_owned(),
            database: hostile.to_owned(),
            interval: hostile.to_owned(),
            last_success: hostile.to_owned(),
            duration: hostile.to_owned(),
            series: 1,
            dropped: 1,
            duplicates: 1,
            limit: 1,
            state: FAILING,
            note: hostile.to_owned(),
        });
        let page = Landing { version: "0", only: Some(hostile.to_owned()), servers: vec![view] }.render().unwrap();
        assert!(!page.contains("<script") && !page.contains("\"'>"), "{page}");
        assert!(page.matches("alert(1)").count() > 10, "{page}");
        assert!(!page.contains(['\u{202e}', '\u{1b}']) && page.contains("\\u{202e}\\u{1b}[2J"), "{page}");
    }

    #[test]
    fn shows_durations_in_their_unit() {
        assert_eq!(span(Duration::from_micros(1_500)), "1.5 ms");
        assert_eq!(span(Duration::from_millis(2_345)), "2.3 s");
    }
}
