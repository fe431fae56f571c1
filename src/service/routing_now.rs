//! "Route now" (C-037): a ticket is decided on because somebody asks for it.

use super::decisions::FoundDecision;
use super::desk::{Desk, UseCase};
use super::routing::route_found;
use crate::domain::access::Permission;
use crate::domain::ids::TicketNumber;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::RoutingCause;
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
        Ok(RoutedNow { ticket: desk.saved_ticket(self.ticket), decision })
    }
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
