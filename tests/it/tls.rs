//! TLS towards PostgreSQL: the right server is trusted and no other, and nothing secret goes over a link that nobody has vouched for.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::certificates::{Authority, GOOD, Identity, PAST};
use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::server::{PASSWORD, Server};
use crate::support::vigil::{BACK, NOTICED, Vigil, steady, whole};
use crate::support::{SOON, ensure};

/// A fresh login is tried every 30 s.
const LOGIN_NOTICED: Duration = Duration::from_mins(1);
const SECURE: &[(&str, &str)] = &[("server", "secure")];

/// An authority that nobody knows but who is told, by a file.
struct Trust {
    authority: Authority,
    folder: TempDir,
}

impl Trust {
    fn new() -> Self {
        let trust = Self { authority: Authority::new(), folder: TempDir::new().expect("a temporary folder") };
        trust.authority.write(trust.folder.path(), "ca");
        trust
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn sign(&self, name: &str, years: (i32, i32)) -> Identity {
        self.authority.sign_for(name, years)
    }
}

/// A server that speaks TLS, with this certificate.
fn server(identity: &Identity) -> Server {
    let server = Server::primary(18);
    server.show(identity);
    server
}

fn write_secret(path: &Path, text: &str) {
    fs::write(path, text).expect("its own folder");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("its own file");
}

fn url(server: &Server, mode: &str, parameters: &str) -> String {
    format!("postgres://pgvigil:{PASSWORD}@127.0.0.1:{}/postgres?sslmode={mode}{parameters}", server.port)
}

fn rooted(server: &Server, mode: &str, trust: &Trust) -> String {
    url(server, mode, &format!("&sslrootcert={}", trust.root().display()))
}

/// A session on this URL comes about, or does not and the landing page says why.
#[track_caller]
fn verdict(server: &Server, url: &str, wanted: Result<(), &str>) {
    let exporter = Exporter::start(&Config::quick().url("secure", url, ""), &[server]);
    let up = if wanted.is_ok() { 1.0 } else { 0.0 };
    exporter.await_value(NOTICED, "pg_up", SECURE, Some(up));
    if let Err(reason) = wanted {
        let said = exporter.get("/", &[]).text().to_lowercase();
        assert!(said.contains(reason), "{url}: {said}");
    }
}

#[test]
fn the_right_server_and_no_other() {
    let (ours, others) = (Trust::new(), Trust::new());
    let server = server(&ours.sign("127.0.0.1", GOOD));
    verdict(&server, &rooted(&server, "verify-full", &ours), Ok(()));
    let tls = "select bool_and(s.ssl) from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name = 'pgvigil'";
    let exporter = Exporter::start(&Config::quick().url("secure", &rooted(&server, "verify-full", &ours), ""), &[&server]);
    exporter.await_value(SOON, "pg_up", SECURE, Some(1.0));
    assert_eq!(server.psql().run(tls), "t", "the session is encrypted");
    drop(exporter);
    verdict(&server, &rooted(&server, "verify-full", &others), Err("certificate"));
    verdict(&server, &url(&server, "verify-full", ""), Err("certificate"));
}

#[test]
fn a_certificate_of_another_name() {
    let trust = Trust::new();
    let server = server(&trust.sign("db.example.com", GOOD));
    verdict(&server, &rooted(&server, "verify-full", &trust), Err("certificate"));
    verdict(&server, &rooted(&server, "verify-ca", &trust), Ok(()));
}

#[test]
fn a_server_without_tls() {
    let server = Server::primary(18);
    verdict(&server, &url(&server, "require", ""), Err("tls"));
    verdict(&server, &url(&server, "prefer", ""), Ok(()));
}

/// The certificate runs out under a running session: that one stays, and the next login is refused until there is a new one. Then the session is
/// lost as well.
#[test]
fn a_certificate_that_expires() {
    let trust = Trust::new();
    let server = server(&trust.sign("127.0.0.1", GOOD));
    let exporter = Exporter::start(&steady().url("secure", &rooted(&server, "verify-full", &trust), ""), &[&server]);
    let before = whole(&exporter, &["secure"]);
    let log = server.log();
    assert!(!log.contains("could not accept"), "who looks whether anybody answers writes nothing into the log: {log}");
    let vigil = Vigil::over(&exporter, &["secure"]);
    server.show(&trust.sign("127.0.0.1", PAST));
    exporter.await_value(LOGIN_NOTICED, "pg_login_up", SECURE, Some(0.0));
    assert_eq!(exporter.page().value("pg_up", SECURE), Some(1.0), "the kept session is as good as it was");
    exporter.await_page(SOON, "the landing page says why", |_| {
        let said = exporter.get("/", &[]).text().to_lowercase();
        ensure(said.contains("expired"), || said)
    });
    vigil.changes("secure");
    server.psql().run("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'pgvigil'");
    vigil.notices("secure", false);
    vigil.changes("secure");
    server.show(&trust.sign("127.0.0.1", GOOD));
    vigil.notices("secure", true);
    vigil.all_back(&before, |_| false);
    exporter.await_value(BACK, "pg_login_up", SECURE, Some(1.0));
}

#[test]
fn a_certificate_of_the_client() {
    let trust = Trust::new();
    let server = server(&trust.sign("127.0.0.1", GOOD));
    let root = server.data().join("root.crt");
    fs::copy(trust.root(), &root).expect("the data folder is writable");
    fs::set_permissions(&root, fs::Permissions::from_mode(0o644)).expect("its own file");
    server.psql().run("alter system set ssl_ca_file = 'root.crt'");
    server.set_hba("local all all trust\nhostssl all pgvigil 127.0.0.1/32 cert\n");
    let identity = trust.sign("pgvigil", GOOD);
    let path = |name: &str| trust.folder.path().join(name);
    write_secret(&path("pgvigil.crt"), &identity.certificate);
    write_secret(&path("pgvigil.key"), &identity.key);
    let with = format!("&sslcert={}&sslkey={}", path("pgvigil.crt").display(), path("pgvigil.key").display());
    let plain = rooted(&server, "verify-full", &trust);
    verdict(&server, &format!("{plain}{with}"), Ok(()));
    verdict(&server, &plain, Err("certificate"));
}

/// The certificates of PostgreSQL's manual ("Creating Certificates"), by its own commands: one that signs itself and has no name but its common name, which is CA:TRUE as
/// OpenSSL makes it, and one of version 1.
#[test]
fn certificates_of_the_manual() {
    let folder = TempDir::new().expect("a temporary folder");
    let openssl = |arguments: &str| {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(folder.path()).output().expect("openssl");
        assert!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let text = |name: &str| fs::read_to_string(folder.path().join(name)).expect("openssl has made it");
    openssl("req -new -x509 -days 365 -nodes -text -out self.crt -keyout self.key -subj /CN=127.0.0.1");
    openssl("req -new -nodes -text -out one.csr -keyout one.key -subj /CN=127.0.0.1");
    openssl("x509 -req -in one.csr -days 365 -signkey one.key -out one.crt");
    openssl("req -new -x509 -days 365 -nodes -out other.crt -keyout other.key -subj /CN=127.0.0.1");
    for name in ["self", "one"] {
        let server = server(&Identity { certificate: text(&format!("{name}.crt")), key: text(&format!("{name}.key")) });
        let rooted = |mode: &str, root: &str| url(&server, mode, &format!("&sslrootcert={}", folder.path().join(root).display()));
        for mode in ["prefer", "require"] {
            verdict(&server, &url(&server, mode, ""), Ok(()));
        }
        for mode in ["require", "verify-ca", "verify-full"] {
            verdict(&server, &rooted(mode, &format!("{name}.crt")), Ok(()));
        }
        verdict(&server, &rooted("verify-ca", "other.crt"), Err("certificate"));
        let elsewhere = rooted("verify-full", &format!("{name}.crt")).replace("127.0.0.1", "localhost");
        verdict(&server, &elsewhere, Err("for another host"));
    }
}
