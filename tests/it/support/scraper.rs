//! Who asks for pages while something goes wrong: as Prometheus a process of its own, and before all others at a processor.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;
use ureq::http::{HeaderMap, HeaderValue, header::CONTENT_ENCODING};

use super::http::Response;
use super::process::{self, User};
use super::project;

pub struct Scraper {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// Whether it gets a processor before all others, which root can have.
    pub is_first: bool,
}

impl Scraper {
    pub fn of(port: u16) -> Self {
        let mut command = process::command("python3", User::Same, "KILL");
        command.arg(project().join("tests/it/support/scraper.py")).arg(port.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = process::spawn(command);
        let input = process.stdin.take().expect("piped");
        let output = BufReader::new(process.stdout.take().expect("piped"));
        let mut scraper = Self { process, input, output, is_first: false };
        scraper.is_first = scraper.read_json() == Value::Bool(true);
        scraper
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// The answer, packed as it came.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&mut self, path: &str) -> Result<Response, String> {
        writeln!(self.input, "{path}").expect("it reads");
        let said = self.read_json();
        if let Some(error) = said["error"].as_str() {
            return Err(error.to_owned());
        }
        let number = |key: &str| said[key].as_u64().expect("a number");
        let mut body = vec![0; usize::try_from(number("length")).expect("it fits")];
        self.output.read_exact(&mut body).expect("all of it");
        let encoding = HeaderValue::from_str(said["encoding"].as_str().expect("a text")).expect("as it came");
        Ok(Response {
            status: u16::try_from(number("status")).expect("a status"),
            headers: HeaderMap::from_iter([(CONTENT_ENCODING, encoding)]),
            body,
            sent: UNIX_EPOCH + Duration::from_secs_f64(said["sent"].as_f64().expect("a time")),
            took: Duration::from_nanos(number("took")),
        })
    }

    fn read_json(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("UTF-8");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }
}

impl Drop for Scraper {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
