//! Reading access keys.

use crate::domain::ids::AccessKeyId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::user::AccessKey;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::storage::read::people;

/// One access key.
///
/// # Errors
/// [`Rejection::NotFound`].
pub async fn get(service: &Service, grant: &Grant, id: &AccessKeyId) -> Result<AccessKey, Rejection> {
    let account = grant.account()?;
    let found = people::key(&service.store, account, id).await.map_err(|error| error.rejection())?;
    found.ok_or_else(|| Rejection::NotFound { resource: Name::AccessKey(id.clone()).within(account) })
}

/// The next access keys by id, revoked ones included, after `after` and at most `limit`.
///
/// # Errors
/// The storage's.
pub async fn list(
    service: &Service,
    grant: &Grant,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<AccessKey>, Rejection> {
    people::keys(&service.store, grant.account()?, after, limit).await.map_err(|error| error.rejection())
}
