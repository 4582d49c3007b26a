//! The way of an alert: the routes and inhibitions of `deploy/alertmanager`, and a mailbox at their end.

use std::path::PathBuf;
use std::process::Command;

use crate::support::{project, tool};

fn amtool(arguments: &[&str]) -> String {
    let output = Command::new(tool("amtool").expect("amtool is installed")).args(arguments).output().expect("amtool runs");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{arguments:?}: {}{}", said(&output.stdout), said(&output.stderr));
    said(&output.stdout)
}

fn configuration() -> PathBuf {
    project().join("deploy/alertmanager/alertmanager.yml")
}

#[test]
fn the_configuration_is_valid() {
    let said = amtool(&["check-config", &configuration().display().to_string()]);
    assert!(said.contains("SUCCESS"), "{said}");
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
