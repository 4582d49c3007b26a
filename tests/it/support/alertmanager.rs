//! A real Alertmanager with the routes that the project ships, and a mailbox in place of each receiver.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::http::Client;
use super::process::{self, User};
use super::{ensure, eventually, project};

/// An alert as a receiver gets it.
#[derive(Clone, Debug)]
pub struct Mail {
    pub receiver: String,
    /// With `status`, `labels`, `annotations`.
    pub alert: Value,
}

type Mailbox = Arc<Mutex<Vec<Mail>>>;

pub struct Alertmanager {
    pub port: u16,
    process: Child,
    mailbox: Mailbox,
    _folder: TempDir,
}

impl Alertmanager {
    pub fn start(program: &Path) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let port = process::free_port();
        let mailbox = Mailbox::default();
        let letters = receive(Arc::clone(&mailbox));
        let file = folder.path().join("alertmanager.yml");
        fs::write(&file, configuration(letters)).expect("its own folder");
        let log = fs::File::create(folder.path().join("log")).expect("its own folder");

        let mut command = process::command(relocated(program, folder.path()), User::Same, "KILL");
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .current_dir(shared(program))
            .stdout(log.try_clone().expect("a file"))
            .stderr(log);
        let alertmanager = Self { port, process: process::spawn(command), mailbox, _folder: folder };
        eventually(Duration::from_secs(20), "Alertmanager is ready", || {
            let response = Client::new(port).get("/-/ready", &[])?;
            ensure(response.status == 200, || response.text())
        });
        alertmanager
    }

    /// Whether an alert of this severity is there and held back, since a worse one of its server fires.
    ///
    /// # Errors
    /// When Alertmanager does not answer well.
    pub fn inhibits(&self, alert: &str, severity: &str) -> Result<bool, String> {
        let response = Client::new(self.port).get("/api/v2/alerts", &[])?;
        let alerts: Value = serde_json::from_slice(&response.body).map_err(|error| error.to_string())?;
        let wanted = |found: &&Value| found["labels"]["alertname"] == alert && found["labels"]["severity"] == severity;
        let found = alerts.as_array().and_then(|alerts| alerts.iter().find(wanted)).ok_or_else(|| format!("no {alert} in {alerts}"))?;
        Ok(found["status"]["inhibitedBy"].as_array().is_some_and(|by| !by.is_empty()))
    }

    /// All that has come so far, the oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.mailbox.lock().expect("nobody fails with it").clone()
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Routes and inhibitions as they are shipped, but for the waiting; each receiver is a mailbox of its name.
fn configuration(letters: u16) -> String {
    let shipped = fs::read_to_string(project().join("deploy/alertmanager/alertmanager.yml")).expect("it is shipped");
    let (_, from_route) = shipped.split_once("\nroute:\n").expect("routes");
    let (routes, rest) = from_route.split_once("\ntemplates:").expect("templates after the routes");
    let (_, receivers) = rest.split_once("\nreceivers:\n").expect("receivers");
    let routes: Vec<String> = routes
        .lines()
        .map(|line| match line.split_once(": ") {
            Some((key, _)) if key.trim() == "group_wait" || key.trim() == "group_interval" => format!("{key}: 1s"),
            _ => line.to_owned(),
        })
        .collect();
    let mut configuration = format!("route:\n{}\nreceivers:\n", routes.join("\n"));
    for name in receivers.lines().filter_map(|line| line.strip_prefix("  - name: ")) {
        let _ = writeln!(configuration, "  - name: {name}\n    webhook_configs: [{{ url: 'http://127.0.0.1:{letters}/{name}' }}]");
    }
    configuration
}

/// Debian's Alertmanager insists on templates below `/usr/share`, where an unpacked package cannot have them. A copy of it looks for
/// them below its working directory: another path of the same length, since that is how a text in a program can be replaced.
fn relocated(program: &Path, folder: &Path) -> std::path::PathBuf {
    const PATH: &[u8] = b"/usr/share/prometheus/alertmanager";
    const RELATIVE: &[u8] = b"./././././/prometheus/alertmanager";
    let mut bytes = fs::read(program).expect("it is installed");
    let places: Vec<usize> = bytes.windows(PATH.len()).enumerate().filter(|(_, window)| *window == PATH).map(|(place, _)| place).collect();
    for place in places {
        bytes[place..place + PATH.len()].copy_from_slice(RELATIVE);
    }
    let copy = folder.join("alertmanager");
    fs::write(&copy, bytes).expect("its own folder");
    fs::set_permissions(&copy, fs::metadata(program).expect("it is installed").permissions()).expect("its own folder");
    copy
}

/// The folder `share` of the package that a program is of.
fn shared(program: &Path) -> std::path::PathBuf {
    program.canonicalize().expect("it is installed").parent().expect("a folder bin").with_file_name("share")
}

/// Listens for webhooks, and puts what they bring into the mailbox.
fn receive(mailbox: Mailbox) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mailbox = Arc::clone(&mailbox);
            // The connection is kept for the next letter.
            thread::spawn(move || while take_in(&stream, &mailbox).is_some() {});
        }
    });
    port
}

/// One request; `None` at the end of the connection.
fn take_in(mut stream: &TcpStream, mailbox: &Mailbox) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    reader.read_line(&mut request).ok().filter(|read| *read > 0)?;
    let receiver = request.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end().to_ascii_lowercase().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let letter: Value = serde_json::from_slice(&body).ok()?;
    let mails = letter["alerts"].as_array()?.iter().map(|alert| Mail { receiver: receiver.clone(), alert: alert.clone() });
    mailbox.lock().ok()?.extend(mails);
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").ok()
}
