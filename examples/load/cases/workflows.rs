//! Runs of workflows that wait: what millions of them cost, and how 50,000 that are due in one moment are worked off.

use std::time::{Duration, Instant};

use super::Bench;
use super::backlog::{FIRST, add_tickets};
use super::stage::Stage;
use crate::Result;
use crate::drive::{Caller, Measured, Method, Shape, Timing, closed, connect};
use crate::measure::Meter;
use crate::report::{Bound, Line, Ratio};
use crate::service::{Desk, WORKFLOW};
use crate::store::{CopyRows, Store, nth_uuid, number};

/// Runs of the first account that are due at once.
const STORM: u32 = 50_000;
/// Runs of the second account that are due in the same moment.
const BESIDE: u32 = 100;
/// Seconds from its moment until the last run of the second account is done.
const BESIDE_AIM: f64 = 5.0;
/// An ingest, and the search for who is due, beside runs that wait to the same without.
const AIM: f64 = 1.25;
/// How long nothing is done, to see what waiting costs.
const IDLE: Duration = Duration::from_secs(10);
/// From the last change of the database until the storm, in microseconds.
const AHEAD: i64 = 15_000_000;
/// Rows of one bulk insert.
const CHUNK: u32 = 1_000_000;
/// Tickets of runs that wait have numbers beyond those that there are.
const FAR: u32 = 1_000_000_000;
/// A year, in microseconds.
const YEAR: i64 = 31_536_000_000_000;
const CLIENTS: u16 = 8;

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    let waiting = bench.args.waiting;
    let mut stages = [prepared(bench, 0).await?, prepared(bench, waiting).await?];
    let seconds = [idle(&stages[0]).await?, idle(&stages[1]).await?];
    let engine = stages[0].store.engine();
    let beside = format!("{waiting} runs that wait to none");
    bench.report.note(format!(
        "{engine:?}: CPU of {} s in which nothing is done: {:.2} s with no run that waits, {:.2} s with {waiting}",
        IDLE.as_secs(),
        seconds[0],
        seconds[1]
    ));
    for stage in &mut stages {
        stage.stop().await?;
    }
    let claims = [claim_ms(&stages[0].store)?, claim_ms(&stages[1].store)?];
    bench.report.note(format!("{engine:?}: who is due first, in ms: {:.2} and {:.2}", claims[0], claims[1]));
    storm(bench, &mut stages[1]).await?;
    for stage in &mut stages {
        stage.start().await?;
    }
    let mut cpu = [f64::INFINITY; 2];
    for _ in 0..bench.plan.rounds {
        for (at, stage) in stages.iter().enumerate() {
            let line = ingest(bench, stage, if at == 0 { 0 } else { waiting }).await?;
            cpu[at] = cpu[at].min(line.cpu_per_1000 + line.database_cpu_per_1000);
            bench.report.add(line);
        }
    }
    let name = format!("{engine:?}: CPU of an ingest with the database, {beside}");
    bench.report.add_ratio(Ratio::new(name, cpu[1] / cpu[0], Bound::AtMost, AIM));
    for stage in &mut stages {
        stage.stop().await?;
    }
    Ok(())
}

/// Two accounts whose every ticket comes into a workflow, with so many runs of the first that wait for a year or longer.
async fn prepared(bench: &mut Bench<'_>, waiting: u32) -> Result<Stage> {
    let mut stage = Stage::open(bench, &format!("workflows{waiting}"), 2).await?;
    for account in stage.accounts.clone() {
        let channel = connect(&stage.target()?.address).await?;
        Desk { account: &account, channel: channel.clone() }.with_workflow().await?;
        // A form submission, which tickets and runs are copied from.
        Caller::new(channel).call(Method::IngestMessage, &account).await?;
    }
    // Its run waits as soon as its first turn is over.
    while count(&stage.store, "SELECT count(*) AS number FROM workflow_run WHERE step = 'change'")? < 2 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    stage.stop().await?;
    let original = stage.accounts[0].last_ticket();
    add_tickets(&stage.store, STORM, original)?;
    let began = Instant::now();
    for first in (1..=waiting).step_by(CHUNK as usize) {
        let range = (first, waiting.min(first + CHUNK - 1));
        add_waiting(&stage.store, &stage.accounts[0].id, original, range)?;
    }
    if waiting > 0 {
        let took = began.elapsed().as_secs();
        bench.report.note(format!("{:?}: {waiting} runs loaded in {took} s", stage.store.engine()));
    }
    stage.start().await?;
    Ok(stage)
}

/// Copies of the run of one ticket, each for a ticket that is not there yet.
fn add_waiting(store: &Store, account: &str, original: i64, range: (u32, u32)) -> Result<()> {
    let ticket = format!("{FAR} + s.n");
    add_runs(store, (account, original), range, ticket, format!("t.due_time + {YEAR} + s.n"))
}

/// Copies of the run of one ticket, for these tickets and due at this time.
fn add_runs(
    store: &Store,
    (account, original): (&str, i64),
    range: (u32, u32),
    ticket: String,
    due: String,
) -> Result<()> {
    let only_where =
        format!("t.account_id = '{account}' AND t.workflow_id = '{WORKFLOW}' AND t.ticket_number = {original}");
    let changed = [("id", nth_uuid(store.engine(), "s.n")), ("ticket_number", ticket), ("due_time", due)];
    CopyRows { table: "workflow_run", only_where: &only_where, range, changed: &changed }.run(store)
}

