//! What routing costs when it has much to weigh: skills, limits and many people, and a long queue that is served.

use std::time::Duration;

use super::Bench;
use super::candidates::add_people;
use super::stage::Stage;
use crate::Result;
use crate::drive::{Arrivals, Caller, Measured, Method, Shape, Timing, closed, connect, open};
use crate::report::{Bound, Line, Ratio};
use crate::service::{AGENTS, Desk};
use crate::store::{CopyRows, Store, nth_uuid, number};

/// People who have the skills, in the two accounts.
const CANDIDATES: [u32; 2] = [50, 5_000];
/// CPU of an ingest with many people to one with few.
const CANDIDATES_AIM: f64 = 1.5;
/// Ingests per second with skills and limits to those without.
const FEATURES_AIM: f64 = 0.8;
/// Tickets that wait, and people who come.
const WAITING: u32 = 10_000;
const COMING: u32 = 50;
/// The p99 of other calls while the queue is served to its quiet value.
const DRAIN_AIM: f64 = 2.0;
/// So long it is looked at how others fare, at least: most of the time that the queue takes.
const WATCHED: Duration = Duration::from_secs(15);
/// Calls of others in a second.
const OTHERS: f64 = 200.0;
const CLIENTS: u16 = 8;
/// Numbers of the copies begin above those of the set-up.
const FIRST: u32 = 101;
/// A limit that nobody reaches.
const NO_MATTER: i32 = 100_000;

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    candidates(bench).await?;
    features(bench).await?;
    for method in [Method::GetTicket, Method::SendMessage, Method::CreateTicket] {
        drain(bench, method).await?;
    }
    Ok(())
}

/// One ingest after the other, with few and with many people who have the three skills.
async fn candidates(bench: &mut Bench<'_>) -> Result<()> {
    let mut stage = Stage::open(bench, "skilled", 2).await?;
    for account in &stage.accounts {
        desk(&stage, account).await?.with_skills().await?;
    }
    stage.stop().await?;
    for (account, candidates) in stage.accounts.iter().zip(CANDIDATES) {
        add_people(&stage.store, &account.id, candidates)?;
    }
    stage.start().await?;
    let mut cpu = [f64::INFINITY; 2];
    for _ in 0..bench.plan.rounds {
        for (at, candidates) in CANDIDATES.into_iter().enumerate() {
            let line = ingest(bench, &stage, at, &format!("3 skills, {candidates} people")).await?;
            cpu[at] = cpu[at].min(line.cpu_per_1000);
            bench.report.add(line);
        }
    }
    let name = format!("{:?}: CPU of an ingest by 3 skills, 5,000 people to 50", stage.store.engine());
    bench.report.add_ratio(Ratio::new(name, cpu[1] / cpu[0], Bound::AtMost, CANDIDATES_AIM));
    stage.stop().await
}

/// An account that routes plainly beside one with everything on.
async fn features(bench: &mut Bench<'_>) -> Result<()> {
    let mut stage = Stage::open(bench, "features", 2).await?;
    let full = desk(&stage, &stage.accounts[1]).await?;
    full.with_skills().await?;
    full.with_hours().await?;
    full.with_limits(NO_MATTER).await?;
    full.with_queue().await?;
    let mut most = [0.0_f64; 2];
    for _ in 0..bench.plan.rounds {
        for (at, what) in ["plain routing", "skills, hours, limits, queue"].into_iter().enumerate() {
            let line = ingest(bench, &stage, at, what).await?;
            most[at] = most[at].max(line.summary.per_second);
            bench.report.add(line);
        }
    }
    let name = format!("{:?}: ingests with everything of routing on to those without", stage.store.engine());
    bench.report.add_ratio(Ratio::new(name, most[1] / most[0].max(1.0), Bound::AtLeast, FEATURES_AIM));
    stage.stop().await
}

async fn ingest(bench: &Bench<'_>, stage: &Stage, account: usize, what: &str) -> Result<Line> {
    // The first decision of an account reads all its people; it is not what is compared.
    let timing = Timing { warm: bench.plan.warm.max(bench.plan.key_seconds / 2), length: bench.plan.key_seconds };
    let shape = Shape { method: Method::IngestMessage, clients: CLIENTS, accounts: 1 };
    stage.store.learn()?;
    let measured = closed(&stage.target_of(account)?, shape, timing).await?;
    Ok(Line::new("routing", stage.store.engine(), what, CLIENTS, 1, measured))
}

