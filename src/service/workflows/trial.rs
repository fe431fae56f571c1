//! A workflow tried on a ticket: the same turns, over delays, and nothing of it stays.

use super::advance::{Walk, need_run};
use super::judge::properties_for;
use super::write::seen;
use crate::domain::event::{Actor, SystemActor};
use crate::domain::ids::{RunId, TicketNumber, WorkflowId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::workflow::{Chain, Origin, Run, RunState, holds};
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::{Answer, Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, World};

/// Tries a workflow on a ticket.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The ticket.
    pub ticket: TicketNumber,
}

/// Walks a ticket through a workflow; the lane drops all of it.
///
/// # Errors
/// Why not.
pub async fn try_out(service: &Service, grant: &Grant, trial: Trial) -> Result<(Run, bool), Rejection> {
    let encoder = Encoder { respond: Box::new(|found, _| found), store: Box::new(|_| Vec::new()) };
    let call = WriteCall { validate_only: true, ..WriteCall::default() };
    match service.write(grant, call, trial, encoder).await? {
        Answer::Fresh(found) => Ok(found),
        Answer::Replayed(_) => Err(Rejection::Internal("a trial was answered from memory".to_owned())),
    }
}

impl UseCase for Trial {
    /// The run, and whether the ticket would come in.
    type Outcome = (Run, bool);

    fn needs(&self, world: &World, keys: &mut Keys) {
        let chain = Chain::new(0, Origin::Ours);
        keys.tickets.insert(self.ticket);
        if let Some(workflow) = world.people().workflows.get(&self.workflow) {
            need_run(world, keys, &self.run(workflow.revision, chain, world.now));
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(Run, bool), Rejection> {
        let missing = || desk.not_found(&Name::Workflow(self.workflow.clone()));
        let workflow = seen(desk, &self.workflow).ok_or_else(missing)?;
        let ticket = desk.ticket(self.ticket)?;
        let now = desk.session.now();
        let condition = workflow.definition.condition.as_str();
        let properties = properties_for(desk.world(), &[condition]);
        let comes = holds(condition, &ticket, &desk.account(), now, &properties);
        let chain = Chain::new(desk.world().head.last_event, Origin::Ours);
        let mut run = self.run(workflow.revision, chain, now);
        run.step = workflow.definition.steps.first().map(|step| step.id.clone()).unwrap_or_default();
        // As the service does it: whoever tries it out needs no rights to what it does.
        let grant = Grant::system(desk.account(), super::RUN_WORKFLOWS);
        let rights = crate::domain::access::Rights::system();
        desk.session.actor = Actor::System(SystemActor::Workflow);
        let walk = Walk { workflow: &workflow, definition: &workflow.definition, jumps: true };
        walk.go(&mut Desk { session: &mut *desk.session, rights, grant: &grant }, &mut run);
        Ok((run, comes))
    }
}

impl Trial {
    fn run(&self, revision: i64, chain: Chain, now: crate::domain::time::Timestamp) -> Run {
        Run {
            id: RunId(uuid::Uuid::nil()),
            workflow: self.workflow.clone(),
            revision,
            ticket: self.ticket,
            state: RunState::Waiting,
            step: String::new(),
            due: now,
            chain,
            cause: String::new(),
            log: Vec::new(),
            create_time: now,
            end_time: None,
            tries: 0,
        }
    }
}
