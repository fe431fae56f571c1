//! The event log as readers see it, and what decides who may see an event.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QueryResult, QuerySelect,
    QueryTrait, Statement, Value,
};
use uuid::Uuid;

use super::super::dialect::{PerBackend, among};
use super::super::filter_sql;
use super::super::rows::{Stored, channel, conversation, event, ticket};
use super::super::{Store, StoreError};
use super::scope;
use crate::domain::access::{Rights, Use};
use crate::domain::channel::{Channel, Target};
use crate::domain::event::{Actor, Event, EventType};
use crate::domain::filter::Plan;
use crate::domain::filter::schema::EventField;
use crate::domain::ids::{AccountId, ConversationId, TeamId, TicketNumber};
use crate::domain::time::Timestamp;

/// Where the log of an account stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Sequence of the last event; 0 when there is none.
    pub last: i64,
    /// Grows when people or configuration change.
    pub config: i64,
}

/// Which events to read.
#[derive(Debug)]
pub struct Span<'a> {
    /// After this sequence.
    pub after: i64,
    /// Up to this sequence.
    pub upto: i64,
    /// Of these types; empty: of all.
    pub kinds: &'a BTreeSet<EventType>,
    /// That pass this filter.
    pub plan: &'a Plan<EventField>,
    /// At most so many.
    pub limit: u64,
}

/// Where the log stands; nothing for an account that does not exist.
///
/// # Errors
/// The database's.
pub async fn head(store: &Store, account: &AccountId) -> Result<Option<Head>, StoreError> {
    const SQL: &str = "SELECT last_event, config_seq FROM account_head WHERE account_id = $1";
    let row = one(store, SQL, vec![account.as_str().into()]).await?;
    let head = |row: QueryResult| -> Result<Head, StoreError> {
        Ok(Head { last: row.try_get("", "last_event")?, config: row.try_get("", "config_seq")? })
    };
    row.map(head).transpose()
}

/// The first event at or after `time`: its sequence and time.
///
/// # Errors
/// The database's.
pub async fn first_since(
    store: &Store,
    account: &AccountId,
    time: Timestamp,
) -> Result<Option<(i64, Timestamp)>, StoreError> {
    const SQL: &str = "SELECT sequence, time FROM event WHERE account_id = $1 AND time >= $2 \
                       ORDER BY time, sequence LIMIT 1";
    place(one(store, SQL, vec![account.as_str().into(), time.as_micros().into()]).await?)
}

/// The first event at or after `sequence` that is still stored: its sequence and time.
///
/// # Errors
/// The database's.
pub async fn first_from(
    store: &Store,
    account: &AccountId,
    sequence: i64,
) -> Result<Option<(i64, Timestamp)>, StoreError> {
    const SQL: &str = "SELECT sequence, time FROM event WHERE account_id = $1 AND sequence >= $2 \
                       ORDER BY sequence LIMIT 1";
    place(one(store, SQL, vec![account.as_str().into(), sequence.into()]).await?)
}

/// The last event up to `sequence` that is still stored: its sequence and time.
///
/// # Errors
/// The database's.
pub async fn last_until(
    store: &Store,
    account: &AccountId,
    sequence: i64,
) -> Result<Option<(i64, Timestamp)>, StoreError> {
    const SQL: &str = "SELECT sequence, time FROM event WHERE account_id = $1 AND sequence <= $2 \
                       ORDER BY sequence DESC LIMIT 1";
    place(one(store, SQL, vec![account.as_str().into(), sequence.into()]).await?)
}

fn place(row: Option<QueryResult>) -> Result<Option<(i64, Timestamp)>, StoreError> {
    let place = |row: QueryResult| -> Result<(i64, Timestamp), StoreError> {
        Ok((row.try_get("", "sequence")?, Timestamp::from_micros(row.try_get("", "time")?)))
    };
    row.map(place).transpose()
}