/// CPU seconds of service and database while nothing is done.
async fn idle(stage: &Stage) -> Result<f64> {
    // What follows from the start is over then.
    tokio::time::sleep(IDLE / 2).await;
    let meter = Meter::start(stage.target()?.watched);
    tokio::time::sleep(IDLE).await;
    let cost = meter.stop();
    Ok(cost.server_cpu + cost.database_cpu)
}

/// How long the search takes for the runs that are due first, in milliseconds beyond the shortest statement.
fn claim_ms(store: &Store) -> Result<f64> {
    let best = |sql: &str| -> Result<f64> {
        let mut best = f64::INFINITY;
        for _ in 0..30 {
            let began = Instant::now();
            store.query(sql)?;
            best = best.min(began.elapsed().as_secs_f64() * 1_000.0);
        }
        Ok(best)
    };
    let now = now();
    let due = best(&format!(
        "SELECT id FROM workflow_run WHERE account_id = 'load-00' AND state = 'waiting' AND due_time <= {now} \
         ORDER BY due_time, ticket_number, id LIMIT 16"
    ))?;
    Ok((due - best("SELECT 1 AS number")?).max(0.0))
}

async fn ingest(bench: &Bench<'_>, stage: &Stage, waiting: u32) -> Result<Line> {
    let timing = Timing { warm: bench.plan.warm, length: bench.plan.key_seconds };
    let shape = Shape { method: Method::IngestMessage, clients: CLIENTS, accounts: 1 };
    let measured: Measured = closed(&stage.target_of(0)?, shape, timing).await?;
    Ok(Line::new("workflows", stage.store.engine(), &format!("ingest, {waiting} wait"), CLIENTS, 1, measured))
}

/// Lets 50,000 runs of one account and a hundred of another be due in one moment, and watches them being worked off.
async fn storm(bench: &mut Bench<'_>, stage: &mut Stage) -> Result<()> {
    let [many, few] = [stage.accounts[0].clone(), stage.accounts[1].clone()];
    let due = now() + AHEAD;
    let ids = bench.args.waiting + 1;
    let original = many.last_ticket();
    for (account, count) in [(&many, STORM), (&few, BESIDE)] {
        let ticket = format!("s.n - {ids} + {FIRST}");
        add_runs(&stage.store, (&account.id, original), (ids, ids + count - 1), ticket, due.to_string())?;
    }
    stage.store.execute(&format!(
        "UPDATE job SET due_time = {due} WHERE kind = 'run_workflows'; \
         UPDATE job_head SET next_due = CASE WHEN next_due > {due} THEN {due} ELSE next_due END"
    ))?;
    stage.start().await?;
    let left = |account: &str| {
        count(
            &stage.store,
            &format!(
                "SELECT count(*) AS number FROM workflow_run WHERE account_id = '{account}' AND state = 'waiting' AND \
                 due_time <= {due}"
            ),
        )
    };
    while left(&many.id)? > 0 || left(&few.id)? > 0 {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    stage.stop().await?;
    judge(bench, stage, due)
}

/// What the rows say of the storm.
fn judge(bench: &mut Bench<'_>, stage: &Stage, due: i64) -> Result<()> {
    let (store, engine) = (&stage.store, stage.store.engine());
    let seconds = |account: &str| -> Result<f64> {
        let sql = format!(
            "SELECT max(end_time) - {due} AS number FROM workflow_run WHERE account_id = '{account}' AND due_time = {due} \
             AND state = 'done'"
        );
        let micros = u32::try_from(count(store, &sql)? / 1_000)?;
        Ok(f64::from(micros) / 1_000.0)
    };
    let (all, beside) = (seconds(&stage.accounts[0].id)?, seconds(&stage.accounts[1].id)?);
    let told = format!(
        "SELECT ticket_number, lag(ticket_number) OVER (ORDER BY sequence) AS prior FROM event WHERE account_id = '{}' AND \
         kind = 'ticket.updated' AND time >= {due}",
        stage.accounts[0].id
    );
    let done = count(store, &format!("SELECT count(DISTINCT ticket_number) AS number FROM ({told}) AS told"))?;
    let events = count(store, &format!("SELECT count(*) AS number FROM ({told}) AS told"))?;
    let out = count(store, &format!("SELECT count(*) AS number FROM ({told}) AS told WHERE ticket_number < prior"))?;
    bench.report.note(format!(
        "{engine:?}: {STORM} runs due at once worked off in {all:.1} s: {done} tickets changed by {events} changes, {out} of \
         them before their turn; {BESIDE} of another account, due in the same moment, after {beside:.2} s"
    ));
    let name = format!("{engine:?}: seconds until {BESIDE} runs beside {STORM} of another account are done");
    bench.report.add_ratio(Ratio::new(name, beside, Bound::AtMost, BESIDE_AIM));
    if (done, events, out) != (i64::from(STORM), i64::from(STORM), 0) {
        return Err(format!("{done} of {STORM} tickets were changed, by {events} changes, {out} out of order").into());
    }
    Ok(())
}

fn count(store: &Store, sql: &str) -> Result<i64> {
    Ok(store.query(sql)?.first().map_or(0, |row| number(row, "number")))
}

/// The present moment in microseconds.
fn now() -> i64 {
    helpdesk::app::now().as_micros()
}
