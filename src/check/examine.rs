//! What of a place's queries can be collected over one connection.

use std::collections::BTreeSet;
use std::time::Duration;

use super::found::{Found, lines, unknown};
use super::remedy;
use crate::query::need::{Need, quote_identifier};
use crate::query::{Query, Scope};
use crate::server::link::Link;
use crate::server::report::fault::{Fate, Fault, FaultKind};
use crate::server::report::skip::Skip;
use crate::server::work::facts::{self, Facts};
use crate::server::work::job::role;
use crate::server::work::plan::{self, Plan};
use crate::server::work::ranks::Ranks;
use crate::server::work::watched::Watched;
use crate::server::work::{run, trust};
use crate::settings::LoginRole;
use crate::visible::visible;

/// Tries every query of a scope, and notes in `found` what is in its way.
pub async fn examine(watched: &Watched, login: LoginRole, mut link: Link, facts: &Facts, scope: Scope, found: &mut Found) {
    for absent in facts.absent.values() {
        found.lack(&unknown(absent, facts), absent.part.to_string());
    }
    let is_here =
        |query: &Query| query.scope == scope && role(query) == login && (scope != Scope::Database || query.is_for(&facts.database));
    for query in watched.queries.iter().filter(|query| is_here(query)) {
        let place = match scope {
            Scope::Database => format!("{} in database {:?}", query.name, facts.database),
            _ => query.name.clone(),
        };
        let outcome = match plan::plan(query, facts) {
            Err(Skip::Need(need)) => {
                // Extensions, settings and other people's tables are a matter of choice.
                found.lacking |= matches!(need, Need::Role(_) | Need::Superuser);
                let remedy = format!("needs {need}\n      {}", visible(&remedy::need(&need, facts)));
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
            Err(Skip::Version(_)) => {
                match in_time(facts::TIMEOUT, remedy::update(&mut link, query, facts)).await {
                    Ok(Some((what, statement))) => found.lack(&format!("{what}\n      {}", visible(&statement)), place),
                    Ok(None) => {}
                    Err(fault) => return found.error(describe(query, &fault), Some(&facts.database)),
                }
                continue;
            }
            // Another role, or not wanted: nothing is amiss.
            Err(_) => continue,
            Ok(plan) => match in_time(query.timeout, trust::look(&mut link, query, plan.body, &watched.server.trusted_roles)).await {
                Ok(Some(finding)) => {
                    found.error(finding.diagnostic(query).to_string().trim_end().to_owned(), Some(&facts.database));
                    continue;
                }
                Ok(None) => in_time(query.timeout, try_out(&mut link, query, plan, facts)).await,
                Err(fault) => Err(fault),
            },
        };
        match outcome {
            Ok((remedies, left_out)) => {
                found.collected += 1;
                if let Some(left_out) = left_out {
                    found.missing.entry(visible(&left_out).into_owned()).or_default().push(place);
                }
                for remedy in remedies {
                    let remedy = visible(&format!("in database {}: {remedy}", quote_identifier(&facts.database))).into_owned();
                    found.partial.entry(remedy).or_default().push(query.name.clone());
                }
            }
            Err(fault) if fault.kind == FaultKind::Denied => {
                let remedies = match remedy::denied(&mut link, watched, query, facts).await {
                    Ok(remedies) => remedies,
                    Err(fault) => return found.error(describe(query, &fault), Some(&facts.database)),
                };
                found.lack(&lines(&fault.message, &remedies), place);
            }
            // Nothing that could be granted is missing, and the server says what it is.
            Err(fault) if fault.kind == FaultKind::Unsupported => {
                found.missing.entry(visible(&Skip::Unsupported(fault.message).to_string()).into_owned()).or_default().push(place);
            }
            Err(fault) => {
                found.error(describe(query, &fault), (scope == Scope::Database).then_some(&facts.database));
                if fault.fate != Fate::Usable {
                    return;
                }
            }
        }
    }
    link.close_in_time().await;
}

/// What a server says to statements with this time-out, or that it says nothing.
pub async fn in_time<T>(timeout: Duration, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    // Each of several statements has its own, and the answer has to travel.
    let limit = timeout * 4 + Duration::from_secs(1);
    tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(Fault::unanswered(limit)))
}

/// Runs a query, sees that its columns have the right types even when it has no rows, and asks what it leaves out: the statements that grant it, and what
/// is too large.
async fn try_out(link: &mut Link, query: &Query, plan: Plan<'_>, facts: &Facts) -> Result<(BTreeSet<String>, Option<String>), Fault> {
    let samples = run::collect(link, query, plan, facts, String::new(), &Ranks::default()).await?;
    if let Some(fault) = run::duplicates(query, plan.body, &samples) {
        return Err(fault);
    }
    run::probe(link, query, plan, facts).await?;
    Ok((run::remedies(link, query, plan, facts).await?, samples.left_out))
}

pub fn describe(query: &Query, fault: &Fault) -> String {
    match &fault.diagnostic {
        Some(diagnostic) => diagnostic.to_string().trim_end().to_owned(),
        None => format!("error: {}: {}\n  --> {}", query.name, visible(&fault.message), visible(&query.path)),
    }
}
