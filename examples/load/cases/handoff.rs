//! What it takes to hand a conversation to a person at once, beside assigning its ticket by hand.

use futures_util::future::try_join_all;

use super::Bench;
use super::stage::Stage;
use crate::Result;
use crate::drive::{Bearer, Caller, Once, connect, once, once_evenly};
use crate::measure::Summary;
use crate::report::{Bound, Line, Ratio};
use crate::service::{AGENTS, BOT_CHANNEL, with_bot};

const CLIENTS: u16 = 8;
/// Calls that a second of a measurement with clients stands for: each needs a conversation of its own, which is made before.
const PER_SECOND: f64 = 250.0;
/// Calls that come in a second, evenly.
const EVENLY: f64 = 100.0;
/// Calls of each kind before anything is counted.
const WARM: u64 = 64;
/// Conversations that are begun at a time.
const TOGETHER: u64 = 8;
/// The p99 of a hand-off to that of an assignment.
const AIM: f64 = 2.0;

/// Conversations that the agent has, each with its ticket.
struct Stock {
    stage: Stage,
    runtime: Bearer,
    begun: u64,
}

/// How calls come.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// As fast as the clients are answered: the service is busy all the time.
    Busy,
    /// [`EVENLY`].
    Even,
}

impl Pace {
    /// How many calls a measurement of so many seconds makes.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few seconds")]
    fn calls_of(self, seconds: f64) -> u64 {
        let per_second = match self {
            Self::Busy => PER_SECOND,
            Self::Even => EVENLY,
        };
        (seconds * per_second).clamp(100.0, 20_000.0) as u64
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Busy => "8 clients that wait for each answer",
            Self::Even => "100 calls a second",
        }
    }
}

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    let stage = Stage::open(bench, "handoff", 1).await?;
    let runtime = with_bot(&connect(&stage.target()?.address).await?, &stage.accounts[0]).await?;
    let mut stock = Stock { stage, runtime, begun: 0 };
    for hands_off in [false, true] {
        stock.measure(WARM, Pace::Busy, hands_off).await?;
    }
    for pace in [Pace::Even, Pace::Busy] {
        compare(bench, &mut stock, pace).await?;
    }
    stock.stage.stop().await
}

/// Both calls at one pace.
async fn compare(bench: &mut Bench<'_>, stock: &mut Stock, pace: Pace) -> Result<()> {
    let calls = pace.calls_of(bench.plan.key_seconds.as_secs_f64());
    let mut p99 = [f64::INFINITY; 2];
    for _ in 0..bench.plan.rounds {
        for (at, hands_off) in [false, true].into_iter().enumerate() {
            let line = stock.measure(calls, pace, hands_off).await?;
            p99[at] = p99[at].min(whole(&line.summary)?);
            bench.report.add(line);
        }
    }
    let (engine, title) = (stock.stage.store.engine(), pace.title());
    let name = format!("{engine:?}: p99 of RequestHandoff to that of AssignTicket, {title}");
    bench.report.add_ratio(Ratio::new(name, p99[1] / p99[0].max(0.001), Bound::AtMost, AIM));
    Ok(())
}

/// The p99 of a measurement in which every call was answered.
fn whole(summary: &Summary) -> Result<f64> {
    match &summary.first_error {
        Some(error) => Err(format!("{} calls failed: {error}", summary.errors).into()),
        None => Ok(summary.p99_ms),
    }
}

impl Stock {
    /// So many conversations are begun; then each is handed off, or its ticket assigned.
    async fn measure(&mut self, calls: u64, pace: Pace, hands_off: bool) -> Result<Line> {
        let calls = self.begin(calls, hands_off).await?;
        // What was begun is not to be paid for by what is measured.
        self.stage.until_indexed(&self.stage.accounts[0]).await?;
        self.stage.store.learn()?;
        let (what, by) = if hands_off {
            ("RequestHandoff", &self.runtime)
        } else {
            ("AssignTicket", &self.stage.accounts[0].person)
        };
        let (target, engine) = (self.stage.target()?, self.stage.store.engine());
        Ok(match pace {
            Pace::Busy => Line::new("handoff", engine, what, CLIENTS, 1, once(&target, by, CLIENTS, calls).await?),
            Pace::Even => {
                let measured = once_evenly(&target, by, EVENLY, calls).await?;
                Line { offered_per_second: Some(EVENLY), ..Line::new("handoff", engine, what, 1, 1, measured) }
            }
        })
    }

    async fn begin(&mut self, count: u64, hands_off: bool) -> Result<Vec<Once>> {
        let caller = Caller::new(connect(&self.stage.target()?.address).await?);
        let account = &self.stage.accounts[0];
        let mut calls = Vec::new();
        for first in (self.begun..self.begun + count).step_by(usize::try_from(TOGETHER)?) {
            let few = first..(first + TOGETHER).min(self.begun + count);
            for (conversation, ticket) in
                try_join_all(few.map(|number| caller.first_chat(account, BOT_CHANNEL, number))).await?
            {
                let owner = account.name(&format!("users/agent-{}", ticket.number % i64::from(AGENTS)));
                let call = if hands_off {
                    Once::HandOff { conversation }
                } else {
                    Once::Assign { ticket: ticket.name, owner }
                };
                calls.push(call);
            }
        }
        self.begun += count;
        Ok(calls)
    }
}
