//! The parts of a run, one after the other, each on databases of its own.

mod backlog;
mod candidates;
mod handoff;
mod matrix;
mod memory;
mod phrases;
mod routing;
mod scale;
mod stage;
mod workflows;

use crate::Result;
use crate::args::{Args, Plan};
use crate::report::Report;
use crate::service::Program;
use crate::store::Place;

/// What every part needs.
pub struct Bench<'a> {
    args: &'a Args,
    plan: Plan,
    program: Program,
    place: Place,
    report: Report,
}

/// Runs what was asked for.
pub async fn run(args: &Args) -> Result<Report> {
    let mut report = Report::default();
    Report::print_head();
    if args.parts().phrases {
        phrases::run(&mut report)?;
    }
    if args.parts().only_phrases() {
        return Ok(report);
    }
    let folder = tempfile::Builder::new().prefix("helpdesk-load-").tempdir()?;
    let program = Program::new(args.server_binary()?, &args.set, folder.path())?;
    for engine in &args.engines {
        let place = Place::new(*engine, folder.path())?;
        let mut bench = Bench { args, plan: args.plan(), program: program.clone(), place, report };
        bench.engine().await?;
        report = bench.report;
    }
    Ok(report)
}

impl Bench<'_> {
    async fn engine(&mut self) -> Result<()> {
        let parts = self.args.parts();
        if parts.matrix || parts.open {
            matrix::run(self).await?;
        }
        if parts.candidates {
            candidates::run(self).await?;
        }
        if parts.backlog {
            backlog::run(self).await?;
        }
        if parts.memory {
            memory::run(self).await?;
        }
        if parts.handoff {
            handoff::run(self).await?;
        }
        if parts.routing {
            routing::run(self).await?;
        }
        if parts.scale {
            scale::run(self).await?;
        }
        if parts.workflows {
            workflows::run(self).await?;
        }
        Ok(())
    }
}
