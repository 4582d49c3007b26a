//! The server's directories, and the file systems that they are on.

use std::io::ErrorKind;
use std::path::PathBuf;

use super::error::{Absence, HostError};
use super::machine::Machine;
use super::mounts::{self, Mount};
use super::place::{Directory, DirectoryKind, Presence};
use super::reading::{Reading, answer, raw};

/// A directory that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// What is in it.
    pub kind: DirectoryKind,
    /// Where it is, without symbolic links.
    pub path: PathBuf,
    /// The mount that holds it.
    pub mount: Mount,
}

/// Rows of (directory, spcname, path, mountpoint): one for each directory that can be seen.
pub fn read(machine: &Machine, place: &Presence) -> Result<Reading, HostError> {
    let (found, left_out) = locate(machine, place)?;
    let rows = found.into_iter().map(|it| {
        let (directory, spcname) = match it.kind {
            DirectoryKind::Data => ("data", None),
            DirectoryKind::Wal => ("wal", None),
            DirectoryKind::Tablespace(name) => ("tablespace", Some(name)),
        };
        [raw(directory), spcname.and_then(raw), raw(it.path), raw(it.mount.point)]
    });
    Ok(Reading { left_out, ..answer(["directory", "spcname", "path", "mountpoint"], rows) })
}

/// The directories that can be seen, and why the others cannot.
///
/// # Errors
/// When none of them can be seen.
pub fn locate(machine: &Machine, place: &Presence) -> Result<(Vec<Located>, Vec<HostError>), HostError> {
    let directories = place.directories.as_ref().map_err(Clone::clone)?;
    let own = mounts::read(&machine.proc("self/mountinfo"))?;
    let server = server_mounts(machine, place)?;
    let mut found = Vec::new();
    let mut left_out = Vec::new();
    for directory in directories {
        match locate_one(directory, &own, server.as_deref()) {
            Ok(located) => found.push(located),
            Err(error) => left_out.push(error),
        }
    }
    match left_out.first() {
        Some(first) if found.is_empty() => Err(first.clone()),
        _ => Ok((found, left_out)),
    }
}

/// The mounts as the server sees them, now or when it was last there; none where its postmaster was never seen.
///
/// A container can share the machine's processes and still have other files under the same paths.
fn server_mounts(machine: &Machine, place: &Presence) -> Result<Option<Vec<Mount>>, HostError> {
    let Ok(postmaster) = place.postmaster else { return Ok(None) };
    let alive = machine.process(postmaster.pid)?.is_some_and(|(_, stat)| stat.starttime == postmaster.started && stat.state != 'Z');
    let mut last = machine.server_mounts.lock();
    if alive {
        *last = Some((postmaster, mounts::read(&machine.proc(format!("{}/mountinfo", postmaster.pid)))?));
    }
    Ok(last.as_ref().filter(|(of, _)| *of == postmaster).map(|(_, mounts)| mounts.clone()))
}

fn locate_one(directory: &Directory, own: &[Mount], server: Option<&[Mount]>) -> Result<Located, HostError> {
    let shown = directory.path.display();
    // Following symbolic links takes the right to enter each directory on the way, not to read the last one.
    let path = directory.path.canonicalize().map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied => Absence::User(format!(
            "{shown} cannot be seen: {error}; {}",
            match directory.kind {
                DirectoryKind::Wal => "name `host.wal_directory` where it is elsewhere, or run pgvigil as the user of the server",
                _ => "let others enter the directories above it, or run pgvigil as the user of the server",
            }
        ))
        .into(),
        ErrorKind::NotFound => Absence::Remote(format!("{shown} is not here; where pgvigil sees it elsewhere, name it in `host`")).into(),
        _ => HostError::Failed(format!("{shown}: {error}")),
    })?;
    let mount = mounts::holding(own, &path).ok_or_else(|| HostError::Failed(format!("{shown} is on no mount")))?;
    let same = |mounts: &[Mount]| mounts::holding(mounts, &path).map(|theirs| theirs.place(&path)) == Some(mount.place(&path));
    if !directory.configured && !server.is_none_or(same) {
        let why = format!("{shown} is another one for the server, which is in a container; where pgvigil sees it, name it in `host`");
        return Err(Absence::Remote(why).into());
    }
    Ok(Located { kind: directory.kind.clone(), mount: mount.clone(), path })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn mount(point: &str, device: (u32, u32)) -> Mount {
        Mount { point: point.into(), root: "/".into(), device, source: "x".into(), fstype: "ext4".into() }
    }

    fn directory(path: PathBuf, configured: bool) -> Directory {
        Directory { kind: DirectoryKind::Data, path, configured }
    }

    #[test]
    fn follows_links_and_compares_what_the_server_sees() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("real");
        fs::create_dir(&real).unwrap();
        symlink(&real, folder.path().join("link")).unwrap();
        let linked = directory(folder.path().join("link"), false);
        let own = [mount("/", (8, 1))];
        assert_eq!(locate_one(&linked, &own, None).unwrap().path, real);
        assert!(locate_one(&linked, &own, Some(&own)).is_ok());

        // The same device under another root is another place.
        let bound = [Mount { root: "/elsewhere".into(), ..mount("/", (8, 1)) }];
        for other in [&bound[..], &[mount("/", (8, 2))]] {
            assert!(matches!(locate_one(&linked, &own, Some(other)), Err(HostError::Absent(Absence::Remote(_)))));
        }
        assert!(locate_one(&directory(linked.path, true), &own, Some(&bound)).is_ok(), "the configuration is right");
        let gone = locate_one(&directory(folder.path().join("gone"), false), &own, None);
        assert!(matches!(gone, Err(HostError::Absent(Absence::Remote(_)))), "{gone:?}");
    }
}
