//! libpq's service files: connection parameters under a name, which `service=` or PGSERVICE chooses.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::syntax::Pairs;
use crate::document::origin::Fault;
use crate::files::{self, Writers};
use crate::settings::environment;

/// Where Debian's and Red Hat's packages, and PostgreSQL's own, look for the file of the system.
const SYSTEM: [&str; 3] = ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/usr/local/pgsql/etc"];
const FILE: &str = "pg_service.conf";

/// The parameters of the service called `name`. `file` is where it is looked for, if that is said.
pub fn parameters(name: &str, file: Option<&str>, environment: &HashMap<String, String>) -> Result<Pairs, Fault> {
    let files: Vec<PathBuf> = {
        let home = || Some(PathBuf::from(environment::get(environment, "HOME")?).join(".pg_service.conf"));
        let own = file.map(PathBuf::from).or_else(home);
        let system = environment::get(environment, "PGSYSCONFDIR").map_or_else(|| SYSTEM.to_vec(), |directory| vec![directory]);
        own.into_iter().chain(system.into_iter().map(|directory| PathBuf::from(directory).join(FILE))).collect()
    };
    let mut is_any_here = false;
    for path in files {
        let text = match files::read_text(&path, files::CONFIGURATION, Writers::Any) {
            Ok(text) => text,
            Err(error) if file.is_some_and(|file| path == Path::new(file)) => {
                return Err(Fault::new(format!("cannot read the service file {}: {error}", path.display())).absent_if(&error));
            }
            Err(_) => continue,
        };
        is_any_here = true;
        if let Some(found) = section(&text, name)
            .map_err(|line| Fault::new(format!("{}, line {line}: expected [service], name=value or a comment", path.display())))?
        {
            return Ok(found);
        }
    }
    let fault = Fault::new("no service file has the service that `service` or PGSERVICE names")
        .hint("the service files are PGSERVICEFILE, or else ~/.pg_service.conf and pg_service.conf in PGSYSCONFDIR");
    Err(Fault { is_absence: !is_any_here, ..fault })
}

/// The parameters of one section; the number of a line that is wrong.
fn section(text: &str, name: &str) -> Result<Option<Pairs>, usize> {
    let mut found = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if section.strip_suffix(']') == Some(name) {
                found = Some(Pairs::new());
            }
        } else if let Some(found) = &mut found
            && !line.is_empty()
            && !line.starts_with('#')
        {
            // `ldap://` would have another server say where this one is.
            let (name, value) = line.split_once('=').filter(|(name, _)| !name.contains("://")).ok_or(index + 1)?;
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_section_that_is_asked_for() {
        let text = "# services\n[a]\nhost=db1\n\n# mine\nport=5433\n[b]\nhost=db2\npassword=x=y\n";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(section(text, "a"), Ok(Some(vec![pair("host", "db1"), pair("port", "5433")])));
        assert_eq!(section(text, "b"), Ok(Some(vec![pair("host", "db2"), pair("password", "x=y")])));
        assert_eq!(section(text, "c"), Ok(None));
        assert_eq!(section("[a]\nldap://x?y=z\n", "a"), Err(2));
        assert_eq!(section("[a]\nhunter2\n", "a"), Err(2));
    }

    #[test]
    fn says_where_it_has_looked() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("services");
        let environment =
            HashMap::from([("HOME".to_owned(), folder.path().display().to_string()), ("PGSYSCONFDIR".to_owned(), "/nowhere".to_owned())]);
        let said = parameters("a", None, &environment).unwrap_err();
        assert!(said.message.contains("no service file") && said.hint.unwrap().contains(".pg_service.conf"));
        let named = file.display().to_string();
        assert!(parameters("a", Some(&named), &environment).unwrap_err().message.contains(&named));
        std::fs::write(folder.path().join(".pg_service.conf"), "[a]\nhost=db1\n").unwrap();
        assert_eq!(parameters("a", None, &environment).unwrap(), [("host".to_owned(), "db1".to_owned())]);
    }
}
