//! Lists of what was said, within a caller's reach.

use sea_orm::sea_query::{Condition, Query, SelectStatement};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, Value};

use super::super::dialect::among;
use super::super::filter_sql::{self, condition};
use super::super::rows::{comment, conversation, message, thread, ticket};
use super::super::{Store, StoreError};
use super::page::{Key, fetch};
use super::scope;
use crate::domain::access::{Level, Rights, Use};
use crate::domain::conversation::{Comment, Conversation, Message, Thread};
use crate::domain::filter::schema::{ConversationField, MessageField};
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, ChannelId, ConversationId};
use crate::domain::page::{Page, PageRequest};

/// Who asks, and what of the conversations without ticket they see: none is all of them.
#[derive(Debug, Clone, Copy)]
pub struct Viewer<'a> {
    /// The account.
    pub account: &'a AccountId,
    /// What the caller may do.
    pub rights: &'a Rights,
    /// Channels whose conversations without ticket are seen; `None` means of every channel.
    pub channels: Option<&'a [ChannelId]>,
}

impl Viewer<'_> {
    /// Whether every conversation is in sight.
    pub(super) fn sees_all(&self) -> bool {
        self.rights.view.level == Level::All && self.channels.is_none()
    }

    /// Which rows of `conversation` the caller sees; beside it a query filters by account.
    pub(super) fn sight(&self, backend: DbBackend) -> Condition {
        if self.sees_all() {
            return Condition::all();
        }
        let mut tickets = Query::select();
        tickets
            .column((ticket::Entity, ticket::Column::Number))
            .from(ticket::Entity)
            .and_where(ticket::Column::AccountId.eq(self.account.as_str()))
            .cond_where(scope::tickets(backend, self.account, self.rights, Use::View));
        let of_ticket = conversation::Column::TicketNumber.in_subquery(tickets);
        let mut free = Condition::all().add(conversation::Column::TicketNumber.is_null());
        if let Some(channels) = self.channels {
            let ids = channels.iter().map(|id| Value::from(id.to_string()));
            free = free.add(among(backend, conversation::Column::ChannelId, ids));
        }
        Condition::any().add(of_ticket).add(free)
    }

    /// Rows of one conversation, which is judged already, or of all in sight.
    pub(super) fn of_conversations(
        &self,
        backend: DbBackend,
        column: impl ColumnTrait,
        of: Option<ConversationId>,
    ) -> Condition {
        match of {
            Some(id) => Condition::all().add(column.eq(id.0)),
            None if self.sees_all() => Condition::all().add(column.not_in_subquery(self.archived_ids())),
            None => Condition::all().add(column.in_subquery(self.conversation_ids(backend))),
        }
    }

    fn conversation_ids(&self, backend: DbBackend) -> SelectStatement {
        let mut ids = Query::select();
        ids.column((conversation::Entity, conversation::Column::Id))
            .from(conversation::Entity)
            .and_where(conversation::Column::AccountId.eq(self.account.as_str()))
            .and_where(conversation::Column::Archived.eq(false))
            .cond_where(self.sight(backend));
        ids
    }

    fn archived_ids(&self) -> SelectStatement {
        let mut ids = Query::select();
        ids.column((conversation::Entity, conversation::Column::Id))
            .from(conversation::Entity)
            .and_where(conversation::Column::AccountId.eq(self.account.as_str()))
            // Written out and not bound: only so the index over archived ones serves.
            .and_where(sea_orm::sea_query::Expr::cust("archived"));
        ids
    }
}

/// Conversations in the caller's reach, oldest first.
///
/// # Errors
/// The database's.
pub async fn conversations(
    store: &Store,
    viewer: Viewer<'_>,
    plan: &Plan<ConversationField>,
    page: &PageRequest,
) -> Result<Page<Conversation>, StoreError> {
    let backend = store.backend();
    let select = conversation::Entity::find()
        .filter(conversation::Column::AccountId.eq(viewer.account.as_str()))
        .filter(conversation::Column::Archived.eq(false))
        .filter(viewer.sight(backend))
        .filter(condition(plan, filter_sql::conversation, backend));
    // Ids are made in the order of time.
    fetch(store, select, &[Key::column(conversation::Column::Id)], Direction::Ascending, page).await
}

/// Messages of one conversation, which the caller may read, or of all in the caller's reach, in the order they came.
///
/// # Errors
/// The database's.
pub async fn messages(
    store: &Store,
    viewer: Viewer<'_>,
    of: Option<ConversationId>,
    plan: &Plan<MessageField>,
    page: &PageRequest,
) -> Result<Page<Message>, StoreError> {
    let backend = store.backend();
    let place = viewer.of_conversations(backend, message::Column::ConversationId, of);
    let select = message::Entity::find()
        .filter(message::Column::AccountId.eq(viewer.account.as_str()))
        .filter(place)
        .filter(condition(plan, filter_sql::message, backend));
    fetch(store, select, &[Key::column(message::Column::Sequence)], Direction::Ascending, page).await
}

/// Threads of a conversation, oldest first.
///
/// # Errors
/// The database's.
pub async fn threads(
    store: &Store,
    account: &AccountId,
    of: ConversationId,
    page: &PageRequest,
) -> Result<Page<Thread>, StoreError> {
    let select = thread::Entity::find()
        .filter(thread::Column::AccountId.eq(account.as_str()))
        .filter(thread::Column::ConversationId.eq(of.0));
    fetch(store, select, &[Key::column(thread::Column::Id)], Direction::Ascending, page).await
}

/// Comments on a conversation in the order they came.
///
/// # Errors
/// The database's.
pub async fn comments(
    store: &Store,
    account: &AccountId,
    of: ConversationId,
    page: &PageRequest,
) -> Result<Page<Comment>, StoreError> {
    let select = comment::Entity::find()
        .filter(comment::Column::AccountId.eq(account.as_str()))
        .filter(comment::Column::ConversationId.eq(of.0));
    fetch(store, select, &[Key::column(comment::Column::Sequence)], Direction::Ascending, page).await
}
