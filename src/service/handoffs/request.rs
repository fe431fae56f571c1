//! A conversation is handed to people: by a customer agent, a person, an integration, or a trigger.

use super::act::{Acted, acted};
use super::check::let_go;
use super::keep::{keep, open_in, pass, settle};
use super::place::{channel_of, facts, place, place_held};
use super::tell::{close_chat, tell};
use crate::domain::access::Permission;
use crate::domain::channel::Channel;
use crate::domain::control::{Party, Silence};
use crate::domain::conversation::Conversation;
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::handoff::{
    Configured, Context, Fired, Handoff, MOST_RETURNS, Mode, Placed, Reason, Reasons, Said, State, Step, Times,
    UnassignedChat,
};
use crate::domain::ids::{ConversationId, HandoffId, PipelineId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::pipeline::DEFAULT_PIPELINE;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::conversations::{MoveToHelpDesk, may_change, needs_of, refused};
use crate::service::desk::{Desk, UseCase};
use crate::service::workflows::{Cause, enroll_ticket, need_enrollment};
use crate::storage::lane::{Keys, World};

/// How long a workflow may take to assign before the hand-off goes on without it.
const WORKFLOW_TAKES: std::time::Duration = std::time::Duration::from_mins(1);

/// Asks for a hand-off.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which conversation.
    pub conversation: ConversationId,
    /// Why; at least one.
    pub reasons: Vec<(Reason, String)>,
    /// What whoever gets it should know.
    pub context: Context,
    /// The epoch of control that the caller last saw.
    pub epoch: Option<i64>,
}

impl UseCase for Request {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need_request(world, keys, self.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let conversation = self.found(desk)?;
        let open = open_in(desk, conversation.id).is_some();
        // The same request again gets the open one, whatever became of control since.
        if !open {
            conversation.control.is_at(self.epoch).map_err(|silence| refused(desk, &conversation, silence))?;
        }
        let now = desk.session.now();
        let fired = |(reason, text): &(Reason, String)| Fired {
            reason: *reason,
            text: text.clone(),
            trigger: String::new(),
            time: now,
        };
        let handoff = request(desk, self.conversation, self.reasons.iter().map(fired).collect(), self.context.clone())?;
        acted(desk, handoff)
    }
}

impl Request {
    /// The conversation, with which the caller may do this: a customer agent with those that are its own.
    pub(super) fn found(&self, desk: &Desk<'_, '_>) -> Result<Conversation, Rejection> {
        let (found, ticket) = desk.conversation(self.conversation)?;
        let Actor::CustomerAgent(agent) = &desk.session.actor else {
            may_change(desk, &found, ticket.as_ref(), Permission::HandoffsAct)?;
            return Ok(found);
        };
        let own = |handoff: &Handoff| handoff.agent() == Some(agent);
        let mine = found.control.party == Party::Agent(agent.clone());
        if mine || open_in(desk, found.id).as_ref().is_some_and(own) {
            return Ok(found);
        }
        let stale = found.control.is_at(self.epoch).is_err();
        Err(refused(desk, &found, if stale { Silence::Stale } else { Silence::NotInControl }))
    }
}

/// Names what [`request`] reads. For the needs of a use case that calls it.
pub fn need_request(world: &World, keys: &mut Keys, conversation: ConversationId) {
    needs_of(world, keys, conversation);
    let Some(found) = world.conversations.peek(&conversation) else { return };
    let Party::Agent(agent) = &found.control.party else { return };
    let workflow = world.people().agents.get(agent).and_then(|agent| agent.handoff.policy.workflow.clone());
    if let (Some(workflow), Some(ticket)) = (workflow, found.ticket) {
        need_enrollment(keys, &workflow, ticket);
    }
}

