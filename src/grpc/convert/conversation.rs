//! Conversations, threads, messages and comments on the wire.

use crate::domain::control::{Control, Party};
use crate::domain::conversation::{
    Attachment, Comment, Conversation, Delivery, Direction, Message, SenderCheck, Verdict,
};
use crate::domain::draft::Draft;
use crate::domain::ids::{AccountId, ConversationId, MessageId, UserId};
use crate::domain::insert::Insert;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::ticket::channel_type;
use crate::grpc::convert::{actor, content, mask, name, timestamp};
use crate::grpc::pb::v1;
use crate::mail::quote;
use crate::service::content::Composed;
use crate::service::conversations::{
    DeleteComment, EditComment, Place, SeenConversation, SeenThread, Send, SentDraft, Speaking, Way, WriteComment,
};
use crate::service::desk::{etag, version_of};
use crate::service::files::{FileRules, NamedFiles};
use crate::service::grant::Grant;
use crate::service::intake::rich_text;

/// A conversation as callers see it; `comments_locked`: its ticket lets nobody comment yet.
pub fn conversation(account: &AccountId, conversation: &Conversation, comments_locked: bool) -> v1::Conversation {
    let full = |name: Name| name.within(account);
    v1::Conversation {
        name: full(Name::Conversation(conversation.id)),
        ticket: conversation.ticket.map(|number| full(Name::Ticket(number))).unwrap_or_default(),
        contact: conversation.contact.map(|id| full(Name::Contact(id))).unwrap_or_default(),
        controller: Some(controller(account, &conversation.control)),
        message_count: count(conversation.message_count),
        comment_count: count(conversation.comment_count),
        last_message_time: conversation.last_message_time.map(timestamp),
        visitor: conversation.visitor.clone(),
        channel: full(Name::Channel(conversation.channel.clone())),
        comments_locked,
        archived: conversation.archived,
        create_time: Some(timestamp(conversation.create_time)),
        update_time: Some(timestamp(conversation.update_time)),
        etag: etag(conversation.version),
    }
}

/// A conversation that a write answers with.
pub fn seen(grant: &Grant, seen: &SeenConversation) -> Option<v1::Conversation> {
    let SeenConversation { conversation, comments_locked } = seen;
    grant.account().ok().map(|account| self::conversation(account, conversation, *comments_locked))
}

/// Who speaks, as callers see it.
pub fn controller(account: &AccountId, control: &Control) -> v1::Controller {
    use v1::controller::Party as Wire;
    let name = format!("accounts/{account}/{}", control.party.path());
    v1::Controller {
        party: match &control.party {
            Party::Nobody => None,
            Party::User(_) => Some(Wire::User(name)),
            Party::Agent(_) => Some(Wire::CustomerAgent(name)),
        },
        epoch: control.epoch,
        since_time: control.since.map(timestamp),
    }
}

fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A thread as callers see it. Its reply token is a secret and not part of it.
pub fn thread(account: &AccountId, seen: &SeenThread) -> v1::Thread {
    let SeenThread { thread, window_closes } = seen;
    v1::Thread {
        name: Name::Thread(thread.conversation, thread.id).within(account),
        channel: Name::Channel(thread.channel.clone()).within(account),
        channel_type: channel_type(thread.kind).into(),
        state: if thread.is_open() { v1::ThreadState::Open } else { v1::ThreadState::Closed }.into(),
        external_key: thread.key.clone(),
        subject: thread.subject.clone(),
        reply_window_close_time: window_closes.map(timestamp),
        create_time: Some(timestamp(thread.create_time)),
        update_time: Some(timestamp(thread.update_time)),
    }
}

/// A stored message as callers read it: its HTML is cleaned again, so that nothing an older version let through passes.
/// Not for lanes, where cleaning would take everybody's time.
pub fn shown_message(account: &AccountId, message: &Message) -> v1::Message {
    v1::Message { body: Some(shown(&message.text, &message.html)), ..self::message(account, message) }
}

/// A stored comment as callers read it, cleaned again.
pub fn shown_comment(account: &AccountId, comment: &Comment) -> v1::Comment {
    v1::Comment { body: Some(shown(&comment.text, &comment.html)), ..self::comment(account, comment) }
}