/// Calls of others while nobody is there, and while fifty people come and get all that waits.
async fn drain(bench: &mut Bench<'_>, method: Method) -> Result<()> {
    let mut stage = waiting(bench, method).await?;
    let timing = Timing { warm: bench.plan.warm, length: bench.plan.key_seconds.max(WATCHED) };
    let quiet = others(&stage, method, timing).await?;
    let account = stage.accounts[0].clone();
    let people = desk(&stage, &account).await?;
    let (busy, came) = tokio::join!(others(&stage, method, timing), people.available(COMING - AGENTS, true));
    let (busy, ()) = (busy?, came?);
    let (calm, under) = (quiet.summary.p99_ms, busy.summary.p99_ms);
    for (measured, when) in [(quiet, "quiet"), (busy, "queue served")] {
        let what = format!("{}, {when}", method.title());
        bench.report.add(Line::new("routing", stage.store.engine(), &what, 1, 1, measured));
    }
    let name = format!("{:?}: p99 of {} while a queue is served to quiet", stage.store.engine(), method.title());
    bench.report.add_ratio(Ratio::new(name, under / calm.max(0.001), Bound::AtMost, DRAIN_AIM));
    stage.stop().await?;
    let left = stage.store.query(&format!("SELECT waiting FROM account_head WHERE account_id = '{}'", account.id))?;
    let left = left.first().map_or(0, |row| number(row, "waiting"));
    let engine = stage.store.engine();
    bench.report.note(format!("{engine:?}: of {WAITING} tickets that waited {left} still did when it was over"));
    Ok(())
}

async fn others(stage: &Stage, method: Method, timing: Timing) -> Result<Measured> {
    open(&stage.target()?, Arrivals { method, accounts: 1, per_second: OTHERS }, timing).await
}

async fn desk<'a>(stage: &Stage, account: &'a crate::service::Account) -> Result<Desk<'a>> {
    Ok(Desk { account, channel: connect(&stage.target()?.address).await? })
}

/// An account with so many tickets that wait, and so many people, all of them away.
async fn waiting(bench: &Bench<'_>, method: Method) -> Result<Stage> {
    let mut stage = Stage::open(bench, &format!("drain_{}", method.title().to_lowercase()), 1).await?;
    let account = stage.accounts[0].clone();
    let people = desk(&stage, &account).await?;
    people.with_queue().await?;
    people.available(0, false).await?;
    // A form submission that waits, which the copies are made of.
    Caller::new(connect(&stage.target()?.address).await?).call(Method::IngestMessage, &account).await?;
    stage.stop().await?;
    add_people(&stage.store, &account.id, COMING)?;
    add_waiting(&stage.store, &account.id, account.last_ticket())?;
    stage.start().await?;
    Ok(stage)
}

fn add_waiting(store: &Store, account: &str, original: i64) -> Result<()> {
    let range = (FIRST, FIRST + WAITING - 2);
    let (id, number) = (nth_uuid(store.engine(), "s.n"), "s.n".to_owned());
    let own = "SELECT c.id FROM conversation AS c WHERE c.account_id = t.account_id AND c.ticket_number";
    let (by_number, by_ticket) = (format!("t.number = {original}"), format!("t.ticket_number = {original}"));
    let by_conversation = format!("t.conversation_id IN ({own} = {original})");
    let unique = |column: &str| format!("CASE WHEN t.{column} = '' THEN '' ELSE 'copy-' || s.n END");
    let copy =
        |table, only_where: &str, changed: &[(&str, String)]| CopyRows { table, only_where, range, changed }.run(store);
    let since = ("waiting_since", "t.waiting_since + s.n".to_owned());
    copy("ticket", &by_number, &[("number", number.clone()), since])?;
    copy("ticket_team", &by_number, &[("number", number.clone())])?;
    copy("conversation", &by_ticket, &[("id", id.clone()), ("ticket_number", number)])?;
    let (key, token) = (("key", unique("key")), ("reply_token", unique("reply_token")));
    copy("thread", &by_conversation, &[("id", id.clone()), ("conversation_id", id.clone()), key, token])?;
    let external = ("external_id", "'copy-' || s.n".to_owned());
    let ids = [("id", id.clone()), ("conversation_id", id.clone()), ("thread_id", id), external];
    copy("message", &by_conversation, &ids)?;
    store.execute(&format!(
        "UPDATE account_head SET waiting = (SELECT count(*) FROM ticket AS t WHERE t.account_id = '{account}' AND \
         t.waiting_since IS NOT NULL), last_ticket = (SELECT max(t.number) FROM ticket AS t WHERE t.account_id = \
         '{account}') WHERE account_id = '{account}'"
    ))
}
