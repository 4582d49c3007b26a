//! What pgvigil says about itself: its log ([`log`]), its own metrics ([`own`]), those of its work on each server ([`targets`]), and its
//! panics ([`panics`]).

pub mod log;
pub mod own;
pub mod panics;
pub mod targets;
