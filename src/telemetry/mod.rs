//! What pgvigil says about itself: its log ([`log`]), its own metrics ([`own`]), and those of its work on each server ([`targets`]).

pub mod log;
pub mod own;
pub mod targets;
