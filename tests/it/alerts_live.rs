//! Alerts on their whole way: a fault in a real server, pgvigil, Prometheus with the rules of `alerts/`, Alertmanager, a mailbox.
//! Of the rules only the durations (`for`) are left out. The oldest PostgreSQL stands beside the oldest Prometheus and Alertmanager, the
//! newest beside the newest.

mod clock;
mod database;
mod failover;
mod machine;
mod pgbouncer;
mod pgvigil;
mod primary;
pub mod sessions;
mod standby;
mod storage;
mod subscription;

use std::fs;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::alertmanager::{Alertmanager, Mail};
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::prometheus::Prometheus;
use crate::support::psql::Psql;
use crate::support::rules::{self, Rule};
use crate::support::{Generation, ensure, eventually, tool_of};

/// A login is tried every 30 s, and the machine is busy.
const SOON: Duration = Duration::from_secs(90);

/// An alert, the receiver that its severity has, and what it says there among other things.
type Sign<'a> = (&'a str, &'a str, &'a str);

/// Everything between a fault and a mailbox.
struct Chain {
    exporter: Exporter,
    prometheus: Prometheus,
    alertmanager: Alertmanager,
    rules: Vec<Rule>,
    _folder: TempDir,
}

impl Chain {
    fn start(config: &Config, generation: Generation, servers: &[&str]) -> Self {
        Self::over(Exporter::start(config, &[]), generation, servers)
    }

    /// From this pgvigil on, once it has everything of these servers.
    fn over(exporter: Exporter, generation: Generation, servers: &[&str]) -> Self {
        let folder = hasty_rules();
        let alertmanager = Alertmanager::start(&tool_of(generation, "alertmanager_newest", "alertmanager"));
        exporter.await_all(servers);
        let prometheus = tool_of(generation, "prometheus3", "prometheus");
        let prometheus = Prometheus::start_with_rules(prometheus, exporter.port, folder.path(), "1s", alertmanager.port);
        let chain = Self { exporter, prometheus, alertmanager, rules: rules::all(), _folder: folder };
        // By then the rules, too, have seen what was scraped: once a second both.
        chain.sees("up offset 3s == 1");
        chain
    }

    /// Waits until Prometheus has a result.
    #[track_caller]
    fn sees(&self, expression: &str) {
        eventually(SOON, expression, || ensure(!self.prometheus.query(expression)?.is_empty(), || self.exporter.log()));
    }

    fn firing(&self, alert: &str) -> Result<bool, String> {
        let firing = self.prometheus.query(&format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}"))?;
        Ok(!firing.is_empty())
    }

    #[track_caller]
    fn is_silent(&self, alert: &str) {
        eventually(SOON, &format!("{alert} is silent"), || ensure(!self.firing(alert)?, || "it fires".to_owned()));
    }

    #[track_caller]
    fn fires(&self, alert: &str) {
        eventually(SOON, &format!("{alert} fires"), || ensure(self.firing(alert)?, || self.exporter.log()));
    }

    /// The last letter that has come to a receiver with this alert and these words.
    #[track_caller]
    fn letter(&self, (alert, receiver, words): Sign) -> Mail {
        eventually(SOON, &format!("{alert} comes to {receiver} and says {words:?}"), || {
            let mut mails = self.alertmanager.mails();
            mails.retain(|mail| mail.receiver == receiver && mail.alert["labels"]["alertname"] == alert);
            let said = |mail: &Mail| mail.alert["annotations"]["description"].as_str().unwrap_or_default().to_owned();
            let last = mails.iter().rev().find(|mail| said(mail).contains(words));
            last.cloned().ok_or_else(|| format!("{:?}", mails.iter().map(said).collect::<Vec<_>>()))
        })
    }

    #[track_caller]
    fn is_held_back(&self, alert: &str, severity: &str) {
        eventually(SOON, &format!("{alert} ({severity}) is held back"), || {
            ensure(self.alertmanager.inhibits(alert, severity)?, || "it is told".to_owned())
        });
    }

    /// Silent before the fault, firing during it, told to its receiver with its whole text, silent after it; each of them, where
    /// one fault has several signs.
    #[track_caller]
    fn follow<T>(&self, signs: &[Sign], make: impl FnOnce() -> T, mend: impl FnOnce(T)) {
        for (alert, ..) in signs {
            self.is_silent(alert);
        }
        let fault = make();
        for sign in signs {
            self.fires(sign.0);
            self.is_whole(&self.letter(*sign));
        }
        mend(fault);
        for (alert, ..) in signs {
            self.is_silent(alert);
        }
    }

    /// A letter has every annotation of its rule, and nothing in it has stayed a template or failed as one.
    #[track_caller]
    fn is_whole(&self, letter: &Mail) {
        let (labels, annotations) = (&letter.alert["labels"], &letter.alert["annotations"]);
        let is_text_of = |(name, template): &(String, String)| {
            let text = annotations[name].as_str().unwrap_or_default();
            let start = template.split("{{").next().unwrap_or_default();
            let end = template.rsplit("}}").next().unwrap_or_default();
            text.starts_with(start) && text.ends_with(end)
        };
        let is_of = |rule: &Rule| {
            let alert = rule.alert.as_ref().filter(|alert| labels["alertname"] == *rule.name && labels["severity"] == *alert.severity);
            alert.is_some_and(|alert| alert.annotations.iter().all(is_text_of))
        };
        assert!(self.rules.iter().any(is_of), "no rule says this: {}", letter.alert);
        let text = annotations.to_string();
        assert!(!["{{", "<no value>", "<error", "%!"].iter().any(|sign| text.contains(sign)), "{text}");
    }
}

/// The rules as they are, but for how long a condition has to last.
pub fn hasty_rules() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for file in rules::files("alerts") {
        let text = fs::read_to_string(&file).expect("a rule file");
        let hasty: String = text.lines().filter(|line| !line.starts_with("        for: ")).flat_map(|line| [line, "\n"]).collect();
        fs::write(folder.path().join(file.file_name().expect("a name")), hasty).expect("its own folder");
    }
    folder
}

fn set(psql: &Psql, setting: &str) {
    psql.run(&format!("alter system set {setting}"));
    psql.run("select pg_reload_conf()");
}
