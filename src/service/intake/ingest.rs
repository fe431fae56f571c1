//! One inbound message: the heart of the service. Everything that costs time was done before the lane (W7).

use super::begin::begin;
use super::contact::{Writer, writer};
use super::{bounce, thread};
use crate::domain::attachment::AttachmentFile;
use crate::domain::channel::{Channel, ChannelKind, Target};
use crate::domain::contact::{Contact, Point};
use crate::domain::conversation::{
    Attachment, Conversation, Cut, Delivery, Direction, Message, SenderCheck, Thread, Verdict,
};
use crate::domain::event::{Actor, EventType, FieldChange, SystemActor};
use crate::domain::ids::{ChannelId, ContactId, CustomerAgentId, MessageId, ThreadId, TicketNumber, UserId};
use crate::domain::life::MOST_MAILED;
use crate::domain::names::Name;
use crate::domain::pipeline::{Status, first_status};
use crate::domain::rejection::Rejection;
use crate::domain::routing::{Outcome, RoutingCause, UnassignedReason};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::mail::DeliveryReport;
use crate::mail::classify::is_no_reply_address;
use crate::service::conversations::wake_thread;
use crate::service::customer_agents::after_inbound;
use crate::service::decisions::FoundDecision;
use crate::service::desk::{Desk, UseCase};
use crate::service::files::{Carrier, FileRules, NamedFiles, Owner, RawMail, give};
use crate::service::mail::count_mail;
use crate::service::notifications::tell_followers;
use crate::service::pipelines::{after_answer, tell_entered};
use crate::service::routing::{reroute_reopened, route_found};
use crate::service::tickets::{assignment_changes, created_fields};
use crate::service::users::release_reopened;
use crate::storage::lane::{Keys, World};

/// Who wrote, as the adapter says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sender {
    /// Name as given.
    pub name: String,
    /// Address as given.
    pub address: String,
    /// The address in the form it is compared in.
    pub point: Option<Point>,
    /// SHA-256 of the browser's cookie.
    pub cookie: Option<String>,
    /// The contact, where the adapter knows it.
    pub contact: Option<ContactId>,
}

/// What only a raw mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts; a mail can be any mixture of them")]
pub struct MailFacts {
    /// Its Message-ID.
    pub mail_id: Option<String>,
    /// Tags of its recipients, of which one may be a reply token of ours.
    pub reply_tokens: Vec<String>,
    /// Message-IDs it says it answers, nearest first.
    pub answers: Vec<String>,
    /// Its bytes, where they are kept.
    pub raw: Option<RawMail>,
    /// Written by a machine.
    pub auto_reply: bool,
    /// A delivery report.
    pub bounce: bool,
    /// What it says.
    pub report: Option<DeliveryReport>,
    /// Forwards another one.
    pub forwarded: bool,
    /// Came through a list or in bulk.
    pub list: bool,
    /// What of its text is not new.
    pub cuts: Vec<Cut>,
}

/// Takes in one message.
#[derive(Debug, Clone)]
pub struct Ingest {
    /// The channel it came on.
    pub channel: ChannelId,
    /// What keeps it from being stored twice (T-20).
    pub external_id: String,
    /// The adapter's key of the thread; may be empty.
    pub thread_key: String,
    /// Who wrote it.
    pub sender: Sender,
    /// Subject; may be empty.
    pub subject: String,
    /// Name of the form; may be empty.
    pub form_name: String,
    /// Plain text.
    pub text: String,
    /// Cleaned HTML.
    pub html: String,
    /// Files of the raw mail.
    pub attachments: Vec<Attachment>,
    /// Files that the adapter uploaded.
    pub files: NamedFiles,
    /// What a raw mail says beside.
    pub mail: Option<MailFacts>,
    /// What the adapter found about the sender.
    pub check: SenderCheck,
    /// When it was written, if known.
    pub send_time: Option<Timestamp>,
    /// Tickets that one contact may open in an hour (L-27); 0: any number.
    pub most_tickets: i64,
    /// Who gets the ticket, where routing does not say.
    pub given: Given,
}

