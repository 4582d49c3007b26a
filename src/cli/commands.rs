//! What each command does.

use std::io::Write as _;
use std::process::ExitCode;

use super::arguments::{Cli, Command, Config, WebConfig};
use crate::check::trial::Trial;
use crate::check::uses;
use crate::diagnostic::Diagnostic;
use crate::document::secrets::Secrets;
use crate::sources::{Loaded, Sources};
use crate::telemetry::log::{self, Log};
use crate::visible::{lines, visible};
use crate::web::hash;
use crate::{app, check, listing, process, rules, terminal};

/// What the command line asks for, done.
#[must_use]
pub fn run(cli: &Cli) -> ExitCode {
    process::end_at_panics();
    let log = log::start(&cli.log, cli.log_format);
    match &cli.command {
        Command::Serve { config, web } => {
            with(config, Some(web), Secrets::Required, |sources, loaded| finish(serve(sources, loaded, &log)))
        }
        Command::Check { config, uses: files, without_secrets, .. } if !files.is_empty() => {
            with(config, None, secrets(*without_secrets), |_, loaded| match uses::uses(files, &loaded.settings, &loaded.catalog) {
                Ok((text, is_well)) => {
                    let printed = print(&lines(&text));
                    if is_well { printed } else { ExitCode::FAILURE }
                }
                Err(errors) => report(&errors),
            })
        }
        Command::Check { config, web, connect: false, without_secrets, .. } => {
            with(config, Some(web), secrets(*without_secrets), |sources, loaded| {
                let count = format!("configuration OK, {} query files OK", loaded.catalog.queries().count());
                let unchecked = loaded.unchecked().map(check::unchecked);
                let notes = check::notes(&loaded.settings, &loaded.catalog);
                let lines: Vec<String> = warnings(&sources, &loaded).chain([count]).chain(unchecked).chain(notes).collect();
                print(&(lines.join("\n") + "\n"))
            })
        }
        Command::Check { config, web, connect: true, .. } => with(config, Some(web), Secrets::Required, |sources, loaded| {
            for warning in warnings(&sources, &loaded) {
                print(&(warning + "\n"));
            }
            let say = |text: &str| _ = print(text);
            match process::work() {
                Ok(runtime) if runtime.block_on(check::servers(&loaded.settings, &loaded.catalog, say)) => ExitCode::SUCCESS,
                Ok(_) => ExitCode::FAILURE,
                Err(error) => finish(Err(error)),
            }
        }),
        Command::Try { file, config, server, database, explain } => with(config, None, Secrets::Required, |_, loaded| {
            let trial = Trial { file: file.clone(), server: server.clone(), database: database.clone(), explain: *explain };
            match process::work().map(|runtime| runtime.block_on(check::trial::run(&loaded.settings, &trial))) {
                Ok(Ok(text)) => print(&text),
                Ok(Err(errors)) => {
                    for error in &errors {
                        eprintln!("{}", error.trim_end());
                    }
                    ExitCode::FAILURE
                }
                Err(error) => finish(Err(error)),
            }
        }),
        Command::Queries { config, only, markdown, count } => with(config, None, Secrets::Required, |_, loaded| {
            let is_asked = |name: &str| only.as_ref().is_none_or(|only| only.matches(name));
            let catalog = loaded.catalog.map(|query| is_asked(&query.name).then(|| query.clone()));
            if catalog.queries().next().is_none() {
                return finish(Err(std::io::Error::other("no query has such a name; without GLOB all are listed")));
            }
            print(&lines(&match (*count, *markdown) {
                (true, _) => listing::count(&catalog),
                (false, true) => listing::markdown(&catalog),
                (false, false) => listing::text(&catalog, only.is_none()),
            }))
        }),
        Command::HashPassword { user, cost } => {
            let line = terminal::password().map_err(|error| error.to_string()).and_then(|password| hash::line(user, &password, *cost));
            line.map_or_else(|error| finish(Err(std::io::Error::other(error))), |line| print(&(line + "\n")))
        }
        Command::Rules { request, list: true } => print(rules::thresholds(request.profile)),
        Command::Rules { request, list: false } => rules::print(request).map_or_else(|errors| report(&errors), |rules| print(&rules)),
    }
}

const fn secrets(are_elsewhere: bool) -> Secrets {
    if are_elsewhere { Secrets::Optional } else { Secrets::Required }
}

/// Does something with all that is read from files, if nothing is wrong with them.
fn with(config: &Config, web: Option<&WebConfig>, secrets: Secrets, then: impl FnOnce(Sources, Loaded) -> ExitCode) -> ExitCode {
    let sources = Sources {
        config: config.config.clone(),
        web_config: web.and_then(|web| web.web_config.clone()),
        listen: web.and_then(|web| web.listen.clone()),
        secrets,
    };
    match sources.load() {
        Ok(loaded) => then(sources, loaded),
        Err(errors) => report(&errors),
    }
}

fn warnings(sources: &Sources, loaded: &Loaded) -> impl Iterator<Item = String> {
    sources.warnings(&loaded.settings, &loaded.web).into_iter().map(|warning| format!("warning: {}", visible(&warning)))
}

fn serve(sources: Sources, loaded: Loaded, log: &Log) -> std::io::Result<()> {
    // What tests make fail, by the environment; nothing in what is shipped.
    let _failing = fail::has_failpoints().then(fail::FailScenario::setup);
    process::run(|work| app::serve(sources, loaded, work, log.lost.clone()))
}

fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader such as `head` may close the pipe before the end. Any other error cuts off what is wanted whole.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => finish(Err(error)),
        _ => ExitCode::SUCCESS,
    }
}

fn report(errors: &[Diagnostic]) -> ExitCode {
    for error in errors {
        eprintln!("{error}");
    }
    eprintln!("{} error{}", errors.len(), if errors.len() == 1 { "" } else { "s" });
    ExitCode::FAILURE
}

fn finish(result: std::io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", visible(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}
