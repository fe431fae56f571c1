//! A conversation on a ticket made by hand: it begins when a contact is connected.

use super::locks::locked_now;
use super::route::{begin, beginning_channel};
use super::threads::SeenThread;
use crate::domain::access::Permission;
use crate::domain::contact::Contact;
use crate::domain::control::Control;
use crate::domain::conversation::Conversation;
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{ChannelId, ContactId, ConversationId, ThreadId, TicketNumber};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::contacts::Who;
use crate::service::desk::{Desk, UseCase};
use crate::service::intake::contact_key;
use crate::storage::lane::{Keys, World};

/// Connects a contact to a ticket that has no conversation.
#[derive(Debug, Clone)]
pub struct Start {
    /// The ticket.
    pub ticket: TicketNumber,
    /// Who; none: the contact of the ticket.
    pub who: Option<Who>,
    /// What to write on.
    pub channel: ChannelId,
    /// Subject of a mail; empty: the ticket's.
    pub subject: String,
    /// What the caller last saw of the ticket.
    pub etag: Option<i64>,
}

/// What was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether nobody may comment in it yet.
    pub comments_locked: bool,
    /// Its thread.
    pub thread: SeenThread,
    /// The contact.
    pub contact: Contact,
    /// The contact was made for it.
    pub contact_made: bool,
}

impl UseCase for Start {
    type Outcome = Started;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
        if let Some(who) = &self.who {
            who.needs(keys);
        }
        let of_ticket = world.tickets.peek(&self.ticket).and_then(|ticket| ticket.contact);
        let known = match &self.who {
            Some(Who::Known(id)) => Some(*id),
            Some(Who::New(_)) => None,
            None => of_ticket,
        };
        keys.contacts.extend(known);
        keys.open_threads.extend(known.and_then(|contact| self.open_thread(world, contact)));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Started, Rejection> {
        let ticket = desk.ticket_to_change(self.ticket, Permission::TicketsCommunicate, self.etag)?;
        if let Some(id) = ticket.conversations.first() {
            return Err(Rejection::AlreadyExists { resource: desk.name(&Name::Conversation(*id)) });
        }
        let channel = beginning_channel(desk, &self.channel, "channel")?;
        let contact_made = matches!(self.who, Some(Who::New(_)));
        let contact = self.contact(desk, &ticket)?;
        let id = ConversationId(desk.session.new_id());
        let subject = if self.subject.is_empty() { &ticket.subject } else { &self.subject };
        let thread = begin(desk, id, &contact, &channel, subject)?;
        let conversation = self.conversation(desk, id, contact.id);
        self.connect(desk, ticket, &conversation, thread.id);
        let comments_locked = locked_now(desk.world(), &conversation);
        let thread = SeenThread::new(thread, &channel);
        Ok(Started { conversation, comments_locked, thread, contact, contact_made })
    }
}

impl Start {
    fn open_thread(&self, world: &World, contact: ContactId) -> Option<(ChannelId, String)> {
        let kind = world.people().channels.get(&self.channel)?.kind;
        Some((self.channel.clone(), contact_key(kind, contact)?))
    }

    fn contact(&self, desk: &mut Desk<'_, '_>, ticket: &Ticket) -> Result<Contact, Rejection> {
        match (&self.who, ticket.contact) {
            (Some(who), _) => who.resolve(desk),
            (None, Some(id)) => Who::Known(id).resolve(desk),
            (None, None) => {
                Err(Rejection::field("contact", "REQUIRED", "must be set, or new_contact: the ticket has none"))
            }
        }
    }

    fn conversation(&self, desk: &Desk<'_, '_>, id: ConversationId, contact: ContactId) -> Conversation {
        let now = desk.session.now();
        Conversation {
            archived: false,
            control: Control::default(),
            handoff: None,
            held: None,
            stretch: None,
            id,
            ticket: Some(self.ticket),
            channel: self.channel.clone(),
            contact: Some(contact),
            visitor: String::new(),
            visitor_key: String::new(),
            from_call: false,
            outbound_mails: 0,
            message_count: 0,
            comment_count: 0,
            last_message_time: None,
            create_time: now,
            update_time: now,
            version: 1,
        }
    }

    /// Writes the conversation, and the ticket that it belongs to from now on.
    fn connect(&self, desk: &mut Desk<'_, '_>, before: Ticket, conversation: &Conversation, thread: ThreadId) {
        let contact = |id: Option<ContactId>| id.map(|id| desk.name(&Name::Contact(id))).unwrap_or_default();
        let change = FieldChange::of("contact", contact(before.contact), contact(conversation.contact));
        let mut after = before;
        after.conversations.push(conversation.id);
        after.life.origin.get_or_insert(thread);
        // A ticket that was about somebody else stays so; this one is written to all the same.
        let adopted = after.contact.is_none();
        if let Some(contact) = conversation.contact.filter(|_| adopted) {
            after.put_contact(Some(contact));
        }
        desk.save_ticket(after);
        desk.session.world.conversations.put(conversation.id, conversation.clone());
        let name = Name::Conversation(conversation.id).to_string();
        desk.session.record(EventType::ConversationStarted, name, Some(self.ticket), Vec::new(), None);
        if adopted {
            desk.ticket_event(EventType::TicketUpdated, self.ticket, change.into_iter().collect());
        }
    }
}
