//! Publishes the work on one server: answers to the store, status to the board, changes to the log.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tracing::{debug, info, warn};

use super::answer::{self, Answer};
use super::fault::{Fault, FaultKind};
use super::quota::Quota;
use super::skip::Skip;
use super::status::{Board, Connection, Login, QueryStatus};
use crate::expose::sample::Samples;
use crate::expose::spelling;
use crate::expose::store::{Key, Store};
use crate::expose::text;
use crate::query::{Query, Role, Scope};
use crate::settings::{LoginRole, Server};

/// The publisher of one server.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// The server's name, shared by all keys.
    pub name: Arc<str>,
    /// Where answers go.
    pub store: Arc<Store>,
    /// Where the status goes.
    pub board: Arc<Board>,
    /// The server's address, for display.
    address: String,
    /// The labels of every sample, already written.
    constant: String,
    /// How many bytes the blocks of the server may take.
    limit: usize,
    quota: Arc<Quota>,
}

impl Publisher {
    /// Creates a publisher for `server`, with an entry on the board.
    #[must_use]
    pub fn new(server: &Server, store: Arc<Store>, board: Arc<Board>) -> Self {
        let name: Arc<str> = server.name.as_str().into();
        let mut constant = String::new();
        text::write_label(&mut constant, "server", &name);
        for (label, value) in server.labels.iter() {
            text::write_label(&mut constant, label, value);
        }
        let labels = server.labels.iter().map(|(label, value)| (label.to_owned(), value.to_owned())).collect();
        let address = server.address();
        board.insert(Arc::clone(&name), server.kind, address.clone(), labels);
        let (limit, quota) = (answer::limit(server.answer_limit), Arc::new(Quota::new(Instant::now())));
        Self { name, store, board, address, constant, limit, quota }
    }

    /// Whether the log takes another line about the server. The lines that tell whether it answers always come.
    pub(crate) fn may_tell(&self) -> bool {
        let Some(withheld) = self.quota.take(Instant::now()) else { return false };
        if withheld > 0 {
            warn!(server = %self.name, withheld, "there were too many lines about this server: the landing page and the metrics have all of it");
        }
        true
    }

    pub(crate) fn unreachable(&self, fault: &Fault) {
        let news = self.board.update(&self.name, |status| {
            status.up = Some(false);
            status.fault = Some(fault.clone());
            status.told.replace(fault.message.clone()).as_ref() != Some(&fault.message)
        });
        if news == Some(true) {
            warn!(server = %self.name, address = self.address, %fault, "the server does not answer");
        }
    }

    pub(crate) fn reachable(&self) {
        let was = self.board.update(&self.name, |status| {
            (status.told, status.fault) = (None, None);
            status.up.replace(true)
        });
        if was.flatten() != Some(true) {
            info!(server = %self.name, address = self.address, "the server answers");
        }
    }

    /// Reports a login to the configured database: how long it took, its time limit, and its fault if it failed.
    pub(crate) fn login(&self, took: Duration, limit: Duration, fault: Option<&Fault>) {
        self.board.update(&self.name, |status| {
            status.login = Some(Login::new(fault.is_none(), took, limit));
            // If the server accepts logins and does not answer, it is down for another reason.
            if fault.is_some() || status.up == Some(true) {
                status.fault = fault.cloned();
            }
        });
    }

    /// Reports facts about the server.
    pub(crate) fn facts(&self, version: &str, role: Option<Role>, superuser: bool, user: &str) {
        let was = self.board.update(&self.name, |status| {
            version.clone_into(&mut status.version);
            status.role = role;
            std::mem::replace(&mut status.superuser, superuser)
        });
        if superuser && was == Some(false) {
            warn!(server = %self.name, user, "the login role is a superuser, which monitoring does not need; see deploy/sql/role.sql");
        }
    }

    /// Reports which databases refuse the login, and to which role.
    pub(crate) fn refused(&self, refused: BTreeMap<(Arc<str>, LoginRole), String>) {
        self.board.update(&self.name, |status| status.refused = refused);
    }

    /// Reports the connections, and the backends of closed connections.
    pub(crate) fn connections(&self, connections: Vec<Connection>) {
        self.board.update(&self.name, |status| status.connections = connections);
    }

