//! A conversation goes to a customer agent: back from people, or by hand (C-097, C-111).

use super::act::{Acted, acted, found, need};
use super::keep::{give_to_nobody, open_in, refused, settle, ticket_of};
use super::request::tell_ping_pong;
use crate::domain::control::Party;
use crate::domain::conversation::Conversation;
use crate::domain::handoff::{Digest, Handoff, MOST_DIGEST, MOST_RETURNS, Step};
use crate::domain::ids::{ConversationId, CustomerAgentId, HandoffId, MessageId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::UnassignedReason;
use crate::domain::time::Timestamp;
use crate::service::conversations::pass_control;
use crate::service::customer_agents::{give_unanswered, works};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Gives a conversation back to a customer agent, with a digest of what people did.
#[derive(Debug, Clone)]
pub struct Return {
    /// Which hand-off.
    pub handoff: HandoffId,
    /// To whom; none: who had it before.
    pub agent: Option<CustomerAgentId>,
    /// What the agent is to know; may be empty.
    pub note: String,
}

impl UseCase for Return {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, self.handoff);
        if let Some(conversation) = world.handoffs.rows.peek(&self.handoff).map(|found| found.conversation) {
            keys.message_times.insert(conversation);
            keys.messages.extend(world.newest_message(conversation));
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let (before, _) = found(desk, self.handoff)?;
        let agent = self.agent.clone().or_else(|| before.agent().cloned());
        let agent = agent.ok_or_else(|| Rejection::field("customer_agent", "REQUIRED", "nobody had it before"))?;
        works(desk, &agent, "customer_agent")?;
        let mut after = before.clone();
        after.returned = Some(agent.clone());
        let done = after.step(Step::Return(agent), desk.session.now());
        let done = done.map_err(|wrong| refused(desk, &before, wrong))?;
        count(desk, ticket_of(desk, before.conversation))?;
        after.digest = Some(digest(desk, &before, self.note.clone()));
        let after = settle(desk, &before, after, done);
        let last = desk.world().newest_message(after.conversation);
        give_unanswered(desk, after.conversation, last);
        acted(desk, after)
    }
}

/// What people did since the hand-off was asked for.
fn digest(desk: &Desk<'_, '_>, handoff: &Handoff, note: String) -> Digest {
    let start = handoff.create_time;
    let times = desk.world().message_times(handoff.conversation);
    let mut said: Vec<(Timestamp, MessageId)> = times.into_iter().map(|(id, time)| (time, id)).collect();
    said.retain(|(time, id)| *time >= start && Some(*id) != handoff.message);
    said.sort_unstable();
    let count = i64::try_from(said.len()).unwrap_or(i64::MAX);
    let last = said.len().saturating_sub(MOST_DIGEST);
    Digest {
        note,
        messages: said[last..].iter().map(|(_, id)| *id).collect(),
        message_count: count,
        user: handoff.user.clone(),
        start: handoff.times.accept.or(Some(start)),
        end: Some(desk.session.now()),
    }
}

/// Gives a conversation to a customer agent by hand: it gets control, and the ticket is nobody's. One that the agent has
/// already stays as it is. The conversation as it is then.
///
/// # Errors
/// [`Rejection::HandoffNotOpen`] while a hand-off of it is open, [`Rejection::TooManyReturns`].
pub fn give_to_agent(
    desk: &mut Desk<'_, '_>,
    conversation: Conversation,
    agent: &CustomerAgentId,
) -> Result<Conversation, Rejection> {
    if conversation.control.party == Party::Agent(agent.clone()) {
        return Ok(conversation);
    }
    if let Some(open) = open_in(desk, conversation.id) {
        let handoff = desk.name(&Name::Handoff(open.id));
        return Err(Rejection::HandoffNotOpen { handoff, state: open.state.code() });
    }
    count(desk, conversation.ticket)?;
    let ticket = conversation.ticket.and_then(|number| desk.world().tickets.peek(&number).cloned());
    if let Some(ticket) = ticket {
        give_to_nobody(desk, &ticket, UnassignedReason::CustomerAgent);
    }
    Ok(pass_control(desk, conversation, Party::Agent(agent.clone()), None))
}

/// Names what a hand-off reads that may end before a person was there: what a customer agent that has control again owes.
pub(super) fn need_unanswered(world: &World, keys: &mut Keys, handoff: &Handoff) {
    if handoff.is_open() && handoff.falls_back().is_some() {
        keys.message_times.insert(handoff.conversation);
        keys.messages.extend(world.newest_message(handoff.conversation));
    }
}

/// Who has control after a hand-off that ended before a person was there: the customer agent where the policy says so, unless
/// it is gone, does not work now, or had the ticket as often as may be in this hour (T-52). Else nobody: the ticket is left
/// to people, without an owner.
pub(super) fn falls_to(desk: &mut Desk<'_, '_>, conversation: ConversationId, party: Party) -> Party {
    let ticket = ticket_of(desk, conversation);
    if let Party::Agent(agent) = &party
        && works(desk, agent, "customer_agent").is_ok()
    {
        if count(desk, ticket).is_ok() {
            return party;
        }
        if let Some(number) = ticket {
            tell_ping_pong(desk, number);
        }
    }
    if let Some(number) = ticket {
        leave_to_people(desk, number);
    }
    Party::Nobody
}

/// A ticket of which a customer agent had the conversation says so no longer.
fn leave_to_people(desk: &mut Desk<'_, '_>, number: TicketNumber) {
    let Some(ticket) = desk.world().tickets.peek(&number).cloned() else { return };
    let agents = ticket.unassigned_reason == Some(UnassignedReason::CustomerAgent);
    if agents && ticket.owner.is_none() && ticket.is_work() {
        give_to_nobody(desk, &ticket, UnassignedReason::Returned);
    }
}

/// Counts one more time that a ticket goes to a customer agent in this hour (T-52).
fn count(desk: &mut Desk<'_, '_>, ticket: Option<TicketNumber>) -> Result<(), Rejection> {
    let now = desk.session.now();
    let Some(mut ticket) = ticket.and_then(|number| desk.world().tickets.peek(&number).cloned()) else { return Ok(()) };
    if ticket.life.returned.so_far(now) >= MOST_RETURNS {
        let ticket = desk.name(&Name::Ticket(ticket.number));
        return Err(Rejection::TooManyReturns { ticket, limit: MOST_RETURNS });
    }
    ticket.life.returned.count(now);
    desk.session.world.tickets.put(ticket.number, ticket);
    Ok(())
}
