//! `pgvigil check --connect`: what each server lets be collected, and the statement that mends what it does not. What was [`found`] is printed by server.

mod found;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use found::{Found, here, lines, unknown};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::diagnostic::Source;
use crate::expose::store::{Revision, Store};
use crate::query::catalog::Catalog;
use crate::query::need::{Need, quote_identifier};
use crate::query::{Query, Role, Scope};
use crate::server::console::Bouncer;
use crate::server::introduction;
use crate::server::link::Link;
use crate::server::machine::{HostWatch, Missing};
use crate::server::report::fault::{Fate, Fault, FaultKind};
use crate::server::report::skip::Skip;
use crate::server::report::status::Board;
use crate::server::work::absent::Spot;
use crate::server::work::facts::{self, Facts};
use crate::server::work::job::role;
use crate::server::work::plan::{self, Plan};
use crate::server::work::reading::{self, Session};
use crate::server::work::watched::Watched;
use crate::server::work::{grants, locked, run, trust};
use crate::settings::{LoginRole, ServerKind, Settings};
use crate::visible::visible;

/// Asks every server, and prints what it finds. Whether all is well.
pub async fn servers(settings: &Settings, catalog: &Catalog) -> bool {
    let mut well = true;
    for server in &settings.servers {
        let store = Arc::new(Store::new(Revision::default()));
        let board = Arc::new(Board::default());
        println!("server {} at {}", visible(&server.name), visible(&server.address()));
        let found = match server.kind {
            ServerKind::Postgres => check(&Watched::new(server.clone(), catalog, store, board, watch::Sender::default()), catalog).await,
            ServerKind::PgBouncer => check_console(&Bouncer::new(server.clone(), catalog, store, board, CancellationToken::new())).await,
        };
        match found {
            Ok(found) => well &= found.print(),
            Err(fault) => {
                println!("  error: no session: {}", visible(&fault.message));
                well = false;
            }
        }
    }
    well
}

/// What only a server can tell: whether it trusts the owners of what the files name. Said of each query that is for a server which names no role that is
/// trusted, with the place and the way out.
#[must_use]
pub fn notes(settings: &Settings, catalog: &Catalog) -> Vec<String> {
    let is_open = |kind, trusted: bool| kind == ServerKind::Postgres && !trusted;
    if !settings.servers.iter().any(|server| is_open(server.kind, !server.trusted_roles.is_empty())) {
        return Vec::new();
    }
    let queries = catalog.queries().filter(|query| query.enabled && !query.reader);
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
    queries.filter_map(|query| note(query)).collect()
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
        "PostgreSQL {}, {role}, {} database{}, as {}",
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
    examine(watched, LoginRole::Monitor, link, &facts, Scope::Server, &mut found).await;
    for database in &databases {
        match enter(watched, LoginRole::Monitor, Some(database)).await {
            Ok((link, facts)) => examine(watched, LoginRole::Monitor, link, &facts, Scope::Database, &mut found).await,
            Err(fault) => found.errors.push(format!(
                "error: database {database:?}: no session: {}\n   = help: let the login role in, or leave it out: `databases: {{ exclude: [{database:?}] }}` of the server",
                visible(&fault.message)
            )),
        }
    }
    check_reader(watched, &databases, &mut found).await;
    Ok(found)
}

/// The queries that run as the reader, on connections of its own.
async fn check_reader(watched: &Watched, databases: &BTreeSet<&str>, found: &mut Found) {
    let of = |scope| watched.queries.iter().filter(move |query| query.reader && query.enabled && query.scope == scope);
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
                found.errors.push(format!("database {:?}: no session as the reader: {fault}", database.unwrap_or_default()));
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
            Err(Missing::Failed(fault)) => found.errors.push(describe(&query, &query.name, &fault)),
        }
    }
}

async fn check_console(bouncer: &Bouncer) -> Result<Found, Fault> {
    let (summary, method, collected, wrong) = bouncer.check().await?;
    let errors = wrong.iter().map(|(query, fault)| describe(query, &query.name, fault)).collect();
    Ok(Found { collected, errors, summary, method: Some(method), ..Found::default() })
}

async fn enter(watched: &Watched, role: LoginRole, database: Option<&str>) -> Result<(Link, Facts), Fault> {
    let mut link = Link::open_in_time(&watched.server, role, database).await?;
    let session = Session { spot: Spot { role, database: database.map(Into::into) }, kept: false, new: true };
    let facts = in_time(facts::TIMEOUT, reading::read(watched, &mut link, &session)).await?;
    Ok((link, facts))
}

