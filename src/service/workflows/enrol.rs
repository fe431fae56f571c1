//! Tickets that come in: what an operation wrote is looked at once, when it is done (C-085), and whatever else chooses a
//! workflow for a ticket.

use std::collections::BTreeSet;

use super::advance::{RUN_WORKFLOWS, tell_skipped};
use super::judge::properties_for;
use super::write::seen;
use crate::domain::event::{Actor, Event};
use crate::domain::ids::{RunId, TicketNumber, WorkflowId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::domain::workflow::{Chain, MOST_DEPTH, Origin, Run, RunState, Workflow, WorkflowState, holds};
use crate::service::desk::Desk;
use crate::service::mail::follows_from_us;
use crate::storage::lane::{Keys, World};

/// Why a ticket comes into a workflow that something other than its triggers chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// Somebody did it by hand.
    Hand,
    /// Another part of the service chose it: a resource name relative to the account, for example of a policy.
    Chosen(String),
}

impl Cause {
    fn told(&self) -> String {
        match self {
            Self::Hand => "BY_HAND".to_owned(),
            Self::Chosen(by) => by.clone(),
        }
    }
}

/// Names what [`enroll_ticket`] reads. For the `needs` of a use case that calls it.
pub fn need_enrollment(keys: &mut Keys, workflow: &WorkflowId, ticket: TicketNumber) {
    keys.tickets.insert(ticket);
    keys.automation.runs_of.insert((workflow.clone(), ticket));
}

/// Takes a ticket into a workflow that the caller chose: the one way in beside triggers. The run begins at once, in the
/// order of what is due, and is written in the transaction of the caller; what it does follows in a transaction of its
/// own. Needs [`need_enrollment`]. The caller has judged whether the ticket may be changed.
///
/// # Errors
/// [`Rejection::NotFound`] for a workflow that is not there; [`Rejection::NotEnrolled`] when it holds actions of a status
/// (`OF_STATUS`), is OFF or SUSPENDED, the ticket is SPAM, the CONDITION does not hold, or the ticket is on its way (RUNNING)
/// or came in before (`ENROLLED_BEFORE`).
pub fn enroll_ticket(
    desk: &mut Desk<'_, '_>,
    id: &WorkflowId,
    ticket: TicketNumber,
    cause: &Cause,
) -> Result<Run, Rejection> {
    let name = Name::Workflow(id.clone());
    let workflow = seen(desk, id).ok_or_else(|| desk.not_found(&name))?;
    let ticket = desk.world().tickets.get(&ticket).cloned().ok_or_else(|| desk.not_found(&Name::Ticket(ticket)))?;
    let refused = |cause| Rejection::NotEnrolled { workflow: desk.name(&name), cause };
    if workflow.of_status.is_some() {
        return Err(refused("OF_STATUS"));
    }
    if workflow.state != WorkflowState::On {
        return Err(refused("OFF"));
    }
    if !desk.includes(workflow.feature()) {
        return Err(refused("SUSPENDED"));
    }
    if ticket.life.spam_time.is_some() {
        return Err(refused("SPAM"));
    }
    let properties = properties_for(desk.world(), &[&workflow.definition.condition]);
    let now = desk.session.now();
    if !holds(&workflow.definition.condition, &ticket, &desk.account(), now, &properties) {
        return Err(refused("CONDITION"));
    }
    let others = desk.world().runs_of(id, ticket.number);
    match others.iter().find(|other| !workflow.definition.again || other.state == RunState::Waiting) {
        Some(other) if other.state == RunState::Waiting => return Err(refused("RUNNING")),
        Some(_) => return Err(refused("ENROLLED_BEFORE")),
        None => {}
    }
    let origin = origin(desk);
    let chain = Chain::new(desk.world().head.last_event, origin);
    Ok(begin(desk, &workflow, ticket.number, chain, cause.told()))
}

