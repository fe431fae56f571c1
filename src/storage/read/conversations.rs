//! Reading what was said. Who may see it is judged by the caller of these.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::dialect::among;
use super::super::rows::{Stored, channel, comment, conversation, message, thread};
use super::super::{Store, StoreError};
use crate::domain::channel::Channel;
use crate::domain::conversation::{Comment, Conversation, Direction, Message, Thread};
use crate::domain::ids::{AccountId, ChannelId, CommentId, ConversationId, MessageId, ThreadId};

/// One conversation, whoever may see it.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: ConversationId) -> Result<Option<Conversation>, StoreError> {
    let found = conversation::Entity::find()
        .filter(conversation::Column::AccountId.eq(account.as_str()))
        .filter(conversation::Column::Id.eq(id.0))
        .one(store.reader())
        .await?;
    Ok(found.map(Conversation::from_row).transpose()?)
}

/// One message, whoever may see it.
///
/// # Errors
/// The database's.
pub async fn message(store: &Store, account: &AccountId, id: MessageId) -> Result<Option<Message>, StoreError> {
    let found = message::Entity::find()
        .filter(message::Column::AccountId.eq(account.as_str()))
        .filter(message::Column::Id.eq(id.0))
        .one(store.reader())
        .await?;
    Ok(found.map(Message::from_row).transpose()?)
}

/// One comment, whoever may see it.
///
/// # Errors
/// The database's.
pub async fn comment(store: &Store, account: &AccountId, id: CommentId) -> Result<Option<Comment>, StoreError> {
    let found = comment::Entity::find()
        .filter(comment::Column::AccountId.eq(account.as_str()))
        .filter(comment::Column::Id.eq(id.0))
        .one(store.reader())
        .await?;
    Ok(found.map(Comment::from_row).transpose()?)
}

/// One thread.
///
/// # Errors
/// The database's.
pub async fn thread(store: &Store, account: &AccountId, id: ThreadId) -> Result<Option<Thread>, StoreError> {
    let found = thread::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(found.map(Thread::from_row).transpose()?)
}

/// Message-IDs of the mails of a thread before this one, oldest first, at most the nearest `limit`; each with whether it
/// came in. Reports about mails that could not be delivered are left out.
///
/// # Errors
/// The database's.
pub async fn mails_before(
    store: &Store,
    account: &AccountId,
    message: &Message,
    limit: u64,
) -> Result<Vec<(String, bool)>, StoreError> {
    use message::Column as C;
    let mut rows: Vec<(Option<String>, String)> = message::Entity::find()
        .select_only()
        .column(C::MailId)
        .column(C::Direction)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::ThreadId.eq(message.thread.0))
        .filter(C::MailId.is_not_null())
        .filter(C::Bounce.eq(false))
        .filter(C::Sequence.lt(message.sequence))
        .order_by_desc(C::Sequence)
        .limit(limit)
        .into_tuple()
        .all(store.reader())
        .await?;
    rows.reverse();
    let came_in = |direction: &str| direction == Direction::Inbound.code();
    Ok(rows.into_iter().filter_map(|(id, direction)| Some((id?, came_in(&direction)))).collect())
}

/// Every channel of the account.
///
/// # Errors
/// The database's.
pub async fn channels(store: &Store, account: &AccountId) -> Result<Vec<Channel>, StoreError> {
    let rows =
        channel::Entity::find().filter(channel::Column::AccountId.eq(account.as_str())).all(store.reader()).await?;
    Ok(rows.into_iter().map(Channel::from_row).collect::<Result<_, _>>()?)
}

/// Messages of a channel that wait to be sent, after this place in the event order, at most `limit`, in order.
///
/// # Errors
/// The database's.
pub async fn queued(
    store: &Store,
    account: &AccountId,
    channel: &ChannelId,
    after: i64,
    limit: u64,
) -> Result<Vec<Message>, StoreError> {
    // The state is written out and not bound: only so the index over waiting messages serves.
    let rows = message::Entity::find()
        .filter(message::Column::AccountId.eq(account.as_str()))
        .filter(message::Column::ChannelId.eq(channel.as_str()))
        .filter(sea_orm::sea_query::Expr::cust("delivery = 'queued'"))
        .filter(message::Column::Sequence.gt(after))
        .order_by_asc(message::Column::Sequence)
        .limit(limit)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Message::from_row).collect::<Result<_, _>>()?)
}

/// The reply tokens of threads.
///
/// # Errors
/// The database's.
pub async fn reply_tokens(
    store: &Store,
    account: &AccountId,
    threads: impl Iterator<Item = ThreadId>,
) -> Result<BTreeMap<ThreadId, String>, StoreError> {
    let ids = threads.map(|id| id.0.into());
    let rows: Vec<(uuid::Uuid, String)> = thread::Entity::find()
        .select_only()
        .column(thread::Column::Id)
        .column(thread::Column::ReplyToken)
        .filter(thread::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), thread::Column::Id, ids))
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(|(id, token)| (ThreadId(id), token)).collect())
}
