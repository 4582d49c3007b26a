//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    pgvigil::cli::run(&pgvigil::cli::Cli::of_arguments())
}
