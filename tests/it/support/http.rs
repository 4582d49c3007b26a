//! A small HTTP client that shows what is on the wire.

use std::io::Read;
use std::time::{Duration, Instant, SystemTime};

use flate2::read::GzDecoder;
use ureq::Agent;
use ureq::http::HeaderMap;

use super::server::shows_no_secret;

pub const TEXT: &str = "text/plain;version=0.0.4";
pub const OPENMETRICS: &str = "application/openmetrics-text;version=1.0.0";

pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub sent: SystemTime,
    /// From the request to the last byte.
    pub took: Duration,
}

impl Response {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body, unpacked if it is packed. Whoever reads it sees to it that no secret is in it.
    #[track_caller]
    pub fn text(&self) -> String {
        let text = self.unpacked();
        shows_no_secret(text.as_bytes(), "an answer");
        text
    }

    fn unpacked(&self) -> String {
        if self.header("content-encoding") != "gzip" {
            return String::from_utf8(self.body.clone()).expect("a body in UTF-8");
        }
        let mut text = String::new();
        GzDecoder::new(self.body.as_slice()).read_to_string(&mut text).expect("a body in gzip and UTF-8");
        text
    }
}

pub struct Client {
    agent: Agent,
    base: String,
}

impl Client {
    pub fn new(port: u16) -> Self {
        Self::patient(port, Duration::from_secs(10))
    }

    /// One that waits no longer than this for an answer.
    pub fn patient(port: u16, patience: Duration) -> Self {
        // With a limit to the whole, ureq makes a thread to look up the address, which may wait for a processor longer than the answer takes.
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(patience))
            .timeout_recv_response(Some(patience))
            .timeout_recv_body(Some(patience))
            .build();
        Self { agent: config.into(), base: format!("http://127.0.0.1:{port}") }
    }

    /// Whom it asks.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// # Errors
    /// When there is no answer at all.
    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Result<Response, String> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let start = Instant::now();
        finish(start, request.call())
    }

    /// # Errors
    /// When there is no answer at all.
    pub fn post(&self, path: &str) -> Result<Response, String> {
        let start = Instant::now();
        finish(start, self.agent.post(format!("{}{path}", self.base)).send_empty())
    }
}

fn finish(start: Instant, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Response, String> {
    let answer = answer.map_err(|error| error.to_string())?;
    let (parts, mut body) = answer.into_parts();
    // 300,000 series are some 40 MB.
    let body = body.with_config().limit(1 << 28).read_to_vec().map_err(|error| error.to_string())?;
    let took = start.elapsed();
    Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body, sent: SystemTime::now() - took, took })
}