/// Who gets a new ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Given {
    /// Whom routing says.
    #[default]
    Routed,
    /// This person, who took the call.
    To(UserId),
    /// Nobody yet.
    Nobody,
}

/// What became of a message.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "the four answers of the contract")]
pub struct Ingested {
    /// Its ticket.
    pub ticket: Option<Ticket>,
    /// The message.
    pub message: Message,
    /// The contact.
    pub contact: Option<Contact>,
    /// A ticket was made.
    pub ticket_created: bool,
    /// A closed ticket was opened again.
    pub ticket_reopened: bool,
    /// A contact was made.
    pub contact_created: bool,
    /// It was here already.
    pub duplicate: bool,
    /// A thread was made.
    pub thread_created: bool,
    /// Who got the new ticket and why.
    pub decision: Option<FoundDecision>,
}

impl UseCase for Ingest {
    type Outcome = Ingested;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.name_needs(world, keys);
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Ingested, Rejection> {
        let channel = self.open_channel(desk)?;
        if let Some(known) = self.again(desk) {
            return Ok(known);
        }
        let files = self.find_files(desk)?;
        let reported = bounce::find(self, desk.world(), &channel);
        // A mail server is nobody's contact.
        let writer = if reported.is_some() { Writer::nobody() } else { writer(self, desk)? };
        desk.session.actor = writer.actor();
        desk.session.mail.automatic = self.forbids_mail();
        desk.session.mail.writer.clone_from(&self.sender.address);
        let (found, about) = match reported {
            Some((place, about)) => (Some(place), Some(about)),
            None => (thread::find(self, desk.world(), &channel, &writer), None),
        };
        let (place, ticket_created) = match found {
            Some(found) => (found, false),
            None => begin(self, desk, &channel, &writer),
        };
        let arrived = Arrived { place, ticket_created, channel, writer, about, files };
        Ok(self.take_in(desk, arrived))
    }
}

/// A conversation to write to, in its thread.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub thread: Thread,
    pub conversation: Conversation,
}

/// A message whose writer and place are known.
struct Arrived {
    place: Place,
    ticket_created: bool,
    channel: Channel,
    writer: Writer,
    /// The message of ours that it reports about.
    about: Option<MessageId>,
    files: Vec<AttachmentFile>,
}

impl Ingest {
    fn open_channel(&self, desk: &Desk<'_, '_>) -> Result<Channel, Rejection> {
        let name = Name::Channel(self.channel.clone());
        let channel = desk.world().people().channels.get(&self.channel).cloned();
        let channel = channel.ok_or_else(|| desk.not_found(&name))?;
        if !channel.enabled {
            return Err(Rejection::ChannelDisabled { channel: desk.name(&name) });
        }
        if self.mail.is_some() && channel.kind != ChannelKind::Email {
            return Err(Rejection::field("message.raw_mail", "NOT_ALLOWED", "only an email channel takes raw mail"));
        }
        Ok(channel)
    }

