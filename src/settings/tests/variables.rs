//! The environment's part in the configuration.

use super::*;

#[test]
fn without_a_file_the_environment_names_the_server() {
    let server = |pairs: &[(&str, &str)]| Settings::load(None, &environment(pairs)).unwrap().servers.remove(0);
    assert_eq!(server(&[]).name, "localhost:5432");
    assert_eq!(server(&[("PGHOST", "db3"), ("PGPORT", "5433")]).name, "db3:5433");
    assert_eq!(server(&[("PGHOST", "db3"), ("DATA_SOURCE_NAME", "user=u host=/run/postgresql")]).name, "/run/postgresql:5432");
    assert_eq!(server(&[("DATABASE_URL", "postgres://db1/x"), ("DATA_SOURCE_NAME", "host=db2")]).name, "db1:5432");
    assert_eq!(server(&[("DATABASE_URL", ""), ("DATA_SOURCE_NAME", "host=db2 connect_timeout=2")]).connect_timeout, Duration::from_secs(2));
}

#[test]
fn the_variables_of_postgres_exporter_name_the_server_too() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).display().to_string()
    };
    let (user, uri, password) = (file("user", "me\n"), file("uri", "db2:5433/orders?sslmode=disable\n"), file("password", "hunter2\n"));
    let server = |pairs: &[(&str, &str)]| Settings::load(None, &environment(pairs)).unwrap().servers.remove(0);
    let one = server(&[("DATA_SOURCE_URI", "db1/x?sslmode=disable"), ("DATA_SOURCE_USER", "me"), ("DATA_SOURCE_PASS", "hunter2")]);
    assert_eq!((one.url.to_string().as_str(), one.url.has_password()), ("postgres://me@db1:5432/x", true));
    let files = [("DATA_SOURCE_URI_FILE", uri.as_str()), ("DATA_SOURCE_USER_FILE", &user), ("DATA_SOURCE_PASS_FILE", &password)];
    let one = server(&files);
    assert_eq!((one.url.to_string().as_str(), one.password_file), ("postgres://me@db2:5433/orders", Some(password.into())));
    let wrong = errors_with("listen: :1\n", &[("DATA_SOURCE_URI", "db1"), ("DATA_SOURCE_PASS_FILE", "/nowhere/x")]);
    assert!(wrong.len() == 1 && wrong[0].starts_with("environment variable DATA_SOURCE_PASS_FILE cannot read"), "{wrong:?}");
    let wrong = errors_with("listen: :1\n", &[("DATA_SOURCE_NAME", "host=h"), ("PG_EXPORTER_EXTEND_QUERY_PATH", "/etc/queries.yaml")]);
    assert!(wrong.len() == 1 && wrong[0].contains("queries/README.md"), "{wrong:?}");
    let text = "servers: [{ name: a, url: \"postgres://h\" }]";
    assert_eq!(
        load_with(text, &[("PG_EXPORTER_EXTEND_QUERY_PATH", "/etc/queries.yaml")]).unwrap().servers.len(),
        1,
        "pgvigil has a file of its own"
    );
}

#[test]
fn a_file_without_servers_leaves_them_to_the_environment() {
    let settings = load_with("listen: :9999\nqueries:\n", &[("DATABASE_URL", "postgres://db1/x")]).unwrap();
    assert_eq!((settings.listen.to_string().as_str(), settings.servers[0].name.as_str()), (":9999", "db1:5432"));
    assert!(errors_with("# nothing\n", &[("DATABASE_URL", "postgres://db1/x")])[0].contains("the file is empty"), "a mount that failed");
    assert_eq!(errors("servers: []\n"), ["1:10 no server is listed (list one, or omit `servers` to monitor the one in DATABASE_URL)"]);
}

#[test]
fn values_may_come_from_the_environment_and_from_files() {
    let text = "servers: [{ name: a, url: \"postgres://${USER_OF}:${PW}@h/x\" }]\n";
    let settings = load_with(text, &[("USER_OF", "me"), ("PW", "hunter2")]).unwrap();
    assert_eq!((settings.servers[0].url.to_string().as_str(), settings.servers[0].url.has_password()), ("postgres://me@h:5432/x", true));
    let said = errors_with(text, &[("USER_OF", "me")]);
    assert!(said.len() == 1 && said[0].contains("that is not set"), "{said:?}");
}

#[test]
fn variables_win_over_the_file() {
    let text = "listen: :1\nqueries: { directory: there, disable: [a], override: { b: { limit: 1 } } }\n";
    let pairs = [("PGVIGIL_LISTEN", ":2"), ("PGVIGIL_QUERIES__DIRECTORY", "here"), ("PGVIGIL_QUERIES__DISABLE", "c/*, d")];
    let settings = load_with(text, &pairs).unwrap();
    assert_eq!(settings.listen.to_string(), ":2");
    assert_eq!(settings.queries.directory, Some("here".into()));
    assert_eq!(settings.queries.disable.iter().map(Pattern::as_str).collect::<Vec<_>>(), ["c/*", "d"]);
    assert_eq!(settings.queries.overrides.len(), 1);
    assert!(load(text).queries.directory.unwrap().is_absolute(), "a path in the file begins at the file");
}

#[test]
fn errors_of_the_environment_name_the_variable() {
    let wrong = [
        ("PGVIGIL_LISTEN", "9187"),
        ("PGVIGIL_QUERIES__DISABLE", "[a"),
        ("PGVIGIL_QUERYS__DISABLE", "a"),
        ("DATABASE_URL", "postgres://u:hunter2@h:x/db"),
    ];
    assert_eq!(
        errors_with("", &wrong),
        [
            "environment variable PGVIGIL_QUERYS__DISABLE unknown setting (did you mean `PGVIGIL_QUERIES__DISABLE`?)",
            "environment variable PGVIGIL_LISTEN the address has no port (write host:port, such as 127.0.0.1:9187, [::1]:9187, or :9187 for every address)",
            "environment variable DATABASE_URL the port is not a number from 1 to 65535",
            "environment variable PGVIGIL_QUERIES__DISABLE bad pattern: unclosed character class; missing ']' (`*`, `?`, `[a-z]` and `{a,b}` are special, `\\` escapes)",
        ]
    );
    assert_eq!(errors_with("servers: [{ name: a, url: \"postgres://\" }, { name: b, url: \"postgres://\" }]", &[("PGPORT", "x")]).len(), 1);
}
