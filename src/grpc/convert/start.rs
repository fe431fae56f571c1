//! Connecting contacts with tickets and visitors, and ending threads, on the wire.

use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::grpc::convert::{contact, conversation, name, routing, ticket};
use crate::grpc::pb::v1;
use crate::service::contacts::Who;
use crate::service::conversations::{
    ChangeThread, MoveToHelpDesk, MovedToHelpDesk, ReleaseControl, Start, Started, TakeControl, Tie, Tied,
};
use crate::service::desk::version_of;
use crate::service::grant::Grant;

/// Names in one answer.
const NAMES: usize = 100;

/// The use case of a `StartConversation` request.
///
/// # Errors
/// References that cannot exist.
pub fn start(grant: &Grant, request: v1::StartConversationRequest) -> Result<Start, Rejection> {
    use v1::start_conversation_request::Who as Given;
    let who = match request.who {
        None => None,
        Some(Given::Contact(text)) => name::contact_ref(grant, "contact", &text)?.map(Who::Known),
        Some(Given::NewContact(new)) => Some(Who::New(contact::values(grant, "new_contact.owner", new)?)),
    };
    Ok(Start {
        ticket: name::ticket(grant, "ticket", &request.ticket)?,
        who,
        channel: name::required("channel", name::channel_ref(grant, "channel", &request.channel)?)?,
        subject: conversation::subject(&request.subject),
        etag: version_of(&request.etag),
    })
}

/// What was begun.
pub fn started(grant: &Grant, started: &Started) -> v1::StartConversationResponse {
    let Ok(account) = grant.account() else { return v1::StartConversationResponse::default() };
    v1::StartConversationResponse {
        conversation: Some(conversation::conversation(account, &started.conversation, started.comments_locked)),
        thread: Some(conversation::thread(account, &started.thread)),
        contact: Some(contact::contact(account, &started.contact)),
        mutation: None,
    }
}

/// The use case of a `TieVisitor` request.
///
/// # Errors
/// References that cannot exist, and nobody at all.
pub fn tie(grant: &Grant, request: v1::TieVisitorRequest) -> Result<Tie, Rejection> {
    use v1::tie_visitor_request::Who as Given;
    let (conversation, message) = name::message(grant, "name", &request.name)?;
    let who = match request.who {
        None => None,
        Some(Given::Contact(text)) => name::contact_ref(grant, "contact", &text)?.map(Who::Known),
        Some(Given::NewContact(new)) => Some(Who::New(contact::values(grant, "new_contact.owner", new)?)),
    };
    let who = who.ok_or_else(|| Rejection::field("contact", "REQUIRED", "must be set, or new_contact"))?;
    Ok(Tie { conversation, message, who })
}

/// What is the contact's now.
pub fn tied(grant: &Grant, tied: &Tied) -> v1::TieVisitorResponse {
    let Ok(account) = grant.account() else { return v1::TieVisitorResponse::default() };
    let person = contact::contact(account, &tied.contact);
    let conversations = tied.conversations.iter().take(NAMES);
    let tickets = tied.tickets.iter().take(NAMES);
    v1::TieVisitorResponse {
        contact: Some(person),
        conversations: conversations.map(|id| Name::Conversation(*id).within(account)).collect(),
        tickets: tickets.map(|number| Name::Ticket(*number).within(account)).collect(),
        mutation: None,
    }
}

/// The use case of a `MoveToHelpDesk` request.
///
/// # Errors
/// A name of anything else.
pub fn to_help_desk(grant: &Grant, request: v1::MoveToHelpDeskRequest) -> Result<MoveToHelpDesk, Rejection> {
    let conversation = name::conversation(grant, "name", &request.name)?;
    Ok(MoveToHelpDesk { conversation, subject: request.subject })
}

/// A conversation that has a ticket now.
pub fn moved(grant: &Grant, moved: &MovedToHelpDesk) -> v1::MoveToHelpDeskResponse {
    let Ok(account) = grant.account() else { return v1::MoveToHelpDeskResponse::default() };
    v1::MoveToHelpDeskResponse {
        conversation: Some(conversation::conversation(account, &moved.conversation, moved.comments_locked)),
        ticket: Some(ticket::ticket(account, &moved.ticket)),
        routing_decision: Some(routing::decision(account, &moved.decision)),
        mutation: None,
    }
}

/// The use case of a `TakeControl` request.
///
/// # Errors
/// A name of anything else.
pub fn take_control(grant: &Grant, request: v1::TakeControlRequest) -> Result<TakeControl, Rejection> {
    let v1::TakeControlRequest { name, control_epoch, etag, .. } = request;
    let conversation = name::conversation(grant, "name", &name)?;
    Ok(TakeControl { conversation, epoch: conversation::epoch(control_epoch), etag: version_of(&etag) })
}

/// The use case of a `ReleaseControl` request.
///
/// # Errors
/// A name of anything else.
pub fn release_control(grant: &Grant, request: v1::ReleaseControlRequest) -> Result<ReleaseControl, Rejection> {
    let v1::ReleaseControlRequest { name, control_epoch, etag, .. } = request;
    let conversation = name::conversation(grant, "name", &name)?;
    Ok(ReleaseControl { conversation, epoch: conversation::epoch(control_epoch), etag: version_of(&etag) })
}

/// The use case of a `CloseThread` request.
///
/// # Errors
/// A name of anything else.
pub fn close(grant: &Grant, request: &v1::CloseThreadRequest) -> Result<ChangeThread, Rejection> {
    change(grant, &request.name, false)
}

/// The use case of a `ReopenThread` request.
///
/// # Errors
/// A name of anything else.
pub fn reopen(grant: &Grant, request: &v1::ReopenThreadRequest) -> Result<ChangeThread, Rejection> {
    change(grant, &request.name, true)
}

fn change(grant: &Grant, text: &str, open: bool) -> Result<ChangeThread, Rejection> {
    let (conversation, thread) = name::thread(grant, "name", text)?;
    Ok(ChangeThread { conversation, thread, open })
}
