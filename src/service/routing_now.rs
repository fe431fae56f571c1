//! "Route now" (C-037): a ticket is decided on because somebody asks for it.

use super::customer_agents::give_unanswered;
use super::decisions::FoundDecision;
use super::desk::{Desk, UseCase};
use super::handoffs::{give_to_agent, need_request};
use super::routing::route_found;
use crate::domain::access::Permission;
use crate::domain::channel::{Channel, Target};
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Outcome, RoutingCause, UnassignedReason};
use crate::domain::ticket::Ticket;
use crate::storage::lane::{Keys, World};

/// Routes a ticket by the routing of its channel as it is now.
#[derive(Debug, Clone)]
pub struct RouteNow {
    /// Which.
    pub ticket: TicketNumber,
    /// One that has an owner too.
    pub ignore_owner: bool,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct RoutedNow {
    /// The decision.
    pub decision: FoundDecision,
    /// The ticket as it is now.
    pub ticket: Ticket,
}

impl UseCase for RouteNow {
    type Outcome = RoutedNow;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
        keys.waiting = true;
        needs_to_route(world, keys, self.ticket);
        self.needs_of_agent(world, keys);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<RoutedNow, Rejection> {
        let ticket = desk.ticket_to_change(self.ticket, Permission::TicketsAssign, self.etag)?;
        let refused = |desk: &Desk<'_, '_>, cause| {
            Err(Rejection::TicketNotRoutable { ticket: desk.name(&Name::Ticket(self.ticket)), cause })
        };
        if !ticket.open {
            return refused(desk, "CLOSED");
        }
        if ticket.owner.is_some() && !self.ignore_owner {
            return refused(desk, "HAS_OWNER");
        }
        let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
        let Some(channel) = channel else { return refused(desk, "NO_CHANNEL") };
        let decision = route_found(desk, self.ticket, &channel, RoutingCause::Manual);
        if decision.decision.decision.outcome == Outcome::LeftUnassigned(UnassignedReason::CustomerAgent) {
            self.give_to_agent(desk, &channel)?;
        }
        Ok(RoutedNow { ticket: desk.saved_ticket(self.ticket), decision })
    }
}

impl RouteNow {
    /// Names what is read to give the conversation to a customer agent, where the channel routes to one.
    fn needs_of_agent(&self, world: &World, keys: &mut Keys) {
        let Some(ticket) = world.tickets.peek(&self.ticket) else { return };
        let channel = ticket.channel.as_ref().and_then(|id| world.people().channels.get(id));
        let Some(Target::CustomerAgent { .. }) = channel.map(|channel| &channel.routing.target) else { return };
        keys.conversations.extend(&ticket.conversations);
        if let Some(conversation) = newest_conversation(world, ticket) {
            need_request(world, keys, conversation);
            keys.message_times.insert(conversation);
            keys.messages.extend(world.newest_message(conversation));
        }
    }

    /// The customer agent to which the ticket goes has its newest conversation from now on, with what nobody has answered.
    ///
    /// # Errors
    /// [`Rejection::HandoffNotOpen`] while a hand-off of it is open, [`Rejection::TooManyReturns`].
    fn give_to_agent(&self, desk: &mut Desk<'_, '_>, channel: &Channel) -> Result<(), Rejection> {
        let Target::CustomerAgent { agent } = &channel.routing.target else { return Ok(()) };
        let id = newest_conversation(desk.world(), &desk.saved_ticket(self.ticket));
        let found = id.and_then(|id| desk.world().conversations.get(&id).cloned());
        let Some(conversation) = found else { return Ok(()) };
        let (id, before) = (conversation.id, conversation.control.epoch);
        let given = give_to_agent(desk, conversation, agent)?;
        if given.control.epoch != before {
            let last = desk.world().newest_message(id);
            give_unanswered(desk, id, last);
        }
        Ok(())
    }
}

/// The conversation of a ticket in which something was said last.
fn newest_conversation(world: &World, ticket: &Ticket) -> Option<ConversationId> {
    let all = ticket.conversations.iter().filter_map(|id| world.conversations.peek(id));
    all.max_by_key(|found| (found.last_message_time, found.id)).map(|found| found.id)
}

/// Names what the routing of its channel looks at: contact and first message of a ticket that is named already.
pub fn needs_to_route(world: &World, keys: &mut Keys, number: TicketNumber) {
    let channel = world.tickets.peek(&number).and_then(|ticket| ticket.channel.as_ref());
    let rules = channel.and_then(|id| world.people().channels.get(id)).map(|channel| &channel.routing.rules);
    needs_to_try(world, keys, number, rules.is_some_and(|rules| !rules.is_empty()));
}

/// The same for a routing that is only tried: what its rules look at, if it has any.
pub fn needs_to_try(world: &World, keys: &mut Keys, number: TicketNumber, has_rules: bool) {
    let Some(ticket) = world.tickets.peek(&number) else { return };
    keys.contacts.extend(ticket.contact);
    if let Some(first) = ticket.conversations.first().filter(|_| has_rules) {
        keys.message_times.insert(*first);
        keys.messages.extend(world.first_message(*first));
    }
}