/// A message as callers see it, with HTML as it is; `reply_token` stays empty but for adapters.
pub fn message(account: &AccountId, message: &Message) -> v1::Message {
    v1::Message {
        name: Name::Message(message.conversation, message.id).within(account),
        thread: Name::Thread(message.conversation, message.thread).within(account),
        direction: match message.direction {
            Direction::Inbound => v1::MessageDirection::Inbound,
            Direction::Outbound => v1::MessageDirection::Outbound,
        }
        .into(),
        sender: Some(actor(account, &message.sender)),
        recipients: message.recipients.clone(),
        body: Some(v1::RichText { text: message.text.clone(), html: message.html.clone() }),
        delivery_state: delivery(message.delivery).into(),
        delivery_error: message.delivery_error.clone(),
        external_id: message.external_id.clone().unwrap_or_default(),
        send_time: Some(timestamp(message.send_time)),
        forwarded: message.forwarded,
        auto_reply: message.auto_reply,
        attachments: attachments(account, &message.attachments),
        inserts: message.inserts.iter().map(|insert| content::insert(account, insert)).collect(),
        sender_display_name: message.sender_name.clone(),
        sender_address: message.sender_address.clone(),
        subject: message.subject.clone(),
        bounce: message.bounce,
        sender_unverified: message.sender_unverified(),
        mailing_list: message.list,
        sender_check: message.check.filter(|_| message.mail_id.is_some()).map(sender_check),
        new_text: new_text(message),
        bounce_of: message.bounce_of.map(|id| name_of(account, message, id)).unwrap_or_default(),
        delivery_time: message.delivery_time.map(timestamp),
        delivery_tries: count(message.delivery_tries),
        control_epoch: message.control_epoch,
        mail_id: message.mail_id.clone().unwrap_or_default(),
        reply_token: String::new(),
        raw_mail: message
            .attachments
            .iter()
            .find(|file| file.raw)
            .map(|file| file_name(account, file))
            .unwrap_or_default(),
        create_time: Some(timestamp(message.create_time)),
        sequence: message.sequence,
    }
}

/// The outgoing message that a report is about: it lies in the same conversation, unless a split took one of them away.
fn name_of(account: &AccountId, report: &Message, id: MessageId) -> String {
    Name::Message(report.conversation, id).within(account)
}

fn sender_check(check: SenderCheck) -> v1::SenderCheck {
    let verdict = |verdict| match verdict {
        Verdict::Pass => v1::SenderVerdict::Pass,
        Verdict::Fail => v1::SenderVerdict::Fail,
        Verdict::None => v1::SenderVerdict::None,
    };
    v1::SenderCheck {
        verdict: verdict(check.verdict).into(),
        spf: verdict(check.spf).into(),
        dkim: verdict(check.dkim).into(),
        dmarc: verdict(check.dmarc).into(),
    }
}

/// What a mail says anew; empty where all of its text is.
fn new_text(message: &Message) -> String {
    if message.cuts.is_empty() { String::new() } else { quote::new_text(&message.text, &message.cuts) }
}

/// A comment as callers see it.
pub fn comment(account: &AccountId, comment: &Comment) -> v1::Comment {
    v1::Comment {
        name: Name::Comment(comment.conversation, comment.id).within(account),
        author: Some(actor(account, &comment.author)),
        body: Some(v1::RichText { text: comment.text.clone(), html: comment.html.clone() }),
        mentions: users(account, &comment.mentions),
        attachments: attachments(account, &comment.attachments),
        edit_time: comment.edit_time.map(timestamp),
        create_time: Some(timestamp(comment.create_time)),
        etag: etag(comment.version),
        sequence: comment.sequence,
    }
}

/// Stored text with its HTML cleaned again.
pub fn shown(text: &str, html: &str) -> v1::RichText {
    let html = if html.is_empty() { String::new() } else { crate::mail::sanitize::html(html) };
    v1::RichText { text: text.to_owned(), html }
}

/// The files of a message, comment or draft; a whole mail is none of them.
pub fn attachments(account: &AccountId, files: &[Attachment]) -> Vec<v1::AttachmentInfo> {
    files.iter().filter(|file| !file.raw).map(|file| attachment(account, file)).collect()
}

fn file_name(account: &AccountId, file: &Attachment) -> String {
    file.id.map(|id| Name::Attachment(id).within(account)).unwrap_or_default()
}

