//! Open loop: calls come at a fixed rate, however long the answers take. Latency counts from the moment at which a call
//! was due, so that a stall is seen by all who would have called meanwhile.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::closed::{Measured, Timing, note};
use super::{Caller, Method, Target, connect};
use crate::Result;
use crate::measure::{Meter, Tally};

/// Connections that the calls share.
pub(super) const CONNECTIONS: usize = 8;
/// Calls under way at which the loop stops adding to the heap; later ones are failures.
const MOST_UNDER_WAY: usize = 2_000;

/// How calls come.
#[derive(Debug, Clone, Copy)]
pub struct Arrivals {
    /// The method.
    pub method: Method,
    /// Accounts that they take in turn.
    pub accounts: u16,
    /// Calls per second, evenly spaced.
    pub per_second: f64,
}

/// Puts load on the target and measures it.
pub async fn open(target: &Target, arrivals: Arrivals, timing: Timing) -> Result<Measured> {
    let mut callers = Vec::new();
    for _ in 0..CONNECTIONS {
        callers.push(Caller::new(connect(&target.address).await?));
    }
    let accounts = &target.accounts[..usize::from(arrivals.accounts).min(target.accounts.len())];
    let gap = Duration::from_secs_f64(1.0 / arrivals.per_second.max(1.0));
    let begin = Instant::now();
    let (from, until) = (begin + timing.warm, begin + timing.warm + timing.length);
    let (mut due, mut tally, mut calls, mut meter) = (begin, Tally::default(), JoinSet::new(), None);
    let pairs = callers.iter().cycle().zip(accounts.iter().cycle());
    for (caller, account) in pairs.take_while(|_| Instant::now() < until) {
        tokio::time::sleep_until(due.into()).await;
        if due >= from && meter.is_none() {
            meter = Some(Meter::start(target.watched));
        }
        while let Some(seen) = calls.try_join_next() {
            tally.merge(seen?);
        }
        if calls.len() >= MOST_UNDER_WAY {
            tally.failed(|| format!("more than {MOST_UNDER_WAY} calls under way"));
        } else {
            calls.spawn(one(caller.clone(), account.clone(), arrivals.method, due, due >= from));
        }
        due += gap;
    }
    let cost = meter.unwrap_or_else(|| Meter::start(target.watched)).stop();
    while let Some(seen) = calls.join_next().await {
        tally.merge(seen?);
    }
    Ok(Measured { summary: tally.summary(timing.length), cost })
}

async fn one(
    mut caller: Caller,
    account: std::sync::Arc<crate::service::Account>,
    method: Method,
    due: Instant,
    counts: bool,
) -> Tally {
    let answer = caller.call(method, &account).await;
    let mut tally = Tally::default();
    if counts {
        note(&mut tally, &answer, due.elapsed());
    }
    tally
}
