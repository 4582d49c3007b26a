//! The web configuration file: TLS, and who may read. Its format is that of Prometheus' own exporters (exporter-toolkit), so that one file
//! serves them all.
//!
//! The file and those it names are read again every few seconds ([`watch`]) and on a reload. If they are wrong then, those before stay in
//! force: monitoring that stops because a certificate is being renewed would be missed when it is needed.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`file`](mod@file) | the grammar of the file |
//! | [`hash`](mod@hash) | the line of a user, made of a password |
//! | [`seal`] | the files that it names, and a digest over all |
//! | [`tls`] | the server's side of TLS |
//! | [`users`] | basic authentication |
//! | [`watch`] | reads it again |

pub mod file;
pub mod hash;
mod seal;
pub mod tls;
pub mod users;
pub mod watch;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue};

use crate::diagnostic::Diagnostic;
use users::Users;

/// How pages are served, and to whom. The default: in the clear, to everybody who reaches the address.
#[derive(Default)]
pub struct Web {
    /// The file that it is from.
    pub path: Option<PathBuf>,
    /// Who may read.
    pub users: Users,
    /// What every answer bears.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The server's side of TLS; without it, pages go in the clear.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// The files with keys or hashes of passwords.
    pub secret_files: BTreeSet<PathBuf>,
    /// What was not checked, as a file is not here and need not be.
    pub unchecked: Vec<Diagnostic>,
    /// Over all that was read.
    seal: Option<[u8; 32]>,
}

impl Web {
    /// Whether the same was read both times.
    #[must_use]
    pub fn is_as(&self, other: &Self) -> bool {
        self.path == other.path && self.seal == other.seal
    }

    /// How the address of its pages begins.
    #[must_use]
    pub const fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}
