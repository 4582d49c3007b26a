//! The second login of a server, for queries over what belongs to roles that are not trusted.

use std::path::PathBuf;

use super::password;
use crate::document::table::{Entry, Table};

/// A login role that has nothing but its SELECTs, so that a function which a table's owner has it run gets nothing. It is reached as the server is: by the
/// same host, port and TLS. Never `SET ROLE`: such a function may reset it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Its name.
    pub user: String,
    /// A file with its password. Without one, it has none: that of the other login is not sent.
    pub password_file: Option<PathBuf>,
}

/// As whom to log in to a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LoginRole {
    /// As the monitoring role, that of the URL.
    #[default]
    Monitor,
    /// As the reader.
    Reader,
}

impl LoginRole {
    /// The value of the label `login`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Monitor => "monitor",
            Self::Reader => "reader",
        }
    }
}

impl Reader {
    pub(super) fn read(mut table: Table<'_>) -> Option<Self> {
        let user = table.require("user", "the login role that deploy/sql/reader.sql creates").and_then(Entry::word);
        let password_file = table.take("password_file").and_then(password::file);
        table.finish();
        Some(Self { user: user?, password_file })
    }
}
