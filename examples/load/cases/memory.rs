//! The memory of a service that took in 10,000 tickets and was read from.

use super::Bench;
use super::stage::Stage;
use crate::Result;
use crate::drive::{Method, Shape, Timing, closed};
use crate::measure::resident_mib;
use crate::report::{Bound, Line, Ratio};

const TICKETS: i64 = 10_000;
const CLIENTS: u16 = 32;
const AIM: f64 = 100.0;

/// Runs the part on one engine.
pub async fn run(bench: &mut Bench<'_>) -> Result<()> {
    let mut stage = Stage::open(bench, "memory", 1).await?;
    let target = stage.target()?;
    let timing = Timing { warm: std::time::Duration::ZERO, length: bench.plan.key_seconds / 2 };
    let mut peak: f64 = 0.0;
    // The limit of the whole run ends this where a service takes nothing in.
    while stage.accounts[0].last_ticket() < TICKETS {
        let shape = Shape { method: Method::IngestMessage, clients: CLIENTS, accounts: 1 };
        peak = peak.max(closed(&target, shape, timing).await?.cost.peak_mib);
    }
    for method in [Method::GetTicket, Method::ListTickets] {
        let measured = closed(&target, Shape { method, clients: CLIENTS, accounts: 1 }, timing).await?;
        peak = peak.max(measured.cost.peak_mib);
        let what = format!("{method:?}, {} tickets", stage.accounts[0].last_ticket());
        bench.report.add(Line::new("memory", stage.store.engine(), &what, CLIENTS, 1, measured));
    }
    let resident = resident_mib(target.watched.server);
    bench.report.note(format!("{:?}: {resident:.1} MiB resident after {TICKETS} tickets", stage.store.engine()));
    let name = format!("{:?}: peak memory in MiB at 10,000 tickets", stage.store.engine());
    bench.report.add_ratio(Ratio::new(name, peak, Bound::AtMost, AIM));
    stage.stop().await
}
