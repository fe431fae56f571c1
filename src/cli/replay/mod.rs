//! `helpdesk replay`: plays stored messages through the gRPC API and checks, through the API alone, what became of them.

mod desk;
mod generate;
mod handed;
mod judge;
mod lists;
mod mails;
mod plan;
mod questions;
mod report;
mod send;
mod skilled;
mod stats;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde::Serialize;

use super::access::as_adapter;
use super::args::{GlobalArgs, ReplayArgs};
use super::host::Host;
use super::scratch::Scratch;
use super::{CliError, print, runtime};
use crate::client::{Connection, Patience, Target};
use crate::settings::{Engine, Settings};
use desk::Desk;
use lists::Lists;
use plan::Planned;
use questions::Question;
use report::Report;
use send::Sender;
use skilled::Skilled;

/// The account that a replay makes in a service of its own.
const ACCOUNT: &str = "replay";
/// Most connections: beyond it clients share them.
const CONNECTIONS: usize = 32;

/// Plays what the arguments name.
///
/// # Errors
/// [`CliError`] when it cannot be played, and when the checks find something off.
pub fn run(args: &ReplayArgs, global: &GlobalArgs) -> Result<(), CliError> {
    runtime()?.block_on(async {
        if args.connect.server.is_some() {
            let target = args.connect.target(&global.settings_unchecked(Vec::new())?);
            return play(args, &target, "server").await;
        }
        let scratch = Scratch::new("helpdesk-replay")?;
        let settings = own_settings(args, global, scratch.path())?;
        let database = match settings.database.url.engine() {
            Engine::Sqlite => "sqlite",
            Engine::Postgres => "postgres",
        };
        let host = Host::start_alone(settings, scratch.path()).await?;
        let played = play_hosted(args, &host, database).await;
        host.stop().await;
        played
    })
}

/// Settings of the service that the replay starts itself: on a throw-away SQLite database unless another is named.
fn own_settings(args: &ReplayArgs, global: &GlobalArgs, scratch: &Path) -> Result<Settings, CliError> {
    let mut flags = Vec::new();
    if args.database_url.is_none() {
        let url = format!("sqlite://{}?mode=rwc", scratch.join("replay.db").display());
        flags.push(("database.url".to_owned(), url));
        flags.push(("data_dir".to_owned(), scratch.display().to_string()));
    }
    Ok(global.settings(flags.into_iter().chain(args.flags()).collect())?)
}

async fn play_hosted(args: &ReplayArgs, host: &Host, database: &'static str) -> Result<(), CliError> {
    let admin = host.account_admin(ACCOUNT, "Replay").await?;
    let target = Target { url: host.url().to_owned(), token: Some(admin), ca: None };
    play(args, &target, database).await
}

async fn play(args: &ReplayArgs, target: &Target, database: &'static str) -> Result<(), CliError> {
    let first = Connection::to(target)?;
    let (first, account) = as_adapter(&first, Patience::of(args.patience, 0)).await?;
    if args.customer_agent {
        return play_handed(args, target, first, &account).await;
    }
    let desk = if args.skills {
        // Nobody shares evenly there: who gets what, skills say.
        skilled::set_up(&first, &account, Patience::of(args.patience, 0)).await?;
        Desk { account, agents: Vec::new() }
    } else {
        desk::set_up(&first, &account, args.patience).await?
    };
    let clients = usize::from(args.clients);
    let mut connections = vec![first.clone()];
    for _ in 1..clients.min(CONNECTIONS) {
        connections.push(first.another(target)?);
    }
    let sender = Sender { connections, clients, patience: args.patience };
    match &args.source.mail {
        Some(folder) => play_mails(args, folder, &desk, &sender, database).await,
        None => play_questions(args, &desk, &sender, database).await,
    }
}

/// Plays the questions through a customer agent.
async fn play_handed(args: &ReplayArgs, target: &Target, first: Connection, account: &str) -> Result<(), CliError> {
    let clients = usize::from(args.clients);
    let mut connections = vec![first.clone()];
    for _ in 1..clients.min(CONNECTIONS) {
        connections.push(first.another(target)?);
    }
    let handed = handed::play(&connections, account, questions(args)?, (clients, args.patience)).await?;
    if args.json {
        print_json(&handed)?;
    } else {
        print(&handed.table())?;
    }
    conclude(&handed.complaints())
}

async fn play_mails(
    args: &ReplayArgs,
    folder: &Path,
    desk: &Desk,
    sender: &Sender,
    database: &'static str,
) -> Result<(), CliError> {
    let mut files = mails::files(folder)?;
    files.truncate(args.limit.unwrap_or(usize::MAX));
    let mut report = mails::play(folder, files, &desk.account, sender).await?;
    report.database = database;
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text())?;
    }
    conclude(&report.complaints())
}

async fn play_questions(
    args: &ReplayArgs,
    desk: &Desk,
    sender: &Sender,
    database: &'static str,
) -> Result<(), CliError> {
    let mut plan = plan::plan(questions(args)?);
    if args.skills {
        skilled::by_topic(&mut plan);
    }
    let plan: Arc<Vec<Planned>> = Arc::new(plan);
    let begun = Instant::now();
    let mut tally = send::send(&plan, &desk.account, sender).await?;
    let took = begun.elapsed();
    let found = Lists::of(&sender.connections[0], &desk.account, sender.patience).findings().await?;
    let verdict = judge::judge(&plan::expected(&plan), &desk.agents, &found);
    let report = Report::of(plan.len(), &mut tally, &verdict, took, database);
    let skilled = if args.skills {
        let patience = Patience::of(sender.patience, 0);
        Some(skilled::judged(&sender.connections[0], &desk.account, patience).await?)
    } else {
        None
    };
    let report = Report { skilled, ..report };
    if args.json {
        print_json(&report)?;
    } else {
        print(&report.text(tally.created))?;
    }
    let of_skills = report.skilled.as_ref().map(Skilled::complaints).unwrap_or_default();
    conclude(&[tally.complaints(), verdict.complaints(), of_skills].concat())
}

fn questions(args: &ReplayArgs) -> Result<Vec<Question>, CliError> {
    let mut questions = match (&args.source.file, args.source.generate) {
        (Some(file), _) => questions::read_csv(file)?,
        (None, Some(count)) => generate::questions(count),
        (None, None) => Vec::new(),
    };
    questions.truncate(args.limit.unwrap_or(usize::MAX));
    Ok(questions)
}

fn print_json(report: &impl Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string(report).map_err(CliError::failed)?;
    print(&format!("{json}\n"))
}

/// Success when nobody complains.
fn conclude(complaints: &[String]) -> Result<(), CliError> {
    if complaints.is_empty() { Ok(()) } else { Err(CliError::failed(complaints.join("\n"))) }
}
