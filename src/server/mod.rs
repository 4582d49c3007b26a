//! One server, and the two connections that pgvigil may have to it.

pub mod doors;
pub mod seats;
