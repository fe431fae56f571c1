//! What other operations do to a hand-off: whoever writes, takes control, gets or loses the ticket, closes or deletes it.
//!
//! Looked at once, when an operation is done, by the events that it wrote; no operation has to know of hand-offs.

use std::collections::{BTreeMap, BTreeSet};

use super::keep::take;
use super::request::assigned_by_workflow;
use crate::domain::control::Party;
use crate::domain::conversation::Conversation;
use crate::domain::event::{Actor, Event, EventType};
use crate::domain::handoff::{Handoff, Outcome, Step};
use crate::domain::ids::{ConversationId, HandoffId, TicketNumber, UserId};
use crate::domain::names::Name;
use crate::domain::workflow::RunState;
use crate::service::desk::Desk;

/// What an operation did, as far as hand-offs go.
#[derive(Debug, Default)]
struct Happened {
    /// Tickets whose owner changed, with who had each before, as far as that was said.
    owners: BTreeMap<TicketNumber, Option<UserId>>,
    /// Tickets that were closed, deleted, merged, or turned out to be spam.
    ends: BTreeSet<TicketNumber>,
    /// Conversations of which control moved.
    control: BTreeSet<ConversationId>,
    /// Who wrote to the contact last.
    wrote: BTreeMap<ConversationId, UserId>,
}

/// Takes the steps that follow from the events after `since`.
pub fn follow(desk: &mut Desk<'_, '_>, since: i64) {
    let open: BTreeSet<HandoffId> =
        desk.world().handoffs.rows.values().filter(|found| found.is_open()).map(|found| found.id).collect();
    if open.is_empty() {
        return;
    }
    let last = desk.world().head.last_event;
    let mut happened = Happened::default();
    (since + 1..=last).filter_map(|sequence| desk.world().events.peek(&sequence)).for_each(|it| happened.add(it));
    for id in open {
        follow_one(desk, id, &happened);
    }
}

impl Happened {
    fn add(&mut self, event: &Event) {
        use EventType as E;
        match (event.kind, event.ticket) {
            (E::TicketAssigned | E::TicketUnassigned, Some(ticket)) => {
                if let Some(change) = event.fields.iter().find(|change| change.field == "owner") {
                    self.owners.entry(ticket).or_insert_with(|| user(&change.before));
                }
            }
            (
                E::TicketClosed | E::TicketStatusChanged | E::TicketMoved | E::TicketDeleted | E::TicketSpamChanged,
                Some(it),
            ) => {
                self.ends.insert(it);
            }
            (E::TicketMerged, Some(ticket)) => {
                self.owners.entry(ticket).or_insert(None);
                self.ends.insert(ticket);
            }
            (E::ControlChanged, _) => self.control.extend(conversation(event)),
            (E::MessageSent, _) => {
                if let (Actor::User(user), Some(conversation)) = (&event.actor, conversation(event)) {
                    self.wrote.insert(conversation, user.clone());
                }
            }
            _ => {}
        }
    }
}

fn conversation(event: &Event) -> Option<ConversationId> {
    match Name::parse_path(&event.resource).ok()? {
        Name::Conversation(id) | Name::Message(id, _) => Some(id),
        _ => None,
    }
}

/// The person of a full name.
fn user(name: &str) -> Option<UserId> {
    match Name::parse(name).ok()? {
        (_, Name::User(id)) => Some(id),
        _ => None,
    }
}

fn follow_one(desk: &mut Desk<'_, '_>, id: HandoffId, happened: &Happened) {
    let Some(handoff) = desk.world().handoffs.rows.peek(&id).cloned() else { return };
    let Some(conversation) = desk.world().conversations.peek(&handoff.conversation).cloned() else {
        // It was taken away for good, with everything on it.
        desk.session.world.handoffs.rows.remove(&id);
        return;
    };
    if workflow_is_through(desk, &handoff) {
        assigned_by_workflow(desk, &handoff, handoff.clone());
        return;
    }
    if let Some(step) = step_of_ticket(desk, &handoff, &conversation, happened) {
        // What cannot be is none of the operation's business.
        let _ = take(desk, &handoff, step);
    }
    // As they are after that step.
    let Some(handoff) = desk.world().handoffs.rows.peek(&id).filter(|found| found.is_open()).cloned() else { return };
    let Some(conversation) = desk.world().conversations.peek(&handoff.conversation) else { return };
    if let Some(step) = step_of_control(desk, &handoff, conversation, happened) {
        let _ = take(desk, &handoff, step);
    }
}

/// Whether the run that is to assign has ended, or waits at its first delay (C-100).
fn workflow_is_through(desk: &Desk<'_, '_>, handoff: &Handoff) -> bool {
    let run = handoff.run.and_then(|id| desk.world().automation.runs.peek(&id));
    run.is_some_and(|run| run.state != RunState::Waiting || !run.log.is_empty())
}

fn step_of_ticket(
    desk: &Desk<'_, '_>,
    handoff: &Handoff,
    conversation: &Conversation,
    happened: &Happened,
) -> Option<Step> {
    let number = conversation.ticket?;
    let ticket = desk.world().tickets.peek(&number)?;
    if happened.ends.contains(&number) {
        let gone = ticket.life.is_deleted() || ticket.life.spam_time.is_some();
        if gone || !ticket.open {
            let outcome = if gone { Outcome::Abandoned } else { Outcome::Resolved };
            return Some(if handoff.is_with_person() { Step::Complete(outcome) } else { Step::Fail });
        }
    }
    let lost = happened.owners.get(&number).filter(|_| handoff.run.is_none())?;
    handoff.after_owner(ticket.owner.as_ref(), lost.as_ref(), &conversation.control.party)
}

fn step_of_control(
    desk: &Desk<'_, '_>,
    handoff: &Handoff,
    conversation: &Conversation,
    happened: &Happened,
) -> Option<Step> {
    let party = &conversation.control.party;
    if let (Party::User(user), Some(writer)) = (party, happened.wrote.get(&conversation.id))
        && user == writer
    {
        return Some(Step::Speak(user.clone(), true));
    }
    if !happened.control.contains(&conversation.id) {
        return None;
    }
    let ticket = conversation.ticket.and_then(|number| desk.world().tickets.peek(&number));
    handoff.after_control(party, ticket.is_some_and(|ticket| ticket.owner.is_some()))
}
