//! Servers that misbehave, and servers that ask for more than they should get: whatever one of them does costs itself alone, and a person reads why.

mod ways;

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::certificates::{Authority, GOOD};
use crate::support::config::Config;
use crate::support::exporter::{self, Exporter};
use crate::support::process::free_port;
use crate::support::server::{PASSWORD, Server};
use crate::support::{SOON, ensure, eventually};
use ways::{Way, ways};

const SUCCESS: &str = "pgvigil_query_last_success_timestamp_seconds";

/// With all of them: a few times the largest answer of one.
const MEMORY: u64 = 250_000;
/// A line for each, and some more for the one that is well.
const LOG: usize = 200_000;
/// What is said of a statement whose time is over, and of two of them.
const SLOW: [&str; 2] = ["no answer within", "that served pgvigil hang"];
/// While that goes on.
const WATCHED: Duration = Duration::from_secs(30);

/// Processor time so far.
fn worked(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("a line").split_whitespace().collect();
    let ticks: u64 = [fields[11], fields[12]].iter().map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn whatever_one_does_costs_itself_alone() {
    let ways: &'static [Way] = Box::leak(ways().into_boxed_slice());
    assert!(ways.len() >= 40, "{}", ways.len());
    let server = Server::primary(18);
    let mut config = Config::prompt().server("well", &server);
    for way in ways {
        let url = format!("postgres://u:{PASSWORD}@127.0.0.1:{}/postgres?sslmode={}", way.listen(), way.mode);
        config = config.url(way.name, &url, ", connect_timeout: 3s");
    }
    let exporter = Exporter::start(&config, &[&server]);
    exporter.await_page(SOON * 2, "the good one is up, the others are down", |page| {
        let up = |name: &str| page.value("pg_up", &[("server", name)]);
        let wrong: Vec<_> = ways.iter().filter(|way| up(way.name) != Some(0.0)).map(|way| (way.name, up(way.name))).collect();
        ensure(wrong.is_empty() && up("well") == Some(1.0), || format!("{wrong:?}, {:?}", up("well")))
    });
    eventually(SOON, "readiness", || {
        let status = exporter.get("/-/ready", &[]).status;
        ensure(status == 200, || status.to_string())
    });
    exporter.await_all(&["well"]);
    let (begun, before) = (Instant::now(), worked(exporter.pid()));
    let mut slowest = Duration::ZERO;
    while begun.elapsed() < WATCHED {
        slowest = slowest.max(exporter.get("/metrics", &[]).took);
        let page = exporter.page();
        let up = |name: &str| page.value("pg_up", &[("server", name)]);
        assert_eq!(up("well"), Some(1.0), "{}", exporter.log());
        for way in ways {
            assert_eq!(up(way.name), Some(0.0), "{}", way.name);
        }
        sleep(Duration::from_millis(300));
    }
    let busy = worked(exporter.pid()).saturating_sub(before).as_secs_f64() / begun.elapsed().as_secs_f64();
    assert!(busy < 1.0, "{busy} of a processor");
    assert!(slowest < Duration::from_secs(2), "a page took {slowest:?}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
    let page = exporter.page();
    let old: Vec<_> = page.all(SUCCESS, &[("server", "well")]).filter(|sample| now - sample.value > 20.0).collect();
    assert!(old.is_empty(), "{old:?}");
    for way in ways {
        // It is not there while a login is tried that will fail like those before.
        eventually(SOON, way.name, || {
            let said = exporter.get(&format!("/?server={}", way.name), &[]).text();
            assert!(said.len() < 200_000, "{}: {} bytes", way.name, said.len());
            let late = way.is_slow() && SLOW.iter().any(|reason| said.contains(reason));
            ensure(said.contains(way.says) || late, || said)
        });
    }
    let (memory, log) = (peak(exporter.pid()), exporter.log());
    assert!(memory < MEMORY, "{memory} kB");
    assert!(log.len() < LOG, "{} bytes of log", log.len());
    assert!(log.lines().all(|line| line.len() < 6_000), "a line of the log has no end");
    eprintln!("{busy:.2} of a processor, {memory} kB, {} bytes of log, {slowest:?} at most", log.len());
}

fn url(server: &Server, more: &str) -> String {
    format!("postgres://pgvigil:{PASSWORD}@127.0.0.1:{}/postgres?{more}", server.port)
}

/// A session on this URL comes about, or does not and the landing page says why.
#[track_caller]
fn verdict(server: &Server, url: &str, environment: &[(&str, &str)], wanted: Result<(), &str>) {
    let exporter = Exporter::start_with(&Config::once().url("db", url, ""), &[server], environment);
    exporter.await_value(SOON, "pg_up", &[], Some(f64::from(u8::from(wanted.is_ok()))));
    if let Err(reason) = wanted {
        let said = exporter.get("/", &[]).text();
        assert!(said.contains(reason), "{url}: {said}");
    }
}

fn check(url: &str, environment: &[(&str, &str)]) -> String {
    let folder = TempDir::new().expect("a temporary folder");
    let file = folder.path().join("pgvigil.yml");
    fs::write(&file, Config::once().url("db", url, "").yaml(free_port())).expect("its own folder");
    let output = exporter::run(&["check", "--connect", "--config", &file.display().to_string()], folder.path(), environment);
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_password_goes_in_clear_text_to_nobody_who_could_read_it() {
    let server = Server::primary(18);
    server.psql().run(&format!("alter role pgvigil password '{PASSWORD}'"));
    server.set_hba("local all postgres trust\nlocal all pgvigil password\nhost all pgvigil 127.0.0.1/32 password\n");
    for mode in ["disable", "prefer"] {
        verdict(&server, &url(&server, &format!("sslmode={mode}")), &[], Err("the password in clear text"));
    }
    let folder = server.psql().host;
    let socket = format!("postgres://pgvigil:{PASSWORD}@/postgres?host={folder}&port={}", server.port);
    verdict(&server, &socket, &[], Ok(()));
    server.show(&Authority::new().sign_for("127.0.0.1", GOOD));
    verdict(&server, &url(&server, "sslmode=require"), &[], Ok(()));
    verdict(&server, &url(&server, "sslmode=require&require_auth=scram-sha-256"), &[], Err("which `require_auth` does not allow"));
}

#[test]
fn md5_is_warned_of_and_refused_where_more_is_required() {
    let server = Server::primary(13);
    server.psql().run(&format!("set password_encryption = 'md5'; alter role pgvigil password '{PASSWORD}'"));
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 md5\n");
    verdict(&server, &url(&server, "sslmode=disable"), &[], Ok(()));
    let said = check(&url(&server, "sslmode=disable"), &[]);
    assert!(said.contains("warning: the server takes the password as an MD5 hash"), "{said}");
    verdict(&server, &url(&server, "sslmode=disable&require_auth=scram-sha-256"), &[], Err("the authentication `md5`"));
    verdict(&server, &url(&server, "sslmode=disable"), &[("PGREQUIREAUTH", "!md5")], Err("the authentication `md5`"));
    server.psql().run(&format!("set password_encryption = 'scram-sha-256'; alter role pgvigil password '{PASSWORD}'"));
    verdict(&server, &url(&server, "sslmode=disable&require_auth=scram-sha-256"), &[], Ok(()));
    let said = check(&url(&server, "sslmode=disable"), &[]);
    assert!(!said.contains("MD5"), "{said}");
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 trust\n");
    verdict(&server, &url(&server, "sslmode=disable&require_auth=scram-sha-256"), &[], Err("the server asks for no proof"));
}

#[test]
fn channel_binding_is_refused_where_it_is_asked_for() {
    let server = Server::primary(18);
    let said = check(&url(&server, "channel_binding=require"), &[]);
    assert!(said.contains("channel_binding=require") && said.contains("pgvigil.yml:"), "{said}");
    let said = check(&url(&server, ""), &[("PGCHANNELBINDING", "require")]);
    assert!(said.contains("environment variable PGCHANNELBINDING") && said.contains("sslmode=verify-full"), "{said}");
    verdict(&server, &url(&server, "sslmode=disable&channel_binding=prefer"), &[], Ok(()));
}

/// The driver cannot prepare it, and says which character it is.
#[test]
fn no_character_of_a_password_is_told() {
    let server = Server::primary(18);
    server.set_hba("local all all trust\nhost all pgvigil 127.0.0.1/32 scram-sha-256\n");
    server.psql().run(&format!("alter role pgvigil password '{PASSWORD}'"));
    let odd = format!("postgres://pgvigil:hush%E2%80%8E%F0%9F%A6%80%07@127.0.0.1:{}/postgres?sslmode=disable", server.port);
    let exporter = Exporter::start(&Config::once().url("db", &odd, ""), &[&server]);
    exporter.await_value(SOON, "pg_up", &[], Some(0.0));
    let (page, log) = (exporter.get("/", &[]).text(), exporter.log());
    for said in [&page, &log] {
        assert!(!said.contains('🦀') && !said.contains("1f980") && !said.contains("hush"), "{said}");
    }
    assert!(page.contains("SASLprep"), "{page}");
}

/// 17 and newer: a trigger on logins that writes keeps out whoever may only read.
#[test]
fn a_trigger_on_logins_that_writes() {
    let server = Server::primary(18);
    server.psql().run(
        "create table public.logins (at timestamptz); grant insert on public.logins to public;
         create function public.note() returns event_trigger language plpgsql as 'begin insert into public.logins values (now()); end';
         create event trigger note on login execute function public.note(); alter event trigger note enable always",
    );
    verdict(&server, &url(&server, "sslmode=disable"), &[], Ok(()));
    server.psql().run("alter role pgvigil reset event_triggers");
    verdict(&server, &url(&server, "sslmode=disable"), &[], Err("event_triggers = off"));
}
