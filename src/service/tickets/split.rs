//! Splitting a ticket (R-033, C-019): messages of one thread go to a new thread on a new ticket.

use std::collections::{BTreeMap, BTreeSet};

use super::created::created_fields;
use crate::domain::access::Permission;
use crate::domain::attachment::AttachmentFile;
use crate::domain::channel::ChannelKind;
use crate::domain::conversation::{Attachment, Comment, Conversation, Direction, Message, Thread};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::{AttachmentId, CommentId, ConversationId, MessageId, ThreadId, TicketNumber};
use crate::domain::life::Life;
use crate::domain::merge::times_of;
use crate::domain::names::Name;
use crate::domain::pipeline::first_status;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::{Ticket, ticket_name};
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{EffectKind, Keys, SentMail, World};

/// Takes messages of one thread out into a new ticket.
#[derive(Debug, Clone)]
pub struct Split {
    /// The ticket.
    pub ticket: TicketNumber,
    /// What moves, by conversation and id.
    pub messages: Vec<(ConversationId, MessageId)>,
    /// Comments that move with it.
    pub comments: Vec<(ConversationId, CommentId)>,
    /// Name of the new ticket; blank is that of the old one.
    pub subject: String,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

/// Two tickets out of one.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitOff {
    /// The old one.
    pub ticket: Ticket,
    /// The new one.
    pub split: Ticket,
}

/// What moves, judged.
struct Moving {
    conversation: Conversation,
    thread: Thread,
    messages: Vec<Message>,
    comments: Vec<Comment>,
}

impl UseCase for Split {
    type Outcome = SplitOff;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.tickets.insert(self.ticket);
        for (conversation, message) in &self.messages {
            keys.conversations.insert(*conversation);
            keys.message_times.insert(*conversation);
            keys.messages.insert(*message);
            if let Some(found) = world.messages.peek(message) {
                keys.threads.insert(found.thread);
                keys.content.attachments.extend(files_of(&found.attachments));
            }
        }
        for (_, comment) in &self.comments {
            keys.comments.insert(*comment);
            let found = world.comments.peek(comment).into_iter();
            keys.content.attachments.extend(found.flat_map(|found| files_of(&found.attachments)));
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<SplitOff, Rejection> {
        let before = desk.ticket_to_change(self.ticket, Permission::TicketsEdit, self.etag)?;
        let moving = self.moving(desk, &before)?;
        let split = self.new_ticket(desk, &before, &moving)?;
        let number = split.number;
        desk.session.world.head.last_ticket = number.0;
        desk.move_load(None, &split, false);
        desk.save_ticket(split.clone());
        move_said(desk, &split, moving);
        desk.save_ticket(before);
        tell(desk, self.ticket, number);
        Ok(SplitOff { ticket: desk.saved_ticket(self.ticket), split: desk.saved_ticket(number) })
    }
}

impl Split {
    fn moving(&self, desk: &Desk<'_, '_>, ticket: &Ticket) -> Result<Moving, Rejection> {
        let messages = self.chosen_messages(desk, ticket)?;
        let (conversation, thread) = (messages[0].conversation, messages[0].thread);
        if messages.iter().any(|message| message.thread != thread) {
            return Err(inconsistent("messages", "must all be of one thread"));
        }
        let chosen: BTreeSet<MessageId> = messages.iter().map(|message| message.id).collect();
        if desk.world().message_times(conversation).keys().all(|id| chosen.contains(id)) {
            return Err(inconsistent("messages", "must leave at least one message"));
        }
        let lost = || Rejection::Internal("a message without conversation or thread".to_owned());
        Ok(Moving {
            comments: self.chosen_comments(desk, ticket, conversation)?,
            conversation: desk.world().conversations.get(&conversation).cloned().ok_or_else(lost)?,
            thread: desk.world().threads.get(&thread).cloned().ok_or_else(lost)?,
            messages,
        })
    }

