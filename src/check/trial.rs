//! `pgvigil try FILE`: runs one query file once, as `serve` would, and shows what it would export.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::watch;

use super::enter;
use super::examine::in_time;
use super::remedy;
use crate::diagnostic::Diagnostic;
use crate::expose::store::{Revision, Store};
use crate::files::{self, Writers};
use crate::library;
use crate::query::catalog::{Catalog, File};
use crate::query::{Query, Scope};
use crate::server::link::Link;
use crate::server::report::fault::Fault;
use crate::server::report::skip::Skip;
use crate::server::report::status::Board;
use crate::server::work::facts::Facts;
use crate::server::work::job::role;
use crate::server::work::watched::Watched;
use crate::server::work::{plan, run, trust};
use crate::settings::{Server, ServerKind, Settings};
use crate::visible::{lines, visible};

/// What to try, and where.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// The query file.
    pub file: std::path::PathBuf,
    /// The server by its name in the configuration; the first one if none is named.
    pub server: Option<String>,
    /// The database; the one that the server's URL names if none is.
    pub database: Option<String>,
    /// Whether to ask the server for the plan, with time and buffers.
    pub explain: bool,
}

/// Runs it.
///
/// # Errors
/// What is wrong with the file, the choice of the server, or the run.
pub async fn run(settings: &Settings, trial: &Trial) -> Result<String, Vec<String>> {
    let query = read(&trial.file, settings.queries.directory.as_deref())
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let server = choose(settings, trial.server.as_deref()).map_err(|error| vec![error])?;
    if !query.scope.is_sql() {
        return Err(vec![format!("error: a query of scope {} is tried by `pgvigil check --connect`", query.scope.as_str())]);
    }
    let catalog = Catalog::default().with(query.clone());
    let (store, board) = (Arc::new(Store::new(Revision::default())), Arc::new(Board::default()));
    let watched = Watched::new(server.clone(), &catalog, store, board, watch::Sender::default());
    let failed = |fault: &Fault| vec![super::examine::describe(&query, fault)];
    let (mut link, facts) = enter(&watched, role(&query), trial.database.as_deref()).await.map_err(|fault| failed(&fault))?;
    let shown = in_time(query.timeout, once(&watched, &mut link, &query, &facts, trial.explain)).await;
    link.close_in_time().await;
    shown.map_err(|fault| failed(&fault))
}

/// The query in a file, under the name that it has in the directory of queries, or would have at its top.
fn read(path: &Path, directory: Option<&Path>) -> Result<Query, Vec<Diagnostic>> {
    let shown = path.display().to_string();
    let text = files::read_text(path, files::ORDINARY, Writers::Any);
    let text = text.map_err(|error| vec![Diagnostic::file(&shown, format!("cannot read the query file: {error}"))])?;
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let below = directory.and_then(|directory| real(path).strip_prefix(real(directory)).ok().map(Path::to_owned));
    let name = library::name(&below.unwrap_or_else(|| path.file_name().unwrap_or_default().into()));
    let catalog = Catalog::new(&[File { name, path: shown.clone(), text, bundled: false }])?;
    let query = catalog.queries().next().cloned();
    query
        .map(|query| Query { enabled: true, ..query.as_ref().clone() }.with_detail(|_| true))
        .ok_or_else(|| vec![Diagnostic::file(&shown, "no query")])
}

fn choose<'s>(settings: &'s Settings, name: Option<&str>) -> Result<&'s Server, String> {
    let mut servers = settings.servers.iter().filter(|server| server.kind == ServerKind::Postgres);
    let found = match name {
        None => servers.next(),
        Some(name) => servers.find(|server| server.name == name),
    };
    found.ok_or_else(|| {
        format!("error: the configuration has no server{}", name.map(|name| format!(" called {name:?}")).unwrap_or_default())
    })
}

async fn once(watched: &Watched, link: &mut Link, query: &Query, facts: &Facts, explain: bool) -> Result<String, Fault> {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} on server {}, database {:?}, PostgreSQL {}, as {}",
        query.name, watched.server.name, facts.database, facts.version, facts.user
    );
    if query.scope == Scope::Database && !query.is_for(&facts.database) {
        let _ = writeln!(out, "not run: `databases` does not name this database");
        return Ok(out);
    }
    let plan = match plan::plan(query, facts) {
        Ok(plan) => plan,
        Err(skip) => {
            let _ = writeln!(out, "skipped ({}): {skip}", skip.reason());
            if let Skip::Need(need) = &skip {
                let _ = writeln!(out, "  {}", remedy::need(need, facts));
            }
            return Ok(lines(&out).into_owned());
        }
    };
    if let Some(finding) = trust::look(link, query, plan.body, &watched.server.trusted_roles).await? {
        let _ = write!(out, "skipped (untrusted)\n{}", finding.diagnostic(query));
        return Ok(lines(&out).into_owned());
    }
    let started = Instant::now();
    let samples = run::collect(link, query, plan, facts, watched.publisher.constant(query, &facts.datname), &watched.ranks).await?;
    let took = started.elapsed();
    for (_, text) in &samples.lines {
        out.push_str(text);
    }
    let bytes: usize = samples.lines.iter().map(|(_, text)| text.len()).sum();
    let _ = writeln!(out, "{} series, {bytes} bytes, {:.1} ms", samples.series, took.as_secs_f64() * 1000.0);
    if samples.dropped > 0 {
        let _ = writeln!(out, "{} more are over the limit of {} series", samples.dropped, query.limit);
    }
    if let Some(left_out) = &samples.left_out {
        let _ = writeln!(out, "{}", visible(left_out));
    }
    if let Some(fault) = run::duplicates(query, plan.body, &samples) {
        return Err(fault);
    }
    run::probe(link, query, plan, facts).await?;
    if explain {
        for line in run::explain(link, query, plan, facts).await? {
            let _ = writeln!(out, "  {}", visible(&line));
        }
    }
    Ok(lines(&out).into_owned())
}
