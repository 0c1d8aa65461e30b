//! The command line.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::config::{Config, ConfigArgs};
use crate::console::Manner;
#[cfg(debug_assertions)]
use crate::failpoint;
use crate::{ask, bench, commands, operator, serve};

/// The front desk for shared things: talk to each other, and reserve what you share
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    Serve(ServeArgs),
    /// Give a running server an order, as at its console: /kick NAME, or a text to everybody
    Operator(operator::OperatorArgs),
    /// Talk to a server: from a terminal, or through a pipe
    Connect(posada_client::ConnectArgs),
    /// Print the configuration in force
    Config(ConfigArgs),
    /// Verify a log while no server uses it: what it holds, and where it is damaged
    Check(DataArgs),
    /// Print the history that a log holds, one entry a line
    Log {
        #[command(flatten)]
        data: DataArgs,
        /// The first entry to print
        #[arg(long, value_name = "SEQ", default_value_t = 1)]
        from: u64,
    },
    /// Copy the log to a new directory, also while a server uses it, and verify the copy
    Backup {
        #[command(flatten)]
        data: DataArgs,
        /// Where to put it: a directory that does not exist yet, or is empty
        target: PathBuf,
    },
    /// Copy a backup to a data directory that holds nothing yet, and verify both
    Restore {
        /// The backup
        backup: PathBuf,
        #[command(flatten)]
        data: DataArgs,
    },
    /// Write down what the full segments come to, so that the next start need not read them
    Snapshot {
        #[command(flatten)]
        data: DataArgs,
        /// Be the helper of this process: end with it, and let everybody go first
        #[arg(long, value_name = "PID", hide = true)]
        helps: Option<u32>,
        /// Write nothing: look whether the segments that the newest one stands for are sound
        #[arg(long, hide = true)]
        verify: bool,
    },
    /// Write what the log of a closed server, or a backup, holds as tables
    Export {
        #[command(flatten)]
        data: DataArgs,
        /// The database to write; it must not exist yet
        #[arg(long, value_name = "FILE")]
        sqlite: PathBuf,
    },
    /// Measure a server under load, and verify every answer meanwhile; exits 1 if one was wrong
    Bench(bench::BenchArgs),
}

#[derive(Debug, clap::Args)]
struct ServeArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Ask for the IP and the port at which notes are taken
    #[arg(long)]
    ask: bool,
    /// Be the operator's console on standard input and output, though they are no terminal
    #[arg(long)]
    console: bool,
    /// Be no console on a terminal either
    #[arg(long, conflicts_with = "console")]
    no_console: bool,
}

impl ServeArgs {
    fn load(&self) -> Result<Config> {
        let mut gathered = self.config.gather(std::env::vars_os())?;
        if self.ask {
            ask::for_address_of_notes(&mut gathered)?;
        }
        Ok(gathered.config()?)
    }

    fn manner(&self) -> Manner {
        match (self.console, self.no_console) {
            (true, _) => Manner::Always,
            (_, true) => Manner::Never,
            _ => Manner::OnTerminals,
        }
    }
}

#[derive(Debug, clap::Args)]
struct DataArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

impl DataArgs {
    fn path(&self) -> Result<PathBuf> {
        Ok(self.config.load()?.data)
    }
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// When it could not do what it is for.
    pub fn run(self) -> Result<ExitCode> {
        let mut out = io::stdout().lock();
        match self.command {
            Command::Serve(args) => {
                drop(out);
                serve::serve(&args.load()?, args.manner())?;
                // Past the flush below: a terminal that takes nothing would hold the end up.
                return Ok(ExitCode::SUCCESS);
            }
            Command::Operator(args) => {
                drop(out);
                return operator::operator(&args);
            }
            Command::Connect(args) => {
                drop(out);
                return Ok(posada_client::connect(&args));
            }
            Command::Bench(args) => return bench::bench(&args, &mut out),
            Command::Config(args) => {
                let gathered = args.gather(std::env::vars_os())?;
                gathered.config()?;
                commands::config(&gathered, &mut out)?;
            }
            Command::Check(data) => {
                let verdict = commands::check(&data.path()?, &mut out)?;
                return Ok(ExitCode::from(verdict.exit_code()));
            }
            Command::Log { data, from } => {
                let first = commands::log(&data.path()?, from, &mut out)?;
                if first > from {
                    // Not among the entries: those may go on into another program.
                    eprintln!("the log begins with a snapshot; its first entry is {first}");
                }
            }
            Command::Backup { data, target } => {
                commands::backup(&data.path()?, &target, &mut out)?;
            }
            Command::Restore { backup, data } => {
                commands::restore(&backup, &data.path()?, &mut out)?;
            }
            Command::Snapshot { data, helps, verify } => {
                #[cfg(debug_assertions)]
                failpoint::arm()?;
                if let Some(Err(code)) = helps.map(commands::help) {
                    return Ok(code);
                }
                if verify {
                    commands::verify(&data.path()?)?;
                } else {
                    commands::snapshot(&data.path()?, &mut out)?;
                }
            }
            Command::Export { data, sqlite } => {
                commands::export(&data.path()?, &sqlite, &mut out)?;
            }
        }
        commands::unless_closed(io::stdout().flush())?;
        Ok(ExitCode::SUCCESS)
    }
}