/// Hands a conversation to people as its customer agent is set up to. While a hand-off is open, it is that one, with the
/// reasons added. Needs [`need_request`]; the caller has judged whether it may be asked for.
///
/// # Errors
/// [`Rejection::NotInControl`] when no customer agent has control and no hand-off is open (C-097); what is wrong with the
/// ticket.
pub fn request(
    desk: &mut Desk<'_, '_>,
    conversation: ConversationId,
    reasons: Vec<Fired>,
    context: Context,
) -> Result<Handoff, Rejection> {
    let found = desk.world().conversations.get(&conversation).cloned();
    let mut found = found.ok_or_else(|| desk.not_found(&Name::Conversation(conversation)))?;
    if let Some(open) = open_in(desk, conversation) {
        return Ok(add_reasons(desk, &open, reasons));
    }
    let Party::Agent(agent) = found.control.party.clone() else {
        return Err(refused(desk, &found, Silence::NotInControl));
    };
    // A place that was held is free for this one.
    let held = let_go(desk, conversation).map(|held| held.user);
    found.held = None;
    let configured = desk.world().people().agents.get(&agent).map_or_else(Configured::default, |it| it.handoff.clone());
    let begun = begin(desk, &found, configured, reasons, context);
    if begun.mode == Mode::None {
        return Ok(record_only(desk, begun));
    }
    let ticket = ensure_ticket(desk, &found, &begun)?;
    keep(desk, None, &begun);
    tell_ping_pong(desk, ticket);
    Ok(if begun.policy.workflow.is_some() { by_workflow(desk, begun, ticket) } else { to_people(desk, &begun, held) })
}

fn add_reasons(desk: &mut Desk<'_, '_>, open: &Handoff, reasons: Vec<Fired>) -> Handoff {
    let mut after = open.clone();
    let mut added = false;
    for fired in reasons {
        added |= after.reasons.add(fired);
    }
    if added {
        after.version += 1;
        after.update_time = desk.session.now();
        keep(desk, Some(open), &after);
    }
    after
}

/// The hand-off with its mode, found once on the facts of now.
fn begin(
    desk: &mut Desk<'_, '_>,
    conversation: &Conversation,
    configured: Configured,
    fired: Vec<Fired>,
    context: Context,
) -> Handoff {
    let (id, now) = (HandoffId(desk.session.new_id()), desk.session.now());
    let mut reasons = Reasons::default();
    for fired in fired {
        reasons.add(fired);
    }
    let policy = configured.policy;
    let context = in_the_language_of_the_contact(desk, conversation, context);
    Handoff {
        id,
        conversation: conversation.id,
        from: conversation.control.party.clone(),
        state: State::Requested,
        mode: policy.mode(),
        facts: facts(desk, conversation.id, &policy),
        reasons,
        policy,
        context,
        user: None,
        declined: Vec::new(),
        transfers: 0,
        decision: None,
        message: None,
        said: None,
        run: None,
        due: None,
        expire: None,
        outcome: None,
        digest: None,
        returned: None,
        times: Times::default(),
        create_time: now,
        update_time: now,
        version: 1,
    }
}

/// Who does not say in which language the contact is told, means the contact's own.
fn in_the_language_of_the_contact(desk: &Desk<'_, '_>, conversation: &Conversation, mut context: Context) -> Context {
    if context.language.is_empty()
        && let Some(contact) = conversation.contact.and_then(|id| desk.world().contacts.peek(&id))
    {
        context.language.clone_from(&contact.language_code);
    }
    context
}

/// The process says: do not hand off. What fired is kept, and nothing else changes (R-222, C-092).
fn record_only(desk: &mut Desk<'_, '_>, mut begun: Handoff) -> Handoff {
    begun.keep_only(desk.session.now());
    keep(desk, None, &begun);
    begun
}

/// The ticket of the conversation, where the destination says; made if there is none (R-227, R-230; C-098, C-099).
fn ensure_ticket(
    desk: &mut Desk<'_, '_>,
    conversation: &Conversation,
    begun: &Handoff,
) -> Result<TicketNumber, Rejection> {
    let number = match conversation.ticket {
        Some(number) => number,
        None => make_ticket(desk, conversation)?,
    };
    let before = desk.world().tickets.get(&number).cloned();
    let before = before.ok_or_else(|| desk.not_found(&Name::Ticket(number)))?;
    desk.writable(&before)?;
    if before.life.area != begun.policy.destination {
        let mut after = before.clone();
        after.life.area = begun.policy.destination;
        let upper = |ticket: &Ticket| ticket.life.area.code().to_uppercase();
        let change = FieldChange::of("area", upper(&before), upper(&after)).into_iter().collect();
        desk.save_ticket(after);
        desk.automatic_event(EventType::TicketMoved, number, change, Actor::System(SystemActor::Router));
    }
    Ok(number)
}

