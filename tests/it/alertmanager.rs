//! The routes of `deploy/alertmanager`, as the tools of the oldest and the newest Alertmanager read them.

use std::path::PathBuf;
use std::process::Command;

use crate::support::alertmanager::Alertmanager;
use crate::support::{SOON, ensure, eventually, project, tool};

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

/// What is told of a server that is down follows from that, but for what its machine lacks: that may be why.
#[test]
fn a_server_that_is_down_silences_what_follows_from_it() {
    for name in ["alertmanager", "alertmanager_newest"] {
        let Some(program) = tool(name) else { continue };
        let alertmanager = Alertmanager::start(&program);
        let url = format!("--alertmanager.url=http://127.0.0.1:{}", alertmanager.port);
        for (alert, severity, server) in [
            ("PostgresDown", "critical", "server=orders"),
            ("PostgresReplicaLagHigh", "warning", "server=orders"),
            ("PostgresDiskSpaceLow", "critical", "server=orders"),
            ("PostgresInodesLow", "critical", "server=orders"),
            ("PostgresMemoryLow", "warning", "server=orders"),
            ("PostgresStaleReads", "warning", "server=billing"),
        ] {
            amtool(&["alert", "add", &url, &format!("alertname={alert}"), &format!("severity={severity}"), server]);
        }
        for (alert, severity, held) in [
            ("PostgresReplicaLagHigh", "warning", true),
            ("PostgresDown", "critical", false),
            ("PostgresDiskSpaceLow", "critical", false),
            ("PostgresInodesLow", "critical", false),
            ("PostgresMemoryLow", "warning", false),
            ("PostgresStaleReads", "warning", false),
        ] {
            eventually(SOON, "the alert is there, told or held back", || {
                ensure(alertmanager.inhibits(alert, severity)? == held, || format!("{name}: {alert} is held back: {}", !held))
            });
        }
    }
}
