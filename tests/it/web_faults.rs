//! Readers that misbehave: each costs its own connection, and neither memory nor anybody else's page.

use std::fs;
use std::io::Read as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::process::peak_memory;
use crate::support::server::{NOWHERE, Server};
use crate::support::wire::{Answer, Wire, connect};
use crate::support::{SOON, ensure, eventually};

/// Rows of the big page, of which each is a line of 2,000 bytes: 40 MB.
const ROWS: usize = 20_000;
/// The limit of its query, of which each series stands for 1 kB of text, and a row's labels count twice.
const LIMIT: usize = 5 * ROWS;
pub const BYTES: usize = 38_000_000;

/// What a reader may cost besides the page itself, which exists once.
const MIB: u64 = 1024;

/// Nothing but the exporter's own page: no server answers.
fn small() -> Exporter {
    Exporter::start(&Config::default().url("nobody", NOWHERE, ""), &[])
}

/// A page of 40 MB from a real server, asked for once.
pub fn big() -> (Server, Exporter, TempDir) {
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir(folder.path().join("big")).expect("its own folder");
    let query = format!(
        "-- about: A big page.\n-- interval: 1h\n-- timeout: 1m\n-- limit: {LIMIT} series\n-- label big_text: Padding.\n\
         -- gauge big_rows: A number.\n-- sql:\n\
         SELECT pg_catalog.repeat('x', 1950) || g AS big_text, g AS big_rows FROM pg_catalog.generate_series(1, {ROWS}) AS g\n"
    );
    fs::write(folder.path().join("big/rows.sql"), query).expect("its own folder");
    let server = Server::primary(18);
    let exporter = Exporter::start(&Config::as_shipped().directory(folder.path()).server("db", &server), &[&server]);
    // Longer than the query's own time-out.
    eventually(Duration::from_secs(90), "the page is big", || {
        let head = head(&exporter);
        ensure(length(&head) > BYTES, || head.head)
    });
    (server, exporter, folder)
}

