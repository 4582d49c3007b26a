//! What is said of one server, of all servers, and of all queries, together.

use super::*;

#[test]
fn what_is_said_of_a_server_counts_more_than_the_defaults() {
    let settings = load(
        "defaults: { databases: { exclude: [\"*_old\"], limit: 7 }, queries: { disable: [\"wal/*\"], override: { \"a/*\": { limit: 2 } } } }\n\
         servers:\n  - { name: a, url: \"postgres://h\", databases: { include: [\"o*\"], limit: 9 } }\n\
         \x20 - { name: b, url: \"postgres://h\", databases: { exclude: [] }, queries: { override: { \"a/b\": { interval: 1m } } } }\n\
         pgbouncers:\n  - { name: p, url: \"postgres://h\", queries: { disable: [\"pgbouncer/users\"] } }\n\
         queries: { override: { \"a/b\": { limit: 1, interval: 2m } } }\n",
    );
    let [a, b, p] = &settings.servers[..] else { panic!() };
    assert_eq!(["orders", "o_old", "stock"].map(|name| a.databases.admits(name)), [true, false, false]);
    assert_eq!((a.databases.limit, b.databases.limit, b.databases.admits("o_old")), (9, 7, true));
    assert_eq!(settings.default_queries.for_query("wal/x").enabled, Some(false));
    let together = |server: &Server| {
        let layers = [&settings.queries, &settings.default_queries, &server.queries];
        let said = layers.iter().fold(Override::default(), |before, layer| layer.for_query("a/b").over(before));
        (said.limit, said.interval)
    };
    assert_eq!(together(a), (Some(2), Some(Duration::from_mins(2))));
    assert_eq!(together(b), (Some(2), Some(Duration::from_mins(1))));
    assert_eq!(p.queries.for_query("pgbouncer/users").enabled, Some(false));
    let said = server_errors("    url: postgres://h\n    queries:\n      directory: x\n      disabled: []\n");
    assert!(said.len() == 2 && said[0].starts_with("5:7 `directory` is not for a single server (write it under the global"), "{said:?}");
    assert!(said[1].starts_with("6:7 unknown key `disabled`"), "{said:?}");
}

#[test]
fn what_the_url_itself_says_counts_more_than_a_default() {
    let server = |pairs: &[(&str, &str)], defaults: &str, server: &str| {
        let text = format!("defaults: {{ {defaults} }}\nservers: [{{ name: a, {server} }}]\n");
        load_with(&text, pairs).unwrap().servers.remove(0)
    };
    let timeout = |defaults: &str, said: &str| server(&[("PGCONNECT_TIMEOUT", "7")], defaults, said).connect_timeout.as_secs();
    assert_eq!(timeout("connect_timeout: 3s", "url: \"postgres://h?connect_timeout=9\""), 9);
    assert_eq!(timeout("connect_timeout: 3s", "url: \"postgres://h?connect_timeout=9\", connect_timeout: 4s"), 4);
    assert_eq!(timeout("connect_timeout: 3s", "url: \"postgres://h\""), 3);
    assert_eq!(timeout("", "url: \"postgres://h\""), 7);
    let file = |said: &str| server(&[], "password_file: password", said).password_file.map(|path| path.ends_with("password"));
    assert_eq!(file("url: \"postgres://h\""), Some(true));
    assert_eq!(file("url: \"postgres://u:x@h\""), None);
    assert_eq!(file("url: \"postgres://u@h?passfile=/x\""), None);
    assert!(server_errors("    url: postgres://u:x@h\n    password_file: password\n")[0].contains("has a password as well"));
}

#[test]
fn numbers_and_switches_may_come_from_the_environment() {
    let text = "servers:\n  - name: \"${N}\"\n    url: \"postgres://h:${N}\"\n    databases:\n      limit: \"${N}\"\n    labels:\n      shard: \"${N}\"\n\
                queries:\n  override:\n    a:\n      enabled: \"${ON}\"\n      limit: \"${N}\"\n      interval: \"${N}s\"\n";
    for text in [text.to_owned(), text.replace('"', "")] {
        let settings = load_with(&text, &[("N", "12"), ("ON", "false")]).unwrap();
        let server = &settings.servers[0];
        assert_eq!((server.name.as_str(), server.address().as_str(), server.databases.limit), ("12", "h:12", 12));
        assert!(server.labels.iter().eq([("shard", "12")]));
        let a = settings.queries.for_query("a");
        assert_eq!((a.enabled, a.limit, a.interval), (Some(false), Some(12), Some(Duration::from_secs(12))));
    }
    let said = errors_with("queries:\n  override:\n    a: { limit: \"${N}\" }\n", &[("N", "hunter2")]);
    assert_eq!(said, ["3:17 expected a whole number, at least 1, found a string"]);
}