/// The files that a request names.
///
/// # Errors
/// References that cannot exist.
pub fn named_files(
    grant: &Grant,
    field: &str,
    files: &[v1::AttachmentInfo],
    rules: FileRules,
) -> Result<NamedFiles, Rejection> {
    let ids = files.iter().filter_map(|file| name::attachment_ref(grant, field, &file.name).transpose());
    Ok(NamedFiles { ids: ids.collect::<Result<_, _>>()?, rules })
}

fn attachment(account: &AccountId, file: &Attachment) -> v1::AttachmentInfo {
    v1::AttachmentInfo {
        name: file_name(account, file),
        filename: file.filename.clone(),
        mime_type: file.mime_type.clone(),
        size_bytes: file.size_bytes,
        content_id: file.content_id.clone(),
        embedded: file.embedded,
    }
}

/// How far a message has come, on the wire.
pub fn delivery(delivery: Delivery) -> v1::DeliveryState {
    match delivery {
        Delivery::Received => v1::DeliveryState::Received,
        Delivery::Queued => v1::DeliveryState::Queued,
        Delivery::Sent => v1::DeliveryState::Sent,
        Delivery::Delivered => v1::DeliveryState::Delivered,
        Delivery::Read => v1::DeliveryState::Read,
        Delivery::Failed => v1::DeliveryState::Failed,
    }
}

/// Text and HTML that somebody wrote, cleaned; something must be left, unless `files` say it.
fn written(field: &str, body: Option<v1::RichText>, files: bool) -> Result<(String, String), Rejection> {
    let body = body.unwrap_or_default();
    let (text, html) = rich_text(&body.text, &body.html);
    if text.trim().is_empty() && !html.contains("<img ") && !files {
        return Err(Rejection::field(field, "REQUIRED", "must say something"));
    }
    Ok((text, html))
}

/// What was read and filled before the lane for a reply.
#[derive(Debug, Default)]
pub struct Prepared {
    /// The draft that is sent; none when there is none, or not any more.
    pub draft: Option<Draft>,
    /// The words, with what is inserted.
    pub composed: Composed,
    /// What is inserted.
    pub inserts: Vec<Insert>,
    /// Files.
    pub files: NamedFiles,
}

/// The use case of a `SendMessage` request.
///
/// # Errors
/// An empty body, and references that cannot exist.
pub fn send(grant: &Grant, request: &v1::SendMessageRequest, prepared: Prepared) -> Result<Send, Rejection> {
    let place = place(grant, "parent", &request.parent)?;
    let named = name::draft_ref(grant, "draft", &request.draft)?;
    let Prepared { draft, composed, inserts, files } = prepared;
    let sent = named.map(|(conversation, id)| {
        let version = draft.as_ref().map(|draft| draft.version);
        SentDraft { conversation, id, version }
    });
    let way = match (&sent, &draft, &request.message) {
        (Some(_), _, Some(_)) => {
            return Err(Rejection::field("draft", "INCONSISTENT", "is sent as it is, without a message beside it"));
        }
        (Some(_), Some(draft), None) => way_of(draft),
        // Not there any more: the lane says so, after a repeated call had its answer.
        (Some(_), None, None) => Way::Thread(None),
        (None, _, Some(message)) => {
            way(grant, ["message.thread", &message.thread], ["new_thread_channel", &request.new_thread_channel])?
        }
        (None, _, None) => return Err(Rejection::field("message", "REQUIRED", "must be set, or draft")),
    };
    let gone = sent.is_some() && draft.is_none();
    let has_files = !files.ids.is_empty() || draft.as_ref().is_some_and(|draft| !draft.attachments.is_empty());
    if !gone && !has_files && says_nothing(&composed) && inserts.iter().all(|insert| insert.placed) {
        let field = if sent.is_some() { "draft" } else { "message.body" };
        return Err(Rejection::field(field, "REQUIRED", "must say something"));
    }
    let Composed { subject, text, html, filled_for } = composed;
    let speaking = Speaking { epoch: epoch(request.control_epoch), take: request.take_control };
    Ok(Send { place, way, draft: sent, subject, text, html, inserts, filled_for, files, speaking })
}

