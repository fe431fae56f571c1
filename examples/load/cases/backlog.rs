//! What an ingest costs when few and when many tickets are open.

use super::Bench;
use super::stage::Stage;
use crate::Result;
use crate::drive::{Caller, Method, Shape, Timing, closed, connect};
use crate::report::{Bound, Line, Ratio};
use crate::service::AGENTS;
use crate::store::{CopyRows, Store, nth_uuid};

/// Open tickets of the two databases.
const BACKLOGS: [u32; 2] = [1_000, 200_000];
const CLIENTS: u16 = 8;
const AIM: f64 = 1.25;
/// Numbers of the copies begin above those of the set-up.
pub(super) const FIRST: u32 = 101;

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    let mut stages = Vec::new();
    for backlog in BACKLOGS {
        stages.push(prepared(bench, backlog).await?);
    }
    let mut cpu = [f64::INFINITY; 2];
    let mut with_database = cpu;
    for _ in 0..bench.plan.rounds {
        for (at, stage) in stages.iter().enumerate() {
            let timing = Timing { warm: bench.plan.warm, length: bench.plan.key_seconds };
            let shape = Shape { method: Method::IngestMessage, clients: CLIENTS, accounts: 1 };
            let measured = closed(&stage.target()?, shape, timing).await?;
            let what = format!("ingest, {} open", BACKLOGS[at]);
            let line = Line::new("backlog", stage.store.engine(), &what, CLIENTS, 1, measured);
            cpu[at] = cpu[at].min(line.cpu_per_1000);
            with_database[at] = with_database[at].min(line.cpu_per_1000 + line.database_cpu_per_1000);
            bench.report.add(line);
        }
    }
    let name =
        |of: &str| format!("{:?}: CPU of an ingest{of}, 200,000 open tickets to 1,000", stages[0].store.engine());
    let ratio = |of: &str, cpu: [f64; 2]| Ratio::new(name(of), cpu[1] / cpu[0], Bound::AtMost, AIM);
    bench.report.add_ratio(ratio("", cpu));
    if matches!(stages[0].store, Store::Postgres(..)) {
        bench.report.add_ratio(ratio(" with the database", with_database));
    }
    for stage in &mut stages {
        stage.stop().await?;
    }
    Ok(())
}

async fn prepared(bench: &Bench<'_>, backlog: u32) -> Result<Stage> {
    let mut stage = Stage::open(bench, &format!("backlog{backlog}"), 1).await?;
    // A form submission, which the copies are made of.
    let account = stage.accounts[0].clone();
    Caller::new(connect(&stage.target()?.address).await?).call(Method::IngestMessage, &account).await?;
    stage.stop().await?;
    add_tickets(&stage.store, backlog, account.last_ticket())?;
    stage.start().await?;
    Ok(stage)
}

/// Copies of one ticket with its conversation and message, over all agents; of every account that has a ticket of this number.
pub(super) fn add_tickets(store: &Store, count: u32, original: i64) -> Result<()> {
    let range = (FIRST, FIRST + count - 1);
    let (id, number) = (nth_uuid(store.engine(), "s.n"), "s.n".to_owned());
    let own = "SELECT c.id FROM conversation AS c WHERE c.account_id = t.account_id AND c.ticket_number";
    let (by_number, by_ticket) = (format!("t.number = {original}"), format!("t.ticket_number = {original}"));
    let by_conversation = format!("t.conversation_id IN ({own} = {original})");
    let owner = format!("'agent-' || (s.n % {AGENTS})");
    let unique = |column: &str| format!("CASE WHEN t.{column} = '' THEN '' ELSE 'copy-' || s.n END");
    let copy =
        |table, only_where: &str, changed: &[(&str, String)]| CopyRows { table, only_where, range, changed }.run(store);
    copy("ticket", &by_number, &[("number", number.clone()), ("owner_id", owner)])?;
    copy("ticket_team", &by_number, &[("number", number.clone())])?;
    copy("conversation", &by_ticket, &[("id", id.clone()), ("ticket_number", number)])?;
    let key = [("key", unique("key")), ("reply_token", unique("reply_token"))];
    let [key, token] = key;
    copy("thread", &by_conversation, &[("id", id.clone()), ("conversation_id", id.clone()), key, token])?;
    let external = ("external_id", "'copy-' || s.n".to_owned());
    let ids = [("id", id.clone()), ("conversation_id", id.clone()), ("thread_id", id), external];
    copy("message", &by_conversation, &ids)?;
    count_again(store)
}

/// Brings the counters in line with the copies.
fn count_again(store: &Store) -> Result<()> {
    store.execute(
        "UPDATE agent_load SET open_tickets = (SELECT count(*) FROM ticket AS t WHERE t.account_id = \
         agent_load.account_id AND t.owner_id = agent_load.user_id AND t.open); \
         UPDATE account_head SET last_ticket = (SELECT max(t.number) FROM ticket AS t WHERE t.account_id = \
         account_head.account_id)",
    )
}