async fn one(store: &Store, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, StoreError> {
    Ok(store.reader().query_one_raw(Statement::from_sql_and_values(store.backend(), sql, values)).await?)
}

/// The events after `sequence`, at most `limit`, oldest first.
///
/// # Errors
/// The database's.
pub async fn after(store: &Store, account: &AccountId, sequence: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let sql = SQL.get(store.backend(), || {
        event::Entity::find()
            .filter(event::Column::AccountId.eq("?"))
            .filter(event::Column::Sequence.gt(0))
            .order_by_asc(event::Column::Sequence)
            .limit(1)
            .build(store.backend())
            .sql
    });
    let values: [Value; 3] = [account.as_str().into(), sequence.into(), i64::from(limit).into()];
    let rows = store.reader().query_all_raw(Statement::from_sql_and_values(store.backend(), sql, values)).await?;
    rows.iter().map(|row| Ok(Event::from_row(event::Model::from_query_result(row, "")?)?)).collect()
}

/// The events of a span, oldest first.
///
/// # Errors
/// The database's.
pub async fn span(store: &Store, account: &AccountId, span: &Span<'_>) -> Result<Vec<Event>, StoreError> {
    use event::Column as C;
    let backend = store.backend();
    let mut query = event::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(C::Sequence.gt(span.after))
        .filter(C::Sequence.lte(span.upto))
        .filter(filter_sql::condition(span.plan, filter_sql::event, backend));
    if !span.kinds.is_empty() {
        query = query.filter(C::Kind.is_in(span.kinds.iter().map(|kind| kind.code())));
    }
    let rows = query.order_by_asc(C::Sequence).limit(span.limit).all(store.reader()).await?;
    rows.into_iter().map(|row| Ok(Event::from_row(row)?)).collect()
}

/// One event.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, sequence: i64) -> Result<Option<Event>, StoreError> {
    let key = (account.as_str().to_owned(), sequence);
    let row = event::Entity::find_by_id(key).one(store.reader()).await?;
    Ok(row.map(Event::from_row).transpose()?)
}

/// Who made the events of these sequences.
///
/// # Errors
/// The database's.
pub async fn actors(
    store: &Store,
    account: &AccountId,
    sequences: BTreeSet<i64>,
) -> Result<BTreeMap<i64, Actor>, StoreError> {
    use event::Column as C;
    let rows: Vec<(i64, String)> = event::Entity::find()
        .select_only()
        .column(C::Sequence)
        .column(C::Actor)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), C::Sequence, sequences.into_iter().map(Value::from)))
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().filter_map(|(sequence, actor)| Some((sequence, Actor::from_code(&actor)?))).collect())
}

/// Those of `numbers` that the caller may view as they are now (A2): one statement for a whole batch of events.
///
/// # Errors
/// The database's.
pub async fn visible_tickets(
    store: &Store,
    account: &AccountId,
    rights: &Rights,
    numbers: &BTreeSet<TicketNumber>,
) -> Result<BTreeSet<TicketNumber>, StoreError> {
    use ticket::Column as C;
    let backend = store.backend();
    let found: Vec<i64> = ticket::Entity::find()
        .select_only()
        .column(C::Number)
        .filter(C::AccountId.eq(account.as_str()))
        .filter(among(backend, C::Number, numbers.iter().map(|number| Value::from(number.0))))
        .filter(scope::tickets(backend, account, rights, Use::View))
        .into_tuple()
        .all(store.reader())
        .await?;
    Ok(found.into_iter().map(TicketNumber).collect())
}

/// What a conversation is judged on: its ticket, or else the teams that its channel routes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationFacts {
    /// Its ticket.
    pub ticket: Option<TicketNumber>,
    /// Target teams of its channel.
    pub teams: Vec<TeamId>,
}

/// What these conversations are judged on, as they are now.
///
/// # Errors
/// The database's.
pub async fn conversations(
    store: &Store,
    account: &AccountId,
    ids: &BTreeSet<ConversationId>,
) -> Result<BTreeMap<ConversationId, ConversationFacts>, StoreError> {
    use conversation::Column as C;
    let rows: Vec<(Uuid, Option<i64>, String)> = conversation::Entity::find()
        .select_only()
        .columns([C::Id, C::TicketNumber, C::ChannelId])
        .filter(C::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), C::Id, ids.iter().map(|id| Value::from(id.0))))
        .into_tuple()
        .all(store.reader())
        .await?;
    let channels = rows.iter().map(|(.., channel)| channel.clone()).collect();
    let teams = target_teams(store, account, channels).await?;
    let facts = |(id, ticket, channel): (Uuid, Option<i64>, String)| {
        let teams = teams.get(&channel).cloned().unwrap_or_default();
        (ConversationId(id), ConversationFacts { ticket: ticket.map(TicketNumber), teams })
    };
    Ok(rows.into_iter().map(facts).collect())
}

async fn target_teams(
    store: &Store,
    account: &AccountId,
    channels: BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<TeamId>>, StoreError> {
    use channel::Column as C;
    let rows = channel::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        .filter(among(store.backend(), C::Id, channels.into_iter().map(Value::from)))
        .all(store.reader())
        .await?;
    let teams = |row: channel::Model| -> Result<(String, Vec<TeamId>), StoreError> {
        let id = row.id.clone();
        let teams = match Channel::from_row(row)?.routing.target {
            Target::People { teams, .. } => teams,
            _ => Vec::new(),
        };
        Ok((id, teams))
    };
    rows.into_iter().map(teams).collect()
}
