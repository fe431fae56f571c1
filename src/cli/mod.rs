//! The command line: arguments in, exit status out. Each command has a file of its own that holds what it does.
//!
//! To add a command, write `src/cli/<command>.rs` with `pub fn run(args: &.., global: &GlobalArgs) -> Result<(), CliError>`,
//! then add its line to [`Command`] and to [`Command::run`]. The arguments of all planned commands stand in [`args`].

pub mod access;
pub mod account;
pub mod args;
pub mod config;
pub mod demo;
mod error;
mod furnish;
pub mod health;
pub mod host;
pub mod mail_in;
mod mail_text;
pub mod migrate;
pub mod replay;
mod scratch;
pub mod serve;
pub mod token;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use args::GlobalArgs;
pub use error::CliError;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "helpdesk", version, about = "A help desk as one gRPC service", long_about = None)]
#[command(
    after_help = "Settings come from the built-in defaults, a file, the environment (HELPDESK__SECTION__KEY) and \
                        --set, in that order. `helpdesk config --defaults` explains every one of them."
)]
pub struct Cli {
    /// Arguments that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service
    Serve(args::ServeArgs),
    /// Bring the schema of the database up to date
    Migrate(args::MigrateArgs),
    /// Run the service with a sample account and a short day of messages
    Demo(args::DemoArgs),
    /// Make accounts
    Account(args::AccountArgs),
    /// Ask whether a service is serving
    Health(args::HealthArgs),
    /// Hand one raw mail on standard input to a running service
    MailIn(args::MailInArgs),
    /// Play stored messages and check what became of them
    Replay(args::ReplayArgs),
    /// Print the settings as they result from all sources, with secrets hidden
    Config(args::ConfigArgs),
    /// Make a token, or a key pair to sign tokens with, for development
    Token(args::TokenArgs),
}

impl Command {
    fn run(&self, global: &GlobalArgs) -> Result<(), CliError> {
        match self {
            Self::Serve(args) => serve::run(args, global),
            Self::Migrate(args) => migrate::run(args, global),
            Self::Demo(args) => demo::run(args, global),
            Self::Account(args) => account::run(args, global),
            Self::Health(args) => health::run(args, global),
            Self::MailIn(args) => mail_in::run(args, global),
            Self::Replay(args) => replay::run(args, global),
            Self::Config(args) => config::run(args, global),
            Self::Token(args) => token::run(args, global),
        }
    }
}

/// Reads the arguments of this process, does what they ask and says how it ended: 0 done, 1 failed, 2 wrong arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match cli.command.run(&cli.global) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

fn report(error: &CliError) -> ExitCode {
    for line in error.to_string().lines() {
        eprintln!("helpdesk: {line}");
    }
    ExitCode::from(error.exit_status())
}

/// The runtime of commands that wait for the network or the database.
///
/// # Errors
/// [`CliError::Failed`] when the system gives no threads.
pub fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::failed)
}

/// Prints a result. A reader that has gone away, as in `helpdesk config | head`, is no error.
///
/// # Errors
/// [`CliError::Failed`] when standard output cannot be written.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(CliError::failed(error)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
