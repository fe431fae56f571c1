//! A reply to the contact (R-082, R-083; C-022 to C-025, C-027, C-028): stored, and waiting for its channel (C3).

use super::control::{Speaking, tell_control};
use super::draft::needs_of_held;
use super::place::{Place, may_change};
use super::route::{Found, Way, begin, cannot_send, check_open};
use crate::domain::access::Permission;
use crate::domain::attachment::AttachmentFile;
use crate::domain::channel::{Channel, ChannelKind};
use crate::domain::control::Control;
use crate::domain::conversation::{Conversation, Delivery, Direction, Message, Thread};
use crate::domain::draft::Draft;
use crate::domain::event::{Actor, EventType};
use crate::domain::ids::{ConversationId, DraftId, MessageId, UserId};
use crate::domain::insert::Insert;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::content::{FilledFor, check_inserts, needs_of_inserts};
use crate::service::customer_agents::{after_answer, answering, owed_turns};
use crate::service::desk::{Desk, UseCase, etag};
use crate::service::files::{Carrier, NamedFiles, Owner, give};
use crate::service::handoffs::need_request;
use crate::service::intake::contact_key;
use crate::service::mail::WaitingReply;
use crate::service::notifications::tell_followers;
use crate::service::pipelines::after_sending;
use crate::service::tickets::assignment_changes;
use crate::storage::lane::{EffectKind, Keys, SentMail, World};

/// Sends a message to the contact of the thread (C-028).
#[derive(Debug, Clone)]
pub struct Send {
    /// The conversation.
    pub place: Place,
    /// The thread.
    pub way: Way,
    /// The draft that this was, and goes with it.
    pub draft: Option<SentDraft>,
    /// Subject of a mail; empty: the thread's.
    pub subject: String,
    /// Plain text, cleaned.
    pub text: String,
    /// Cleaned HTML; may be empty.
    pub html: String,
    /// What was inserted; its words are in the text already.
    pub inserts: Vec<Insert>,
    /// What the texts in it were filled with, before.
    pub filled_for: Option<FilledFor>,
    /// Files; those of a draft are the draft's.
    pub files: NamedFiles,
    /// What the sender knows of control, and wants of it.
    pub speaking: Speaking,
}

/// A draft that is sent, as it was read before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SentDraft {
    /// Its conversation.
    pub conversation: ConversationId,
    /// The draft.
    pub id: DraftId,
    /// What was read of it; none when it was not there.
    pub version: Option<i64>,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The message, waiting.
    pub message: Message,
    /// The sender, when the ticket became theirs.
    pub new_owner: Option<UserId>,
    /// Who has control after it.
    pub control: Control,
}

