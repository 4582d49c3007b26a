//! What pgvigil says about itself: its log ([`log`]), its own metrics ([`own`]), those of its work on each server ([`targets`]), those that
//! dashboards ask other exporters for ([`foreign`](mod@foreign)), and its panics ([`panics`]).

pub mod foreign;
pub mod log;
pub mod own;
pub mod panics;
pub mod targets;
