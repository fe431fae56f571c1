//! Reading who waits, and who has how much.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Value};

use super::super::dialect::among;
use super::super::rows::{Stored, account_user, agent_load, routing_decision, ticket, ticket_team};
use super::super::{Store, StoreError};
use super::page::{self, Key};
use super::scope;
use crate::domain::access::{Rights, Use};
use crate::domain::filter::Direction;
use crate::domain::ids::{AccountId, ChannelId, TeamId, TicketNumber, UserId};
use crate::domain::page::{Page, PageRequest, Place};
use crate::domain::routing::{Line, Load};
use crate::domain::ticket::Ticket;
use crate::domain::time::Timestamp;
use crate::domain::user::User;

/// Written out, because the partial index serves no comparison with a parameter.
fn waits() -> SimpleExpr {
    Expr::cust("\"ticket\".\"waiting_since\" IS NOT NULL")
}

/// One page of the tickets that wait and that the caller may view, in order.
///
/// # Errors
/// The database's.
pub async fn entries(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    line: &Line,
    page: &PageRequest,
) -> Result<Page<Ticket>, StoreError> {
    use ticket::Column as C;
    let mut select = ticket::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(waits())
        .filter(scope::tickets(store.backend(), account, rights, Use::View));
    if let Some(channel) = &line.channel {
        select = select.filter(C::ChannelId.eq(channel.as_str()));
    }
    if let Some(team) = &line.team {
        select = select.filter(C::Number.in_subquery(of_team(account, team)));
    }
    let since = Key::computed(SimpleExpr::col(C::WaitingSince.as_column_ref()), |row: &ticket::Model| {
        Place::Number(row.waiting_since.unwrap_or_default())
    });
    let keys = [Key::column(C::WaitingRank), since, Key::column(C::Number)];
    page::fetch(store, select, &keys, Direction::Ascending, page).await
}

fn of_team(account: &AccountId, team: &TeamId) -> SelectStatement {
    use ticket_team::Column as C;
    let numbers = ticket_team::Entity::find().select_only().column(C::Number);
    numbers.filter(C::AccountId.eq(account.as_str())).filter(C::TeamId.eq(team.as_str())).into_query()
}

/// Those of `numbers` that the caller may view, as they are now.
///
/// # Errors
/// The database's.
pub async fn some(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    numbers: &BTreeSet<TicketNumber>,
) -> Result<HashMap<TicketNumber, Ticket>, StoreError> {
    use ticket::Column as C;
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = ticket::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), C::Number, numbers.iter().map(|number| Value::from(number.0))))
        .filter(scope::tickets(store.backend(), account, rights, Use::View))
        .all(store.reader())
        .await?;
    let found = rows.into_iter().map(|row| Ticket::from_row(row).map(|ticket| (ticket.number, ticket)));
    Ok(found.collect::<Result<_, _>>()?)
}

/// The first tickets that wait on a channel, whoever may view them, each with its place from 1. Reads the index alone.
///
/// # Errors
/// The database's.
pub async fn places(
    store: &Store,
    account: &AccountId,
    channel: &ChannelId,
    most: u64,
) -> Result<HashMap<TicketNumber, u64>, StoreError> {
    use ticket::Column as C;
    let numbers: Vec<i64> = ticket::Entity::find()
        .select_only()
        .column(C::Number)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::ChannelId.eq(channel.as_str()))
        .filter(waits())
        .order_by_asc(C::WaitingRank)
        .order_by_asc(C::WaitingSince)
        .order_by_asc(C::Number)
        .limit(most)
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(numbers.into_iter().map(TicketNumber).zip(1..).collect())
}

/// How many tickets wait on the channel of `ticket` before it.
///
/// # Errors
/// The database's.
pub async fn before(store: &Store, account: &AccountId, ticket: &Ticket) -> Result<u64, StoreError> {
    use ticket::Column as C;
    let Some((channel, since)) = ticket.channel.as_ref().zip(ticket.life.routed.waiting_since) else { return Ok(0) };
    let place = Expr::tuple([
        Expr::col(C::WaitingRank.as_column_ref()),
        Expr::col(C::WaitingSince.as_column_ref()),
        Expr::col(C::Number.as_column_ref()),
    ]);
    let own = [ticket.waiting_rank(), since.as_micros(), ticket.number.0];
    let own = Expr::tuple(own.map(Expr::value));
    let count = ticket::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::ChannelId.eq(channel.as_str()))
        .filter(waits())
        .filter(place.lt(own))
        .count(store.reader())
        .await?;
    Ok(count)
}

/// How many tickets of a channel were given out of the queue since `since`.
///
/// # Errors
/// The database's.
pub async fn served_since(
    store: &Store,
    account: &AccountId,
    channel: &ChannelId,
    since: Timestamp,
) -> Result<u64, StoreError> {
    use routing_decision::Column as C;
    let count = routing_decision::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(Expr::cust("\"routing_decision\".\"cause\" = 'served'"))
        .filter(C::ChannelId.eq(channel.as_str()))
        .filter(C::DecideTime.gte(since.as_micros()))
        .count(store.reader())
        .await?;
    Ok(count)
}

/// One page of the people with a Service seat, by id, each with what they have.
///
/// # Errors
/// The database's.
pub async fn workloads(
    store: &Store,
    account: &AccountId,
    page: &PageRequest,
) -> Result<Page<(User, Load)>, StoreError> {
    use account_user::Column as C;
    let seated = account_user::Entity::find().filter(C::AccountId.eq(account.as_str())).filter(C::Seat.eq("service"));
    let found: Page<User> = page::fetch(store, seated, &[Key::column(C::Id)], Direction::Ascending, page).await?;
    let ids = found.items.iter().map(|user| Value::from(user.id.to_string()));
    let rows = agent_load::Entity::find()
        .filter(agent_load::Column::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), agent_load::Column::UserId, ids))
        .all(store.reader())
        .await?;
    let loads: HashMap<UserId, Load> =
        rows.into_iter().map(|row| (UserId::stored(row.user_id.as_str()), row.load())).collect();
    Ok(found.map(|user| (loads.get(&user.id).copied().unwrap_or_default(), user)).map(|(load, user)| (user, load)))
}

/// The first tickets that wait, of all channels, in order.
///
/// # Errors
/// The database's.
pub async fn first(store: &Store, account: &AccountId, most: u64) -> Result<Vec<Ticket>, StoreError> {
    use ticket::Column as C;
    let rows = ticket::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(waits())
        .order_by_asc(C::WaitingRank)
        .order_by_asc(C::WaitingSince)
        .order_by_asc(C::Number)
        .limit(most)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Ticket::from_row).collect::<Result<_, _>>()?)
}