impl UseCase for Send {
    type Outcome = Sent;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.place.needs(world, keys);
        // An answer of a customer agent may be its last one.
        self.place.peek(world).into_iter().for_each(|id| need_request(world, keys, id));
        needs_of_inserts(&self.inserts, keys);
        self.files.needs(keys);
        if let Some(draft) = &self.draft {
            Place::Conversation(draft.conversation).needs(world, keys);
            needs_of_held(world, draft.conversation, keys);
            keys.content.drafts_of.insert(draft.conversation);
        }
        if let Way::NewOn(channel) = &self.way {
            let kind = world.people().channels.get(channel).map(|channel| channel.kind);
            let conversations = self.place.peek(world).into_iter().filter_map(|id| world.conversations.peek(&id));
            for contact in conversations.filter_map(|conversation| conversation.contact) {
                let key = kind.and_then(|kind| contact_key(kind, contact));
                keys.open_threads.extend(key.map(|key| (channel.clone(), key)));
            }
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Sent, Rejection> {
        let draft = self.draft.map(|sent| sent.find(desk, self.place)).transpose()?;
        let place = draft.as_ref().map_or(self.place, |draft| Place::Conversation(draft.conversation));
        let (mut conversation, ticket) = place.find(desk)?;
        may_change(desk, &conversation, ticket.as_ref(), Permission::TicketsCommunicate)?;
        self.fits(desk, &conversation)?;
        let (before, owed) = (conversation.control.clone(), owed_turns(&conversation));
        self.speaking.speak(desk, &mut conversation)?;
        answering(desk, &mut conversation, &self.text)?;
        let (place, control) = ((conversation.id, conversation.ticket), conversation.control.clone());
        let field = if draft.is_some() { "draft.inserts" } else { "message.inserts" };
        check_inserts(desk, &self.inserts, field)?;
        let files = self.found_files(desk, draft.as_ref())?;
        let found = self.way.find(desk, &conversation, ["message.thread", "new_thread_channel"])?;
        let (thread, channel) = self.thread(desk, &conversation, found)?;
        let taker = ticket.as_ref().and_then(|ticket| taker(desk, ticket));
        let marked = ticket.map(|before| mark_ticket(desk, before, taker.as_ref()));
        let message = self.queue(desk, conversation, (&thread, &channel), draft.as_ref(), files);
        if let Some(draft) = draft {
            desk.session.world.content.drafts.remove(&draft.id);
        }
        if let (Some(owner), Some((before, after))) = (&taker, &marked) {
            tell_taken(desk, before, after, owner);
        }
        let actor = desk.session.actor.clone();
        tell_control(desk, place, (&before, &control), Some(actor));
        after_answer(desk, place, &message, &owed, before.epoch == control.epoch);
        if let Some((ticket, _)) = marked.as_ref().filter(|_| channel.kind == ChannelKind::Email && by_a_user(desk)) {
            after_sending(desk, ticket.number);
        }
        if let Some((ticket, _)) = &marked {
            tell_followers(desk, &message, ticket.number);
        }
        Ok(Sent { message, new_owner: taker, control })
    }
}

impl SentDraft {
    /// The caller's draft, still as it was read, in the conversation or of the ticket that the call is about.
    fn find(self, desk: &Desk<'_, '_>, place: Place) -> Result<Draft, Rejection> {
        let name = Name::Draft(self.conversation, self.id);
        let missing = || Rejection::ReferenceNotFound { field: "draft".to_owned(), resource: desk.name(&name) };
        let conversation = desk.world().conversations.get(&self.conversation).ok_or_else(missing)?;
        let belongs = match place {
            Place::Conversation(id) => id == self.conversation,
            Place::Ticket(number) => conversation.ticket == Some(number),
        };
        let mine = |draft: &&Draft| draft.id == self.id && Some(&draft.user) == desk.rights.user.as_ref();
        let drafts = desk.world().content.drafts_of(self.conversation);
        let draft = drafts.into_iter().find(mine).filter(|_| belongs).ok_or_else(missing)?;
        desk.same_version(&name, Some(self.version.unwrap_or(0)), draft.version)?;
        Ok(draft.clone())
    }
}

/// What machines and the service send changes no status (C-073).
fn by_a_user(desk: &Desk<'_, '_>) -> bool {
    matches!(desk.session.actor, Actor::User(_))
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
    /// Refuses words that were filled with data of another conversation or contact than those they would go to: where a
    /// reply to a ticket goes may change between the filling and this (R-048, C-028).
    fn fits(&self, desk: &Desk<'_, '_>, conversation: &Conversation) -> Result<(), Rejection> {
        if self.filled_for.is_none_or(|filled| filled.fits(conversation)) {
            return Ok(());
        }
        let resource = desk.name(&Name::Conversation(conversation.id));
        Err(Rejection::EtagMismatch { resource, etag: etag(conversation.version) })
    }

    fn found_files(&self, desk: &Desk<'_, '_>, draft: Option<&Draft>) -> Result<Vec<AttachmentFile>, Rejection> {
        let owner = Owner { creator: &desk.session.actor, channel: None, draft: draft.map(|draft| draft.id) };
        let Some(draft) = draft else { return self.files.find(desk, owner, "message.attachments") };
        let ids = draft.attachments.iter().filter_map(|one| one.id).collect();
        NamedFiles { ids, rules: self.files.rules }.find(desk, owner, "draft.attachments")
    }

    /// The thread, begun if need be, on which a message can go out now.
    fn thread(
        &self,
        desk: &mut Desk<'_, '_>,
        conversation: &Conversation,
        found: Found,
    ) -> Result<(Thread, Channel), Rejection> {
        let (thread, channel) = match found {
            Found::Thread(thread, channel) => (thread, channel),
            Found::NewOn(channel) => {
                let contact = conversation.contact.and_then(|id| desk.world().contacts.get(&id).cloned());
                let contact = contact.ok_or_else(|| cannot_send(desk, &channel.id, "NO_RECIPIENT"))?;
                let thread = begin(desk, conversation.id, &contact, &channel, &self.subject)?;
                (thread, channel)
            }
        };
        check_open(desk, &thread, &channel)?;
        Ok((thread, channel))
    }

    /// Stores the message with its event.
    pub(super) fn queue(
        &self,
        desk: &mut Desk<'_, '_>,
        mut conversation: Conversation,
        (thread, channel): (&Thread, &Channel),
        draft: Option<&Draft>,
        files: Vec<AttachmentFile>,
    ) -> Message {
        let (id, now) = (MessageId(desk.session.new_id()), desk.session.now());
        let name = Name::Message(conversation.id, id).to_string();
        let sequence = desk.session.record(EventType::MessageSent, name.clone(), conversation.ticket, Vec::new(), None);
        let is_mail = channel.kind == ChannelKind::Email;
        // Nobody can guess it.
        let mail_id = is_mail.then(|| channel.mail_id(&desk.session.token()));
        let attachments = give(desk, files, conversation.id, Carrier::Message(id));
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
            inserts: self.inserts.clone(),
            attachments,
            delivery: Delivery::Queued,
            delivery_error: String::new(),
            external_id: None,
            mail_id,
            raw_sha256: None,
            auto_reply: false,
            bounce: false,
            forwarded: false,
            list: false,
            check: None,
            cuts: Vec::new(),
            bounce_of: None,
            delivery_time: None,
            delivery_tries: 0,
            control_epoch: conversation.control.epoch,
            send_time: now,
            create_time: now,
            sequence,
        };
        conversation.outbound_mails += i64::from(is_mail) - i64::from(draft.is_some_and(|draft| draft.mail));
        conversation.message_count += 1;
        conversation.last_message_time = Some(now);
        conversation.update_time = now;
        conversation.version += 1;
        let world = &mut *desk.session.world;
        if let Some(mail_id) = &message.mail_id {
            world.mail_ids.put(mail_id.clone(), SentMail { thread: thread.id, message: id });
        }
        world.conversations.put(conversation.id, conversation);
        world.messages.put(id, message.clone());
        WaitingReply::queue(&message, channel, desk.session);
        let cause = Name::Channel(channel.id.clone()).to_string();
        desk.session.effect(EffectKind::MessageQueued, name, &cause, "The message waits to be sent.".to_owned());
        message
    }
}

fn sender_name(desk: &Desk<'_, '_>) -> String {
    match &desk.session.actor {
        Actor::User(user) => {
            desk.world().people().users.get(user).map(|user| user.display_name.clone()).unwrap_or_default()
        }
        Actor::CustomerAgent(agent) => {
            desk.world().people().agents.get(agent).map(|agent| agent.display_name.clone()).unwrap_or_default()
        }
        _ => String::new(),
    }
}
