//! What is true of a server right now: what decides which queries can run on it, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::query::Query;
use crate::query::need::{Need, quote_literal};
use crate::query::version::Version;
use crate::query::wrap;

/// How often they are read. Reading them is the sign of life too: with their timeout and the client's grace, 8 seconds after a server has
/// stopped to answer at most, another connection asks whether it does. Where that gets no answer either, `pg_up` falls: within 15 seconds.
pub const INTERVAL: Duration = Duration::from_secs(5);

/// What the reading is called on the server.
pub const TAG: &str = "facts";

/// After how long the server ends the reading.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// The facts, as of one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `server_version_num`, for instance 170004.
    pub version_num: u32,
    /// `server_version`, for people.
    pub version: String,
    /// `pg_is_in_recovery()`.
    pub in_recovery: bool,
    /// `pg_postmaster_start_time()`, in the server's words.
    pub started: String,
    /// Whether the login role is a superuser.
    pub superuser: bool,
    /// The login role.
    pub user: String,
    /// The database of this connection.
    pub database: String,
    /// In which encoding it holds text.
    pub encoding: String,
    /// The process that serves this connection.
    pub pid: i32,
    /// The port of its client, which is a pooler's where one is between; none on a Unix socket.
    pub client_port: Option<u16>,
    /// Where its files are; none where the login role may not know.
    pub data_directory: Option<String>,
    /// Where the tablespaces are that are not in the data directory, by name.
    pub tablespaces: BTreeMap<String, String>,
    /// Those roles of the asked ones whose privileges the login role has.
    pub roles: BTreeSet<String>,
    /// The installed extensions of this database, with version and schema.
    pub extensions: BTreeMap<String, Extension>,
    /// The asked settings that exist.
    pub settings: BTreeMap<String, String>,
    /// The databases that the login role may connect to, with their oids.
    pub databases: BTreeMap<String, u32>,
    /// The databases that others may connect to and it may not.
    pub closed: BTreeSet<String>,
}

/// An installed extension.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extension {
    /// Its version, which may lag behind the server's after `pg_upgrade`.
    pub version: String,
    /// The schema of its objects.
    pub schema: String,
}

/// What has to be asked for, because some query needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Questions {
    roles: BTreeSet<String>,
    settings: BTreeSet<String>,
}

impl Questions {
    /// What `queries` need to know.
    pub fn of<'q>(queries: impl Iterator<Item = &'q Query>) -> Self {
        let mut questions = Self::default();
        for need in queries.flat_map(|query| &query.needs) {
            match need {
                Need::Role(role) => {
                    questions.roles.insert(role.clone());
                }
                Need::Setting(name, _) => {
                    questions.settings.insert(name.clone());
                }
                Need::Extension(_) | Need::Superuser => {}
            }
        }
        questions
    }

    /// The statement that asks: rows of (kind, name, value).
    ///
    /// It reads small catalogues, shared memory and a link for each tablespace only: below 1 ms on a server with ten databases.
    #[must_use]
    pub fn statement(&self) -> String {
        let list = |items: &BTreeSet<String>| items.iter().map(|item| quote_literal(item)).collect::<Vec<_>>().join(",");
        format!(
            "{prelude}\
             select k, n, v from (values \
             ('version_num', null, pg_catalog.current_setting('server_version_num')), \
             ('version', null, pg_catalog.current_setting('server_version')), \
             ('in_recovery', null, pg_catalog.pg_is_in_recovery()::text), \
             ('started', null, pg_catalog.pg_postmaster_start_time()::text), \
             ('superuser', null, pg_catalog.current_setting('is_superuser')), \
             ('user', null, current_user::text), \
             ('database', null, pg_catalog.current_database()::text), \
             ('encoding', null, pg_catalog.current_setting('server_encoding')), \
             ('pid', null, pg_catalog.pg_backend_pid()::text), \
             ('client_port', null, pg_catalog.inet_client_port()::text), \
             ('data_directory', null, case when pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') \
             then pg_catalog.current_setting('data_directory') end)) as fixed(k, n, v) \
             union all select 'tablespace', t.spcname::text, pg_catalog.pg_tablespace_location(t.oid) from pg_catalog.pg_tablespace t \
             where t.spcname not in ('pg_default', 'pg_global') \
             union all select 'role', r.rolname::text, 'on' from pg_catalog.pg_roles r \
             where r.rolname = any (array[{roles}]::name[]) and pg_catalog.pg_has_role(r.oid, 'USAGE') \
             union all select 'setting', s, pg_catalog.current_setting(s, true) from pg_catalog.unnest(array[{settings}]::text[]) s \
             union all select 'extension', e.extname::text, e.extversion from pg_catalog.pg_extension e \
             union all select 'schema', e.extname::text, s.nspname::text \
             from pg_catalog.pg_extension e join pg_catalog.pg_namespace s on s.oid = e.extnamespace \
             union all select case when pg_catalog.has_database_privilege(d.oid, 'CONNECT') then 'connectable' else 'closed' end, \
             d.datname::text, d.oid::text from pg_catalog.pg_database d \
             where d.datallowconn and not d.datistemplate and d.datconnlimit <> -2",
            prelude = wrap::prelude(TAG, TIMEOUT),
            roles = list(&self.roles),
            settings = list(&self.settings),
        )
    }
}

