//! Reading conversations that customer agents have: what they owe, and what is due.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use super::super::dialect::among;
use super::super::rows::{Stored, conversation, message};
use super::super::{Store, StoreError};
use crate::domain::control::Party;
use crate::domain::conversation::{Conversation, Message};
use crate::domain::ids::{AccountId, ConversationId, CustomerAgentId, MessageId};
use crate::domain::time::Timestamp;
use conversation::Column as C;

/// Conversations in which a customer agent owes an answer, by id, after one.
///
/// # Errors
/// The database's.
pub async fn owed(
    store: &Store,
    account: &AccountId,
    agent: &CustomerAgentId,
    after: Option<ConversationId>,
    limit: u64,
) -> Result<Vec<Conversation>, StoreError> {
    let mut select = conversation::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(Expr::cust("\"conversation\".\"turn_agent_id\" IS NOT NULL"))
        .filter(C::TurnAgentId.eq(agent.as_str()));
    if let Some(after) = after {
        select = select.filter(C::Id.gt(after.0));
    }
    let rows = select.order_by_asc(C::Id).limit(limit).all(store.reader()).await?;
    Ok(rows.into_iter().map(Conversation::from_row).collect::<Result<_, _>>()?)
}

/// These conversations, as they are now.
///
/// # Errors
/// The database's.
pub async fn some(
    store: &Store,
    account: &AccountId,
    ids: &BTreeSet<ConversationId>,
) -> Result<Vec<Conversation>, StoreError> {
    let ids = ids.iter().map(|id| Value::from(id.0));
    let rows = conversation::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), C::Id, ids))
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Conversation::from_row).collect::<Result<_, _>>()?)
}

/// These messages.
///
/// # Errors
/// The database's.
pub async fn messages(
    store: &Store,
    account: &AccountId,
    ids: &BTreeSet<MessageId>,
) -> Result<Vec<Message>, StoreError> {
    let ids = ids.iter().map(|id| Value::from(id.0));
    let rows = message::Entity::find()
        .filter(message::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), message::Column::Id, ids))
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Message::from_row).collect::<Result<_, _>>()?)
}

/// Conversations whose turns are due first.
///
/// # Errors
/// The database's.
pub async fn due(
    store: &Store,
    account: &AccountId,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<ConversationId>, StoreError> {
    let ids: Vec<uuid::Uuid> = conversation::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(Expr::cust("\"conversation\".\"turn_due\" IS NOT NULL"))
        .filter(C::TurnDue.lte(now.as_micros()))
        .order_by_asc(C::TurnDue)
        .limit(limit)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(ids.into_iter().map(ConversationId).collect())
}

/// When the next turn of an account is due.
///
/// # Errors
/// The database's.
pub async fn next_due(store: &Store, account: &AccountId) -> Result<Option<Timestamp>, StoreError> {
    let next: Option<i64> = conversation::Entity::find()
        .select_only()
        .column(C::TurnDue)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(Expr::cust("\"conversation\".\"turn_due\" IS NOT NULL"))
        .order_by_asc(C::TurnDue)
        .limit(1)
        .into_tuple()
        .one(store.reader())
        .await?;
    Ok(next.map(Timestamp::from_micros))
}

/// Conversations that a party has control of.
///
/// # Errors
/// The database's.
pub async fn controlled(
    store: &Store,
    account: &AccountId,
    party: &Party,
    limit: u64,
) -> Result<Vec<ConversationId>, StoreError> {
    let ids: Vec<uuid::Uuid> = conversation::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(Expr::cust("\"conversation\".\"controller\" <> ''"))
        .filter(C::Controller.eq(party.code()))
        .limit(limit)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(ids.into_iter().map(ConversationId).collect())
}

/// The newest message of a conversation.
///
/// # Errors
/// The database's.
pub async fn newest(
    store: &Store,
    account: &AccountId,
    conversation: ConversationId,
) -> Result<Option<MessageId>, StoreError> {
    let last = super::feed::last(store, account, conversation, 1).await?;
    Ok(last.0.last().map(|message| message.id))
}
