//! What is around tickets and records: other tickets and conversations of the same contacts, companies and deals,
//! activities, comments. Within a caller's reach where it differs from the account's.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, ModelTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Value,
};

use super::super::dialect::among;
use super::super::rows::{Stored, activity, activity_record, comment, conversation, ticket, ticket_record};
use super::super::{Store, StoreError};
use super::said::Viewer;
use super::scope;
use crate::domain::access::{Rights, Use};
use crate::domain::activity::Activity;
use crate::domain::conversation::{Comment, Conversation};
use crate::domain::ids::{AccountId, ConversationId, TicketNumber};
use crate::domain::links::{RecordKind, RecordRef};
use crate::domain::page::Place;
use crate::domain::ticket::Ticket;

/// Where a list that several kinds of row share goes on: behind this time, and among those of the same time behind this
/// rank of the kind, and among those behind this id. Newest first, higher ranks first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Microseconds.
    pub time: i64,
    /// Rank of the kind.
    pub rank: i64,
    /// Id of the row.
    pub id: Place,
}

/// A part of such a list.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Rank of the kind.
    pub rank: i64,
    /// Where to go on.
    pub after: Option<&'a Cursor>,
    /// How many.
    pub limit: u64,
}

/// These conversations, oldest first.
///
/// # Errors
/// The database's.
pub async fn conversations(
    store: &Store,
    account: &AccountId,
    ids: &[ConversationId],
) -> Result<Vec<Conversation>, StoreError> {
    use conversation::Column;
    let select = conversation::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), Column::Id, ids.iter().map(|id| id.0.into())))
        .order_by_asc(Column::Id);
    read(store, select).await
}

/// The activities among these records, newest first.
///
/// # Errors
/// The database's.
pub async fn activities(
    store: &Store,
    account: &AccountId,
    linked: &[RecordRef],
    limit: u64,
) -> Result<Vec<Activity>, StoreError> {
    let own = ids(linked.iter(), RecordKind::Activity);
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let select = all_activities(account).filter(among(store.backend(), activity::Column::Id, own));
    read(store, newest_activities(select).limit(limit)).await
}

/// Activities about any of these records other than the activities in `but`, newest first.
///
/// # Errors
/// The database's.
pub async fn activities_about(
    store: &Store,
    account: &AccountId,
    about: &BTreeSet<RecordRef>,
    but: &[RecordRef],
    limit: u64,
) -> Result<Vec<Activity>, StoreError> {
    let select = all_activities(account)
        .filter(activity::Column::Id.in_subquery(about_ids(store.backend(), account, about)))
        .filter(among(store.backend(), activity::Column::Id, ids(but.iter(), RecordKind::Activity)).not());
    read(store, newest_activities(select).limit(limit)).await
}

/// Conversations with the contacts among these records other than those in `but`, newest first.
///
/// # Errors
/// The database's.
pub async fn with_contacts(
    store: &Store,
    viewer: Viewer<'_>,
    about: &BTreeSet<RecordRef>,
    but: &[ConversationId],
    limit: u64,
) -> Result<Vec<Conversation>, StoreError> {
    use conversation::Column;
    let backend = store.backend();
    let select = seen(backend, viewer)
        .filter(among(backend, Column::ContactId, ids(about.iter(), RecordKind::Contact)))
        .filter(among(backend, Column::Id, but.iter().map(|id| id.0.into())).not())
        .order_by_desc(Column::Id);
    read(store, select.limit(limit)).await
}

/// Tickets that are associated with any of these records, other than `but`, newest first.
///
/// # Errors
/// The database's.
pub async fn tickets_of(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    about: &BTreeSet<RecordRef>,
    but: Option<TicketNumber>,
    limit: u64,
) -> Result<Vec<Ticket>, StoreError> {
    let select = all_tickets(store.backend(), account, rights, about)
        .filter(ticket::Column::Number.ne(but.map_or(0, |number| number.0)))
        .order_by_desc(ticket::Column::Number);
    read(store, select.limit(limit)).await
}

/// Tickets of a timeline.
///
/// # Errors
/// The database's.
pub async fn ticket_part(
    store: &Store,
    viewer: Viewer<'_>,
    of: RecordRef,
    part: Part<'_>,
) -> Result<Vec<Ticket>, StoreError> {
    let select = all_tickets(store.backend(), viewer.account, viewer.rights, &BTreeSet::from([of]));
    read(store, part.of(select, ticket::Column::CreateTime, ticket::Column::Number)).await
}

/// Conversations of a timeline.
///
/// # Errors
/// The database's.
pub async fn conversation_part(
    store: &Store,
    viewer: Viewer<'_>,
    of: RecordRef,
    part: Part<'_>,
) -> Result<Vec<Conversation>, StoreError> {
    use conversation::Column;
    let whose = match of {
        RecordRef::Contact(contact) => Column::ContactId.eq(contact.0),
        _ => Column::TicketNumber.in_subquery(numbers(store.backend(), viewer.account, &BTreeSet::from([of]))),
    };
    let select = seen(store.backend(), viewer).filter(whose);
    read(store, part.of(select, Column::CreateTime, Column::Id)).await
}

