//! What is true of a server right now: this decides which queries can run on it, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::time::Duration;

use crate::expose::spelling::{label, spell};
use crate::host::Whereabouts;
use crate::query::version::Version;
use crate::server::report::part::{Absent, Part};
use crate::settings::Databases;

/// The name of the statement in the server's log and statistics.
pub const TAG: &str = "facts";

/// The server-side timeout of the statement.
pub const TIMEOUT: Duration = Duration::from_secs(2);

/// A database with a longer name is none: PostgreSQL has 63 bytes for it, unless it was built otherwise. The name is a label of all that is told of it.
const LONGEST_NAME: usize = 255;

/// The facts at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// `server_version_num`, for instance 170004.
    pub version_num: u32,
    /// `server_version`, for display.
    pub version: String,
    /// `pg_is_in_recovery()`.
    pub in_recovery: bool,
    /// `pg_postmaster_start_time()` in the server's notation of seconds since 1970. Only useful to tell one start from another.
    pub started: String,
    /// Whether the login role is a superuser.
    pub superuser: bool,
    /// The login role.
    pub user: String,
    /// The database of this connection.
    pub database: String,
    /// The database as a label value.
    pub datname: String,
    /// The encoding of the database.
    pub encoding: String,
    /// The backend of this connection; 0 if unknown.
    pub pid: i32,
    /// The client port of this connection, a pooler's if there is one between; none on a Unix socket.
    pub client_port: Option<u16>,
    /// The data directory; none if the login role may not read it.
    pub data_directory: Option<String>,
    /// The tablespaces outside the data directory and their paths, by name.
    pub tablespaces: BTreeMap<OsString, OsString>,
    /// The requested roles whose privileges the login role has.
    pub roles: BTreeSet<String>,
    /// The requested roles of which the login role is a member without having their privileges: NOINHERIT, or WITH INHERIT FALSE.
    pub dormant_roles: BTreeSet<String>,
    /// The extensions installed in this database.
    pub extensions: BTreeMap<String, Extension>,
    /// The requested extension objects that belong to the extension and to a trusted role, each with its argument types; several if it has overloads.
    pub members: BTreeMap<String, Vec<Vec<String>>>,
    /// The needed tables and functions that this database has, as query files name them.
    pub objects: BTreeSet<String>,
    /// The requested settings that exist.
    pub settings: BTreeMap<String, String>,
    /// The databases that the login role may connect to, with their oids.
    pub databases: BTreeMap<String, u32>,
    /// The databases that allow connections, but not for the login role.
    pub closed: BTreeSet<String>,
    /// The databases whose names are not UTF-8, as in the label `datname`: the driver cannot name them.
    pub unsayable: BTreeMap<String, u32>,
    /// The parts that could not be read. The fields of such a part mean nothing, except the databases.
    pub absent: BTreeMap<Part, Absent>,
}

/// An installed extension.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extension {
    /// The version, which may lag behind the server's after `pg_upgrade`.
    pub version: String,
    /// The schema of its objects.
    pub schema: String,
    /// The owner, if not trusted.
    pub untrusted_owner: Option<String>,
    /// The owner of the schema, if not trusted.
    pub untrusted_schema_owner: Option<String>,
}