    /// The messages, if all of them are on this ticket.
    fn chosen_messages(&self, desk: &Desk<'_, '_>, ticket: &Ticket) -> Result<Vec<Message>, Rejection> {
        let chosen = |(conversation, id): &(ConversationId, MessageId)| {
            let found = desk.world().messages.get(id).filter(|message| message.conversation == *conversation);
            let ours = found.filter(|_| ticket.conversations.contains(conversation)).cloned();
            ours.ok_or_else(|| not_here(desk, "messages", &Name::Message(*conversation, *id)))
        };
        self.messages.iter().map(chosen).collect()
    }

    /// The comments, if all of them are on this ticket; then they must be of the conversation that is split.
    fn chosen_comments(
        &self,
        desk: &Desk<'_, '_>,
        ticket: &Ticket,
        of: ConversationId,
    ) -> Result<Vec<Comment>, Rejection> {
        let chosen = |(conversation, id): &(ConversationId, CommentId)| {
            let found = desk.world().comments.get(id).filter(|comment| comment.conversation == *conversation);
            let ours = found.filter(|_| ticket.conversations.contains(conversation)).cloned();
            let comment = ours.ok_or_else(|| not_here(desk, "comments", &Name::Comment(*conversation, *id)))?;
            if *conversation == of {
                Ok(comment)
            } else {
                Err(inconsistent("comments", "must be of the same conversation"))
            }
        };
        self.comments.iter().map(chosen).collect()
    }

