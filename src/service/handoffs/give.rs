//! A conversation goes to a customer agent: back from people, or by hand (C-097, C-111).

use super::act::{Acted, acted, found, need};
use super::keep::{give_to_nobody, open_in, pass, refused, settle, ticket_of};
use crate::domain::access::Permission;
use crate::domain::control::Party;
use crate::domain::conversation::Conversation;
use crate::domain::customer_agent::Credits;
use crate::domain::handoff::{Digest, Handoff, MOST_DIGEST, MOST_RETURNS, Step};
use crate::domain::ids::{ConversationId, CustomerAgentId, HandoffId, MessageId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::UnassignedReason;
use crate::domain::time::Timestamp;
use crate::service::conversations::{may_change, needs_of, refused as not_speaking};
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

/// Gives a conversation to a customer agent.
#[derive(Debug, Clone)]
pub struct AssignAgent {
    /// Which conversation.
    pub conversation: ConversationId,
    /// To whom.
    pub agent: CustomerAgentId,
    /// The epoch of control that the caller last saw.
    pub epoch: Option<i64>,
}

impl UseCase for Return {
    type Outcome = Acted;

    fn needs(&self, world: &World, keys: &mut Keys) {
        need(world, keys, self.handoff);
        keys.message_times.extend(world.handoffs.rows.peek(&self.handoff).map(|found| found.conversation));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Acted, Rejection> {
        let (before, _) = found(desk, self.handoff)?;
        let agent = self.agent.clone().or_else(|| before.agent().cloned());
        let agent = agent.ok_or_else(|| Rejection::field("customer_agent", "REQUIRED", "nobody had it before"))?;
        live(desk, &agent, "customer_agent")?;
        let mut after = before.clone();
        let done = after.step(Step::Return(agent), desk.session.now());
        let done = done.map_err(|wrong| refused(desk, &before, wrong))?;
        count(desk, ticket_of(desk, before.conversation))?;
        after.digest = Some(digest(desk, &before, self.note.clone()));
        let after = settle(desk, &before, after, done);
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

impl UseCase for AssignAgent {
    type Outcome = Conversation;

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_of(world, keys, self.conversation);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Conversation, Rejection> {
        let (conversation, ticket) = desk.conversation(self.conversation)?;
        may_change(desk, &conversation, ticket.as_ref(), Permission::HandoffsAct)?;
        conversation.control.is_at(self.epoch).map_err(|silence| not_speaking(desk, &conversation, silence))?;
        live(desk, &self.agent, "customer_agent")?;
        may_give(desk, &conversation, &self.agent)?;
        if conversation.control.party != Party::Agent(self.agent.clone()) {
            give(desk, self.conversation, &self.agent);
        }
        let found = desk.world().conversations.get(&self.conversation).cloned();
        found.ok_or_else(|| Rejection::Internal("a conversation went away".to_owned()))
    }
}

/// Whether a conversation may go to a customer agent by hand: no hand-off of it is open, and its ticket was not to and fro
/// too often, which is counted. One that the agent has already stays as it is.
///
/// # Errors
/// [`Rejection::HandoffNotOpen`], [`Rejection::TooManyReturns`].
pub fn may_give(
    desk: &mut Desk<'_, '_>,
    conversation: &Conversation,
    agent: &CustomerAgentId,
) -> Result<(), Rejection> {
    if conversation.control.party == Party::Agent(agent.clone()) {
        return Ok(());
    }
    if let Some(open) = open_in(desk, conversation.id) {
        let handoff = desk.name(&Name::Handoff(open.id));
        return Err(Rejection::HandoffNotOpen { handoff, state: open.state.code() });
    }
    count(desk, conversation.ticket)
}

/// Gives control to a customer agent, and the ticket to nobody.
pub(super) fn give(desk: &mut Desk<'_, '_>, conversation: ConversationId, agent: &CustomerAgentId) {
    let ticket = ticket_of(desk, conversation).and_then(|number| desk.world().tickets.peek(&number).cloned());
    if let Some(ticket) = ticket {
        give_to_nobody(desk, &ticket, UnassignedReason::CustomerAgent);
    }
    pass(desk, conversation, Party::Agent(agent.clone()));
}

/// Whether the customer agent is there and works.
fn live(desk: &Desk<'_, '_>, id: &CustomerAgentId, field: &str) -> Result<(), Rejection> {
    let world = desk.world();
    let resource = desk.name(&Name::CustomerAgent(id.clone()));
    let Some(agent) = world.people().agents.get(id) else {
        return Err(Rejection::ReferenceNotFound { field: field.to_owned(), resource });
    };
    let credits = Credits { bought: world.account.credits, used: world.head.credits_used };
    if agent.pauses(world.account.tier, credits).is_empty() {
        Ok(())
    } else {
        Err(Rejection::CustomerAgentNotLive { agent: resource })
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