/// The epoch of control that a caller says; 0 says none.
pub fn epoch(given: i64) -> Option<i64> {
    (given != 0).then_some(given)
}

fn says_nothing(composed: &Composed) -> bool {
    composed.text.trim().is_empty() && !composed.html.contains("<img ")
}

fn way_of(draft: &Draft) -> Way {
    match draft.thread {
        Some(thread) => Way::Thread(Some((draft.conversation, thread))),
        None => Way::NewOn(draft.channel.clone()),
    }
}

/// Where something is said.
///
/// # Errors
/// A name of anything else.
pub fn place(grant: &Grant, field: &str, text: &str) -> Result<Place, Rejection> {
    match name::subject(grant, field, text)? {
        Name::Conversation(id) => Ok(Place::Conversation(id)),
        Name::Ticket(number) => Ok(Place::Ticket(number)),
        _ => Err(Rejection::NameInvalid { field: field.to_owned(), value: text.to_owned() }),
    }
}

/// Which way it goes: a thread, or a new one on a channel; each is a field with its value.
///
/// # Errors
/// References that cannot exist, and both at once.
pub fn way(grant: &Grant, thread: [&str; 2], channel: [&str; 2]) -> Result<Way, Rejection> {
    let named = name::thread_ref(grant, thread[0], thread[1])?;
    match name::channel_ref(grant, channel[0], channel[1])? {
        Some(_) if named.is_some() => {
            Err(Rejection::field(channel[0], "INCONSISTENT", "begins a thread and is left out beside one"))
        }
        Some(id) => Ok(Way::NewOn(id)),
        None => Ok(Way::Thread(named)),
    }
}

/// The subject of a mail on one line; may be empty.
pub fn subject(text: &str) -> String {
    crate::domain::ticket::ticket_name(text).unwrap_or_default()
}

/// Names of users.
pub fn users(account: &AccountId, ids: &[UserId]) -> Vec<String> {
    ids.iter().map(|id| Name::User(id.clone()).within(account)).collect()
}

/// The use case of a `CreateComment` request.
///
/// # Errors
/// An empty body.
pub fn write_comment(
    grant: &Grant,
    request: v1::CreateCommentRequest,
    rules: FileRules,
) -> Result<WriteComment, Rejection> {
    let place = place(grant, "parent", &request.parent)?;
    let comment = request.comment.unwrap_or_default();
    let files = named_files(grant, "comment.attachments", &comment.attachments, rules)?;
    let (text, html) = written("comment.body", comment.body, !files.ids.is_empty())?;
    Ok(WriteComment { place, text, html, files })
}

/// The use case of an `UpdateComment` request.
///
/// # Errors
/// An empty body, and a mask that is wrong.
pub fn edit_comment(grant: &Grant, request: v1::UpdateCommentRequest) -> Result<EditComment, Rejection> {
    let output_only = ["name", "author", "mentions", "attachments", "edit_time", "create_time", "etag", "sequence"];
    let paths = mask::paths(request.update_mask.as_ref(), &["body"], &output_only)?;
    let given = name::required("comment", request.comment)?;
    let (conversation, comment) = name::comment(grant, "comment.name", &given.name)?;
    let body = if paths.is_empty() { None } else { Some(written("comment.body", given.body, false)?) };
    Ok(EditComment { conversation, comment, body, etag: version_of(&given.etag) })
}

/// The use case of a `DeleteComment` request.
///
/// # Errors
/// A name that is none.
pub fn delete_comment(grant: &Grant, request: v1::DeleteCommentRequest) -> Result<DeleteComment, Rejection> {
    let v1::DeleteCommentRequest { name: comment, etag, .. } = request;
    let (conversation, comment) = name::comment(grant, "name", &comment)?;
    Ok(DeleteComment { conversation, comment, etag: version_of(&etag) })
}

/// Whose messages are listed: one conversation's, or those of all in reach.
///
/// # Errors
/// A name of anything else.
pub fn messages_of(grant: &Grant, parent: &str) -> Result<Option<ConversationId>, Rejection> {
    match name::subject(grant, "parent", parent)? {
        Name::Conversation(id) => Ok(Some(id)),
        Name::EveryConversation => Ok(None),
        _ => Err(Rejection::NameInvalid { field: "parent".to_owned(), value: parent.to_owned() }),
    }
}
