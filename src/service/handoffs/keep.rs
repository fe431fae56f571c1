//! What follows from a step of a hand-off, and where it is kept.

use super::due::RUN_HANDOFFS;
use super::give::falls_to;
use super::place::place;
use super::tell::tell as tell_contact;
use crate::domain::control::Party;
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::handoff::{Done, Handoff, Said, State, Step, Wrong};
use crate::domain::ids::{ConversationId, HandoffId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::UnassignedReason;
use crate::domain::ticket::Ticket;
use crate::service::conversations::pass_control;
use crate::service::customer_agents::give_unjudged;
use crate::service::desk::Desk;
use crate::service::tickets::assignment_changes;

/// Takes a step with everything that follows from it. The hand-off as it is then.
///
/// # Errors
/// [`Rejection::HandoffNotOpen`], [`Rejection::HandoffNotYours`].
pub(super) fn take(desk: &mut Desk<'_, '_>, before: &Handoff, step: Step) -> Result<Handoff, Rejection> {
    let mut after = before.clone();
    let done = after.step(step, desk.session.now()).map_err(|wrong| refused(desk, before, wrong))?;
    Ok(settle(desk, before, after, done))
}

/// The refusal of a step.
pub(super) fn refused(desk: &Desk<'_, '_>, handoff: &Handoff, wrong: Wrong) -> Rejection {
    let name = desk.name(&Name::Handoff(handoff.id));
    match wrong {
        Wrong::State => Rejection::HandoffNotOpen { handoff: name, state: handoff.state.code() },
        Wrong::NotYours => Rejection::HandoffNotYours { handoff: name },
    }
}

/// Carries out what follows from a step, and keeps the hand-off.
pub(super) fn settle(desk: &mut Desk<'_, '_>, before: &Handoff, mut after: Handoff, done: Done) -> Handoff {
    let ticket = ticket_of(desk, after.conversation);
    if let Some(number) = ticket {
        if done.unassign
            && let Some(user) = &before.user
        {
            unassign(desk, number, user, after.state);
        }
        if let Some(user) = &done.assign {
            assign(desk, number, user);
        }
    }
    let mut control = done.control;
    if done.allocate {
        // Of nobody it was told when it began to wait.
        let placed = place(desk, &mut after, before.user.is_none());
        if let Ok(next) = after.step(Step::Place(placed), desk.session.now()) {
            control = next.control.or(control);
        }
        if in_vain(before, &after) {
            (after.version, after.update_time) = (before.version, before.update_time);
        }
    }
    if before.run.is_some() && after.is_open() {
        ahead_of_workflow(desk, &mut after);
    }
    let falls = !after.is_open() && after.state != State::Returned;
    if let Some(party) = control {
        let party = if falls { falls_to(desk, after.conversation, party) } else { party };
        pass(desk, after.conversation, party);
    }
    keep(desk, Some(before), &after);
    // With a ticket that is closed or gone nothing is owed any more.
    if falls && after.state != State::Failed {
        give_unjudged(desk, after.conversation);
    }
    after
}

/// Whether it was looked for somebody, and all is as it was but for when it is looked again.
fn in_vain(before: &Handoff, after: &Handoff) -> bool {
    let unseen = |it: &Handoff| Handoff { due: None, version: 0, update_time: after.update_time, ..it.clone() };
    unseen(before) == unseen(after)
}

/// Somebody was faster than the workflow that was to assign: the contact is told by who has it, and what the workflow does
/// is the ticket's matter alone from now on.
fn ahead_of_workflow(desk: &mut Desk<'_, '_>, after: &mut Handoff) {
    after.run = None;
    let said = if after.user.is_some() { Said::Available } else { Said::NotAssigned };
    tell_contact(desk, after, said);
}

/// The ticket of a conversation that is at hand.
pub(super) fn ticket_of(desk: &Desk<'_, '_>, conversation: ConversationId) -> Option<TicketNumber> {
    desk.world().conversations.peek(&conversation).and_then(|found| found.ticket)
}

/// Moves control because of a hand-off.
pub(super) fn pass(desk: &mut Desk<'_, '_>, conversation: ConversationId, party: Party) {
    if let Some(found) = desk.world().conversations.peek(&conversation).cloned() {
        let by = desk.session.actor.clone();
        pass_control(desk, found, party, Some(&by));
    }
}

/// Takes the ticket from whom it was with because of the hand-off.
fn unassign(desk: &mut Desk<'_, '_>, number: TicketNumber, user: &UserId, state: State) {
    let Some(before) = desk.world().tickets.peek(&number).cloned() else { return };
    if before.owner.as_ref() != Some(user) {
        return;
    }
    let reason = if state == State::Returned { UnassignedReason::CustomerAgent } else { UnassignedReason::Returned };
    give_to_nobody(desk, &before, reason);
}

/// Takes a ticket from its owner; the reason stays on it.
pub(super) fn give_to_nobody(desk: &mut Desk<'_, '_>, before: &Ticket, reason: UnassignedReason) {
    let mut after = Ticket { owner: None, unassigned_reason: Some(reason), ..before.clone() };
    after.life.routed.waiting_since = None;
    let fields = assignment_changes(desk, before, &after);
    desk.move_load(Some(before), &after, false);
    desk.save_ticket(after);
    if !fields.is_empty() {
        let router = Actor::System(SystemActor::Router);
        desk.automatic_event(EventType::TicketUnassigned, before.number, fields, router);
    }
}

fn assign(desk: &mut Desk<'_, '_>, number: TicketNumber, user: &UserId) {
    let Some(before) = desk.world().tickets.peek(&number).cloned() else { return };
    let mut after = before.clone();
    after.assign(user.clone(), desk.session.now());
    after.life.routed.waiting_since = None;
    let fields = assignment_changes(desk, &before, &after);
    if fields.is_empty() {
        return;
    }
    desk.move_load(Some(&before), &after, false);
    desk.save_ticket(after);
    desk.ticket_event(EventType::TicketAssigned, number, fields);
}

/// Writes a hand-off with its event, marks its conversation and its ticket, and has somebody look when it is due.
pub(super) fn keep(desk: &mut Desk<'_, '_>, before: Option<&Handoff>, after: &Handoff) {
    if before == Some(after) {
        return;
    }
    desk.session.world.handoffs.rows.put(after.id, after.clone());
    mark(desk, after);
    if let Some(due) = after.due {
        let id = desk.session.new_id();
        desk.session.world.wake(RUN_HANDOFFS, id, due);
    }
    tell(desk, before, after);
}

/// The conversation names its open hand-off, and the ticket says whether there is any.
fn mark(desk: &mut Desk<'_, '_>, handoff: &Handoff) {
    let (id, open) = (handoff.id, handoff.is_open());
    let Some(mut conversation) = desk.world().conversations.peek(&handoff.conversation).cloned() else { return };
    let names = conversation.handoff == Some(id);
    if names != open {
        conversation.handoff = open.then_some(id);
        desk.session.world.conversations.put(conversation.id, conversation.clone());
    }
    let ticket = conversation.ticket.and_then(|number| desk.world().tickets.peek(&number).cloned());
    let Some(mut ticket) = ticket else { return };
    let handed = |id: &ConversationId| desk.world().conversations.peek(id).is_some_and(|it| it.handoff.is_some());
    let handed = open || ticket.conversations.iter().any(handed);
    if ticket.life.handed != handed {
        ticket.life.handed = handed;
        desk.session.world.tickets.put(ticket.number, ticket);
    }
}

fn tell(desk: &mut Desk<'_, '_>, before: Option<&Handoff>, after: &Handoff) {
    let upper = |handoff: &Handoff| handoff.state.code().to_uppercase();
    let user = |handoff: &Handoff| handoff.user.clone().map(|id| desk.name(&Name::User(id))).unwrap_or_default();
    let reasons = |handoff: &Handoff| {
        handoff.reasons.all().iter().map(|fired| fired.reason.code().to_uppercase()).collect::<Vec<_>>().join(",")
    };
    let was = |text: &dyn Fn(&Handoff) -> String| before.map(text).unwrap_or_default();
    let changes = [
        FieldChange::of("state", was(&upper), upper(after)),
        FieldChange::of("user", was(&user), user(after)),
        FieldChange::of("reasons", was(&reasons), reasons(after)),
    ];
    let fields: Vec<FieldChange> = changes.into_iter().flatten().collect();
    if fields.is_empty() {
        return;
    }
    let ticket = ticket_of(desk, after.conversation);
    // Without a ticket it is seen by whoever sees the conversation.
    let name = ticket.map_or(Name::Conversation(after.conversation), |_| Name::Handoff(after.id));
    desk.session.record(kind(before, after), name.to_string(), ticket, fields, None);
}

fn kind(before: Option<&Handoff>, after: &Handoff) -> EventType {
    let got = |before: &Handoff| before.user != after.user && after.is_with_person();
    match (before, after.state) {
        (None, _) => EventType::HandoffRequested,
        (_, State::Offered) => EventType::HandoffOffered,
        (Some(before), _) if before.state != after.state && !after.is_open() => match after.state {
            State::Returned => EventType::HandoffReturned,
            State::Completed => EventType::HandoffCompleted,
            _ => EventType::HandoffEnded,
        },
        (Some(before), _) if got(before) => EventType::HandoffAccepted,
        _ => EventType::HandoffChanged,
    }
}

/// The open hand-off of a conversation that is at hand.
pub(super) fn open_in(desk: &Desk<'_, '_>, conversation: ConversationId) -> Option<Handoff> {
    let id = desk.world().conversations.peek(&conversation)?.handoff?;
    desk.world().handoffs.rows.peek(&id).filter(|found| found.is_open()).cloned()
}

/// A hand-off by its id.
///
/// # Errors
/// [`Rejection::NotFound`].
pub(super) fn named(desk: &Desk<'_, '_>, id: HandoffId) -> Result<Handoff, Rejection> {
    let found = desk.world().handoffs.rows.get(&id).cloned();
    found.ok_or_else(|| desk.not_found(&Name::Handoff(id)))
}