    /// Writes the message to its place, with everything that follows from it.
    fn take_in(&self, desk: &mut Desk<'_, '_>, arrived: Arrived) -> Ingested {
        let Arrived { place: Place { mut thread, mut conversation }, ticket_created, channel, writer, about, files } =
            arrived;
        let thread_created = conversation.message_count == 0;
        let now = desk.session.now();
        self.adopt(desk, &mut conversation, &writer);
        let moved = self.touch_ticket(desk, thread.id, &conversation, ticket_created);
        if ticket_created && let Some(number) = conversation.ticket {
            let said = created_fields(desk, &desk.saved_ticket(number));
            desk.ticket_event(EventType::TicketCreated, number, said);
        }
        let message = self.store(desk, &thread, &writer, files);
        let message = about_another(desk, message, about);
        if let (Some(about), Some(says)) = (about, self.mail.as_ref().and_then(|mail| mail.report.as_ref())) {
            bounce::settle(desk, about, says);
        }
        conversation.message_count += 1;
        conversation.last_message_time = Some(now);
        conversation.update_time = now;
        conversation.version += 1;
        wake_thread(desk, &mut thread, conversation.ticket);
        thread.update_time = now;
        thread.mute = message.by_machine() || self.check.verdict == Verdict::Fail;
        self.heard(&mut thread, &message);
        let number = conversation.ticket;
        desk.session.world.threads.put(thread.id, thread);
        desk.session.world.conversations.put(conversation.id, conversation);
        writer.tell(desk);
        if let Some((before, after)) = &moved {
            tell_entered(desk, before, after, "a message");
        }
        let routed = number.filter(|_| ticket_created);
        let mut decision = None;
        if let Some(number) = number {
            desk.session.mail.full = desk.saved_ticket(number).life.mailed.so_far(now) >= MOST_MAILED;
            tell_followers(desk, &message, number);
            decision = routed.and_then(|number| self.give_out(desk, number, &channel));
            count_mail(desk, number);
        }
        let reopened = moved.filter(|(before, after)| !before.open && after.open);
        let again = reopened.as_ref().and_then(|(_, after)| {
            reroute_reopened(desk, after.number).or_else(|| release_reopened(desk, after.number))
        });
        after_inbound(desk, &message, agent_of(&channel, thread_created, decision.as_ref(), &self.given));
        let decision = decision.or(again);
        Ingested {
            ticket: number.map(|number| desk.saved_ticket(number)),
            message,
            ticket_created,
            ticket_reopened: reopened.is_some(),
            contact_created: writer.made,
            contact: writer.contact,
            duplicate: false,
            thread_created,
            decision,
        }
    }

    /// A reply window runs from when the contact wrote, however late that comes in; without one the clock of the writer
    /// does not count. The one open thread of a contact is answered where the contact wrote from last, if that is an address
    /// of the channel's kind and was not found to be forged; mail threads keep theirs (T-22).
    fn heard(&self, thread: &mut Thread, message: &Message) {
        let wrote = if thread.kind.has_window() { message.send_time } else { message.create_time };
        let fits = |kind| thread.kind.point_kind().is_none_or(|wanted| wanted == kind);
        let answers = self.sender.point.as_ref().is_some_and(|point| fits(point.kind));
        let goes_on = thread.kind.continues_open_thread() && self.thread_key.is_empty();
        let newest = thread.last_contact_time.is_none_or(|last| wrote >= last);
        if answers && goes_on && newest && self.check.verdict != Verdict::Fail {
            thread.address.clone_from(&self.sender.address);
        }
        if self.by_a_person() {
            thread.last_contact_time = thread.last_contact_time.max(Some(wrote));
        }
    }

    /// Gives out a new ticket, as routing says or as it is given already.
    fn give_out(&self, desk: &mut Desk<'_, '_>, number: TicketNumber, channel: &Channel) -> Option<FoundDecision> {
        match &self.given {
            Given::Routed => return Some(route_found(desk, number, channel, RoutingCause::Created)),
            Given::To(user) => hand_over(desk, number, user),
            Given::Nobody => {}
        }
        None
    }

    /// A conversation with a visitor who turns out to be known is the contact's from now on. Never by mail, where a
    /// thread may be joined by others.
    fn adopt(&self, desk: &mut Desk<'_, '_>, conversation: &mut Conversation, writer: &Writer) {
        let Some(contact) = writer.contact.as_ref().filter(|_| self.mail.is_none()) else { return };
        if conversation.contact.is_some() || conversation.message_count == 0 {
            return;
        }
        conversation.contact = Some(contact.id);
        conversation.visitor.clear();
        let Some(mut ticket) = conversation.ticket.and_then(|number| desk.world().tickets.get(&number).cloned()) else {
            return;
        };
        if ticket.contact.is_none() {
            let number = ticket.number;
            ticket.contact = Some(contact.id);
            desk.save_ticket(ticket);
            let change = FieldChange::of("contact", "", desk.name(&Name::Contact(contact.id)));
            desk.ticket_event(EventType::TicketUpdated, number, change.into_iter().collect());
        }
    }