    fn new_ticket(&self, desk: &Desk<'_, '_>, old: &Ticket, moving: &Moving) -> Result<Ticket, Rejection> {
        let now = desk.world().now;
        let open = first_status(desk.world().people().statuses_of(&old.pipeline), true).cloned();
        let status = open.ok_or_else(|| Rejection::Internal("a pipeline without open status".to_owned()))?;
        let mut ticket = Ticket {
            number: TicketNumber(desk.world().head.last_ticket + 1),
            subject: ticket_name(&self.subject).unwrap_or_else(|| old.subject.clone()),
            description: String::new(),
            category: String::new(),
            tags: BTreeSet::new(),
            properties: BTreeMap::new(),
            priority: None,
            status: status.id.clone(),
            status_category: status.category,
            open: true,
            channel: Some(moving.thread.channel.clone()),
            source: Some(moving.thread.kind),
            conversations: Vec::new(),
            manual: false,
            creator: desk.session.actor.clone(),
            close_time: None,
            first_assign_time: old.owner.is_some().then_some(now),
            first_reply_time: None,
            last_reply_time: None,
            last_contact_message_time: None,
            status_change_time: now,
            create_time: now,
            update_time: now,
            life: Life { split_from: Some(old.number), area: old.life.area, ..Life::default() },
            event_count: 0,
            version: 0,
            // Pipeline, contact, owner, teams, and why there is no owner.
            ..old.clone()
        };
        times_of(&mut ticket, moving.messages.iter());
        Ok(ticket)
    }
}

fn files_of(attachments: &[Attachment]) -> impl Iterator<Item = AttachmentId> {
    attachments.iter().filter_map(|attachment| attachment.id)
}

/// Files go where what carries them goes: access follows the conversation.
fn move_files(world: &mut World, attachments: &[Attachment], to: ConversationId) {
    for id in files_of(attachments) {
        if let Some(file) = world.content.attachments.peek(&id).cloned() {
            world.content.attachments.put(id, AttachmentFile { conversation: Some(to), ..file });
        }
    }
}

/// What opens the comments of a call.
fn is_mail_of_ours(message: &Message) -> bool {
    message.mail_id.is_some() && message.direction == Direction::Outbound
}

/// Writes the new conversation and thread, and moves what was chosen there.
fn move_said(desk: &mut Desk<'_, '_>, split: &Ticket, moving: Moving) {
    let now = desk.session.now();
    let (conversation_id, thread_id) = (ConversationId(desk.session.new_id()), ThreadId(desk.session.new_id()));
    let thread = new_thread(desk, &moving.thread, conversation_id, thread_id);
    let gone: BTreeSet<MessageId> = moving.messages.iter().map(|message| message.id).collect();
    let staying = desk.world().message_times(moving.conversation.id);
    let last_staying = staying.iter().filter(|(id, _)| !gone.contains(id)).map(|(_, time)| *time).max();
    let moved = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (messages, comments) = (moved(moving.messages.len()), moved(moving.comments.len()));
    let mails = moved(moving.messages.iter().filter(|message| is_mail_of_ours(message)).count());
    let mut old = moving.conversation;
    let new = Conversation {
        id: conversation_id,
        ticket: Some(split.number),
        channel: thread.channel.clone(),
        from_call: thread.kind == ChannelKind::Calling,
        outbound_mails: mails,
        message_count: messages,
        comment_count: comments,
        last_message_time: moving.messages.iter().map(|message| message.create_time).max(),
        create_time: now,
        update_time: now,
        version: 1,
        handoff: None,
        held: None,
        ..old.clone()
    };
    let mut new = new;
    if let Some(stretch) = &mut new.stretch {
        stretch.turns.retain(|turn| gone.contains(&turn.message));
    }
    if let Some(stretch) = &mut old.stretch {
        stretch.turns.retain(|turn| !gone.contains(&turn.message));
    }
    // Drafts stay, and are counted where they are.
    old.outbound_mails -= mails;
    old.message_count -= messages;
    old.comment_count -= comments;
    old.last_message_time = last_staying;
    old.update_time = now;
    old.version += 1;
    let world = &mut *desk.session.world;
    if !thread.reply_token.is_empty() {
        world.reply_tokens.put(thread.reply_token.clone(), thread_id);
    }
    world.threads.put(thread_id, thread);
    if let Some(mut split) = world.tickets.get(&split.number).cloned() {
        split.life.origin = Some(thread_id);
        world.tickets.put(split.number, split);
    }
    world.conversations.put(old.id, old);
    world.conversations.put(conversation_id, new);
    for message in moving.messages {
        if let Some(mail_id) = message.mail_id.as_ref().filter(|_| is_mail_of_ours(&message)) {
            world.mail_ids.put(mail_id.clone(), SentMail { thread: thread_id, message: message.id });
        }
        move_files(world, &message.attachments, conversation_id);
        world.messages.put(message.id, Message { conversation: conversation_id, thread: thread_id, ..message });
    }
    for comment in moving.comments {
        move_files(world, &comment.attachments, conversation_id);
        world.comments.put(comment.id, Comment { conversation: conversation_id, ..comment });
    }
    let ticket = Ticket { conversations: vec![conversation_id], ..desk.saved_ticket(split.number) };
    desk.session.world.tickets.put(split.number, ticket);
}

/// The other half of a thread. The key stays with the first half, which is the one that the contact's side knows.
fn new_thread(desk: &mut Desk<'_, '_>, old: &Thread, conversation: ConversationId, id: ThreadId) -> Thread {
    let now = desk.session.now();
    let is_mail = old.kind == ChannelKind::Email;
    Thread {
        id,
        conversation,
        open: old.open && old.key.is_empty(),
        resting: false,
        reply_token: if is_mail { desk.session.token() } else { String::new() },
        create_time: now,
        update_time: now,
        ..old.clone()
    }
}

fn tell(desk: &mut Desk<'_, '_>, old: TicketNumber, new: TicketNumber) {
    let name = |number| desk.name(&Name::Ticket(number));
    let split = FieldChange::of("split_ticket", "", name(new)).into_iter().collect();
    let said = created_fields(desk, &desk.saved_ticket(new));
    desk.ticket_event(EventType::TicketSplit, old, split);
    desk.ticket_event(EventType::TicketCreated, new, said);
    let summary = format!("Ticket {new} was made from messages of ticket {old}.");
    let cause = Name::Ticket(old).to_string();
    desk.session.effect(EffectKind::TicketCreated, Name::Ticket(new).to_string(), &cause, summary);
}

fn inconsistent(field: &str, text: &str) -> Rejection {
    Rejection::field(field, "INCONSISTENT", text)
}

fn not_here(desk: &Desk<'_, '_>, field: &str, name: &Name) -> Rejection {
    Rejection::ReferenceNotFound { field: field.to_owned(), resource: desk.name(name) }
}
