//! Reading tickets.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{CaseStatement, ExprTrait, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, ModelTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    Statement, Value,
};

use super::super::dialect::{PerBackend, among, packed, tuple_among};
use super::super::rows::{Stored, ticket};
use super::super::{Store, StoreError, filter_sql};
use super::page::{self, Key};
use super::property_order::PropertyOrder;
use super::{drive, scope};
use crate::domain::access::{Rights, Use};
use crate::domain::channel::ChannelKind;
use crate::domain::filter::schema::TicketField;
use crate::domain::filter::{Direction, Plan};
use crate::domain::ids::{AccountId, TicketNumber};
use crate::domain::page::{Page, PageRequest, Place};
use crate::domain::ticket::{Priority, Ticket};

/// One ticket, whoever may see it; calls at the same time share a statement.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, number: TicketNumber) -> Result<Option<Ticket>, StoreError> {
    store.shared().tickets.one((account.clone(), number), |keys| several(store, keys)).await
}

/// Those of these tickets that came from a channel of this kind, without one all; whoever may see them.
///
/// # Errors
/// The database's.
pub async fn came_from(
    store: &Store,
    account: &AccountId,
    numbers: &BTreeSet<TicketNumber>,
    source: Option<ChannelKind>,
) -> Result<Vec<Ticket>, StoreError> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let mut select = ticket::Entity::find().filter(ticket::Column::AccountId.eq(account.as_str())).filter(among(
        store.backend(),
        ticket::Column::Number,
        numbers.iter().map(|number| number.0.into()),
    ));
    if let Some(kind) = source {
        select = select.filter(ticket::Column::Source.eq(kind.code()));
    }
    let rows = select.all(store.reader()).await?;
    Ok(rows.into_iter().map(Ticket::from_row).collect::<Result<_, _>>()?)
}

type TicketKey = (AccountId, TicketNumber);

async fn several(store: &Store, wanted: Vec<TicketKey>) -> Result<HashMap<TicketKey, Ticket>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let backend = store.backend();
    let columns = [ticket::Column::AccountId, ticket::Column::Number];
    let sql = SQL.get(backend, || ticket::Entity::find().filter(tuple_among(backend, &columns, [])).build(backend).sql);
    let tuples = wanted.iter().map(|(account, number)| vec![account.as_str().into(), number.0.into()]);
    let statement = Statement::from_sql_and_values(backend, sql, [packed(backend, &columns, tuples)]);
    let mut found = HashMap::new();
    for row in ticket::Entity::find().from_raw_sql(statement).all(store.reader()).await? {
        let account = AccountId::stored(row.account_id.clone());
        let ticket = Ticket::from_row(row)?;
        found.insert((account, ticket.number), ticket);
    }
    Ok(found)
}

/// What a list of tickets is ordered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketOrder {
    /// The number alone.
    Number,
    /// When it was made.
    CreateTime,
    /// When it last changed.
    UpdateTime,
    /// How urgent it is; a ticket without priority counts as less than the lowest.
    Priority,
    /// What a property says.
    Property(PropertyOrder),
}

impl TicketOrder {
    /// The same order, sorted: no index may seem to give it, when the tickets are few and known by number.
    fn sorted_keys(&self) -> Vec<Key<ticket::Entity>> {
        let sorted = |column: ticket::Column| {
            let value = SimpleExpr::col(column.as_column_ref()).add(0_i64);
            Key::computed(value, move |row: &ticket::Model| match row.get(column) {
                Value::BigInt(Some(number)) => Place::Number(number),
                _ => Place::Number(0),
            })
        };
        let number = sorted(ticket::Column::Number);
        match self {
            Self::Number => vec![number],
            Self::CreateTime => vec![sorted(ticket::Column::CreateTime), number],
            Self::UpdateTime => vec![sorted(ticket::Column::UpdateTime), number],
            Self::Priority => vec![Key::computed(priority_rank(), |row| Place::Number(rank(row))), number],
            Self::Property(property) => vec![property.key(), number],
        }
    }

    fn keys(&self) -> Vec<Key<ticket::Entity>> {
        let number = Key::column(ticket::Column::Number);
        match self {
            Self::Number => vec![number],
            Self::CreateTime => vec![Key::column(ticket::Column::CreateTime), number],
            Self::UpdateTime => vec![Key::column(ticket::Column::UpdateTime), number],
            Self::Priority => vec![Key::computed(priority_rank(), |row| Place::Number(rank(row))), number],
            Self::Property(property) => vec![property.key(), number],
        }
    }
}

