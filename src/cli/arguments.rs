//! What the command line may say.

use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Parser, Subcommand};

use super::foreign;
use crate::document::mask::cut;
use crate::rules;
use crate::settings::Pattern;
use crate::telemetry::log::LogFormat;
use crate::web::hash;

/// A PostgreSQL exporter for Prometheus that keeps telling the truth during an incident.
///
/// It polls PostgreSQL's statistics (13 and newer) on a schedule of its own and serves /metrics from memory: a scrape never touches the
/// database.
#[derive(Debug, Parser)]
#[expect(clippy::doc_markdown, reason = "clap prints these comments as they are")]
#[command(
    name = "pgvigil",
    version,
    after_help = "Start it with nothing but a connection:\n  DATABASE_URL=postgres://pgvigil@db1/postgres pgvigil serve"
)]
pub struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,

    /// What is logged: error, warn, info, debug, trace, or directives such as info,pgvigil::server=debug.
    #[arg(long, global = true, env = "PGVIGIL_LOG", default_value = "info", value_name = "FILTER")]
    pub(super) log: String,

    /// How the log's lines look.
    #[arg(long, global = true, env = "PGVIGIL_LOG_FORMAT", value_enum, default_value_t)]
    pub(super) log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Monitor the servers and serve their metrics.
    ///
    /// SIGHUP or POST /-/reload reads the configuration again; SIGTERM ends within 8 seconds, a second one at once.
    Serve {
        #[command(flatten)]
        config: Config,
        #[command(flatten)]
        web: WebConfig,
    },
    /// Validate the configuration and the query files.
    ///
    /// The exit code is 0 if there is no error, and 1 otherwise. A missing extension is reported and is no error.
    Check {
        #[command(flatten)]
        config: Config,
        #[command(flatten)]
        web: WebConfig,

        /// Ask each server too: what cannot be collected there, and the statement that fixes it.
        #[arg(long)]
        connect: bool,

        /// Read your own rule files of Prometheus and dashboards of Grafana (JSON) instead: which metrics of pgvigil's they name that this configuration
        /// does not export, since they are detail, off or do not exist.
        #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "connect")]
        uses: Vec<PathBuf>,

        /// Check a configuration whose secrets are on another machine, as in CI: variables in `${NAME}` that are not set, and files with
        /// passwords, keys, certificates and users that are not there, are listed as not checked and are no error.
        #[arg(long, conflicts_with = "connect")]
        without_secrets: bool,
    },
    /// Run one query file once, as `serve` would, and show what it would export.
    Try {
        /// The query file.
        file: PathBuf,

        #[command(flatten)]
        config: Config,

        /// The server, by its name in the configuration; the first one if not given.
        #[arg(long, value_name = "NAME")]
        server: Option<String>,

        /// The database; the one of the server's URL if not given.
        #[arg(long, value_name = "NAME")]
        database: Option<String>,

        /// Show the server's plan too, with time and buffers.
        #[arg(long)]
        explain: bool,
    },
    /// List every metric with its type, labels, versions, source file and meaning.
    Queries {
        #[command(flatten)]
        config: Config,

        /// Only the queries with such names, such as `statements/*`.
        #[arg(value_name = "GLOB", value_parser = |text: &str| text.parse::<Pattern>().map_err(|fault| fault.message))]
        only: Option<Pattern>,

        /// As a Markdown document.
        #[arg(long)]
        markdown: bool,

        /// How many series a server has with them, by its databases, tables, indexes and statements.
        #[arg(long, conflicts_with = "markdown")]
        count: bool,
    },
    /// Ask for a password and print the line of a user for `basic_auth_users` of the web configuration.
    ///
    /// On a terminal the password is asked for twice and not shown. Otherwise it is the first line of standard input.
    HashPassword {
        /// The user's name.
        #[arg(default_value = "prometheus")]
        user: String,

        /// The cost of the bcrypt hash. Each step doubles the time of a check, which is some 50 ms at 10 and some 4 s at 16.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(hash::COSTS))]
        cost: u32,
    },
    /// Print the alerts and recording rules for Prometheus, with your thresholds.
    ///
    /// A file of thresholds names areas, alerts and severities, such as `saturation: { PostgresConnectionsHigh: { warning: 70 % } }`, or `off`
    /// instead of any of them. `--list` prints all that can be set, in that form.
    Rules {
        #[command(flatten)]
        request: rules::Request,

        /// Print the thresholds instead of the rules: all that can be set, or those of the profile.
        #[arg(long)]
        list: bool,
    },
}

#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "clap prints these comments as they are")]
pub(super) struct Config {
    /// The configuration file (YAML). Without one, the server is that of DATABASE_URL, else of postgres_exporter's DATA_SOURCE_*
    /// variables, else of libpq's PG* variables.
    #[arg(long, env = "PGVIGIL_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "clap prints these comments as they are")]
pub(super) struct WebConfig {
    /// The web configuration file (YAML): TLS, and the users who may read, in the format of Prometheus' exporters.
    ///
    /// Overrides `web_config_file` in the configuration.
    #[arg(long = "web.config.file", value_name = "FILE")]
    pub(super) web_config: Option<PathBuf>,

    /// Where to serve the pages, such as 127.0.0.1:9187, or :9187 for every address.
    ///
    /// Overrides PGVIGIL_LISTEN, which overrides `listen` in the configuration.
    #[arg(long, alias = "web.listen-address", value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
}

impl Cli {
    /// What the process was called with; ends it where that cannot be read. What is quoted may be a connection string in the wrong place.
    #[must_use]
    pub fn of_arguments() -> Self {
        Self::try_parse().unwrap_or_else(|mut error| {
            for kind in [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand] {
                if let Some(ContextValue::String(given)) = error.get(kind) {
                    let shown = cut(given).into_owned();
                    error.insert(kind, ContextValue::String(shown));
                }
            }
            if let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg)
                && let Some(tip) = foreign::tip(given)
            {
                error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
            }
            error.exit()
        })
    }
}
