//! A new thread: a conversation, and a ticket where the channel makes tickets (R-067, R-068, R-072, C-011, C-012).

use super::contact::Writer;
use super::ingest::{Ingest, Place};
use super::thread::{chat_keys, visitor_key};
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::control::Control;
use crate::domain::conversation::{Conversation, Thread};
use crate::domain::event::EventType;
use crate::domain::ids::{ContactId, ConversationId, ThreadId, TicketNumber};
use crate::domain::life::Life;
use crate::domain::names::Name;
use crate::domain::pipeline::{Status, first_status};
use crate::domain::ticket::{Ticket, ticket_name};
use crate::service::desk::Desk;
use crate::storage::lane::EffectKind;

/// Makes a thread with its conversation, and says whether a ticket was made with it.
pub(super) fn begin(message: &Ingest, desk: &mut Desk<'_, '_>, channel: &Channel, writer: &Writer) -> (Place, bool) {
    let (id, now) = (ConversationId(desk.session.new_id()), desk.session.now());
    let thread_id = ThreadId(desk.session.new_id());
    let parked = channel.creates_tickets && opened_enough(message, desk, writer);
    let contact = writer.contact.as_ref().map(|contact| contact.id);
    let ticket = if channel.creates_tickets && !parked {
        let subject = name_of(message, channel, writer);
        count_opened(message, desk, contact);
        make_ticket(desk, channel, Begun { subject, contact, conversation: id, thread: Some(thread_id) })
    } else {
        None
    };
    let conversation = Conversation {
        id,
        ticket,
        channel: channel.id.clone(),
        contact: writer.contact.as_ref().map(|contact| contact.id),
        visitor: visitor(message, writer),
        visitor_key: visitor_key(message, writer, id),
        from_call: channel.kind == ChannelKind::Calling,
        outbound_mails: 0,
        message_count: 0,
        comment_count: 0,
        last_message_time: None,
        archived: false,
        control: Control::default(),
        handoff: None,
        held: None,
        stretch: None,
        create_time: now,
        update_time: now,
        version: 0,
    };
    let thread = new_thread(message, desk, channel, writer, (id, thread_id));
    let world = &mut *desk.session.world;
    if thread.open && !thread.key.is_empty() {
        world.open_threads.put((channel.id.clone(), thread.key.clone()), thread.id);
    }
    if !thread.reply_token.is_empty() {
        world.reply_tokens.put(thread.reply_token.clone(), thread.id);
    }
    world.threads_of.put(id, vec![thread.id]);
    world.threads.put(thread.id, thread.clone());
    world.conversations.put(id, conversation.clone());
    if parked {
        park(desk, id);
    }
    (Place { thread, conversation }, ticket.is_some())
}

/// Whether the contact opened as many tickets in this hour as one may (L-27).
fn opened_enough(message: &Ingest, desk: &Desk<'_, '_>, writer: &Writer) -> bool {
    let opened = writer.contact.as_ref().map_or(0, |contact| contact.opened.so_far(desk.session.now()));
    message.most_tickets > 0 && opened >= message.most_tickets
}

/// Counts a ticket to whoever opened it.
fn count_opened(message: &Ingest, desk: &mut Desk<'_, '_>, contact: Option<ContactId>) {
    let known = contact.filter(|_| message.most_tickets > 0);
    let Some(mut contact) = known.and_then(|id| desk.world().contacts.get(&id).cloned()) else { return };
    contact.opened.count(desk.session.now());
    desk.session.world.contacts.put(contact.id, contact);
}

/// Says that a conversation waits without a ticket.
fn park(desk: &mut Desk<'_, '_>, id: ConversationId) {
    let name = Name::Conversation(id);
    desk.event(EventType::ConversationParked, &name, Vec::new());
    let text = "the sender opened as many tickets in an hour as one may: it waits in the inbox".to_owned();
    desk.session.warn("message.sender", text, name.to_string());
}

fn visitor(message: &Ingest, writer: &Writer) -> String {
    if writer.contact.is_some() { String::new() } else { writer.label(message).unwrap_or_default().to_owned() }
}

