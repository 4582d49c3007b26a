//! Reads the web configuration file again every few seconds, with the certificates that it names: those are renewed by programs that know
//! of no exporter to tell.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use fail::fail_point;
use tracing::info;

use super::Web;
use crate::diagnostic::Diagnostic;
use crate::document::secrets::Secrets;
use crate::telemetry::log;
use crate::telemetry::own::Own;

/// How often. A change is in force after two looks.
const INTERVAL: Duration = Duration::from_secs(5);

type LastRead = Result<Web, Vec<Diagnostic>>;

/// Keeps `web` as its file has it, while that is well.
pub async fn watch(web: Arc<ArcSwap<Web>>, own: Arc<Own>) {
    let mut ticks = tokio::time::interval(INTERVAL);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut before: Option<LastRead> = None;
    let mut told: Option<Vec<Diagnostic>> = None;
    loop {
        ticks.tick().await;
        fail_point!("web");
        let Some(path) = web.load().path.clone() else { continue };
        let Ok(read) = tokio::task::spawn_blocking(move || Web::load(Some(&path), Secrets::Required)).await else { continue };
        // Whoever writes the file, or a certificate and then its key, may be halfway: what counts is what two looks have seen. Half a file
        // could be one without its users, which would let everybody in.
        if !before.as_ref().is_some_and(|before| same(before, &read)) {
            before = Some(read);
            continue;
        }
        match read {
            Ok(read) => {
                let changed = !read.is_as(&web.load());
                if changed {
                    web.store(Arc::new(read));
                }
                if told.take().is_some() || changed {
                    own.web_read(true);
                    info!("the web configuration was read again");
                }
            }
            Err(errors) if told.as_ref() != Some(&errors) => {
                own.web_read(false);
                log::wrong(&errors, "the web configuration is wrong, keeping the previous one");
                told = Some(errors);
            }
            Err(_) => {}
        }
    }
}

fn same(one: &LastRead, other: &LastRead) -> bool {
    match (one, other) {
        (Ok(one), Ok(other)) => one.is_as(other),
        (Err(one), Err(other)) => one == other,
        _ => false,
    }
}
