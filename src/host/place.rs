//! Whether the server is on this machine, and where its files are.
//!
//! An address proves nothing: behind the loopback may be a container, a tunnel or a pooler. The proof is the process that serves our own
//! session. It has the number that the server says, is titled as PostgreSQL titles its processes, for our database and our port, and its
//! parent is the postmaster. All of that is readable for every user, unless `/proc` hides the processes of others.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use super::error::{Absence, HostError};
use super::machine::{Identity, Machine, Proof};
use crate::settings::Host;

/// What a server says of itself by which it can be found on a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts {
    /// The process that serves our session.
    pub pid: i32,
    /// The port of our session as the server sees it; none on a Unix socket.
    pub client_port: Option<u16>,
    /// The database of our session.
    pub database: String,
    /// When the server was started, in its words.
    pub started: String,
    /// Where its files are; none where the login role may not know.
    pub data_directory: Option<String>,
    /// Why that could not be read, if so.
    pub directory_denied: Option<String>,
    /// Why the session, its process or the start of the server are not known, if they are not.
    pub unknown: Option<String>,
    /// Where the tablespaces are that are not in the data directory, by name.
    pub tablespaces: BTreeMap<OsString, OsString>,
}

/// A server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Its first process, the parent of all others. It may have ended since.
    pub postmaster: Result<Identity, Absence>,
    /// Where its files are, as far as that is known.
    pub directories: Result<Vec<Directory>, Absence>,
}

/// A directory of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// What is in it.
    pub kind: DirectoryKind,
    /// Where it is, perhaps over symbolic links.
    pub path: PathBuf,
    /// Whether the configuration names it, so that it is the right one whatever the server sees under that path.
    pub configured: bool,
}

/// What is in a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DirectoryKind {
    /// The data directory.
    Data,
    /// The write-ahead log.
    Wal,
    /// The tablespace of this name.
    Tablespace(OsString),
}

/// Where the server is that the configuration and what the server says of itself speak of.
///
/// # Errors
/// When it is not on this machine, or cannot be seen there.
pub fn find(machine: &Machine, configured: Option<&Host>, told: Option<&Whereabouts>) -> Result<Presence, HostError> {
    let postmaster = match told.map(|told| postmaster(machine, told)) {
        Some(Ok(postmaster)) => Ok(postmaster),
        Some(Err(HostError::Absent(absence))) => Err(absence),
        Some(Err(failed)) => return Err(failed),
        None => Err(Absence::Remote("the server has not answered yet, so that its processes are not known".to_owned())),
    };
    if let (None, Err(absence)) = (configured, &postmaster) {
        return Err(absence.clone().into());
    }
    Ok(Presence { postmaster, directories: directories(configured, told) })
}

fn directories(configured: Option<&Host>, told: Option<&Whereabouts>) -> Result<Vec<Directory>, Absence> {
    let (data, wal) = match (configured, told.and_then(|told| told.data_directory.as_deref())) {
        (Some(host), _) => (host.data_directory.clone(), host.wal_directory.clone()),
        (None, Some(data)) => (data.into(), None),
        (None, None) => {
            let why = "the server does not say where its data are: GRANT pg_monitor to the login role, or name `host.data_directory`";
            let denied = told.and_then(|told| told.directory_denied.clone());
            return Err(Absence::Denied(denied.unwrap_or_else(|| why.to_owned())));
        }
    };
    let directory = |kind, path, configured| Directory { kind, path, configured };
    let mut found = vec![
        directory(DirectoryKind::Data, data.clone(), configured.is_some()),
        directory(DirectoryKind::Wal, wal.unwrap_or_else(|| data.join("pg_wal")), configured.is_some()),
    ];
    // A tablespace made in place has a path that begins at the data directory.
    let tablespaces = told.into_iter().flat_map(|told| &told.tablespaces);
    found.extend(tablespaces.map(|(name, path)| directory(DirectoryKind::Tablespace(name.clone()), data.join(path), false)));
    Ok(found)
}

/// The postmaster, once proven for as long as the server does not say that it was started anew: it may hang, be stopped or have lost our
/// session meanwhile.
fn postmaster(machine: &Machine, told: &Whereabouts) -> Result<Identity, HostError> {
    // A start that is not known cannot be told from another one.
    if let Some(why) = &told.unknown {
        return Err(Absence::Denied(why.clone()).into());
    }
    let proven = machine.proof.lock().clone().filter(|proof| proof.started == told.started);
    if let Some(proof) = proven {
        return Ok(proof.postmaster);
    }
    let found = prove(machine, told);
    let mut proof = machine.proof.lock();
    match &found {
        Ok(postmaster) => *proof = Some(Proof { started: told.started.clone(), postmaster: *postmaster }),
        // Another read may have proven it in the moment before the session ended.
        Err(_) => drop(proof.take_if(|proof| proof.started != told.started)),
    }
    found
}

fn prove(machine: &Machine, told: &Whereabouts) -> Result<Identity, HostError> {
    let pid = told.pid;
    let remote = |why: String| HostError::from(Absence::Remote(why));
    let Some((backend, stat)) = machine.process(pid)? else {
        return Err(remote(format!(
            "process {pid}, which serves pgvigil on the server, is not to be seen here: the server is on another machine or in a container, \
             or /proc hides the processes of others (ProtectProc, hidepid)"
        )));
    };
    let title = backend.cmdline()?.into_iter().next().unwrap_or_default();
    let parent = machine.process(stat.ppid)?.filter(|(_, parent)| parent.comm == stat.comm);
    match parent {
        Some((_, parent)) if is_ours(&title, told) => Ok(Identity::from(&parent)),
        _ => Err(remote(format!(
            "process {pid}, which serves pgvigil on the server, is another one here: the server is on another machine or in a container"
        ))),
    }
}

