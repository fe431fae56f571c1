//! Reading accounts.

use crate::domain::account::Account;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read;

/// One account: the caller's own, or any for the operator.
///
/// # Errors
/// [`Rejection::NotFound`] for an absent account and for that of others.
pub async fn get(service: &Service, grant: &Grant, id: &AccountId) -> Result<Account, Rejection> {
    let missing = || Rejection::NotFound { resource: Name::Account.within(id) };
    if grant.caller().account().is_some_and(|own| own != id) {
        return Err(missing());
    }
    let found = read::accounts::get(&service.store, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(missing)
}
