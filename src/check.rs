//! `pgvigil check --connect`: what can be collected from each server, and the statement that fixes what cannot. `check --uses` is in [`uses`](mod@uses).
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`examine`](mod@examine) | which of the queries run over one connection |
//! | [`remedy`] | the statement that gives a query what it lacks |
//! | [`found`] | what was found on one server, as text |
//! | [`trial`] | `pgvigil try`: one query file, once |
//! | [`uses`](mod@uses) | which metrics an operator's rules and dashboards read |

mod examine;
mod found;
mod remedy;
pub mod trial;
pub mod uses;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use examine::{describe, examine, in_time};
use found::{Found, here, lines};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::{Diagnostic, Source};
use crate::expose::store::{Revision, Store};
use crate::query::catalog::Catalog;
use crate::query::check::OLDEST_PGBOUNCER;
use crate::query::need::quote_identifier;
use crate::query::{Query, Role, Scope};
use crate::server::console::Bouncer;
use crate::server::introduction;
use crate::server::link::Link;
use crate::server::machine::{HostWatch, Missing};
use crate::server::report::fault::Fault;
use crate::server::report::skip::Skip;
use crate::server::report::status::Board;
use crate::server::work::absent::Spot;
use crate::server::work::facts::{self, Facts};
use crate::server::work::reading::{self, Session};
use crate::server::work::watched::Watched;
use crate::server::work::{grants, locked, trust};
use crate::settings::{LoginRole, Server, ServerKind, Settings};
use crate::visible::visible;

/// Asks every server, and says what it finds. Whether nothing is wrong.
pub async fn servers(settings: &Settings, catalog: &Catalog, say: impl Fn(&str)) -> bool {
    let mut well = true;
    for server in &settings.servers {
        let store = Arc::new(Store::new(Revision::default()));
        let board = Arc::new(Board::default());
        say(&format!("server {} at {}\n", visible(&server.name), visible(&server.address())));
        let found = match server.kind {
            ServerKind::Postgres => check(&Watched::new(server.clone(), catalog, store, board, watch::Sender::default()), catalog).await,
            ServerKind::PgBouncer => check_console(&Bouncer::new(server.clone(), catalog, store, board, CancellationToken::new())).await,
        };
        match found {
            Ok(found) => {
                say(&found.to_string());
                well &= found.is_well();
            }
            Err(fault) => {
                say(&format!("  error: no session: {}\n", visible(&fault.message)));
                well = false;
            }
        }
    }
    well
}

/// What was not checked, and why.
#[must_use]
pub fn unchecked(why: &Diagnostic) -> String {
    let place = why.place.as_ref().map(|place| format!(":{}:{}", place.line, place.column)).unwrap_or_default();
    format!("not checked: {}\n  --> {}{place}", visible(&why.message), visible(&why.path))
}

/// What only a server can tell: whether it trusts the owners of what the files name. Said of each query that is for a server which names no role that is
/// trusted, with the place and the way out.
#[must_use]
pub fn notes(settings: &Settings, catalog: &Catalog) -> Vec<String> {
    let is_open = |server: &&Server| server.kind == ServerKind::Postgres && server.trusted_roles.is_empty();
    let queries = settings.servers.iter().filter(is_open).flat_map(|server| catalog.of(&server.name));
    let queries: BTreeMap<&str, &Query> =
        queries.filter(|query| query.runs() && !query.reader).map(|query| (query.name.as_str(), query.as_ref())).collect();
    let note = |query: &Query| {
        let (body, name) = query.bodies.iter().find_map(|body| Some((body, body.names.iter().find(|name| !name.doubtful)?)))?;
        let source = Source { path: &query.path, text: &query.text };
        let place = source.error(body.span.start + name.span.start..body.span.start + name.span.end, "").place?;
        Some(format!(
            "note: {} names {}.{}: it runs only where the owner is trusted, which `check --connect` says\n  --> {}:{}:{}\n   = help: else {}",
            query.name,
            visible(&name.schema),
            visible(&name.object),
            query.path,
            place.line,
            place.column,
            trust::REMEDY
        ))
    };
    queries.into_values().filter_map(note).collect()
}