/// Takes tickets in for what happened since the session was looked at last. `chain`: the run that did it, if one did.
pub fn enrol(desk: &mut Desk<'_, '_>, chain: Option<Chain>) {
    let (since, last) = (desk.session.looked_at, desk.world().head.last_event);
    desk.session.looked_at = last;
    let hits = hits(desk, since, last);
    if hits.is_empty() {
        return;
    }
    let origin = origin(desk);
    for hit in hits {
        let before = chain.unwrap_or(Chain { depth: 0, ..Chain::new(hit.root, origin) });
        if before.depth >= MOST_DEPTH {
            tell_skipped(desk, hit.ticket, "CHAIN_TOO_LONG", &hit.workflow.id);
        } else {
            let next = Chain { depth: before.depth + 1, ..before };
            begin(desk, &hit.workflow, hit.ticket, next, hit.cause);
        }
    }
    // The entries themselves take nobody in.
    desk.session.looked_at = desk.world().head.last_event;
}

/// A ticket that comes in.
struct Hit {
    workflow: Workflow,
    ticket: TicketNumber,
    cause: String,
    root: i64,
}

/// What comes in where by the events of a stretch; status actions first (C-085).
fn hits(desk: &Desk<'_, '_>, since: i64, last: i64) -> Vec<Hit> {
    let world = desk.world();
    let on = |it: &&Workflow| it.state == WorkflowState::On && !it.triggers().is_empty() && !it.is_over();
    let on = world.people().workflows.values().filter(on);
    let mut workflows: Vec<&Workflow> = on.filter(|workflow| desk.includes(workflow.feature())).collect();
    if workflows.is_empty() {
        return Vec::new();
    }
    workflows.sort_by_key(|workflow| (workflow.of_status.is_none(), &workflow.id));
    let (mut taken, mut hits) = (BTreeSet::new(), Vec::new());
    for sequence in since + 1..=last {
        let Some((event, ticket)) = about_ticket(world, sequence) else { continue };
        for workflow in &workflows {
            let place = (&workflow.id, ticket.number);
            // Each entry into a status has its actions done (C-077); any other workflow takes a ticket in once.
            let once = workflow.of_status.is_none();
            if (once && taken.contains(&place)) || !takes(world, workflow, event, ticket) {
                continue;
            }
            taken.insert(place);
            let cause = event.kind.code().replace('.', "_").to_uppercase();
            let (workflow, ticket, root) = ((*workflow).clone(), ticket.number, event.cause_root);
            hits.push(Hit { workflow, ticket, cause, root });
        }
    }
    // Whatever came first in the operation, the actions of statuses begin before anything else.
    hits.sort_by_key(|hit| hit.workflow.of_status.is_none());
    hits
}

/// An event of this batch with its ticket, where workflows may look at it.
fn about_ticket(world: &World, sequence: i64) -> Option<(&Event, &Ticket)> {
    let event = world.events.peek(&sequence)?;
    let ticket = world.tickets.peek(&event.ticket?)?;
    let life = &ticket.life;
    let gone = life.is_deleted() || life.merged_into.is_some() || life.spam_time.is_some();
    (!gone).then_some((event, ticket))
}

fn takes(world: &World, workflow: &Workflow, event: &Event, ticket: &Ticket) -> bool {
    let condition = workflow.definition.condition.as_str();
    workflow.triggers().iter().any(|trigger| trigger.fits(event, &world.account.id))
        && holds(condition, ticket, &world.account.id, event.time, &properties_for(world, &[condition]))
}

/// Who brought about what the session does.
fn origin(desk: &mut Desk<'_, '_>) -> Origin {
    if desk.session.mail.automatic || follows_from_us(desk.session) {
        return Origin::Machine;
    }
    match desk.session.actor {
        Actor::Contact(_) | Actor::Visitor => Origin::Message,
        _ => Origin::Ours,
    }
}

/// Writes a run that is due at once.
fn begin(desk: &mut Desk<'_, '_>, workflow: &Workflow, ticket: TicketNumber, chain: Chain, cause: String) -> Run {
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
        cause,
        log: Vec::new(),
        create_time: now,
        end_time: None,
        tries: 0,
    };
    desk.session.world.automation.runs.put(id, run.clone());
    let job = desk.session.new_id();
    desk.session.world.wake(RUN_WORKFLOWS, job, now);
    run
}