impl Facts {
    /// From the statement's rows.
    pub fn from_rows(rows: impl IntoIterator<Item = [Option<String>; 3]>) -> Self {
        let mut facts = Self::default();
        for [kind, name, value] in rows {
            let (name, value) = (name.unwrap_or_default(), value);
            let text = value.clone().unwrap_or_default();
            match kind.as_deref() {
                Some("version_num") => facts.version_num = text.parse().unwrap_or_default(),
                Some("version") => facts.version = text,
                Some("in_recovery") => facts.in_recovery = text == "true",
                Some("started") => facts.started = text,
                Some("superuser") => facts.superuser = text == "on",
                Some("user") => facts.user = text,
                Some("database") => facts.database = text,
                Some("encoding") => facts.encoding = text,
                Some("pid") => facts.pid = text.parse().unwrap_or_default(),
                Some("client_port") => facts.client_port = text.parse().ok(),
                Some("data_directory") => facts.data_directory = value,
                Some("tablespace") => {
                    facts.tablespaces.insert(name, text);
                }
                Some("role") => {
                    facts.roles.insert(name);
                }
                Some("setting") => {
                    facts.settings.extend(value.map(|value| (name, value)));
                }
                Some("extension") => facts.extensions.entry(name).or_default().version = text,
                Some("schema") => facts.extensions.entry(name).or_default().schema = text,
                Some("connectable") => {
                    facts.databases.insert(name, text.parse().unwrap_or_default());
                }
                Some("closed") => {
                    facts.closed.insert(name);
                }
                _ => {}
            }
        }
        facts
    }

    /// The server's version.
    #[must_use]
    pub const fn server_version(&self) -> Version {
        Version::from_server_version_num(self.version_num)
    }

    /// Whether what was planned and measured on `before` may no longer hold here: another version, role or start of the server.
    #[must_use]
    pub fn is_other_server_than(&self, before: &Self) -> bool {
        (self.version_num, self.in_recovery, &self.started) != (before.version_num, before.in_recovery, &before.started)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_rows() {
        let row =
            |kind: &str, name: Option<&str>, value: Option<&str>| [Some(kind.to_owned()), name.map(Into::into), value.map(Into::into)];
        let facts = Facts::from_rows([
            row("version_num", None, Some("170004")),
            row("in_recovery", None, Some("true")),
            row("superuser", None, Some("off")),
            row("role", Some("pg_monitor"), Some("on")),
            row("setting", Some("gone"), None),
            row("setting", Some("fsync"), Some("on")),
            row("extension", Some("x"), Some("1.11")),
            row("schema", Some("x"), Some("ext \"s")),
            row("connectable", Some("a\nb"), Some("16384")),
            row("client_port", None, Some("41234")),
            row("data_directory", None, None),
            row("tablespace", Some("fast"), Some("/fast")),
            row("closed", Some("c"), None),
        ]);
        assert!(facts.closed.contains("c") && !facts.databases.contains_key("c"));
        assert_eq!(facts.server_version(), Version { major: 17, minor: 4 });
        assert!(facts.in_recovery && !facts.superuser && facts.roles.contains("pg_monitor") && facts.databases.get("a\nb") == Some(&16384));
        assert_eq!(facts.settings.get("gone"), None);
        assert_eq!((facts.client_port, facts.data_directory, facts.tablespaces["fast"].as_str()), (Some(41_234), None, "/fast"));
        assert_eq!(facts.settings["fsync"], "on");
        assert_eq!(facts.extensions["x"], Extension { version: "1.11".into(), schema: "ext \"s".into() });
    }

    #[test]
    fn a_promotion_and_a_restart_make_another_server() {
        let before = Facts { version_num: 170_004, in_recovery: true, started: "x".into(), ..Facts::default() };
        assert!(!before.is_other_server_than(&Facts { pid: 7, ..before.clone() }));
        assert!(before.is_other_server_than(&Facts { in_recovery: false, ..before.clone() }));
        assert!(before.is_other_server_than(&Facts { started: "y".into(), ..before.clone() }));
    }
}
