//! Reading one conversation, one message.

use super::place;
use super::reach::may_read;
use crate::domain::conversation::{Comment, Conversation, Message};
use crate::domain::draft::Draft;
use crate::domain::ids::{CommentId, ConversationId, DraftId, MessageId};
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::ticket::Ticket;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read;

/// One conversation.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent or invisible.
pub async fn conversation(service: &Service, grant: &Grant, id: ConversationId) -> Result<Conversation, Rejection> {
    visible(service, grant, id, &Name::Conversation(id)).await
}

/// The conversation of a ticket to which a reply to the ticket goes. Who may read the ticket is judged by the caller.
///
/// # Errors
/// The storage's.
pub async fn latest(service: &Service, grant: &Grant, ticket: &Ticket) -> Result<Option<Conversation>, Rejection> {
    let all = read::related::conversations(&service.store, grant.account()?, &ticket.conversations).await;
    let all = all.map_err(|error| error.rejection())?;
    Ok(place::latest(all.iter()).cloned())
}

/// One message.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent, invisible or of another conversation.
pub async fn message(
    service: &Service,
    grant: &Grant,
    conversation: ConversationId,
    id: MessageId,
) -> Result<Message, Rejection> {
    let name = Name::Message(conversation, id);
    visible(service, grant, conversation, &name).await?;
    let account = grant.account()?;
    let found = read::conversations::message(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found
        .filter(|message| message.conversation == conversation)
        .ok_or_else(|| Rejection::NotFound { resource: name.within(account) })
}

/// One comment.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent, invisible or of another conversation.
pub async fn comment(
    service: &Service,
    grant: &Grant,
    conversation: ConversationId,
    id: CommentId,
) -> Result<Comment, Rejection> {
    let name = Name::Comment(conversation, id);
    visible(service, grant, conversation, &name).await?;
    let account = grant.account()?;
    let found = read::conversations::comment(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found
        .filter(|comment| comment.conversation == conversation)
        .ok_or_else(|| Rejection::NotFound { resource: name.within(account) })
}

/// A draft of the caller.
///
/// # Errors
/// [`Rejection::NotFound`] when it is absent, somebody else's, or its conversation is out of reach.
pub async fn draft(
    service: &Service,
    grant: &Grant,
    conversation: ConversationId,
    id: DraftId,
) -> Result<Draft, Rejection> {
    let name = Name::Draft(conversation, id);
    visible(service, grant, conversation, &name).await?;
    let account = grant.account()?;
    let found = read::drafts::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found
        .filter(|draft| draft.conversation == conversation && Some(&draft.user) == grant.rights().user.as_ref())
        .ok_or_else(|| Rejection::NotFound { resource: name.within(account) })
}

/// A conversation in the caller's reach; what is missing is called `name`.
pub(super) async fn visible(
    service: &Service,
    grant: &Grant,
    id: ConversationId,
    name: &Name,
) -> Result<Conversation, Rejection> {
    let account = grant.account()?;
    let missing = || Rejection::NotFound { resource: name.within(account) };
    let found = read::conversations::get(&service.store, account, id).await.map_err(|error| error.rejection())?;
    let found = found.ok_or_else(missing)?;
    if may_read(service, grant, &found).await? { Ok(found) } else { Err(missing()) }
}
