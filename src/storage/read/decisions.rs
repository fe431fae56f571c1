//! Reading routing decisions and the events behind them.

use std::collections::HashMap;

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Value};

use super::super::dialect::among;
use super::super::rows::{Stored, agent_load, event, routing_decision, ticket};
use super::super::{Store, StoreError, filter_sql};
use super::page::{self, Key};
use super::scope;
use crate::domain::access::{Level, Rights, Use};
use crate::domain::event::Event;
use crate::domain::filter::schema::DecisionField;
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, ChannelId, DecisionId, TicketNumber, UserId};
use crate::domain::page::{Page, PageRequest};
use crate::domain::routing::{Load, RecordedDecision, RoutingCause};

/// One decision, whoever may see its ticket.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: DecisionId) -> Result<Option<RecordedDecision>, StoreError> {
    let row = routing_decision::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(RecordedDecision::from_row).transpose()?)
}

/// The last decision on a ticket.
///
/// # Errors
/// The database's.
pub async fn last(
    store: &Store,
    account: &AccountId,
    ticket: TicketNumber,
) -> Result<Option<RecordedDecision>, StoreError> {
    use routing_decision::Column;
    let row = routing_decision::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::TicketNumber.eq(ticket.0))
        .order_by_desc(Column::Sequence)
        .one(store.reader())
        .await?;
    Ok(row.map(RecordedDecision::from_row).transpose()?)
}

/// The places of the last decisions that a channel made about new tickets, oldest first.
///
/// # Errors
/// The database's.
pub async fn created_on(
    store: &Store,
    account: &AccountId,
    channel: &ChannelId,
    limit: u64,
) -> Result<Vec<i64>, StoreError> {
    use routing_decision::Column;
    let mut places: Vec<i64> = routing_decision::Entity::find()
        .select_only()
        .column(Column::Sequence)
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(Column::ChannelId.eq(channel.as_str()))
        .filter(Column::Cause.eq(RoutingCause::Created.code()))
        .order_by_desc(Column::Sequence)
        .limit(limit)
        .into_tuple()
        .all(store.reader())
        .await?;
    places.reverse();
    Ok(places)
}

/// The decisions at these places, oldest first.
///
/// # Errors
/// The database's.
pub async fn at(store: &Store, account: &AccountId, places: &[i64]) -> Result<Vec<RecordedDecision>, StoreError> {
    use routing_decision::Column;
    let rows = routing_decision::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), Column::Sequence, places.iter().map(|place| Value::from(*place))))
        .order_by_asc(Column::Sequence)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(RecordedDecision::from_row).collect::<Result<_, _>>()?)
}

/// One page of decisions in the order of the event log: on one ticket, or on those that the caller may view.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    of_ticket: Option<TicketNumber>,
    filter: &Plan<DecisionField>,
    page: &PageRequest,
) -> Result<Page<RecordedDecision>, StoreError> {
    use routing_decision::Column;
    let backend = store.backend();
    let mut select = routing_decision::Entity::find()
        .filter(Column::AccountId.eq(account.as_str()))
        .filter(filter_sql::condition(filter, filter_sql::decision, backend));
    if let Some(number) = of_ticket {
        select = select.filter(Column::TicketNumber.eq(number.0));
    }
    if rights.view.level != Level::All {
        let within_reach = Query::select()
            .column((ticket::Entity, ticket::Column::Number))
            .from(ticket::Entity)
            .and_where(ticket::Column::AccountId.eq(account.as_str()))
            .cond_where(scope::tickets(backend, account, rights, Use::View))
            .to_owned();
        select = select.filter(Column::TicketNumber.in_subquery(within_reach));
    }
    page::fetch(store, select, &[Key::column(Column::Sequence)], Direction::Ascending, page).await
}

/// The load of a person as it is now.
///
/// # Errors
/// The database's.
pub async fn load(store: &Store, account: &AccountId, user: &UserId) -> Result<Load, StoreError> {
    let row = agent_load::Entity::find_by_id((account.to_string(), user.to_string())).one(store.reader()).await?;
    Ok(row.map(|row| row.load()).unwrap_or_default())
}

/// Events by sequence, as far as they are still kept.
///
/// # Errors
/// The database's.
pub async fn events(
    store: &Store,
    account: &AccountId,
    sequences: Vec<i64>,
) -> Result<HashMap<i64, Event>, StoreError> {
    if sequences.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = event::Entity::find()
        .filter(event::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), event::Column::Sequence, sequences.into_iter().map(Value::from)))
        .all(store.reader())
        .await?;
    let events = rows.into_iter().map(Event::from_row).collect::<Result<Vec<_>, _>>()?;
    Ok(events.into_iter().map(|event| (event.sequence, event)).collect())
}
