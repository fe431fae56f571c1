//! Closed loop: each client waits for an answer before it calls again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::{Caller, Method, Target, connect};
use crate::Result;
use crate::measure::{Cost, Meter, Summary, Tally};
use crate::service::Account;

/// What is called by how many.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The method.
    pub method: Method,
    /// Clients at the same time, each on a connection of its own.
    pub clients: u16,
    /// Accounts that they take in turn.
    pub accounts: u16,
}

/// When calls count.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Calls that do not count yet.
    pub warm: Duration,
    /// Calls that do.
    pub length: Duration,
}

/// Figures and their price.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// What the clients saw.
    pub summary: Summary,
    /// What it cost.
    pub cost: Cost,
}

/// The stretch in which answers count.
#[derive(Debug, Clone, Copy)]
struct Window {
    from: Instant,
    until: Instant,
}

/// Puts load on the target and measures it.
pub async fn closed(target: &Target, shape: Shape, timing: Timing) -> Result<Measured> {
    let callers = callers(target, shape.clients).await?;
    let from = Instant::now() + timing.warm;
    let window = Window { from, until: from + timing.length };
    let mut clients = JoinSet::new();
    for (number, caller) in callers.into_iter().enumerate() {
        let accounts = target.accounts.iter().take(usize::from(shape.accounts)).cloned().collect();
        clients.spawn(client(caller, shape.method, accounts, number, window));
    }
    tokio::time::sleep_until(window.from.into()).await;
    let meter = Meter::start(target.watched);
    tokio::time::sleep_until(window.until.into()).await;
    let cost = meter.stop();
    let mut tally = Tally::default();
    while let Some(seen) = clients.join_next().await {
        tally.merge(seen?);
    }
    Ok(Measured { summary: tally.summary(timing.length), cost })
}

/// Connected clients.
async fn callers(target: &Target, count: u16) -> Result<Vec<Caller>> {
    let mut callers = Vec::new();
    for _ in 0..count {
        callers.push(Caller::new(connect(&target.address).await?));
    }
    Ok(callers)
}

async fn client(
    mut caller: Caller,
    method: Method,
    accounts: Vec<Arc<Account>>,
    number: usize,
    window: Window,
) -> Tally {
    let mut tally = Tally::default();
    for account in accounts.iter().cycle().skip(number) {
        let begin = Instant::now();
        let answer = caller.call(method, account).await;
        let end = Instant::now();
        if end >= window.until {
            break;
        }
        if end >= window.from {
            note(&mut tally, &answer, end - begin);
        }
        if answer.is_err() {
            // A service that refuses everything must not be asked a million times a second.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    tally
}

/// Adds what became of a call.
pub(super) fn note(tally: &mut Tally, answer: &std::result::Result<(), tonic::Status>, took: Duration) {
    match answer {
        Ok(()) => tally.answered(took),
        Err(status) => tally.failed(|| format!("{:?}: {}", status.code(), status.message())),
    }
}
