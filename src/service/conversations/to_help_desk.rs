//! A conversation of a channel that makes no tickets, moved from the inbox to the help desk.

use super::locks::locked_now;
use super::place::{may_change, needs_of};
use crate::domain::access::Permission;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::event::EventType;
use crate::domain::ids::{ConversationId, ThreadId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::routing::RoutingCause;
use crate::domain::ticket::{Ticket, ticket_name};
use crate::service::decisions::FoundDecision;
use crate::service::desk::{Desk, UseCase};
use crate::service::intake::{Begun, make_ticket};
use crate::service::routing::route_found;
use crate::service::tickets::created_fields;
use crate::storage::lane::{Keys, World};

/// Makes the ticket of a conversation that has none, and routes it as one of its channel.
#[derive(Debug, Clone)]
pub struct MoveToHelpDesk {
    /// Which conversation.
    pub conversation: ConversationId,
    /// The ticket name; empty: the subject of the first thread, else whom it is with.
    pub subject: String,
}

/// A conversation that has a ticket now.
#[derive(Debug, Clone, PartialEq)]
pub struct MovedToHelpDesk {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether nobody may comment in it yet.
    pub comments_locked: bool,
    /// Its ticket.
    pub ticket: Ticket,
    /// Who got it, and why.
    pub decision: FoundDecision,
}

impl UseCase for MoveToHelpDesk {
    type Outcome = MovedToHelpDesk;

    fn needs(&self, world: &World, keys: &mut Keys) {
        needs_of(world, keys, self.conversation);
        // Rules look at the first message, and an owner who is away gets it by mail.
        keys.message_times.insert(self.conversation);
        keys.messages.extend(world.first_message(self.conversation));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<MovedToHelpDesk, Rejection> {
        let (conversation, ticket) = desk.conversation(self.conversation)?;
        if let Some(ticket) = ticket {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Ticket(ticket.number)) });
        }
        may_change(desk, &conversation, None, Permission::TicketsCreate)?;
        let channel = desk.world().people().channels.get(&conversation.channel).cloned();
        let channel = channel.ok_or_else(|| desk.not_found(&Name::Channel(conversation.channel.clone())))?;
        let (conversation, number) = self.make(desk, conversation, &channel)?;
        let decision = route_found(desk, number, &channel, RoutingCause::Moved);
        let comments_locked = locked_now(desk.world(), &conversation);
        Ok(MovedToHelpDesk { ticket: desk.saved_ticket(number), conversation, comments_locked, decision })
    }
}

impl MoveToHelpDesk {
    /// Makes the ticket, which nobody has yet, in the pipeline of `channel`.
    ///
    /// # Errors
    /// A pipeline without open status.
    pub(in crate::service) fn make(
        &self,
        desk: &mut Desk<'_, '_>,
        mut conversation: Conversation,
        channel: &Channel,
    ) -> Result<(Conversation, TicketNumber), Rejection> {
        let subject = self.name(desk, &conversation);
        let first = desk.world().threads_of.get(&conversation.id).and_then(|ids: &Vec<ThreadId>| ids.first().copied());
        let begun = Begun { subject, contact: conversation.contact, conversation: conversation.id, thread: first };
        let number = make_ticket(desk, channel, begun)
            .ok_or_else(|| Rejection::Internal("a pipeline without open status".to_owned()))?;
        conversation.ticket = Some(number);
        conversation.update_time = desk.session.now();
        conversation.version += 1;
        let before = desk.saved_ticket(number);
        let last = conversation.last_message_time.or(before.last_contact_message_time);
        desk.session.world.tickets.put(number, Ticket { last_contact_message_time: last, ..before });
        desk.session.world.conversations.put(conversation.id, conversation.clone());
        let said = created_fields(desk, &desk.saved_ticket(number));
        desk.ticket_event(EventType::TicketCreated, number, said);
        Ok((conversation, number))
    }

    fn name(&self, desk: &Desk<'_, '_>, conversation: &Conversation) -> String {
        let world = desk.world();
        let first = world.threads_of.get(&conversation.id).and_then(|ids: &Vec<ThreadId>| ids.first());
        let thread = first.and_then(|id| world.threads.get(id)).map(|thread| thread.subject.clone());
        let contact = conversation.contact.and_then(|id| world.contacts.get(&id));
        let with = contact.and_then(|contact| contact.label()).unwrap_or(&conversation.visitor).to_owned();
        let with = if with.trim().is_empty() { "a visitor".to_owned() } else { with };
        ticket_name(&self.subject)
            .or_else(|| thread.as_deref().and_then(ticket_name))
            .or_else(|| ticket_name(&format!("Conversation with {with}")))
            .unwrap_or_default()
    }
}
