//! The life of the process: how it ends, when it is ready, and what the service manager hears.

use std::fs;
use std::io::{ErrorKind, Read as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::http::Client;
use crate::support::server::{NOWHERE, PASSWORD, Server};
use crate::support::wire::{Wire, connect};
use crate::support::{SOON, ensure, eventually, process};
use crate::web_faults::{BYTES, big};

/// A page is under way: some of it was read, and the rest does not fit into the kernel's buffers.
fn reader(exporter: &Exporter) -> TcpStream {
    let mut stream = connect(exporter.port, Duration::from_secs(30));
    Wire::over(&stream).send(b"GET /metrics?server=db HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.read_exact(&mut [0; 12]).expect("the head");
    stream
}

/// Told to end, it takes nobody in any more, lets a page that is under way come to its end, and ends.
#[test]
fn ends_after_what_is_under_way() {
    let (_server, mut exporter, _folder) = big();
    let reader = reader(&exporter);
    process::signal("TERM", &[exporter.pid()]);
    eventually(SOON, "nobody is taken in", || {
        ensure(TcpStream::connect(("127.0.0.1", exporter.port)).is_err(), || "somebody is".to_owned())
    });
    let rest = Wire::over(reader).drain();
    assert!(rest > BYTES, "{rest} bytes");
    assert!(exporter.ends(Duration::from_secs(10)), "{}", exporter.log());
    assert!(!exporter.log().contains("not everything ended in time"), "{}", exporter.log());
}

/// A reader that takes nothing holds it up until the deadline, or until it is told a second time.
#[test]
fn ends_in_time_or_at_once() {
    let (_server, mut exporter, _folder) = big();
    let _reader = reader(&exporter);
    let begun = Instant::now();
    process::signal("TERM", &[exporter.pid()]);
    assert!(exporter.ends(Duration::from_secs(12)), "{}", exporter.log());
    assert!(begun.elapsed() > Duration::from_secs(7), "the reader is given time: {:?}", begun.elapsed());
    assert!(exporter.log().contains("not everything ended in time"), "{}", exporter.log());

    let (_server, mut exporter, _folder) = big();
    let _reader = self::reader(&exporter);
    process::signal("INT", &[exporter.pid()]);
    exporter.await_log("a second signal ends at once");
    let begun = Instant::now();
    process::signal("TERM", &[exporter.pid()]);
    assert!(exporter.ends(Duration::from_secs(5)), "{:?}: {}", begun.elapsed(), exporter.log());
    assert!(!exporter.log().contains("not everything ended in time"), "{}", exporter.log());
}

/// Ready once each server was tried: those that it starts with, and those that a reload has added.
#[test]
fn ready_when_all_were_tried() {
    // One that takes the connection and says nothing: the try lasts as long as the configuration allows.
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("postgres://u:{PASSWORD}@{}/postgres?sslmode=disable", silent.local_addr().expect("an address"));
    let config = Config::default().url("nowhere", NOWHERE, "").url("silent", &url, ", connect_timeout: 3s");
    let exporter = Exporter::start(&config, &[]);
    let ready = || exporter.get("/-/ready", &[]).status;
    let becomes_ready = |when: &str| {
        assert_eq!(ready(), 503, "{when} the silent one was not tried yet");
        assert_eq!(exporter.get("/metrics", &[]).status, 200, "what is known is served");
        eventually(SOON, "it is ready", || ensure(ready() == 200, || ready().to_string()));
    };
    becomes_ready("at the start");
    let more = config.url("added", &url, ", connect_timeout: 3s");
    fs::write(exporter.config_file(), more.yaml(exporter.port)).expect("its own folder");
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    becomes_ready("after a reload");
    drop(silent);
}

/// What stands for the service manager.
pub struct Manager {
    folder: TempDir,
    socket: UnixDatagram,
}

impl Manager {
    /// After so long without a word of its life it would start pgvigil anew.
    const PATIENCE: Duration = Duration::from_millis(1500);

    pub fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("its own folder");
        socket.set_read_timeout(Some(Self::PATIENCE)).expect("a socket");
        Self { folder, socket }
    }

    /// pgvigil with somebody to tell, and with this that fails.
    pub fn start(&self, fails: &str) -> Exporter {
        self.start_on(&Config::default().url("one", NOWHERE, ""), fails)
    }

    /// The same with servers of one's own.
    pub fn start_on(&self, config: &Config, fails: &str) -> Exporter {
        let socket = self.folder.path().join("notify").display().to_string();
        let patience = Self::PATIENCE.as_micros().to_string();
        let mut environment = vec![("NOTIFY_SOCKET", socket.as_str()), ("WATCHDOG_USEC", &patience)];
        environment.extend((!fails.is_empty()).then_some(("FAILPOINTS", fails)));
        Exporter::start_with(config, &[], &environment)
    }

    /// The next message, or nothing when none comes in time.
    fn hear(&self) -> String {
        let mut message = [0; 4096];
        self.socket.recv(&mut message).map(|length| String::from_utf8_lossy(&message[..length]).into_owned()).unwrap_or_default()
    }

    #[track_caller]
    pub fn hears(&self, word: &str) {
        eventually(SOON, word, || {
            let heard = self.hear();
            ensure(heard.lines().any(|line| line.starts_with(word)), || heard)
        });
    }

    #[track_caller]
    pub fn hears_nothing(&self) {
        eventually(SOON, "the manager hears nothing", || {
            let heard = self.hear();
            ensure(heard.is_empty(), || heard)
        });
    }
}

/// The service manager hears when it is ready, when it reads its configuration again, that it lives, and when it ends.
#[test]
fn tells_the_service_manager() {
    let manager = Manager::new();
    let mut exporter = manager.start("");
    manager.hears("READY=1");
    // Each within the time after which pgvigil would be started anew.
    for _ in 0..6 {
        let heard = manager.hear();
        assert!(heard.contains("WATCHDOG=1"), "{heard:?}");
    }

    process::signal("HUP", &[exporter.pid()]);
    manager.hears("RELOADING=1");
    manager.hears("READY=1");

    let suspended = exporter.suspend();
    manager.hears_nothing();
    drop(suspended);
    manager.hears("WATCHDOG=1");

    process::signal("TERM", &[exporter.pid()]);
    manager.hears("STOPPING=1");
    assert!(exporter.ends(SOON), "{}", exporter.log());
}

/// A service manager that hangs takes no more messages once its queue is full. pgvigil goes on, takes a new configuration over, and ends.
#[test]
fn a_service_manager_that_hangs() {
    let manager = Manager::new();
    let mut exporter = manager.start("");
    let another = UnixDatagram::unbound().expect("a socket");
    another.set_nonblocking(true).expect("a socket");
    let is_full =
        || another.send_to(b"X=1", manager.folder.path().join("notify")).is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    eventually(SOON, "its queue is full", || ensure(is_full(), || "there is room".to_owned()));
    // Longer than pgvigil takes to tell that it lives: whoever waits for the manager now does so for as long as it hangs.
    let begun = Instant::now();
    while begun.elapsed() < Manager::PATIENCE {
        assert_eq!(Client::new(exporter.port).get("/metrics", &[]).expect("an answer").status, 200);
    }
    assert_eq!(exporter.client.post("/-/reload").expect("an answer").status, 200);
    assert!(is_full());
    assert!(exporter.terminate(), "{}", exporter.log());
}

/// A process that lives and has no page is no better than one that hangs: the manager hears nothing of it for as long as it would wait,
/// whether the page fails or does not come about. It hears again where the page comes again by itself.
#[test]
fn without_a_page_the_service_manager_hears_nothing() {
    for page in ["page=4*off->9*panic->off", "page=4*off->1*sleep(5000)->off"] {
        let manager = Manager::new();
        let exporter = manager.start(page);
        manager.hears("READY=1");
        manager.hears("WATCHDOG=1");
        manager.hears_nothing();
        assert_eq!(exporter.get("/-/healthy", &[]).status, 200, "it lives");
        manager.hears("WATCHDOG=1");
    }
}

/// Twelve queries are due in a database, each ends well before it would be given up, and together they take longer than the end may.
#[test]
fn ends_in_the_middle_of_a_visit() {
    let server = Server::primary(18);
    let own = TempDir::new().expect("a temporary folder");
    fs::create_dir(own.path().join("own")).expect("its own folder");
    for number in 0..12 {
        let query = format!(
            "-- about: Sleeps.\n-- scope: database\n-- cost: high\n-- interval: 1h\n-- timeout: 3s\n-- limit: 10 series\n\
             -- gauge own_slow_{number}: A number.\n-- sql:\nSELECT 1 AS own_slow_{number} FROM pg_catalog.pg_sleep(0.8)\n"
        );
        fs::write(own.path().join(format!("own/slow_{number}.sql")), query).expect("its own folder");
    }
    let mut exporter = Exporter::start(&Config::as_shipped().directory(own.path()).server("primary", &server), &[&server]);
    server.psql().await_true(
        "exists (select from pg_stat_activity where application_name = 'pgvigil' and state = 'active' and query like '%pg_sleep%')",
    );
    let begun = Instant::now();
    assert!(exporter.terminate(), "{}", exporter.log());
    assert!(begun.elapsed() < Duration::from_secs(4), "it took {:?}", begun.elapsed());
}