/// What the page would be, without reading it.
fn head(exporter: &Exporter) -> Answer {
    let mut wire = Wire::open(exporter.port);
    wire.send(b"HEAD /metrics?server=db HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    wire.answer().expect("an answer")
}

fn length(answer: &Answer) -> usize {
    answer.header("content-length").parse().unwrap_or_else(|_| panic!("{}", answer.head))
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").into_bytes()
}

/// How many files and sockets the process has open.
fn open_files(exporter: &Exporter) -> usize {
    fs::read_dir(format!("/proc/{}/fd", exporter.pid())).expect("it runs").count()
}

/// 200 at once get all of it, and share its memory.
#[test]
fn many_readers_share_one_page() {
    let (_server, exporter, _folder) = big();
    let whole = Wire::open(exporter.port).get("/metrics?server=db", "");
    assert_eq!(whole.status, 200);
    assert!(whole.body.len() > BYTES, "{}", whole.body.len());
    let before = peak_memory(exporter.pid());
    let shorter = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..200 {
            scope.spawn(|| {
                let mut wire = Wire::over(connect(exporter.port, Duration::from_secs(100)));
                wire.send(&get("/metrics?server=db"));
                // Its own figures may gain or lose a digit, the head has some hundred bytes.
                if wire.drain() < whole.body.len() - 10_000 {
                    shorter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(shorter.into_inner(), 0, "all pages are whole");
    let after = peak_memory(exporter.pid());
    assert!(after < before + 64 * MIB, "{before} KiB, then {after}");
}

/// Who takes nothing, or a byte a second, does not hold up the others, costs no memory, and is given up.
#[test]
fn slow_readers_are_given_up() {
    let (_server, exporter, _folder) = big();
    let idle = open_files(&exporter);
    let before = peak_memory(exporter.pid());
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut readers: Vec<_> = (0..100).map(|_| connect(exporter.port, SOON)).collect();
        for reader in &mut readers {
            Wire::over(&*reader).send(&get("/metrics"));
        }
        // A page that was begun has come on its way before the readers rest.
        for reader in &mut readers {
            reader.read_exact(&mut [0; 12]).expect("the head");
        }
        let over = &over;
        let trickle = scope.spawn(move || {
            // Longer than a reader lasts, and not for ever should an assertion fail.
            for _ in (0..90).take_while(|_| !over.load(Ordering::Relaxed)) {
                for reader in &mut readers[..50] {
                    let _ = reader.read(&mut [0]);
                }
                thread::sleep(Duration::from_secs(1));
            }
            readers
        });
        for _ in 0..5 {
            let begun = Instant::now();
            assert!(Wire::open(exporter.port).get("/metrics", "").body.len() > BYTES);
            assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
        }
        eventually(Duration::from_mins(1), "the readers are given up", || {
            let open = open_files(&exporter);
            ensure(open < idle + 10, || format!("{open} files, {idle} at first"))
        });
        over.store(true, Ordering::Relaxed);
        for reader in trickle.join().expect("it ends") {
            assert!(Wire::over(reader).drain() < BYTES, "cut off, not served");
        }
    });
    let after = peak_memory(exporter.pid());
    assert!(after < before + 64 * MIB, "{before} KiB, then {after}");
}

/// The places for connections are bounded. Who comes when all are taken waits and is served in turn, and the log says so once.
#[test]
fn connections_are_bounded() {
    let exporter = small();
    let mut taken: Vec<Wire> = (0..512).map(|_| Wire::open(exporter.port)).collect();
    exporter.await_log("connection limit reached");
    let mut waiting: Vec<Wire> = (0..20).map(|_| Wire::open(exporter.port)).collect();
    for wire in &mut waiting {
        wire.send(&get("/-/healthy"));
    }
    assert!(waiting.iter_mut().all(|wire| !wire.is_closed()), "they wait");
    let begun = Instant::now();
    taken.truncate(500);
    for wire in &mut waiting {
        assert_eq!(wire.answer().expect("an answer").status, 200);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(exporter.log().matches("connection limit reached").count(), 1, "{}", exporter.log());
    assert!(peak_memory(exporter.pid()) < 100 * MIB, "{} KiB", peak_memory(exporter.pid()));
}

/// A head that does not come to its end, no request at all, and no second one: none keeps its connection for ever.
#[test]
fn who_says_nothing_is_given_up() {
    let exporter = small();
    let begun = Instant::now();
    let mut silent = Wire::open(exporter.port);
    let mut idle = Wire::open(exporter.port);
    idle.send(b"GET /-/healthy HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut slow = Wire::open(exporter.port);
    slow.send(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n");
    eventually(Duration::from_mins(1), "all are closed", || {
        slow.send(b"X: y\r\n");
        thread::sleep(Duration::from_millis(900));
        let closed = [silent.is_closed(), idle.is_closed(), slow.is_closed()];
        ensure(closed == [true; 3], || format!("{closed:?} after {:?}", begun.elapsed()))
    });
    // Who scrapes every half minute keeps the connection.
    assert!(begun.elapsed() > Duration::from_secs(30), "{:?}", begun.elapsed());
}

/// What is not as it should be gets the status that says so, and no more.
#[test]
fn odd_requests() {
    let exporter = small();
    for (request, status) in [
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 200),
        ("GET /metrics HTTP/1.0\r\n\r\n".to_owned(), 200),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: image/png\r\n\r\n".to_owned(), 200),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: ;;,\u{fc}\r\n\r\n".to_owned(), 200),
        ("GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 404),
        ("GET /metrics/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 404),
        ("GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 404),
        ("GET /metrics?server=%ff%00 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 404),
        ("GET /metrics?server=a&server=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 400),
        ("DELETE /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 405),
        ("OPTIONS /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 405),
        ("GET /-/reload HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(), 405),
        (format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(500)), 431),
        (format!("GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "y".repeat(100_000)), 431),
        (format!("GET /metrics?server={} HTTP/1.1\r\nHost: localhost\r\n\r\n", "y".repeat(100_000)), 431),
        ("GET /metrics\r\n\r\n".to_owned(), 400),
        ("\0\u{1}\u{2}\r\n\r\n".to_owned(), 400),
        ("GET /metrics HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: nonsense\r\n\r\n".to_owned(), 400),
    ] {
        let mut wire = Wire::open(exporter.port);
        wire.send(request.as_bytes());
        let answer = wire.answer().unwrap_or_else(|error| panic!("{}: {error}", &request[..request.len().min(80)]));
        assert_eq!(answer.status, status, "{}", &request[..request.len().min(80)]);
        assert!(answer.lingered < Duration::from_secs(1), "closed after {:?}: {}", answer.lingered, &request[..request.len().min(80)]);
        if status == 200 {
            assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"), "{}", answer.head);
        }
        if status == 405 {
            assert!(["GET,HEAD", "POST"].contains(&answer.header("allow")), "{}", answer.head);
        }
    }
    let mut wire = Wire::open(exporter.port);
    wire.send(b"HEAD /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let head = wire.answer().expect("an answer");
    assert!(head.status == 200 && head.body.is_empty(), "{}", head.head);
    assert!(length(&head) > 1000, "{}", head.head);
}

/// Who speaks HTTP/1.0 knows neither chunks nor connections that stay: an answer has its length, and then the connection ends.
#[test]
fn readers_of_the_first_version() {
    let exporter = small();
    for path in ["/metrics", "/metrics?server=nobody", "/", "/-/healthy", "/sd", "/nothing"] {
        for more in ["", "Accept-Encoding: gzip\r\n", "Connection: close\r\n"] {
            let mut wire = Wire::open(exporter.port);
            wire.send(format!("GET {path} HTTP/1.0\r\n{more}\r\n").as_bytes());
            let answer = wire.answer().unwrap_or_else(|error| panic!("{path} {more:?}: {error}"));
            assert_eq!(answer.status, if path == "/nothing" { 404 } else { 200 }, "{path} {more:?}: {}", answer.head);
            assert_eq!(answer.header("transfer-encoding"), "", "{path} {more:?}: {}", answer.head);
            assert_eq!(length(&answer), answer.body.len(), "{path} {more:?}: {}", answer.head);
            assert!(answer.lingered < Duration::from_secs(1), "{path} {more:?}: closed after {:?}", answer.lingered);
        }
    }
}

/// Nobody reads a body: a gigabyte of it is refused after what fits into the kernel's buffers.
#[test]
fn bodies_are_not_read() {
    let exporter = small();
    let before = peak_memory(exporter.pid());
    for (method, path, status) in [("POST", "/metrics", 405), ("GET", "/metrics", 200), ("PUT", "/", 405), ("POST", "/-/reload", 200)] {
        for framing in ["Content-Length: 1073741824\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n40000000\r\n"] {
            let mut wire = Wire::open(exporter.port);
            wire.send(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{framing}").as_bytes());
            let piece = vec![b'x'; 1 << 20];
            let sent: usize = (0..1024).map(|_| wire.send(&piece)).take_while(|count| *count == piece.len()).sum();
            assert!(sent < 64 << 20, "{method} {path}: {sent} bytes were taken");
            assert_eq!(wire.answer().expect("an answer").status, status, "{method} {path}");
        }
    }
    // Who asks first whether to send it is told at once.
    let mut wire = Wire::open(exporter.port);
    wire.send(
        b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1073741824\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(wire.answer().expect("an answer").status, 405);
    let after = peak_memory(exporter.pid());
    assert!(after < before + 16 * MIB, "{before} KiB, then {after}");
}
