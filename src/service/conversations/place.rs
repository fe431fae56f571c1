//! Where something is said: a conversation, or the one of a ticket.

use crate::domain::access::{Permission, TicketAccess};
use crate::domain::conversation::Conversation;
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::Desk;
use crate::storage::lane::{Keys, World};

/// A conversation, named by itself or by its ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// This one.
    Conversation(ConversationId),
    /// The one of this ticket with the latest message.
    Ticket(TicketNumber),
}

impl Place {
    /// Names the conversation with its ticket, contact and threads; in up to three rounds.
    pub(in crate::service) fn needs(self, world: &World, keys: &mut Keys) {
        match self {
            Self::Conversation(id) => needs_of(world, keys, id),
            Self::Ticket(number) => {
                keys.tickets.insert(number);
                if let Some(ticket) = world.tickets.peek(&number) {
                    ticket.conversations.iter().for_each(|id| needs_of(world, keys, *id));
                }
            }
        }
    }

    /// The conversations that are known to lie there so far, for needs.
    pub(super) fn peek(self, world: &World) -> Vec<ConversationId> {
        match self {
            Self::Conversation(id) => vec![id],
            Self::Ticket(number) => {
                world.tickets.peek(&number).map(|ticket| ticket.conversations.clone()).unwrap_or_default()
            }
        }
    }

    /// The conversation, which the caller may read, with its ticket.
    ///
    /// # Errors
    /// [`Rejection::NotFound`], and [`Rejection::ConversationMissing`] for a ticket to which nobody is connected.
    pub(in crate::service) fn find(self, desk: &Desk<'_, '_>) -> Result<(Conversation, Option<Ticket>), Rejection> {
        let number = match self {
            Self::Conversation(id) => return desk.conversation(id),
            Self::Ticket(number) => number,
        };
        let ticket = desk.ticket(number)?;
        let all = ticket.conversations.iter().filter_map(|id| desk.world().conversations.get(id));
        match latest(all) {
            Some(conversation) => Ok((conversation.clone(), Some(ticket))),
            None => Err(Rejection::ConversationMissing { ticket: desk.name(&Name::Ticket(number)) }),
        }
    }
}

/// The one of a ticket's conversations that is meant by the ticket: the one with the latest message.
pub(super) fn latest<'c>(all: impl Iterator<Item = &'c Conversation>) -> Option<&'c Conversation> {
    all.max_by_key(|conversation| (conversation.last_message_time, conversation.id))
}

/// Names a conversation with its ticket, contact and threads.
pub fn needs_of(world: &World, keys: &mut Keys, id: ConversationId) {
    keys.conversations.insert(id);
    keys.threads_of.insert(id);
    if let Some(conversation) = world.conversations.peek(&id) {
        keys.tickets.extend(conversation.ticket);
        keys.contacts.extend(conversation.contact);
    }
}

/// Whether the caller's rights to change reach the conversation; that they may read it is settled.
///
/// # Errors
/// [`Rejection::OutOfScope`].
pub(in crate::service) fn may_change(
    desk: &Desk<'_, '_>,
    conversation: &Conversation,
    ticket: Option<&Ticket>,
    permission: Permission,
) -> Result<(), Rejection> {
    match ticket {
        // That it has the conversation is settled, or that it had it: control says the rest.
        _ if desk.grant.caller().customer_agent().is_some() => Ok(()),
        Some(ticket) => desk.ticket_to_change(ticket.number, permission, None).map(drop),
        None if desk.rights.edit != TicketAccess::NONE => Ok(()),
        None => {
            let resource = desk.name(&Name::Conversation(conversation.id));
            Err(Rejection::OutOfScope { permission, level: desk.rights.edit.level, resource })
        }
    }
}
