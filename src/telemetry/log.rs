//! The log: one line an event, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::diagnostic::Diagnostic;

/// How lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Begins to log. `filter` is a level, or directives such as `info,pgvigil::target=debug`.
pub fn start(filter: &str, format: LogFormat) {
    // The driver logs statements, connection parameters and lines of .pgpass at its own discretion; what matters of it, pgvigil says itself.
    let quiet = ["sqlx=off", "sqlx_core=off", "sqlx_postgres=off", "sqlx_postgres::options::pgpass=off"]
        .iter()
        .filter_map(|directive| directive.parse().ok());
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).parse_lossy(filter);
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format {
        LogFormat::Text => builder.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}

/// Says what is wrong with a file that was read while pgvigil runs, and what is done about it.
pub fn wrong(errors: &[Diagnostic], consequence: &str) {
    for error in errors {
        let line = error.place.as_ref().map(|place| place.line);
        tracing::error!(file = error.path, line, hint = error.hint, error = error.message, "{consequence}");
    }
}
