//! The log: one line an event, on standard error.
//!
//! Whoever takes it in may hang, go, or run out of disk, and the hour at which that happens is the one at which pgvigil is needed. So a thread of
//! its own writes it; what cannot be written is lost, and counted.

use std::fmt::{self, Debug};
use std::io::{self, IsTerminal as _, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, Receiver, Sender, SyncSender, TrySendError};
use std::thread;
use std::time::{Duration, Instant};

use fail::fail_point;
use prometheus_client::metrics::counter::Counter;
use tracing::field::Field;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::format::{Writer, debug_fn};

use crate::diagnostic::Diagnostic;
use crate::visible;

/// How lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// A line as it is written. JSON keeps some marks that a terminal obeys; of a line of text, each field was made visible by itself.
    fn readable(self, line: &[u8]) -> Vec<u8> {
        match (self, std::str::from_utf8(line)) {
            (Self::Json, Ok(line)) => visible::json(line).into_owned().into_bytes(),
            _ => line.to_vec(),
        }
    }
}

/// A field of a line of text. What others have written must neither begin a line nor move the cursor.
fn field(writer: &mut Writer<'_>, field: &Field, value: &dyn Debug) -> fmt::Result {
    let value = format!("{value:?}");
    match field.name() {
        "message" => write!(writer, "{}", visible::visible(&value)),
        name => write!(writer, "{name}={}", visible::visible(&value)),
    }
}

/// Lines that wait to be written, at most: some 1 MB. What pgvigil says in a burst, of a configuration full of mistakes for instance, is less.
const WAITING: usize = 4_000;

/// How long the end waits for what is not written yet.
const END: Duration = Duration::from_millis(500);

/// Between a panic at a line and the next line. The panic is itself a line, so one that comes at each line must not come all the time.
const RECOVERY: Duration = Duration::from_secs(1);

/// The log. When it is dropped, what still waits is written, unless that takes too long.
#[derive(Debug)]
pub struct Log {
    /// Counts the lines that could not be written.
    pub lost: Counter,
    waiting: SyncSender<Message>,
}

/// To the thread that writes.
#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    /// Whoever holds the other end hears when all before this is written.
    Mark(Sender<()>),
}

/// Takes in lines, each as a whole, and never waits.
#[derive(Debug, Clone)]
struct Lines {
    waiting: SyncSender<Message>,
    lost: Counter,
    format: LogFormat,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.waiting.try_send(Message::Line(self.format.readable(line))).is_err() {
            self.lost.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let deadline = Instant::now() + END;
        let (mark, written) = mpsc::channel();
        let mut message = Message::Mark(mark);
        while let Err(TrySendError::Full(unsent)) = self.waiting.try_send(message)
            && Instant::now() < deadline
        {
            message = unsent;
            thread::sleep(END / 100);
        }
        let _ = written.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }
}

/// Writes what comes, one line after the other, for as long as there is a log.
fn write(messages: &Receiver<Message>, mut to: impl Write, lost: &Counter) {
    for message in messages {
        fail_point!("log");
        match message {
            Message::Line(line) if to.write_all(&line).is_err() => {
                lost.inc();
            }
            Message::Line(_) => {}
            Message::Mark(mark) => drop(mark),
        }
    }
}

/// The same with a way back from a panic, which costs the line that it came at.
fn keep_writing(messages: &Receiver<Message>, mut to: impl Write, lost: &Counter) {
    // What it shares is a channel and a counter, which no panic leaves half changed.
    while catch_unwind(AssertUnwindSafe(|| write(messages, &mut to, lost))).is_err() {
        lost.inc();
        thread::sleep(RECOVERY);
    }
}

/// Begins to log. `filter` is a level, or directives such as `info,pgvigil::target=debug`.
#[must_use]
pub fn start(filter: &str, format: LogFormat) -> Log {
    // The driver logs statements, connection parameters and lines of .pgpass at its own discretion; what matters of it, pgvigil says itself.
    let quiet = ["sqlx=off", "sqlx_core=off", "sqlx_postgres=off", "sqlx_postgres::options::pgpass=off"]
        .iter()
        .filter_map(|directive| directive.parse().ok());
    let filter = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into()).parse_lossy(filter);
    let filter = quiet.fold(filter, EnvFilter::add_directive);
    let (waiting, messages) = mpsc::sync_channel(WAITING);
    let lost = Counter::default();
    let lines = Lines { waiting: waiting.clone(), lost: lost.clone(), format };
    let counter = lost.clone();
    let thread = thread::Builder::new().name("log".to_owned()).spawn(move || keep_writing(&messages, io::stderr(), &counter));
    if let Err(error) = thread {
        eprintln!("there will be no log: no thread for it: {error}");
    }
    // What goes wrong with a line would else be said on standard error, and that with a panic where it cannot be written to.
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).log_internal_errors(false);
    let builder = builder.with_writer(move || lines.clone());
    match format {
        LogFormat::Text => builder.with_ansi(io::stderr().is_terminal()).fmt_fields(debug_fn(field).delimited(" ")).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Log { lost, waiting }
}

/// Says what is wrong with a file that was read while pgvigil runs, and what is done about it.
pub fn wrong(errors: &[Diagnostic], consequence: &str) {
    for error in errors {
        let line = error.place.as_ref().map(|place| place.line);
        tracing::error!(file = error.path, line, hint = error.hint, error = error.message, "{consequence}");
    }
}
