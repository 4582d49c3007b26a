//! Flags of other exporters, which people bring along.

/// What `postgres_exporter`'s flags begin with that pgvigil does not have.
const OF_POSTGRES_EXPORTER: [&str; 12] = [
    "--collector.",
    "--no-collector.",
    "--config.file",
    "--extend.query-path",
    "--auto-discover-databases",
    "--exclude-databases",
    "--include-databases",
    "--disable-",
    "--constantLabels",
    "--metric-prefix",
    "--web.telemetry-path",
    "--log.",
];

/// What to write instead of a flag, if it is one of `postgres_exporter`'s.
pub fn tip(flag: &str) -> Option<&'static str> {
    let is_known = OF_POSTGRES_EXPORTER.iter().any(|known| flag.starts_with(known));
    is_known.then_some(
        "a flag of postgres_exporter; pgvigil has --listen, --web.config.file and --config, whose file deploy/pgvigil.yml explains",
    )
}