    fn key(&self, query: &Query, datname: Option<Arc<str>>) -> Key {
        Key { server: Arc::clone(&self.name), query: query.name.as_str().into(), database: datname }
    }

    /// The labels of a query's samples, already written. `datname` is the database as a label value.
    pub(crate) fn constant(&self, query: &Query, datname: &str) -> String {
        let mut constant = self.constant.clone();
        if query.scope == Scope::Database {
            text::write_label(&mut constant, "datname", datname);
        }
        constant
    }

    /// Reports the end of a run and publishes its samples.
    pub(crate) async fn record(
        &self,
        query: &Arc<Query>,
        database: Option<&Arc<str>>,
        started: Instant,
        result: Result<Samples, Fault>,
    ) -> Option<Fault> {
        let took = started.elapsed();
        let result = match result {
            Ok(samples) => Answer::of(query, samples).await,
            Err(fault) => Err(fault),
        };
        self.put(query, database, took, result)
    }

    /// Reports the end of a run of this duration and publishes its answer.
    pub(crate) fn put(
        &self,
        query: &Arc<Query>,
        database: Option<&Arc<str>>,
        duration: Duration,
        result: Result<Answer, Fault>,
    ) -> Option<Fault> {
        let result = result.and_then(|Answer { block, expires, series, dropped, duplicates, left_out }| {
            let fits = self.store.publish(self.key(query, datname(database)), block, self.limit, Instant::now());
            let published = (expires, series, dropped, duplicates, left_out.map(Skip::Large));
            fits.then_some(published).ok_or_else(|| answer::over(query, self.limit))
        });
        match result {
            Ok((expires, series, dropped, duplicates, skip)) => {
                let shared = duplicates.as_ref().map(|duplicates| (duplicates.samples, duplicates.shown()));
                let left_out = skip.as_ref().map_or_else(String::new, ToString::to_string);
                let (first_drop, first_duplicate, first_cut, mended) = self.with_query(query, database, |status| {
                    let is_cut = skip.is_some() && status.skip != skip;
                    let news = (dropped > 0 && status.dropped == 0, status.duplicates.is_none(), is_cut, status.fault.is_some());
                    (status.last_success, status.duration, status.expires) = (Some(SystemTime::now()), Some(duration), Some(expires));
                    (status.series, status.dropped, status.duplicates) = (series, dropped, duplicates);
                    (status.skip, status.fault) = (skip, None);
                    news
                });
                if first_drop && self.may_tell() {
                    warn!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), series, dropped, limit = query.limit,
                        "series over the limit were dropped");
                }
                if let Some((duplicate, labels)) = shared
                    && first_duplicate
                    && self.may_tell()
                {
                    warn!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), duplicate, labels,
                        "rows with the same labels were left out");
                }
                if first_cut && self.may_tell() {
                    warn!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), left_out, "a table was left out");
                }
                if mended && self.may_tell() {
                    info!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), "the query succeeds again");
                }
                None
            }
            Err(fault) if fault.kind == FaultKind::Unsupported => {
                self.skip(query, database, &Skip::Unsupported(fault.message.clone()));
                Some(fault)
            }
            Err(fault) => {
                let news = self.with_query(query, database, |status| {
                    *status.errors.entry(fault.kind).or_default() += 1;
                    status.duration = Some(duration);
                    status.skip = None;
                    status.fault.replace(fault.clone()).is_none_or(|before| before.message != fault.message)
                });
                if news && fault.kind != FaultKind::Stopped && self.may_tell() {
                    warn!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), kind = fault.kind.as_str(),
                        file = fault.place(), hint = fault.diagnostic.as_deref().and_then(|diagnostic| diagnostic.hint.as_deref()), error = %fault,
                        "the query failed");
                }
                Some(fault)
            }
        }
    }

    /// Reports that a query does not run here, and removes its samples from the page, because they are no longer true.
    pub(crate) fn skip(&self, query: &Arc<Query>, database: Option<&Arc<str>>, skip: &Skip) {
        self.store.remove(&self.key(query, datname(database)));
        let news = self.with_query(query, database, |status| {
            let news = status.skip.as_ref() != Some(skip);
            *status =
                QueryStatus { errors: std::mem::take(&mut status.errors), skip: Some(skip.clone()), ..QueryStatus::new(Arc::clone(query)) };
            news
        });
        if news && matches!(skip, Skip::Unsupported(_)) && self.may_tell() {
            info!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), %skip, "the query is skipped");
        } else if news {
            debug!(server = %self.name, query = query.name, database = database.map(AsRef::as_ref), %skip, "the query is skipped");
        }
    }

    /// Reports that a query cannot run at the moment. Its samples stay until they are stale.
    pub(crate) fn skip_for_now(&self, query: &Arc<Query>, database: Option<&Arc<str>>, skip: &Skip) {
        self.with_query(query, database, |status| status.skip = Some(skip.clone()));
    }

    /// Reports that there is no time for a query, if its last answer is too old at `now` and nothing else says why. Returns whether that is so.
    pub(crate) fn crowded(&self, query: &Arc<Query>, database: Option<&Arc<str>>, now: Instant) -> bool {
        self.with_query(query, database, |status| {
            if status.skip.is_none() && !status.is_fresh(now) {
                status.skip = Some(Skip::Crowded);
            }
            status.skip == Some(Skip::Crowded)
        })
    }

    /// Reports that no query can run in a database whose name is not UTF-8. `datname` is its label.
    pub(crate) fn skip_unsayable(&self, query: &Arc<Query>, datname: &str) {
        let skip = Skip::by_choice(query).unwrap_or(Skip::Name);
        self.at(query, Some(datname.into()), |status| status.skip = Some(skip));
    }

    /// Reports how many databases are not read because they are over the limit.
    pub(crate) fn databases_dropped(&self, dropped: usize, limit: usize) {
        let before = self.board.update(&self.name, |status| std::mem::replace(&mut status.databases_dropped, dropped));
        if dropped > 0 && before == Some(0) {
            warn!(server = %self.name, dropped, limit, "databases over the limit are not looked into");
        }
    }

    /// Removes everything about databases whose label `keep` does not accept.
    pub(crate) fn retain_databases(&self, keep: impl Fn(&str) -> bool) {
        self.store.retain(|key| *key.server != *self.name || key.database.as_deref().is_none_or(&keep));
        self.board.update(&self.name, |status| status.queries.retain(|(_, database), _| database.as_deref().is_none_or(&keep)));
    }

    /// Removes a query in a database that is gone.
    pub(crate) fn forget(&self, query: &Query, database: &Arc<str>) {
        if let Some(datname) = datname(Some(database)) {
            self.forget_datname(query, &datname);
        }
    }

    /// The same where only the database's label is known.
    pub(crate) fn forget_datname(&self, query: &Query, datname: &str) {
        let datname: Option<Arc<str>> = Some(datname.into());
        self.store.remove(&self.key(query, datname.clone()));
        self.board.update(&self.name, |status| status.queries.remove(&(query.name.as_str().into(), datname)));
    }

    pub(crate) fn with_query<R: Default>(
        &self,
        query: &Arc<Query>,
        database: Option<&Arc<str>>,
        change: impl FnOnce(&mut QueryStatus) -> R,
    ) -> R {
        self.at(query, datname(database), change)
    }

    fn at<R: Default>(&self, query: &Arc<Query>, datname: Option<Arc<str>>, change: impl FnOnce(&mut QueryStatus) -> R) -> R {
        let place = (query.name.as_str().into(), datname);
        let changed = self.board.update(&self.name, |status| {
            let status = status.queries.entry(place).or_insert_with(|| QueryStatus::new(Arc::clone(query)));
            // A reload may have changed the query.
            status.query = Arc::clone(query);
            change(status)
        });
        changed.unwrap_or_default()
    }
}

/// The label of a database. The store and the board use it as the key, so that they show the same as the page.
pub(crate) fn datname(database: Option<&Arc<str>>) -> Option<Arc<str>> {
    database.map(|name| match spelling::label(name.as_bytes()) {
        Cow::Borrowed(_) => Arc::clone(name),
        Cow::Owned(spelled) => spelled.into(),
    })
}
