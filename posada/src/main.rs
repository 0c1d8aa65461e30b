//! The binary: reads the command line, runs the command, turns what went wrong into one message.

use std::process::ExitCode;

use clap::Parser;
use posada::cli::Cli;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("posada: {error:#}");
            ExitCode::FAILURE
        }
    }
}