async fn check(watched: &Watched, catalog: &Catalog) -> Result<Found, Fault> {
    let mut found = Found::default();
    let (mut link, facts) = enter(watched, LoginRole::Monitor, None).await?;
    found.method = Some(link.method());
    let own = introduction::text() + &locked::question();
    let missing = in_time(facts::TIMEOUT, grants::missing(&mut link, &own)).await?;
    if !missing.is_empty() {
        let remedy = lines("pgvigil sets time-outs in its sessions, and looks for locks before a login", &here(&missing, &facts));
        found.lack(&remedy, "what keeps sessions harmless".to_owned());
    }
    // While the session lives: its process proves that the server is on this machine.
    check_host(watched, catalog, &facts, &mut found).await;
    let role = facts.role().map_or("primary or standby", Role::as_str);
    let (databases, dropped) = facts.looked_into(&watched.server.databases);
    found.superuser = facts.superuser;
    found.summary = format!(
        "PostgreSQL {}, {role}, {} database{}, as role {}",
        facts.version,
        databases.len(),
        if databases.len() == 1 { "" } else { "s" },
        facts.user
    );
    for closed in facts.closed.iter().filter(|name| watched.server.databases.admits(name)) {
        let (database, user) = (quote_identifier(closed), quote_identifier(&facts.user));
        let statement = visible(&format!("GRANT CONNECT ON DATABASE {database} TO {user};")).into_owned();
        let remedy = format!("needs the right to connect\n      {statement}");
        found.missing.insert(remedy, vec![format!("database {closed:?}")]);
    }
    if dropped > 0 {
        let limit = watched.server.databases.limit;
        found
            .missing
            .insert(format!("the limit is {limit}: raise `databases.limit`, or exclude some"), vec![format!("{dropped} databases")]);
    }
    for name in facts.out_of_reach(&watched.server.databases) {
        found.missing.entry(format!("{}; rename it", Skip::Name)).or_default().push(format!("database {name:?}"));
    }
    let is_bound = |query: &&Arc<Query>| query.runs() && query.databases.is_some();
    for query in watched.queries.iter().filter(is_bound).filter(|query| !databases.iter().any(|name| query.is_for(name))) {
        found.missing.entry("`databases` names none of this server's databases".to_owned()).or_default().push(query.name.clone());
    }
    examine(watched, LoginRole::Monitor, link, &facts, Scope::Server, &mut found).await;
    for database in &databases {
        match enter(watched, LoginRole::Monitor, Some(database)).await {
            Ok((link, facts)) => examine(watched, LoginRole::Monitor, link, &facts, Scope::Database, &mut found).await,
            Err(fault) => {
                let what = format!(
                    "error: database {database:?}: no session: {}\n   = help: let the login role in, or leave it out: `databases: {{ exclude: [{database:?}] }}` of the server",
                    visible(&fault.message)
                );
                found.error(what, None);
            }
        }
    }
    check_reader(watched, &databases, &mut found).await;
    Ok(found)
}

/// The queries that run as the reader, on connections of its own.
async fn check_reader(watched: &Watched, databases: &BTreeSet<&str>, found: &mut Found) {
    let of = |scope| watched.queries.iter().filter(move |query| query.reader && query.runs() && query.scope == scope);
    if watched.server.reader.is_none() {
        for query in of(Scope::Server).chain(of(Scope::Database)) {
            found.lacking = true;
            let remedy = format!("{}\n      make the role by deploy/sql/reader.sql, and write `reader: {{ user: ... }}`", Skip::Reader);
            found.missing.entry(remedy).or_default().push(query.name.clone());
        }
        return;
    }
    let places = std::iter::once((Scope::Server, None)).chain(databases.iter().map(|name| (Scope::Database, Some(*name))));
    for (scope, database) in places.filter(|(scope, _)| of(*scope).next().is_some()) {
        match enter(watched, LoginRole::Reader, database).await {
            Ok((link, facts)) => examine(watched, LoginRole::Reader, link, &facts, scope, found).await,
            Err(fault) => {
                found.error(format!("error: no session as the reader: {}", visible(&fault.message)), database);
            }
        }
    }
}

async fn check_host(watched: &Watched, catalog: &Catalog, facts: &Facts, found: &mut Found) {
    watched.known.send_replace(Some(Arc::new(facts.clone())));
    for (query, result) in HostWatch::new(watched, catalog, CancellationToken::new()).check().await {
        match result {
            Ok(left_out) => {
                found.collected += 1;
                found.left_out.extend(left_out.iter().map(ToString::to_string));
            }
            // A server on another machine is no fault, nor is a kernel that does not tell everything.
            Err(Missing::Skipped(Skip::Host(absence))) => found.missing.entry(absence.to_string()).or_default().push(query.name.clone()),
            Err(Missing::Skipped(_)) => {}
            Err(Missing::Failed(fault)) => found.error(describe(&query, &fault), None),
        }
    }
}

async fn check_console(bouncer: &Bouncer) -> Result<Found, Fault> {
    let checked = bouncer.check().await?;
    let mut found = Found { collected: checked.collected, summary: checked.version, method: Some(checked.method), ..Found::default() };
    for (query, fault) in checked.wrong {
        found.error(describe(&query, &fault), None);
    }
    for query in checked.too_new {
        found.missing.entry(format!("needs PgBouncer {OLDEST_PGBOUNCER} or newer")).or_default().push(query.name.clone());
    }
    Ok(found)
}

async fn enter(watched: &Watched, role: LoginRole, database: Option<&str>) -> Result<(Link, Facts), Fault> {
    let mut link = Link::open_in_time(&watched.server, role, database).await?;
    let session = Session { spot: Spot { role, database: database.map(Into::into) }, kept: false, new: true };
    let facts = in_time(facts::TIMEOUT, reading::read(watched, &mut link, &session)).await?;
    Ok((link, facts))
}
