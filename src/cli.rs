//! The command line: its [arguments](mod@arguments), what each [command](mod@commands) does, and what is said of the flags of [other exporters](mod@foreign).

mod arguments;
mod commands;
mod foreign;

pub use arguments::Cli;
pub use commands::run;