fn make_ticket(desk: &mut Desk<'_, '_>, conversation: &Conversation) -> Result<TicketNumber, Rejection> {
    let channel = channel_of(desk, conversation.id);
    let channel = channel.ok_or_else(|| desk.not_found(&Name::Channel(conversation.channel.clone())))?;
    let channel = Channel { pipeline: PipelineId::stored(DEFAULT_PIPELINE), ..channel };
    let asked = MoveToHelpDesk { conversation: conversation.id, subject: String::new() };
    asked.make(desk, conversation.clone(), &channel).map(|(_, number)| number)
}

/// A ticket that goes to and fro is told of, and stays with people for a while (T-52).
pub(super) fn tell_ping_pong(desk: &mut Desk<'_, '_>, number: TicketNumber) {
    let now = desk.session.now();
    let times = desk.world().tickets.peek(&number).map_or(0, |ticket| ticket.life.returned.so_far(now));
    if times >= MOST_RETURNS {
        let why = FieldChange::of("reason", "", "PING_PONG").into_iter().collect();
        desk.automatic_event(EventType::TicketAutomationSkipped, number, why, Actor::System(SystemActor::Router));
    }
}

/// To the same users or teams for everything.
fn to_people(desk: &mut Desk<'_, '_>, begun: &Handoff, held: Option<UserId>) -> Handoff {
    let mut after = begun.clone();
    let said = if after.facts.team_available() { Said::Available } else { Said::Unavailable };
    tell(desk, &mut after, said);
    let held = held.and_then(|user| place_held(desk, &mut after, &user));
    let placed = held.unwrap_or_else(|| place(desk, &mut after, false));
    placed_as(desk, begun, after, placed)
}

fn placed_as(desk: &mut Desk<'_, '_>, before: &Handoff, mut after: Handoff, placed: Placed) -> Handoff {
    let done = after.step(Step::Place(placed), desk.session.now()).unwrap_or_default();
    settle(desk, before, after, done)
}

/// To whom a workflow assigns: the run begins with the hand-off and has its first turn in a transaction of its
/// own. One that takes no ticket leaves it to nobody (C-103).
fn by_workflow(desk: &mut Desk<'_, '_>, begun: Handoff, ticket: TicketNumber) -> Handoff {
    let mut after = begun.clone();
    let Some(workflow) = begun.policy.workflow.clone() else { return begun };
    desk.session.world.knows_no_runs(&workflow, ticket);
    let agent = begun.agent().cloned();
    let chosen = agent.map(|agent| Name::HandoffPolicy(agent).to_string()).unwrap_or_default();
    match enroll_ticket(desk, &workflow, ticket, &Cause::Chosen(chosen)) {
        Ok(run) => {
            after.run = Some(run.id);
            after.due = Some(desk.session.now().plus(WORKFLOW_TAKES));
            pass(desk, after.conversation, Party::Nobody);
            keep(desk, Some(&begun), &after);
            after
        }
        Err(refusal) => {
            let why = FieldChange::of("reason", "", "WORKFLOW_NOT_ENROLLED");
            let which = FieldChange::of("workflow", "", desk.name(&Name::Workflow(workflow)));
            let detail = FieldChange::of("detail", "", refusal);
            let fields = [why, which, detail].into_iter().flatten().collect();
            desk.automatic_event(
                EventType::TicketAutomationSkipped,
                ticket,
                fields,
                Actor::System(SystemActor::Router),
            );
            assigned_by_workflow(desk, &begun, after)
        }
    }
}

/// The workflow is through, or was never begun: whom it gave the ticket to gets the hand-off, else nobody has it (C-100).
/// One that somebody has already stays as it is.
pub(super) fn assigned_by_workflow(desk: &mut Desk<'_, '_>, before: &Handoff, mut after: Handoff) -> Handoff {
    after.run = None;
    if !matches!(before.state, State::Requested | State::QueuedAsync) {
        keep(desk, Some(before), &after);
        return after;
    }
    let ticket = desk.world().conversations.peek(&after.conversation).and_then(|found| found.ticket);
    let owner = ticket.and_then(|number| desk.world().tickets.peek(&number)).and_then(|ticket| ticket.owner.clone());
    let (said, placed) = match owner {
        Some(owner) => (Said::Available, Placed::Given(owner)),
        None => (Said::NotAssigned, Placed::Nobody),
    };
    tell(desk, &mut after, said);
    let closes = after.policy.unassigned_chat == UnassignedChat::Close && after.policy.keeps_or_closes();
    if placed == Placed::Nobody && closes {
        close_chat(desk, after.conversation);
    }
    placed_as(desk, before, after, placed)
}
