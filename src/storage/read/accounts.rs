//! Reading accounts.

use sea_orm::EntityTrait;

use super::super::rows::{Stored, account, account_head};
use super::super::{Store, StoreError};
use crate::domain::account::Account;
use crate::domain::ids::AccountId;

/// One account, and the credits that it has used.
///
/// # Errors
/// The database's.
pub async fn counted(store: &Store, id: &AccountId) -> Result<Option<(Account, i64)>, StoreError> {
    let found = account::Entity::find_by_id(id.to_string()).find_also_related(account_head::Entity);
    let Some((row, head)) = found.one(store.reader()).await? else { return Ok(None) };
    Ok(Some((Account::from_row(row)?, head.map_or(0, |head| head.credits_used))))
}

/// One account.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let found = account::Entity::find_by_id(id.to_string()).one(store.reader()).await?;
    Ok(found.map(Account::from_row).transpose()?)
}
