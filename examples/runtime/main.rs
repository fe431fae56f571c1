//! A reference runtime of a customer agent: it takes the agent's turns from a running service and answers them, by a script
//! or from a folder of articles. The thinking is a few lines; what every runtime has to do is in `helpdesk::client::Runtime`.
//!
//!     cargo run --example runtime -- --server HOST:PORT --agent accounts/../customerAgents/.. --articles examples/runtime/articles
//!     cargo run --example runtime -- --server HOST:PORT --agent accounts/../customerAgents/.. --script examples/runtime/script.toml
//!
//! `HELPDESK_AGENT_KEY` is the access key that is bound to the agent.

mod articles;
mod script;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgGroup, Parser};
use helpdesk::client::{Brain, Connection, Runtime, Target};
use helpdesk::settings::Secret;
use tokio_util::sync::CancellationToken;

use articles::Articles;
use script::Script;

/// What goes wrong here ends the program with a sentence.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Answers the turns of one customer agent.
#[derive(Debug, Parser)]
#[command(name = "runtime", group = ArgGroup::new("brain").required(true))]
struct Args {
    /// The running service: HOST:PORT, or https://HOST:PORT
    #[arg(long, env = "HELPDESK_SERVER", value_name = "ADDRESS")]
    server: String,

    /// The customer agent: accounts/ACCOUNT/customerAgents/AGENT
    #[arg(long, env = "HELPDESK_AGENT", value_name = "NAME")]
    agent: String,

    /// The access key that is bound to it
    #[arg(long, env = "HELPDESK_AGENT_KEY", hide_env_values = true, value_name = "KEY")]
    key: String,

    /// Answer from the articles of this folder (*.md)
    #[arg(long, group = "brain", value_name = "FOLDER")]
    articles: Option<PathBuf>,

    /// Answer by this script (TOML)
    #[arg(long, group = "brain", value_name = "FILE")]
    script: Option<PathBuf>,

    /// Turns that are thought about at once
    #[arg(long, default_value = "8", value_name = "NUMBER")]
    at_once: usize,
}

impl Args {
    fn brain(&self) -> Result<Arc<dyn Brain>, Failure> {
        match (&self.articles, &self.script) {
            (Some(folder), _) => Ok(Arc::new(Articles::read(folder)?)),
            (None, Some(file)) => Ok(Arc::new(Script::read(file)?)),
            (None, None) => Err("neither articles nor a script".into()),
        }
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime.map_err(Failure::from).and_then(|runtime| runtime.block_on(run(&args))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("runtime: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<(), Failure> {
    let token = Some(Secret::new(args.key.clone()));
    let connection = Connection::to(&Target { url: args.server.clone(), token, ca: None })?;
    let runtime = Runtime::new(connection, args.agent.clone(), args.brain()?, args.at_once);
    let stop = CancellationToken::new();
    eprintln!("runtime: {} answers; Ctrl-C ends it", args.agent);
    let works = runtime.run(stop.clone());
    let ends = async {
        // Without the signal it works until it is killed. What it has in hand is finished.
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = works => Ok(done?),
        () = ends => Ok(()),
    }
}