fn new_thread(
    message: &Ingest,
    desk: &mut Desk<'_, '_>,
    channel: &Channel,
    writer: &Writer,
    (conversation, id): (ConversationId, ThreadId),
) -> Thread {
    let now = desk.session.now();
    let contact = writer.contact.as_ref().map(|contact| contact.id);
    let key = chat_keys(message, channel.kind, contact).into_iter().next().unwrap_or_default();
    let is_mail = channel.kind == ChannelKind::Email;
    Thread {
        id,
        conversation,
        channel: channel.id.clone(),
        kind: channel.kind,
        key,
        // A submission is finished in itself.
        open: channel.kind != ChannelKind::Form,
        resting: false,
        archived: false,
        address: address(message, writer),
        subject: message.subject.clone(),
        reply_token: if is_mail { desk.session.token() } else { String::new() },
        last_contact_time: None,
        mute: false,
        create_time: now,
        update_time: now,
    }
}

/// Where an answer goes: where the message came from, never to a Reply-To that names somebody else (T-22). A contact who
/// was named without address is answered at the first one known.
fn address(message: &Ingest, writer: &Writer) -> String {
    let first = || writer.contact.as_ref().and_then(|contact| contact.points.first());
    if message.sender.address.is_empty() {
        first().map(|point| point.value.clone()).unwrap_or_default()
    } else {
        message.sender.address.clone()
    }
}

/// A conversation that has a ticket from now on.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The ticket name.
    pub subject: String,
    /// Whom it is with.
    pub contact: Option<ContactId>,
    /// The conversation.
    pub conversation: ConversationId,
    /// The thread that it began with.
    pub thread: Option<ThreadId>,
}

/// Makes a ticket of a channel for a conversation; none in a pipeline without open status.
pub fn make_ticket(desk: &mut Desk<'_, '_>, channel: &Channel, begun: Begun) -> Option<TicketNumber> {
    let statuses = desk.world().people().statuses_of(&channel.pipeline);
    // Every pipeline has an open status (C-071); without one the conversation is kept all the same.
    let Some(status) = first_status(statuses, true).cloned() else {
        tracing::warn!(channel = %channel.id, pipeline = %channel.pipeline, "a pipeline has no open status");
        return None;
    };
    let number = TicketNumber(desk.world().head.last_ticket + 1);
    desk.session.world.head.last_ticket = number.0;
    let ticket = new_ticket(desk, channel, &status, (number, begun));
    desk.save_ticket(ticket);
    let cause = Name::Channel(channel.id.clone()).to_string();
    let summary = format!("Ticket {number} was made from a conversation.");
    desk.session.effect(EffectKind::TicketCreated, Name::Ticket(number).to_string(), &cause, summary);
    Some(number)
}

fn new_ticket(
    desk: &Desk<'_, '_>,
    channel: &Channel,
    status: &Status,
    (number, begun): (TicketNumber, Begun),
) -> Ticket {
    let now = desk.session.now();
    Ticket {
        number,
        subject: begun.subject,
        description: String::new(),
        pipeline: status.pipeline.clone(),
        status: status.id.clone(),
        status_category: status.category,
        open: true,
        priority: None,
        category: String::new(),
        tags: std::collections::BTreeSet::new(),
        properties: std::collections::BTreeMap::new(),
        contact: begun.contact,
        links: std::collections::BTreeSet::new(),
        // Incoming tickets are nobody's until routing or a person says otherwise.
        owner: None,
        teams: std::collections::BTreeSet::new(),
        channel: Some(channel.id.clone()),
        source: Some(channel.kind),
        conversations: vec![begun.conversation],
        manual: false,
        unassigned_reason: None,
        creator: desk.session.actor.clone(),
        close_time: None,
        first_assign_time: None,
        first_reply_time: None,
        last_reply_time: None,
        last_contact_message_time: Some(now),
        status_change_time: now,
        create_time: now,
        update_time: now,
        life: Life { origin: begun.thread, ..Life::default() },
        event_count: 0,
        version: 0,
    }
}

/// Subject, else form, else whom it is with; never empty (C-012).
pub(super) fn name_of(message: &Ingest, channel: &Channel, writer: &Writer) -> String {
    let form = if channel.kind == ChannelKind::Form { channel.display_name.as_str() } else { "" };
    [message.subject.as_str(), message.form_name.as_str(), form]
        .into_iter()
        .find_map(ticket_name)
        .or_else(|| ticket_name(&format!("Conversation with {}", writer.label(message)?)))
        .unwrap_or_else(|| "Conversation with a visitor".to_owned())
}
