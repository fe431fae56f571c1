//! An unknown visitor turns out to be somebody (R-050 to R-057, C-030 to C-032).

use super::place::{may_change, needs_of};
use crate::domain::access::Permission;
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Direction, Thread};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ContactId, ConversationId, MessageId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::contacts::{Who, tie_cookie};
use crate::service::desk::{Desk, UseCase};
use crate::service::intake::{contact_key, cookie_key, cookie_of_visitor};
use crate::storage::lane::{Keys, World};

/// Ties the visitor who wrote a message to a contact, with everything that this visitor began (C-031).
#[derive(Debug, Clone)]
pub struct Tie {
    /// Where the message stands.
    pub conversation: ConversationId,
    /// A message of the visitor.
    pub message: MessageId,
    /// Who it is.
    pub who: Who,
}

/// What is the contact's now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tied {
    /// The contact.
    pub contact: Contact,
    /// The contact was made for it.
    pub contact_made: bool,
    /// Conversations that changed hands, of those the caller may view.
    pub conversations: Vec<ConversationId>,
    /// Tickets that changed hands, of those the caller may view.
    pub tickets: Vec<TicketNumber>,
}

impl UseCase for Tie {
    type Outcome = Tied;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.messages.insert(self.message);
        self.who.needs(keys);
        needs_of(world, keys, self.conversation);
        let Some(key) = world.conversations.peek(&self.conversation).map(|found| &found.visitor_key) else { return };
        if key.is_empty() {
            return;
        }
        keys.content.visitors.insert(key.clone());
        for id in world.peek_visitor(key) {
            needs_of(world, keys, id);
            for thread in world.threads_of.peek(&id).into_iter().flatten().filter_map(|id| world.threads.peek(id)) {
                let cookie = cookie_of_visitor(key).map(|hash| (thread.channel.clone(), cookie_key(hash)));
                keys.open_threads.extend(cookie);
            }
        }
        if let Some(hash) = cookie_of_visitor(key) {
            keys.cookies.insert(hash.to_owned());
            if let Some(former) = world.cookies.peek(&hash.to_owned()) {
                keys.contacts.insert(*former);
                keys.cookies_of.insert(*former);
            }
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Tied, Rejection> {
        let key = self.visitor(desk)?;
        let contact_made = matches!(self.who, Who::New(_));
        let mut contact = self.who.resolve(desk)?;
        let mut tied = Tied { contact: contact.clone(), contact_made, conversations: Vec::new(), tickets: Vec::new() };
        for id in desk.world().conversations_of_visitor(&key) {
            hand_over(desk, id, &contact, &mut tied);
        }
        if let Some(hash) = cookie_of_visitor(&key) {
            contact = tie_cookie(desk, hash, contact);
        }
        tied.contact = contact;
        Ok(tied)
    }
}

impl Tie {
    /// The visitor who wrote the message; the caller may change its ticket.
    fn visitor(&self, desk: &Desk<'_, '_>) -> Result<String, Rejection> {
        let missing = || desk.not_found(&Name::Message(self.conversation, self.message));
        let (conversation, ticket) = desk.conversation(self.conversation).map_err(|_| missing())?;
        let message = desk.world().messages.get(&self.message);
        let message = message.filter(|message| message.conversation == self.conversation).ok_or_else(missing)?;
        may_change(desk, &conversation, ticket.as_ref(), Permission::TicketsEdit)?;
        if message.direction == Direction::Inbound && !conversation.visitor_key.is_empty() {
            Ok(conversation.visitor_key)
        } else {
            Err(Rejection::field("name", "NOT_ALLOWED", "must be a message that an unknown visitor sent"))
        }
    }
}

/// Gives a conversation with its ticket to the contact; nothing when it is the contact's already.
fn hand_over(desk: &mut Desk<'_, '_>, id: ConversationId, contact: &Contact, tied: &mut Tied) {
    let seen = desk.conversation(id).is_ok();
    let Some(mut conversation) = desk.world().conversations.get(&id).cloned() else { return };
    let former = conversation.contact;
    if former == Some(contact.id) {
        return;
    }
    conversation.contact = Some(contact.id);
    conversation.visitor.clear();
    conversation.update_time = desk.session.now();
    conversation.version += 1;
    let change = contact_change(desk, former, contact.id);
    let (name, number) = (Name::Conversation(id).to_string(), conversation.ticket);
    desk.session.world.conversations.put(id, conversation.clone());
    desk.session.record(EventType::ConversationTied, name, number, change, None);
    if seen {
        tied.conversations.push(id);
    }
    hand_over_threads(desk, &conversation, former);
    if let Some(number) = hand_over_ticket(desk, &conversation, former).filter(|_| seen) {
        tied.tickets.push(number);
    }
}

/// The ticket goes along, unless somebody has said by hand that it is about somebody else (R-055, C-032).
fn hand_over_ticket(
    desk: &mut Desk<'_, '_>,
    conversation: &Conversation,
    former: Option<ContactId>,
) -> Option<TicketNumber> {
    let before = desk.world().tickets.get(&conversation.ticket?).cloned()?;
    if before.contact.is_some() && before.contact != former {
        return None;
    }
    let (number, contact) = (before.number, conversation.contact?);
    let change = contact_change(desk, before.contact, contact);
    let mut after = before;
    after.put_contact(Some(contact));
    desk.save_ticket(after);
    desk.ticket_event(EventType::TicketUpdated, number, change);
    Some(number)
}

/// Open threads that are found under the former contact are found under the visitor's browser again: the former
/// contact's own next message must not land in them. One whose ticket is deleted has no place; it looks for it when that
/// comes back.
fn hand_over_threads(desk: &mut Desk<'_, '_>, conversation: &Conversation, former: Option<ContactId>) {
    let ids = desk.world().threads_of.get(&conversation.id).cloned().unwrap_or_default();
    let threads: Vec<Thread> = ids.iter().filter_map(|id| desk.world().threads.get(id).cloned()).collect();
    let under_former = |thread: &Thread| former.and_then(|id| contact_key(thread.kind, id)) == Some(thread.key.clone());
    for mut thread in threads.into_iter().filter(|thread| thread.open && under_former(thread)) {
        let world = &mut *desk.session.world;
        let place = cookie_of_visitor(&conversation.visitor_key).map(|hash| (thread.channel.clone(), cookie_key(hash)));
        if !thread.archived {
            world.open_threads.remove(&(thread.channel.clone(), thread.key.clone()));
        }
        match place.filter(|place| thread.archived || world.open_threads.get(place).is_none()) {
            Some(place) if thread.archived => thread.key = place.1,
            Some(place) => {
                thread.key.clone_from(&place.1);
                world.open_threads.put(place, thread.id);
            }
            None => thread.open = false,
        }
        world.threads.put(thread.id, thread);
    }
}

fn contact_change(desk: &Desk<'_, '_>, former: Option<ContactId>, contact: ContactId) -> Vec<FieldChange> {
    let before = former.map(|id| desk.name(&Name::Contact(id))).unwrap_or_default();
    FieldChange::of("contact", before, desk.name(&Name::Contact(contact))).into_iter().collect()
}