fn priority_rank() -> SimpleExpr {
    let ranked = Priority::ALL.iter().zip(1_i64..);
    let case = ranked.fold(CaseStatement::new(), |case, (priority, rank)| {
        case.case(ticket::Column::Priority.eq(priority.code()), rank)
    });
    case.finally(0_i64).into()
}

fn rank(row: &ticket::Model) -> i64 {
    let ranked = Priority::ALL.iter().zip(1_i64..);
    let found = |code: &str| ranked.clone().find(|(priority, _)| priority.code() == code).map(|(_, rank)| rank);
    row.priority.as_deref().and_then(found).unwrap_or(0)
}

/// Which tickets a list shows.
#[derive(Debug)]
pub struct Listed<'a> {
    /// What the filter lets through.
    pub filter: &'a Plan<TicketField>,
    /// Deleted ones too.
    pub deleted: bool,
}

/// One page of the tickets that the caller may view and that are asked for.
///
/// # Errors
/// The database's.
pub async fn list(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    listed: &Listed<'_>,
    order: (TicketOrder, Direction),
    page: &PageRequest,
) -> Result<Page<Ticket>, StoreError> {
    let few = drive::numbers(store, account, rights, listed.filter).await?;
    let select = shown(store.backend(), account, rights, listed, few.as_deref());
    let keys = if few.is_some() { order.0.sorted_keys() } else { order.0.keys() };
    page::fetch(store, select, &keys, order.1, page).await
}

/// Tickets are counted up to here (T4).
const COUNTED: u64 = 1_000;

/// How many tickets the caller may view of those that the filter lets through, counted up to 1,000, and whether there are
/// more.
///
/// # Errors
/// The database's.
pub async fn count(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    filter: &Plan<TicketField>,
) -> Result<(u64, bool), StoreError> {
    let few = drive::numbers(store, account, rights, filter).await?;
    let listed = Listed { filter, deleted: false };
    let select = shown(store.backend(), account, rights, &listed, few.as_deref());
    // In the order of lists, so that the index that serves the list serves the count: left alone, SQLite takes any.
    let select = match few {
        None => page::ordered(select, &TicketOrder::UpdateTime.keys(), Direction::Descending, None),
        Some(_) => select,
    };
    let numbers: Vec<i64> =
        select.select_only().column(ticket::Column::Number).limit(COUNTED + 1).into_tuple().all(store.reader()).await?;
    let found = numbers.len() as u64;
    Ok((Ord::min(found, COUNTED), found > COUNTED))
}

/// The tickets of a list, not yet ordered; only those of `few` when there are any.
fn shown(
    backend: DbBackend,
    account: &AccountId,
    rights: &Rights,
    listed: &Listed<'_>,
    few: Option<&[i64]>,
) -> Select<ticket::Entity> {
    let seen = scope::tickets(backend, account, rights, Use::View);
    let wanted = filter_sql::condition(listed.filter, filter_sql::ticket, backend);
    let mut select = ticket::Entity::find().filter(ticket::Column::AccountId.eq(account.as_str()));
    select = match few {
        None => select.filter(seen).filter(wanted),
        // Inside of a CASE the conditions lead no planner to an index of theirs: these few are read by their number.
        Some(few) => {
            let passes: SimpleExpr =
                CaseStatement::new().case(Condition::all().add(seen).add(wanted), 1).finally(0).into();
            let numbers = few.iter().map(|number| (*number).into());
            select.filter(among(backend, ticket::Column::Number, numbers)).filter(passes.eq(1))
        }
    };
    if !listed.deleted {
        select = select.filter(ticket::Column::DeleteTime.is_null());
    }
    select
}

/// The statement of the first page of a list, for tests of its plan.
pub fn first_page(
    backend: DbBackend,
    account: &AccountId,
    rights: &Rights,
    filter: &Plan<TicketField>,
    few: Option<&[i64]>,
) -> Statement {
    let select = shown(backend, account, rights, &Listed { filter, deleted: false }, few);
    let order = TicketOrder::UpdateTime;
    let keys = if few.is_some() { order.sorted_keys() } else { order.keys() };
    page::ordered(select, &keys, Direction::Descending, None).limit(51).build(backend)
}

/// Those of `numbers` that the caller may view, deleted ones too, in no order.
///
/// # Errors
/// The database's.
pub async fn many(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    numbers: &[TicketNumber],
) -> Result<Vec<Ticket>, StoreError> {
    let backend = store.backend();
    let rows = ticket::Entity::find()
        .filter(ticket::Column::AccountId.eq(account.as_str()))
        .filter(among(backend, ticket::Column::Number, numbers.iter().map(|number| number.0.into())))
        .filter(scope::tickets(backend, account, rights, Use::View))
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Ticket::from_row).collect::<Result<_, _>>()?)
}
