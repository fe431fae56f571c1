//! The load driver: what the service does per second, how long calls take and what they cost, beside what the bare
//! engines and an empty method do in the same run. `docs/benchmarks.md` says how to run it and what came out.
//!
//! It starts the service as a process of its own, on loopback, with settings from the environment; the databases are
//! thrown away at the end. Nothing here is a test: figures depend on the machine, only ratios within one run count.

mod args;
mod bare;
mod cases;
mod drive;
mod measure;
#[path = "../../tests/it/support/postgres.rs"]
#[expect(dead_code, reason = "shared with the tests, which also kill the server")]
mod postgres;
#[path = "../../tests/it/support/postgres_binaries.rs"]
mod postgres_binaries;
mod report;
mod service;
mod store;

use std::process::ExitCode;

use clap::Parser;

/// What goes wrong here ends the run with a sentence.
type Failure = Box<dyn std::error::Error + Send + Sync>;
/// A result of any step of the run.
type Result<T> = std::result::Result<T, Failure>;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(&args)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &args::Args) -> Result<()> {
    if args.empty_server {
        return drive::empty::serve().await;
    }
    let limit = args.plan().limit;
    // Dropping the run ends what it started and removes what it wrote.
    let report = tokio::select! {
        report = cases::run(args) => report?,
        () = tokio::time::sleep(limit) => return Err(format!("not done after {} s, see --limit", limit.as_secs()).into()),
        stopped = interrupted() => return Err(stopped),
    };
    report.print_ratios();
    match &args.json {
        Some(file) => report.write_json(file),
        None => Ok(()),
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn interrupted() -> Failure {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => (),
        () = terminated => (),
    }
    "interrupted".into()
}
