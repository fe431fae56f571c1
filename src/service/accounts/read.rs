//! Reading accounts.

use crate::domain::account::Account;
use crate::domain::customer_agent::Credits;
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read;

/// An account, and what it has used of what it bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// The account.
    pub account: Account,
    /// Credits used, ever.
    pub credits_used: i64,
}

impl AccountView {
    /// What the answers of its customer agents are paid with.
    pub fn credits(&self) -> Credits {
        Credits { bought: self.account.credits, used: self.credits_used }
    }
}

/// One account: the caller's own, or any for the operator.
///
/// # Errors
/// [`Rejection::NotFound`] for an absent account and for that of others.
pub async fn get(service: &Service, grant: &Grant, id: &AccountId) -> Result<AccountView, Rejection> {
    let missing = || Rejection::NotFound { resource: Name::Account.within(id) };
    if grant.caller().account().is_some_and(|own| own != id) {
        return Err(missing());
    }
    let found = read::accounts::counted(&service.store, id).await.map_err(|error| error.rejection())?;
    let (account, credits_used) = found.ok_or_else(missing)?;
    Ok(AccountView { account, credits_used })
}