async fn examine(watched: &Watched, login: LoginRole, mut link: Link, facts: &Facts, scope: Scope, found: &mut Found) {
    for absent in facts.absent.values() {
        found.lack(&unknown(absent, facts), absent.part.to_string());
    }
    for query in watched.queries.iter().filter(|query| query.scope == scope && role(query) == login) {
        let place = match scope {
            Scope::Database => format!("{} in database {:?}", query.name, facts.database),
            _ => query.name.clone(),
        };
        let outcome = match plan::plan(query, facts) {
            Err(Skip::Need(need)) => {
                // Extensions and settings are a matter of choice.
                found.lacking |= !matches!(need, Need::Extension(_) | Need::Setting(..));
                let remedy = format!("needs {need}\n      {}", visible(&need.remedy(&facts.user, &facts.database)));
                found.missing.entry(remedy).or_default().push(place);
                continue;
            }
            Err(Skip::Unknown(absent)) => {
                found.lack(&unknown(&absent, facts), place);
                continue;
            }
            Err(Skip::Untrusted(untrusted)) => {
                found.lacking = true;
                let remedy = format!("{}\n      {}", visible(&untrusted.what), visible(&untrusted.remedy));
                found.missing.entry(remedy).or_default().push(place);
                continue;
            }
            // Another role, another version, or not wanted: nothing is amiss.
            Err(_) => continue,
            Ok(plan) => match in_time(query.timeout, trust::look(&mut link, query, plan.body, &watched.server.trusted_roles)).await {
                Ok(Some(finding)) => {
                    found.errors.push(finding.diagnostic(query).to_string().trim_end().to_owned());
                    continue;
                }
                Ok(None) => in_time(query.timeout, try_out(&mut link, query, plan, facts)).await,
                Err(fault) => Err(fault),
            },
        };
        match outcome {
            Ok(remedies) => {
                found.collected += 1;
                for remedy in remedies {
                    let remedy = visible(&format!("in database {}: {remedy}", quote_identifier(&facts.database))).into_owned();
                    found.partial.entry(remedy).or_default().push(query.name.clone());
                }
            }
            Err(fault) if fault.kind == FaultKind::Denied => {
                let remedies = match denied(&mut link, watched, query, facts).await {
                    Ok(remedies) => remedies,
                    Err(fault) => {
                        found.errors.push(describe(query, &place, &fault));
                        return;
                    }
                };
                found.lack(&lines(&fault.message, &remedies), place);
            }
            // Nothing that could be granted is missing, and the server says what it is.
            Err(fault) if fault.kind == FaultKind::Unsupported => {
                found.missing.entry(visible(&Skip::Unsupported(fault.message).to_string()).into_owned()).or_default().push(place);
            }
            Err(fault) => {
                found.errors.push(describe(query, &place, &fault));
                if fault.fate != Fate::Usable {
                    return;
                }
            }
        }
    }
    link.close_in_time().await;
}

/// What a server says to statements with this time-out, or that it says nothing.
async fn in_time<T>(timeout: Duration, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    // Each of several statements has its own, and the answer has to travel.
    let limit = timeout * 4 + Duration::from_secs(1);
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(Fault::unanswered(limit)))
}

/// What lets a query run that was denied something: the role of all monitoring, and for a member of that what was revoked from PUBLIC.
async fn denied(link: &mut Link, watched: &Watched, query: &Query, facts: &Facts) -> Result<Vec<String>, Fault> {
    const MONITOR: &str = "pg_monitor";
    let Ok(plan) = plan::plan(query, facts) else { return Ok(Vec::new()) };
    if !grants::is_member(link, MONITOR).await? {
        return Ok(vec![Need::Role(MONITOR.to_owned()).remedy(&facts.user, &facts.database)]);
    }
    let text = run::text(query, plan, facts, &watched.server.trusted_roles);
    Ok(here(&grants::missing(link, &text).await?, facts))
}

/// Runs a query, sees that its columns have the right types even when it has no rows, and asks what it leaves out.
async fn try_out(link: &mut Link, query: &Query, plan: Plan<'_>, facts: &Facts) -> Result<BTreeSet<String>, Fault> {
    let samples = run::collect(link, query, plan, facts, String::new()).await?;
    if let Some(fault) = run::duplicates(query, plan.body, &samples) {
        return Err(fault);
    }
    run::probe(link, query, plan, facts).await?;
    run::remedies(link, query, plan, facts).await
}

fn describe(query: &Query, place: &str, fault: &Fault) -> String {
    match &fault.diagnostic {
        Some(diagnostic) => diagnostic.to_string().trim_end().to_owned(),
        None => format!("error: {place}: {}\n  --> {}", visible(&fault.message), visible(&query.path)),
    }
}
