//! What an ingest costs when few and when many people could get the ticket.

use super::Bench;
use super::stage::Stage;
use crate::Result;
use crate::drive::{Method, Shape, Timing, closed};
use crate::report::{Bound, Line, Ratio};
use crate::service::AGENTS;
use crate::store::{CopyRows, Store};

/// Candidates of the two accounts.
const CANDIDATES: [u32; 2] = [50, 5_000];
const CLIENTS: u16 = 8;
const AIM: f64 = 1.5;

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    let mut stage = Stage::open(bench, "candidates", 2).await?;
    stage.stop().await?;
    for (account, candidates) in stage.accounts.iter().zip(CANDIDATES) {
        add_people(&stage.store, &account.id, candidates)?;
    }
    stage.start().await?;
    let mut cpu = [f64::INFINITY; 2];
    for _ in 0..bench.plan.rounds {
        for (at, candidates) in CANDIDATES.into_iter().enumerate() {
            // The first decision of an account reads all its people; it is not what is compared.
            let timing =
                Timing { warm: bench.plan.warm.max(bench.plan.key_seconds / 2), length: bench.plan.key_seconds };
            let shape = Shape { method: Method::IngestMessage, clients: CLIENTS, accounts: 1 };
            let measured = closed(&stage.target_of(at)?, shape, timing).await?;
            let what = format!("ingest, {candidates} candidates");
            let line = Line::new("candidates", stage.store.engine(), &what, CLIENTS, 1, measured);
            cpu[at] = cpu[at].min(line.cpu_per_1000);
            bench.report.add(line);
        }
    }
    let name = format!("{:?}: CPU of an ingest, 5,000 candidates to 50", stage.store.engine());
    bench.report.add_ratio(Ratio::new(name, cpu[1] / cpu[0], Bound::AtMost, AIM));
    stage.stop().await
}

/// Copies of one agent, members of the same team, until there are so many.
pub(super) fn add_people(store: &Store, account: &str, candidates: u32) -> Result<()> {
    let range = (1, candidates - AGENTS);
    let id = || "'crowd-' || s.n".to_owned();
    let email = || "'crowd-' || s.n || '@crowd.example'".to_owned();
    let (user, member) = (format!("t.account_id = '{account}' AND t.id = 'agent-0'"), member(account));
    let changed = [("id", id()), ("email", email()), ("email_key", email())];
    CopyRows { table: "account_user", only_where: &user, range, changed: &changed }.run(store)?;
    CopyRows { table: "team_member", only_where: &member, range, changed: &[("user_id", id())] }.run(store)?;
    let changed = [("user_id", id()), ("open_tickets", "0".to_owned())];
    CopyRows { table: "agent_load", only_where: &member, range, changed: &changed }.run(store)
}

fn member(account: &str) -> String {
    format!("t.account_id = '{account}' AND t.user_id = 'agent-0'")
}