impl Facts {
    /// Parses the rows of the statement. A name that is not UTF-8 is never mistaken for another one that looks like it.
    pub fn from_rows(rows: impl IntoIterator<Item = [Option<Vec<u8>>; 3]>) -> Self {
        let mut facts = Self::default();
        for [kind, name, value] in rows {
            let kind = kind.unwrap_or_default();
            let (raw_name, raw_value) = (name.unwrap_or_default(), value.clone().unwrap_or_default());
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap_or_else(|_| spell(bytes).into_owned());
            let is_text = std::str::from_utf8(&raw_name).is_ok() && std::str::from_utf8(&raw_value).is_ok();
            let kind = std::str::from_utf8(&kind).ok();
            if !is_text && matches!(kind, Some("role" | "setting" | "extension" | "schema" | "object")) {
                // An extension without version or schema counts as not installed.
                continue;
            }
            let (name, value) = (text(&raw_name), value.as_deref().map(text));
            let text = value.clone().unwrap_or_default();
            match kind {
                Some("version_num") => facts.version_num = text.parse().unwrap_or_default(),
                Some("version") => facts.version = text,
                Some("in_recovery") => facts.in_recovery = text == "true",
                Some("started") => facts.started = text,
                Some("superuser") => facts.superuser = text == "on",
                Some("user") => facts.user = text,
                Some("database") => (facts.database, facts.datname) = (text, label(&raw_value).into_owned()),
                Some("encoding") => facts.encoding = text,
                Some("pid") => facts.pid = text.parse().unwrap_or_default(),
                Some("client_port") => facts.client_port = text.parse().ok(),
                Some("data_directory") => facts.data_directory = value,
                Some("tablespace") => {
                    facts.tablespaces.insert(OsString::from_vec(raw_name), OsString::from_vec(raw_value));
                }
                Some("role") => {
                    let roles = if text == "on" { &mut facts.roles } else { &mut facts.dormant_roles };
                    roles.insert(name);
                }
                Some("object") => {
                    facts.objects.insert(name);
                }
                Some("setting") => {
                    facts.settings.extend(value.map(|value| (name, value)));
                }
                Some("extension") => facts.extensions.entry(name).or_default().version = text,
                Some("schema") => facts.extensions.entry(name).or_default().schema = text,
                Some("extension_owner") => facts.extensions.entry(name).or_default().untrusted_owner = Some(text),
                Some("schema_owner") => facts.extensions.entry(name).or_default().untrusted_schema_owner = Some(text),
                Some("member") => facts.members.entry(name).or_default().push(types(value.as_deref())),
                Some("connectable" | "closed") if raw_name.len() > LONGEST_NAME => {}
                Some("connectable" | "closed") if !is_text => {
                    facts.unsayable.insert(name, text.parse().unwrap_or_default());
                }
                Some("connectable") => {
                    facts.databases.insert(name, text.parse().unwrap_or_default());
                }
                Some("closed") => {
                    facts.closed.insert(name);
                }
                _ => {}
            }
        }
        facts.extensions.retain(|_, extension| !extension.version.is_empty() && !extension.schema.is_empty());
        facts
    }

    /// The databases that are read: the `chosen` ones, up to the limit, the oldest first, so that new databases never push out existing ones. Also
    /// returns how many are over the limit.
    #[must_use]
    pub fn looked_into(&self, chosen: &Databases) -> (BTreeSet<&str>, usize) {
        let mut names: Vec<(u32, &str)> = self.databases.iter().map(|(name, oid)| (*oid, name.as_str())).collect();
        names.retain(|(_, name)| chosen.admits(name));
        names.sort_unstable();
        let dropped = names.len().saturating_sub(chosen.limit);
        names.truncate(chosen.limit);
        (names.into_iter().map(|(_, name)| name).collect(), dropped)
    }

    /// The labels of the chosen databases that cannot be read because their names are not UTF-8.
    #[must_use]
    pub fn out_of_reach(&self, chosen: &Databases) -> BTreeSet<&str> {
        let names = self.unsayable.keys().map(String::as_str).filter(|name| chosen.admits(name));
        names.take(chosen.limit).collect()
    }

    /// What identifies the server on a host.
    #[must_use]
    pub fn whereabouts(&self) -> Whereabouts {
        let why = |parts: &[Part]| self.know(parts).err().map(ToString::to_string);
        Whereabouts {
            unknown: why(&[Part::Start, Part::Process, Part::Client]),
            directory_denied: why(&[Part::Directory]),
            pid: self.pid,
            client_port: self.client_port,
            database: self.database.clone(),
            started: self.started.clone(),
            data_directory: self.data_directory.clone(),
            tablespaces: self.tablespaces.clone(),
        }
    }

    /// The server's version.
    #[must_use]
    pub const fn server_version(&self) -> Version {
        Version::from_server_version_num(self.version_num)
    }

    /// Whether plans and measurements made with `before` may no longer hold: the server's version, role or start has changed.
    #[must_use]
    pub fn is_other_server_than(&self, before: &Self) -> bool {
        (self.version_num, self.in_recovery, &self.started) != (before.version_num, before.in_recovery, &before.started)
    }
}