    /// Marks the ticket of an existing thread, opens it again when it was closed (C-038, C-069), and else brings it to the
    /// status that its pipeline has for answers. The pair is the ticket before and after its status changed.
    fn touch_ticket(
        &self,
        desk: &mut Desk<'_, '_>,
        thread: ThreadId,
        conversation: &Conversation,
        new: bool,
    ) -> Option<(Ticket, Ticket)> {
        let before = desk.world().tickets.get(&conversation.ticket.filter(|_| !new)?).cloned()?;
        let mut after = before.clone();
        if self.by_a_person() {
            after.last_contact_message_time = Some(desk.session.now());
        }
        let counts = before.life.spam_time.is_none() && self.may_move(desk);
        let status = if counts { self.next_status(desk, thread, &before) } else { None };
        let moved = status.as_ref().is_some_and(|it| after.enter(it, None, desk.closing(&before.pipeline)));
        desk.move_load(Some(&before), &after, false);
        desk.save_ticket(after.clone());
        if counts && !before.open && status.is_none() {
            // Every pipeline has an open status (C-071); data that is older may lack one.
            let why = FieldChange::of("reason", "", "NO_OPEN_STATUS").into_iter().collect();
            let actor = Actor::System(SystemActor::Pipeline);
            desk.automatic_event(EventType::TicketAutomationSkipped, before.number, why, actor);
        }
        moved.then_some((before, after))
    }

    /// The first open status for a closed ticket, whatever the settings. An open one follows the rule for answers
    /// on the thread that it began with, and on every thread once it was closed and opened again.
    fn next_status(&self, desk: &Desk<'_, '_>, thread: ThreadId, ticket: &Ticket) -> Option<Status> {
        if !ticket.open {
            return first_status(desk.world().people().statuses_of(&ticket.pipeline), true).cloned();
        }
        let counts = ticket.life.origin == Some(thread) || ticket.life.reopened;
        if self.mail.is_some() && counts { after_answer(desk, ticket) } else { None }
    }

    /// Whether the message may change a status at all: no forwarded mail and no answer to one (R-167, R-168, C-072), nothing
    /// that machines write (C-076), no mail of a user's own mailbox.
    fn may_move(&self, desk: &Desk<'_, '_>) -> bool {
        let Some(mail) = &self.mail else { return true };
        let (world, sender) = (desk.world(), User::email_key(&self.sender.address));
        let answered = mail.answers.first().map(|id| (self.channel.clone(), id.clone()));
        let answered = answered.and_then(|key| world.messages.peek(world.external_ids.peek(&key)?));
        let forwarded = mail.forwarded || answered.is_some_and(|message| message.forwarded);
        self.by_a_person() && !forwarded && world.people().emails.get(&sender).is_none()
    }

    fn by_a_person(&self) -> bool {
        !self.mail.as_ref().is_some_and(|mail| mail.auto_reply || mail.bounce)
    }

    /// Whether no mail may follow from this one by itself (T-24). What comes through a list may be a person's all the same,
    /// and opens a ticket again.
    fn forbids_mail(&self) -> bool {
        let Some(mail) = &self.mail else { return false };
        mail.auto_reply || mail.bounce || mail.list || is_no_reply_address(&self.sender.address)
    }

    /// The files that the adapter uploaded for this channel, the whole mail among them where it came so.
    fn find_files(&self, desk: &Desk<'_, '_>) -> Result<Vec<AttachmentFile>, Rejection> {
        let creator = desk.grant.actor();
        let owner = Owner { creator: &creator, channel: Some(&self.channel), draft: None };
        if let Some(id) = self.mail.as_ref().and_then(|mail| mail.raw.as_ref()?.upload) {
            let rules = FileRules { together: u64::MAX, ..self.files.rules };
            NamedFiles { ids: vec![id], rules }.find(desk, owner, "message.raw_mail_attachment")?;
        }
        let field = if self.given == Given::Routed { "message.attachments" } else { "recording" };
        self.files.find(desk, owner, field)
    }

