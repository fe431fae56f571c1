//! Reading calls.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::super::rows::{Stored, call};
use super::super::{Store, StoreError};
use crate::domain::call::Call;
use crate::domain::ids::{AccountId, CallId};

/// One call.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, account: &AccountId, id: CallId) -> Result<Option<Call>, StoreError> {
    let row = call::Entity::find_by_id((account.to_string(), id.0)).one(store.reader()).await?;
    Ok(row.map(Call::from_row).transpose()?)
}

/// Every call that goes on, by id.
///
/// # Errors
/// The database's.
pub async fn live(store: &Store, account: &AccountId) -> Result<Vec<Call>, StoreError> {
    use call::Column as C;
    let rows = call::Entity::find()
        .filter(C::AccountId.eq(account.as_str()))
        // Written out as in the partial index.
        .filter(Expr::cust("state IN ('ringing', 'answered', 'voicemail')"))
        .order_by_asc(C::Id)
        .all(store.reader())
        .await?;
    Ok(rows.into_iter().map(Call::from_row).collect::<Result<_, _>>()?)
}
