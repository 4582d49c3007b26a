//! The command line.
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`arguments`] | what the command line may say |
//! | [`commands`] | what each command does |
//! | [`foreign`] | what is said of the flags of other exporters |

mod arguments;
mod commands;
mod foreign;

pub use arguments::Cli;
pub use commands::run;
