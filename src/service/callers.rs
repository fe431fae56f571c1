//! Who a genuine credential stands for, as the database knows it now (A3).

use super::Service;
use super::grant::{Grant, Principal};
use crate::auth::access_key::{AccessKeyHash, PresentedAccessKey};
use crate::domain::access::Caller;
use crate::domain::ids::{AccountId, UserId};
use crate::domain::rejection::Rejection;
use crate::storage::{StoreError, read};

/// The person that a token names.
///
/// # Errors
/// [`Rejection::CredentialInvalid`] for nobody; a database that is away says nothing about the caller and is
/// [`Rejection::StorageUnavailable`].
pub async fn user(service: &Service, account: &AccountId, user: &UserId) -> Result<Principal, Rejection> {
    let rows = read::principal::user(&service.store, account, user).await.map_err(|error| unknown(&error))?;
    let (account, user, teams) = rows.ok_or(Rejection::CredentialInvalid)?;
    Ok(Principal::User { account, user, teams })
}

/// The machine that an access key stands for, when its secret is the stored one.
///
/// # Errors
/// As [`user`].
pub async fn access_key(service: &Service, presented: &PresentedAccessKey) -> Result<Principal, Rejection> {
    let rows = read::principal::key(&service.store, &presented.account, &presented.key).await;
    let (account, key) = rows.map_err(|error| unknown(&error))?.ok_or(Rejection::CredentialInvalid)?;
    let stored = AccessKeyHash::from_bytes(&key.secret_hash).ok_or(Rejection::CredentialInvalid)?;
    if presented.matches(&stored) {
        Ok(Principal::AccessKey { account, key })
    } else {
        Err(Rejection::CredentialInvalid)
    }
}

/// The caller's grant judged on the rows as they are now: a right taken away ends calls that last.
///
/// # Errors
/// What the caller would be refused for, and as [`user`].
pub async fn judge_anew(service: &Service, grant: &Grant) -> Result<Grant, Rejection> {
    let principal = match grant.caller() {
        Caller::User(account, id) => user(service, account, id).await?,
        Caller::AccessKey(account, id) | Caller::CustomerAgent(account, _, id) => {
            let rows = read::principal::key(&service.store, account, id).await;
            let (account, key) = rows.map_err(|error| unknown(&error))?.ok_or(Rejection::CredentialInvalid)?;
            Principal::AccessKey { account, key }
        }
        Caller::Operator(_) | Caller::System(_) => return Ok(grant.clone()),
    };
    grant.judged_on(principal, service.clock.now())
}

fn unknown(error: &StoreError) -> Rejection {
    tracing::warn!(%error, "the caller could not be looked up");
    error.rejection()
}
