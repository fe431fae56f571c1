//! Reading accounts.

use sea_orm::EntityTrait;

use super::super::rows::{Stored, account};
use super::super::{Store, StoreError};
use crate::domain::account::Account;
use crate::domain::ids::AccountId;

/// One account.
///
/// # Errors
/// The database's.
pub async fn get(store: &Store, id: &AccountId) -> Result<Option<Account>, StoreError> {
    let found = account::Entity::find_by_id(id.to_string()).one(store.reader()).await?;
    Ok(found.map(Account::from_row).transpose()?)
}
