//! A configuration that is checked where its secrets are not.

use super::*;
use crate::document::secrets::Secrets;

const TEXT: &str = "listen: \"${LISTEN}\"
servers:
  - name: a
    url: postgres://u:${PW}@h:${PORT}/x?sslmode=verify-full&sslrootcert=/nowhere/ca.pem
    labels: { shard: \"${SHARD}\" }
  - name: b
    url: postgres://u@h/x?sslmode=verify-full&sslcert=/nowhere/own.pem&sslkey=/nowhere/own.key
    password_file: secrets/b
    reader: { user: r, password_file: \"${SECRETS}/r\" }
  - { name: \"${NAME}\", url: \"${URL}\", databases: { limit: \"${LIMIT}\", exclude: [\"${OLD}\"] } }
  - { name: \"${NAME}\", url: \"${file:url}\" }
queries: { override: { \"tables/*\": { enabled: \"${ON}\", interval: \"${EVERY}\" } } }
";

fn read(text: &str) -> Result<Settings, Vec<String>> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("pgvigil.yml");
    fs::write(&path, text).unwrap();
    fs::write(folder.path().join("empty"), "\n").unwrap();
    let told = |errors: Vec<Diagnostic>| {
        errors.into_iter().map(|error| format!("{} {}", error.place.map_or(0, |place| place.line), error.message)).collect()
    };
    Settings::read(Some(&path), &environment(&[]), Secrets::Optional).map_err(told)
}

#[test]
fn what_is_not_here_is_noted_and_no_error() {
    let settings = read(TEXT).unwrap();
    let mut lines: Vec<usize> = settings.unchecked.iter().filter_map(|why| why.place.as_ref()).map(|place| place.line).collect();
    lines.sort_unstable();
    assert_eq!(lines, [1, 4, 5, 7, 8, 9, 10, 10, 10, 10, 11, 11, 12, 12], "{:#?}", settings.unchecked);
    assert_eq!(settings.servers.iter().map(|server| server.name.as_str()).collect::<Vec<_>>()[..2], ["a", "b"]);
    // Each of them is an error where they have to be here.
    let said = errors(TEXT);
    assert!(said.len() >= lines.len(), "{said:#?}");
}

#[test]
fn all_else_is_an_error_as_ever() {
    let said = read(
        "servers:\n  - name: a\n    url: postgres://u:${PW}@h?sslmode=never\n    conect_timeout: 3s\n  - name: a\n    url: postgres://h\n    password_file: empty\n\
         queries:\n  directory: \"${QUERIES}\"\n  disable: [\"[\"]\n",
    )
    .unwrap_err();
    let expected = [
        "unsupported `sslmode`",
        "unknown key `conect_timeout`",
        "another server has the name",
        "no password in the password file",
        "directory of the query files is not known",
        "bad pattern",
    ];
    for part in expected {
        assert!(said.iter().any(|said| said.contains(part)), "{part}: {said:#?}");
    }
}

#[test]
fn files_with_secrets_are_known() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["one", "two", "three", "four"] {
        fs::write(path(name), "hunter2\n").unwrap();
    }
    let load = |text: &str| {
        fs::write(path("pgvigil.yml"), text).unwrap();
        let files = Settings::load(Some(&path("pgvigil.yml")), &environment(&[])).unwrap().secret_files;
        files.iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let text = "servers:\n  - { name: a, url: \"postgres://h?sslkey=/x/key&sslmode=disable\", password_file: one, reader: { user: r, password_file: two }, labels: { x: \"${file:four}\" } }\n\
                \x20 - { name: b, url: \"postgres://u:${file:three}@h\" }\n";
    let mut files = load(text);
    files.sort_unstable();
    assert_eq!(files, ["key", "one", "three", "two"], "a label is no secret");
    assert_eq!(load("servers: [{ name: a, url: \"postgres://u:hunter2@h\" }]\n"), ["pgvigil.yml"]);
}
