//! Reading calls.

use sea_orm::EntityTrait;

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
