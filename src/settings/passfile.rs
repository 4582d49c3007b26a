//! libpq's password file, `~/.pgpass`: a line for each place and user, `host:port:database:user:password`.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::files::{self, Writers};
use crate::wire::route::Place;

/// Its group or everybody may read or change it: libpq takes no password from such a file.
pub const OTHERS: u32 = 0o077;

/// The folders of sockets that stand for `localhost` in the file: where PostgreSQL and Debian's packages put them.
const DEFAULT_FOLDERS: [&str; 2] = ["/tmp", "/var/run/postgresql"];

/// Who logs in where.
#[derive(Debug)]
pub struct Login<'a> {
    /// The place of the server.
    pub place: &'a Place,
    /// The server's port.
    pub port: u16,
    /// The database.
    pub database: &'a str,
    /// The user.
    pub user: &'a str,
}

/// The password of a login; else why there is none, if the file could have one.
///
/// # Errors
/// A sentence for people, without anything secret.
pub fn find(named: Option<&str>, login: &Login<'_>) -> Result<Option<SecretString>, String> {
    let Some(path) = path(named) else { return Ok(None) };
    let text = match read(&path) {
        Ok(text) => text,
        Err(None) if named.is_none() => return Ok(None),
        Err(Some(why)) => return Err(format!("{} is not used: {why}", path.display())),
        // The name of a file that is not there may be the password itself.
        Err(None) => return Err("the file of `passfile` or PGPASSFILE does not exist".to_owned()),
    };
    let host = match login.place {
        Place::Unix(socket) => socket.parent().map(|folder| folder.display().to_string()).unwrap_or_default(),
        Place::Tcp { host, .. } => host.clone(),
    };
    let host = if DEFAULT_FOLDERS.contains(&host.as_str()) { "localhost".to_owned() } else { host };
    let wanted = [host.as_str(), &login.port.to_string(), login.database, login.user];
    match text.lines().filter(|line| !line.starts_with('#')).find_map(|line| password(line, wanted)) {
        Some(password) => Ok(Some(password)),
        None => Err(format!("{} has no line for {}:{}:{}:{}", path.display(), host, login.port, login.database, login.user)),
    }
}

/// The file that is named, else that of the home directory.
pub fn path(named: Option<&str>) -> Option<PathBuf> {
    named.map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".pgpass")))
}

/// The file's text; nothing if it does not exist, else why it is not used.
fn read(path: &Path) -> Result<String, Option<String>> {
    let metadata = path.metadata().map_err(|_| None)?;
    if metadata.mode() & OTHERS != 0 {
        return Err(Some(format!("other users can read it, run `chmod 0600 {}`", path.display())));
    }
    files::read_text(path, files::ORDINARY, Writers::Any).map_err(|error| Some(error.to_string()))
}

/// The password of a line, if it is for this host, port, database and user. `*` stands for any, and a backslash takes the next character as it is.
fn password(line: &str, wanted: [&str; 4]) -> Option<SecretString> {
    let mut rest = line;
    for wanted in wanted {
        let (field, after) = field(rest);
        if rest[..rest.len() - after?.len() - 1] != *"*" && field != wanted {
            return None;
        }
        rest = after?;
    }
    Some(field(rest).0.into())
}

/// The next field, and what comes after its colon.
fn field(text: &str) -> (String, Option<&str>) {
    let mut field = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            ':' => return (field, Some(&text[index + 1..])),
            '\\' => field.push(characters.next().map_or('\\', |(_, escaped)| escaped)),
            other => field.push(other),
        }
    }
    (field, None)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    use secrecy::ExposeSecret as _;

    use super::*;

    fn tcp(host: &str) -> Place {
        Place::Tcp { host: host.to_owned(), address: None, port: 5432 }
    }

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pass");
        fs::write(&path, "# db1:*:*:*:no\ndb1:5433:*:me:port\ndb1:*:orders:me:a\\:b\\\\c:d\nlocalhost:*:*:*:here\n*:*:a\\:b:m\\*:odd\n/run/x:*:*:me:socket\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let named = path.display().to_string();
        let find = |place: Place, database: &str, user: &str| {
            let found = find(Some(&named), &Login { place: &place, port: 5432, database, user });
            found.map(|found| found.map(|found| found.expose_secret().to_owned()))
        };
        let is = |password: &str| Ok(Some(password.to_owned()));
        assert_eq!(find(tcp("db1"), "orders", "me"), is("a:b\\c"));
        assert_eq!(find(tcp("x"), "a:b", "m*"), is("odd"));
        for folder in ["/tmp", "/var/run/postgresql"] {
            assert_eq!(find(Place::Unix(format!("{folder}/.s.PGSQL.5432").into()), "x", "y"), is("here"), "{folder}");
        }
        assert_eq!(find(Place::Unix("/run/x/.s.PGSQL.5432".into()), "x", "me"), is("socket"));
        assert!(find(tcp("db1"), "other", "me").unwrap_err().ends_with("has no line for db1:5432:other:me"));
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(find(tcp("db1"), "orders", "me").unwrap_err().contains("chmod 0600"));
    }

    #[test]
    fn a_file_that_is_not_there_matters_where_it_was_named() {
        let place = tcp("db1");
        let login = Login { place: &place, port: 5432, database: "x", user: "y" };
        assert!(find(Some("/nowhere/pass"), &login).unwrap_err().contains("does not exist"));
    }
}
