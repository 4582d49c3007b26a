//! Arguments in, exit code out.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    pgvigil::cli::run(&pgvigil::cli::Cli::parse())
}
