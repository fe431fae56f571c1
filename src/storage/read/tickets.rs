//! Reading tickets.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryTrait, Statement};

use super::super::dialect::PerBackend;
use super::super::rows::{Stored, ticket};
use super::super::{Store, StoreError};
use crate::domain::ids::{AccountId, TicketNumber};
use crate::domain::ticket::Ticket;

/// One ticket, whoever may see it.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, number: TicketNumber) -> Result<Option<Ticket>, StoreError> {
    static SQL: PerBackend = PerBackend::new();
    let sql = SQL.get(store.backend(), || {
        ticket::Entity::find()
            .filter(ticket::Column::AccountId.eq("?"))
            .filter(ticket::Column::Number.eq(0))
            .build(store.backend())
            .sql
    });
    let values = [account.as_str().into(), number.0.into()];
    let statement = Statement::from_sql_and_values(store.backend(), sql, values);
    let Some(row) = store.reader().query_one_raw(statement).await? else { return Ok(None) };
    Ok(Some(Ticket::from_row(ticket::Model::from_query_result(&row, "")?)?))
}
