//! What pgvigil says of a configuration that it cannot read is the same for any two passwords of the same shape, byte for byte.

use std::fs;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::process::free_port;
use crate::support::server::{NOWHERE, Server};
use crate::support::{SOON, ensure, eventually};

/// Of the same length, with letters, digits and signs in the same places.
const PASSWORDS: [&str; 2] = ["kq7=Zr/wX:v9", "pb3=Hm/nT:d5"];

/// Connection strings of which none can be read.
const STRINGS: [&str; 12] = [
    "pgvigil:PASSWORD=@h/db",
    "pgvigil:PASSWORD@h/db",
    "PASSWORD",
    "postgres://u@h/db?pasword=PASSWORD",
    "postgres://u@h/db?sslmode=disable&PASSWORD",
    "host=h user=u pwd='PASSWORD'",
    "host=h user=u passwd=PASSWORD",
    "'postgres://u:PASSWORD@h/db'",
    "\"host=h password=PASSWORD\"",
    "host=u:PASSWORD@h",
    "dbname=postgres://u:PASSWORD@h/db",
    "mysql://u:PASSWORD@h/db",
];

/// Files whose mistakes are elsewhere, or in the key of the password.
const FILES: [&str; 8] = [
    "servers:\n  - name: a\n    url: 'postgres://u@h/db'\n    pasword: 'PASSWORD'\n",
    "servers:\n  - { name: a, secret: 'PASSWORD', url: 'postgres://u@h:x/db' }\n",
    "servers:\n  - name: a\n    url: \"postgres://u:PASSWORD@h:x/db\" # PASSWORD\n",
    "servers:\n  - name: a\n    url: postgres://u@h/db\n    password_file: 'PASSWORD'\n",
    "servers: 'postgres://u:PASSWORD@h/db'\n",
    "servers: [\n  - url: 'postgres://u:PASSWORD@h/db'\n",
    "DATABASE_URL='postgres://u:PASSWORD@h/db'\n",
    "servers:\n  - name: 'u:PASSWORD@h'\n    url: postgres://h:x/db\n",
];

/// What a function of the password says, which must not depend on it.
#[track_caller]
fn is_the_same(what: &str, said: impl Fn(&str) -> String) {
    let [one, other] = PASSWORDS.map(said);
    assert!(one.contains("error"), "{what} is an error: {one}");
    assert_eq!(one, other, "{what}");
}

#[test]
fn by_the_environment_and_by_files() {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    let path = file.display().to_string();
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output = exporter::run(arguments, folder.path(), environment);
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    for command in ["check", "serve"] {
        for string in STRINGS {
            for variable in ["DATABASE_URL", "DATA_SOURCE_NAME"] {
                is_the_same(string, |password| run(&[command], &[(variable, &string.replace("PASSWORD", password))]));
            }
            is_the_same(string, |password| {
                let string = string.replace("PASSWORD", password).replace('\'', "''");
                fs::write(&file, format!("servers:\n  - name: a\n    url: '{string}'\n")).expect("its own folder");
                run(&[command, "--config", &path], &[])
            });
        }
        for text in FILES {
            is_the_same(text, |password| {
                fs::write(&file, text.replace("PASSWORD", password)).expect("its own folder");
                run(&[command, "--config", &path], &[])
            });
        }
        // What belongs into the environment or a file, on the command line.
        is_the_same("an argument", |password| run(&[command, &format!("postgres://u:{password}@h/db")], &[]));
        is_the_same("an option", |password| run(&[command, &format!("--password={password}")], &[]));
    }
}

/// A reload of a broken file is refused, over HTTP and in the log.
#[test]
fn by_a_reload() {
    let exporter = Exporter::start(&Config::quick().url("db", NOWHERE, ""), &[]);
    let reload = |text: &str| {
        let before = exporter.log().len();
        fs::write(exporter.config_file(), text).expect("its own folder");
        let answer = exporter.client.post("/-/reload").expect("an answer");
        assert!(answer.status >= 400, "{text}: {}", answer.text());
        let logged = eventually(SOON, "the log says that the reload failed", || {
            let log = exporter.log()[before..].to_owned();
            ensure(log.contains("keeping the previous configuration"), || log.clone()).map(|()| log)
        });
        // Without the time, which begins each line, and without what is said meanwhile of the server that is not there.
        let is_of_reload = |line: &&str| line.contains("error") && !line.contains("server=db");
        let logged: Vec<&str> = logged.lines().filter(is_of_reload).filter_map(|line| line.split_once(' ')).map(|(_, said)| said).collect();
        format!("{} {}", answer.text(), logged.join("\n"))
    };
    for string in STRINGS {
        is_the_same(string, |password| {
            let string = string.replace("PASSWORD", password).replace('\'', "''");
            reload(&format!("servers:\n  - name: a\n    url: '{string}'\n"))
        });
    }
    for text in FILES {
        is_the_same(text, |password| reload(&text.replace("PASSWORD", password)));
    }
}

/// The driver names the character that it cannot prepare for SCRAM.
#[test]
fn by_the_driver() {
    let server = Server::primary(18);
    server.psql().run("alter role pgvigil password 'another'");
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\n");
    let url = format!("postgres://pgvigil@127.0.0.1:{}/postgres?sslmode=disable", server.port);
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    fs::write(&file, Config::default().url("db", &url, "").yaml(free_port())).expect("its own folder");
    let file = file.display().to_string();
    is_the_same("a password with an emoji", |_| {
        let said = ["\u{1f418}", "\u{1f419}"].map(|emoji| {
            let output = exporter::run(&["check", "--connect", "--config", &file], folder.path(), &[("PGPASSWORD", emoji)]);
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
        });
        assert_eq!(said[0], said[1]);
        assert!(!said[0].contains("1f41") && !said[0].contains('\u{1f418}') && said[0].contains("SASLprep"), "{}", said[0]);
        said[0].clone()
    });
}
