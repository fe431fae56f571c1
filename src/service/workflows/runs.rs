//! Tickets taken in by hand, and runs that are cancelled, or left behind by their ticket.

use super::advance::need_run;
use super::enrol::{Cause, enroll_ticket, need_enrollment};
use super::write::seen;
use crate::domain::access::{Level, Permission, Use};
use crate::domain::ids::{RunId, TicketNumber, WorkflowId};
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Run, RunState};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Takes a ticket in by hand.
#[derive(Debug, Clone)]
pub struct Enroll {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The ticket.
    pub ticket: TicketNumber,
}

impl UseCase for Enroll {
    type Outcome = Run;

    fn needs(&self, _world: &World, keys: &mut Keys) {
        need_enrollment(keys, &self.workflow, self.ticket);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Run, Rejection> {
        desk.needs(Feature::Workflows)?;
        let name = Name::Workflow(self.workflow.clone());
        seen(desk, &self.workflow).ok_or_else(|| desk.not_found(&name))?;
        desk.ticket_to_change(self.ticket, Permission::TicketsEdit, None)?;
        enroll_ticket(desk, &self.workflow, self.ticket, &Cause::Hand)
    }
}

/// Names the runs of a ticket. For the `needs` of a use case that calls [`leave_workflows`].
pub fn need_runs_of(world: &World, keys: &mut Keys, ticket: TicketNumber) {
    let workflows = world.people().workflows.values();
    keys.automation.runs_of.extend(workflows.map(|workflow| (workflow.id.clone(), ticket)));
}

/// Ends what a ticket was on when it was deleted: bringing it back does not put it back there (C-086). Needs
/// [`need_runs_of`].
pub fn leave_workflows(desk: &mut Desk<'_, '_>, ticket: TicketNumber) {
    let (now, waits) = (desk.session.now(), |run: &&Run| run.ticket == ticket && run.state == RunState::Waiting);
    let left: Vec<Run> = desk.world().automation.runs.values().filter(waits).cloned().collect();
    for mut run in left {
        run.note(&run.step.clone(), now, "STOPPED", "the ticket was deleted");
        run.end(RunState::Cancelled, now);
        desk.session.world.automation.runs.put(run.id, run);
    }
}

/// Cancels a run.
#[derive(Debug, Clone)]
pub struct Cancel {
    /// Its workflow.
    pub workflow: WorkflowId,
    /// The run.
    pub run: RunId,
}

/// Whether the caller sees the ticket of a run; whoever sees all sees those of tickets that are gone, too.
fn sees(desk: &Desk<'_, '_>, run: &Run) -> bool {
    let ticket = || desk.world().tickets.get(&run.ticket);
    desk.rights.view.level == Level::All || ticket().is_some_and(|ticket| desk.reaches(&desk.rights, Use::View, ticket))
}

impl UseCase for Cancel {
    type Outcome = Run;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.automation.runs.insert(self.run);
        if let Some(run) = world.automation.runs.peek(&self.run) {
            need_run(world, keys, run);
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Run, Rejection> {
        let name = Name::WorkflowRun(self.workflow.clone(), self.run);
        let found = desk.world().automation.runs.get(&self.run).filter(|run| run.workflow == self.workflow);
        let mut run = found.filter(|run| sees(desk, run)).cloned().ok_or_else(|| desk.not_found(&name))?;
        if run.state != RunState::Waiting {
            let from = run.state.code().to_uppercase();
            return Err(Rejection::Transition { resource: desk.name(&name), from, to: "CANCELLED".to_owned() });
        }
        let now = desk.session.now();
        run.note(&run.step.clone(), now, "CANCELLED", "by hand");
        run.end(RunState::Cancelled, now);
        desk.session.world.automation.runs.put(run.id, run.clone());
        Ok(run)
    }
}
