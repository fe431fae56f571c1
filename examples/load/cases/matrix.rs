//! Methods by clients by accounts, in a closed and an open loop, beside the bare engine and the empty method.

use super::Bench;
use super::stage::Stage;
use crate::Result;
use crate::bare::{self, Before, Load, Template};
use crate::drive::empty::EmptyServer;
use crate::drive::{Arrivals, Caller, Measured, Method, Shape, Target, Timing, closed, connect, open};
use crate::report::{Line, of_matrix};
use crate::store::Store;

/// Of the closed loop's rate, in the open loop.
const OPEN_SHARE: f64 = 0.5;

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    let accounts = bench.args.accounts.iter().copied().max().unwrap_or(1);
    let mut stage = Stage::open(bench, "matrix", accounts).await?;
    let template = template(&stage).await?;
    stage.stop().await?;
    let bare = stage.store.twin("bare")?;
    bare::prepare(&bare)?;
    bench.report.note(format!("{:?}: one message is {}", stage.store.engine(), template.describe()));
    stage.start().await?;
    let target = stage.target()?;
    if bench.args.parts().matrix {
        methods(bench, &target, &stage.store).await?;
        empty(bench, &target, &stage.store).await?;
        against_bare(bench, &bare, &template).await?;
        ratios(bench, &stage.store);
    }
    if bench.args.parts().open {
        open_loop(bench, &target, &stage.store).await?;
    }
    stage.stop().await
}

/// What one message writes.
async fn template(stage: &Stage) -> Result<Template> {
    let (target, account) = (stage.target()?, &stage.accounts[0]);
    let before = Before::look(&stage.store, &account.id)?;
    Caller::new(connect(&target.address).await?).call(Method::IngestMessage, account).await?;
    before.learn(&stage.store)
}

async fn methods(bench: &mut Bench<'_>, target: &Target, store: &Store) -> Result<()> {
    for method in bench.args.methods.clone() {
        for accounts in bench.args.accounts.clone() {
            for clients in bench.args.clients.clone() {
                let shape = Shape { method, clients, accounts };
                store.learn()?;
                let measured = quietest(bench, target, shape).await?;
                let what = format!("{method:?}");
                bench.report.add(Line::new("closed", store.engine(), &what, clients, accounts, measured));
            }
        }
    }
    Ok(())
}

async fn empty(bench: &mut Bench<'_>, like: &Target, store: &Store) -> Result<()> {
    let server = EmptyServer::start()?;
    let target = server.target(like);
    for clients in bench.args.clients.clone() {
        let shape = Shape { method: Method::Empty, clients, accounts: 1 };
        let measured = quietest(bench, &target, shape).await?;
        bench.report.add(Line::new("bare", store.engine(), "empty method", clients, 1, measured));
    }
    Ok(())
}

async fn against_bare(bench: &mut Bench<'_>, bare: &Store, template: &Template) -> Result<()> {
    let clients = most_clients(bench);
    for accounts in bench.args.accounts.clone() {
        let mut rounds = Vec::new();
        for _ in 0..bench.plan.rounds {
            rounds.push(bare::run(bare, template, Load { clients, accounts, timing: key_timing(bench) }).await?);
        }
        let line = Line::new("bare", bare.engine(), "one message's rows", clients, accounts, quiet(rounds));
        bench.report.add(line);
    }
    Ok(())
}

async fn open_loop(bench: &mut Bench<'_>, target: &Target, store: &Store) -> Result<()> {
    let (clients, accounts) = (most_clients(bench), target.accounts.len().try_into().unwrap_or(1));
    let timing = Timing { warm: bench.plan.warm, length: bench.plan.seconds.max(bench.plan.key_seconds / 2) };
    for method in bench.args.methods.clone() {
        let what = format!("{method:?}");
        let known = bench.report.find(store.engine(), "closed", &what, clients, accounts);
        let rate = match known.map(|line| line.summary.per_second) {
            Some(rate) => rate,
            None => closed(target, Shape { method, clients, accounts }, timing).await?.summary.per_second,
        };
        let arrivals = Arrivals { method, accounts, per_second: rate * OPEN_SHARE };
        let measured = open(target, arrivals, timing).await?;
        let mut line = Line::new("open", store.engine(), &what, clients, accounts, measured);
        line.offered_per_second = Some(arrivals.per_second);
        bench.report.add(line);
    }
    Ok(())
}

fn ratios(bench: &mut Bench<'_>, store: &Store) {
    for accounts in bench.args.accounts.clone() {
        for ratio in of_matrix(&bench.report, store.engine(), most_clients(bench), accounts) {
            bench.report.add_ratio(ratio);
        }
    }
}

fn most_clients(bench: &Bench<'_>) -> u16 {
    bench.args.clients.iter().copied().max().unwrap_or(1)
}

fn key_timing(bench: &Bench<'_>) -> Timing {
    Timing { warm: bench.plan.warm, length: bench.plan.key_seconds }
}

/// Measures; what a ratio is made of longer and several times.
async fn quietest(bench: &Bench<'_>, target: &Target, shape: Shape) -> Result<Measured> {
    let in_ratio = matches!(shape.method, Method::IngestMessage | Method::GetTicket | Method::Empty);
    if !in_ratio || shape.clients != most_clients(bench) {
        return closed(target, shape, Timing { warm: bench.plan.warm, length: bench.plan.seconds }).await;
    }
    let mut rounds = Vec::new();
    for _ in 0..bench.plan.rounds {
        rounds.push(closed(target, shape, key_timing(bench)).await?);
    }
    Ok(quiet(rounds))
}

/// The round in which others worked least.
fn quiet(rounds: Vec<Measured>) -> Measured {
    rounds.into_iter().min_by(|a, b| a.cost.others.total_cmp(&b.cost.others)).unwrap_or_default()
}
