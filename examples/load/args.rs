//! What to run: the command line, and the lengths of `--quick` and `--full`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args as Group, Parser};

use crate::drive::Method;
use crate::store::Engine;

/// Measures the service under load, beside what the bare engines do.
#[derive(Debug, Parser)]
#[command(name = "load")]
pub struct Args {
    /// The program under load [default: release/helpdesk beside this program's own build]
    #[arg(long, value_name = "FILE")]
    pub server_binary: Option<PathBuf>,

    /// Engines to run on
    #[arg(long, value_enum, value_delimiter = ',', default_value = "sqlite,postgres")]
    pub engines: Vec<Engine>,

    /// Methods of the matrix
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "ingest-message,create-ticket,send-message,get-ticket,list-tickets"
    )]
    pub methods: Vec<Method>,

    /// Clients at the same time, each on a connection of its own
    #[arg(long, value_delimiter = ',', default_value = "1,8,32", value_parser = clap::value_parser!(u16).range(1..=200))]
    pub clients: Vec<u16>,

    /// Accounts that the clients take in turn
    #[arg(long, value_delimiter = ',', default_value = "1,16", value_parser = clap::value_parser!(u16).range(1..=16))]
    pub accounts: Vec<u16>,

    /// Every part, briefly: about a minute and a half. The default
    #[arg(long, conflicts_with = "full")]
    pub quick: bool,

    /// Every part, long enough for figures to keep
    #[arg(long)]
    pub full: bool,

    /// Seconds of one measurement of the matrix
    #[arg(long, value_name = "SECONDS")]
    pub seconds: Option<f64>,

    /// Seconds of a measurement that a ratio is made of
    #[arg(long, value_name = "SECONDS")]
    pub key_seconds: Option<f64>,

    /// How often a measurement that a ratio is made of is repeated; the quietest one counts
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=20))]
    pub rounds: Option<u16>,

    /// The whole run is given up after so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub limit: Option<u64>,

    /// Parts to run; none named means all
    #[command(flatten)]
    pub parts: Parts,

    /// Runs of a workflow that wait, for `--workflows`
    #[arg(long, value_name = "NUMBER", default_value_t = 10_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub waiting: u32,

    /// Setting for the program under load, for example `--set lanes.batch_operations=16`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Write the results as one JSON object
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Serve the empty method instead (the driver starts itself so)
    #[arg(long, hide = true)]
    pub empty_server: bool,
}

/// The parts of a run.
#[derive(Debug, Clone, Copy, Default, Group)]
#[expect(clippy::struct_excessive_bools, reason = "one flag for each part")]
pub struct Parts {
    /// Closed loop over methods, clients and accounts, with the bare engines and the empty method
    #[arg(long)]
    pub matrix: bool,
    /// Open loop: calls come at a fixed rate, however long the answers take
    #[arg(long)]
    pub open: bool,
    /// CPU of an ingest with 50 and with 5,000 candidates
    #[arg(long)]
    pub candidates: bool,
    /// CPU of an ingest with 1,000 and with 200,000 open tickets
    #[arg(long)]
    pub backlog: bool,
    /// Memory of the service at 10,000 tickets
    #[arg(long)]
    pub memory: bool,
    /// RequestHandoff beside AssignTicket
    #[arg(long)]
    pub handoff: bool,
    /// Time to look for a hundred phrases in a message; needs no program under load
    #[arg(long)]
    pub phrases: bool,
    /// Ingests by skills and limits, and other calls while a long queue is served; not part of `--quick`
    #[arg(long)]
    pub routing: bool,
    /// Views, search and replies with 10,000 and with 1,000,000 tickets; not part of `--quick`
    #[arg(long)]
    pub scale: bool,
    /// Ingests beside millions of runs of a workflow that wait, and 50,000 of them due at once; runs only when named
    #[arg(long)]
    pub workflows: bool,
}

/// How long everything takes.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Before anything is counted.
    pub warm: Duration,
    /// An ordinary measurement.
    pub seconds: Duration,
    /// One that a ratio is made of.
    pub key_seconds: Duration,
    /// Repetitions of the latter.
    pub rounds: u16,
    /// The whole run.
    pub limit: Duration,
}

impl Parts {
    /// Whether anything is named.
    fn some(self) -> bool {
        let Self { matrix, open, candidates, backlog, memory, handoff, phrases, routing, scale, workflows } = self;
        matrix || open || candidates || backlog || memory || handoff || phrases || routing || scale || workflows
    }

    /// Whether nothing is to run that needs the program under load.
    pub fn only_phrases(self) -> bool {
        self.some() && !(Self { phrases: false, ..self }).some()
    }
}

impl Args {
    /// The lengths that were asked for.
    pub fn plan(&self) -> Plan {
        let (warm, seconds, key_seconds, rounds, limit) =
            if self.full { (1.0, 4.0, 8.0, 3, 3_600) } else { (0.1, 0.3, 2.0, 1, 600) };
        Plan {
            warm: Duration::from_secs_f64(warm),
            seconds: Duration::from_secs_f64(self.seconds.unwrap_or(seconds)),
            key_seconds: Duration::from_secs_f64(self.key_seconds.unwrap_or(key_seconds)),
            rounds: self.rounds.unwrap_or(rounds),
            limit: Duration::from_secs(self.limit.unwrap_or(limit)),
        }
    }

    /// The parts to run.
    pub fn parts(&self) -> Parts {
        if self.parts.some() {
            return self.parts;
        }
        let (routing, scale, workflows) = (self.full, self.full, false);
        let (matrix, open, candidates, backlog) = (true, true, true, true);
        let (memory, handoff, phrases) = (true, true, true);
        Parts { matrix, open, candidates, backlog, memory, handoff, phrases, routing, scale, workflows }
    }

    /// The program under load: as told, else the release build in this program's own target folder.
    pub fn server_binary(&self) -> crate::Result<PathBuf> {
        if let Some(told) = &self.server_binary {
            return Ok(told.clone());
        }
        // target/<profile>/examples/load
        let own = std::env::current_exe()?;
        let target = own.ancestors().nth(3).ok_or("this program lies in no target folder: give --server-binary")?;
        Ok(target.join("release/helpdesk"))
    }
}
