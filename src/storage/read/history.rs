//! Reading what happened to a ticket: its events, which are kept as long as it is (C4).

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::rows::{Stored, event};
use super::super::{Store, StoreError, filter_sql};
use super::page::{Key, fetch};
use crate::domain::event::Event;
use crate::domain::filter::schema::EventField;
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, TicketNumber};
use crate::domain::page::{Page, PageRequest};

/// One page of the events of a ticket by sequence, in either direction. Who may see them is judged by the caller.
///
/// # Errors
/// The database's.
pub async fn of_ticket(
    store: &Store,
    account: &AccountId,
    number: TicketNumber,
    plan: &Plan<EventField>,
    direction: Direction,
    page: &PageRequest,
) -> Result<Page<Event>, StoreError> {
    use event::Column as C;
    let select = event::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::TicketNumber.eq(number.0))
        .filter(filter_sql::condition(plan, filter_sql::event, store.backend()));
    fetch(store, select, &[Key::column(C::Sequence)], direction, page).await
}

/// The last events of a ticket up to `sequence`, at most `limit`, oldest first.
///
/// # Errors
/// The database's.
pub async fn last_of_ticket(
    store: &Store,
    account: &AccountId,
    number: TicketNumber,
    sequence: i64,
    limit: u64,
) -> Result<Vec<Event>, StoreError> {
    use event::Column as C;
    let mut rows = event::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::TicketNumber.eq(number.0))
        .filter(C::Sequence.lte(sequence))
        .order_by_desc(C::Sequence)
        .limit(limit)
        .all(store.reader())
        .await?;
    rows.reverse();
    rows.into_iter().map(|row| Ok(Event::from_row(row)?)).collect()
}
