//! What a caller may read the name of: a ticket out of reach is as one that is not there, in effects and refusals too
//!

use std::collections::BTreeSet;

use super::desk::{Desk, reaches, sees_channel};
use super::views;
use crate::domain::access::{Level, Rights, Use};
use crate::domain::ids::{ConversationId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::view::ViewKey;
use crate::storage::lane::World;

/// How things stood before a use case, for a caller who does not see every ticket.
#[derive(Debug)]
pub(super) struct Before {
    /// Tickets at hand that the caller reached.
    seen: BTreeSet<TicketNumber>,
    last_ticket: i64,
    last_event: i64,
}

impl Before {
    /// As it is now; none for whoever sees every ticket anyway.
    pub(super) fn of(desk: &Desk<'_, '_>) -> Option<Self> {
        if desk.rights.view.level == Level::All {
            return None;
        }
        let world = desk.world();
        let seen = world.tickets.values().filter(|ticket| reaches(world, &desk.rights, Use::View, ticket));
        let seen = seen.map(|ticket| ticket.number).collect();
        Some(Self { seen, last_ticket: world.head.last_ticket, last_event: world.head.last_event })
    }

    /// The tickets that the use case itself wrote to and that the caller knows: made by it, or in reach before it. They may
    /// be named even when nobody but their new owner sees them. Adapters and customer agents know whatever they write to.
    pub(super) fn own(&self, desk: &Desk<'_, '_>) -> BTreeSet<TicketNumber> {
        let world = desk.world();
        let events = (self.last_event + 1..=world.head.last_event).filter_map(|sequence| world.events.peek(&sequence));
        let knows = |number: &TicketNumber| {
            number.0 > self.last_ticket || self.seen.contains(number) || desk.grant.works_unseen()
        };
        events.filter_map(|event| event.ticket).filter(knows).collect()
    }
}

/// Leaves out of the answer what speaks of tickets that are neither `own` nor in the caller's reach now.
pub(super) fn leave_out(desk: &mut Desk<'_, '_>, own: &BTreeSet<TicketNumber>) {
    let rights = &desk.rights;
    desk.session.tell_only(|world, path| match Name::parse_path(path) {
        Ok(name) => is_seen(world, rights, own, &name),
        // Nothing, or the account.
        Err(_) => true,
    });
}

/// What decides who sees something.
#[derive(Debug, Clone, Copy)]
enum Place {
    Ticket(TicketNumber),
    /// One without a ticket.
    Conversation(ConversationId),
}

impl Place {
    fn of(world: &World, name: &Name) -> Option<Self> {
        match name {
            Name::Ticket(number) | Name::Decision(number, _) => Some(Self::Ticket(*number)),
            Name::Conversation(id)
            | Name::Thread(id, _)
            | Name::Message(id, _)
            | Name::Comment(id, _)
            | Name::Draft(id, _)
            | Name::Turn(id, _) => Some(Self::of_conversation(world, *id)),
            Name::Handoff(id) => {
                world.handoffs.rows.peek(id).map(|found| Self::of_conversation(world, found.conversation))
            }
            Name::Notification(user, id) => {
                let told = world.notifications.peek(&(user.clone(), *id))?;
                let conversation = || told.conversation.map(|place| Self::of_conversation(world, place));
                told.ticket.map(Self::Ticket).or_else(conversation)
            }
            _ => None,
        }
    }

    fn of_conversation(world: &World, id: ConversationId) -> Self {
        let ticket = world.conversations.peek(&id).and_then(|found| found.ticket);
        ticket.map_or(Self::Conversation(id), Self::Ticket)
    }
}

/// Whether these rights show what is named; `own` tickets are shown whatever the rights. What is not at hand is not shown.
fn is_seen(world: &World, rights: &Rights, own: &BTreeSet<TicketNumber>, name: &Name) -> bool {
    if let Name::TicketView(ViewKey::Custom(id)) = name {
        return world.views.peek(id).is_some_and(|view| views::visible(rights, view));
    }
    match Place::of(world, name) {
        None => true,
        Some(Place::Ticket(number)) => {
            let found = world.tickets.peek(&number);
            own.contains(&number) || found.is_some_and(|ticket| reaches(world, rights, Use::View, ticket))
        }
        Some(Place::Conversation(id)) => {
            world.conversations.peek(&id).is_some_and(|found| sees_channel(world, rights, found))
        }
    }
}

impl Desk<'_, '_> {
    /// The refusal to take away what `used_by` depends on. A ticket, a conversation or a view that the caller may not see
    /// is not named, its collection is.
    pub fn in_use(&self, resource: &Name, used_by: &Name) -> Rejection {
        let seen = is_seen(self.world(), &self.rights, &BTreeSet::new(), used_by);
        let mut used_by = self.name(used_by);
        if let Some(end) = used_by.rfind('/').filter(|_| !seen) {
            used_by.truncate(end);
        }
        Rejection::InUse { resource: self.name(resource), used_by }
    }
}
