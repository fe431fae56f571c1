//! Tickets that come in: what an operation wrote is looked at once, when it is done (C-085).

use std::collections::BTreeSet;

use super::advance::RUN_WORKFLOWS;
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::ids::{RunId, TicketNumber, WorkflowId};
use crate::domain::names::Name;
use crate::domain::plan::Feature;
use crate::domain::workflow::{Chain, MOST_DEPTH, Run, RunState, Workflow, WorkflowState};
use crate::service::desk::Desk;

/// Takes tickets in for what happened since the session was looked at last. `chain`: the run that did it, if one did.
pub fn enrol(desk: &mut Desk<'_, '_>, chain: Option<Chain>) {
    let (since, last) = (desk.session.looked_at, desk.world().head.last_event);
    desk.session.looked_at = last;
    let on = desk.world().people().workflows.values().filter(|workflow| workflow.state == WorkflowState::On);
    let mut workflows: Vec<Workflow> = on.cloned().collect();
    if workflows.is_empty() || !desk.includes(Feature::Workflows) {
        return;
    }
    workflows.sort_by(|a, b| a.id.cmp(&b.id));
    let mut taken: BTreeSet<(WorkflowId, TicketNumber)> = BTreeSet::new();
    let account = desk.account();
    for sequence in since + 1..=last {
        let Some(event) = desk.world().events.peek(&sequence).cloned() else { continue };
        let Some(ticket) = event.ticket.and_then(|number| desk.world().tickets.peek(&number).cloned()) else {
            continue;
        };
        if ticket.life.is_deleted() || ticket.life.merged_into.is_some() || ticket.life.spam_time.is_some() {
            continue;
        }
        for workflow in &workflows {
            let place = (workflow.id.clone(), ticket.number);
            if !taken.contains(&place) && workflow.takes(&event, &ticket, &account) {
                taken.insert(place);
                take_in(desk, workflow, ticket.number, chain, event.cause_root);
            }
        }
    }
}

/// Writes a run for a ticket that comes in, unless runs led to each other for too long (T-53).
fn take_in(desk: &mut Desk<'_, '_>, workflow: &Workflow, number: TicketNumber, chain: Option<Chain>, root: i64) {
    let before = chain.unwrap_or(Chain { root, depth: 0, status_changes: 0 });
    if before.depth >= MOST_DEPTH {
        let why = FieldChange::of("reason", "", "CHAIN_TOO_LONG");
        let which = FieldChange::of("workflow", "", desk.name(&Name::Workflow(workflow.id.clone())));
        let fields = why.into_iter().chain(which).collect();
        let actor = Actor::System(SystemActor::Workflow);
        desk.automatic_event(EventType::TicketAutomationSkipped, number, fields, actor);
        // The entry itself takes nobody in.
        desk.session.looked_at = desk.world().head.last_event;
        return;
    }
    begin(desk, workflow, number, Chain { depth: before.depth + 1, ..before });
}

/// Writes a run that is due at once.
pub(super) fn begin(desk: &mut Desk<'_, '_>, workflow: &Workflow, ticket: TicketNumber, chain: Chain) -> Run {
    let (id, now) = (RunId(desk.session.new_id()), desk.session.now());
    let run = Run {
        id,
        workflow: workflow.id.clone(),
        revision: workflow.revision,
        ticket,
        state: RunState::Waiting,
        step: workflow.definition.steps.first().map(|step| step.id.clone()).unwrap_or_default(),
        due: now,
        chain,
        log: Vec::new(),
        create_time: now,
        end_time: None,
    };
    desk.session.world.automation.runs.put(id, run.clone());
    let job = desk.session.new_id();
    desk.session.world.wake(RUN_WORKFLOWS, job, now);
    run
}
