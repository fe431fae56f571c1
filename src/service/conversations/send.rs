//! A reply to the contact (R-082, R-083; C-022 to C-025, C-027, C-028): stored, and waiting for its channel (C3).

use crate::domain::access::{Permission, TicketAccess};
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::conversation::{Conversation, Delivery, Direction, Message, Thread};
use crate::domain::event::{Actor, EventType};
use crate::domain::ids::{ConversationId, MessageId, ThreadId, UserId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::desk::{Desk, UseCase};
use crate::service::tickets::assignment_changes;
use crate::storage::lane::{EffectKind, Keys, World};

/// Where a Message-ID is from when the channel has no address; the name never resolves (RFC 2606).
const NO_DOMAIN: &str = "helpdesk.invalid";

/// Sends a message to the contact of the thread (C-028).
#[derive(Debug, Clone)]
pub struct Send {
    /// The conversation.
    pub conversation: ConversationId,
    /// The thread; none: that of the contact's last message.
    pub thread: Option<(ConversationId, ThreadId)>,
    /// Subject of a mail; empty: the thread's.
    pub subject: String,
    /// Plain text, cleaned.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message, waiting.
    pub message: Message,
    /// The sender, when the ticket became theirs.
    pub new_owner: Option<UserId>,
}

impl UseCase for Send {
    type Outcome = Sent;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.conversations.insert(self.conversation);
        keys.threads_of.insert(self.conversation);
        keys.tickets.extend(world.conversations.peek(&self.conversation).and_then(|found| found.ticket));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Sent, Rejection> {
        let (conversation, ticket) = desk.conversation(self.conversation)?;
        may_reply(desk, &conversation, ticket.as_ref())?;
        let thread = self.pick_thread(desk, &conversation)?;
        let channel = sending_channel(desk, &thread)?;
        let taker = ticket.as_ref().and_then(|ticket| taker(desk, ticket));
        let marked = ticket.map(|before| mark_ticket(desk, before, taker.as_ref()));
        let message = self.queue(desk, conversation, &thread, &channel);
        if let (Some(owner), Some((before, after))) = (&taker, &marked) {
            tell_taken(desk, before, after, owner);
        }
        Ok(Sent { message, new_owner: taker })
    }
}

/// Whether the caller's rights to change reach the conversation; that they may read it is settled.
fn may_reply(desk: &Desk<'_, '_>, conversation: &Conversation, ticket: Option<&Ticket>) -> Result<(), Rejection> {
    let permission = Permission::TicketsCommunicate;
    match ticket {
        Some(ticket) => desk.ticket_to_change(ticket.number, permission, None).map(drop),
        None if desk.rights.edit != TicketAccess::NONE => Ok(()),
        None => {
            let resource = desk.name(&Name::Conversation(conversation.id));
            Err(Rejection::OutOfScope { permission, level: desk.rights.edit.level, resource })
        }
    }
}

fn sending_channel(desk: &Desk<'_, '_>, thread: &Thread) -> Result<Channel, Rejection> {
    let name = desk.name(&Name::Channel(thread.channel.clone()));
    let refused = |cause| Rejection::ChannelCannotSend { channel: name.clone(), cause };
    let channel = desk.world().people().channels.get(&thread.channel).ok_or_else(|| refused("NO_CHANNEL"))?;
    if !channel.enabled {
        return Err(Rejection::ChannelDisabled { channel: name });
    }
    if channel.kind == ChannelKind::Calling {
        return Err(refused("NO_TEXT"));
    }
    if thread.address.is_empty() && thread.key.is_empty() {
        return Err(refused("NO_RECIPIENT"));
    }
    Ok(channel.clone())
}

/// Who takes an unassigned ticket by replying: a person, never a machine (C-024), whatever their seat (C-023).
fn taker(desk: &Desk<'_, '_>, ticket: &Ticket) -> Option<UserId> {
    match &desk.session.actor {
        Actor::User(user) if ticket.owner.is_none() => Some(user.clone()),
        _ => None,
    }
}

/// Marks the times, and the owner when somebody takes it; the status stays, also a closed one (C-027).
fn mark_ticket(desk: &mut Desk<'_, '_>, before: Ticket, taker: Option<&UserId>) -> (Ticket, Ticket) {
    let now = desk.session.now();
    let mut after = before.clone();
    after.first_reply_time.get_or_insert(now);
    after.last_reply_time = Some(now);
    if let Some(owner) = taker {
        after.assign(owner.clone(), now);
    }
    desk.move_load(Some(&before), &after, false);
    desk.save_ticket(after.clone());
    (before, after)
}

fn tell_taken(desk: &mut Desk<'_, '_>, before: &Ticket, after: &Ticket, owner: &UserId) {
    let fields = assignment_changes(desk, before, after);
    desk.automatic_event(EventType::TicketAssigned, after.number, fields, Actor::User(owner.clone()));
    let summary = format!("Ticket {} was taken by {owner}, who replied.", after.number);
    desk.session.effect(EffectKind::Assigned, Name::Ticket(after.number).to_string(), "", summary);
}

impl Send {
    fn pick_thread(&self, desk: &Desk<'_, '_>, conversation: &Conversation) -> Result<Thread, Rejection> {
        let world = desk.world();
        let ids = world.threads_of.get(&self.conversation).map(Vec::as_slice).unwrap_or_default();
        let mut threads = ids.iter().filter_map(|id| world.threads.get(id));
        let found = match self.thread {
            // Only messages of the contact move the time of a thread.
            None => threads.max_by_key(|thread| (thread.update_time, thread.id)).ok_or_else(|| {
                let channel = desk.name(&Name::Channel(conversation.channel.clone()));
                Rejection::ChannelCannotSend { channel, cause: "NO_THREAD" }
            }),
            Some((parent, id)) => {
                threads.find(|thread| thread.id == id && parent == self.conversation).ok_or_else(|| {
                    let resource = desk.name(&Name::Thread(parent, id));
                    Rejection::ReferenceNotFound { field: "message.thread".to_owned(), resource }
                })
            }
        };
        found.cloned()
    }

    /// Stores the message with its event.
    fn queue(
        &self,
        desk: &mut Desk<'_, '_>,
        mut conversation: Conversation,
        thread: &Thread,
        channel: &Channel,
    ) -> Message {
        let (id, now) = (MessageId(desk.session.new_id()), desk.session.now());
        let name = Name::Message(conversation.id, id).to_string();
        let sequence = desk.session.record(EventType::MessageSent, name.clone(), conversation.ticket, Vec::new(), None);
        let mail_id = (channel.kind == ChannelKind::Email).then(|| mail_id(&desk.session.token(), channel));
        let message = Message {
            id,
            conversation: conversation.id,
            thread: thread.id,
            channel: channel.id.clone(),
            direction: Direction::Outbound,
            sender: desk.session.actor.clone(),
            sender_name: sender_name(desk),
            sender_address: channel.email_address.clone(),
            recipients: Some(thread.address.clone()).filter(|address| !address.is_empty()).into_iter().collect(),
            subject: if self.subject.is_empty() { thread.subject.clone() } else { self.subject.clone() },
            text: self.text.clone(),
            html: self.html.clone(),
            attachments: Vec::new(),
            delivery: Delivery::Queued,
            delivery_error: String::new(),
            external_id: None,
            mail_id,
            raw_sha256: None,
            auto_reply: false,
            bounce: false,
            forwarded: false,
            sender_unverified: false,
            send_time: now,
            create_time: now,
            sequence,
        };
        conversation.message_count += 1;
        conversation.last_message_time = Some(now);
        conversation.update_time = now;
        conversation.version += 1;
        let world = &mut *desk.session.world;
        if let Some(mail_id) = &message.mail_id {
            world.mail_ids.put(mail_id.clone(), thread.id);
        }
        world.conversations.put(conversation.id, conversation);
        world.messages.put(id, message.clone());
        let cause = Name::Channel(channel.id.clone()).to_string();
        desk.session.effect(EffectKind::MessageQueued, name, &cause, "The message waits to be sent.".to_owned());
        message
    }
}

/// A Message-ID of ours that nobody can guess (RFC 5322 section 3.6.4), without angle brackets.
fn mail_id(token: &str, channel: &Channel) -> String {
    let domain = channel.email_address.rsplit_once('@').map_or(NO_DOMAIN, |(_, domain)| domain);
    format!("{token}@{domain}")
}

fn sender_name(desk: &Desk<'_, '_>) -> String {
    match &desk.session.actor {
        Actor::User(user) => {
            desk.world().people().users.get(user).map(|user| user.display_name.clone()).unwrap_or_default()
        }
        _ => String::new(),
    }
}
