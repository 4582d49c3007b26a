//! The routes of `deploy/alertmanager`, as the tools of the oldest and the newest Alertmanager read them.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{project, tool};

/// Each of them must be content.
fn amtool(arguments: &[&str]) {
    for name in ["amtool", "amtool_newest"] {
        let Some(amtool) = tool(name) else { continue };
        let output = Command::new(amtool).args(arguments).output().expect("amtool runs");
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{name} {arguments:?}: {}{}", said(&output.stdout), said(&output.stderr));
    }
}

fn configuration() -> PathBuf {
    project().join("deploy/alertmanager/alertmanager.yml")
}

#[test]
fn the_configuration_is_valid() {
    amtool(&["check-config", &configuration().display().to_string()]);
}

#[test]
fn each_severity_finds_its_receivers() {
    let file = format!("--config.file={}", configuration().display());
    for (labels, receivers) in [
        (&["alertname=PostgresDown", "severity=critical", "server=orders"][..], "pager"),
        (&["alertname=PostgresStaleReads", "severity=warning", "server=orders"], "chat"),
        (&["alertname=PostgresTableLarge", "severity=info", "server=orders"], "nobody"),
        (&["alertname=PostgresWalArchiveFailing", "severity=critical", "escalation=database"], "database-pager,pager"),
        (&["alertname=PostgresMigrationFailed", "severity=warning", "escalation=database"], "database-mail,chat"),
        // Of other rules, which know no severity: somebody should see it.
        (&["alertname=Other"], "chat"),
    ] {
        let verify = format!("--verify.receivers={receivers}");
        amtool(&[&["config", "routes", "test", &file, &verify][..], labels].concat());
    }
}