    fn store(&self, desk: &mut Desk<'_, '_>, thread: &Thread, writer: &Writer, files: Vec<AttachmentFile>) -> Message {
        let id = MessageId(desk.session.new_id());
        let ticket = desk.world().conversations.get(&thread.conversation).and_then(|found| found.ticket);
        let name = Name::Message(thread.conversation, id).to_string();
        let sequence = desk.session.record(EventType::MessageReceived, name, ticket, Vec::new(), None);
        let mut message = self.message(id, thread, writer.actor(), sequence, desk.session.now());
        message.attachments = match self.mail.as_ref().and_then(|mail| mail.raw.as_ref()) {
            Some(raw) => raw.store(desk, &self.attachments, thread.conversation, id),
            None if self.mail.is_some() => self.attachments.clone(),
            None => give(desk, files, thread.conversation, Carrier::Message(id)),
        };
        let world = &mut *desk.session.world;
        world.external_ids.put((self.channel.clone(), self.external_id.clone()), id);
        world.messages.put(id, message.clone());
        message
    }

    fn message(&self, id: MessageId, thread: &Thread, sender: Actor, sequence: i64, now: Timestamp) -> Message {
        let flag = |pick: fn(&MailFacts) -> bool| self.mail.as_ref().is_some_and(pick);
        Message {
            id,
            conversation: thread.conversation,
            thread: thread.id,
            channel: self.channel.clone(),
            direction: Direction::Inbound,
            sender,
            sender_name: self.sender.name.clone(),
            sender_address: self.sender.address.clone(),
            recipients: Vec::new(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: self.html.clone(),
            inserts: Vec::new(),
            attachments: Vec::new(),
            delivery: Delivery::Received,
            delivery_error: String::new(),
            external_id: Some(self.external_id.clone()),
            mail_id: self.mail.as_ref().and_then(|mail| mail.mail_id.clone()),
            raw_sha256: self.mail.as_ref().and_then(|mail| Some(mail.raw.as_ref()?.sha256.clone())),
            auto_reply: flag(|mail| mail.auto_reply),
            bounce: flag(|mail| mail.bounce),
            forwarded: flag(|mail| mail.forwarded),
            list: flag(|mail| mail.list),
            check: Some(self.check),
            cuts: self.mail.as_ref().map(|mail| mail.cuts.clone()).unwrap_or_default(),
            bounce_of: None,
            delivery_time: None,
            delivery_tries: 0,
            control_epoch: 0,
            send_time: self.send_time.map_or(now, |time| time.min(now)),
            create_time: now,
            sequence,
        }
    }
}

/// Gives a new ticket to whom it is with already.
fn hand_over(desk: &mut Desk<'_, '_>, number: TicketNumber, user: &UserId) {
    let before = desk.saved_ticket(number);
    let mut after = before.clone();
    after.assign(user.clone(), desk.session.now());
    let fields = assignment_changes(desk, &before, &after);
    desk.move_load(Some(&before), &after, true);
    desk.save_ticket(after);
    desk.automatic_event(EventType::TicketAssigned, number, fields, Actor::System(SystemActor::Router));
}

/// The customer agent to which a new conversation goes: as the routing of its ticket decided, and without ticket as the
/// channel says.
fn agent_of(channel: &Channel, new: bool, found: Option<&FoundDecision>, given: &Given) -> Option<CustomerAgentId> {
    let to_agent = Outcome::LeftUnassigned(UnassignedReason::CustomerAgent);
    let routed = found.is_none_or(|found| found.decision.decision.outcome == to_agent) && *given == Given::Routed;
    match &channel.routing.target {
        Target::CustomerAgent { agent } if new && routed => Some(agent.clone()),
        _ => None,
    }
}

/// Says of a stored report which message it is about.
fn about_another(desk: &mut Desk<'_, '_>, message: Message, about: Option<MessageId>) -> Message {
    let Some(about) = about else { return message };
    let message = Message { bounce_of: Some(about), ..message };
    desk.session.world.messages.put(message.id, message.clone());
    message
}
