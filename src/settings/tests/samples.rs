//! The configurations that people copy: each is right as it is, and changes nothing that most want.

use super::*;

/// What is on by default stays on, and nothing is trusted or reachable that is not by default.
fn is_sane(settings: &Settings) {
    assert_eq!(settings.listen, Listen::default());
    assert!(settings.queries.disable.is_empty() && settings.queries.overrides.is_empty());
    assert_eq!(settings.default_queries, Queries::default());
    for server in &settings.servers {
        assert!(server.trusted_roles.is_empty() && server.reader.is_none() && server.queries == Queries::default(), "{}", server.name);
        assert_eq!((server.connect_timeout, server.answer_limit), (Duration::from_secs(5), 64 << 20));
        assert!(server.databases.admits("orders"));
    }
}

#[test]
fn the_shipped_file() {
    let text = include_str!("../../../deploy/pgvigil.yml");
    let settings = load(text);
    is_sane(&settings);
    assert_eq!(settings.servers.len(), 1);
    // With all that there is to choose from, at once.
    let is_setting = |line: &str| {
        line.starts_with('#') && line.len() > 1 && (!line.starts_with("# ") || line.starts_with("#  ")) && !line.starts_with("#   pgvigil")
    };
    let all: Vec<&str> = text.lines().map(|line| if is_setting(line) { &line[1..] } else { line }).collect();
    let all = all
        .join("\n")
        .replace("/run/secrets/pgvigil_reader", "password")
        .replace("/run/secrets/pgvigil", "password")
        .replace("&sslrootcert=/etc/pgvigil/ca.pem", "");
    let settings = load(&all);
    assert_eq!(settings.servers.len(), 3);
    let orders = &settings.servers[1];
    assert!(orders.labels.iter().eq([("cluster", "orders"), ("team", "dba")]) && orders.reader.is_some() && orders.host.is_some());
    assert!(!orders.databases.admits("scratch_1") && settings.servers[0].password_file.is_some());
    assert!(settings.queries.directory.is_some() && settings.queries.overrides.len() == 2 && settings.allowed_hosts.len() == 1);
}

#[test]
fn the_example_of_the_readme() {
    let readme = include_str!("../../../README.md");
    let example = readme.lines().skip_while(|line| !line.starts_with("    listen: ")).take_while(|line| line.starts_with("    "));
    let example: Vec<&str> = example.map(|line| &line[4..]).collect();
    let here = example.join("\n").replace("/run/secrets/pgvigil", "password").replace("&sslrootcert=/etc/pgvigil/ca.pem", "");
    let settings = load(&here);
    is_sane(&settings);
    assert_eq!(settings.servers.len(), 2);
}