/// Whether a process is titled as the one that serves our session: `postgres: CLUSTER: USER DATABASE HOST(PORT) ACTIVITY`, with
/// `[local]` for a Unix socket. The cluster's name may be missing.
fn is_ours(title: &str, told: &Whereabouts) -> bool {
    let client = told.client_port.map_or_else(|| format!(" {} [local] ", told.database), |port| format!("({port}) "));
    title.starts_with("postgres: ") && format!("{title} ").contains(&client)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// A process as `/proc` shows it.
    fn process(proc: &Path, pid: i32, comm: &str, parent: i32, title: &str) {
        let folder = proc.join(pid.to_string());
        fs::create_dir_all(&folder).unwrap();
        // The 22nd field is the start.
        let stat = format!("{pid} ({comm}) S {parent} 1 1 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 {} 0 0 0{}", pid * 10, " 0".repeat(27));
        fs::write(folder.join("stat"), stat).unwrap();
        fs::write(folder.join("cmdline"), format!("{title}\0\0\0")).unwrap();
    }

    fn told() -> Whereabouts {
        Whereabouts {
            pid: 57,
            started: "today".into(),
            database: "postgres".into(),
            client_port: Some(41_234),
            data_directory: Some("/data".into()),
            tablespaces: [("fast".into(), "/fast".into()), ("here".into(), "pg_tblspc/5".into())].into(),
            ..Whereabouts::default()
        }
    }

    fn machine() -> (tempfile::TempDir, Machine) {
        let proc = tempfile::tempdir().unwrap();
        process(proc.path(), 50, "postgres", 1, "/usr/bin/postgres");
        process(proc.path(), 57, "postgres", 50, "postgres: main: pgvigil postgres 127.0.0.1(41234) idle");
        let machine = Machine::at(proc.path(), "/sys");
        (proc, machine)
    }

    #[test]
    fn the_process_of_our_session_proves_it() {
        let (_proc, machine) = machine();
        let place = find(&machine, None, Some(&told())).unwrap();
        assert_eq!(place.postmaster, Ok(Identity { pid: 50, started: 500 }));
        let directories: Vec<_> = place.directories.unwrap().into_iter().map(|it| (it.kind, it.path)).collect();
        let expected = [
            (DirectoryKind::Data, "/data".into()),
            (DirectoryKind::Wal, "/data/pg_wal".into()),
            (DirectoryKind::Tablespace("fast".into()), "/fast".into()),
            (DirectoryKind::Tablespace("here".into()), "/data/pg_tblspc/5".into()),
        ];
        assert_eq!(directories, expected);
    }

    #[test]
    fn a_process_that_only_has_the_number_does_not() {
        let is_remote = |told: Whereabouts, change: &dyn Fn(&Path)| {
            let (proc, machine) = machine();
            change(proc.path());
            matches!(find(&machine, None, Some(&told)), Err(HostError::Absent(Absence::Remote(_))))
        };
        let other = |title: &'static str| move |proc: &Path| process(proc, 57, "postgres", 50, title);
        assert!(is_remote(Whereabouts { pid: 58, ..told() }, &|_| ()), "no such process");
        assert!(is_remote(told(), &other("vi postgres: main: pgvigil postgres 127.0.0.1(41234) idle")));
        assert!(is_remote(told(), &other("postgres: pgvigil postgres 127.0.0.1(41235) idle")), "another client's");
        assert!(is_remote(Whereabouts { client_port: None, ..told() }, &|_| ()), "not of a Unix socket");
        assert!(is_remote(told(), &|proc| process(proc, 50, "systemd", 0, "init")), "its parent is no postmaster");
        let local = Whereabouts { client_port: None, ..told() };
        assert!(!is_remote(local, &other("postgres: pgvigil postgres [local] idle")));
    }

    #[test]
    fn what_is_proven_holds_until_another_start() {
        let (proc, machine) = machine();
        find(&machine, None, Some(&told())).unwrap();
        fs::remove_dir_all(proc.path().join("57")).unwrap();
        assert!(find(&machine, None, Some(&told())).is_ok());
        assert!(find(&machine, None, Some(&Whereabouts { started: "later".into(), ..told() })).is_err());
    }

    #[test]
    fn the_configuration_is_right_without_proof() {
        let (_proc, machine) = machine();
        let host = Host { data_directory: "/mine".into(), wal_directory: Some("/wal".into()) };
        let place = find(&machine, Some(&host), None).unwrap();
        assert!(place.postmaster.is_err());
        let paths: Vec<_> = place.directories.unwrap().into_iter().map(|it| (it.path, it.configured)).collect();
        assert_eq!(paths, [("/mine".into(), true), ("/wal".into(), true)]);
        let untold = Whereabouts { data_directory: None, ..told() };
        assert!(matches!(find(&machine, None, Some(&untold)).unwrap().directories, Err(Absence::Denied(_))));
        assert!(find(&machine, Some(&host), Some(&untold)).unwrap().directories.is_ok());
    }
}
