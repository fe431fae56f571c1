//! What was said last in a conversation. Who may see it is judged by the caller of these.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::dialect::among;
use super::super::rows::{Stored, comment, message, thread};
use super::super::{Store, StoreError};
use crate::domain::conversation::{Comment, Message, Thread};
use crate::domain::ids::{AccountId, ConversationId, ThreadId};

/// The last messages and the last comments of a conversation, at most `limit` of each, newest first.
///
/// # Errors
/// The database's.
pub async fn last(
    store: &Store,
    account: &AccountId,
    of: ConversationId,
    limit: u64,
) -> Result<(Vec<Message>, Vec<Comment>), StoreError> {
    let messages = message::Entity::find()
        .filter(message::Column::AccountId.eq(account.as_str()))
        .filter(message::Column::ConversationId.eq(of.0))
        .order_by_desc(message::Column::Sequence)
        .limit(limit)
        .all(store.reader())
        .await?;
    let comments = comment::Entity::find()
        .filter(comment::Column::AccountId.eq(account.as_str()))
        .filter(comment::Column::ConversationId.eq(of.0))
        .order_by_desc(comment::Column::Sequence)
        .limit(limit)
        .all(store.reader())
        .await?;
    let messages = messages.into_iter().map(Message::from_row).collect::<Result<_, _>>()?;
    Ok((messages, comments.into_iter().map(Comment::from_row).collect::<Result<_, _>>()?))
}

/// The threads of a conversation that were begun last, at most `limit`, oldest first.
///
/// # Errors
/// The database's.
pub async fn last_threads(
    store: &Store,
    account: &AccountId,
    of: ConversationId,
    limit: u64,
) -> Result<Vec<Thread>, StoreError> {
    let mut rows = thread::Entity::find()
        .filter(thread::Column::AccountId.eq(account.as_str()))
        .filter(thread::Column::ConversationId.eq(of.0))
        .order_by_desc(thread::Column::Id)
        .limit(limit)
        .all(store.reader())
        .await?;
    rows.reverse();
    Ok(rows.into_iter().map(Thread::from_row).collect::<Result<_, _>>()?)
}

/// Those of these threads that belong to the conversation, oldest first.
///
/// # Errors
/// The database's.
pub async fn threads(
    store: &Store,
    account: &AccountId,
    of: ConversationId,
    ids: Vec<ThreadId>,
) -> Result<Vec<Thread>, StoreError> {
    let rows = thread::Entity::find()
        .filter(thread::Column::AccountId.eq(account.as_str()))
        .filter(thread::Column::ConversationId.eq(of.0))
        .filter(among(store.backend(), thread::Column::Id, ids.into_iter().map(|id| id.0.into())))
        .order_by_asc(thread::Column::Id)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Thread::from_row).collect::<Result<_, _>>()?)
}
