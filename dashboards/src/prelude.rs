//! The vocabulary of a board's file.

pub use pgvigil::rules::Severity::{Critical, Info, Warning};

pub use crate::board::{Board, line};
pub use crate::list::table;
pub use crate::panel::{Panel, bargauge, gauge, stat, timeseries};
pub use crate::query::{bottom, query, top, worst};
pub use crate::table::{column, key};
pub use crate::unit::{ON, ROLE, SEVERITY, SHOULD_BE_ON, UP, Unit, Words};