/// Parses the argument types of a function; empty for a view or a type.
#[must_use]
pub fn types(answer: Option<&str>) -> Vec<String> {
    answer.unwrap_or_default().split(',').filter(|kind| !kind.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn reads_the_rows() {
        let row = |kind: &str, name: Option<&str>, value: Option<&str>| [Some(kind.into()), name.map(Into::into), value.map(Into::into)];
        let facts = Facts::from_rows([
            row("version_num", None, Some("170004")),
            row("in_recovery", None, Some("true")),
            row("superuser", None, Some("off")),
            row("role", Some("pg_monitor"), Some("on")),
            row("role", Some("asleep"), Some("member")),
            row("setting", Some("gone"), None),
            row("setting", Some("fsync"), Some("on")),
            row("extension", Some("x"), Some("1.11")),
            row("schema", Some("x"), Some("ext \"s")),
            row("schema_owner", Some("x"), Some("mallory")),
            row("member", Some("f"), Some("text,integer")),
            row("member", Some("f"), Some("")),
            row("member", Some("v"), None),
            row("connectable", Some("a\nb"), Some("16384")),
            row("client_port", None, Some("41234")),
            row("data_directory", None, None),
            row("tablespace", Some("fast"), Some("/fast")),
            row("closed", Some("c"), None),
        ]);
        assert!(facts.closed.contains("c") && !facts.databases.contains_key("c"));
        assert_eq!(facts.server_version(), Version { major: 17, minor: 4 });
        assert!(
            facts.in_recovery && !facts.superuser && facts.roles.iter().eq(["pg_monitor"]) && facts.databases.get("a\nb") == Some(&16384)
        );
        assert!(facts.dormant_roles.iter().eq(["asleep"]));
        assert_eq!(facts.settings.get("gone"), None);
        assert_eq!(
            (facts.client_port, facts.data_directory, facts.tablespaces[OsStr::new("fast")].to_str().unwrap()),
            (Some(41_234), None, "/fast")
        );
        assert_eq!(facts.settings["fsync"], "on");
        let extension = Extension { version: "1.11".into(), schema: "ext \"s".into(), ..Extension::default() };
        assert_eq!(facts.extensions["x"], Extension { untrusted_schema_owner: Some("mallory".into()), ..extension });
        assert_eq!(facts.members["f"], [vec!["text".to_owned(), "integer".to_owned()], vec![]]);
        assert_eq!(facts.members["v"], [vec![""; 0]]);
    }

    #[test]
    fn a_name_that_is_no_text_is_taken_for_no_other() {
        let row = |kind: &str, name: &[u8], value: &[u8]| [Some(kind.into()), Some(name.to_vec()), Some(value.to_vec())];
        let facts = Facts::from_rows([
            row("connectable", b"or\xff", b""),
            row("connectable", b"or\\xff", b""),
            row("closed", b"or\xfe", b""),
            row("extension", b"x", b"1.0"),
            row("schema", b"x", b"s\xff"),
            row("extension", b"y", b"1.0"),
            row("schema", b"y", b"s\\xff"),
            row("tablespace", b"t\xff", b"/t\xff"),
            row("database", b"", b"d\\xff"),
        ]);
        assert_eq!(facts.databases.keys().collect::<Vec<_>>(), ["or\\xff"], "the one that can be said");
        assert_eq!(facts.unsayable.keys().collect::<Vec<_>>(), ["or\\xfe", "or\\xff"], "as labels: the other one is or\\x5cxff there");
        assert_eq!(facts.extensions.keys().collect::<Vec<_>>(), ["y"], "else a schema that looks like it would be asked");
        assert_eq!(facts.tablespaces.keys().next(), Some(&OsString::from_vec(b"t\xff".to_vec())));
        assert_eq!((facts.database.as_str(), facts.datname.as_str()), ("d\\xff", "d\\x5cxff"));
    }

    #[test]
    fn new_databases_push_out_no_old_ones() {
        let mut facts = Facts::default();
        facts.databases.extend((0..10_000_u32).map(|n| (format!("a{n}"), 20_000 + n)));
        facts.databases.extend([("postgres".to_owned(), 5), ("shop".to_owned(), 16_384)]);
        let (names, dropped) = facts.looked_into(&Databases::default());
        assert_eq!((names.len(), dropped), (200, 9_802));
        assert!(names.contains("postgres") && names.contains("shop") && names.contains("a197") && !names.contains("a198"));
    }

    #[test]
    fn a_promotion_and_a_restart_make_another_server() {
        let before = Facts { version_num: 170_004, in_recovery: true, started: "x".into(), ..Facts::default() };
        assert!(!before.is_other_server_than(&Facts { pid: 7, ..before.clone() }));
        assert!(before.is_other_server_than(&Facts { in_recovery: false, ..before.clone() }));
        assert!(before.is_other_server_than(&Facts { started: "y".into(), ..before.clone() }));
    }
}