/// Comments of a timeline.
///
/// # Errors
/// The database's.
pub async fn comment_part(
    store: &Store,
    viewer: Viewer<'_>,
    of: RecordRef,
    part: Part<'_>,
) -> Result<Vec<Comment>, StoreError> {
    use comment::Column;
    use conversation::Column as V;
    let backend = store.backend();
    let linked = V::TicketNumber.in_subquery(numbers(backend, viewer.account, &BTreeSet::from([of])));
    let whose = match of {
        RecordRef::Contact(contact) => linked.or(V::ContactId.eq(contact.0)),
        _ => linked,
    };
    let places = seen(backend, viewer).filter(whose).select_only().column(V::Id).into_query();
    let select = comment::Entity::find()
        .filter(Column::AccountId.eq(viewer.account.as_str()))
        .filter(Column::ConversationId.in_subquery(places));
    read(store, part.of(select, Column::CreateTime, Column::Id)).await
}

/// Activities of a timeline.
///
/// # Errors
/// The database's.
pub async fn activity_part(
    store: &Store,
    account: &AccountId,
    of: RecordRef,
    part: Part<'_>,
) -> Result<Vec<Activity>, StoreError> {
    use activity::Column;
    let about = about_ids(store.backend(), account, &BTreeSet::from([of]));
    let select = all_activities(account).filter(Column::Id.in_subquery(about));
    read(store, part.of(select, Column::HappenTime, Column::Id)).await
}

impl Part<'_> {
    /// This part of `select`, in order.
    fn of<E: EntityTrait>(&self, select: Select<E>, time: E::Column, id: E::Column) -> Select<E> {
        let select = select.order_by_desc(time).order_by_desc(id).limit(self.limit);
        let Some(after) = self.after else { return select };
        select.filter(match self.rank.cmp(&after.rank) {
            std::cmp::Ordering::Less => time.lte(after.time),
            std::cmp::Ordering::Greater => time.lt(after.time),
            std::cmp::Ordering::Equal => {
                let here: SimpleExpr = Expr::tuple([time, id].map(|column| Expr::col(column.as_column_ref())));
                let last: Value = match &after.id {
                    Place::Number(number) => (*number).into(),
                    Place::Text(text) => text.as_str().into(),
                    Place::Id(id) => (*id).into(),
                };
                here.lt(Expr::tuple([SimpleExpr::value(after.time), SimpleExpr::value(last)]))
            }
        })
    }
}

async fn read<V: Stored>(store: &Store, select: Select<V::Table>) -> Result<Vec<V>, StoreError>
where
    <V::Table as EntityTrait>::Model: ModelTrait<Entity = V::Table>,
{
    let rows = select.all(store.reader()).await?;
    Ok(rows.into_iter().map(V::from_row).collect::<Result<_, _>>()?)
}

fn all_activities(account: &AccountId) -> Select<activity::Entity> {
    activity::Entity::find().filter(activity::Column::AccountId.eq(account.as_str()))
}

fn newest_activities(select: Select<activity::Entity>) -> Select<activity::Entity> {
    select.order_by_desc(activity::Column::HappenTime).order_by_desc(activity::Column::Id)
}

/// Conversations in the caller's reach.
fn seen(backend: DbBackend, viewer: Viewer<'_>) -> Select<conversation::Entity> {
    conversation::Entity::find()
        .filter(conversation::Column::AccountId.eq(viewer.account.as_str()))
        .filter(conversation::Column::Archived.eq(false))
        .filter(viewer.sight(backend))
}

/// Tickets in the caller's reach that are associated with any of these records.
fn all_tickets(
    backend: DbBackend,
    account: &AccountId,
    rights: &Rights,
    about: &BTreeSet<RecordRef>,
) -> Select<ticket::Entity> {
    ticket::Entity::find()
        .filter(ticket::Column::AccountId.eq(account.as_str()))
        .filter(ticket::Column::DeleteTime.is_null())
        .filter(scope::tickets(backend, account, rights, Use::View))
        .filter(ticket::Column::Number.in_subquery(numbers(backend, account, about)))
}

/// Numbers of the tickets that are associated with any of these records.
fn numbers(backend: DbBackend, account: &AccountId, about: &BTreeSet<RecordRef>) -> SelectStatement {
    use ticket_record::Column as C;
    let mut rows = Query::select();
    rows.column((ticket_record::Entity, C::Number))
        .from(ticket_record::Entity)
        .and_where(C::AccountId.eq(account.as_str()))
        .cond_where(any_of(backend, about, C::Kind, C::RecordId));
    rows
}

/// Ids of the activities that are about any of these records.
fn about_ids(backend: DbBackend, account: &AccountId, about: &BTreeSet<RecordRef>) -> SelectStatement {
    use activity_record::Column as C;
    let mut rows = Query::select();
    rows.column((activity_record::Entity, C::ActivityId))
        .from(activity_record::Entity)
        .and_where(C::AccountId.eq(account.as_str()))
        .cond_where(any_of(backend, about, C::Kind, C::RecordId));
    rows
}

/// One of these records, kind by kind.
fn any_of<C: ColumnTrait>(backend: DbBackend, about: &BTreeSet<RecordRef>, kind: C, id: C) -> Condition {
    let kinds = RecordKind::ALL.iter().map(|of| (of, ids(about.iter(), *of))).filter(|(_, ids)| !ids.is_empty());
    let none = Condition::any().add(Expr::value(false));
    kinds.fold(none, |any, (of, ids)| any.add(kind.eq(of.code()).and(among(backend, id, ids))))
}

/// The ids of the records of this kind.
fn ids<'r>(records: impl Iterator<Item = &'r RecordRef>, kind: RecordKind) -> Vec<Value> {
    records.filter(|record| record.kind() == kind).map(|record| record.uuid().into()).collect()
}
